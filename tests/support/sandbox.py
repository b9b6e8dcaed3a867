"""The sandbox on loopback for tests, and a caller that speaks raw HTTP to it."""

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import aiohttp

from core.clock import Clock
from data.sandbox.app import Sandbox
from data.sandbox.options import SandboxOptions
from tests.support.clock import FakeClock

API = "/api/v1/oauth2/"
VERIFIER = "v" * 43
CHALLENGE = "7w_YNF9DSfIdPf_pRjSq646_kPr-2-o9NAl16JGghdM"
# The smallest PNG: one transparent pixel.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002"
    "00000500017a5eab3f0000000049454e44ae426082"
)


@asynccontextmanager
async def a_sandbox(
    clock: Clock | None = None, *, home: Path | None = None, options: SandboxOptions | None = None
) -> AsyncIterator[Sandbox]:
    sandbox = Sandbox(home, clock or FakeClock(), options=options or SandboxOptions())
    await sandbox.start()
    try:
        yield sandbox
    finally:
        await sandbox.close()


class Caller:
    """Calls the API as one artist, and gives back status and JSON."""

    def __init__(self, session: aiohttp.ClientSession, sandbox: Sandbox, username: str = "mira") -> None:
        self.session = session
        self.sandbox = sandbox
        self.grant = sandbox.world.grant(username)

    async def call(self, method: str, path: str, fields: Any = None, **options: Any) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self.grant.access_token}"} | options.pop("headers", {})
        if method == "GET":
            options["params"] = fields
        else:
            options["data"] = fields
        url = self.sandbox.base_url + API + path
        async with self.session.request(method, url, headers=headers, **options) as response:
            body = await response.json(content_type=None) if response.content_type != "text/html" else None
            return response.status, body

    async def get(self, path: str, **fields: Any) -> tuple[int, Any]:
        return await self.call("GET", path, fields)

    async def post(self, path: str, *pairs: tuple[str, str], **fields: Any) -> tuple[int, Any]:
        return await self.call("POST", path, [*fields.items(), *pairs])

    async def submit(self, data: bytes = PNG, filename: str | None = "a.png", **fields: str) -> tuple[int, Any]:
        return await self.call("POST", "stash/submit", upload(data, filename, **fields))

    async def submitted(self, data: bytes = PNG, **fields: str) -> str:
        status, body = await self.submit(data, **fields)
        assert status == 200, body
        return str(body["itemid"])

    async def published(self, data: bytes = PNG, *pairs: tuple[str, str], **fields: str) -> dict[str, Any]:
        itemid = await self.submitted(data, title=fields.pop("title", "A work"))
        fields.setdefault("is_mature", "0")
        status, body = await self.post("stash/publish", *pairs, itemid=itemid, **fields)
        assert status == 200, body
        return dict(body)


def upload(data: bytes, filename: str | None, part: str = "file", **fields: str) -> aiohttp.FormData:
    form = aiohttp.FormData()
    for name, value in fields.items():
        form.add_field(name, value)
    if filename:
        form.add_field(part, io.BytesIO(data), filename=filename, content_type="image/png")
    else:
        # aiohttp gives every file a name; only text may go without.
        form.add_field(part, data.decode("latin-1"), content_type="image/png")
    return form


def authorize_query(**changes: str | None) -> dict[str, str]:
    query: dict[str, str | None] = {
        "response_type": "code",
        "client_id": "4711",
        "redirect_uri": "http://127.0.0.1:1/auth/deviantart/callback",
        "scope": "basic user stash publish",
        "state": "xyz",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    return {name: value for name, value in (query | changes).items() if value is not None}


def answers_in(location: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(location).query))
