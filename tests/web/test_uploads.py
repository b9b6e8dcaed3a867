"""Uploads from programs: each shape with the bytes that such a client sends, and what is refused."""

import asyncio
import base64
import io
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.support.app import Answer, AppHarness, Caller
from tests.support.pictures import a_gif, a_jpeg, a_png, noise_png, png_bomb, png_header

UPLOAD = "/api/comfyui/upload"


def form(*files: tuple[str, bytes, str], **fields: str) -> aiohttp.FormData:
    data = aiohttp.FormData(quote_fields=False)
    for name, value in fields.items():
        data.add_field(name, value)
    for number, (name, content, kind) in enumerate(files):
        data.add_field(f"anything{number}", io.BytesIO(content), filename=name, content_type=kind)
    return data


async def the_post(app: AppHarness, mira: Caller, answer: Answer, number: int = 0) -> dict[str, Any]:
    post: dict[str, Any] = (await mira.get(f"/api/posts/{answer.body['items'][number]['id']}")).body
    return post


async def test_a_form_with_any_field_name_becomes_a_post_in_review(
    app: AppHarness, mira: Caller, uploader: Caller
) -> None:
    data = form(("Silent_sea-01.png", a_png(), "image/png"), tags="sea, night", isMature="true", matureLevel="strict")

    answer = await uploader.post(UPLOAD, data=data)

    assert answer.status == 201
    assert answer.body["success"] is True
    assert answer.body["status"] == "review"
    assert answer.body["deviationId"] == answer.body["id"] == answer.body["items"][0]["id"]
    assert answer.body["url"] == answer.body["data"]["url"] == f"{app.url}/posts/{answer.body['id']}"
    post = await the_post(app, mira, answer)
    assert post["title"] == "Silent sea 01"
    assert post["tags"] == ["sea", "night"]
    assert post["is_ai_generated"] is True
    assert (post["is_mature"], post["mature_level"]) == (True, "strict")
    assert (post["files"][0]["width"], post["files"][0]["mime"]) == (96, "image/png")


async def test_the_key_may_stand_in_the_address(app: AppHarness, mira: Caller) -> None:
    key = await app.make_key(mira, "upload")
    stranger = app.stranger()

    by_path = await stranger.post(f"/hook/{key}", data=form(("a.png", a_png(), "image/png")))
    by_query = await stranger.post(f"{UPLOAD}?key={key}", data=form(("b.jpg", a_jpeg(), "image/jpeg")))
    by_header = await app.stranger({"X-API-Key": key}).post(UPLOAD, data=form(("c.gif", a_gif(), "image/gif")))

    assert [a.status for a in (by_path, by_query, by_header)] == [201, 201, 201]


async def test_a_raw_body_is_taken(app: AppHarness, mira: Caller, uploader: Caller) -> None:
    answer = await uploader.post(
        f"{UPLOAD}?filename=dawn.jpg&tags=red", data=a_jpeg(), headers={"Content-Type": "image/jpeg"}
    )

    assert answer.status == 201
    post = await the_post(app, mira, answer)
    assert (post["title"], post["tags"]) == ("dawn", ["red"])


@pytest.mark.parametrize("prefix", ["", "data:image/png;base64,"])
@pytest.mark.parametrize("name", ["image", "data", "file", "base64", "images"])
async def test_base64_in_json_is_taken(app: AppHarness, uploader: Caller, name: str, prefix: str) -> None:
    text = prefix + base64.b64encode(a_png()).decode()

    answer = await uploader.post(UPLOAD, json={name: text, "title": "From JSON"})

    assert answer.status == 201


async def test_a_list_of_pictures_becomes_a_post_each(app: AppHarness, mira: Caller, uploader: Caller) -> None:
    first, second = (base64.b64encode(picture).decode() for picture in (a_png(), a_jpeg()))
    images = [{"filename": "one.png", "data": first}, {"filename": "two.jpg", "base64": second}]

    answer = await uploader.post(UPLOAD, json={"images": images})

    assert answer.status == 201
    assert len(answer.body["items"]) == 2
    assert (await the_post(app, mira, answer, 1))["title"] == "two"


async def test_a_group_becomes_one_post(app: AppHarness, mira: Caller, uploader: Caller) -> None:
    data = form(("a.png", a_png(), "image/png"), ("b.jpg", a_jpeg(), "image/jpeg"), group="post", title="Two of them")

    answer = await uploader.post(UPLOAD, data=data)

    assert len(answer.body["items"]) == 1
    assert len((await the_post(app, mira, answer))["files"]) == 2


async def test_the_webhook_form_of_discord_is_understood(app: AppHarness, mira: Caller) -> None:
    data = aiohttp.FormData()
    payload = {"content": "Quiet harbour\nPainted at dusk #sea #night", "username": "pipeline"}
    data.add_field("payload_json", json.dumps(payload), content_type="application/json")
    data.add_field("files[0]", a_png(), filename="harbour.png", content_type="image/png")

    answer = await app.stranger().post(f"/hook/{await app.make_key(mira, 'upload')}?wait=true", data=data)

    assert answer.status == 201
    post = await the_post(app, mira, answer)
    assert post["title"] == "Quiet harbour"
    assert post["description"] == "Painted at dusk"
    assert post["tags"] == ["sea", "night"]


