"""The post's own page, as a browser without scripts uses it."""

import re
from urllib.parse import quote

import aiohttp
import pytest

from core.upkeep import Upkeep
from tests.support.app import AppHarness, Caller
from tests.support.pictures import a_png
from tests.web.test_planning_api import a_draft
from tests.web.test_planning_pages import send
from tests.web.test_rooms import a_folder

READ = "/api/times/read"
EVERY_EVENING = {"days": [0, 1, 2, 3, 4, 5, 6], "time": "18:00"}


def asked(path: str, **given: str) -> str:
    return path + "?" + "&".join(f"{name}={quote(value)}" for name, value in given.items())


async def test_words_for_a_time_are_answered_with_the_instant_and_its_zone(mira: Caller) -> None:
    post = await a_draft(mira, "A quiet cat")
    path = f"/posts/{post['id']}/when"

    understood = await mira.get(asked(path, when="24 dec 2026 6pm", time_zone="Europe/Paris"))
    odd = await mira.get(asked(path, when="<b>whenever</b>"))
    nowhere = await mira.get(asked(path, when="fri 18:00", time_zone="Mars/Crater"))

    assert "Thu 24 Dec 2026 18:00" in understood.text
    assert "in Europe/Paris; for you Thu 24 Dec 2026 17:00" in understood.text
    assert 'datetime="2026-12-24T17:00:00Z"' in understood.text
    assert "“&lt;b&gt;whenever&lt;/b&gt;” is not a time I understand" in odd.text
    assert "not a time zone" in nowhere.text
    assert (await mira.get(f"{path}?when=")).text.strip() == ""


async def test_words_are_told_where_pacing_objects_and_which_slot_is_next(mira: Caller) -> None:
    one, two = [await a_draft(mira, title) for title in ("One", "Two 2")]
    account = one["account_id"]
    await mira("PUT", f"/api/accounts/{account}/slots", json={"slots": [EVERY_EVENING]})
    await mira.patch(f"/api/accounts/{account}/pacing", json={"min_gap_minutes": 60})
    planned = await mira.post(f"/api/posts/{one['id']}/schedule", json={"when": "next slot"})
    local = planned.body["due_local"].replace("T", " ")

    against = await mira.get(asked(f"/posts/{two['id']}/when", when=local))
    following = await mira.get(asked(READ, when="next slot", post_id=two["id"]))

    assert "minimum gap" in against.text
    assert following.body["is_next_slot"] is True
    assert following.body["local"].endswith(EVERY_EVENING["time"])
    assert following.body["at"] > planned.body["due_at"]


async def test_programs_ask_what_words_mean(app: AppHarness, mira: Caller) -> None:
    post = await a_draft(mira, "A quiet cat")
    juno = await app.sign_in("juno")

    read = await mira.get(asked(READ, when="29 mar 2027 2:30", time_zone="Europe/Paris"))
    slot = await mira.get(asked(READ, when="next slot"))
    odd = await mira.get(asked(READ, when="blah"))
    foreign = await juno.get(asked(READ, when="fri 18:00", post_id=post["id"]))

    assert read.body == {
        "at": "2027-03-29T00:30:00Z",
        "local": "2027-03-29T02:30",
        "time_zone": "Europe/Paris",
        "text": "Mon 29 Mar 2027 02:30",
        "is_next_slot": False,
        "is_adjusted": False,
        "objections": [],
    }
    assert (slot.body["at"], slot.body["is_next_slot"]) == (None, True)
    assert (odd.status, odd.code) == (422, "INVALID")
    assert foreign.status == 404


async def test_a_refused_time_keeps_the_words_that_were_typed(mira: Caller) -> None:
    post = await a_draft(mira, "A quiet cat")

    refused = await send(
        mira, f"/posts/{post['id']}/schedule", {"when": "some fine day", "time_zone": "Europe/Paris"}
    )

    assert refused.status == 422
    assert 'value="some fine day"' in refused.text
    assert "is not a time I understand" in refused.text
    assert 'value="Europe/Paris"' in refused.text


