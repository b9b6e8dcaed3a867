"""Pages as a browser without scripts sees them: who may look, what is refused, what is kept."""

import re
from dataclasses import asdict
from urllib.parse import quote

import aiohttp
import pytest
from aiohttp import web
from markupsafe import escape

from benchmarks.page_addresses import Shown, unmeasured
from benchmarks.page_addresses import pages as benchmarks_pages
from core.app.site import web_application
from tests.support import filled as filled_house
from tests.support import pages
from tests.support.app import Answer, AppHarness, Caller
from tests.support.filled import fill
from tests.support.markup import MARK, wrong_in
from tests.support.pages import looked_at
from tests.support.pictures import a_png
from web.pages.list_query import Asked


async def a_waiting_post(mira: Caller) -> str:
    return str((await mira.get("/api/posts?status=review")).body["items"][0]["id"])


async def test_every_route_is_named_as_a_page_or_as_none(app: AppHarness) -> None:
    assert looked_at(app) == {*pages.PAGES, *pages.FOR_STRANGERS, *pages.NO_PAGES}


PIECES = (
    "/posts/{waiting}/side", "/posts/{draft}/row?list=drafts", "/posts/{draft}/when", "/posts/{draft}/insert",
    "/posts/{failed}/candidates", "/review/{waiting}/twins", "/upload/twins/{waiting}", "/nav/rail", "/nav/pause",
    "/connect/{key}/calls",
)  # fmt: skip
ODD = (
    "/search?q=%s", "/drafts?tag=%s", "/drafts?sort=%s", "/inspiration/tags?name=%s", "/signin?next=%s",
    "/reference?q=%s", "/no-such-page/%s", "/calendar?month=%s", "/calendar?day=%s", "/inspiration/artists/%s",
    "/link/%s", "/invite/%s", "/review?account_id=%s", "/spread?ids=%s", "/admin/log?q=%s",
    "/auth/deviantart/callback?error=%s&state=%s",
)  # fmt: skip


