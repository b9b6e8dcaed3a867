"""The upload form as it comes: fields, pictures, and files beside them that describe them."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from core.errors import InvalidInput, TooLarge, UserError
from core.posts.beside import Beside
from core.posts.intake import Tray
from core.programs.sidecar import SIDECAR_MOST, find_beside, is_sidecar, read_beside
from web.auth import CSRF_HEADER, check_csrf
from web.pages.forms import CSRF_FIELD
from web.pages.visit import Visit
from web.uploads import read_multipart

LET_PASS_MOST = 256 * 1024 * 1024  # bytes that are read past a refused file, for the fields behind it
TEMPLATES_MOST = 10
_TOKEN = re.compile(r"[\w-]{1,64}")


@dataclass(frozen=True, slots=True)
class Typed:
    """`again`: also what is here already. `sending` names this one try, `batch` what was dropped together."""

    title: str = ""
    tags: str = ""
    account_id: str = ""
    status: str = "review"
    group: str = ""
    templates: tuple[str, ...] = ()
    is_ai_generated: bool = False
    mature_level: str = ""
    again: bool = False
    sending: str = ""
    batch: str = ""
    tickets: tuple[str, ...] = ()  # of pictures that are in the bucket already


def typed_from(fields: Mapping[str, Any]) -> Typed:
    def text(name: str) -> str:
        value = fields.get(name, "")
        return value if isinstance(value, str) else ""

    given = _several(fields.get("template", ()))
    return Typed(
        title=text("title"),
        tags=text("tags"),
        account_id=text("account_id"),
        status=text("status") or "review",
        group=text("group"),
        templates=tuple(name for name in given if name)[:TEMPLATES_MOST],
        is_ai_generated=text("is_ai_generated") == "true",
        mature_level=text("mature_level"),
        again=text("again") == "true",
        sending=_token(text("sending")),
        batch=_token(text("batch")),
        tickets=tuple(token for token in _several(fields.get("ticket", ())) if _TOKEN.fullmatch(token)),
    )


def _several(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _token(text: str) -> str:
    return text if _TOKEN.fullmatch(text) else ""


class Basket:
    """Pictures go on the tray, files beside them are read as text.

    After a refusal the rest is only read past, so that what was typed behind the files is not lost. `refused` is the
    place of the refused file among those that came.
    """

    def __init__(self, tray: Tray) -> None:
        self._tray = tray
        self._pictures: list[str] = []
        self._beside: dict[str, str] = {}
        self._came = 0
        self._passed = 0
        self._error: UserError | None = None
        self.refused: int | None = None

    async def add(self, name: str | None, chunks: AsyncIterator[bytes]) -> None:
        if not name or self._error is not None:
            # Browsers send a nameless part for a file field that was left empty.
            await self._let_pass(chunks)
            return
        try:
            if is_sidecar(name):
                self._beside[name] = await _text(name, chunks)
            else:
                await self._tray.add(name, chunks)
                self._pictures.append(name)
        except UserError as error:
            self._error, self.refused = _naming(error, name), self._came
            await self._let_pass(chunks)
        self._came += 1

    async def take(self, name: str, put: Callable[[Tray], Awaitable[object]]) -> None:
        """A picture that came another way: *put* lays it on the tray."""
        if self._error is None:
            try:
                await put(self._tray)
                self._pictures.append(name)
            except UserError as error:
                self._error, self.refused = _naming(error, name), self._came
        self._came += 1

    async def _let_pass(self, chunks: AsyncIterator[bytes]) -> None:
        async for chunk in chunks:
            self._passed += len(chunk)
            if self._passed > LET_PASS_MOST:
                raise self._error or TooLarge("That is more than can be taken at once.")

    def expect_good(self) -> None:
        """Raises why a file was refused, or that there is none."""
        if self._error is not None:
            raise self._error
        if not self._pictures:
            raise InvalidInput({"file": "Choose at least one picture."})

    def beside(self) -> tuple[Beside | None, ...]:
        """What lies beside each picture. Raises `InvalidInput` for a file that describes none of them."""
        found = [find_beside(name, self._beside) for name in self._pictures]
        for name in self._beside:
            if name not in found:
                raise InvalidInput({"file": f"There is no picture here that “{name[:80]}” could describe."})
        return tuple(self._read(name) if name is not None else None for name in found)

    def _read(self, name: str) -> Beside:
        try:
            return read_beside(name, self._beside[name])
        except InvalidInput as error:
            raise InvalidInput({"file": f"“{name[:80]}”: {error.sentence}"}) from None


def _naming(error: UserError, name: str) -> UserError:
    """Which of several files it was is part of the sentence."""
    if not isinstance(error, InvalidInput):
        error.sentence = f"“{name[:80]}”: {error.sentence}"
    return error


async def _text(name: str, chunks: AsyncIterator[bytes]) -> str:
    content = bytearray()
    async for chunk in chunks:
        content += chunk
        if len(content) > SIDECAR_MOST:
            raise TooLarge("The file beside the picture is too long.")
    return content.decode("utf-8", "replace")


async def read_upload_form(here: Visit, request: web.Request, basket: Basket) -> Mapping[str, Any]:
    """The fields of the form. The token comes first, in the header or as a field: no file is read without it."""
    header = request.headers.get(CSRF_HEADER)

    def check(fields: Mapping[str, Any]) -> None:
        given = header if header is not None else fields.get(CSRF_FIELD)
        check_csrf(here.session, given if isinstance(given, str) else None)

    if not request.content_type.startswith("multipart/"):
        check({})
        raise InvalidInput({"file": "Choose at least one picture."})
    if header is not None:
        check({})
    fields = await read_multipart(request, basket, before_file=check)
    check(fields)
    return fields
