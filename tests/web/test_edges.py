"""What surrounds requests: proxies, draining, other processes, methods."""

import asyncio
import logging
import sqlite3
from pathlib import Path

import pytest
from yarl import URL

from tests.support.app import AppHarness, Caller, running_app
from web.sign_in import local_path


async def test_a_change_by_another_process_is_noticed(app: AppHarness, mira: Caller) -> None:
    def disable() -> None:
        connection = sqlite3.connect(app.app.settings.database)
        with connection:
            connection.execute("UPDATE user SET disabled_at = 1 WHERE name = 'mira'")
        connection.close()

    # In a thread: a transaction that is open here needs the loop to come to its end.
    await asyncio.to_thread(disable)

    while (await mira.get("/api/me")).status == 200:
        await app.app.clock.sleep(0.02)

    assert (await mira.get("/api/me")).status == 401


async def test_nothing_new_is_taken_on_while_draining(app: AppHarness, mira: Caller) -> None:
    app.app.is_draining = True

    refused = await mira.get("/api/posts")
    health = await mira.get("/health")
    ready = await mira.get("/ready")

    assert (refused.status, refused.code) == (503, "DRAINING")
    assert int(refused.headers["Retry-After"]) >= 1
    assert (health.status, ready.status) == (200, 503)


async def test_reading_by_head_answers_without_a_body(mira: Caller) -> None:
    answer = await mira("HEAD", "/api/posts")

    assert (answer.status, answer.content) == (200, b"")


async def test_being_led_to_the_sign_in_is_told_as_a_redirect_not_as_an_error(
    app: AppHarness, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "web.middlewares"):
        answer = await app.stranger().get("/drafts")

    told = [getattr(record, "status", None) for record in caplog.records if record.getMessage() == "request"]
    assert (answer.status, told) == (303, [303])


async def test_a_list_is_never_older_than_the_last_change(mira: Caller) -> None:
    for number in range(5):
        made = await mira.post("/api/posts", json={"title": f"Number {number}"})
        newest = (await mira.get("/api/posts?limit=1")).body["items"][0]
        assert newest["id"] == made.body["id"]


async def test_an_https_instance_asks_browsers_for_https(tmp_path: Path) -> None:
    async with running_app(tmp_path / "home", ISEKAI_PUBLIC_URL="https://isekai.example") as app:
        stranger = app.stranger()
        stranger.base_url = f"http://127.0.0.1:{port_of(app)}"

        # What a request says of its host changes nothing: addresses of ours are those of the settings.
        spoofed = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
        answer = await stranger.get("/auth/deviantart", headers=spoofed)

        assert "max-age" in answer.headers["Strict-Transport-Security"]
        assert "redirect_uri=https%3A%2F%2Fisekai.example%2F" in answer.headers["Location"]
        gone = await stranger.post("/auth/logout")
        for cookie in (answer.headers["Set-Cookie"], gone.headers["Set-Cookie"]):
            assert cookie.startswith("__Host-")
            assert "Secure" in cookie
            assert "HttpOnly" in cookie
            assert "SameSite=Lax" in cookie


def port_of(app: AppHarness) -> int:
    socket = app.server._socket
    assert socket is not None
    return int(socket.getsockname()[1])


@pytest.mark.parametrize("path", ["/", "/drafts", "/posts/4?tab=files", "/search?q=a%20b"])
def test_local_paths_are_gone_to(path: str) -> None:
    assert local_path(path) == path


@pytest.mark.parametrize(
    "path",
    [None, "", "//evil", "/\\evil", "https://evil", "drafts", "/a b", "/a\r\nSet-Cookie:x", "/a\\b", "/" + "x" * 900],
)
def test_other_paths_lead_home(path: str | None) -> None:
    assert local_path(path) == "/"


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("Cookie: isekai_session=", 401),
        ("X-API-Key: ", 401),
        ("Authorization: Bearer ", 401),
        ("X-CSRF-Token: ", 403),
    ],
)
async def test_bytes_that_are_no_text_open_nothing(app: AppHarness, mira: Caller, header: str, status: int) -> None:
    held = "" if status == 401 else f"Cookie: isekai_session={held_by(mira)}\r\n"
    at = URL(app.url)
    reader, writer = await asyncio.open_connection(at.host, at.port)
    writer.write(f"POST /api/posts HTTP/1.1\r\nHost: {at.authority}\r\n{held}{header}".encode() + b"\xff\r\n")
    writer.write(b"Content-Length: 0\r\nConnection: close\r\n\r\n")

    answer = await reader.read()
    writer.close()

    assert answer.startswith(f"HTTP/1.1 {status} ".encode())


def held_by(browser: Caller) -> str:
    return {cookie.key: cookie.value for cookie in browser.jar}["isekai_session"]


async def test_who_signs_in_gets_the_address_that_was_asked_for(app: AppHarness) -> None:
    answer = await app.stranger().get("/files/12?download=1")

    assert answer.headers["Location"] == "/signin?next=/files/12%3Fdownload%3D1"
