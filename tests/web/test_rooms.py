"""The rooms over real HTTP: calls of the contract, every page, every form with input that cannot be used."""

import re
from time import process_time
from typing import Any

import aiohttp
import pytest

from core.deviantart import GalleryFolder
from tests.support.app import AppHarness, Caller
from tests.support.filled import publish_it
from tests.support.pictures import a_png
from tests.support.waiting import eventually
from tests.web.test_planning_pages import send


async def account_of(mira: Caller) -> str:
    return str((await mira.get("/api/me")).body["accounts"][0]["id"])


async def a_folder(mira: Caller, name: str = "Skies", **more: Any) -> str:
    answer = await mira.post(f"/api/accounts/{await account_of(mira)}/folders", json={"name": name, **more})
    assert answer.status == 201, answer.text
    return str(answer.body["id"])


async def uploaded(program: Caller, shade: int = 0, **fields: str) -> Any:
    form = aiohttp.FormData(fields)
    form.add_field("file", a_png(40 + shade), filename="a.png", content_type="image/png")
    answer = await program.post("/api/comfyui/upload", data=form)
    assert answer.status == 201, answer.text
    return answer.body


async def test_a_program_names_templates_and_its_key_has_its_own(app: AppHarness, mira: Caller) -> None:
    for name, body in (("Base", "sky"), ("Extra", "cloud")):
        made = await mira.post("/api/templates", json={"kind": "tags", "name": name, "body": body})
        assert made.status == 201
    program = await app.program(mira, "upload")
    key_id = (await mira.get("/api/keys")).body["items"][0]["id"]
    await mira("PUT", f"/api/keys/{key_id}/templates", json={"templates": ["1"]})

    named = await uploaded(program, template="extra", tags="own")
    unknown = await uploaded(program, 1, template="Nope")

    post = (await mira.get(f"/api/posts/{named['id']}")).body
    assert post["tags"] == ["own", "sky", "cloud"]
    assert "template" not in post["notes"]
    assert "Nope" in unknown["message"]
    other = (await mira.get(f"/api/posts/{unknown['id']}")).body
    assert (other["tags"], "Nope" in other["notes"]) == (["sky"], True)


async def test_templates_for_what_a_key_sends_are_chosen_with_a_form(app: AppHarness, mira: Caller) -> None:
    program = await app.program(mira, "upload")
    key_id = (await mira.get("/api/keys")).body["items"][0]["id"]
    page = f"/keys/{key_id}"
    assert "You have none yet" in (await mira.get(page)).text
    base, extra = [
        (await mira.post("/api/templates", json={"kind": "tags", "name": name, "body": body})).body["id"]
        for name, body in (("Base", "sky"), ("Extra", "cloud"))
    ]

    saved = await send(mira, f"{page}/templates", [("template", extra), ("template", ""), ("template", base)])
    refused = await send(mira, f"{page}/templates", [("template", "999")])
    sent = await uploaded(program, 2)

    assert "Saved." in saved.text
    assert saved.text.count(" selected>Extra") == saved.text.count(" selected>Base") == 1
    assert "does not exist any more" in refused.text
    assert (await mira.get(f"/api/posts/{sent['id']}")).body["tags"] == ["cloud", "sky"]
    juno = await app.sign_in("juno")
    assert (await send(juno, f"{page}/templates", [("template", "")])).status == 404


async def test_the_sale_queue_answers_as_the_contract_says(app: AppHarness, mira: Caller) -> None:
    client, reader = await app.program(mira, "sales"), await app.program(mira, "read")

    assert (await client.get("/api/sale-queue/next?client_id=c")).body == {"item": None}
    assert (await reader.get("/api/sale-queue/next")).code == "SCOPE_MISSING"
    assert (await client.post("/api/sale-queue/1/complete", json={"lease_token": "x"})).status == 404
    for body in ({}, {"lease_token": 5}, {"lease_token": "x", "more": 1}):
        assert (await client.post("/api/sale-queue/1/complete", json=body)).status == 422


PAGES = [
    "/templates",
    "/folders",
    "/exclusives",
    "/exclusives?status=failed",
    "/exclusives?cursor=bad",
    "/exclusives/presets",
    "/exclusives/helper",
    "/exclusives/helper?entry=99",
    "/inspiration",
    "/inspiration?q=moon&layout=masonry&mature=1",
    "/inspiration/daily",
    "/inspiration/daily?date=nonsense",
    "/inspiration/watching",
    "/inspiration/tags",
    "/inspiration/tags?name=forest&order=popular&layout=grid",
    "/inspiration/topics",
    "/inspiration/topics/fantasy",
    "/inspiration/topics/nope",
    "/inspiration/artists/saltgarden",
    "/inspiration/lists",
    "/published/figures",
    "/published/figures?sort=views&measure=works&cursor=bad",
]


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_opens_without_scripts(mira: Caller, path: str) -> None:
    answer = await mira.get(path, follow=True)

    assert answer.status in (200, 404 if "entry=99" in path else 200), answer.text[:300]
    assert "img-src 'self'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/templates", "/folders", "/exclusives", "/inspiration", "/published/figures"])
