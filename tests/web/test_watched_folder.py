"""Admin → Programs: the watched folder is chosen, tried, and says what came of each picture."""

from pathlib import Path

import pytest

from tests.support.app import AppHarness, Caller
from tests.support.pictures import a_png
from tests.support.waiting import eventually

AT = "/admin/programs"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "art" / "drop"
    folder.mkdir(parents=True)
    return folder


async def owner(mira: Caller) -> str:
    me = (await mira.get("/api/me")).body
    return f"{me['user']['id']}:{me['accounts'][0]['id']}"


async def test_a_folder_chosen_on_the_page_is_watched_and_tells_what_came_of_it(
    mira: Caller, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.programs.watching.LOOKS_EVERY_SECONDS", 0.05)
    empty = (await mira.get(AT)).text
    form = {"path": str(folder), "owner": await owner(mira), "to": "draft", "watch": "yes", "allow_private": "yes"}

    saved = await mira.post(AT, data=form, follow=True)
    (folder / "dawn.png").write_bytes(a_png())
    (folder / "page.png").write_bytes(b"<html>")

    async def both() -> bool:
        return len((await mira.get("/api/instance/programs")).body["watched_pictures"]) == 2

    await eventually(both)
    now = (await mira.get("/api/instance/programs")).body
    page = (await mira.get(AT)).text
    taken = next(one for one in now["watched_pictures"] if one["name"] == "dawn.png")
    refused = next(one for one in now["watched_pictures"] if one["name"] == "page.png")
    assert "Choose a folder above" in empty
    assert "cp dawn.png" in saved.text
    assert now["allow_private_webhooks"]
    assert (await mira.get(f"/api/posts/{taken['post_id']}")).body["status"] == "draft"
    assert refused["reason"]
    assert f'href="/posts/{taken["post_id"]}">Taken</a>' in page
    assert "Refused." in page
    audit = (await mira.get("/admin/audit")).text
    assert f"Watches the folder {folder}" in audit
    assert "Webhooks may call private networks" in audit


async def test_what_may_not_be_watched_is_said_beside_the_field_and_nothing_is_lost(
    app: AppHarness, mira: Caller, folder: Path
) -> None:
    juno = await app.sign_in("juno")
    theirs = (await juno.get("/api/me")).body["accounts"][0]["id"]
    me = await owner(mira)

    for path, sentence in (
        ("relative/drop", "Give the whole path"),
        ("/", "holds more than pictures"),
        (str(app.app.settings.home / "images"), "keeps its own files there"),
        (str(folder / "nowhere"), "There is no such folder"),
        ("", "Give the whole path"),
    ):
        answer = await mira.post(AT, data={"path": path, "owner": me, "to": "draft", "watch": "yes"})
        assert (answer.status, sentence in answer.text) == (422, True), path
        assert f'value="{path}"' in answer.text
        assert 'value="draft" checked' in answer.text
    foreign = await mira.post(AT, data={"path": str(folder), "owner": f"{me.split(':')[0]}:{theirs}", "watch": "yes"})
    assert "has no such account" in foreign.text
    assert (await juno.get(AT)).status == 404
    assert (await mira.get("/api/instance/programs")).body["watched_folder"] is None


async def test_a_folder_that_is_switched_off_keeps_its_choice_and_takes_nothing(
    mira: Caller, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.programs.watching.LOOKS_EVERY_SECONDS", 0.01)
    (folder / "dawn.png").write_bytes(a_png())
    await mira.post(AT, data={"path": str(folder), "owner": await owner(mira), "to": "review"})
    kept = (await mira.get("/api/instance/programs")).body["watched_folder"]

    assert (kept["path"], kept["enabled"]) == (str(folder), False)
    assert "Choose a folder above" in (await mira.get(AT)).text
    assert [path.name for path in folder.iterdir()] == ["dawn.png"]
    await mira.post(AT, data={"path": "", "owner": await owner(mira), "to": "review"})
    assert (await mira.get("/api/instance/programs")).body["watched_folder"] is None
