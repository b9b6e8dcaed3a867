"""Which request, person and posts a log line belongs to, as somebody sees it who has only the log."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from core.log_trail import POSTS_NAMED, about, begin, note, touched, trail
from data.logs import configure_logging
from tests.support.pictures import a_png
from tests.support.process import Process, serving

logger = logging.getLogger("tests.trail")


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    stream = io.StringIO()
    configure_logging(level="info", format="json", stream=stream, secrets=["a secret that is known"])
    yield stream
    root.handlers[:], level = before
    root.setLevel(level)
    logging.captureWarnings(False)


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


async def test_tasks_and_threads_that_a_request_starts_carry_its_id(written: io.StringIO) -> None:
    async def elsewhere() -> None:
        logger.info("in a task")
        await asyncio.to_thread(logger.info, "in a thread")

    with about(request_id="r-1"):
        await asyncio.create_task(elsewhere())
    logger.info("afterwards")

    assert [line.get("request_id") for line in lines(written.getvalue())] == ["r-1", "r-1", None]


def test_what_a_line_says_itself_wins_and_secrets_are_taken_out_of_the_trail_too(written: io.StringIO) -> None:
    with about(request_id="r-1", reason="a secret that is known", token="abc"):
        logger.info("one", extra={"request_id": "nearer"})

    (line,) = lines(written.getvalue())
    assert line["request_id"] == "nearer"
    assert line["reason"] == "[redacted]"
    assert line["token"] == "[redacted]"


def test_one_post_is_named_alone_and_many_as_a_list_that_ends() -> None:
    with about(request_id="r"):
        touched(4)
        assert trail() == {"request_id": "r", "post_id": 4}
        for post_id in range(1, 100):
            touched(post_id)
        assert trail()["post_ids"] == [4, *(n for n in range(1, POSTS_NAMED + 1) if n != 4)][:POSTS_NAMED]
        with about(post_id=7):
            touched(7)
            assert trail() == {"request_id": "r", "post_id": 7}


async def test_a_trail_ends_with_what_it_was_about() -> None:
    async def press() -> None:
        begin(request_id="discord-1")
        note(user_id=3)
        assert trail() == {"request_id": "discord-1", "user_id": 3}

    await asyncio.create_task(press())
    note(user_id=4)
    touched(5)

    assert trail() == {}


async def test_from_outside_every_line_leads_back_to_its_request(tmp_path: Path) -> None:
    settings = {"ISEKAI_TRUSTED_PROXIES": "127.0.0.1", "RATE_LIMITER_BASE_DELAY_MS": "0", "LOG_LEVEL": "debug"}
    async with serving(tmp_path / "home", **settings) as isekai:
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(cookie_jar=jar) as session:
            csrf = await _signed_in(session, isekai)
            made = await _asked(session, isekai, "POST", "/api/posts", csrf, data={"file": io.BytesIO(a_png())})
            named = await _asked(session, isekai, "GET", f"/posts/{made.post_id}", {"X-Request-ID": "proxy-12345678"})
            odd = await _asked(session, isekai, "GET", "/health", {"X-Request-ID": 'x" forged="1'})
            refused = await _asked(session, isekai, "POST", "/hook/isk_very_secret_key", {})
            missing = await _asked(session, isekai, "DELETE", "/api/posts/999999", csrf)
        log = isekai.log.read_text()

    requests = {line["request_id"]: line for line in lines(log) if line["message"] == "request"}
    assert requests[made.request_id]["post_id"] == int(made.post_id)
    assert requests[made.request_id]["user_id"] == 1
    assert named.request_id == "proxy-12345678"
    assert requests[named.request_id]["route"] == "/posts/{post_id}"
    assert odd.request_id != 'x" forged="1'
    assert requests[refused.request_id]["route"] == "/hook/{key}"
    assert requests[missing.request_id]["post_id"] == 999999
    assert "very_secret" not in log
    assert "Traceback" not in log


class Answered:
    def __init__(self, request_id: str, post_id: str) -> None:
        self.request_id = request_id
        self.post_id = post_id


async def _asked(
    session: aiohttp.ClientSession, isekai: Process, method: str, path: str, headers: dict[str, str], **options: Any
) -> Answered:
    async with session.request(method, isekai.url + path, headers=headers, **options) as answer:
        body = await answer.json() if answer.content_type == "application/json" else {}
        return Answered(answer.headers["X-Request-ID"], body.get("id", ""))


async def _signed_in(session: aiohttp.ClientSession, isekai: Process) -> dict[str, str]:
    async with session.get(f"{isekai.url}/auth/deviantart", allow_redirects=False) as answer:
        authorize = answer.headers["Location"]
    async with session.post(authorize, data={"artist": "mira"}) as answer:
        assert answer.status == 200
    async with session.get(f"{isekai.url}/api/me") as answer:
        return {"X-CSRF-Token": (await answer.json())["csrf_token"]}
