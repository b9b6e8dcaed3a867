"""On Home: how long the drafts of each automation last. Asked for after the page: it is reckoned day by day."""

from dataclasses import dataclass

from aiohttp import web

from web.keys import PLANNING
from web.pages.automations import forecast_of, hue
from web.pages.visit import visit


@dataclass(frozen=True, slots=True)
class Left:
    name: str
    url: str
    hue: str
    text: str


@dataclass(frozen=True, slots=True)
class DraftsLeft:
    every: tuple[Left, ...]


def add_routes(app: web.Application) -> None:
    app.router.add_get("/home/drafts", drafts_left, name="home-drafts")


async def drafts_left(request: web.Request) -> web.Response:
    """Nothing where no automation is on."""
    here = await visit(request)
    planning = request.app[PLANNING].automations
    working = [one for one in await planning.all(here.user.id) if one.enabled]
    shown = await planning.preview(here.user.id) if working else None
    every = tuple(
        Left(one.name, f"/automations/{one.id}", hue(one.color), forecast_of(here, one, shown)) for one in working
    )
    return here.fragment("_drafts_left.html", page=DraftsLeft(every))