async def test_a_message_without_a_picture_is_no_mistake(uploader: Caller) -> None:
    answer = await uploader.post(UPLOAD, json={"content": "The run has ended"})

    assert answer.status == 202
    assert answer.body["items"] == []


@pytest.mark.parametrize("tags", ['["sea", "night"]', "sea,night", "sea\nnight", "#sea #night"])
async def test_tags_come_in_every_form(app: AppHarness, mira: Caller, uploader: Caller, tags: str) -> None:
    answer = await uploader.post(UPLOAD, data=form(("a.png", a_png(), "image/png"), tags=tags))

    assert (await the_post(app, mira, answer))["tags"] == ["sea", "night"]


async def test_unknown_fields_are_kept_as_private_notes(app: AppHarness, mira: Caller, uploader: Caller) -> None:
    data = form(("a.png", a_png(), "image/png"), workflow_name="night run", template="nope", notes="mine")

    answer = await uploader.post(UPLOAD, data=data)

    assert answer.status == 201
    assert "nope" in answer.body["message"]
    notes = (await the_post(app, mira, answer))["notes"]
    assert notes.startswith("mine")
    assert "workflow_name: night run" in notes
    assert "template: nope" in notes


async def test_a_wish_waits_for_approval(app: AppHarness, mira: Caller, uploader: Caller) -> None:
    wish = app.app.clock.now().replace(microsecond=0).isoformat().replace("+00:00", "Z")
    later = wish.replace(wish[:4], str(int(wish[:4]) + 1), 1).replace("-02-29", "-02-28")
    answer = await uploader.post(UPLOAD, data=form(("a.png", a_png(), "image/png"), scheduleAt=later))

    approved = await mira.post(f"/api/posts/{answer.body['id']}/approve")

    assert (approved.body["status"], approved.body["due_at"]) == ("scheduled", later)


async def test_a_wish_that_cannot_be_used_is_a_warning(uploader: Caller) -> None:
    answer = await uploader.post(
        UPLOAD, data=form(("a.png", a_png(), "image/png"), scheduleAt="1999-01-01T00:00:00Z")
    )

    assert answer.status == 201
    assert "time to publish" in answer.body["message"]


async def test_answers_come_as_asked(uploader: Caller) -> None:
    listed = await uploader.post(f"{UPLOAD}?respond=list", data=form(("a.png", a_png(), "image/png")))
    silent = await uploader.post(f"{UPLOAD}?respond=204", data=form(("b.png", a_png(90, 60), "image/png")))

    assert [sorted(item) for item in listed.body] == [["id", "status", "url"]]
    assert (silent.status, silent.content) == (204, b"")


async def test_the_same_bytes_are_the_same_post(mira: Caller, uploader: Caller) -> None:
    first = await uploader.post(UPLOAD, data=form(("a.png", a_png(), "image/png")))

    again = await uploader.post(UPLOAD, data=form(("renamed.png", a_png(), "image/png")))

    assert (again.status, again.body["id"]) == (200, first.body["id"])


async def test_the_same_bytes_at_the_same_time_are_one_post(mira: Caller, uploader: Caller) -> None:
    before = (await mira.get("/api/posts")).body["total"]

    answers = await asyncio.gather(
        *(uploader.post(UPLOAD, data=form(("a.png", a_png(), "image/png"))) for _ in range(4))
    )

    assert sorted(a.status for a in answers) == [200, 200, 200, 201]
    assert len({a.body["id"] for a in answers}) == 1
    assert (await mira.get("/api/posts")).body["total"] == before + 1


async def test_an_idempotency_key_answers_with_the_first_posts(uploader: Caller) -> None:
    headers = {"Idempotency-Key": "run-7"}
    first = await uploader.post(UPLOAD, data=form(("a.png", a_png(), "image/png")), headers=headers)

    again = await uploader.post(UPLOAD, data=form(("b.jpg", a_jpeg(), "image/jpeg")), headers=headers)

    assert (again.status, again.body["id"]) == (200, first.body["id"])


async def test_a_path_in_a_file_name_is_only_a_name(app: AppHarness, mira: Caller, uploader: Caller) -> None:
    answer = await uploader.post(UPLOAD, data=form(("../../etc/passwd.png", a_png(), "image/png")))

    assert (await the_post(app, mira, answer))["files"][0]["name"] == "passwd.png"


