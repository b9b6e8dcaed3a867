"""The bot's connection: one Discord client, its command tree, and the rooms that live as long as it does."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

import discord
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket

from bot.answers import explain, guarded, note_at_work
from bot.arrivals import Arrivals
from bot.buttons import DYNAMIC_ITEMS, press_of_a_changed_message
from bot.card_updater import CardUpdater
from bot.commands import all_commands
from bot.downloads import Downloads
from bot.drop_channel import DropChannels
from bot.lists import Lists
from bot.locales import Words
from bot.notices import Notices
from bot.payload import data_of
from bot.presses import Presses
from bot.services import Services
from bot.setup import AGREE, SELECT, Setups
from bot.sync import sync_if_changed

logger = logging.getLogger(__name__)

_SETUP, _AGREE = re.compile(SELECT), re.compile(AGREE)
LAST_WORK_SECONDS = 3.0
REMEMBERED = timedelta(days=30)  # refused drops and old link codes

# We never speak: discord.py need not say at every start what it would take.
discord.VoiceClient.warn_nacl = False
discord.VoiceClient.warn_dave = False


class Tree(app_commands.CommandTree[Any]):
    """What goes wrong in a command is said in one place."""

    async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:
        note_at_work(interaction.client, about=interaction.id)
        return True

    async def on_error(self, interaction: discord.Interaction[Any], error: app_commands.AppCommandError, /) -> None:
        if interaction.type is discord.InteractionType.autocomplete:
            logger.warning("autocomplete failed", exc_info=error)
            return
        await explain(interaction, error)


def intents(*, with_content: bool) -> discord.Intents:
    """Servers, their messages, and (a switch in Discord's developer portal) what is in them."""
    wanted = discord.Intents.none()
    wanted.guilds = True
    wanted.guild_messages = True
    wanted.message_content = with_content
    return wanted


class IsekaiClient(discord.Client):
    """`gateway_from_api`: ask the REST API for the gateway's address instead of using Discord's own.

    `report` hears whether the gateway is connected.
    """

    def __init__(
        self,
        services: Services,
        *,
        guild_id: int | None = None,
        gateway_from_api: bool = False,
        with_content: bool = True,
        ready_seconds: float = 2.0,
        identify_seconds: float = 5.0,
        report: Callable[[bool], None] = lambda _: None,
    ) -> None:
        super().__init__(
            intents=intents(with_content=with_content),
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            guild_ready_timeout=ready_seconds,
        )
        self.services = services
        self.tree = Tree(self)
        self._guild_id = guild_id
        self._gateway_from_api = gateway_from_api
        self._identify_seconds = identify_seconds
        self._report = report
        self._downloads = Downloads()
        self._tasks: set[asyncio.Task[None]] = set()
        self.at_work: set[asyncio.Task[Any]] = set()
        self.arrivals = Arrivals(services, self._downloads)
        self.drops = DropChannels(self, services, self.arrivals)
        self.presses = Presses(services)
        self.lists = Lists(services)
        self.setups = Setups(services)
        self.cards = CardUpdater(services, self)
        self.notices = Notices(services, self)
        for command in all_commands():
            self.tree.add_command(command)
        self.add_dynamic_items(*DYNAMIC_ITEMS)

    @property
    def is_connected(self) -> bool:
        return self.is_ready() and self.ws.open

    # life

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Discord allows one IDENTIFY in five seconds."""
        if not initial:
            await self.services.clock.sleep(self._identify_seconds)

    async def setup_hook(self) -> None:
        if self._gateway_from_api:
            _, url, _ = await self.http.get_bot_gateway()
            # discord.py 2.7 connects to a constant; elsewhere than at Discord the address is the API's to say.
            DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(url)
        await self.tree.set_translator(Words())
        await self._sync()
        self._own(self.cards.run(), "cards")
        self._own(self.notices.run(), "notices")

    async def _sync(self) -> None:
        assert self.application_id is not None  # noqa: S101 - known since the login
        try:
            await sync_if_changed(
                self.tree, self.services.store, application_id=self.application_id, guild_id=self._guild_id
            )
        except discord.HTTPException as error:
            # Old commands go on working; the next start tries again.
            logger.error("Discord refused the commands", extra={"reason": str(error)[:500]})

    def _own(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Keep a task until it ends; its failure is logged, never lost."""
        task = asyncio.create_task(work, name=f"discord: {name}")
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("a part of the bot ended", exc_info=error, extra={"part": task.get_name()})

    async def close(self) -> None:
        if self.at_work:
            # People wait for these, and what they use is closed only after us.
            await asyncio.wait(set(self.at_work), timeout=LAST_WORK_SECONDS)
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._downloads.close()
        await super().close()

    # what Discord tells us

    async def on_ready(self) -> None:
        """After every IDENTIFY: events since the last session never arrive, so channels are read."""
        self._report(True)
        logger.info("Discord connected", extra={"guilds": len(self.guilds)})
        self._own(self.drops.catch_up(), "catching up")
        self._own(self.services.memory.prune(before=self.services.clock.now() - REMEMBERED), "pruning")

    async def on_resumed(self) -> None:
        self._report(True)

    async def on_disconnect(self) -> None:
        self._report(False)

    async def on_message(self, message: discord.Message) -> None:
        note_at_work(self, about=message.id)
        await self.drops.on_message(message)

    async def on_raw_message_delete(self, event: discord.RawMessageDeleteEvent) -> None:
        note_at_work(self, about=event.message_id)
        await self.drops.on_delete(event.channel_id, event.message_id)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        await self.services.memory.forget_guild(guild.id)
        logger.info("Discord server left", extra={"guild_id": guild.id})

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """What neither the tree nor dynamic items answer: forms, the panel of /setup, buttons that are gone."""
        match interaction.type:
            case discord.InteractionType.modal_submit:
                await self.presses.submit(interaction)
            case discord.InteractionType.component:
                custom_id = str(data_of(interaction).get("custom_id", ""))
                if chosen := _SETUP.fullmatch(custom_id):
                    await guarded(interaction, self.setups.choose(interaction, chosen["what"]))
                elif agreed := _AGREE.fullmatch(custom_id):
                    await guarded(interaction, self.setups.agree(interaction, int(agreed["guild_id"])))
                else:
                    await press_of_a_changed_message(interaction)

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        logger.exception("Discord event failed", extra={"event": event_method})
