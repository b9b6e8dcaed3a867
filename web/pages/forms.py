"""Reading what a form sent, and answering it in the way it was asked: message, page or JSON."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from aiohttp import hdrs, web
from multidict import MultiDictProxy

from core.errors import (
    Expired,
    InFlight,
    InvalidInput,
    LimitReached,
    NotAllowed,
    NotFound,
    NotSignedIn,
    Stale,
    UserError,
    WrongState,
)
from core.users import Session
from web.pages.flash import Flash, is_local
from web.pages.visit import go, html, is_partial, signed_in, wants_json

CSRF_FIELD = "csrf_token"
CSRF_HEADER = "X-CSRF-Token"
BULK_MOST = 200


@dataclass(frozen=True, slots=True)
class Form:
    """The text fields of a form whose token was checked."""

    fields: MultiDictProxy[str | bytes | bytearray | web.FileField]

    def text(self, name: str, default: str = "") -> str:
        value = self.fields.get(name, default)
        return value if isinstance(value, str) else default

    def has(self, name: str) -> bool:
        return name in self.fields

    def every(self, name: str) -> tuple[str, ...]:
        return tuple(value for value in self.fields.getall(name, []) if isinstance(value, str))

    def number(self, name: str) -> int | None:
        """None when it is absent; raises `InvalidInput` when it is no number."""
        value = self.text(name).strip()
        if not value:
            return None
        if not value.isdecimal() or len(value) > 18:
            raise InvalidInput({name: "This is not a number that Isekai gave out."})
        return int(value)

    def ids(self, name: str = "ids") -> tuple[int, ...]:
        """Several fields, or one with commas; at most 200."""
        words = [word for value in self.every(name) for word in value.split(",") if word.strip()]
        if len(words) > BULK_MOST:
            raise InvalidInput({name: f"At most {BULK_MOST} posts at once."})
        found = [int(word) for word in words if word.strip().isdecimal() and len(word) <= 18]
        return tuple(dict.fromkeys(found))

    def next_path(self, default: str = "/") -> str:
        path = self.text("next", default)
        return path if is_local(path) else default


async def read_form(request: web.Request) -> Form:
    """Raises `NotAllowed` when the token is missing or not this session's."""
    _, session = signed_in(request)
    fields = await request.post()
    given = request.headers.get(CSRF_HEADER) or fields.get(CSRF_FIELD)
    check_csrf(session, given if isinstance(given, str) else "")
    return Form(fields)


def check_csrf(session: Session, given: str) -> None:
    if not secrets.compare_digest(given.encode(), session.csrf_token.encode()):
        raise NotAllowed("This page was open for too long. Load it again and repeat what you did.")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a change led to. `data` goes to scripts that asked for JSON."""

    flash: Flash
    data: dict[str, object]


def answer(request: web.Request, done: Answer, *, back: str) -> web.Response:
    if wants_json(request):
        return json(done.data | {"message": done.flash.text})
    if is_partial(request):
        return html(request, "_answer.html", {"flash": done.flash, "csrf": signed_in(request)[1].csrf_token})
    return go(back, done.flash, request=request)


def refusal(request: web.Request, error: UserError, *, back: str) -> web.Response:
    """The same for a change that was refused; nothing happened."""
    if wants_json(request):
        return json({"error": error.sentence, "code": error.code}, status=status_of(error))
    flash = Flash(error.sentence, bad=True)
    if is_partial(request):
        context = {"flash": flash, "csrf": signed_in(request)[1].csrf_token}
        return html(request, "_answer.html", context, status=status_of(error))
    return go(back, flash, request=request)


def json(data: object, *, status: int = 200) -> web.Response:
    headers = {hdrs.CACHE_CONTROL: "private, no-store"}
    return web.Response(body=orjson.dumps(data), status=status, content_type="application/json", headers=headers)


_STATUSES: Sequence[tuple[type[UserError], int]] = (
    (NotSignedIn, 401),
    (NotAllowed, 403),
    (NotFound, 404),
    (Stale, 409),
    (WrongState, 409),
    (InFlight, 409),
    (Expired, 410),
    (LimitReached, 429),
)


def status_of(error: UserError) -> int:
    return next((status for kind, status in _STATUSES if isinstance(error, kind)), 422)
