"""`/setup`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from bot.access import need_linked
from bot.choices import offer_templates, read_template
from bot.setup import Wanted, check_manager

if TYPE_CHECKING:
    from bot.client import IsekaiClient


@app_commands.command(name="setup", description="Choose channels, reviewers and whose posts drops become.")
@app_commands.guild_only()
@app_commands.default_permissions(manage_guild=True)
@app_commands.describe(
    drop_channel="Where pictures are dropped.",
    review_channel="Where review cards appear.",
    notices_channel="Where notices go when a direct message is not wanted.",
    reviewer_role="Who may decide beside the owner.",
    owner="Whose posts the drops become.",
    several="What becomes of several pictures in one message.",
    arrive="Where the pictures of owner and reviewers arrive.",
    template="What is filled in: one of your templates.",
)
@app_commands.autocomplete(template=offer_templates)
@app_commands.choices(
    several=[
        app_commands.Choice(name="One post each", value="each"),
        app_commands.Choice(name="One post together", value="one"),
    ],
    arrive=[
        app_commands.Choice(name="In review", value="review"),
        app_commands.Choice(name="Straight among the drafts", value="draft"),
    ],
)
async def setup(
    interaction: discord.Interaction,
    drop_channel: discord.TextChannel | None = None,
    review_channel: discord.TextChannel | None = None,
    notices_channel: discord.TextChannel | None = None,
    reviewer_role: discord.Role | None = None,
    owner: discord.Member | None = None,
    several: str | None = None,
    arrive: str | None = None,
    template: app_commands.Range[str, 0, 100] = "",
) -> None:
    await interaction.response.defer(ephemeral=True, thinking=True)
    client: IsekaiClient = interaction.client  # type: ignore[assignment]
    check_manager(interaction)
    wanted = Wanted(
        drop_channel_ids=None if drop_channel is None else [drop_channel.id],
        review_channel_id=_id(review_channel),
        notices_channel_id=_id(notices_channel),
        reviewer_role_id=_id(reviewer_role),
        owner_id=_id(owner),
        one_post=None if several is None else several == "one",
        to_draft=None if arrive is None else arrive == "draft",
    )
    filled_in = None
    if template.strip():
        somebody = await need_linked(interaction, client.services)
        filled_in = await read_template(client.services, somebody, template)
    chosen = await client.setups.apply(interaction, wanted)
    if filled_in is not None:
        for channel in chosen.drop_channels:
            await client.services.rooms.templates.use_at_door(
                "channel", channel.channel_id, [filled_in.id], by=somebody.actor
            )
    await client.setups.show(interaction, chosen, with_selects=wanted.is_empty and filled_in is None)


def _id(thing: discord.abc.Snowflake | None) -> int | None:
    return None if thing is None else thing.id


COMMANDS: list[app_commands.Command[Any, ..., Any]] = [setup]
