"""The live stream over real HTTP: what happened, what was missed, and its end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import aiohttp
import pytest

from core.bus import Bus
from core.errors import StorageUnavailable
from core.events import Event
from tests.support.app import AppHarness, Caller
from web.live import QUEUED_MOST, Live, packed

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@asynccontextmanager
async def a_stream(caller: Caller, query: str = "", **headers: str) -> AsyncIterator[aiohttp.StreamReader]:
    url = f"{caller.base_url}/live{query}"
    async with caller.session.get(url, headers=caller.headers | headers) as response:
        assert response.status == 200
        assert response.content_type == "text/event-stream"
        yield response.content


async def the_next(stream: aiohttp.StreamReader, kind: str) -> list[str]:
    """The lines of the next message of that event."""
    async with asyncio.timeout(10):
        while True:
            lines: list[str] = []
            while (line := (await stream.readline()).decode().rstrip("\n")) != "":
                lines.append(line)
            if f"event: {kind}" in lines:
                return lines


async def test_a_change_reaches_the_open_stream_by_name_and_as_posts(mira: Caller) -> None:
    post = (await mira.get("/api/posts?status=review")).body["items"][0]

    async with a_stream(mira) as stream:
        await stream.readline()
        await mira.post(f"/api/posts/{post['id']}/approve", json={})
        named = await the_next(stream, f"post-{post['id']}")
        general = await the_next(stream, "posts")

    assert named[0] == general[0]  # the same event id
    assert f'"id":"{post["id"]}","status":"draft"' in named[2]


async def test_last_event_id_wins_over_the_address_and_replays_what_was_missed(mira: Caller) -> None:
    post = (await mira.get("/api/posts?status=review")).body["items"][0]
    await mira.post(f"/api/posts/{post['id']}/approve", json={})

    async with a_stream(mira, "?after=999999", **{"Last-Event-ID": "0"}) as stream:
        lines = await the_next(stream, f"post-{post['id']}")

    assert '"status":"draft"' in lines[2]


async def test_nobody_hears_of_other_peoples_posts(app: AppHarness, mira: Caller) -> None:
    juno = await app.sign_in("juno")
    post = (await mira.get("/api/posts?status=review")).body["items"][0]
    own = (await juno.get("/api/posts?status=review")).body["items"][0]

    async with a_stream(juno) as stream:
        await stream.readline()
        await mira.post(f"/api/posts/{post['id']}/approve", json={})
        await juno.post(f"/api/posts/{own['id']}/approve", json={})
        first = await the_next(stream, "posts")

    assert f'"id":"{own["id"]}"' in first[2]


async def test_streams_end_when_the_process_drains(app: AppHarness, mira: Caller) -> None:
    async with a_stream(mira) as stream:
        await stream.readline()
        app.app.bus.close()

        async with asyncio.timeout(5):
            await stream.read()


async def test_strangers_get_no_stream(app: AppHarness) -> None:
    assert (await app.stranger().get("/live")).status == 401


def an_event(event_id: int, post_id: int | None = 7, *, user_id: int = 1) -> Event:
    return Event("post.edited", "Edited.", NOON, user_id, post_id, status="draft", version=event_id, id=event_id)


def test_a_burst_on_one_post_is_one_pair_of_messages() -> None:
    said = packed([an_event(1), an_event(2), an_event(3)]).decode()

    assert said.count("event: post-7") == 1
    assert said.startswith("id: 3\n")
    assert said.count("event: posts") == 1


async def test_a_reader_that_cannot_keep_up_is_told_to_reload(app: AppHarness) -> None:
    bus = Bus()
    live = Live(bus, app.app.reads)

    async with live.reader(1) as reader:
        bus.announce([an_event(number) for number in range(1, QUEUED_MOST + 2)])
        assert reader.is_behind
        assert live.open_streams == 1
    assert live.open_streams == 0


async def test_a_stream_that_cannot_begin_leaves_no_reader_behind(app: AppHarness) -> None:
    live = Live(Bus(), app.app.reads)
    await app.app.database.close()

    with pytest.raises(StorageUnavailable):
        async with live.reader(1):
            pass

    assert live.open_streams == 0


async def test_who_works_on_a_shared_account_follows_it_and_is_sent_away_when_that_ends(
    app: AppHarness, mira: Caller
) -> None:
    juno = await app.sign_in("juno")
    people = f"/api/accounts/{(await mira.get('/api/me')).body['accounts'][0]['id']}/people"
    link = (await mira.post(people, json={"role": "reviewer"})).body["url"]
    post = (await mira.get("/api/posts?status=review")).body["items"][0]["id"]
    person = (await juno.get("/api/me")).body["user"]["id"]

    async with a_stream(juno) as before:
        await juno.post("/" + link.split("/", 3)[3])
        await the_next(before, "reload")
    async with a_stream(juno) as stream:
        await stream.readline()
        await mira.post(f"/api/posts/{post}/approve", json={})
        await the_next(stream, f"post-{post}")
        await mira.delete(f"{people}/{person}")
        await the_next(stream, "reload")
        assert await stream.read() == b""


async def test_the_open_pages_of_somebody_disabled_end_at_once(app: AppHarness, mira: Caller) -> None:
    juno = await app.sign_in("juno")
    person = (await juno.get("/api/me")).body["user"]["id"]

    async with a_stream(juno) as stream:
        await stream.readline()
        await app.app.people.disable(int(person))
        await the_next(stream, "reload")
        rest = await asyncio.wait_for(stream.read(), 10)

    assert rest == b""
    assert (await juno.get("/live")).status == 401


async def test_nobody_is_enabled_beyond_the_room_there_is(app: AppHarness, mira: Caller) -> None:
    juno = await app.sign_in("juno")
    person = int((await juno.get("/api/me")).body["user"]["id"])
    await app.app.people.disable(person)
    admin = await app.program(mira, "admin")

    app.app.people.max_users = 1
    full = await admin.post(f"/api/people/{person}/enable", json={})
    app.app.people.max_users = 2
    room = await admin.post(f"/api/people/{person}/enable", json={})

    assert (full.code, room.body["state"]) == ("WRONG_STATE", "active")
