"""Admin → Programs: the watched folder, and whether webhooks may call into private networks."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from aiohttp import web

from core.errors import InvalidInput
from core.programs.watch_ports import Dealt, Watched
from web.keys import PEOPLE, PROGRAMS, READS
from web.pages.admin import admin_visit
from web.pages.flash import Flash
from web.pages.forms import Form, read_form
from web.pages.moments import Moment
from web.pages.visit import Visit, go

BACK = "/admin/programs"


@dataclass(frozen=True, slots=True)
class Line:
    at: Moment
    name: str
    url: str
    reason: str


@dataclass(frozen=True, slots=True)
class ProgramsPage:
    """`owners`: whose posts the pictures may become, as `person:account`."""

    path: str
    owner: str
    owners: tuple[tuple[str, str], ...]
    to_draft: bool
    is_on: bool
    allow_private: bool
    suggestion: str
    problem: str = ""
    lines: tuple[Line, ...] = ()
    errors: Mapping[str, str] = field(default_factory=dict)


def add_routes(app: web.Application) -> None:
    app.router.add_get(BACK, show, name="admin-programs")
    app.router.add_post(BACK, save, name="admin-programs-save")


async def show(request: web.Request) -> web.Response:
    here = await admin_visit(request)
    programs = request.app[PROGRAMS]
    watched = await programs.watcher.watched()
    page = ProgramsPage(
        path=watched.path if watched else "",
        owner=_key(watched.user_id, watched.account_id) if watched else "",
        owners=await _owners(here, watched),
        to_draft=watched is not None and watched.to_draft,
        is_on=watched is not None and watched.enabled,
        allow_private=await programs.settings.private_allowed(),
        suggestion=programs.watcher.suggestion,
        problem=programs.watcher.problem or "",
        lines=tuple(_line(here, one) for one in await programs.watcher.lately()),
    )
    return here.show("admin_programs.html", "admin", page)


async def save(request: web.Request) -> web.Response:
    here = await admin_visit(request)
    form, programs = await read_form(request), request.app[PROGRAMS]
    path, is_on, private = form.text("path").strip(), form.has("watch"), form.has("allow_private")
    try:
        wanted = _wanted(form, path, is_on=is_on) if path or is_on else None
        await programs.watcher.choose(here.user, wanted)
    except InvalidInput as error:
        page = ProgramsPage(
            path=path,
            owner=form.text("owner"),
            owners=await _owners(here, await programs.watcher.watched()),
            to_draft=form.text("to") == "draft",
            is_on=is_on,
            allow_private=private,
            suggestion=programs.watcher.suggestion,
            errors=error.fields,
        )
        return here.show("admin_programs.html", "admin", page, status=422)
    await programs.settings.allow_private(here.user, private)
    return go(BACK, Flash("Saved. It holds from now on."), request=request)


def _wanted(form: Form, path: str, *, is_on: bool) -> Watched:
    person, _, account = form.text("owner").partition(":")
    if not _is_id(person) or (account and not _is_id(account)):
        raise InvalidInput({"owner_id": "Choose whose posts they become."})
    return Watched(path, int(person), form.text("to") == "draft", int(account) if account else None, is_on)


def _is_id(given: str) -> bool:
    return given.isascii() and given.isdecimal() and len(given) <= 18


def _key(user_id: int, account_id: int | None) -> str:
    return f"{user_id}:{account_id or ''}"


async def _owners(here: Visit, watched: Watched | None) -> tuple[tuple[str, str], ...]:
    """The visitor's own accounts first. A choice without an account means the person's first one."""
    people = [one for one in await here.request.app[PEOPLE].users() if not one.is_disabled]
    found = []
    for person in sorted(people, key=lambda one: (one.id != here.user.id, one.name.casefold())):
        if watched is not None and watched.account_id is None and watched.user_id == person.id:
            found.append((_key(person.id, None), f"{person.name}: whichever account is first"))
        accounts = [one for one in await here.request.app[READS].accounts(person.id) if one.user_id == person.id]
        for account in accounts:
            whose = "" if account.username == person.name else f" ({person.name})"
            found.append((_key(person.id, account.id), f"{account.username}{whose}"))
    return tuple(found)


def _line(here: Visit, dealt: Dealt) -> Line:
    is_mine = dealt.user_id == here.user.id and dealt.post_id is not None
    return Line(
        here.reader.moment(dealt.at), dealt.name, f"/posts/{dealt.post_id}" if is_mine else "", dealt.reason or ""
    )
