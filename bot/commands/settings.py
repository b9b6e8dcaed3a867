"""`/settings`: time zone, and where each notice goes."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.access import need_linked
from bot.answers import tell
from bot.choices import offer_zones, services_of
from bot.notice_rules import EVENTS, switched, where_of
from bot.services import Services
from core.notice_choices import SETTING, Notice, changed
from core.users import User

WHERE = [
    app_commands.Choice(name="Direct message", value="dm"),
    app_commands.Choice(name="Channel", value="channel"),
    app_commands.Choice(name="Both", value="both"),
    app_commands.Choice(name="None", value="none"),
]
_WORDS = {"dm": "direct message", "channel": "channel", "both": "direct message and channel", "none": "none"}


@app_commands.command(name="settings", description="Your time zone and which notices you get.")
@app_commands.describe(
    zone="Your time zone, such as Europe/Paris.",
    notices="Where your notices go.",
    event="Which notices; without it, all of them.",
)
@app_commands.choices(
    notices=WHERE, event=[app_commands.Choice(name=words, value=str(name)) for name, words in EVENTS.items()]
)
@app_commands.autocomplete(zone=offer_zones)
async def settings(
    interaction: discord.Interaction,
    zone: app_commands.Range[str, 0, 64] = "",
    notices: str | None = None,
    event: str | None = None,
) -> None:
    await interaction.response.defer(ephemeral=True, thinking=True)
    services = services_of(interaction)
    user = (await need_linked(interaction, services)).user
    if zone.strip():
        user = await services.people.choose_time_zone(user.id, zone.strip())
    if notices is not None:
        wanted = switched([Notice(event)] if event else list(EVENTS), notices)
        user = await services.people.change_settings(user.id, **{SETTING: changed(user.settings, wanted)})
    await tell(interaction, embed=_shown(services, user))


def _shown(services: Services, user: User) -> discord.Embed:
    embed = discord.Embed(title="Your settings", url=services.page("settings"), color=0x3B82C4)
    embed.add_field(name="Time zone", value=user.time_zone, inline=False)
    lines = [f"{words}: {_WORDS[where_of(user.settings, name)]}" for name, words in EVENTS.items()]
    embed.add_field(name="Notices", value="\n".join(lines), inline=False)
    return embed


COMMANDS: list[app_commands.Command[Any, ..., Any]] = [settings]
