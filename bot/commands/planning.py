"""`/schedule`, `/publish`, `/hold`, `/pause`, `/resume`, `/undo`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from bot.access import Somebody, need_linked
from bot.answers import tell
from bot.choices import offer_accounts, offer_posts, offer_times, read_account, read_post, services_of
from bot.services import Services
from bot.text import plain
from bot.undo import undo_last
from bot.when import read_when
from core.posts.post import Post

if TYPE_CHECKING:
    from bot.client import IsekaiClient

POST = "A post, by title or number."
ACCOUNT = "One of your accounts; without it, everything."


def _named(post: Post) -> str:
    return f"**{plain(post.details.title, 80) or 'Untitled'}** (`#{post.id}`)"


@app_commands.command(name="schedule", description="Choose when a post goes out.")
@app_commands.describe(post=POST, when="When it goes out: fri 18:00, in 3h, tomorrow 9.")
@app_commands.autocomplete(post=offer_posts, when=offer_times)
async def schedule(
    interaction: discord.Interaction, post: app_commands.Range[str, 1, 100], when: app_commands.Range[str, 1, 100]
) -> None:
    await interaction.response.defer(ephemeral=True, thinking=True)
    services = services_of(interaction)
    client: IsekaiClient = interaction.client  # type: ignore[assignment]
    somebody = await need_linked(interaction, services)
    chosen = await read_post(services, somebody, post)
    locale = interaction.locale.value
    planned = await read_when(services, when, time_zone=somebody.user.time_zone, locale=locale, post=chosen)
    await client.presses.schedule(interaction, chosen, planned, somebody.actor)


@app_commands.command(name="publish", description="Publish a post right away.")
@app_commands.describe(post=POST)
@app_commands.autocomplete(post=offer_posts)
async def publish(interaction: discord.Interaction, post: app_commands.Range[str, 1, 100]) -> None:
    await interaction.response.defer(ephemeral=True, thinking=True)
    services = services_of(interaction)
    somebody = await need_linked(interaction, services)
    chosen = await read_post(services, somebody, post)
    await services.planner.publish_now(chosen.id, by=somebody.actor, time_zone=somebody.user.time_zone)
    await tell(interaction, f"{_named(chosen)} is on its way to DeviantArt.")


@app_commands.command(name="hold", description="Let a scheduled post wait, or release it.")
@app_commands.describe(post=POST)
@app_commands.autocomplete(post=offer_posts)
async def hold(interaction: discord.Interaction, post: app_commands.Range[str, 1, 100]) -> None:
    await interaction.response.defer(ephemeral=True, thinking=True)
    services = services_of(interaction)
    somebody = await need_linked(interaction, services)
    chosen = await read_post(services, somebody, post)
    if chosen.held:
        await services.planner.unhold(chosen.id, by=somebody.actor)
        await tell(interaction, f"{_named(chosen)} is released: it goes out at its time.")
    else:
        await services.planner.hold(chosen.id, by=somebody.actor)
        await tell(interaction, f"{_named(chosen)} is on hold. /hold again releases it.")


@app_commands.command(name="pause", description="Pause publishing: everything, or one account.")
@app_commands.describe(account=ACCOUNT)
@app_commands.autocomplete(account=offer_accounts)
async def pause(interaction: discord.Interaction, account: app_commands.Range[str, 0, 100] = "") -> None:
    await interaction.response.defer(ephemeral=True, thinking=True)
    services = services_of(interaction)
    somebody = await need_linked(interaction, services)
    what = await _set_pause(services, somebody, account, paused=True)
    await tell(interaction, f"Paused: {what}. What is due waits until /resume.")


@app_commands.command(name="resume", description="Resume publishing: everything, or one account.")
@app_commands.describe(account=ACCOUNT)
@app_commands.autocomplete(account=offer_accounts)
async def resume(interaction: discord.Interaction, account: app_commands.Range[str, 0, 100] = "") -> None:
    await interaction.response.defer(ephemeral=True, thinking=True)
    services = services_of(interaction)
    somebody = await need_linked(interaction, services)
    what = await _set_pause(services, somebody, account, paused=False)
    await tell(interaction, f"Resumed: {what}.")


async def _set_pause(services: Services, somebody: Somebody, text: str, *, paused: bool) -> str:
    """What was paused or resumed, in words."""
    change = services.pausing.pause if paused else services.pausing.resume
    if text.strip():
        account = await read_account(services, somebody, text)
        await change(by=somebody.actor, account_id=account.id)
        return plain(account.username, 60)
    await change(by=somebody.actor)
    return "everything"


@app_commands.command(name="undo", description="Take back your last decision.")
async def undo(interaction: discord.Interaction) -> None:
    await interaction.response.defer(ephemeral=True, thinking=True)
    services = services_of(interaction)
    somebody = await need_linked(interaction, services)
    await tell(interaction, await undo_last(services, somebody))


COMMANDS: list[app_commands.Command[Any, ..., Any]] = [schedule, publish, hold, pause, resume, undo]
