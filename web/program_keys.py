"""A key at the door: whose it is, whether it may be used from there, how much of its minute is left, what it did."""

import json
import re
from collections.abc import Mapping
from typing import Any

from aiohttp import hdrs, web

from core.errors import LimitReached
from core.programs.calls import Call
from core.programs.key_care import check_address
from core.programs.key_pace import Allowance
from core.users import Identity
from web.headers import header
from web.keys import CLOCK, IDENTITIES, IDENTITY, PROGRAMS
from web.proxies import client_address

ALLOWANCE = web.RequestKey("allowance", Allowance)
# What a handler understood of a call, for the inspector: names and sizes, never pictures or keys.
READ_AS = web.RequestKey("read_as", dict)
ANSWER_KEPT = 2_000  # characters
TEXT_KEPT = 300
_KEY = re.compile(r"isk_[A-Za-z0-9]{8,}")


async def open_with_key(request: web.Request, secret: str) -> Identity:
    """The bearer of a key. Raises `NotSignedIn`, `LimitReached`."""
    identity = await request.app[IDENTITIES].of_key(secret)
    request[IDENTITY] = identity
    programs = request.app.get(PROGRAMS)
    if identity.key is None or programs is None:
        return identity
    check_address(identity.key, client_address(request))
    allowance = programs.pace.take(identity.key)
    request[ALLOWANCE] = allowance
    if allowance.retry_after is not None:
        limit = f"This key may call {allowance.limit:,} times a minute."
        raise LimitReached(f"{limit} Try again in {allowance.reset_seconds} s.", retry_after=allowance.retry_after)
    return identity


async def add_allowance(request: web.Request, response: web.StreamResponse) -> None:
    """A signal: what is left of a key's minute stands on every answer to it."""
    allowance = request.get(ALLOWANCE)
    if allowance is not None:
        response.headers["RateLimit-Limit"] = str(allowance.limit)
        response.headers["RateLimit-Remaining"] = str(allowance.remaining)
        response.headers["RateLimit-Reset"] = str(allowance.reset_seconds)


def note_call(request: web.Request, response: web.StreamResponse, seconds: float) -> None:
    """For the inspector: calls that change something, and calls that were refused."""
    identity, programs = request.get(IDENTITY), request.app.get(PROGRAMS)
    if identity is None or identity.key is None or programs is None:
        return
    if request.method in {hdrs.METH_GET, hdrs.METH_HEAD, hdrs.METH_OPTIONS} and response.status < 400:
        return
    resource = request.match_info.route.resource
    programs.calls.note(
        Call(
            key_id=identity.key.id,
            at=request.app[CLOCK].now(),
            method=request.method,
            # The pattern, not the path: a key may stand in the path itself.
            path=resource.canonical if resource is not None else "unknown",
            address=client_address(request),
            agent=_without_keys(header(request, hdrs.USER_AGENT)),
            came=_came(request),
            read_as=_trimmed(request.get(READ_AS) or {}),
            status=response.status,
            answer=_answer(response),
            took_ms=int(seconds * 1000),
        )
    )


def _came(request: web.Request) -> str:
    if not request.body_exists:
        return "no body"
    size = request.content_length
    kind = header(request, hdrs.CONTENT_TYPE, "no content type").split(";", 1)[0][:100]
    return f"{kind}, {size:,} bytes" if size is not None else f"{kind}, in pieces"


def _trimmed(read: Mapping[str, Any]) -> dict[str, Any]:
    def short(value: Any) -> Any:
        if isinstance(value, int | float | bool | None):
            return value
        return _without_keys(value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False))

    return {_without_keys(str(name))[:60]: short(value) for name, value in list(read.items())[:60] if name != "key"}


def _without_keys(text: str) -> str:
    return _KEY.sub("[key removed]", text)[:TEXT_KEPT]


def _answer(response: web.StreamResponse) -> str:
    body = response.body if isinstance(response, web.Response) else None
    if not isinstance(body, bytes):
        return ""
    # A new secret is shown once, to its maker; not here.
    return "" if b"isk_" in body or b"whsec_" in body else body[:ANSWER_KEPT].decode("utf-8", "replace")
