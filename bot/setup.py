"""What `/setup` sets for a server: by options at once, or by selects afterwards."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import discord

from bot.answers import tell
from bot.payload import data_of
from bot.services import Services
from core.discord_ports import DropChannel, GuildSetup
from core.errors import NotAllowed

logger = logging.getLogger(__name__)

SELECT = r"setup:(?P<what>[a-z]{1,20})"
AGREE = r"agree:(?P<guild_id>[0-9]{1,20})"
DROPS_MOST = 5
_TEXT = [discord.ChannelType.text, discord.ChannelType.news, discord.ChannelType.public_thread]
NEEDED = {
    "view_channel": "View Channel",
    "send_messages": "Send Messages",
    "embed_links": "Embed Links",
    "attach_files": "Attach Files",
    "read_message_history": "Read Message History",
    "add_reactions": "Add Reactions",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was given; None leaves as it is."""

    drop_channel_ids: Sequence[int] | None = None
    review_channel_id: int | None = None
    notices_channel_id: int | None = None
    reviewer_role_id: int | None = None
    owner_id: int | None = None
    one_post: bool | None = None
    to_draft: bool | None = None

    @property
    def is_empty(self) -> bool:
        return self == Wanted()


class Setups:
    def __init__(self, services: Services) -> None:
        self._services = services
        self._turn = asyncio.Lock()  # choices are read, changed and written: one after another

    async def apply(self, interaction: discord.Interaction, wanted: Wanted) -> GuildSetup:
        """Change what was given; whoever sets the drop channel first owns what lands there."""
        guild_id = check_manager(interaction)
        async with self._turn:
            known = await self._services.memory.guild(guild_id) or GuildSetup(guild_id)
            if wanted.is_empty:
                return known
            setup = self._changed(interaction, wanted, known)
            await self._services.memory.save_guild(setup, at=self._services.clock.now())
        if needs_consent(setup) and not needs_consent(known):
            await self._ask(interaction, setup)
        return setup

    async def _ask(self, interaction: discord.Interaction, setup: GuildSetup) -> None:
        """Somebody else made this person the owner: what reviewers may do with their account is theirs to say."""
        if setup.review_channel_id is None:
            return
        place = interaction.client.get_partial_messageable(setup.review_channel_id, guild_id=setup.guild_id)
        view = discord.ui.View(timeout=None)
        allow: discord.ui.Button[Any] = discord.ui.Button(
            label="Allow", style=discord.ButtonStyle.primary, custom_id=f"agree:{setup.guild_id}"
        )
        view.add_item(allow)
        view.stop()
        told = (
            f"<@{setup.owner_id}>: pictures dropped here become yours. May people with the role"
            f" <@&{setup.reviewer_role_id}> approve, schedule and publish them as you?"
            " Until you allow it, only you can."
        )
        try:
            await place.send(told, view=view)
        except discord.HTTPException:
            logger.info("the owner could not be asked", extra={"guild_id": setup.guild_id})

    async def agree(self, interaction: discord.Interaction, guild_id: int) -> None:
        """The owner allows the server's reviewers to decide."""
        await interaction.response.defer()
        async with self._turn:
            setup = await self._services.memory.guild(guild_id)
            if setup is None or setup.owner_id != interaction.user.id:
                raise NotAllowed("Only the person who is asked can allow this.")
            await self._services.memory.save_guild(replace(setup, owner_agreed=True), at=self._services.clock.now())
        await interaction.edit_original_response(content="Reviewers may decide here now.", view=None)

    def _changed(self, interaction: discord.Interaction, wanted: Wanted, known: GuildSetup) -> GuildSetup:
        owner_id = self._owner(interaction, wanted, known)
        agreed = owner_id == interaction.user.id or (known.owner_agreed and owner_id == known.owner_id)
        return replace(
            known,
            review_channel_id=wanted.review_channel_id or known.review_channel_id,
            notices_channel_id=wanted.notices_channel_id or known.notices_channel_id,
            reviewer_role_id=wanted.reviewer_role_id or known.reviewer_role_id,
            owner_id=owner_id,
            owner_agreed=agreed,
            drop_channels=self._drops(wanted, known),
        )

    def _owner(self, interaction: discord.Interaction, wanted: Wanted, known: GuildSetup) -> int | None:
        if wanted.owner_id is not None:
            return wanted.owner_id
        if wanted.drop_channel_ids and (known.owner_id is None or not known.drop_channels):
            return interaction.user.id
        return known.owner_id if known.owner_id is not None else interaction.user.id

    def _drops(self, wanted: Wanted, known: GuildSetup) -> tuple[DropChannel, ...]:
        before = {channel.channel_id: channel for channel in known.drop_channels}
        ids = wanted.drop_channel_ids if wanted.drop_channel_ids is not None else list(before)
        # Pictures from before the set-up stay where they are: reading begins now.
        now = discord.utils.time_snowflake(self._services.clock.now())
        manner = known.drop_channels[0] if known.drop_channels else DropChannel(0, known.guild_id)
        found = []
        for channel_id in ids:
            channel = before.get(channel_id) or replace(manner, channel_id=channel_id, handled=now)
            found.append(
                replace(
                    channel,
                    one_post=channel.one_post if wanted.one_post is None else wanted.one_post,
                    to_draft=channel.to_draft if wanted.to_draft is None else wanted.to_draft,
                )
            )
        return tuple(found)

    async def choose(self, interaction: discord.Interaction, what: str) -> None:
        """Somebody chose in the panel."""
        await interaction.response.defer()
        values = [int(value) for value in data_of(interaction).get("values") or []]
        first = values[0] if values else None
        match what:
            case "drops":
                wanted = Wanted(drop_channel_ids=values)
            case "review":
                wanted = Wanted(review_channel_id=first)
            case "notices":
                wanted = Wanted(notices_channel_id=first)
            case "role":
                wanted = Wanted(reviewer_role_id=first)
            case "owner":
                wanted = Wanted(owner_id=first)
            case _:
                wanted = Wanted()
        setup = await self.apply(interaction, wanted)
        await interaction.edit_original_response(embed=await self.embed(interaction, setup), view=panel(setup))

    async def show(self, interaction: discord.Interaction, setup: GuildSetup, *, with_selects: bool) -> None:
        embed = await self.embed(interaction, setup)
        await tell(interaction, embed=embed, view=panel(setup) if with_selects else None)

    async def embed(self, interaction: discord.Interaction, setup: GuildSetup) -> discord.Embed:
        embed = discord.Embed(title="How Isekai is set up here", color=0x3B82C4)
        drops = " ".join(f"<#{channel.channel_id}>" for channel in setup.drop_channels)
        embed.add_field(name="Drop pictures in", value=drops or "not chosen yet", inline=True)
        embed.add_field(name="Review cards in", value=_channel(setup.review_channel_id), inline=True)
        embed.add_field(name="Notices in", value=_channel(setup.notices_channel_id), inline=True)
        role = f"<@&{setup.reviewer_role_id}>" if setup.reviewer_role_id else "only the owner"
        embed.add_field(name="Reviewers", value=role, inline=True)
        embed.add_field(name="Drops belong to", value=await self._owner_line(setup), inline=True)
        if setup.drop_channels:
            manner = setup.drop_channels[0]
            told = "one post for all pictures of a message" if manner.one_post else "one post for each picture"
            where = "straight to drafts" if manner.to_draft else "to review"
            embed.add_field(name="Each message", value=f"{told}, {where}", inline=True)
        if lacks := lacking(interaction.guild, setup):
            embed.add_field(name="◆ Isekai lacks permissions", value="\n".join(lacks)[:1024], inline=False)
        return embed

    async def _owner_line(self, setup: GuildSetup) -> str:
        if setup.owner_id is None:
            return "nobody yet"
        person = await self._services.memory.person(setup.owner_id)
        return f"<@{setup.owner_id}>" + ("" if person else " (not linked: they need /link)")


