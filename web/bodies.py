"""Reading request bodies: bounded while they arrive, JSON only where JSON is said."""

import asyncio
from typing import TYPE_CHECKING, Any

import orjson
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from multidict import MultiDictProxy

from core.errors import InvalidInput, Malformed, TooLarge, UnsupportedType
from web.requests import Model, reader

if TYPE_CHECKING:
    from pydantic import ValidationError

SMALL = 1024 * 1024  # bytes: what a call without pictures may send
PARSED_HERE = 64 * 1024  # bytes: more is parsed in a thread
UNREADABLE_FORM = "This form is cut short or not readable."
FormFields = MultiDictProxy[str | bytes | bytearray | web.FileField]


def is_json(request: web.Request) -> bool:
    return request.content_type == "application/json" or request.content_type.endswith("+json")


async def read_bytes(request: web.Request, *, most: int) -> bytes:
    """The whole body; raises `TooLarge` as soon as it is known to be longer than *most*."""
    if (request.content_length or 0) > most:
        raise TooLarge(f"That is more than {most // (1024 * 1024)} MB.")
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > most:
            raise TooLarge(f"That is more than {most // (1024 * 1024)} MB.")
    return bytes(body)


async def parse_json(body: bytes) -> Any:
    try:
        if len(body) <= PARSED_HERE:
            return orjson.loads(body)
        return await asyncio.to_thread(orjson.loads, body)
    except orjson.JSONDecodeError:
        raise Malformed("This is not JSON.") from None


async def read_object(request: web.Request, *, most: int = SMALL) -> dict[str, Any]:
    """The JSON object of a body; an absent body is an empty one.

    Raises `UnsupportedType` for another content type, `Malformed`, `TooLarge`.
    """
    body = await read_bytes(request, most=most)
    if not body:
        return {}
    if not is_json(request):
        raise UnsupportedType("Send JSON, with Content-Type: application/json.")
    parsed = await parse_json(body)
    if not isinstance(parsed, dict):
        raise Malformed("Send a JSON object.")
    return parsed


async def read_form_fields(request: web.Request) -> FormFields:
    """The fields of a page's form. Raises `Malformed` for whatever aiohttp cannot read."""
    try:
        return await request.post()
    except (ValueError, LookupError, RuntimeError, AssertionError, HttpProcessingError):
        # No boundary, a part without a name, an encoding or a character set that nobody knows, an early end.
        raise Malformed(UNREADABLE_FORM) from None


async def read_model(request: web.Request, model: type[Model]) -> Model:
    """The body as *model*; raises `InvalidInput` naming every field that does not fit."""
    return await checked(model, await read_object(request))


async def checked(model: type[Model], given: dict[str, Any]) -> Model:
    reads = await reader(model)
    from pydantic import ValidationError

    try:
        return reads.model_validate(given)
    except ValidationError as error:
        raise InvalidInput(_sentences(error)) from None


def _sentences(error: "ValidationError") -> dict[str, str]:
    found: dict[str, str] = {}
    for problem in error.errors(include_url=False, include_input=False, include_context=False):
        name = ".".join(str(part) for part in problem["loc"]) or "body"
        found.setdefault(name, _sentence(name, problem["type"], problem["msg"]))
    return found


def _sentence(name: str, kind: str, message: str) -> str:
    if kind == "missing":
        return f"“{name}” is needed."
    if kind == "extra_forbidden":
        return f"There is no field called “{name[:60]}”."
    return f"“{name}”: {message.removeprefix('Value error, ')}."
