"""Webhooks, keys, plans, the archive and the calendar feed over real HTTP."""

import io
import json
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from icalendar import Calendar

from tests.support.app import AppHarness, Caller
from tests.support.pictures import a_png
from tests.support.receiver import Receiver, a_receiver, verify
from tests.support.waiting import eventually


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with a_receiver() as receiver:
        yield receiver


def form(**parts: str | bytes) -> aiohttp.FormData:
    data = aiohttp.FormData()
    for name, value in parts.items():
        if isinstance(value, bytes):
            data.add_field(name, value, filename=f"{name}.bin", content_type="application/octet-stream")
        else:
            data.add_field(name, value)
    return data


def zipped(**files: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(f"{name}.png", content)
    return packed.getvalue()


async def test_a_webhook_hears_of_an_upload_once_an_administrator_allows_private_networks(
    app: AppHarness, mira: Caller, uploader: Caller, receiver: Receiver
) -> None:
    refused = await mira.post("/api/webhooks", json={"url": receiver.url})
    allowed = await mira("PUT", "/api/instance/programs", json={"allow_private_webhooks": True})
    made = await mira.post("/api/webhooks", json={"url": receiver.url, "events": ["post.created"], "name": "Mirror"})
    await uploader.post("/api/comfyui/upload", data=a_png(), headers={"Content-Type": "image/png"})
    await eventually(lambda: receiver.calls)

    assert (refused.status, allowed.status, made.status) == (422, 200, 201)
    assert verify(made.body["secret"], *receiver.calls[0])["data"]["post"]["status"] == "review"
    log = (await mira.get(f"/api/webhooks/{made.body['id']}/deliveries")).body["items"]
    assert [one["event"] for one in log] == ["post.created"]
    assert "secret" not in (await mira.get("/api/webhooks")).text


async def test_a_webhook_can_be_tried_out_changed_and_removed(
    app: AppHarness, mira: Caller, receiver: Receiver
) -> None:
    await mira("PUT", "/api/instance/programs", json={"allow_private_webhooks": True})
    webhook = (await mira.post("/api/webhooks", json={"url": receiver.url})).body
    address = f"/api/webhooks/{webhook['id']}"

    tried = await mira.post(f"{address}/test")
    await eventually(lambda: receiver.kinds == ["test"])
    replayed = await mira.post(f"{address}/deliveries/{tried.body['id']}/replay")
    await eventually(lambda: len(receiver.calls) == 2)
    rotated = await mira.post(f"{address}/secret")
    off = await mira.patch(address, json={"enabled": False})
    again = await mira.post(f"{address}/test")
    removed = await mira.delete(address)

    assert (tried.status, replayed.status, rotated.status, again.status) == (202, 202, 200, 409)
    assert rotated.body["secret"] != webhook["secret"]
    assert off.body["enabled"] is False
    assert removed.status == 204
    assert (await mira.get(address)).status == 404


async def test_the_feed_equals_the_plan(app: AppHarness, mira: Caller) -> None:
    due = (datetime.now(UTC) + timedelta(days=3)).replace(microsecond=0)  # noqa: TID251 - the instance's own clock
    sent = await mira.post("/api/posts", data=form(title="Dawn", file=a_png()))
    post = await mira.post(f"/api/posts/{sent.body['id']}/schedule", json={"at": due.isoformat()})
    assert post.status == 200, post.text
    key = await app.make_key(mira, "calendar")

    answer = await app.stranger().get(f"/calendar.ics?key={key}")

    [event] = Calendar.from_ical(answer.content).walk("VEVENT")
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert event.decoded("dtstart") == due
    assert event.decoded("dtstart").utcoffset() == timedelta()
    assert str(event["summary"]) == "Scheduled: Dawn"
    assert str(event["url"]) == f"{app.url}/posts/{sent.body['id']}"
    assert str(event["transp"]) == "TRANSPARENT"
    repeated = await app.stranger({"If-None-Match": answer.headers["ETag"]}).get(f"/calendar.ics?key={key}")
    assert repeated.status == 304


async def test_the_feed_opens_to_its_scope_alone(app: AppHarness, mira: Caller) -> None:
    upload = await app.make_key(mira, "upload")

    answers = [
        await app.stranger().get(f"/calendar.ics{query}") for query in ("", "?key=isk_nonsense", f"?key={upload}")
    ]

    assert [answer.status for answer in answers] == [401, 401, 403]
    assert all(answer.code for answer in answers)
    assert (await mira.get("/calendar.ics")).status == 200
    assert (await app.stranger({"X-API-Key": "isk_nonsense"}).get("/calendar.ics")).status == 401


async def test_a_plan_with_pictures_is_tried_and_then_carried_out(app: AppHarness, mira: Caller) -> None:
    plan = "title,tags,files\nDawn,sea,dawn.png\nDusk,sea,dusk.png\n"
    files = zipped(dawn=a_png(20, 20), dusk=a_png(21, 21))

    tried = await mira.post("/api/import", data=form(plan=plan, files=files))
    done = await mira.post("/api/import", data=form(plan=plan, dry_run="false", files=files))

    assert (tried.body["done"], tried.body["errors"]) == (False, 0)
    assert [row["action"] for row in tried.body["rows"]] == ["create", "create"]
    assert done.body["done"] is True
    post = (await mira.get(f"/api/posts/{done.body['rows'][0]['post_id']}")).body
    assert (post["title"], post["status"], len(post["files"])) == ("Dawn", "draft", 1)


@pytest.mark.parametrize("files", [b"no zip at all", b"PK\x03\x04 nearly"])
async def test_a_broken_archive_is_refused_with_a_sentence(app: AppHarness, mira: Caller, files: bytes) -> None:
    answer = await mira.post("/api/import", data=form(plan="title\nDawn\n", files=files))

    assert (answer.status, answer.body["details"]["fields"]) == (422, {"files": "This is not a zip archive."})


async def test_an_archive_whose_list_is_endless_or_whose_file_is_damaged_is_refused(mira: Caller) -> None:
    good = zipped(a=a_png(80, 80))
    damaged = good[:80] + b"\xff" * 30 + good[110:]
    endless = good[:-10] + b"\xff\xff\xff\x7f" + good[-6:]
    plan = "title,files\nDawn,a.png\n"

    refused = await mira.post("/api/import", data=form(plan=plan, files=endless))
    done = await mira.post("/api/import", data=form(plan=plan, dry_run="false", files=damaged))

    assert "far too many files" in refused.body["details"]["fields"]["files"]
    assert done.status == 200, done.text
    assert "cannot be taken out" in str(done.body["rows"][0]["errors"])


async def test_a_plan_from_a_browser_needs_its_token(app: AppHarness, mira: Caller) -> None:
    token = mira.headers.pop("X-CSRF-Token")

    without = await mira.post("/api/import", data=form(plan=b"title\nDawn\n"))
    with_it = await mira.post("/api/import", data=form(plan=b"title\nDawn\n", csrf_token=token))

    assert (without.status, with_it.status) == (403, 200)


async def test_everything_of_a_person_comes_out(app: AppHarness, mira: Caller) -> None:
    await mira.post("/api/posts", data=form(title="Dawn", file=a_png()))

    answer = await mira.get("/api/export")

    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    row = json.loads(archive.read("posts.jsonl").splitlines()[0])
    assert archive.testzip() is None
    assert archive.read(row["files"][0]["path"]) == a_png()
    again = await mira.post("/api/import", data=form(files=answer.content, dry_run="no"))
    brought = [row for row in again.body["rows"] if row["title"] == "Dawn"]
    assert (again.body["done"], [row["action"] for row in brought]) == (True, ["create"])
    assert (await mira.get(f"/api/posts/{brought[0]['post_id']}")).body["files"][0]["sha256"]
    settings = json.loads(archive.read("settings.json"))
    back = await mira.post("/api/import/settings", json=settings)
    assert (back.status, back.body["problems"], back.body["changes"]) == (200, 0, 0)


async def test_a_rotated_key_and_its_successor_both_open(app: AppHarness, mira: Caller) -> None:
    old = (await mira.post("/api/keys", json={"name": "x", "scopes": ["read"]})).body

    new = (await mira.post(f"/api/keys/{old['id']}/rotate", json={"overlap_hours": 1})).body

    for key in (old["key"], new["key"]):
        assert (await app.stranger({"X-API-Key": key}).get("/api/posts")).status == 200
    assert new["scopes"] == ["read"]


async def test_a_narrowed_key_is_refused_elsewhere_and_beyond_its_pace(app: AppHarness, mira: Caller) -> None:
    made = (await mira.post("/api/keys", json={"name": "x", "scopes": ["read"]})).body
    program, address = app.stranger({"X-API-Key": made["key"]}), f"/api/keys/{made['id']}"

    await mira.patch(address, json={"addresses": ["192.0.2.0/24"]})
    elsewhere = await program.get("/api/posts")
    await mira.patch(address, json={"addresses": ["127.0.0.0/8"], "calls_per_minute": 1})
    answers = [await program.get("/api/posts") for _ in range(4)]

    assert elsewhere.status == 401
    refused = answers[-1]
    assert (refused.status, refused.code, refused.headers["RateLimit-Limit"]) == (429, "RATE_LIMITED", "1")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60


async def test_the_inspector_shows_what_came_and_how_it_was_read(app: AppHarness, mira: Caller) -> None:
    made = (await mira.post("/api/keys", json={"name": "x", "scopes": ["upload"]})).body
    stranger = app.stranger()
    everywhere = form(title="Dawn", file=a_png(), **{made["key"]: made["key"]})
    await stranger.post(f"/hook/{made['key']}", data=everywhere, headers={"User-Agent": made["key"]})
    await stranger.post(f"/hook/{made['key']}", data=b"hello", headers={"Content-Type": "text/plain"})

    calls = await mira.get(f"/api/keys/{made['id']}/calls")

    refused, taken = calls.body["items"]
    assert (taken["status"], taken["path"], taken["read_as"]["title"]) == (201, "/hook/{key}", "Dawn")
    assert "image/png" in str(taken["read_as"]["files"])
    assert (refused["status"], refused["came"]) == (415, "text/plain, 5 bytes")
    assert made["key"] not in calls.text


async def test_members_neither_see_nor_decide_what_is_the_administrators(app: AppHarness, mira: Caller) -> None:
    juno = await app.sign_in("juno")

    assert (await juno.get("/api/instance/programs")).status == 403
    assert (await juno("PUT", "/api/instance/programs", json={"allow_private_webhooks": True})).status == 403


STRANGE_PARTS = (
    b'Content-Disposition: form-data; name="a\x01b"',
    b'Content-Disposition: form-data; name="title"\r\nContent-Transfer-Encoding: x',
)


@pytest.mark.parametrize("path", ["/api/comfyui/upload", "/api/posts", "/api/import", "/settings", "/auth/logout"])
async def test_a_form_with_a_header_that_cannot_be_read_is_malformed_and_no_breakdown(
    app: AppHarness, mira: Caller, path: str
) -> None:
    if "api" not in path:
        del mira.headers["X-CSRF-Token"]

    for header in STRANGE_PARTS:
        body = b"--x\r\n" + header + b"\r\n\r\n1\r\n--x--\r\n"
        answer = await mira.post(path, data=body, headers={"Content-Type": "multipart/form-data; boundary=x"})
        # A plan's parts are read as they come, whatever they say of themselves.
        is_taken = path == "/api/import" and header == STRANGE_PARTS[1]
        assert answer.status == (422 if is_taken else 400), answer.text