async def test_folders_are_chosen_by_name_on_the_page_itself(mira: Caller) -> None:
    post = await a_draft(mira, "A quiet cat")
    path = f"/posts/{post['id']}"
    before = (await mira.get(path)).text
    skies, cats = [await a_folder(mira, name) for name in ("Skies", "<b>Cats</b>")]

    page = (await mira.get(path)).text
    saved = await mira.post(
        f"{path}/edit", data=[("version", str(post["version"])), ("galleries", skies), ("galleries", cats)]
    )
    again = await mira.post(
        f"{path}/edit", data=[("version", str(post["version"] + 1)), ("galleries", cats), ("galleries", skies)]
    )

    assert "Isekai has not read your gallery" in before
    offered = page.split('class="picker-list"')[1].split("</fieldset>")[0]
    assert offered.count('type="checkbox" name="galleries"') >= 2
    assert "<span>&lt;b&gt;Cats&lt;/b&gt;</span>" in page
    assert (saved.status, again.status) == (303, 303)
    shown = (await mira.get(f"/api/posts/{post['id']}")).body
    assert set(shown["galleries"]) == {skies, cats}
    assert shown["version"] == post["version"] + 1, "another order of boxes is no change"
    assert (await mira.get(path)).text.count('name="galleries" value="') >= 2
    chips = (await mira.get(path)).text.split("data-picked")[1].split("</ul>")[0]
    assert chips.count(" checked>") == 2


async def test_a_stale_save_names_folders_instead_of_their_ids(mira: Caller) -> None:
    post = await a_draft(mira, "A quiet cat")
    skies = await a_folder(mira, "Skies")
    theirs = {"galleries": [skies], "version": post["version"]}
    assert (await mira.patch(f"/api/posts/{post['id']}", json=theirs)).status == 200

    stale = await mira.post(f"/posts/{post['id']}/edit", data={"title": "Mine", "version": str(post["version"])})

    assert stale.status == 409
    assert "<dt>Folders</dt><dd>Skies</dd>" in stale.text


async def several(mira: Caller, count: int = 3) -> tuple[str, list[str]]:
    """A draft with that many files: its path and their ids."""
    post = await a_draft(mira, "Several")
    path = f"/posts/{post['id']}"
    form = aiohttp.FormData()
    form.add_field("csrf_token", mira.headers["X-CSRF-Token"])
    for number in range(1, count):
        form.add_field("file", a_png(30 + number), filename=f"{number}.png", content_type="image/png")
    assert (await mira.post(f"{path}/files", data=form)).status == 303
    return path, await files_of(mira, path)


async def files_of(mira: Caller, path: str) -> list[str]:
    return [file["id"] for file in (await mira.get(f"/api{path}")).body["files"]]


async def chosen_of(mira: Caller, path: str) -> list[str]:
    return [file["id"] for file in (await mira.get(f"/api{path}")).body["files"] if file["chosen"]]


async def test_pictures_are_ordered_chosen_and_removed_with_buttons(mira: Caller) -> None:
    path, (one, two, three) = await several(mira)

    assert "All 3 pictures go out" in (await mira.get(path)).text
    await send(mira, f"{path}/files/{three}/earlier", {})
    assert await files_of(mira, path) == [one, three, two]
    only = await send(mira, f"{path}/files/{two}/only", {})
    assert "goes out. The others stay here." in only.text
    assert await chosen_of(mira, path) == [two]
    await send(mira, f"{path}/files/all", {})
    assert len(await chosen_of(mira, path)) == 3
    await send(mira, f"{path}/files/{one}/remove", {})
    assert await files_of(mira, path) == [three, two]
    assert "not part of this post" in (await send(mira, f"{path}/files/{one}/toggle", {})).text


async def test_a_picture_that_was_removed_comes_back_where_it_was(mira: Caller) -> None:
    path, (one, two, three) = await several(mira)
    await send(mira, f"{path}/files/{two}/toggle", {})

    said = await send(mira, f"{path}/files/{two}/remove", {})
    assert f'action="{path}/files/{two}/restore"' in said.text
    back = await send(mira, f"{path}/files/{two}/restore", {})

    assert "The picture is back." in back.text
    assert await files_of(mira, path) == [one, two, three]
    assert await chosen_of(mira, path) == [one, three]
    assert "Put “1.png” back." in (await mira.get(path)).text
    assert "cannot be put back" in (await send(mira, f"{path}/files/{two}/restore", {})).text


async def test_a_new_order_names_every_picture_once(mira: Caller) -> None:
    path, (one, two, three) = await several(mira)
    await send(mira, f"{path}/files/{two}/toggle", {})
    as_json = {"Accept": "application/json"}

    saved = await mira.post(f"{path}/files/order", data=[("file", f) for f in (three, two, one)], headers=as_json)
    partly = await mira.post(f"{path}/files/order", data=[("file", three)], headers=as_json)

    assert (saved.status, saved.body["message"]) == (200, "The order is saved.")
    assert partly.status == 422
    assert await files_of(mira, path) == [three, two, one]
    assert await chosen_of(mira, path) == [three, one]


