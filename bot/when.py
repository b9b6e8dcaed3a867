"""From words to an instant, and instants to choose from."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import discord

from bot.custom_ids import Verb, of_post
from bot.services import Services
from bot.text import label
from core.errors import InvalidInput
from core.planning.natural_times import label as planned_label
from core.planning.natural_times import parse_when, suggest
from core.planning.wall_clock import Planned, parse_instant, planned_at, zone
from core.posts.post import Post

SLOTS_OFFERED = 8
SLOTS_AHEAD = timedelta(days=60)
NO_SLOTS = "There is no free slot: the queue of this account has no weekly times yet. Say a time, such as fri 18:00."


async def read_when(services: Services, text: str, *, time_zone: str, locale: str, post: Post | None) -> Planned:
    """Natural words, an instant that autocomplete offered, or "next slot". Raises `InvalidInput`."""
    try:
        return planned_at(parse_instant(text), zone(time_zone))
    except InvalidInput:
        pass
    # In a thread: the first odd phrase imports a large parser.
    when = await asyncio.to_thread(parse_when, text, now=services.clock.now(), time_zone=time_zone, locale=locale)
    if when.planned is not None:
        return when.planned
    free = await _free_slots(services, post, count=1)
    if not free:
        raise InvalidInput({"when": NO_SLOTS})
    return free[0]


async def _free_slots(services: Services, post: Post | None, *, count: int) -> Sequence[Planned]:
    if post is None:
        return []
    now = services.clock.now()
    coming = await services.planning.queue.upcoming(
        post.user_id, now + timedelta(minutes=1), now + SLOTS_AHEAD, among={post.account_id}
    )
    return [slot.planned for slot in coming if slot.post_id is None and not slot.sentence][:count]


async def offers(services: Services, typed: str, *, time_zone: str, locale: str) -> list[tuple[str, str]]:
    """What autocomplete offers: the parsed instant in words, and as a value that parses back to it."""
    now = services.clock.now()
    found = await asyncio.to_thread(suggest, typed, now, time_zone, locale=locale)
    offered = [(name, instant.strftime("%Y-%m-%dT%H:%M:%SZ")) for name, instant in found]
    if "next slot".startswith(typed.strip().casefold()):
        offered.append(("Next free slot", "next slot"))
    return [(label(f"{name} ({time_zone})" if value != "next slot" else name), value) for name, value in offered[:25]]


async def schedule_menu(services: Services, post: Post, *, time_zone: str) -> discord.ui.View:
    """The next free slots (else likely times) to choose from, and a way to say another."""
    free = await _free_slots(services, post, count=SLOTS_OFFERED)
    choices = [(planned_label(p), p.due_at.strftime("%Y-%m-%dT%H:%M:%SZ")) for p in free]
    if not choices:
        found = await asyncio.to_thread(suggest, "", services.clock.now(), time_zone)
        choices = [(name, instant.strftime("%Y-%m-%dT%H:%M:%SZ")) for name, instant in found]
    view = discord.ui.View(timeout=None)
    title = "Next free slots" if free else "When should it go out?"
    select: discord.ui.Select[Any] = discord.ui.Select(custom_id=f"choose:{post.id}:slot", placeholder=title)
    for name, value in choices[:25]:
        select.add_option(label=label(name), value=value, description=label(time_zone))
    view.add_item(select)
    other: discord.ui.Button[Any] = discord.ui.Button(label="Other…", custom_id=of_post(post.id, Verb.OTHER), row=1)
    view.add_item(other)
    view.stop()
    return view
