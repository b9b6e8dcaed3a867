from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.errors import InvalidInput
from core.library.template import Template, TemplateKind, laid_over, read_wanted
from core.library.variables import VARIABLES, Facts, check_variables, fill
from core.posts.fields import Details

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
FACTS = Facts(NOON, title="Mist", artist="mira", model="sdxl", seed="7", part=2, parts=3, prompt="a {title}")


def a_template(kind: TemplateKind = TemplateKind.TAGS, body: str = "sky", **facts: object) -> Template:
    return replace(Template(1, 1, kind, "One", body, NOON, NOON), **facts)  # type: ignore[arg-type]


def test_every_variable_is_filled_in() -> None:
    text = " ".join(f"{{{name}}}" for name in VARIABLES)

    assert fill(text, FACTS) == "Mist 2026-11-23 2026 November 12:00 1 2 3 mira sdxl 7 a {title}"


def test_doubled_braces_are_plain_ones() -> None:
    assert fill("{{title}} {title}", FACTS) == "{title} Mist"


@pytest.mark.parametrize("text", ["{foo}", "{ title }", "{Title}", "{}", "{title", "title}", "{title!r}", "{0}"])
def test_an_unknown_variable_is_refused_with_the_list(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_variables(text)

    assert "body" in refused.value.fields


def test_layers_are_laid_in_order_and_count_their_own_uses() -> None:
    layers = (
        a_template(body="sky, {model}"),
        a_template(body="Sky, clouds"),
        a_template(TemplateKind.DESCRIPTION, "No. {seq}", used=4),
        a_template(TemplateKind.COMMENT, "never here"),
    )

    done = laid_over(Details(tags=("mist",), description="Painted."), layers, FACTS)

    assert done.tags == ("mist", "sky", "sdxl", "clouds")
    assert done.description == "Painted.\n\nNo. 5"


def test_a_description_that_stands_there_already_is_not_repeated() -> None:
    layer = a_template(TemplateKind.DESCRIPTION, "Made with care.")

    once = laid_over(Details(), (layer,), FACTS)

    assert laid_over(once, (layer,), FACTS) == once


@pytest.mark.parametrize(
    ("kind", "name", "body", "bad"),
    [
        ("tags", "", "sky", {"name"}),
        ("tags", "a, b", "sky", {"name"}),
        ("tags", "x" * 81, "sky", {"name"}),
        ("tags", "One", "  ", {"body"}),
        ("tags", "One", "!!!, ???", {"body"}),
        ("tags", "One", ", ".join(f"tag{n}" for n in range(201)), {"body"}),
        ("comment", "One", "x" * 2001, {"body"}),
        ("description", "", "{nope}", {"name", "body"}),
        ("story", "One", "x", {"kind"}),
    ],
)
def test_bad_input_names_each_field(kind: str, name: str, body: str, bad: set[str]) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_wanted(kind, name, body)

    assert set(refused.value.fields) == bad
