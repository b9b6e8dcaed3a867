"""Reading what a form sent, and answering it in the way it was asked: message, page or JSON."""

from dataclasses import dataclass

import orjson
from aiohttp import hdrs, web

from core.errors import InvalidInput, UserError
from core.planning.pacing import PacingBroken
from web.answers import problem_of
from web.auth import CSRF_HEADER, check_csrf
from web.bodies import FormFields, read_form_fields
from web.pages.flash import Flash, Undo, is_local
from web.pages.visit import go, html, is_partial, signed_in, wants_json

CSRF_FIELD = "csrf_token"
BULK_MOST = 200


@dataclass(frozen=True, slots=True)
class Form:
    """The text fields of a form whose token was checked."""

    fields: FormFields

    def text(self, name: str, default: str = "") -> str:
        value = self.fields.get(name, default)
        return value if isinstance(value, str) else default

    def text_or_file(self, name: str) -> str:
        """What stands in the field, or the file that was chosen beside it, which counts for more."""
        chosen = self.fields.get("file")
        if isinstance(chosen, web.FileField) and chosen.filename:
            return chosen.file.read().decode("utf-8-sig", "replace")
        return self.text(name)

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

    def numbers(self, name: str) -> tuple[int, ...]:
        """Each once, in their order; what is no number is passed over."""
        return tuple(dict.fromkeys(int(one) for one in self.every(name) if one.isdecimal() and len(one) <= 18))

    def ids(self, name: str = "ids", *, most: int = BULK_MOST) -> tuple[int, ...]:
        """Several fields, or one with commas."""
        words = [word for value in self.every(name) for word in value.split(",") if word.strip()]
        if len(words) > most:
            raise InvalidInput({name: f"At most {most} posts at once."})
        found = [int(word) for word in words if word.strip().isdecimal() and len(word) <= 18]
        return tuple(dict.fromkeys(found))

    def next_path(self, default: str = "/", *, field: str = "next") -> str:
        path = self.text(field, default)
        return path if is_local(path) else default


async def read_form(request: web.Request) -> Form:
    """Raises `NotAllowed` when the token is missing or not this session's."""
    _, session = signed_in(request)
    fields = await read_form_fields(request)
    given = request.headers.get(CSRF_HEADER) or fields.get(CSRF_FIELD)
    check_csrf(session, given if isinstance(given, str) else None)
    return Form(fields)


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
        return json({"error": error.sentence, "code": error.code}, status=problem_of(error).status)
    flash = Flash(error.sentence, bad=True)
    if is_partial(request):
        context = {"flash": flash, "csrf": signed_in(request)[1].csrf_token}
        return html(request, "_answer.html", context, status=problem_of(error).status)
    return go(back, flash, request=request)


def objection(
    request: web.Request, error: PacingBroken, form: Form, *, back: str, label: str = "Schedule all the same"
) -> web.Response:
    """The pacing guard objects: its sentences, and a button that does it all the same."""
    problem = problem_of(error)
    if wants_json(request):
        return json(problem.body() | {"pacing": True}, status=problem.status)
    flash = all_the_same(request, error, form, back=back, label=label)
    if is_partial(request):
        context = {"flash": flash, "csrf": signed_in(request)[1].csrf_token}
        return html(request, "_answer.html", context, status=problem.status)
    return go(back, flash, request=request)


def all_the_same(
    request: web.Request, error: PacingBroken, form: Form, *, back: str, label: str = "Schedule all the same"
) -> Flash:
    """What pacing says, with the same form again and its consent."""
    given: dict[str, str | int] = {
        name: value for name, value in form.fields.items() if isinstance(value, str) and name != CSRF_FIELD
    }
    again = Undo(request.path, label, given | {"override_pacing": "yes", "next": back})
    return Flash(error.sentence, bad=True, undo=again)


def json(data: object, *, status: int = 200) -> web.Response:
    headers = {hdrs.CACHE_CONTROL: "private, no-store"}
    return web.Response(
        body=orjson.dumps(data, option=orjson.OPT_UTC_Z),
        status=status,
        content_type="application/json",
        headers=headers,
    )