async def test_a_stranger_is_sent_to_sign_in(app: AppHarness, path: str) -> None:
    assert (await app.stranger().get(path)).status == 303


async def test_pages_of_works_follow_each_other_as_links_and_as_pieces(mira: Caller) -> None:
    first = await mira.get("/inspiration")
    assert 'rel="next"' in first.text
    link = first.text.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")

    whole, piece = await mira.get(link), await mira.get(f"{link}&part=1")

    assert "<html" in whole.text
    assert "<html" not in piece.text
    assert 'class="wall ' in piece.text


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
async def test_a_day_at_the_end_of_all_calendars_is_refused_in_words(mira: Caller, day: str) -> None:
    answer = await mira.get(f"/inspiration/daily?date={day}")

    assert (answer.status, "A date is written like" in answer.text) == (200, True)


async def test_a_work_is_looked_at_kept_and_its_tags_used(mira: Caller) -> None:
    work = (await mira.get("/api/inspiration?sight=home")).body["items"][0]
    path = f"/inspiration/works/{work['id']}"

    page = await mira.get(path)
    assert work["title"] in page.text
    kept = await send(mira, f"{path}/keep", {"next": path})
    assert "Watch later" in kept.text
    assert work["title"] in (await mira.get("/inspiration/lists/1")).text
    assert (await mira.get(f"{path}/thumb")).status == 302
    dropped = await send(mira, "/inspiration/lists/1/drop", {"work": work["id"]})
    assert "Nothing is kept here yet" in dropped.text
    used = await send(mira, "/templates", {"kind": "tags", "name": "Like it", "body": "a, b"})
    assert "is ready to use" in used.text


async def test_forms_with_bad_input_come_back_with_sentences_and_what_was_typed(mira: Caller) -> None:
    account = await account_of(mira)
    folder = await a_folder(mira)
    forms: list[tuple[str, dict[str, str], str]] = [
        ("/templates", {"kind": "tags", "name": "Kept name", "body": "{nope}"}, "is not a variable"),
        ("/templates", {"kind": "x", "name": "n", "body": "b"}, "The kind is one of"),
        (f"/folders/{account}", {"name": "Skies"}, "of this name here already"),
        (f"/folders/{account}", {"name": " "}, "1 to 50 characters"),
        (f"/folders/{account}/{folder}", {"name": "y" * 51, "description": "kept text"}, "1 to 50 characters"),
        (
            "/exclusives/presets",
            {"name": "Kept", "currency": "USD", "lowest": "9", "highest": "3"},
            "above the lowest",
        ),
        ("/exclusives/presets", {"name": "", "currency": "QQQ", "lowest": "x"}, "The currency is one of"),
        ("/inspiration/lists", {"name": ""}, "Give the list a name"),
    ]
    for path, fields, sentence in forms:
        answer = await send(mira, path, fields)
        assert (answer.status, sentence in answer.text) == (422, True), (path, answer.text[-2000:])
        for typed in ("Kept name", "kept text"):
            assert typed not in fields.values() or typed in answer.text


async def with_works(app: AppHarness, mira: Caller, count: int) -> tuple[str, list[str]]:
    """The address of a folder below `/api` and `/folders`, and its works as DeviantArt has them."""
    world = app.app.sandbox.world  # type: ignore[union-attr]
    account, folder = await account_of(mira), await a_folder(mira, "Full")
    for number in range(count):
        item = world.add_item(
            username="mira", title=f"W{number}", sha256=f"{number:064}", mime="image/png", width=9, height=9, bytes=9,
            filename="a.png",
        )  # fmt: skip
        work = world.publish_by_hand(item.itemid, feature=False)
        world.folders[folder].works.append(work.deviationid)
    return f"{account}/{folder}", world.folders[folder].works


