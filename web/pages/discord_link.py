"""Tying a Discord user to who is signed in: the address that `/link` gives, opened once."""

from dataclasses import dataclass

from aiohttp import web

from core.discord_links import DiscordLinks
from core.errors import NotFound
from web.keys import SERVICES
from web.pages.flash import Flash
from web.pages.forms import read_form
from web.pages.visit import go, signed_in, visit

CODE = r"/link/{code:[A-Za-z0-9_-]{8,100}}"


@dataclass(frozen=True, slots=True)
class LinkPage:
    """Whom the link would tie to whom."""

    discord_name: str
    user_name: str
    action: str


def add_routes(app: web.Application) -> None:
    app.router.add_get(CODE, show, name="link")
    app.router.add_post(CODE, tie, name="link-tie")


async def show(request: web.Request) -> web.Response:
    """Signing in comes first and leads back here. A link that was used or is too old answers 410."""
    here = await visit(request)
    found = await _links(request).look(request.match_info["code"])
    page = LinkPage(found.name, here.user.name, request.path)
    return here.show("link.html", "settings", page)


async def tie(request: web.Request) -> web.Response:
    user, _ = signed_in(request)
    await read_form(request)
    person = await _links(request).tie(request.match_info["code"], user.id)
    return go("/settings/discord", Flash(f"The Discord user {person.name} is linked to you now."), request=request)


def _links(request: web.Request) -> DiscordLinks:
    links = request.app[SERVICES].links
    if links is None:
        raise NotFound
    return links
