"""The whole application in a temporary home, against the sandbox, spoken to over real HTTP."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urljoin

import aiohttp
from yarl import URL

from core.app.parts import App
from core.app.server import Server
from core.clock import Clock
from core.settings import load_settings
from data.sandbox.samples import draw_samples

TIMEOUT = aiohttp.ClientTimeout(total=30)


@dataclass
class Answer:
    """A response with its body read."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    body: Any
    url: str

    @property
    def text(self) -> str:
        return self.content.decode()

    @property
    def code(self) -> str | None:
        """The error's code, where the answer is one."""
        return self.body.get("code") if isinstance(self.body, dict) else None


class Caller:
    """Somebody who makes requests: a stranger, a signed-in browser, or a program with a key."""

    def __init__(self, base_url: str, headers: Mapping[str, str] | None = None) -> None:
        self.base_url = base_url
        self.headers = dict(headers or {})
        self.jar = aiohttp.CookieJar(unsafe=True)
        self.session = aiohttp.ClientSession(cookie_jar=self.jar, timeout=TIMEOUT)

    async def close(self) -> None:
        await self.session.close()

    async def __call__(self, method: str, path: str, *, follow: bool = False, **options: Any) -> Answer:
        headers = self.headers | options.pop("headers", {})
        url = URL(urljoin(self.base_url + "/", path), encoded=True)
        async with self.session.request(method, url, headers=headers, allow_redirects=follow, **options) as response:
            content = await response.read()
            is_json = response.content_type == "application/json" and content
            body = await response.json() if is_json else None
            return Answer(response.status, response.headers, content, body, str(response.url))

    async def get(self, path: str, **options: Any) -> Answer:
        return await self("GET", path, **options)

    async def post(self, path: str, **options: Any) -> Answer:
        return await self("POST", path, **options)

    async def patch(self, path: str, **options: Any) -> Answer:
        return await self("PATCH", path, **options)

    async def delete(self, path: str, **options: Any) -> Answer:
        return await self("DELETE", path, **options)


async def authorize(browser: Caller, artist: str, *, start: str = "/auth/deviantart") -> Answer:
    """Go to the sandbox and come back as *artist*; the answer of the callback, not followed."""
    departure = await browser.get(start)
    assert departure.status == 303, departure.text
    back = await decide(browser, departure.headers["Location"], artist)
    return await browser.get(back)


async def decide(browser: Caller, authorize_url: str, artist: str) -> str:
    """Press *artist*'s button on the authorize page; where the browser is sent."""
    answer = await browser("POST", authorize_url, data={"artist": artist}, headers={"X-CSRF-Token": ""})
    assert answer.status == 302, answer.text
    return answer.headers["Location"]


class AppHarness:
    """A running instance. `stranger()`, `sign_in(artist)` and `program(scopes)` are those who call it."""

    authorize = staticmethod(authorize)
    decide = staticmethod(decide)

    def __init__(self, server: Server, app: App) -> None:
        self.server = server
        self.app = app
        self.url = app.public_url
        self._callers: list[Caller] = []

    def stranger(self, headers: Mapping[str, str] | None = None) -> Caller:
        caller = Caller(self.url, headers)
        self._callers.append(caller)
        return caller

    async def sign_in(self, artist: str = "mira") -> Caller:
        """A browser in which *artist* has signed in; its writes carry the CSRF token."""
        browser = self.stranger()
        answer = await authorize(browser, artist)
        assert answer.status == 303, answer.text
        me = (await browser.get("/api/me")).body
        browser.headers["X-CSRF-Token"] = me["csrf_token"]
        return browser

    async def program(self, browser: Caller, *scopes: str, **options: Any) -> Caller:
        """A program with a key of the person in *browser*."""
        return self.stranger({"Authorization": f"Bearer {await self.make_key(browser, *scopes, **options)}"})

    async def make_key(self, browser: Caller, *scopes: str, **options: Any) -> str:
        answer = await browser.post("/api/keys", json={"name": "test", "scopes": list(scopes)} | options)
        assert answer.status == 201, answer.text
        return str(answer.body["key"])

    async def close(self) -> None:
        await self.send_home()
        await self.server.close()

    async def send_home(self) -> None:
        """Close every caller; the instance goes on."""
        for caller in self._callers:
            await caller.close()


SETTINGS = {
    "ISEKAI_PORT": "0",
    "ISEKAI_SECRET_KEY": "a secret key of the tests",
    "RATE_LIMITER_BASE_DELAY_MS": "0",
    "DRAIN_SECONDS": "10",
}


@cache
def _samples() -> Path:
    """Drawn once a test process: a second of work that every instance would do for itself."""
    directory = Path(tempfile.mkdtemp(prefix="isekai-samples-")) / "samples"
    draw_samples(directory)
    return directory


def _lay_out_samples(directory: Path) -> None:
    if not directory.exists():
        shutil.copytree(_samples(), directory)


@asynccontextmanager
async def running_app(home: Path, clock: Clock | None = None, **settings: str) -> AsyncIterator[AppHarness]:
    """An instance below *home*; *settings* are environment variables."""
    environment = SETTINGS | {"ISEKAI_HOME": str(home)} | settings
    server = Server(load_settings(environment, {}), clock, Random(1))
    _lay_out_samples(home / "samples")
    try:
        app = await server.start()
    except BaseException:
        await server.close()
        raise
    harness = AppHarness(server, app)
    try:
        yield harness
    finally:
        await harness.close()
