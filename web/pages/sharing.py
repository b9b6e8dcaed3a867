"""Sharing an account: who works on it, the links that let people in, and the page such a link leads to."""

from dataclasses import dataclass, field

from aiohttp import web

from core.errors import InvalidInput, UserError
from core.people.access import SHARED_ROLES, AccountRole
from web.keys import IDENTITY, OFFICE, SITE
from web.pages.admin_invites import DOOR
from web.pages.flash import Flash
from web.pages.forms import read_form, refusal
from web.pages.moments import Moment
from web.pages.settings_frame import sections
from web.pages.visit import Visit, go, html, visit

ACCOUNTS = "/settings/accounts"
ROLES = {AccountRole.EDITOR: "Editor", AccountRole.REVIEWER: "Reviewer"}
MAY = {
    AccountRole.EDITOR: "may do everything with its posts: change, schedule, publish, plan.",
    AccountRole.REVIEWER: "sees its posts, and approves or rejects what waits for review.",
}


@dataclass(frozen=True, slots=True)
class PersonView:
    id: int
    name: str
    role: str
    since: Moment


@dataclass(frozen=True, slots=True)
class LinkView:
    id: int
    role: str
    expires: Moment


@dataclass(frozen=True, slots=True)
class SharingPage:
    id: int
    username: str
    people: tuple[PersonView, ...]
    links: tuple[LinkView, ...]
    roles: tuple[tuple[str, str], ...] = tuple((role, f"{ROLES[role]}: {MAY[role]}") for role in SHARED_ROLES)
    role: str = AccountRole.REVIEWER
    errors: dict[str, str] = field(default_factory=dict)
    link: str = field(default="", repr=False)


def add_routes(app: web.Application) -> None:
    add, one = app.router, r"/settings/accounts/{account_id:\d{1,18}}"
    add.add_get(f"{one}/people", show, name="sharing")
    add.add_post(f"{one}/people", offer, name="sharing-offer")
    add.add_post(rf"{one}/people/links/{{link_id:\d{{1,18}}}}/remove", take_back, name="sharing-take-back")
    add.add_post(rf"{one}/people/{{user_id:\d{{1,18}}}}", change, name="sharing-change")
    add.add_post(rf"{one}/people/{{user_id:\d{{1,18}}}}/remove", end, name="sharing-end")
    add.add_post(f"{one}/leave", leave, name="sharing-leave")
    add.add_get(f"/share/{DOOR}", door, name="share")
    add.add_post(f"/share/{DOOR}", accept, name="share-accept")


async def show(request: web.Request) -> web.Response:
    here = await visit(request)
    return await _show(here)


async def _show(here: Visit, *, status: int = 200, **more: object) -> web.Response:
    account, shares, links = await here.request.app[OFFICE].sharing.people(_id(here.request), by=here.actor)
    page = SharingPage(
        account.id,
        account.username,
        tuple(PersonView(one.user_id, one.name, one.role, here.reader.moment(one.shared_at)) for one in shares),
        tuple(LinkView(one.id, ROLES[one.role], here.reader.moment(one.expires_at)) for one in links),
        **more,  # type: ignore[arg-type]
    )
    frame = sections("accounts")
    return here.show("settings_sharing.html", "settings", page, status=status, sections=frame)


async def offer(request: web.Request) -> web.Response:
    """The link is on the page that answers, and nowhere else ever again."""
    here = await visit(request)
    form = await read_form(request)
    try:
        _, token = await request.app[OFFICE].sharing.offer(_id(request), form.text("role"), by=here.actor)
    except InvalidInput as error:
        return await _show(here, status=422, role=form.text("role"), errors=dict(error.fields))
    response = await _show(here, link=f"{request.app[SITE].public_url}/share/{token}")
    response.headers["Cache-Control"] = "private, no-store"
    return response


async def take_back(request: web.Request) -> web.Response:
    here = await visit(request)
    await read_form(request)
    try:
        await request.app[OFFICE].sharing.take_back(_id(request), _id(request, "link_id"), by=here.actor)
    except UserError as error:
        return refusal(request, error, back=_back(request))
    return go(_back(request), Flash("That link opens nothing any more."), request=request)


async def change(request: web.Request) -> web.Response:
    here = await visit(request)
    form = await read_form(request)
    try:
        await request.app[OFFICE].sharing.change(
            _id(request), _id(request, "user_id"), form.text("role"), by=here.actor
        )
    except UserError as error:
        return refusal(request, error, back=_back(request))
    return go(_back(request), Flash("Saved. It holds at once."), request=request)


async def end(request: web.Request) -> web.Response:
    here = await visit(request)
    await read_form(request)
    try:
        account = await request.app[OFFICE].sharing.end(_id(request), _id(request, "user_id"), by=here.actor)
    except UserError as error:
        return refusal(request, error, back=_back(request))
    said = f"They do not work on {account.username} any more. What they did stays."
    return go(_back(request), Flash(said), request=request)


async def leave(request: web.Request) -> web.Response:
    here = await visit(request)
    await read_form(request)
    try:
        account = await request.app[OFFICE].sharing.end(_id(request), here.user.id, by=here.actor)
    except UserError as error:
        return refusal(request, error, back=ACCOUNTS)
    return go(ACCOUNTS, Flash(f"You do not work on {account.username} any more."), request=request)


async def door(request: web.Request) -> web.Response:
    """For whoever holds the link: what it offers, and one button."""
    token = request.match_info["token"]
    found = await request.app[OFFICE].sharing.look(token)
    identity = request.get(IDENTITY)
    context: dict[str, object] = {
        "token": token,
        "account": found.account,
        "owner": found.owner,
        "role": ROLES[found.link.role].lower(),
        "may": MAY[found.link.role],
        "name": identity.user.name if identity is not None else "",
        "theme": identity.user.theme if identity is not None else "auto",
    }
    if identity is not None and identity.session is not None:
        context["csrf"] = identity.session.csrf_token
    response = html(request, "shared.html", context)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


async def accept(request: web.Request) -> web.Response:
    here = await visit(request)
    await read_form(request)
    try:
        shared = await request.app[OFFICE].sharing.accept(request.match_info["token"], by=here.actor)
    except UserError as error:
        return refusal(request, error, back="/")
    said = f"You work on {shared.account.username} now. Choose it at the top of any page."
    return go(f"/review?account_id={shared.account.id}", Flash(said), request=request)


def _id(request: web.Request, name: str = "account_id") -> int:
    return int(request.match_info[name])


def _back(request: web.Request) -> str:
    return f"{ACCOUNTS}/{_id(request)}/people"
