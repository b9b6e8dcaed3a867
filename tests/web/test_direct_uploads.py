"""Pictures that browsers put straight into the bucket: tickets, and what becomes of what arrived."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from core.posts.direct_uploads import OPEN_MOST, TICKET_LASTS
from core.settings import S3Settings
from data.images.s3_client import S3Client
from tests.support.app import Answer, AppHarness, Caller, running_app
from tests.support.pictures import a_jpeg, a_png
from tests.support.s3 import s3_server

JSON = {"Accept": "application/json"}
NOT_THERE = "/api/uploads/no-such-ticket/complete"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with s3_server() as address:
        yield address


@pytest.fixture
async def app(server: str, tmp_path: Path) -> AsyncIterator[AppHarness]:
    bucket = f"pictures-{tmp_path.name.replace('_', '-')[:40]}".lower().rstrip("-")
    settings = {
        "S3_ENDPOINT": server,
        "S3_PRESIGNED_ENDPOINT": server.replace("127.0.0.1", "localhost"),
        "S3_ACCESS_KEY_ID": "AKIATESTTESTTEST",
        "S3_SECRET_ACCESS_KEY": "made-up",
        "S3_BUCKET_NAME": bucket,
        "S3_FORCE_PATH_STYLE": "true",
        "S3_PATH_PREFIX": "tenant/",
    }
    async with running_app(tmp_path / "home", OPEN_SIGNUP="yes", MAX_FILE_MB="2", **settings) as running:
        await (await client_of(running).get()).create_bucket(Bucket=bucket)
        yield running


def client_of(app: AppHarness) -> S3Client:
    client = app.app.images._client  # type: ignore[union-attr]  # the bucket itself, as its owner sees it
    assert isinstance(client, S3Client)
    return client


async def waiting_in_bucket(app: AppHarness) -> list[str]:
    settings = app.app.settings.s3
    assert isinstance(settings, S3Settings)
    client = await client_of(app).get()
    listed = await client.list_objects_v2(Bucket=settings.bucket, Prefix="tenant/uploads/")
    return [item["Key"] for item in listed.get("Contents", ())]


@pytest.fixture
async def mira(app: AppHarness) -> Caller:
    return await app.sign_in("mira")


async def begin(caller: Caller, content: bytes, **other: Any) -> Answer:
    asked = {"name": "fox.png", "bytes": len(content), "mime": "image/png"} | other
    return await caller.post("/api/uploads", json=asked)


async def put(ticket: dict[str, Any], content: bytes, headers: dict[str, str] | None = None) -> int:
    async with (
        aiohttp.ClientSession() as browser,
        browser.put(ticket["url"], data=content, headers=headers or ticket["headers"]) as answer,
    ):
        return answer.status


async def uploaded(caller: Caller, content: bytes, **other: Any) -> str:
    """A picture that lies in the bucket; its ticket."""
    answer = await begin(caller, content, **other)
    assert answer.status == 201, answer.text
    assert await put(answer.body, content) == 200
    return str(answer.body["id"])


async def send(caller: Caller, *tickets: str, key: str = "", **fields: str) -> Answer:
    """As the upload page's script does it."""
    data = aiohttp.FormData(quote_fields=False)
    for name, value in (*fields.items(), *(("ticket", ticket) for ticket in tickets)):
        data.add_field(name, value)
    data.add_field("file", b"", filename="", content_type="application/octet-stream")
    return await caller.post("/upload", data=data, headers=JSON | ({"Idempotency-Key": key} if key else {}))


async def test_what_was_put_into_the_bucket_becomes_a_post_like_any_other(app: AppHarness, mira: Caller) -> None:
    ticket = await uploaded(mira, a_png())
    assert len(await waiting_in_bucket(app)) == 1

    answer = await mira.post(f"/api/uploads/{ticket}/complete", json={"tags": ["fox"], "status": "review"})

    assert answer.status == 201
    assert (answer.body["status"], answer.body["tags"], answer.body["title"]) == ("review", ["fox"], "fox")
    assert answer.body["files"][0]["mime"] == "image/png"
    assert (await mira.get(answer.body["files"][0]["url"], follow=True)).content == a_png()
    assert await waiting_in_bucket(app) == []


async def test_the_upload_page_sends_tickets_in_place_of_files(app: AppHarness, mira: Caller) -> None:
    tickets = [await uploaded(mira, a_png(), name="one.png"), await uploaded(mira, a_jpeg(), mime="image/jpeg")]
    assert (await mira.get("/upload/known")).body["direct"] is True

    first = await send(mira, *tickets, key="once", group="post", title="Two")
    lost = await send(mira, *tickets, key="once", group="post", title="Two")

    assert (first.status, lost.status) == (201, 200)
    assert first.body["items"][0]["id"] == lost.body["items"][0]["id"]
    post = (await mira.get(f"/api/posts/{first.body['items'][0]['id']}")).body
    assert [file["name"] for file in post["files"]] == ["one.png", "fox.png"]
    assert await waiting_in_bucket(app) == []


async def test_a_ticket_is_good_once(mira: Caller) -> None:
    ticket = await uploaded(mira, a_png())
    assert (await send(mira, ticket)).status == 201

    again = await mira.post(f"/api/uploads/{ticket}/complete", json={})

    assert (again.status, again.code) == (410, "EXPIRED")
    assert (await send(mira, ticket)).status == 410


