"""Settings: the person's zone and looks; and the pause button of the header."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from zoneinfo import available_timezones

from aiohttp import web

from core.errors import InvalidInput, UserError
from web.keys import PAUSING, PEOPLE
from web.pages import (
    first_steps,
    mail,
    settings_accounts,
    settings_data,
    settings_discord,
    settings_file,
    settings_posts,
    settings_sessions,
)
from web.pages.flash import Flash, Undo
from web.pages.forms import Answer, answer, json, read_form, refusal
from web.pages.moments import Moment
from web.pages.settings_frame import show
from web.pages.visit import Visit, go, signed_in, visit


@dataclass(frozen=True, slots=True)
class YouPage:
    name: str
    role: str
    since: Moment
    values: Mapping[str, str]
    errors: Mapping[str, str]
    zones: tuple[str, ...]
    zone_hint: str
    steps_away: bool = False


def add_routes(app: web.Application) -> None:
    app.router.add_get("/settings", settings, name="settings")
    app.router.add_post("/settings", save, name="settings-save")
    app.router.add_post("/settings/zone", suggest_zone, name="settings-zone")
    app.router.add_get("/settings/zones", zones, name="settings-zones")
    app.router.add_post("/pause", pause, name="pause")
    app.router.add_post("/resume", resume, name="resume")
    for part in (
        mail,
        settings_accounts,
        settings_data,
        settings_discord,
        settings_file,
        settings_posts,
        settings_sessions,
    ):
        part.add_routes(app)


async def settings(request: web.Request) -> web.Response:
    here = await visit(request)
    return _show(here, {"time_zone": here.user.time_zone, "theme": here.user.theme}, {})


def _show(here: Visit, values: Mapping[str, str], errors: Mapping[str, str]) -> web.Response:
    local = here.now.astimezone(here.place)
    page = YouPage(
        name=here.user.name,
        role="administrator" if here.user.is_admin else "member",
        since=here.reader.moment(here.user.created_at),
        values=values,
        errors=errors,
        zones=zone_names(),
        zone_hint=f"Times are shown and understood in this zone. In {here.place.key} it is {local:%H:%M} now.",
        steps_away=here.user.settings.get(first_steps.SETTING) == first_steps.AWAY,
    )
    return show(here, "you", page, status=422 if errors else 200)


async def save(request: web.Request) -> web.Response:
    here = await visit(request)
    form = await read_form(request)
    values = {"time_zone": form.text("time_zone").strip(), "theme": form.text("theme", "auto")}
    try:
        await request.app[PEOPLE].choose_time_zone(here.user.id, values["time_zone"])
        await request.app[PEOPLE].choose_theme(here.user.id, values["theme"])
    except InvalidInput as error:
        return _show(here, values, error.fields)
    return go("/settings", Flash("Saved."), request=request)


async def suggest_zone(request: web.Request) -> web.Response:
    """What the browser says, used until the person chooses."""
    user, _ = signed_in(request)
    form = await read_form(request)
    try:
        changed = await request.app[PEOPLE].suggest_time_zone(user.id, form.text("time_zone"))
    except UserError as error:
        return refusal(request, error, back="/settings")
    return json({"time_zone": changed.time_zone})


@dataclass(frozen=True, slots=True)
class Zones:
    zones: tuple[str, ...]


async def zones(request: web.Request) -> web.Response:
    """What a field for a zone may suggest: asked for where somebody goes to it, for hundreds weigh down a page."""
    here = await visit(request)
    return here.fragment("_zones.html", page=Zones(zone_names()))


@cache
def zone_names() -> tuple[str, ...]:
    """Those that people know: places, and UTC."""
    places = sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc/"))
    return (*places, "UTC")


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
