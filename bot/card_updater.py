"""Keeps cards in step with their posts: the one path from state to screen.

It reads the event log from its own position, renders the *current* post, and edits the message when it would look
different. Bursts merge, for a post is rendered once however many events it has; Discord's rate limits are
discord.py's business. What fails in passing is tried again, also after a restart.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Protocol

import aiohttp
import discord

from bot import positions
from bot.card_views import Place, card_view
from bot.cards import CardView, embed_of, fingerprint, view_of
from bot.pictures import CardPictures, picture_key
from bot.services import Services
from core.clock import wait_for_event
from core.discord_ports import Card
from core.errors import NotFound
from core.events import Event
from core.posts.post import Post, PostStatus

logger = logging.getLogger(__name__)

CONSUMER = "discord.cards"
MERGE_SECONDS = 0.1  # a burst of events becomes one edit
RETRY_SECONDS = 5.0
IDLE_SECONDS = 300.0
SIDE_BY_SIDE = 4
ATTEMPTS = 3
LOOKED_BACK = 100
UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, MISSING_ACCESS = 10003, 10008, 50001


class Channels(Protocol):
    """What of a Discord client cards need."""

    def get_partial_messageable(self, id: int, *, guild_id: int | None = None) -> discord.PartialMessageable: ...
    def get_channel(self, id: int, /) -> Any: ...
    def get_guild(self, id: int, /) -> discord.Guild | None: ...
    @property
    def user(self) -> discord.ClientUser | None: ...


class CardUpdater:
    def __init__(self, services: Services, channels: Channels) -> None:
        self._services = services
        self._channels = channels
        self._pictures = CardPictures(services.images, services.inspector)
        self._bell = asyncio.Event()
        self._behind: dict[int, int] = {}  # post -> its newest event that is not on screen yet
        self._turns = asyncio.Semaphore(SIDE_BY_SIDE)

    async def run(self) -> None:
        """Until cancelled."""
        stop_listening = self._services.bus.listen(self._on_events)
        try:
            position = await positions.begin(self._services.store, self._services.reads, CONSUMER)
            await self._finish_sends()
            while True:
                self._bell.clear()
                position = await self._catch_up(position)
                pause = RETRY_SECONDS if self._behind else IDLE_SECONDS
                await wait_for_event(self._services.clock, self._bell, pause)
                await self._services.clock.sleep(MERGE_SECONDS)
        finally:
            stop_listening()

    def _on_events(self, events: Sequence[Event]) -> None:
        if any(event.post_id is not None for event in events):
            self._bell.set()

    async def _catch_up(self, position: int) -> int:
        while True:
            events = await self._services.reads.events_after(position, user_id=None, limit=500)
            for event in events:
                if event.post_id is not None:
                    self._behind[event.post_id] = event.id
                position = event.id
            if not events:
                break
        if self._behind:
            await asyncio.gather(*(self._turn(post_id, event_id) for post_id, event_id in list(self._behind.items())))
        await self._save_position(position)
        return position

    async def _save_position(self, position: int) -> None:
        """Never past an event whose card is still behind."""
        safe = min([position, *(event_id - 1 for event_id in self._behind.values())])
        await positions.save(self._services.store, CONSUMER, safe)

    async def _turn(self, post_id: int, event_id: int) -> None:
        async with self._turns:
            try:
                await self.refresh(post_id, event_id)
            except (aiohttp.ClientError, OSError, TimeoutError, discord.DiscordServerError, discord.RateLimited):
                logger.info("card will be tried again", extra={"post_id": post_id})
                return
            except Exception:
                logger.exception("card could not be shown", extra={"post_id": post_id})
        if self._behind.get(post_id) == event_id:
            del self._behind[post_id]

    async def refresh(self, post_id: int, event_id: int) -> None:
        """Bring every card of the post up to date, and give a post in review its first."""
        cards = list(await self._services.memory.cards_of([post_id]))
        try:
            post = await self._services.reads.post(post_id, user_id=None)
        except NotFound:
            return
        if not cards and post.status is PostStatus.REVIEW and (first := await self._first_card(post)):
            cards = [first]
        for card in cards:
            await self._show(card, post, event_id)

    async def _first_card(self, post: Post) -> Card | None:
        place = await self._services.memory.review_place(post.user_id, post.id)
        if place is None:
            return None
        guild_id, channel_id = place
        return await self._services.memory.add_card(post.id, guild_id, channel_id, at=self._services.clock.now())

    async def _show(self, card: Card, post: Post, event_id: int) -> None:
        place = self._place(card)
        view = await card_view(self._services, post, place)
        try:
            if card.message_id is None:
                await self._send(card, view, event_id)
            elif card.rendered_event_id < event_id:
                await self._edit(card, card.message_id, view, event_id)
        except (discord.NotFound, discord.Forbidden) as error:
            await self._lost(card, error)

    def _place(self, card: Card) -> Place:
        channel = self._channels.get_channel(card.channel_id)
        guild = self._channels.get_guild(card.guild_id)
        is_nsfw = getattr(channel, "is_nsfw", None)
        return Place(
            is_age_restricted=bool(is_nsfw and is_nsfw()),
            locale=str(guild.preferred_locale) if guild is not None else "en-US",
        )

    async def _lost(self, card: Card, error: discord.HTTPException) -> None:
        """Message or channel is gone, or we may not write there: this card is no more."""
        logger.warning(
            "card cannot be shown",
            extra={"post_id": card.post_id, "channel_id": card.channel_id, "code": error.code},
        )
        await self._services.memory.forget_card(card.id)

    async def _send(self, card: Card, view: CardView, event_id: int) -> None:
        """Post the card once: the nonce makes Discord answer a repetition with the first message."""
        picture = await self._pictures.of(view.post, is_spoiler=view.is_spoiler)
        view = replace(view, picture=None if picture is None else picture.name)
        channel = self._channels.get_partial_messageable(card.channel_id, guild_id=card.guild_id)

        async def send() -> discord.Message:
            shown: dict[str, Any] = {"embed": embed_of(view), "nonce": card.nonce}
            if picture is not None:
                shown["file"] = picture.file()
            if (buttons := view_of(view)) is not None:
                shown["view"] = buttons
            return await channel.send(**shown)

        message = await self._repeated(send)
        await self._services.memory.card_sent(card.id, message.id)
        await self._note(card, view, event_id)

    async def _repeated(self, send: Any) -> discord.Message:
        for attempt in range(ATTEMPTS):
            try:
                message: discord.Message = await send()
                return message
            except (aiohttp.ClientError, OSError, discord.DiscordServerError):
                if attempt == ATTEMPTS - 1:
                    raise
                await self._services.clock.sleep(0.2 * 4**attempt)
        raise AssertionError("unreachable")

    async def _edit(self, card: Card, message_id: int, view: CardView, event_id: int) -> None:
        old_key, _, _ = card.rendered_hash.partition("|")
        key = picture_key(view.post, is_spoiler=view.is_spoiler)
        name, changed_picture = card.rendered_hash.rpartition("|")[2], key != old_key
        picture = None
        if changed_picture:
            picture = await self._pictures.of(view.post, is_spoiler=view.is_spoiler)
            name = "" if picture is None else picture.name
        view = replace(view, picture=name or None)
        if _rendered(view) != card.rendered_hash:
            message = self._channels.get_partial_messageable(
                card.channel_id, guild_id=card.guild_id
            ).get_partial_message(message_id)
            shown: dict[str, Any] = {"embed": embed_of(view), "view": view_of(view)}
            if changed_picture:
                shown["attachments"] = [] if picture is None else [picture.file()]
            await message.edit(**shown)
        await self._note(card, view, event_id)

    async def _note(self, card: Card, view: CardView, event_id: int) -> None:
        await self._services.memory.card_rendered(card.id, event_id=event_id, rendered_hash=_rendered(view))

    # sends whose answer never came

    async def _finish_sends(self) -> None:
        """After a restart: a send may have taken effect unseen. Look for the message before sending again."""
        for card in await self._services.memory.unsent_cards():
            try:
                message_id = await self._find(card)
                if message_id is not None:
                    await self._services.memory.card_sent(card.id, message_id)
            except (discord.NotFound, discord.Forbidden) as error:
                await self._lost(card, error)
                continue
            except (aiohttp.ClientError, OSError, discord.HTTPException):
                logger.info("channel could not be read", extra={"channel_id": card.channel_id})
            self._behind.setdefault(card.post_id, 1 << 62)
        # These are not events: they must not hold the position back.
        for post_id in [p for p, event_id in self._behind.items() if event_id == 1 << 62]:
            self._behind.pop(post_id)
            await self._turn(post_id, await self._services.reads.last_event_id())

    async def _find(self, card: Card) -> int | None:
        channel = self._channels.get_partial_messageable(card.channel_id, guild_id=card.guild_id)
        after = (card.made_at or self._services.clock.now()) - timedelta(minutes=1)
        mine = f"post:{card.post_id}:"
        async for message in channel.history(limit=LOOKED_BACK, after=after):
            if self._channels.user is None or message.author.id != self._channels.user.id:
                continue
            if any(custom_id.startswith(mine) for custom_id in custom_ids(message)):
                return message.id
        return None


def custom_ids(message: discord.Message) -> list[str]:
    """Of every button and select of a message."""
    found = []
    for row in message.components:
        for child in getattr(row, "children", []):
            if getattr(child, "custom_id", None):
                found.append(child.custom_id)
    return found


def _rendered(view: CardView) -> str:
    """Picture, looks, and the name of the attached file: all that an edit has to know of what stands there."""
    key = picture_key(view.post, is_spoiler=view.is_spoiler)
    return f"{key}|{fingerprint(view)}|{view.picture or ''}"
