"""`/link` and `/unlink`."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.answers import tell
from bot.choices import services_of


@app_commands.command(name="link", description="Tie your Discord account to Isekai with a one-time link.")
async def link(interaction: discord.Interaction) -> None:
    await interaction.response.defer(ephemeral=True, thinking=True)
    services = services_of(interaction)
    code = await services.links.begin(interaction.user.id, interaction.user.name)
    url = services.page(f"link/{code}")
    await tell(
        interaction, f"Open this link within ten minutes and confirm. It works once, and is for you alone.\n{url}"
    )


@app_commands.command(name="unlink", description="Untie your Discord account from Isekai.")
async def unlink(interaction: discord.Interaction) -> None:
    await interaction.response.defer(ephemeral=True, thinking=True)
    await services_of(interaction).links.untie(interaction.user.id)
    await tell(interaction, "Your Discord account is no longer linked. Your posts and plans stay as they are.")


COMMANDS: list[app_commands.Command[Any, ..., Any]] = [link, unlink]
