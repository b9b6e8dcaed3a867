"""Discord's error answers."""

from __future__ import annotations

from typing import Any

import orjson
from aiohttp import web


class DiscordError(Exception):
    """Ends a request with Discord's JSON error."""

    def __init__(self, status: int, code: int, message: str, **more: Any) -> None:
        super().__init__(f"{status} {code} {message}")
        self.status, self.code, self.message, self.more = status, code, message, more

    def response(self) -> web.Response:
        return answer({"code": self.code, "message": self.message, **self.more}, status=self.status)


def answer(payload: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """JSON with exactly the content type that discord.py compares with."""
    return web.Response(
        body=orjson.dumps(payload),
        status=status,
        headers={"Content-Type": "application/json", **(headers or {})},
    )


def unknown(what: str, code: int) -> DiscordError:
    return DiscordError(404, code, f"Unknown {what}")
