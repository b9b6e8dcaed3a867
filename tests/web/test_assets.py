"""What is left out of our own scripts and style sheets, and where templates are compiled to."""

from pathlib import Path

import pytest

from web.assets import EVERYWHERE, STATIC, Assets
from web.pages import templates


def test_what_is_only_for_readers_is_not_sent() -> None:
    assets = Assets()

    scripts, styles = (assets._assets[name].content.decode() for name in ("app.js", "app.css"))

    assert scripts.count("})();") == len(EVERYWHERE)
    assert "window.toast =" in scripts
    assert not [line for line in scripts.splitlines() if line.lstrip().startswith("//")]
    assert "/*" not in styles
    assert '.field .error::before{content:"▲";' in styles
    assert 'content:"Drop to upload";' in styles
    assert "calc(-1 * var(--s4))" in styles


def test_a_sheet_without_a_number_is_sent_to_the_pages_that_link_it() -> None:
    pages = "".join(path.read_text(encoding="utf-8") for path in templates.TEMPLATES.glob("*.html"))
    own = {path.name for path in STATIC.glob("css/*.css") if not path.name[0].isdecimal()}

    assets = Assets()

    assert own
    for name in own:
        assert f"static('css/{name}')" in pages
        assert b"/*" not in assets._assets[f"css/{name}"].content
    assert ".agenda" not in assets._assets["app.css"].content.decode()


def test_no_text_of_a_script_goes_over_several_lines() -> None:
    """A line of it that looks like a comment would be left out."""
    for script in STATIC.glob("js/*.js"):
        for line in script.read_text(encoding="utf-8").splitlines():
            assert line.count("`") % 2 == 0, f"{script.name}: {line}"


def test_templates_are_compiled_once_and_shown_where_nothing_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "compiled"
    monkeypatch.setattr(templates, "COMPILED", kept)

    templates.compile_all()
    monkeypatch.setattr(templates, "COMPILED", tmp_path / "no" / "such" / "place")
    page = templates.Templates(Assets()).render("error.html", {"title": "Nothing here", "status": 404})

    assert len(list(kept.iterdir())) == len(list(templates.TEMPLATES.rglob("*.html")))
    assert all(path.stat().st_mode & 0o777 == 0o644 for path in kept.iterdir())
    assert "Nothing here" in page
