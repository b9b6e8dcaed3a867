"""Settings, sign-ins: the browsers that are signed in, and ending them."""

from dataclasses import dataclass

from aiohttp import web

from core.errors import NotFound
from core.users import Session
from web.browsers import device, session_key
from web.keys import PEOPLE_READS, SIGN_INS
from web.pages.flash import Flash
from web.pages.forms import read_form, refusal
from web.pages.moments import Moment
from web.pages.settings_frame import show
from web.pages.visit import Visit, go, signed_in, visit

BACK = "/settings/sessions"


@dataclass(frozen=True, slots=True)
class SessionView:
    key: str
    words: str
    since: Moment
    seen: Moment
    is_this: bool


@dataclass(frozen=True, slots=True)
class SessionsPage:
    sessions: tuple[SessionView, ...]


def add_routes(app: web.Application) -> None:
    app.router.add_get(BACK, sessions, name="settings-sessions")
    app.router.add_post("/settings/sessions/end", end_others, name="settings-sessions-end")
    app.router.add_post(r"/settings/sessions/{key:[0-9a-f]{16}}/end", end_one, name="settings-session-end")


async def sessions(request: web.Request) -> web.Response:
    here = await visit(request)
    found = await request.app[PEOPLE_READS].sessions(here.user.id)
    views = [_session(here, session) for session in found]
    return show(here, "sessions", SessionsPage(tuple(sorted(views, key=lambda view: not view.is_this))))


def _session(here: Visit, session: Session) -> SessionView:
    return SessionView(
        session_key(session),
        device(session.user_agent),
        here.reader.moment(session.created_at),
        here.reader.moment(session.seen_at),
        session.token_hash == here.session.token_hash,
    )


async def end_others(request: web.Request) -> web.Response:
    _, session = signed_in(request)
    await read_form(request)
    await request.app[SIGN_INS].end_other_sessions(session)
    return go(BACK, Flash("You are signed out everywhere else."), request=request)


async def end_one(request: web.Request) -> web.Response:
    user, _ = signed_in(request)
    await read_form(request)
    found = await request.app[PEOPLE_READS].sessions(user.id)
    session = next((each for each in found if session_key(each) == request.match_info["key"]), None)
    if session is None:
        return refusal(request, NotFound("That browser is not signed in any more."), back=BACK)
    await request.app[SIGN_INS].end_one_session(session)
    return go(BACK, Flash(f"{device(session.user_agent)} is signed out."), request=request)