async def test_every_page_is_strict_and_shows_the_words_of_others_as_text(
    app: AppHarness, mira: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In names of everything, titles, notes, metadata and file names; and in what is asked for."""
    for words in ("LONG", "HOSTILE", "LONG_TAG"):
        monkeypatch.setattr(filled_house, words, MARK)
    filled = asdict(await fill(app, mira))
    await a_hostile_upload(app, mira)
    stranger = app.stranger()
    addresses = [(mira, path.format(**filled)) for paths in (*pages.PAGES.values(), PIECES) for path in paths]
    addresses += [(stranger, path.format(**filled)) for path in pages.FOR_STRANGERS.values()]
    odd = [(mira, path.replace("%s", quote(MARK, safe=""))) for path in ODD]
    shown = 0

    for who, path in (*addresses, *odd):
        answer = await who.get(path)
        assert answer.status == 200 or (who, path) in odd, path
        assert_is_strict(answer, path)
        assert wrong_in(answer.text) == [], path
        shown += str(escape(MARK)) in answer.text

    assert shown > 30


async def a_hostile_upload(app: AppHarness, mira: Caller) -> None:
    """Everything that a program and its picture can say."""
    program = await app.program(mira, "upload", name=MARK)
    texts = {"parameters": f"{MARK}\nNegative prompt: {MARK}\nSteps: 20, Sampler: {MARK}, Seed: 4, Model: {MARK}"}
    form = aiohttp.FormData(dict.fromkeys(("title", "source", "notes", "template", "prompt_id", MARK), MARK))
    form.add_field("file", a_png(31, 30, texts=texts), filename=f"{MARK}.png", content_type="image/png")
    answer = await program.post("/api/comfyui/upload", data=form, headers={"User-Agent": MARK})
    assert answer.status == 201, answer.text
    waiting = await mira.get(f"/posts/{answer.body['id']}")
    assert wrong_in(waiting.text) == []
    assert str(escape(MARK)) in waiting.text


@pytest.mark.parametrize(
    "path",
    ["/health", "/ready", "/metrics", "/signin", "/drafts", "/no-such-page", "/static/no-such-file", "/api/posts",
     "/api/openapi.json", "/hook/nothing", "/calendar.ics", "/live", "/files/1", "/favicon.ico", "/accounts.css"],
)  # fmt: skip
async def test_every_other_answer_has_the_same_headers(app: AppHarness, path: str) -> None:
    assert_is_strict(await app.stranger().get(path), path)


def assert_is_strict(answer: Answer, path: str) -> None:
    headers = answer.headers
    assert headers["Content-Security-Policy"].startswith("default-src 'none'"), path
    assert "unsafe" not in headers["Content-Security-Policy"], path
    assert "camera=()" in headers["Permissions-Policy"], path
    assert headers["X-Content-Type-Options"] == "nosniff", path
    assert headers["X-Frame-Options"] == "DENY", path
    assert headers["Referrer-Policy"] in {"same-origin", "no-referrer"}, path
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin", path
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin", path
    assert headers["Cache-Control"], path


class AnyLibrary(Shown):
    """Knows no library: every id is there."""

    def __init__(self) -> None:
        self.user_id = 1

    def one(self, sql: str) -> str:
        return "0" * 8 + "-0000-0000-0000-" + "0" * 12 if "folder_id" in sql else "1"

    def oldest_drafts(self, most: int) -> list[str]:
        return ["1"]

    def cursor(self, asked: Asked, share: float) -> str | None:
        return None


async def test_the_speed_of_every_page_is_measured(app: AppHarness) -> None:
    asked = [page.path for page in benchmarks_pages(AnyLibrary(), ["A" * 8 + "-AAAA-AAAA-AAAA-" + "A" * 12])]

    assert unmeasured(web_application(app.app), asked) == []
    assert "/drafts" in unmeasured(web_application(app.app), [path for path in asked if "/drafts" not in path])


async def test_who_was_signed_out_while_typing_is_told_so_and_led_back(app: AppHarness, mira: Caller) -> None:
    """A page says how to keep what was typed; a script gets a sentence that it can show."""
    typing = {"Referer": f"{app.url}/changes/2/edit"}
    stranger = app.stranger()

    sent = await stranger.post("/settings", data={"time_zone": "UTC"}, headers=typing)
    shown = await stranger.get(sent.headers["Location"])
    script = await stranger.post("/calendar/1/move", headers={"Accept": "application/json"})

    assert (sent.status, sent.headers["Location"]) == (303, "/signin?next=/changes/2/edit&unsent=1")
    assert "what you typed is still there" in shown.text
    assert (script.status, script.code) == (401, "UNAUTHENTICATED")
    assert "Sign in in another window" in script.body["error"]


async def test_an_address_that_leads_nowhere_says_so(mira: Caller) -> None:
    assert "This address leads nowhere" in (await mira.get("/posts/999")).text


@pytest.mark.parametrize(
    ("address", "page"),
    [("/posts/{post}/resolve", "/posts/{post}"), ("/admin/invites/3/revoke", "/admin/invites"), ("/pause", "/")],
)
async def test_coming_back_to_the_address_of_a_form_leads_to_its_page(mira: Caller, address: str, page: str) -> None:
    post = await a_waiting_post(mira)

    answer = await mira.get(address.format(post=post))

    assert (answer.status, answer.headers["Location"]) == (303, page.format(post=post))
    assert (await mira("PUT", address.format(post=post))).status == 405


async def test_a_refused_edit_keeps_what_was_typed_beside_its_sentence(mira: Caller) -> None:
    post_id = await a_waiting_post(mira)

    answer = await mira.post(
        f"/posts/{post_id}/edit", data={"title": "x" * 501, "description": "kept <b>", "version": "1"}
    )

    assert answer.status == 422
    assert "The title is 501 characters long" in answer.text
    assert "kept &lt;b&gt;" in answer.text


async def test_a_quick_form_is_answered_with_a_message_and_undo(mira: Caller) -> None:
    post_id = await a_waiting_post(mira)

    answer = await mira.post(f"/posts/{post_id}/reject", headers={"HX-Request": "true"}, data={"version": "1"})

    assert answer.status == 200
    assert 'hx-target="#toasts"' in answer.text
    assert f'action="/posts/{post_id}/restore"' in answer.text


async def test_an_approval_is_taken_back_with_one_press(mira: Caller) -> None:
    post_id = await a_waiting_post(mira)
    page = {"HX-Request": "true"}

    approved = await mira.post(f"/posts/{post_id}/approve", headers=page, data={"version": "1"})
    back = await mira.post(f"/posts/{post_id}/send-back", headers=page, data={"version": "2"})
    again = await mira.post(f"/posts/{post_id}/send-back", headers=page, data={})

    assert f'action="/posts/{post_id}/send-back"' in approved.text
    assert "waits for review again" in back.text
    assert (await mira.get(f"/api/posts/{post_id}")).body["status"] == "review"
    assert again.status == 409


async def test_a_scheduled_post_comes_back_from_the_trash_with_its_time_and_its_hold(mira: Caller) -> None:
    post_id = await a_waiting_post(mira)
    path, when = f"/api/posts/{post_id}", {"local": "2027-03-04T18:30", "time_zone": "Europe/Paris"}
    assert (await mira.post(f"{path}/schedule", json=when)).status == 200
    held = (await mira.post(f"{path}/hold")).body

    gone = await mira.post(f"/posts/{post_id}/discard", headers={"HX-Request": "true"}, data={})
    form = re.search(rf'<form[^>]*action="/posts/{post_id}/restore".*?</form>', gone.text, re.DOTALL)
    assert form
    offered = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[0]))
    back = await mira.post(f"/posts/{post_id}/restore", data=offered, follow=True)

    now = (await mira.get(path)).body
    assert {**now, "version": 0, "updated_at": ""} == {**held, "version": 0, "updated_at": ""}
    assert "is back and goes out" in back.text


async def test_a_bulk_change_tells_what_became_of_each(mira: Caller) -> None:
    post_id = await a_waiting_post(mira)

    answer = await mira.post(
        "/posts/bulk",
        headers={"Accept": "application/json"},
        data={"action": "approve", "ids": f"{post_id},999999"},
    )

    assert answer.body["done"] == [post_id]
    assert answer.body["message"].startswith("1 post approved. “Post 999999”: ")


async def test_a_new_key_is_shown_once(mira: Caller) -> None:
    made = await mira.post("/keys", data={"name": "ComfyUI", "scopes": "upload"})
    again = await mira.get("/keys")

    secret = re.search(r"isk_[A-Za-z0-9]{40}", made.text)
    assert secret is not None
    assert made.headers["Cache-Control"] == "private, no-store"
    assert secret[0] not in again.text


async def test_an_unknown_zone_is_refused_beside_its_field(mira: Caller) -> None:
    answer = await mira.post("/settings", data={"time_zone": "Mars/Olympus", "theme": "dark"})

    assert answer.status == 422
    assert "is not a time zone" in answer.text
    assert 'value="Mars/Olympus"' in answer.text


async def test_a_row_that_left_its_list_takes_itself_away(mira: Caller) -> None:
    post_id = await a_waiting_post(mira)
    await mira.post(f"/posts/{post_id}/approve", data={})

    answer = await mira.get(f"/posts/{post_id}/row?list=review")

    assert (answer.status, answer.text, answer.headers["HX-Reswap"]) == (200, "", "delete")


async def test_a_phone_picture_stands_in_the_height_of_its_row(app: AppHarness, mira: Caller) -> None:
    program = await app.program(mira, "upload")
    for width, height in ((90, 160), (160, 90)):
        form = aiohttp.FormData({"title": f"{width} wide"})
        form.add_field("file", a_png(width, height), filename="a.png", content_type="image/png")
        assert (await program.post("/api/comfyui/upload", data=form)).status == 201

    page = (await mira.get("/review")).text

    shapes = re.findall(r'<li class="(shot [^"]*)"', page)
    assert [" tall" in shape for shape in shapes[:2]] == [False, True]


async def test_error_pages_say_what_can_be_done(app: AppHarness, mira: Caller) -> None:
    answer = await app.stranger().get("/no-such-page")
    inside = await mira.get("/no-such-page")
    gone = await mira.get("/posts/999999", headers={"HX-Request": "true"})
    untrusted = await mira.post("/import", data={"plan": "title"}, headers={"X-CSRF-Token": ""})

    assert (answer.status, inside.status) == (web.HTTPNotFound.status_code, web.HTTPNotFound.status_code)
    assert "Nothing here" in answer.text
    assert "Nothing here" in inside.text
    assert "This page was open too long to be trusted" in untrusted.text
    assert ("press Back" in untrusted.text, "data-history" in untrusted.text) == (True, True)
    # Who is signed in keeps the way to everything else; a piece of a page brings no second frame.
    assert ['class="rail"' in one.text for one in (answer, inside, gone)] == [False, True, False]


async def test_a_button_that_meets_an_error_says_so_in_a_message(mira: Caller) -> None:
    pressed = {"HX-Request": "true"}

    gone = await mira.post("/no-such-page", headers=pressed)
    untrusted = await mira.post("/posts/999999/approve", headers=pressed | {"X-CSRF-Token": ""})

    assert (gone.status, untrusted.status) == (404, 403)
    for answer, sentence in ((gone, "This address leads nowhere"), (untrusted, "open too long to be trusted")):
        assert sentence in answer.text
        assert 'hx-target="#toasts"' in answer.text
        assert "<html" not in answer.text


async def test_static_files_are_kept_for_ever_and_packed(app: AppHarness, mira: Caller) -> None:
    page = await mira.get("/")
    address = re.search(r"/static/app\.css\?v=\w+", page.text)
    assert address is not None

    answer = await mira.get(address[0], headers={"Accept-Encoding": "gzip"})

    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Encoding"] == "gzip"
    assert (await mira.get("/static/../app.py")).status == 404
    assert (await mira.get("/static/%2e%2e/app.py")).status == 404


async def test_further_pictures_join_a_post_and_wrong_ones_do_not(mira: Caller) -> None:
    post_id = await a_waiting_post(mira)
    token = mira.headers["X-CSRF-Token"]

    for content, name in ((a_png(30, 20), "second.png"), (b"words", "notes.png")):
        form = aiohttp.FormData()
        form.add_field("csrf_token", token)
        form.add_field("file", content, filename=name)
        answer = await mira.post(f"/posts/{post_id}/files", data=form)
        assert answer.status == 303

    files = (await mira.get(f"/api/posts/{post_id}")).body["files"]
    assert [file["name"] for file in files][1:] == ["second.png"]
