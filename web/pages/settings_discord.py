"""Settings, Discord and your data: who is linked, and everything out as one file."""

from dataclasses import dataclass

from aiohttp import web

from core.errors import NotFound, UserError
from web.keys import SERVICES
from web.pages.flash import Flash
from web.pages.forms import read_form, refusal
from web.pages.moments import Moment
from web.pages.settings_frame import show
from web.pages.visit import go, signed_in, visit

BACK = "/settings/discord"


@dataclass(frozen=True, slots=True)
class LinkedView:
    id: int
    name: str
    since: Moment
    is_closed: bool


@dataclass(frozen=True, slots=True)
class DiscordPage:
    """`people` are the Discord users of this person; `is_closed`: who takes no direct messages from the bot."""

    people: tuple[LinkedView, ...]


def add_routes(app: web.Application) -> None:
    app.router.add_get(BACK, discord, name="settings-discord")
    app.router.add_post(r"/settings/discord/{id:\d{1,20}}/unlink", unlink, name="settings-discord-unlink")
    app.router.add_get("/settings/data", data, name="settings-data")


async def discord(request: web.Request) -> web.Response:
    here = await visit(request)
    links = request.app[SERVICES].links
    people = await links.people_of(here.user.id) if links is not None else ()
    views = tuple(
        LinkedView(p.discord_id, p.name, here.reader.moment(p.linked_at), p.dm_refused_at is not None) for p in people
    )
    return show(here, "discord", DiscordPage(views))


async def unlink(request: web.Request) -> web.Response:
    user, _ = signed_in(request)
    await read_form(request)
    links = request.app[SERVICES].links
    wanted = int(request.match_info["id"])
    people = await links.people_of(user.id) if links is not None else ()
    person = next((person for person in people if person.discord_id == wanted), None)
    try:
        if links is None or person is None:
            raise NotFound("That Discord user is not linked to you.")
        await links.untie(wanted)
    except UserError as error:
        return refusal(request, error, back=BACK)
    said = f"{person.name} is no longer linked. Send /link in Discord to tie somebody again."
    return go(BACK, Flash(said), request=request)


async def data(request: web.Request) -> web.Response:
    here = await visit(request)
    return show(here, "data", here.reader)
