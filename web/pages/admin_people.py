"""Admin → People: who is here, as what; one person's page with keys, and how they leave."""

from dataclasses import dataclass

from aiohttp import web

from core.errors import NotFound, UserError
from core.people.removal import Remains
from core.scopes import Scope
from core.users import ApiKey, Role, User
from web.api.plans import send_export
from web.keys import KEYS, OFFICE, PEOPLE, PEOPLE_READS, READS
from web.pages.admin import admin_visit
from web.pages.admin_invites import ROLE_WORDS
from web.pages.flash import Flash
from web.pages.forms import read_form, refusal
from web.pages.keys import SCOPE_WORDS
from web.pages.moments import Moment
from web.pages.visit import Visit, go

PERSON = r"/admin/people/{user_id:\d+}"


@dataclass(frozen=True, slots=True)
class PersonView:
    id: int
    name: str
    role: str
    role_word: str
    state_word: str
    is_disabled: bool
    is_leaving: bool
    is_me: bool
    since: Moment
    other_role: str
    other_role_word: str


@dataclass(frozen=True, slots=True)
class AccountLine:
    id: int
    username: str
    status: str


@dataclass(frozen=True, slots=True)
class KeyLine:
    id: int
    name: str
    prefix: str
    scopes: str
    used: Moment | None


@dataclass(frozen=True, slots=True)
class PeoplePage:
    people: tuple[PersonView, ...]


@dataclass(frozen=True, slots=True)
class PersonPage:
    person: PersonView
    accounts: tuple[AccountLine, ...]
    keys: tuple[KeyLine, ...]
    posts: int
    remains: Remains | None  # of a removal that has begun


def add_routes(app: web.Application) -> None:
    app.router.add_get("/admin/people", everybody, name="admin-people")
    app.router.add_get(PERSON, one, name="admin-person")
    app.router.add_post(f"{PERSON}/role", change_role, name="admin-person-role")
    app.router.add_post(f"{PERSON}/disable", disable, name="admin-person-disable")
    app.router.add_post(f"{PERSON}/enable", enable, name="admin-person-enable")
    app.router.add_get(f"{PERSON}/export", export, name="admin-person-export")
    app.router.add_post(f"{PERSON}/remove", remove, name="admin-person-remove")
    app.router.add_post(PERSON + r"/keys/{key_id:\d+}/revoke", revoke_key, name="admin-person-key")


async def everybody(request: web.Request) -> web.Response:
    here = await admin_visit(request)
    people = await request.app[PEOPLE].users()
    return here.show("admin_people.html", "admin", PeoplePage(tuple(_view(here, user) for user in people)))


async def one(request: web.Request) -> web.Response:
    here = await admin_visit(request)
    user = await _person(request)
    overview = await request.app[READS].overview(user.id)
    page = PersonPage(
        person=_view(here, user),
        accounts=tuple(
            AccountLine(account.id, account.username, account.shown_status)
            for account in overview.accounts
            if account.user_id == user.id
        ),
        keys=tuple(_key(here, key) for key in await request.app[KEYS].of(user)),
        posts=sum(overview.counts.values()),
        remains=await request.app[OFFICE].removal.remains(user.id) if user.leaving_at else None,
    )
    return here.show("admin_person.html", "admin", page)


async def change_role(request: web.Request) -> web.Response:
    here = await admin_visit(request)
    form = await read_form(request)
    try:
        user = await request.app[PEOPLE].set_role(_id(request), form.text("role"), by=here.actor)
    except UserError as error:
        return refusal(request, error, back=request.path.removesuffix("/role"))
    said = Flash(f"{user.name} is {'an administrator' if user.is_admin else 'a member'} now.")
    return go(f"/admin/people/{user.id}" if user.id != here.user.id or user.is_admin else "/", said, request=request)


async def disable(request: web.Request) -> web.Response:
    here = await admin_visit(request)
    await read_form(request)
    try:
        user = await request.app[PEOPLE].disable(_id(request), by=here.actor)
    except UserError as error:
        return refusal(request, error, back=request.path.removesuffix("/disable"))
    return go(f"/admin/people/{user.id}", Flash(f"{user.name} is signed out and disabled."), request=request)


async def enable(request: web.Request) -> web.Response:
    here = await admin_visit(request)
    await read_form(request)
    try:
        user = await request.app[PEOPLE].enable(_id(request), by=here.actor)
    except UserError as error:
        return refusal(request, error, back=request.path.removesuffix("/enable"))
    return go(f"/admin/people/{user.id}", Flash(f"{user.name} may sign in again."), request=request)


async def export(request: web.Request) -> web.StreamResponse:
    """Everything of somebody who cannot ask for it any more, to be handed to them; it is written down."""
    here = await admin_visit(request)
    user = await request.app[PEOPLE].may_export(_id(request), by=here.actor)
    return await send_export(request, user)


async def remove(request: web.Request) -> web.Response:
    here = await admin_visit(request)
    form = await read_form(request)
    try:
        user = await request.app[OFFICE].removal.begin(_id(request), name=form.text("name"), by=here.actor)
    except UserError as error:
        return refusal(request, error, back=request.path.removesuffix("/remove"))
    said = Flash(f"{user.name} is being removed; their pictures go last.")
    return go("/admin/people", said, request=request)


async def revoke_key(request: web.Request) -> web.Response:
    here = await admin_visit(request)
    await read_form(request)
    back = f"/admin/people/{_id(request)}"
    try:
        key = await request.app[PEOPLE].revoke_key(_id(request), int(request.match_info["key_id"]), by=here.actor)
    except UserError as error:
        return refusal(request, error, back=back)
    return go(back, Flash(f"“{key.name}” opens nothing any more."), request=request)


def _id(request: web.Request) -> int:
    return int(request.match_info["user_id"][:18])


async def _person(request: web.Request) -> User:
    user = await request.app[PEOPLE_READS].user(_id(request))
    if user is None:
        raise NotFound
    return user


def _key(here: Visit, key: ApiKey) -> KeyLine:
    return KeyLine(
        key.id,
        key.name,
        key.prefix,
        ", ".join(SCOPE_WORDS[scope] for scope in Scope if scope in key.scopes),
        here.reader.moment(key.used_at) if key.used_at else None,
    )


def _view(here: Visit, user: User) -> PersonView:
    other = Role.MEMBER if user.is_admin else Role.ADMIN
    state = "Being removed" if user.leaving_at else "Disabled" if user.is_disabled else ""
    return PersonView(
        id=user.id,
        name=user.name,
        role=user.role,
        role_word=ROLE_WORDS[user.role],
        state_word=state,
        is_disabled=user.is_disabled,
        is_leaving=user.leaving_at is not None,
        is_me=user.id == here.user.id,
        since=here.reader.moment(user.created_at),
        other_role=other,
        other_role_word="Make administrator" if other is Role.ADMIN else "Make member",
    )
