"""Choosing folders by name: what the server finds, and how a form without scripts gets there."""

import re
from html import unescape
from urllib.parse import urlencode

import pytest

from core.deviantart import GalleryFolder
from tests.support.app import AppHarness, Caller
from tests.web.test_planning_api import a_draft
from tests.web.test_planning_pages import EVERY_DAY, FORM, send
from tests.web.test_rooms import account_of, with_works

MANY = 60
TOPS = [GalleryFolder(f"{n:08X}-A", None, f"Top {n}") for n in range(MANY)]
INSIDE = [
    GalleryFolder("0000D0A0-B", "00000001-A", "Dragons"),
    GalleryFolder("0000D0A1-B", "00000002-A", "Dragons"),
    GalleryFolder("0000C0DE-B", "00000002-A", "Ёлки & <b>"),
]
DRAGONS = "0000D0A0-B"


async def keep(app: AppHarness, account: str | int, folders: list[GalleryFolder]) -> None:
    async with app.app.store.transaction() as tx:
        await tx.rooms.folders.replace(int(account), folders, at=app.app.clock.now())


@pytest.fixture
async def many(app: AppHarness, mira: Caller) -> str:
    """The account, with many folders."""
    account = await account_of(mira)
    await keep(app, account, [*TOPS, *INSIDE])
    return account


def offered(page: str) -> list[str]:
    """Names in the list below the first field."""
    part = page.split('class="picker-list"')[1].split("</fieldset>")[0] if 'class="picker-list"' in page else page
    return [unescape(name) for name in re.findall(r"<input[^>]*><span>([^<]*)</span>", part)]


def chips(page: str, place: int = 1) -> list[str]:
    part = page.split("data-picked")[place].split("</ul>")[0]
    return [unescape(name) for name in re.findall(r" checked><span>([^<]*)</span>", part)]


async def found(who: Caller, words: str, **more: str) -> list[str]:
    answer = await who.get(f"/folders/choices?{urlencode({'find-galleries': words, **more})}")
    assert answer.status == 200, answer.text
    return offered(answer.text)


async def test_words_are_found_anywhere_in_the_path_in_any_alphabet(mira: Caller, many: str) -> None:
    assert await found(mira, "DRAGONS") == ["Top 1 / Dragons", "Top 2 / Dragons"]
    assert await found(mira, "dra 2") == ["Top 2 / Dragons"]
    assert await found(mira, "ЁЛК") == ["Top 2 / Ёлки & <b>"]
    assert await found(mira, "% _") == []
    assert (await found(mira, "top 5"))[0] == "Top 5", "the one of exactly that name comes first"
    assert await found(mira, "dragons", tops="1") == []
    assert await found(mira, "top 5", but="00000005-a") == [f"Top {n}" for n in (15, 25, 35, 45, *range(50, 60))]


async def test_a_few_are_offered_and_the_rest_is_counted(mira: Caller, many: str) -> None:
    answer = await mira.get("/folders/choices")

    assert len(offered(answer.text)) == 20
    assert "and 43 more: type a part of the name" in answer.text
    assert "No folder has that in its name." in (await mira.get("/folders/choices?find-galleries=zebra")).text


async def test_folders_of_others_are_never_found(app: AppHarness, mira: Caller, many: str) -> None:
    juno = await app.sign_in("juno")

    assert await found(juno, "dragons") == []
    for account in (many, "999", "x"):
        assert (await juno.get(f"/folders/choices?account_id={account}&find-galleries=dragons")).status == 404
    post = await a_draft(juno, "A quiet cat")
    await keep(app, await account_of(juno), TOPS)
    refused = await send(juno, f"/posts/{post['id']}/edit", {"find-galleries": "dragons", "version": post["version"]})
    assert (refused.status, "No folder has “dragons” in its name." in refused.text) == (422, True)
    assert (await app.stranger().get("/folders/choices")).status == 303


@pytest.mark.parametrize(("role", "many_found"), [("reviewer", 2), ("editor", 2)])
async def test_whoever_works_on_an_account_finds_its_folders(
    app: AppHarness, mira: Caller, many: str, role: str, many_found: int
) -> None:
    juno = await app.sign_in("juno")
    made = await mira.post(f"/api/accounts/{many}/people", json={"role": role})
    await juno.post(f"/{made.body['url'].split('/', 3)[3]}")

    assert len(await found(juno, "dragons", account_id=many)) == many_found
    # Where no account is named: of those whose posts they may change.
    assert len(await found(juno, "dragons")) == (many_found if role == "editor" else 0)


@pytest.mark.parametrize("field", ["", "<b>", "csrf%20token", "a" * 41])
async def test_a_field_that_no_form_has_is_not_drawn(mira: Caller, many: str, field: str) -> None:
    assert (await mira.get(f"/folders/choices?field={field}")).status == 404


async def test_a_form_without_scripts_finds_the_folder_that_is_typed(mira: Caller, many: str) -> None:
    post = await a_draft(mira, "A quiet cat")
    path, version = f"/posts/{post['id']}", str(post["version"])
    typed = {"title": "Changed <i>", "galleries": TOPS[7].folder_id, "version": version}

    several = await send(mira, f"{path}/edit", typed | {"find-galleries": "dragons"})
    unknown = await send(mira, f"{path}/edit", typed | {"find-galleries": "zebra"})
    page = await send(mira, f"{path}/edit", typed | {"find-galleries": " top 1 /  dragons "})

    assert several.status == unknown.status == 422
    assert "2 folders have “dragons” in their name. Choose the one you mean." in several.text
    assert "No folder has “zebra” in its name." in unknown.text
    assert offered(several.text) == ["Top 1 / Dragons", "Top 2 / Dragons"]
    for refused in (several, unknown):  # nothing that was typed is lost
        assert 'value="Changed &lt;i&gt;"' in refused.text
        assert chips(refused.text) == ["Top 7"]
    assert 'name="find-galleries" type="search" value="dragons"' in several.text
    assert chips(page.text) == ["Top 7", "Top 1 / Dragons"]
    saved = (await mira.get(f"/api{path}")).body
    assert (saved["title"], saved["galleries"]) == ("Changed <i>", [TOPS[7].folder_id, DRAGONS])