async def test_works_in_a_folder_are_put_in_order_with_and_without_scripts(app: AppHarness, mira: Caller) -> None:
    where, works = await with_works(app, mira, 3)
    account, folder = where.split("/")
    page, api = f"/folders/{where}", f"/api/accounts/{account}/folders/{folder}/works"
    a, b, c = works

    dragged = await send(mira, f"{page}/works/order", [("work", c), ("work", a), ("work", b)])
    assert "The order is saved" in dragged.text
    assert works == [c, a, b]
    await send(mira, f"{page}/works/order", [("work", c), ("work", a), ("work", b), ("down", c)])
    assert works == [a, c, b]
    assert (await mira("PUT", f"{api}/order", json={"works": [b, a, c]})).body == {"done": 1}
    assert "Put 1 work first" in (await send(mira, f"{page}/works", {"action": "first", "works": c})).text
    assert works == [c, b, a]
    assert (await mira.post(api, json={"action": "first", "works": [a]})).body == {"done": 1}
    refused = await mira("PUT", f"{api}/order", json={"works": [b]})
    assert (refused.status, "changed meanwhile" in refused.text) == (422, True)
    assert (await mira("PUT", f"{api}/order", json={"works": [b], "offset": -1})).status == 422
    juno = await app.sign_in("juno")
    assert (await juno("PUT", f"{api}/order", json={"works": [b, a, c]})).status == 404
    assert (await send(juno, f"{page}/works/order", [("work", b)])).status in (200, 404)
    assert works == [a, c, b]


async def test_folders_used_lately_are_offered_first_for_works_that_move(app: AppHarness, mira: Caller) -> None:
    where, _ = await with_works(app, mira, 1)
    used = await a_folder(mira, "Used")
    post = (await mira.get("/api/posts?status=review")).body["items"][0]
    await mira.patch(f"/api/posts/{post['id']}", json={"galleries": [used], "version": post["version"]})

    page = (await mira.get(f"/folders/{where}")).text

    offered = page.split('<p class="picker-heading">Used lately</p>')[1].split('<p class="picker-heading">All</p>')[0]
    assert re.findall(r'name="to" value="([^"]+)"><span>([^<]+)', offered) == [(used, "Used")]


async def test_a_folder_of_many_pages_says_where_one_is(app: AppHarness, mira: Caller) -> None:
    where, _ = await with_works(app, mira, 50)
    await mira.get(f"/api/accounts/{where.split('/')[0]}/folders?refresh=1")

    middle = await mira.get(f"/folders/{where}?offset=24")

    assert "25 to 48 of 50" in middle.text
    assert f'href="/folders/{where}"' in middle.text
    assert f'href="/folders/{where}?offset=48"' in middle.text
    assert (await mira.get(f"/folders/{where}?offset=-3")).status == 200
    assert "None after" in (await mira.get(f"/folders/{where}?offset=96")).text


async def test_five_hundred_folders_are_light_pages_that_fetch_nothing_to_drag(app: AppHarness, mira: Caller) -> None:
    account = int(await account_of(mira))
    tops = [GalleryFolder(f"{n:08X}-A", None, f"Top {n}", size=20) for n in range(250)]
    inside = [GalleryFolder(f"{n:08X}-B", f"{n:08X}-A", f"Inside {n}", size=20) for n in range(250)]
    async with app.app.store.transaction() as tx:
        await tx.rooms.folders.replace(account, [*tops, *inside], at=app.app.clock.now())

    began = process_time()
    page = await mira.get("/folders")

    assert process_time() - began < 2  # ten times what it took
    assert page.text.count('class="grip') == 100
    assert len(page.text) < 220_000
    assert 'start=50"' in page.text
    assert page.text.count('name="csrf_token"') < 10  # one form for all of them
    assert '<script src="/static/vendor/Sortable' not in page.text


@pytest.mark.parametrize("value", ["20010", "yes", "-1", "%00", "[]"])
async def test_what_is_neither_true_nor_false_is_said(mira: Caller, value: str) -> None:
    account = await account_of(mira)
    for path in (
        f"/api/accounts/{account}/folders?refresh=",
        "/api/inspiration?mature=",
        "/api/inspiration?popular=",
    ):
        assert (await mira.get(f"{path}{value}")).status == 422, path
    assert (await mira.get(f"/api/accounts/{account}/folders?refresh=True")).status == 200


async def test_refusals_of_buttons_are_messages(mira: Caller) -> None:
    account, folder = await account_of(mira), await a_folder(mira)
    buttons: list[tuple[str, dict[str, str], str]] = [
        (f"/folders/{account}/{folder}/works", {"action": "copy"}, "Choose a folder"),
        (f"/folders/{account}/{folder}/works", {"action": "remove"}, "Select works first"),
        (f"/folders/{account}/{folder}/works", {"action": "cover"}, "Select the one work"),
        (f"/folders/{account}/{folder}/works", {"action": "dance"}, "Choose what to do"),
        (f"/folders/{account}/order", {"folder": "X", "parent_id": ""}, "have changed meanwhile"),
        ("/exclusives/bulk", {"action": "skip"}, "Select between"),
        ("/exclusives/helper", {}, "Nothing is waiting"),
        ("/exclusives/99/done", {"lease_token": "x"}, "There is no such entry"),
        ("/templates/99/remove", {}, "There is no such template"),
    ]
    for path, fields, sentence in buttons:
        answer = await send(mira, path, fields)
        assert sentence in answer.text, (path, answer.status)


