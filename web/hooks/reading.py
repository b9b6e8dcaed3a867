"""An upload in any of the shapes that programs send: a form, raw bytes, JSON, Discord's webhook."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import orjson
from aiohttp import web

from core.errors import InvalidInput, Malformed, UnsupportedType
from core.posts.intake import Tray
from web.bodies import is_json, parse_json, read_bytes
from web.headers import header
from web.hooks.shapes import PICTURE_NAMES, pictures_in
from web.hooks.words import from_webhook, is_webhook
from web.keys import SITE
from web.uploads import body_chunks, once, read_multipart

FORM_MOST = 1024 * 1024  # bytes of a form without files
RAW_TYPES = ("image/", "video/")
BEGINNING = 64  # bytes, in which every kind of picture has one that no form has
_NO_FORM = frozenset(range(0x20)) - frozenset(b"\t\r\n")


@dataclass(frozen=True, slots=True)
class Sent:
    """`may_be_empty`: a message without a picture is ordinary in this shape and no mistake."""

    given: dict[str, Any]
    may_be_empty: bool


async def read_upload(request: web.Request, tray: Tray) -> Sent:
    """Put the pictures on the *tray*; raises `UnsupportedType` for a body of another kind."""
    kind = request.content_type
    if kind.startswith("multipart/"):
        return await _form(request, tray)
    if is_json(request):
        return await _json(request, tray)
    if kind == "application/x-www-form-urlencoded":
        return await _plain_form(request, tray)
    if kind.startswith(RAW_TYPES) or kind in {"application/octet-stream", "binary/octet-stream"}:
        return await _raw(request, tray, body_chunks(request))
    raise UnsupportedType("Send a picture: as a form, as the body itself, or as base64 in JSON.")


async def _raw(request: web.Request, tray: Tray, content: AsyncIterator[bytes]) -> Sent:
    await tray.add(_raw_name(request), content)
    fields = _query_fields(request)
    fields.pop("filename", None)
    return Sent(fields, may_be_empty=False)


async def _form(request: web.Request, tray: Tray) -> Sent:
    fields = await read_multipart(request, tray)
    payload = fields.pop("payload_json", None)
    said = await _payload(payload)
    merged = from_webhook(said | fields) if is_webhook(said) or is_webhook(fields) else {**said, **fields}
    merged = _query_fields(request) | merged
    if not tray.files:
        merged = await _decoded(merged, tray)
    return Sent(merged, may_be_empty=payload is not None or "content" in fields)


async def _json(request: web.Request, tray: Tray) -> Sent:
    body = await parse_json(await read_bytes(request, most=request.app[SITE].max_json_bytes))
    if isinstance(body, list):
        body = {"images": body}
    if not isinstance(body, dict):
        raise Malformed("Send a JSON object.")
    given = _query_fields(request) | (from_webhook(body) if is_webhook(body) else body)
    return Sent(await _decoded(given, tray), may_be_empty=True)


async def _plain_form(request: web.Request, tray: Tray) -> Sent:
    content = body_chunks(request)
    body = await anext(content, b"")
    if not _NO_FORM.isdisjoint(body[:BEGINNING]):
        # curl calls everything a form that it is not told about: this is a picture.
        return await _raw(request, tray, _after(body, content))
    async for chunk in content:
        body += chunk
        if len(body) > FORM_MOST:
            raise UnsupportedType("Send large pictures as multipart/form-data.")
    try:
        fields: dict[str, Any] = dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=300))
    except ValueError:
        raise Malformed("This form is not readable.") from None
    said = await _payload(fields.pop("payload_json", None))
    merged = {**said, **fields}
    given = _query_fields(request) | (from_webhook(merged) if is_webhook(merged) else merged)
    return Sent(await _decoded(given, tray), may_be_empty=True)


async def _after(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in rest:
        yield chunk


async def _decoded(given: Mapping[str, Any], tray: Tray) -> dict[str, Any]:
    """Pictures that stand as base64 in fields go to the *tray*; what else was said is answered."""
    if not any(name in given for name in PICTURE_NAMES):
        return dict(given)
    found, rest = await asyncio.to_thread(pictures_in, given)
    for encoded in found:
        await tray.add(encoded.name, once(encoded.content))
    return rest


async def _payload(text: Any) -> dict[str, Any]:
    if text is None or text == "":
        return {}
    try:
        parsed = orjson.loads(text) if isinstance(text, str) else None
    except orjson.JSONDecodeError:
        raise Malformed("“payload_json” is not JSON.") from None
    if not isinstance(parsed, dict):
        raise InvalidInput({"payload_json": "This is a JSON object."})
    return parsed


def _query_fields(request: web.Request) -> dict[str, Any]:
    return {name: value for name, value in request.query.items() if name not in {"key", "respond", "wait"}}


def _raw_name(request: web.Request) -> str | None:
    return request.query.get("filename") or header(request, "X-Filename") or None
