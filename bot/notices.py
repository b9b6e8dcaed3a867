"""Tells people what happened, by direct message or in the notices channel, each event once.

A third consumer of the event log with its own position. The nonce keeps a repeated send from doubling. When direct
messages are refused the channel is used, and the first notice there says so.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta
from typing import Any

import aiohttp
import discord

from bot import positions
from bot.card_views import Place, card_view
from bot.cards import embed_of, view_of
from bot.notice_rules import EVENTS
from bot.pictures import CardPictures
from bot.services import Services
from bot.states import FAILED, PUBLISHED
from bot.text import block, plain
from core.account import reconnect_path
from core.clock import wait_for_event
from core.discord_ports import DiscordPerson
from core.errors import NotFound
from core.events import Event
from core.notice_choices import Channel, Notice, channels_of, notice_of

logger = logging.getLogger(__name__)

CONSUMER = "discord.notices"
IDLE_SECONDS, RETRY_SECONDS = 300.0, 10.0
STALE = timedelta(days=1)
ATTEMPTS = 5
CLOSED = "Your direct messages are closed to Isekai, so its notices come here."
_PASSING = (aiohttp.ClientError, OSError, discord.DiscordServerError, discord.RateLimited)


class Notices:
    def __init__(self, services: Services, client: discord.Client) -> None:
        self._services = services
        self._client = client
        self._pictures = CardPictures(services.images, services.inspector)
        self._bell = asyncio.Event()

    async def run(self) -> None:
        """Until cancelled."""
        services = self._services
        stop_listening = services.bus.listen(lambda _: self._bell.set())
        try:
            position = await positions.begin(services.store, services.reads, CONSUMER)
            while True:
                self._bell.clear()
                events = await services.reads.events_after(position, user_id=None, limit=200)
                for event in events:
                    await self._tell_until_heard(event)
                    position = event.id
                if events:
                    await positions.save(services.store, CONSUMER, position)
                    continue
                await wait_for_event(services.clock, self._bell, IDLE_SECONDS)
        finally:
            stop_listening()

    async def _tell_until_heard(self, event: Event) -> None:
        """In passing troubles again and again, a few times; a notice is never worth stopping the others for."""
        name = notice_of(event)
        if name is None or self._services.clock.now() - event.at > STALE:
            return
        for attempt in range(ATTEMPTS):
            try:
                await self._tell(event, name)
                return
            except _PASSING:
                await self._services.clock.sleep(RETRY_SECONDS * attempt + 0.2)
            except Exception:
                logger.exception("notice could not be given", extra={"event_id": event.id})
                return
        logger.warning("notice was given up", extra={"event_id": event.id})

    async def _tell(self, event: Event, name: Notice) -> None:
        people = await self._services.memory.people_of(event.user_id)
        user = await self._services.people_reads.user(event.user_id)
        if not people or user is None or user.is_disabled:
            return
        wanted = channels_of(user.settings, name)
        person = people[-1]
        in_channel, why = Channel.CHANNEL in wanted, None
        if Channel.DM in wanted and not await self._send_dm(person, event, name):
            news = await self._services.memory.note_dm_refused(person.discord_id, self._services.clock.now())
            in_channel, why = True, CLOSED if news else None
        if in_channel:
            await self._send_to_channel(event, name, why)

    async def _send_dm(self, person: DiscordPerson, event: Event, name: Notice) -> bool:
        """False when this person does not take direct messages from us."""
        try:
            channel = await self._client.create_dm(discord.Object(person.discord_id))
            await channel.send(nonce=f"isekai-dm-{event.id}", **await self._shown(event, name, Place()))
        except (discord.Forbidden, discord.NotFound):
            return False
        if person.dm_refused_at is not None:
            await self._services.memory.note_dm_refused(person.discord_id, None)
        return True

    async def _send_to_channel(self, event: Event, name: Notice, content: str | None) -> None:
        for guild_id, channel_id in await self._services.memory.notice_places(event.user_id):
            channel = self._client.get_partial_messageable(channel_id, guild_id=guild_id)
            known = self._client.get_channel(channel_id)
            is_nsfw = getattr(known, "is_nsfw", None)
            place = Place(is_age_restricted=bool(is_nsfw and is_nsfw()))
            try:
                shown = await self._shown(event, name, place)
                await channel.send(content, nonce=f"isekai-n-{event.id}", **shown)
                return
            except (discord.Forbidden, discord.NotFound) as error:
                logger.warning("notices channel refused", extra={"channel_id": channel_id, "code": error.code})
        logger.info("nobody could be told", extra={"event_id": event.id})

    async def _shown(self, event: Event, name: Notice, place: Place) -> dict[str, Any]:
        if event.post_id is None:
            return self._about_account(event, name)
        try:
            post = await self._services.reads.post(event.post_id, user_id=None)
        except NotFound:
            return {"embed": discord.Embed(title=EVENTS[name], description=block(event.text, 1000))}
        view = await card_view(self._services, post, place)
        picture = await self._pictures.of(post, is_spoiler=view.is_spoiler) if name is not Notice.FAILED else None
        view = replace(view, picture=None if picture is None else picture.name)
        embed = embed_of(view)
        embed.set_author(name=EVENTS[name])
        shown: dict[str, Any] = {"embed": embed}
        if (buttons := view_of(view)) is not None:
            shown["view"] = buttons
        if picture is not None:
            shown["file"] = picture.file()
        return shown

    def _about_account(self, event: Event, name: Notice) -> dict[str, Any]:
        if name is Notice.ALERT:
            return {"embed": self._about_instance(event)}
        embed = discord.Embed(title=EVENTS[name], description=plain(event.text, 1000), color=FAILED.color)
        if name is not Notice.CONNECTION:
            return {"embed": embed}
        view = discord.ui.View(timeout=None)
        url = self._services.page(reconnect_path(event.account_id) if event.account_id else "/settings/accounts")
        button: discord.ui.Button[Any] = discord.ui.Button(label="Reconnect", url=url)
        view.add_item(button)
        view.stop()
        return {"embed": embed, "view": view}

    def _about_instance(self, event: Event) -> discord.Embed:
        is_over = event.kind == "instance.recovered"
        return discord.Embed(
            title="The instance is well again" if is_over else EVENTS[Notice.ALERT],
            description=plain(event.text, 1000),
            color=(PUBLISHED if is_over else FAILED).color,
            url=self._services.page("admin/health"),
        )
