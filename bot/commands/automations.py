"""`/automation list`, `run`, `pause`, `preview`."""

from __future__ import annotations

import discord
from discord import app_commands

from bot.access import Somebody, need_linked
from bot.answers import tell
from bot.choices import offer_automations, services_of
from bot.paced import objection, ran, run_anyway_view
from bot.services import Services
from bot.text import clip, plain
from bot.times import stamp
from core.errors import NotFound
from core.planning.automation import Automation, describe
from core.planning.pacing import PacingBroken
from core.planning.preview import Preview, PreviewItem

PREVIEWED = 30
NAMED = 5
ONE = "One of your automations."
GROUP = app_commands.Group(name="automation", description="Rules that schedule drafts by themselves.")


async def _read(services: Services, somebody: Somebody, text: str) -> Automation:
    wanted = text.strip().casefold()
    for automation in await services.planning.automations.all(somebody.user.id):
        if wanted in (str(automation.id), automation.name.casefold()):
            return automation
    raise NotFound("There is no such automation of yours. Choose one from the list while you type.")


@GROUP.command(name="list", description="Your automations and what they do next.")
async def list_automations(interaction: discord.Interaction) -> None:
    await interaction.response.defer(ephemeral=True, thinking=True)
    services = services_of(interaction)
    somebody = await need_linked(interaction, services)
    lines = [_line(line) for line in await services.planning.automations.all(somebody.user.id)]
    told = "\n".join(lines) or "There are no automations yet. Make one in the dashboard."
    embed = discord.Embed(
        title="Automations", url=services.page("automations"), description=clip(told, 4000), color=0x3B82C4
    )
    await tell(interaction, embed=embed)


def _line(automation: Automation) -> str:
    rules = " and ".join(describe(rule) for rule in automation.rules) or "no rule yet"
    if not automation.enabled:
        state = "paused"
    else:
        state = f"next {stamp(automation.next_at)}" if automation.next_at else automation.situation or "on"
    shape = "◷" if automation.enabled else "○"
    return f"{shape} **{plain(automation.name, 60)}** · {plain(rules, 120)} · {state}"


@GROUP.command(name="run", description="Let an automation schedule once, now.")
@app_commands.describe(rule=ONE)
@app_commands.autocomplete(rule=offer_automations)
async def run(interaction: discord.Interaction, rule: app_commands.Range[str, 1, 100]) -> None:
    await interaction.response.defer(ephemeral=True, thinking=True)
    services = services_of(interaction)
    somebody = await need_linked(interaction, services)
    automation = await _read(services, somebody, rule)
    try:
        post = await services.planning.ticking.run_now(automation.id, by=somebody.actor)
    except PacingBroken as error:
        await tell(
            interaction, objection(error), view=run_anyway_view(automation.id, locale=interaction.locale.value)
        )
        return
    await tell(interaction, ran(post))


@GROUP.command(name="pause", description="Pause an automation, or resume it.")
@app_commands.describe(rule=ONE)
@app_commands.autocomplete(rule=offer_automations)
async def pause(interaction: discord.Interaction, rule: app_commands.Range[str, 1, 100]) -> None:
    await interaction.response.defer(ephemeral=True, thinking=True)
    services = services_of(interaction)
    somebody = await need_linked(interaction, services)
    automation = await _read(services, somebody, rule)
    await services.planning.automations.enable(automation.id, not automation.enabled, by=somebody.actor)
    done = "paused" if automation.enabled else "on again"
    await tell(interaction, f"**{plain(automation.name, 60)}** is {done}.")


@GROUP.command(name="preview", description="What an automation would do in the next 30 days.")
@app_commands.describe(rule=ONE)
@app_commands.autocomplete(rule=offer_automations)
async def preview(interaction: discord.Interaction, rule: app_commands.Range[str, 1, 100]) -> None:
    await interaction.response.defer(ephemeral=True, thinking=True)
    services = services_of(interaction)
    somebody = await need_linked(interaction, services)
    automation = await _read(services, somebody, rule)
    shown = await services.planning.automations.preview(somebody.user.id, automation_id=automation.id)
    embed = discord.Embed(
        title=clip(f"Next 30 days: {plain(automation.name, 60)}", 256),
        url=services.page(f"automations/{automation.id}"),
        description=clip("\n".join(previewed(shown, automation.id)) or "It would schedule nothing.", 4000),
        color=0x3B82C4,
    )
    await tell(interaction, embed=embed)


def previewed(shown: Preview, automation_id: int) -> list[str]:
    """The lines of a dry run: what the page says, as far as a message has room."""
    lines = [_slot(item) for item in shown.items[:PREVIEWED]]
    if len(shown.items) > PREVIEWED:
        lines.append(f"… and {len(shown.items) - PREVIEWED} more.")
    forecast = shown.forecasts.get(automation_id)
    if forecast and forecast.runs_out_at:
        lines.append(f"Drafts run out {stamp(forecast.runs_out_at)}.")
    if shown.not_ready:
        named = ", ".join(plain(draft.title or "Untitled", 40) for draft in shown.not_ready[:NAMED])
        more = f" and {len(shown.not_ready) - NAMED} more" if len(shown.not_ready) > NAMED else ""
        lines.append(f"Not ready: {named}{more}.")
    return lines


def _slot(item: PreviewItem) -> str:
    if item.draft_id is None or item.is_random:
        return f"{stamp(item.at or item.slot_at)} {plain(item.sentence, 120)}"
    sets = f" ({plain(', '.join(item.changes), 100)})" if item.changes else ""
    return f"{stamp(item.at or item.slot_at)} **{plain(item.title or 'Untitled', 80)}**{sets}"
