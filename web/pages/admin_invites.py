"""Admin → Invites: made, shown once, taken back; and the page that such a link leads to."""

from dataclasses import dataclass, field
from datetime import timedelta

from aiohttp import web

from core.errors import InvalidInput, UserError
from core.people.invites import Invite, InviteState
from web.keys import IDENTITY, OFFICE, SITE
from web.pages.admin import admin_visit
from web.pages.flash import Flash
from web.pages.forms import read_form, refusal
from web.pages.moments import Moment
from web.pages.visit import Visit, go, html

DOOR = r"{token:[A-Za-z0-9_-]{20,100}}"
STATE_WORDS = {
    InviteState.OPEN: "Open",
    InviteState.USED: "Used",
    InviteState.EXPIRED: "Expired",
    InviteState.REVOKED: "Taken back",
}
LASTS = (("1", "in a day"), ("7", "in a week"), ("30", "in 30 days"))
ROLE_WORDS = {"member": "Member", "admin": "Administrator"}


@dataclass(frozen=True, slots=True)
class InviteView:
    id: int
    role: str
    note: str
    state: str
    state_word: str
    made_by: str
    made: Moment
    expires: Moment
    used_by: str
    used: Moment | None


@dataclass(frozen=True, slots=True)
class Typed:
    role: str = "member"
    days: str = "7"
    note: str = ""


@dataclass(frozen=True, slots=True)
class InvitesPage:
    invites: tuple[InviteView, ...]
    roles: tuple[tuple[str, str], ...] = tuple(ROLE_WORDS.items())
    lasts: tuple[tuple[str, str], ...] = LASTS
    values: Typed = Typed()
    errors: dict[str, str] = field(default_factory=dict)
    link: str = field(default="", repr=False)


def add_routes(app: web.Application) -> None:
    app.router.add_get("/admin/invites", show, name="admin-invites")
    app.router.add_post("/admin/invites", make, name="admin-invites-make")
    app.router.add_post(r"/admin/invites/{invite_id:\d+}/revoke", revoke, name="admin-invites-revoke")
    app.router.add_get(f"/invite/{DOOR}", door, name="invite")


async def show(request: web.Request) -> web.Response:
    here = await admin_visit(request)
    return here.show("admin_invites.html", "admin", await _page(here))


async def make(request: web.Request) -> web.Response:
    """The link is on the page that answers, and nowhere else ever again."""
    here = await admin_visit(request)
    form = await read_form(request)
    typed = Typed(form.text("role"), form.text("days"), form.text("note"))
    try:
        days = form.number("days") or 7
        _, token = await request.app[OFFICE].invites.make(
            by=here.actor, role=typed.role, note=typed.note, lasts=timedelta(days=min(days, 400))
        )
    except InvalidInput as error:
        return here.show("admin_invites.html", "admin", await _page(here, typed, dict(error.fields)), status=422)
    link = f"{request.app[SITE].public_url}/invite/{token}"
    response = here.show("admin_invites.html", "admin", await _page(here, link=link))
    response.headers["Cache-Control"] = "private, no-store"
    return response


async def revoke(request: web.Request) -> web.Response:
    here = await admin_visit(request)
    await read_form(request)
    try:
        await request.app[OFFICE].invites.revoke(int(request.match_info["invite_id"]), by=here.actor)
    except UserError as error:
        return refusal(request, error, back="/admin/invites")
    return go("/admin/invites", Flash("That link opens nothing any more."), request=request)


async def door(request: web.Request) -> web.Response:
    """For somebody who is not here yet: who invites them, and one button."""
    token = request.match_info["token"]
    invite = await request.app[OFFICE].invites.look(token)
    if request.get(IDENTITY) is not None:
        return go("/", Flash("You are here already: the invitation is for somebody else."), request=request)
    context = {
        "made_by": invite.made_by,
        "role_word": ROLE_WORDS[invite.role].lower(),
        "token": token,
        "sandbox": bool(request.app[SITE].sandbox_url),
        "theme": "auto",
    }
    response = html(request, "invited.html", context)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


async def _page(
    here: Visit, typed: Typed | None = None, errors: dict[str, str] | None = None, link: str = ""
) -> InvitesPage:
    found = await here.request.app[OFFICE].invites.all(by=here.actor)
    return InvitesPage(
        tuple(_view(here, invite) for invite in found), values=typed or Typed(), errors=errors or {}, link=link
    )


def _view(here: Visit, invite: Invite) -> InviteView:
    state = invite.state(here.now)
    return InviteView(
        id=invite.id,
        role=ROLE_WORDS[invite.role],
        note=invite.note,
        state=state,
        state_word=STATE_WORDS[state],
        made_by=invite.made_by or "somebody who left",
        made=here.reader.moment(invite.made_at),
        expires=here.reader.moment(invite.expires_at),
        used_by=invite.used_by or ("somebody who left" if invite.used_at else ""),
        used=here.reader.moment(invite.used_at) if invite.used_at else None,
    )