async def test_another_time_or_order_does_not_stand_in_the_way_of_saving(mira: Caller) -> None:
    path, (one, *_) = await several(mira)
    shown = (await mira.get(path)).text
    mark = shown.split('name="shown" value="')[1].split('"')[0]
    version = shown.split('name="version" value="')[1].split('"')[0]
    await send(mira, f"{path}/files/{one}/later", {})
    title = {"title": "Mine", "tags": "", "version": version, "shown": mark}

    saved = await mira.post(f"{path}/edit", data=title)
    stale = await mira.post(f"{path}/edit", data=title | {"title": "Late"})

    assert saved.status == 303
    assert stale.status == 409
    assert "Mine" in stale.text


HOSTILE = (
    "a <b>fox</b> {{ 7*7 }}\nNegative prompt: <script>alert(1)</script>\n"
    'Steps: 28, Sampler: <i>Euler</i>, Seed: 123456789, Model: "><img src=x>, Clip skip: 2'
)


async def test_how_it_was_made_is_complete_and_nothing_but_text(mira: Caller) -> None:
    form = aiohttp.FormData({"title": '"><script>title</script>', "notes": "</textarea><b>n</b>"})
    told = a_png(50, texts={"parameters": HOSTILE})
    form.add_field("file", told, filename="<u>a</u>.png", content_type="image/png")
    form.add_field("file", a_png(51), filename="b.png", content_type="image/png")
    post = (await mira.post("/api/posts", data=form)).body

    page = (await mira.get(f"/posts/{post['id']}")).text

    assert "a &lt;b&gt;fox&lt;/b&gt; {{ 7*7 }}" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "&lt;i&gt;Euler&lt;/i&gt;" in page
    assert 'data-copy="123456789"' in page
    assert "<dt>Steps</dt><dd>28</dd>" in page
    assert not any(tag in page for tag in ("<b>", "<script>", "<img src=x", "<i>", "<u>a"))
    assert f"?made={post['files'][1]['id']}#made" in page
    other = (await mira.get(f"/posts/{post['id']}?made={post['files'][1]['id']}")).text
    assert "This file says nothing about it." in other


async def test_what_deviantart_will_store_is_told_for_what_is_typed(mira: Caller) -> None:
    post = await a_draft(mira, "A quiet cat")
    tags = ", ".join(["Night Market", "night-market", "!!!", "<b>x</b>", *(f"t{n}" for n in range(30))])
    typed = {"title": "  " + "long " * 20, "tags": tags, "description": "a < b\n<script>x</script>"}

    told = (await mira.post(f"/posts/{post['id']}/stored", data=typed)).text
    plain = (await mira.post(f"/posts/{post['id']}/stored", data={"description": "1 < 2\n3"})).text

    assert f"DeviantArt keeps “{('long ' * 10).strip()}”." in told
    assert told.count('class="tag"') == 30
    assert told.count('class="tag over"') == 2
    assert "night_market" not in told, "the first spelling of a tag is kept"
    assert "Nothing of “!!!” can be in a tag." in told
    assert "<script>" not in told
    assert "It holds HTML" in told
    assert "1 &amp;lt; 2&lt;br /&gt;\n3" in plain


async def test_a_template_is_shown_with_its_variables_before_it_is_inserted(app: AppHarness, mira: Caller) -> None:
    post = await a_draft(mira, "Fox <b>")
    body = {"kind": "description", "name": "Foot", "body": "“{title}” no. {seq} by {artist}"}
    made = (await mira.post("/api/templates", json=body)).body
    await mira.post("/api/templates", json={"kind": "comment", "name": "Never here", "body": "Hello"})
    path = f"/posts/{post['id']}/insert"

    shown = (await mira.get(f"{path}?template={made['id']}")).text
    counted = await mira.post(path, data={"template": made["id"]})
    again = (await mira.get(f"{path}?template={made['id']}")).text

    assert "“Fox &lt;b&gt;” no. 1 by mira" in shown
    assert "Never here" not in shown
    assert counted.status == 204
    assert "no. 2 by mira" in again
    assert (await mira.get(f"/api/posts/{post['id']}")).body["description"] == ""
    juno = await app.sign_in("juno")
    assert (await juno.post(path, data={"template": made["id"]})).status == 404


async def changed(mira: Caller, post_id: str, **fields: object) -> None:
    version = (await mira.get(f"/api/posts/{post_id}")).body["version"]
    answer = await mira.patch(f"/api/posts/{post_id}", json={"version": version, **fields})
    assert answer.status == 200, answer.text