REFUSED: dict[str, tuple[bytes, int, str]] = {
    "an empty file": (b"", 422, "UNREADABLE_IMAGE"),
    "a picture cut short": (noise_png(200, 200)[:40_000], 422, "UNREADABLE_IMAGE"),
    "text named png": (b"just some text, nothing else" * 20, 415, "UNSUPPORTED_TYPE"),
    "a page": (b"<!doctype html><html><script>alert(1)</script></html>", 415, "UNSUPPORTED_TYPE"),
    "a drawing with scripts": (b'<svg xmlns="http://www.w3.org/2000/svg"></svg>', 415, "UNSUPPORTED_TYPE"),
    "an archive": (b"PK\x03\x04" + b"\0" * 200, 415, "UNSUPPORTED_TYPE"),
    "too many pixels": (png_header(20_000, 10_000), 422, "TOO_MANY_PIXELS"),
    "a bomb": (png_bomb(12_000, 12_000), 422, "TOO_MANY_PIXELS"),
    "too many bytes": (b"\x89PNG\r\n\x1a\n" + b"\0" * (2 * 1024 * 1024 + 1), 413, "TOO_LARGE"),
}


@pytest.mark.parametrize("what", REFUSED)
@pytest.mark.parametrize("shape", ["form", "raw"])
async def test_what_is_no_picture_is_refused_and_leaves_nothing(
    app: AppHarness, mira: Caller, uploader: Caller, what: str, shape: str, tmp_path: Path
) -> None:
    content, status, code = REFUSED[what]
    before = (await mira.get("/api/posts")).body["total"]
    kept = files_below(tmp_path)

    if shape == "form":
        # A good one beside it goes down with it: the call is taken as a whole.
        data = form(("good.png", a_png(), "image/png"), ("bad.png", content, "image/png"))
        answer = await uploader.post(UPLOAD, data=data)
    else:
        answer = await uploader.post(UPLOAD, data=io.BytesIO(content), headers={"Content-Type": "image/png"})

    assert (answer.status, answer.code) == (status, code)
    assert answer.body["error"].endswith(".")
    assert (await mira.get("/api/posts")).body["total"] == before
    assert files_below(tmp_path) == kept


def files_below(home: Path) -> set[str]:
    return {
        str(path)
        for name in ("files", "incoming")
        for path in (home / "home/images" / name).rglob("*")
        if path.is_file()
    }


async def test_base64_that_is_not_is_refused_by_name(uploader: Caller) -> None:
    answer = await uploader.post(UPLOAD, json={"image": "!!! not base64 !!!"})

    assert (answer.status, answer.code) == (422, "INVALID")
    assert "image" in answer.body["details"]["fields"]


async def test_malformed_json_is_refused(uploader: Caller) -> None:
    answer = await uploader.post(UPLOAD, data=b'{"image": ', headers={"Content-Type": "application/json"})

    assert (answer.status, answer.code) == (400, "MALFORMED")


async def test_large_json_is_refused(uploader: Caller) -> None:
    body = io.BytesIO(b'{"image": "' + b"A" * (1024 * 1024) + b'"}')

    answer = await uploader.post(UPLOAD, data=body, headers={"Content-Type": "application/json"})

    assert (answer.status, answer.code) == (413, "TOO_LARGE")


async def test_a_form_without_end_is_refused(uploader: Caller) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="f"; filename="a.png"\r\n\r\n' + a_png()

    answer = await uploader.post(UPLOAD, data=body, headers={"Content-Type": "multipart/form-data; boundary=x"})

    assert (answer.status, answer.code) in {(400, "MALFORMED"), (422, "UNREADABLE_IMAGE")}


async def test_other_bodies_are_refused(uploader: Caller) -> None:
    answer = await uploader.post(UPLOAD, data=b"hello", headers={"Content-Type": "text/plain"})

    assert (answer.status, answer.code) == (415, "UNSUPPORTED_TYPE")


async def test_bad_fields_are_named(uploader: Caller) -> None:
    answer = await uploader.post(UPLOAD, data=form(("a.png", a_png(), "image/png"), matureLevel="a lot"))

    assert (answer.status, answer.code) == (422, "INVALID")
    assert list(answer.body["details"]["fields"]) == ["mature_level"]


async def test_nobody_uploads_without_a_key_that_may(app: AppHarness, mira: Caller) -> None:
    reader = await app.program(mira, "read")
    data = a_png()
    headers = {"Content-Type": "image/png"}

    without = await app.stranger().post(UPLOAD, data=data, headers=headers)
    unknown = await app.stranger().post("/hook/isk_unknown", data=data, headers=headers)
    wrong = await reader.post(UPLOAD, data=data, headers=headers)

    assert (without.status, without.code) == (401, "UNAUTHENTICATED")
    assert (unknown.status, unknown.code) == (401, "UNAUTHENTICATED")
    assert (wrong.status, wrong.code) == (403, "SCOPE_MISSING")


async def test_a_revoked_key_opens_nothing(app: AppHarness, mira: Caller, uploader: Caller) -> None:
    key = (await mira.get("/api/keys")).body["items"][0]
    assert (await mira.delete(f"/api/keys/{key['id']}")).status == 204

    answer = await uploader.post(UPLOAD, data=a_png(), headers={"Content-Type": "image/png"})

    assert (answer.status, answer.code) == (401, "UNAUTHENTICATED")
