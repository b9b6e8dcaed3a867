"""`/automation list`, `run`, `pause`, `preview`."""

from __future__ import annotations

import discord
from discord import app_commands

from bot.access import Somebody, need_linked
from bot.answers import tell
from bot.choices import offer_automations, services_of
from bot.ports import AutomationLine, Automations
from bot.services import Services
from bot.text import clip, plain
from bot.times import stamp
from core.errors import NotFound

ONE = "One of your automations."
GROUP = app_commands.Group(name="automation", description="Rules that schedule drafts by themselves.")


def _room(services: Services) -> Automations:
    if services.automations is None:
        raise NotFound("There are no automations here yet. Make one in the dashboard.")
    return services.automations


async def _read(services: Services, somebody: Somebody, text: str) -> AutomationLine:
    wanted = text.strip().casefold()
    for line in await _room(services).all(somebody.user.id):
        if wanted in (str(line.id), line.name.casefold()):
            return line
    raise NotFound("There is no such automation of yours. Choose one from the list while you type.")


@GROUP.command(name="list", description="Your automations and what they do next.")
async def list_automations(interaction: discord.Interaction) -> None:
    await interaction.response.defer(ephemeral=True, thinking=True)
    services = services_of(interaction)
    somebody = await need_linked(interaction, services)
    lines = [_line(line) for line in await _room(services).all(somebody.user.id)]
    told = "\n".join(lines) or "There are no automations yet. Make one in the dashboard."
    embed = discord.Embed(
        title="Automations", url=services.page("automations"), description=clip(told, 4000), color=0x3B82C4
    )
    await tell(interaction, embed=embed)


def _line(line: AutomationLine) -> str:
    state = (
        f"next {stamp(line.next_at)}"
        if line.next_at and line.is_enabled
        else "paused"
        if not line.is_enabled
        else "on"
    )
    return f"{'◷' if line.is_enabled else '○'} **{plain(line.name, 60)}** · {plain(line.summary, 120)} · {state}"


@GROUP.command(name="run", description="Let an automation schedule once, now.")
@app_commands.describe(rule=ONE)
@app_commands.autocomplete(rule=offer_automations)
async def run(interaction: discord.Interaction, rule: app_commands.Range[str, 1, 100]) -> None:
    await interaction.response.defer(ephemeral=True, thinking=True)
    services = services_of(interaction)
    somebody = await need_linked(interaction, services)
    line = await _read(services, somebody, rule)
    await tell(interaction, await _room(services).run(line.id, by=somebody.actor))


@GROUP.command(name="pause", description="Pause an automation, or resume it.")
@app_commands.describe(rule=ONE)
@app_commands.autocomplete(rule=offer_automations)
async def pause(interaction: discord.Interaction, rule: app_commands.Range[str, 1, 100]) -> None:
    await interaction.response.defer(ephemeral=True, thinking=True)
    services = services_of(interaction)
    somebody = await need_linked(interaction, services)
    line = await _read(services, somebody, rule)
    await _room(services).set_enabled(line.id, not line.is_enabled, by=somebody.actor)
    done = "paused" if line.is_enabled else "on again"
    await tell(interaction, f"**{plain(line.name, 60)}** is {done}.")


@GROUP.command(name="preview", description="What an automation would do in the next 30 days.")
@app_commands.describe(rule=ONE)
@app_commands.autocomplete(rule=offer_automations)
async def preview(interaction: discord.Interaction, rule: app_commands.Range[str, 1, 100]) -> None:
    await interaction.response.defer(ephemeral=True, thinking=True)
    services = services_of(interaction)
    somebody = await need_linked(interaction, services)
    line = await _read(services, somebody, rule)
    planned = await _room(services).preview(line.id, by=somebody.actor)
    lines = [f"{stamp(at)} **{plain(title, 80)}**" for at, title in planned[:30]]
    if len(planned) > 30:
        lines.append(f"… and {len(planned) - 30} more.")
    embed = discord.Embed(
        title=clip(f"Next 30 days: {plain(line.name, 60)}", 256),
        description=clip("\n".join(lines) or "It would schedule nothing.", 4000),
        color=0x3B82C4,
    )
    await tell(interaction, embed=embed)
