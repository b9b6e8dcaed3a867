"""The first-run list of Home: what there is to do once, until it is done or put away; Settings brings it back."""

from dataclasses import dataclass

from aiohttp import web

from web.keys import PEOPLE, SERVICES
from web.pages.flash import Flash, Undo
from web.pages.forms import read_form
from web.pages.visit import Visit, go, signed_in
from web.trial_mail import TESTED

SETTING = "first_steps"  # "away" in a person's settings: they do not want to see them
AWAY = "away"


@dataclass(frozen=True, slots=True)
class Step:
    text: str
    done: bool
    url: str = ""
    label: str = ""


def add_routes(app: web.Application) -> None:
    app.router.add_post("/steps/away", put_away, name="steps-away")
    app.router.add_post("/steps/back", bring_back, name="steps-back")


async def steps_of(here: Visit) -> tuple[Step, ...]:
    """Empty where they were put away, or everything is done."""
    if here.user.settings.get(SETTING) == AWAY:
        return ()
    steps = [
        Step("Connect a DeviantArt account", bool(here.overview.accounts), "/auth/deviantart?link=1", "Connect"),
        Step(f"Check your time zone: {here.user.time_zone}", here.user.zone_chosen, "/settings", "Check"),
        Step("Send the first picture", any(here.overview.counts.values()), "/upload", "Upload"),
        Step("Give a picture a time", _has_planned(here), *_where_to_plan(here)),
        *await _told(here),
    ]
    return () if all(step.done for step in steps) else tuple(steps)


def _where_to_plan(here: Visit) -> tuple[str, str]:
    """Where there is something that can be given one."""
    counts = here.overview.counts
    return (
        ("/review", "Go to Review")
        if counts.get("review") and not counts.get("draft")
        else ("/drafts", "Go to Drafts")
    )


def _has_planned(here: Visit) -> bool:
    return any(here.overview.counts.get(status) for status in ("scheduled", "uploading", "publishing", "published"))


async def _told(here: Visit) -> list[Step]:
    """Only what this instance can do."""
    services = here.request.app[SERVICES]
    steps = []
    if services.links is not None and services.has_discord:
        is_linked = bool(await services.links.people_of(here.user.id))
        steps.append(Step("Link Discord, to send and approve pictures there", is_linked, "/settings/discord", "Link"))
    if services.notices is not None and services.notices.can_send:
        is_tested = bool(here.user.email) and here.user.settings.get(TESTED) == here.user.email
        steps.append(Step("Try whether mail reaches you", is_tested, "/settings/notices#mail", "Send a test"))
    return steps


async def put_away(request: web.Request) -> web.Response:
    user, _ = signed_in(request)
    await read_form(request)
    await request.app[PEOPLE].change_settings(user.id, **{SETTING: AWAY})
    said = "The first steps are put away. Settings brings them back."
    return go("/", Flash(said, undo=Undo("/steps/back", fields={})), request=request)


async def bring_back(request: web.Request) -> web.Response:
    user, _ = signed_in(request)
    await read_form(request)
    await request.app[PEOPLE].change_settings(user.id, **{SETTING: None})
    return go("/", Flash("The first steps that are left stand below."), request=request)