async def test_the_history_is_in_plain_words_and_can_be_seen_in_full(
    mira: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, (one, two, _) = await several(mira)
    await send(mira, f"{path}/files/{two}/earlier", {})
    await send(mira, f"{path}/files/{one}/toggle", {})
    await changed(mira, path.rpartition("/")[2], is_ai_generated=True, display_resolution=1920, galleries=[])

    page = (await mira.get(path)).text
    monkeypatch.setattr("web.pages.post.HISTORY_SHOWN", 2)
    shortened, whole = [(await mira.get(path + query)).text for query in ("", "?history=all")]
    monkeypatch.setattr("web.pages.post.HISTORY_PAGE", 3)
    newest = (await mira.get(f"{path}?history=all")).text
    earlier = (await mira.get(re.findall(r'href="([^"]+)">Earlier', newest)[0].replace("&amp;", "&"))).text

    assert "Edited: largest size shown, folders, made with AI." in page
    assert "The pictures are in another order." in page
    assert "2 of 3 pictures are to go out." in page
    assert "Everything that happened" not in page
    assert "Everything that happened" in shortened
    assert [text.split('class="history"')[1].count("<li>") for text in (shortened, whole)] == [2, 5]
    assert [text.split('class="history"')[1].count("<li>") for text in (newest, earlier)] == [3, 2]
    assert ">Earlier" not in earlier


async def test_private_notes_never_reach_deviantart(app: AppHarness, mira: Caller) -> None:
    post = await a_draft(mira, "Told to nobody")
    await changed(mira, post["id"], notes="sold-to-a-friend", is_mature=False, description="Said to all")
    assert (await mira.post(f"/api/posts/{post['id']}/publish", json={})).status == 200
    for _ in range(500):
        if (await mira.get(f"/api/posts/{post['id']}")).body["status"] == "published":
            break

    assert app.app.sandbox is not None
    world = app.app.sandbox.world
    told = repr((world.deviations, world.items, world.comments))
    assert "Said to all" in told
    assert "sold-to-a-friend" not in told
    assert "sold-to-a-friend" in (await mira.get(f"/posts/{post['id']}")).text


async def test_what_pacing_is_against_stays_in_the_form_with_a_way_to_do_it(mira: Caller) -> None:
    one, two = [await a_draft(mira, title) for title in ("One", "Two 2")]
    await mira.patch(f"/api/accounts/{one['account_id']}/pacing", json={"min_gap_minutes": 60})
    when = {"when": "24 dec 2026 18:00", "time_zone": "Europe/Paris"}
    assert (await mira.post(f"/api/posts/{one['id']}/schedule", json=when)).status == 200

    against = await send(mira, f"/posts/{two['id']}/schedule", when)

    assert against.status == 422
    assert "minimum gap" in against.text
    assert 'value="24 dec 2026 18:00"' in against.text
    toast = against.text.split("data-toast")[1]
    assert "Schedule all the same" in toast.split("</form>")[0]
    again = await send(mira, f"/posts/{two['id']}/schedule", when | {"override_pacing": "yes"})
    assert "goes out" in again.text


async def test_pictures_that_are_out_stay_and_the_history_tells_them_apart(mira: Caller) -> None:
    path, (one, *_) = await several(mira, 2)
    post_id = path.rpartition("/")[2]
    await changed(mira, post_id, is_mature=False)
    assert (await mira.post(f"/api/posts/{post_id}/publish", json={})).status == 200
    for _ in range(1000):
        if (await mira.get(f"/api/posts/{post_id}")).body["status"] == "published":
            break

    page = (await mira.get(path)).text

    assert "2 of 2 pictures went out" in page
    assert f"/files/{one}/remove" not in page
    assert f"/files/{one}/toggle" not in page
    assert "“1.png”: Published on DeviantArt." in page
    head = page.split('id="head-actions"')[1].split("<details")[0]
    assert "Move to trash" not in head
    assert "Move to trash" in page


async def test_an_edit_is_taken_back_from_its_message_and_from_the_history(mira: Caller) -> None:
    post = await a_draft(mira, "Dawn")
    path = f"/posts/{post['id']}"
    await changed(mira, post["id"], title="Dusk", tags=["sea"])
    edited = (await mira.get(f"/api{path}/history")).body["items"][0]
    await changed(mira, post["id"], title="Noon")

    page = (await mira.get(path)).text
    back = await send(mira, f"{path}/take-back", {"edit": str(edited["edit_version"])})
    told = (await mira.get(path)).text

    # The title was changed again since: only the tags go back.
    now = (await mira.get(f"/api{path}")).body
    assert (now["title"], now["tags"]) == ("Noon", [])
    assert page.count("Take back") == 2
    assert "It is as it was before." in back.text
    assert "Edit taken back: tags." in told
    again = {"edit_version": edited["edit_version"]}
    refused = await mira.post(f"/api{path}/take-back", json=again)
    unknown = await mira.post(f"/api{path}/take-back", json={"edit_version": 999})
    assert (refused.status, refused.code, unknown.status) == (409, "WRONG_STATE", 404)


async def test_an_edit_older_than_thirty_days_stays(app: AppHarness, mira: Caller) -> None:
    post = await a_draft(mira, "Dawn")
    path = f"/api/posts/{post['id']}"
    await changed(mira, post["id"], title="Dusk")
    version = (await mira.get(f"{path}/history")).body["items"][0]["edit_version"]
    async with app.app.database.transaction() as connection:
        await connection.run("UPDATE post_edit SET at = at - 31 * 86400", {})

    late = await mira.post(f"{path}/take-back", json={"edit_version": version})

    assert (late.status, (await mira.get(path)).body["title"]) == (404, "Dusk")
    await Upkeep(app.app.store, app.app.clock).clean()
    assert "edit_version" not in (await mira.get(f"{path}/history")).body["items"][0]


async def test_the_link_of_what_was_published_by_hand_is_pasted_and_taken_back(app: AppHarness, mira: Caller) -> None:
    post = (await mira.get("/api/posts?status=review")).body["items"][0]
    path, file_id = f"/posts/{post['id']}", post["files"][0]["id"]
    assert app.app.sandbox is not None
    link = f"{app.app.sandbox.base_url}/mira/art/by-hand-77"
    form = {"csrf_token": mira.headers["X-CSRF-Token"], "file_id": file_id}

    assert "Published it yourself?" in (await mira.get(path)).text
    refused = await mira.post(f"{path}/link", data=form | {"url": "https://evil.example/mira/art/x-1"})
    done = await mira.post(f"{path}/link", data=form | {"url": link}, follow=True)

    assert refused.status == 422
    box = refused.text[refused.text.index('action="' + path + '/link"') :]
    assert 'value="https://evil.example/mira/art/x-1"' in box
    assert "Paste the link of the work on DeviantArt" in box
    assert "It is marked as published." in done.text
    assert f'href="{link}"' in done.text
    assert "mira published it by hand." in done.text
    linked = (await mira.get(f"/api/posts/{post['id']}")).body
    assert (linked["status"], linked["deviation_url"], linked["deviation_id"]) == ("published", link, None)
    back = await mira.post(f"{path}/unlink", data=form, follow=True)
    assert "The link is taken back." in back.text
    assert (await mira.get(f"/api/posts/{post['id']}")).body["status"] == "draft"


async def test_a_video_says_what_to_do_and_has_the_place_for_its_link(app: AppHarness, mira: Caller) -> None:
    post = (await mira.get("/api/posts?status=review")).body["items"][0]
    async with app.app.database.transaction() as tx:
        await tx.run("UPDATE file SET mime = 'video/mp4' WHERE post_id = :id", {"id": int(post["id"])})

    page = (await mira.get(f"/posts/{post['id']}")).text

    assert "Publish it by hand and paste the link." in page
    assert '<details class="link-box" open>' in page


async def test_programs_give_a_link_and_take_it_back(app: AppHarness, mira: Caller) -> None:
    program = await app.program(mira, "read", "publish")
    reader = await app.program(mira, "read", "write")
    post = (await mira.get("/api/posts?status=review")).body["items"][0]["id"]
    assert app.app.sandbox is not None
    link = f"{app.app.sandbox.base_url}/mira/art/by-hand-77"

    lacking = await reader.post(f"/api/posts/{post}/link", json={"url": link})
    wrong = await program.post(f"/api/posts/{post}/link", json={"url": "https://evil.example/x"})
    given = await program.post(f"/api/posts/{post}/link", json={"url": link})
    back = await program.delete(f"/api/posts/{post}/link")
    nothing = await program.delete(f"/api/posts/{post}/link")

    assert (lacking.status, lacking.code) == (403, "SCOPE_MISSING")
    assert (wrong.status, list(wrong.body["details"]["fields"])) == (422, ["url"])
    assert (given.status, given.body["status"], given.body["deviation_url"]) == (200, "published", link)
    assert given.body["files"][0]["publication"]["deviation_url"] == link
    assert (back.status, back.body["status"], back.body["deviation_url"]) == (200, "draft", None)
    assert (nothing.status, nothing.code) == (409, "WRONG_STATE")
