"""On Home: how long the drafts of each automation last. Asked for after the page: it is reckoned day by day."""

from dataclasses import dataclass
from datetime import UTC, datetime

from aiohttp import web

from core.planning.automation import Automation
from web.keys import PLANNING
from web.pages.automations import forecast_of, hue
from web.pages.visit import visit

SHOWN = 8
NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Left:
    name: str
    url: str
    hue: str
    text: str


@dataclass(frozen=True, slots=True)
class DraftsLeft:
    """Of those that are on, the ones whose drafts run out first."""

    first: tuple[Left, ...]
    more: int


def add_routes(app: web.Application) -> None:
    app.router.add_get("/home/drafts", drafts_left, name="home-drafts")


async def drafts_left(request: web.Request) -> web.Response:
    """Nothing where no automation is on."""
    here = await visit(request)
    planning = request.app[PLANNING].automations
    working = [one for one in await planning.all(here.user.id) if one.enabled]
    shown = await planning.preview(here.user.id) if working else None
    forecasts = shown.forecasts if shown else {}

    def runs_out(automation: Automation) -> datetime:
        forecast = forecasts.get(automation.id)
        return (forecast and forecast.runs_out_at) or NEVER

    first = sorted(working, key=runs_out)[:SHOWN]
    left = tuple(
        Left(one.name, f"/automations/{one.id}", hue(one.color), forecast_of(here, one, shown)) for one in first
    )
    return here.fragment("_drafts_left.html", page=DraftsLeft(left, len(working) - len(first)))
