"""`/help` and `/privacy`."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.answers import tell
from bot.choices import services_of

HELP = """\
**Begin**: /link ties you to your artist account; whoever manages the server uses /setup once.
**Send pictures**: drop them in the drop channel, use /upload, or “Send to Isekai” in a message's menu. \
The first line is the title, the rest the description, `#words` are tags, a spoiler means mature.
**Decide**: buttons on each card, or /review. **Plan**: /schedule, /queue, /drafts, /calendar, /hold, /publish.
**Stop and go on**: /pause and /resume. **Take back**: /undo. **How is it going**: /status.
**Yours**: /settings for time zone and notices, /automation for rules, /privacy for what is kept."""

PRIVACY = """\
Isekai runs on the machine of whoever invited it; nobody else gets your data.
It keeps your Discord id and name when you use /link, the pictures and words you send it, and what became of them.
It reads messages in the chosen drop channels only, and keeps nothing of messages without pictures.
Pictures lose their metadata before they go to DeviantArt or onto a card. /unlink ends the tie to your account."""


@app_commands.command(name="help", description="What Isekai can do here.")
async def help_command(interaction: discord.Interaction) -> None:
    embed = discord.Embed(title="Isekai", url=services_of(interaction).page(""), description=HELP, color=0x3B82C4)
    await tell(interaction, embed=embed)


@app_commands.command(name="privacy", description="What Isekai keeps, and where.")
async def privacy(interaction: discord.Interaction) -> None:
    await tell(interaction, embed=discord.Embed(title="What is kept", description=PRIVACY, color=0x3B82C4))


COMMANDS: list[app_commands.Command[Any, ..., Any]] = [help_command, privacy]