def needs_consent(setup: GuildSetup) -> bool:
    """Reviewers were named, and the owner has not said yet that they may decide."""
    named = setup.reviewer_role_id is not None and setup.review_channel_id is not None
    return named and setup.owner_id is not None and not setup.owner_agreed


def check_manager(interaction: discord.Interaction) -> int:
    """The server's id. Servers may give commands to anybody; this one still needs Manage Server."""
    if interaction.guild_id is None:
        raise NotAllowed("This works in a server only.")
    if not interaction.permissions.manage_guild:
        raise NotAllowed("You need the permission “Manage Server” for this.")
    return interaction.guild_id


def lacking(guild: discord.Guild | None, setup: GuildSetup) -> list[str]:
    """What the bot may not do in the channels it was given."""
    if guild is None or guild.me is None:
        return []
    ids = [c.channel_id for c in setup.drop_channels] + [setup.review_channel_id, setup.notices_channel_id]
    found = []
    for channel_id in dict.fromkeys(id_ for id_ in ids if id_ is not None):
        channel = guild.get_channel_or_thread(channel_id)
        if channel is None:
            continue
        may = channel.permissions_for(guild.me)
        lacks = [name for flag, name in NEEDED.items() if not getattr(may, flag)]
        if lacks:
            found.append(f"<#{channel_id}>: {', '.join(lacks)}")
    return found


def panel(setup: GuildSetup) -> discord.ui.View:
    """Selects for everything; what is chosen is set at once."""
    view = discord.ui.View(timeout=None)
    drops = [discord.Object(channel.channel_id) for channel in setup.drop_channels[:DROPS_MOST]]
    view.add_item(_channels("drops", "Where pictures are dropped", [d.id for d in drops], most=DROPS_MOST))
    view.add_item(_channels("review", "Where review cards appear", _ids(setup.review_channel_id)))
    view.add_item(_channels("notices", "Where notices go", _ids(setup.notices_channel_id)))
    role: discord.ui.RoleSelect[Any] = discord.ui.RoleSelect(
        custom_id="setup:role",
        placeholder="Who may review beside the owner",
        default_values=[
            discord.SelectDefaultValue(id=id_, type=discord.SelectDefaultValueType.role)
            for id_ in _ids(setup.reviewer_role_id)
        ],
    )
    owner: discord.ui.UserSelect[Any] = discord.ui.UserSelect(
        custom_id="setup:owner",
        placeholder="Whose posts the drops become",
        default_values=[
            discord.SelectDefaultValue(id=id_, type=discord.SelectDefaultValueType.user)
            for id_ in _ids(setup.owner_id)
        ],
    )
    view.add_item(role)
    view.add_item(owner)
    view.stop()
    return view


def _channels(what: str, placeholder: str, ids: Sequence[int], *, most: int = 1) -> discord.ui.ChannelSelect[Any]:
    return discord.ui.ChannelSelect(
        custom_id=f"setup:{what}",
        placeholder=placeholder,
        channel_types=_TEXT,
        max_values=most,
        default_values=[
            discord.SelectDefaultValue(id=id_, type=discord.SelectDefaultValueType.channel) for id_ in ids
        ],
    )


def _ids(value: int | None) -> list[int]:
    return [] if value is None else [value]


def _channel(channel_id: int | None) -> str:
    return f"<#{channel_id}>" if channel_id else "not chosen yet"