async def test_a_form_without_its_token_changes_nothing(mira: Caller) -> None:
    token = mira.headers.pop("X-CSRF-Token")
    answer = await mira.post("/templates", data={"kind": "tags", "name": "n", "body": "b", "csrf_token": "no"})
    mira.headers["X-CSRF-Token"] = token

    assert answer.status == 403
    assert (await mira.get("/api/templates")).body["items"] == []


async def test_a_post_gets_templates_folders_sale_and_comment_with_forms(app: AppHarness, mira: Caller) -> None:
    folder = await a_folder(mira)
    await mira.post("/api/templates", json={"kind": "tags", "name": "Base", "body": "sky"})
    await mira.post("/api/templates", json={"kind": "comment", "name": "Hi", "body": "Hello"})
    await mira.post("/api/price-presets", json={"name": "P", "lowest": "49"})
    post = (await uploaded(await app.program(mira, "upload")))["id"]
    more = f"/posts/{post}/more"

    assert "Fill in" in (await mira.get(f"{more}?template=1")).text
    await send(mira, f"{more}/templates", {"template": "1"})
    version = (await mira.get(f"/api/posts/{post}")).body["version"]
    await send(mira, f"/posts/{post}/edit", {"galleries": folder, "tags": "sky", "version": version})
    await send(mira, f"{more}/after", {"preset": "1", "comment": "2"})

    shown = (await mira.get(f"/api/posts/{post}")).body
    assert (shown["tags"], shown["galleries"], shown["add_watermark"]) == (["sky"], [folder], True)
    assert "checked" in (await mira.get(f"/posts/{post}")).text
    assert "Choose one of your comment templates" in (await send(mira, f"{more}/after", {"comment": "1"})).text


async def test_the_sale_helper_walks_through_the_queue(app: AppHarness, mira: Caller) -> None:
    await mira.post("/api/price-presets", json={"name": "P", "lowest": "49"})
    post = (await uploaded(await app.program(mira, "upload"), title="Sold"))["id"]
    await mira.post(f"/api/posts/{post}/offer", json={"price_preset_id": "1"})
    version = (await mira.get(f"/api/posts/{post}")).body["version"]
    await mira.patch(f"/api/posts/{post}", json={"is_mature": False, "version": version})
    await publish_it(mira, post)

    page = await send(mira, "/exclusives/helper", {})
    elsewhere = (await mira.get("/exclusives/helper")).text
    assert "Open on DeviantArt" in page.text
    assert "1 work is in work" in elsewhere
    assert 'data-copy="49"' in page.text
    token = page.text.split('name="lease_token" value="')[1].split('"')[0]
    done = await send(mira, "/exclusives/1/done", {"lease_token": token})

    assert "is on sale for 49.00 USD" in done.text
    assert (await mira.get("/api/sale-queue")).body["items"][0]["status"] == "completed"


async def test_how_one_work_fares_is_asked_for_and_drawn(app: AppHarness, mira: Caller) -> None:
    post = (await uploaded(await app.program(mira, "upload"), title="Drawn"))["id"]
    page = f"/published/figures/{post}"
    before = await send(mira, f"{page}/ask", {})
    version = (await mira.get(f"/api/posts/{post}")).body["version"]
    await mira.patch(f"/api/posts/{post}", json={"is_mature": False, "version": version})
    await mira.post(f"/api/posts/{post}/publish", json={})
    await app.app.publisher.idle()

    async def is_drawn() -> bool:
        return "the figures of now" in (await send(mira, f"{page}/ask", {})).text

    await eventually(is_drawn)
    drawn = await mira.get(page)

    assert "This is not published" in before.text
    assert drawn.text.count("<polyline") == 3
    assert drawn.text.count("<tr><td><time") == 1
    assert page in (await mira.get("/published/figures")).text
    (work,) = (await mira.get(f"/api/posts/{post}/figures")).body["items"]
    assert (await mira.post(f"/api/posts/{post}/figures", json={})).body["items"] == [work]
    assert [set(day) for day in work["days"]] == [{"day", "favourites", "comments", "views"}]
    juno = await app.sign_in("juno")
    assert (await juno.get(page)).status == 404
    assert (await send(juno, f"{page}/ask", {})).status == 404
    assert (await juno.get(f"/api/posts/{post}/figures")).status == 404


async def test_what_belongs_to_somebody_else_is_not_there(app: AppHarness, mira: Caller) -> None:
    await mira.post("/api/templates", json={"kind": "tags", "name": "Base", "body": "sky"})
    account = await account_of(mira)
    juno = await app.sign_in("juno")

    assert (await juno.get("/templates/1")).status == 404
    assert (await juno.get(f"/api/accounts/{account}/folders")).status == 404
    assert (await juno.delete("/api/templates/1")).status == 404
    assert (await juno.get(f"/folders/{account}/AAAAAAAA")).status == 404
