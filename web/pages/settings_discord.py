"""Settings, Discord: who is linked, and what drop channels fill in."""

from dataclasses import dataclass

from aiohttp import web

from core.discord_ports import DropChannel
from core.errors import NotFound, UserError
from web.keys import SERVICES
from web.pages.door_templates import DoorTemplates, templates_at, use_at
from web.pages.flash import Flash
from web.pages.forms import read_form, refusal
from web.pages.moments import Moment
from web.pages.settings_frame import show
from web.pages.visit import Visit, go, signed_in, visit

BACK = "/settings/discord"


@dataclass(frozen=True, slots=True)
class LinkedView:
    id: int
    name: str
    since: Moment
    is_closed: bool


@dataclass(frozen=True, slots=True)
class ChannelView:
    """A drop channel of this person's, known by its number alone: Discord keeps the name."""

    id: int
    url: str
    facts: str
    templates: DoorTemplates


@dataclass(frozen=True, slots=True)
class DiscordPage:
    """`people` are the Discord users of this person; `is_closed`: who takes no direct messages from the bot."""

    people: tuple[LinkedView, ...]
    channels: tuple[ChannelView, ...] = ()
    has_bot: bool = True


def add_routes(app: web.Application) -> None:
    app.router.add_get(BACK, discord, name="settings-discord")
    app.router.add_post(r"/settings/discord/{id:\d{1,20}}/unlink", unlink, name="settings-discord-unlink")
    app.router.add_post(r"/settings/discord/channels/{id:\d{1,20}}/templates", choose_templates)


async def discord(request: web.Request) -> web.Response:
    here = await visit(request)
    links = request.app[SERVICES].links
    people = await links.people_of(here.user.id) if links is not None else ()
    views = tuple(
        LinkedView(p.discord_id, p.name, here.reader.moment(p.linked_at), p.dm_refused_at is not None) for p in people
    )
    channels = await links.drop_channels_of(here.user.id) if links is not None else ()
    shown = tuple([await _channel(here, one) for one in channels])
    return show(here, "discord", DiscordPage(views, shown, request.app[SERVICES].has_discord))


async def _channel(here: Visit, channel: DropChannel) -> ChannelView:
    several = "Several pictures of a message become one post" if channel.one_post else "Each picture becomes a post"
    where = "among the drafts" if channel.to_draft else "in Review"
    account = next((a.username for a in here.overview.accounts if a.id == channel.account_id), "")
    return ChannelView(
        channel.channel_id,
        f"https://discord.com/channels/{channel.guild_id}/{channel.channel_id}",
        f"{several} {where}{f' for {account}' if account else ''}.",
        await templates_at(here, "channel", channel.channel_id),
    )


async def choose_templates(request: web.Request) -> web.Response:
    here = await visit(request)
    form = await read_form(request)
    links, wanted = request.app[SERVICES].links, int(request.match_info["id"])
    channels = await links.drop_channels_of(here.user.id) if links is not None else ()
    if all(channel.channel_id != wanted for channel in channels):
        raise NotFound
    try:
        said = await use_at(here, form, "channel", wanted)
    except UserError as error:
        return refusal(request, error, back=BACK)
    return go(f"{BACK}#channel-{wanted}", Flash(said), request=request)


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