async def test_a_form_never_carries_all_folders(mira: Caller, many: str) -> None:
    post = await a_draft(mira, "A quiet cat")

    for path in (f"/posts/{post['id']}", "/automations/new", f"/folders/{many}/{DRAGONS}", "/folders?q=nothing"):
        page = (await mira.get(path)).text
        assert 0 < page.count(">Top 3<") <= 2, path
        assert ">Top 50<" not in page, path


async def test_an_automation_takes_names_of_folders_of_each_account(app: AppHarness, mira: Caller, many: str) -> None:
    await app.sign_in("juno")
    both = [*FORM.items(), *EVERY_DAY, ("pool_galleries", TOPS[3].folder_id)]

    refused = await send(mira, "/automations/new", [*both, ("find-default-galleries", "dragons")])
    made = await send(mira, "/automations/new", [*both, ("find-default-galleries", "top 2 / dragons")])

    assert refused.status == 422
    assert "2 folders have “dragons” in their name." in refused.text
    assert chips(refused.text) == ["Top 3"]
    path = re.sub(r"^.*(/automations/\d+).*$", r"\1", made.url)
    kept = (await mira.get(f"/api{path}")).body
    assert kept["pool"]["galleries"] == [TOPS[3].folder_id]
    assert {one["field"]: one["value"] for one in kept["defaults"]}["galleries"] == [INSIDE[1].folder_id]
    changed = await send(mira, path, [*both, ("version", str(kept["version"])), ("find-pool_galleries", "zebra")])
    assert (changed.status, "No folder has “zebra” in its name." in changed.text) == (422, True)


async def test_many_posts_get_a_folder_by_its_name(mira: Caller, many: str) -> None:
    post = await a_draft(mira, "A quiet cat")
    opened = await send(mira, "/posts/bulk", {"action": "choose", "ids": post["id"], "list": "drafts"})
    path = re.sub(r"^.*(/changes/\d+/edit).*$", r"\1", opened.url)
    form = {"do": "preview", "galleries_how": "add", "title_how": "replace", "title": "New"}

    refused = await send(mira, path, form | {"find-galleries": "dragons"})
    shown = await send(mira, path, form | {"find-galleries": "top 1 / dragons"})

    assert refused.status == 422
    assert 'value="New"' in refused.text
    assert offered(refused.text) == ["Top 1 / Dragons", "Top 2 / Dragons"]
    preview = shown.text.split('id="preview"')[1].split("</section>")[0]
    assert "Top 1 / Dragons" in preview
    assert f'name="galleries" value="{DRAGONS}"' in preview


async def test_works_move_into_the_folder_that_is_typed(app: AppHarness, mira: Caller) -> None:
    where, works = await with_works(app, mira, 2)
    account = where.split("/")[0]
    for name in ("Night", "Night sky"):
        await mira.post(f"/api/accounts/{account}/folders", json={"name": name})
    move = {"action": "copy", "works": works[0]}

    several = await send(mira, f"/folders/{where}/works", move | {"find-to": "nig"})
    done = await send(mira, f"/folders/{where}/works", move | {"find-to": "night"})

    assert several.status == 422
    assert f'name="works" value="{works[0]}" checked' in several.text, "what was ticked still is"
    assert "2 folders have “nig” in their name." in several.text
    assert "Copied 1 work there." in done.text


async def test_a_folder_is_made_and_put_inside_one_that_is_typed(app: AppHarness, mira: Caller) -> None:
    account = await account_of(mira)
    made = {
        name: (await mira.post(f"/api/accounts/{account}/folders", json={"name": name})).body["id"]
        for name in ("Woods", "Words", "Oak")
    }

    unknown = await send(mira, f"/folders/{account}", {"name": "Elm", "parent_id": "", "find-parent_id": "wo"})
    await send(mira, f"/folders/{account}", {"name": "Elm", "parent_id": "", "find-parent_id": "wood"})
    oak = f"/folders/{account}/{made['Oak']}"
    refused = await send(mira, oak, {"name": "Oaks", "description": "", "parent_id": "", "find-parent_id": "zebra"})
    await send(mira, oak, {"name": "Oaks", "description": "", "parent_id": "", "find-parent_id": "WOODS"})

    assert (unknown.status, 'name="name" type="text" value="Elm"' in unknown.text) == (422, True)
    assert (refused.status, 'value="Oaks"' in refused.text) == (422, True)
    known = (await mira.get(f"/api/accounts/{account}/folders")).body["items"]
    inside = {one["name"]: one["parent_id"] for one in known if one["name"] in {"Elm", "Oaks"}}
    assert inside == {"Elm": made["Woods"], "Oaks": made["Woods"]}
    page = (await mira.get(oak)).text
    assert chips(page, 1) == ["Woods"]
    await send(mira, oak, {"name": "Oaks", "description": "", "find-parent_id": "at the top"})
    assert chips((await mira.get(oak)).text, 1) == ["At the top"]
