"""`/review`, `/drafts`, `/queue`, `/calendar`, `/status`."""

from __future__ import annotations

import asyncio
import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import discord
from discord import app_commands

from bot.access import need_linked
from bot.answers import tell
from bot.choices import read_month, services_of
from bot.month_picture import Month, Tile, describe, draw
from bot.services import Services
from bot.states import state_of
from bot.status import status_embed
from bot.text import clip
from core.operations.findings import concerning
from core.planning.wall_clock import resolve, zone
from core.ports import PostQuery
from core.posts.post import Post, PostStatus

if TYPE_CHECKING:
    from bot.client import IsekaiClient

THUMBS_MOST = 120


@app_commands.command(name="review", description="Look through what waits for review.")
async def review(interaction: discord.Interaction) -> None:
    await interaction.response.defer(ephemeral=True, thinking=True)
    services = services_of(interaction)
    client: IsekaiClient = interaction.client  # type: ignore[assignment]
    somebody = await need_linked(interaction, services)
    query = PostQuery(somebody.user.id, statuses=(PostStatus.REVIEW,), limit=1)
    waiting = (await services.reads.posts(query)).posts
    if waiting:
        await client.presses.show(interaction, waiting[0])
    else:
        await tell(interaction, "Nothing waits for review.")


@app_commands.command(name="drafts", description="Your drafts, newest first.")
async def drafts(interaction: discord.Interaction) -> None:
    await interaction.response.defer(ephemeral=True, thinking=True)
    client: IsekaiClient = interaction.client  # type: ignore[assignment]
    await client.lists.show(interaction, "drafts")


@app_commands.command(name="queue", description="What goes out next.")
async def queue(interaction: discord.Interaction) -> None:
    await interaction.response.defer(ephemeral=True, thinking=True)
    client: IsekaiClient = interaction.client  # type: ignore[assignment]
    await client.lists.show(interaction, "queue")


@app_commands.command(name="calendar", description="The month as a picture.")
@app_commands.describe(month="A month such as 2026-12; without it, this one.")
async def calendar(interaction: discord.Interaction, month: app_commands.Range[str, 0, 20] = "") -> None:
    await interaction.response.defer(ephemeral=True, thinking=True)
    services = services_of(interaction)
    somebody = await need_linked(interaction, services)
    place = zone(somebody.user.time_zone)
    today = services.clock.now().astimezone(place)
    year, number = read_month(month, today)
    shown = await month_of(services, somebody.user.id, year, number, place, today)
    picture = await asyncio.to_thread(draw, shown)
    embed = discord.Embed(title=shown.name, description=clip(describe(shown), 1000), color=0x3B82C4)
    embed.url = services.page(f"calendar?month={year}-{number:02}")
    embed.set_image(url="attachment://month.png")
    file = discord.File(io.BytesIO(picture), "month.png", description=clip(describe(shown), 1000))
    await tell(interaction, embed=embed, file=file)


async def month_of(
    services: Services, user_id: int, year: int, month: int, place: ZoneInfo, today: datetime
) -> Month:
    """The works of a month with their thumbnails, as the reader's wall clock has them."""
    start, _ = resolve(datetime(year, month, 1), place)  # noqa: DTZ001 - a wall clock has no zone
    end, _ = resolve(datetime(year + month // 12, month % 12 + 1, 1), place)  # noqa: DTZ001
    posts = await services.reads.between(user_id, start, end)
    tiles = [await _tile(services, post, place, with_thumb=n < THUMBS_MOST) for n, post in enumerate(posts)]
    is_this_month = (today.year, today.month) == (year, month)
    return Month(year, month, place.key, tiles, today.date() if is_this_month else None)


async def _tile(services: Services, post: Post, place: ZoneInfo, *, with_thumb: bool) -> Tile:
    at = post.plan.due_at if post.plan else post.published_at or datetime.fromtimestamp(0, UTC)
    thumb = None
    if with_thumb and post.files and not post.details.is_mature:
        thumb = await services.images.read_thumb(post.files[0].sha256)
    return Tile(at.astimezone(place).replace(tzinfo=None), post.details.title, state_of(post).color, thumb)


@app_commands.command(name="status", description="How Isekai is doing, and what needs you.")
async def status(interaction: discord.Interaction) -> None:
    await interaction.response.defer(ephemeral=True, thinking=True)
    services = services_of(interaction)
    somebody = await need_linked(interaction, services)
    overview = await services.reads.overview(somebody.user.id)
    query = PostQuery(somebody.user.id, statuses=(PostStatus.PUBLISHED,), sort="published", limit=1)
    published = (await services.reads.posts(query)).posts
    found = await services.check_up.findings() if services.check_up is not None else ()
    embed = status_embed(
        services,
        overview,
        published[0] if published else None,
        latency=interaction.client.latency,
        instance=concerning(found, is_admin=somebody.user.is_admin),
    )
    await tell(interaction, embed=embed)


COMMANDS: list[app_commands.Command[Any, ..., Any]] = [review, drafts, queue, calendar, status]