async def test_a_ticket_of_somebody_else_is_not_there_and_stays_theirs(app: AppHarness, mira: Caller) -> None:
    juno = await app.sign_in("juno")
    ticket = await uploaded(mira, a_png())

    assert (await juno.post(f"/api/uploads/{ticket}/complete", json={})).status == 404
    assert (await send(juno, ticket)).status == 404
    assert (await juno.post(NOT_THERE, json={})).status == 404

    assert (await mira.post(f"/api/uploads/{ticket}/complete", json={})).status == 201


async def test_another_size_than_announced_is_refused_and_removed(app: AppHarness, mira: Caller) -> None:
    begun = (await begin(mira, a_png())).body
    await put(begun, a_png() + b"more")

    answer = await mira.post(f"/api/uploads/{begun['id']}/complete", json={})

    assert answer.status == 422
    assert "announced" in answer.body["details"]["fields"]["file"]
    assert await waiting_in_bucket(app) == []


async def test_another_type_than_announced_is_refused_and_removed(app: AppHarness, mira: Caller) -> None:
    sent_as_text = (await begin(mira, a_png())).body
    await put(sent_as_text, a_png(), {"Content-Type": "text/html"})
    is_a_jpeg = await uploaded(mira, a_jpeg())
    is_no_picture = await uploaded(mira, b"<html>hello</html>")

    answers = [
        await mira.post(f"/api/uploads/{ticket}/complete", json={})
        for ticket in (sent_as_text["id"], is_a_jpeg, is_no_picture)
    ]

    assert [answer.status for answer in answers] == [422, 415, 415]
    assert await waiting_in_bucket(app) == []
    assert (await mira.get("/api/posts?q=fox")).body["items"] == []


async def test_a_damaged_picture_is_refused_with_its_name(app: AppHarness, mira: Caller) -> None:
    answer = await send(mira, await uploaded(mira, a_png()[:-40]))

    assert (answer.status, answer.code, answer.body["file"]) == (422, "UNREADABLE_IMAGE", 0)
    assert "fox.png" in answer.body["error"]
    assert await waiting_in_bucket(app) == []


async def test_nothing_that_arrived_makes_no_post(mira: Caller) -> None:
    begun = (await begin(mira, a_png())).body

    answer = await mira.post(f"/api/uploads/{begun['id']}/complete", json={})

    assert answer.status == 422
    assert "Nothing arrived" in answer.body["error"]


async def test_what_cannot_be_taken_gets_no_ticket(app: AppHarness, mira: Caller) -> None:
    assert (await begin(mira, b"x" * 2_097_153)).code == "TOO_LARGE"
    assert (await begin(mira, b"")).status == 422
    assert (await begin(mira, b"x", mime="image/svg+xml")).code == "UNSUPPORTED_TYPE"
    assert (await begin(app.stranger(), b"x")).status == 401
    uploader = await app.program(mira, "upload")
    assert (await begin(uploader, b"x")).status == 403


async def test_tickets_are_not_handed_out_without_end(app: AppHarness, mira: Caller) -> None:
    async with app.app.database.transaction() as tx:
        await tx.run(
            """
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :most)
            INSERT INTO upload_ticket SELECT printf('%064x', i), 1, 'a', 1, 'image/png', 0, 99999999999, NULL FROM n
            """,
            {"most": OPEN_MOST},
        )

    answer = await begin(mira, a_png())

    assert (answer.status, answer.code) == (429, "RATE_LIMITED")


async def test_a_ticket_runs_out_and_what_was_never_completed_is_removed(app: AppHarness, mira: Caller) -> None:
    ticket = await uploaded(mira, a_png())
    async with app.app.database.transaction() as tx:
        await tx.run("UPDATE upload_ticket SET expires_at = expires_at - :s", {"s": TICKET_LASTS.total_seconds()})

    assert (await mira.post(f"/api/uploads/{ticket}/complete", json={})).status == 410
    assert len(await waiting_in_bucket(app)) == 1
    await app.app.direct_uploads.clean()

    assert await waiting_in_bucket(app) == []
    assert (await mira.post(f"/api/uploads/{ticket}/complete", json={})).status == 404


async def test_links_run_out_and_hold_neither_the_token_nor_the_secret(mira: Caller) -> None:
    begun = (await begin(mira, a_png())).body

    assert f"X-Amz-Expires={int(timedelta(minutes=15).total_seconds())}" in begun["url"]
    assert begun["url"].startswith("http://localhost:")
    assert begun["id"] not in begun["url"]
    assert "made-up" not in begun["url"]


async def test_pages_may_speak_to_the_bucket_only_where_uploads_go_there(app: AppHarness, mira: Caller) -> None:
    policy = (await mira.get("/upload")).headers["Content-Security-Policy"]
    begun = (await begin(mira, a_png())).body

    origin = "/".join(begun["url"].split("/")[:3])
    assert f"connect-src 'self' {origin};" in policy


async def test_without_an_address_for_browsers_there_are_no_tickets(tmp_path: Path) -> None:
    async with running_app(tmp_path / "home") as app:
        mira = await app.sign_in("mira")

        answer = await begin(mira, a_png())
        assert (answer.status, answer.code) == (409, "WRONG_STATE")
        assert (await mira.post(NOT_THERE, json={})).status == 409
        assert (await mira.get("/upload/known")).body["direct"] is False
        assert "connect-src 'self';" in (await mira.get("/upload")).headers["Content-Security-Policy"]
