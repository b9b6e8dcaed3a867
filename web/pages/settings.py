"""Settings: zone, looks, accounts, mail, sessions; and the pause button of the header."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from zoneinfo import available_timezones

from aiohttp import web

from core.account import COLORS
from core.errors import InvalidInput, UserError
from core.users import Session
from web.keys import ACCOUNTS, PAUSING, PEOPLE, PEOPLE_READS, SIGN_INS
from web.pages.flash import Flash, Undo
from web.pages.forms import Answer, answer, json, read_form, refusal
from web.pages.home import AccountView, account_view
from web.pages.mail import LAST_TESTS, LastTests, MailView, mail_view, notices_of, try_mail, wanted
from web.pages.moments import Moment
from web.pages.visit import Visit, go, signed_in, visit


@dataclass(frozen=True, slots=True)
class SessionView:
    words: str
    seen: Moment
    is_this: bool


@dataclass(frozen=True, slots=True)
class SettingsPage:
    values: Mapping[str, str]
    errors: Mapping[str, str]
    zones: tuple[str, ...]
    zone_hint: str
    accounts: tuple[AccountView, ...]
    colors: tuple[str, ...]
    sessions: tuple[SessionView, ...]
    mail: MailView


def add_routes(app: web.Application) -> None:
    app[LAST_TESTS] = LastTests()
    app.router.add_get("/settings", settings, name="settings")
    app.router.add_post("/settings", save, name="settings-save")
    app.router.add_post("/settings/zone", suggest_zone, name="settings-zone")
    app.router.add_post("/settings/mail", save_mail, name="settings-mail")
    app.router.add_post("/settings/mail/test", test_mail, name="settings-mail-test")
    app.router.add_post("/settings/sessions/end", end_sessions, name="settings-sessions")
    app.router.add_post(r"/settings/accounts/{account_id:\d+}/color", recolor, name="settings-color")
    app.router.add_post("/pause", pause, name="pause")
    app.router.add_post("/resume", resume, name="resume")


async def settings(request: web.Request) -> web.Response:
    here = await visit(request)
    return here.show("settings.html", "settings", await _page(here))


async def save(request: web.Request) -> web.Response:
    here = await visit(request)
    form = await read_form(request)
    values = {"time_zone": form.text("time_zone").strip(), "theme": form.text("theme", "auto")}
    try:
        await request.app[PEOPLE].choose_time_zone(here.user.id, values["time_zone"])
        await request.app[PEOPLE].choose_theme(here.user.id, values["theme"])
    except InvalidInput as error:
        return here.show("settings.html", "settings", await _page(here, values, error.fields), status=422)
    return go("/settings", Flash("Saved."), request=request)


async def save_mail(request: web.Request) -> web.Response:
    """The address and what it is told, together."""
    here = await visit(request)
    form = await read_form(request)
    try:
        user = await notices_of(request).choose(here.user.id, email=form.text("email"), switches=wanted(form))
    except InvalidInput as error:
        shown = mail_view(request, here.user, form=form, error=error.fields.get("email", error.sentence))
        return here.show("settings.html", "settings", await _page(here, mail=shown), status=422)
    said = f"Saved. Mail goes to {user.email}." if user.email else "Saved. You get no mail."
    return go("/settings#mail", Flash(said), request=request)


async def test_mail(request: web.Request) -> web.Response:
    here = await visit(request)
    await read_form(request)
    try:
        return go("/settings#mail", await try_mail(request, here.user), request=request)
    except UserError as error:
        return refusal(request, error, back="/settings#mail")


async def suggest_zone(request: web.Request) -> web.Response:
    """What the browser says, used until the person chooses."""
    user, _ = signed_in(request)
    form = await read_form(request)
    try:
        changed = await request.app[PEOPLE].suggest_time_zone(user.id, form.text("time_zone"))
    except UserError as error:
        return refusal(request, error, back="/settings")
    return json({"time_zone": changed.time_zone})


async def _page(
    here: Visit,
    values: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    mail: MailView | None = None,
) -> SettingsPage:
    sessions = await here.request.app[PEOPLE_READS].sessions(here.user.id)
    return SettingsPage(
        values=values or {"time_zone": here.user.time_zone, "theme": here.user.theme},
        errors=errors or {},
        zones=_zones(),
        zone_hint="Times are shown and understood in this zone.",
        accounts=tuple(account_view(here, account) for account in here.overview.accounts),
        colors=COLORS,
        sessions=tuple(_session(here, session) for session in sessions),
        mail=mail or mail_view(here.request, here.user),
    )


@cache
def _zones() -> tuple[str, ...]:
    """Those that people know: places, and UTC."""
    places = sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc/"))
    return (*places, "UTC")


_BROWSERS = ("Firefox", "Edg", "OPR", "Chrome", "Safari", "curl")
_SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "Mac"))


def _session(here: Visit, session: Session) -> SessionView:
    agent = session.user_agent
    browser = next((name for name in _BROWSERS if name in agent), "A browser")
    system = next((word for sign, word in _SYSTEMS if sign in agent), "Linux" if "Linux" in agent else "")
    named = {"Edg": "Edge", "OPR": "Opera"}.get(browser, browser)
    return SessionView(
        f"{named} on {system}" if system else named,
        here.reader.moment(session.seen_at),
        session.token_hash == here.session.token_hash,
    )


async def end_sessions(request: web.Request) -> web.Response:
    _, session = signed_in(request)
    await read_form(request)
    await request.app[SIGN_INS].end_other_sessions(session)
    return go("/settings", Flash("You are signed out everywhere else."), request=request)


async def recolor(request: web.Request) -> web.Response:
    here = await visit(request)
    form = await read_form(request)
    try:
        account_id = int(request.match_info["account_id"])
        await request.app[ACCOUNTS].recolor(account_id, form.text("color"), by=here.actor)
    except UserError as error:
        return refusal(request, error, back="/settings")
    return go("/settings", request=request)


async def pause(request: web.Request) -> web.Response:
    return await _pause_or_resume(request, is_pause=True)


async def resume(request: web.Request) -> web.Response:
    return await _pause_or_resume(request, is_pause=False)


async def _pause_or_resume(request: web.Request, *, is_pause: bool) -> web.Response:
    """Everything, or the account named."""
    here = await visit(request)
    form = await read_form(request)
    back = form.next_path()
    pausing = request.app[PAUSING]
    try:
        account_id = form.number("account_id")
        change = pausing.pause if is_pause else pausing.resume
        said = await change(by=here.actor, account_id=account_id)
    except UserError as error:
        return refusal(request, error, back=back)
    fields: dict[str, str | int] = {"next": back} | ({"account_id": account_id} if account_id else {})
    undo = Undo("/resume" if is_pause else "/pause", fields=fields)
    return answer(request, Answer(Flash(said, undo=undo), {}), back=back)
