"""Files out of a request, streamed to disk part by part; fields beside them."""

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Protocol

from aiohttp import BodyPartReader, MultipartReader, hdrs, web
from aiohttp.http_exceptions import HttpProcessingError

from core.errors import InvalidInput, Malformed, TooLarge
from web.bodies import UNREADABLE_FORM
from web.headers import header, in_letters

CHUNK = 256 * 1024
FIELD_MOST = 1024 * 1024  # bytes of one text field
FIELDS_MOST = 4 * 1024 * 1024  # of all together
FIELD_COUNT_MOST = 300
IDEMPOTENCY_HEADER = "Idempotency-Key"
IDEMPOTENCY_KEPT = 200  # characters


def said_again(request: web.Request) -> str:
    """What makes a call recognisable when it is sent again; "" when it says nothing. Raises `InvalidInput`."""
    given = header(request, IDEMPOTENCY_HEADER).strip()
    if len(given) > IDEMPOTENCY_KEPT:
        raise InvalidInput({IDEMPOTENCY_HEADER: f"At most {IDEMPOTENCY_KEPT} characters."})
    return given


class Taker(Protocol):
    """Takes files in while they stream: a `Tray`, or what stands before one."""

    async def add(self, name: str | None, chunks: AsyncIterator[bytes]) -> object: ...


async def read_multipart(
    request: web.Request, tray: Taker, *, before_file: Callable[[Mapping[str, Any]], None] | None = None
) -> dict[str, Any]:
    """Put every file of a form on the *tray*; answers the text fields, lists where a name repeats.

    *before_file* sees the fields so far before the first file is read: a refusal then costs no upload.
    Raises `Malformed`, `TooLarge`, `PictureRefused`.
    """
    fields = _Fields()
    try:
        reader = await request.multipart()
        while (part := await reader.next()) is not None:
            if isinstance(part, MultipartReader):
                raise Malformed("A form inside a form is not taken.")
            if is_file(part):
                if before_file is not None:
                    before_file(fields.values)
                    before_file = None
                await tray.add(part.filename and in_letters(part.filename), _chunks(part))
            else:
                fields.add(part.name or "", await _text(part, fields.room))
    except (ValueError, AssertionError, HttpProcessingError):
        # aiohttp says so about boundaries that are missing or a body that ends early.
        raise Malformed(UNREADABLE_FORM) from None
    return fields.values


def is_file(part: BodyPartReader) -> bool:
    """A part with a file name, or of a type that is no text."""
    if part.filename is not None:
        return True
    kind = part.headers.get(hdrs.CONTENT_TYPE, "text/plain").split(";")[0].strip().lower()
    return kind.startswith(("image/", "video/")) or kind == "application/octet-stream"


async def _chunks(part: BodyPartReader) -> AsyncIterator[bytes]:
    encoded = hdrs.CONTENT_TRANSFER_ENCODING in part.headers
    while chunk := await part.read_chunk(CHUNK):
        yield _decoded(part, chunk) if encoded else chunk


def _decoded(part: BodyPartReader, chunk: bytes) -> bytes:
    try:
        return bytes(part.decode(chunk))
    except RuntimeError:
        raise Malformed("A part of this form is in an encoding that is not known.") from None


async def _text(part: BodyPartReader, room: int) -> str:
    most = min(FIELD_MOST, room)
    content = bytearray()
    async for chunk in _chunks(part):
        content += chunk
        if len(content) > most:
            raise TooLarge(f"The field “{(part.name or '')[:40]}” is too long.")
    return content.decode("utf-8", "replace")


class _Fields:
    """Text fields of a form; a name that repeats becomes a list."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.room = FIELDS_MOST
        self._count = 0

    def add(self, name: str, text: str) -> None:
        self.room -= len(text.encode()) + len(name)
        self._count += 1
        if self._count > FIELD_COUNT_MOST or self.room < 0:
            raise TooLarge("That form has too many fields.")
        key = name.removesuffix("[]")
        held = self.values.get(key)
        if held is None:
            self.values[key] = [text] if name.endswith("[]") else text
        elif isinstance(held, list):
            held.append(text)
        else:
            self.values[key] = [held, text]


async def body_chunks(request: web.Request) -> AsyncIterator[bytes]:
    async for chunk in request.content.iter_chunked(CHUNK):
        yield chunk


async def once(content: bytes) -> AsyncIterator[bytes]:
    yield content
