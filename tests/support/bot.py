"""The whole application with its bot on a loopback Discord and the sandbox's DeviantArt; restarts included."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.bot import Bot, BotOptions
from core.app.bot_room import bot_services
from core.app.parts import App
from core.app.server import Server
from core.deviantart import Artist, TokenPair
from core.discord_ports import DiscordPerson
from core.posts.post import Post
from core.settings import load_settings
from core.users import Role
from core.users import User as Person
from data.discord import Discord
from tests.support.discord import Channel, Guild, LoopbackDiscord, Message, User

SETTINGS = {
    "ISEKAI_PORT": "0",
    "RATE_LIMITER_BASE_DELAY_MS": "0",
    "PUBLISH_LEAD_SECONDS": "0",
    "PUBLISH_TIMEOUT_SECONDS": "5",
    "PUBLISH_SETTLE_SECONDS": "6",
}


@dataclass
class World:
    """`mira` owns the server and its drops, and is linked; `juno` has the reviewer role; nobody knows `visitor`."""

    home: Path
    discord: LoopbackDiscord
    guild: Guild
    drops: Channel
    review: Channel
    notices: Channel
    mira: User
    juno: User
    visitor: User
    environment: Mapping[str, str] = field(default_factory=dict)
    token: str = ""
    server: Server | None = None
    bot: Bot | None = None
    person: Person | None = None
    _running: asyncio.Task[None] | None = None

    @property
    def app(self) -> App:
        assert self.server is not None
        return self.server.app

    @property
    def memory(self) -> Discord:
        return Discord(self.app.database)

    async def start(self, *, wait: bool = True) -> None:
        """The process and its bot."""
        settings = load_settings({"ISEKAI_HOME": str(self.home), **SETTINGS, **self.environment}, {})
        self.server = Server(settings)
        await self.server.start()
        options = BotOptions(
            token=self.token or self.discord.token,
            api_base=self.discord.base,
            gateway_from_api=True,
            ready_seconds=0.05,
            identify_seconds=0.05,
            first_wait_seconds=0.05,
        )
        self.bot = Bot(bot_services(self.app), options)
        self._running = asyncio.create_task(self.bot.run())
        if wait:
            await self.discord.until(lambda: self.bot and self.bot.is_connected, 15, "the bot's connection")

    async def stop_bot(self) -> None:
        if self._running is not None:
            self._running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._running
            self._running = None

    async def stop(self) -> None:
        await self.stop_bot()
        if self.server is not None:
            await self.server.close()
            self.server = None

    async def restart(self) -> None:
        await self.stop()
        await self.start()

    async def add_person(self, name: str, user: User | None = None) -> Person:
        """Somebody with an account of the sandbox, tied to a Discord user when one is given."""
        assert self.app.sandbox is not None
        grant = self.app.sandbox.world.grant(name)
        pair = TokenPair(grant.access_token, grant.refresh_token, timedelta(hours=1), frozenset(grant.scopes))
        now = self.app.clock.now()
        async with self.app.store.transaction() as tx:
            person = await tx.people.add_user(name=name, role=Role.MEMBER, time_zone="Europe/Paris", at=now)
            await self.app.accounts.link(
                tx, user_id=person.id, artist=Artist(grant.userid or "", name, ""), pair=pair
            )
        if user is not None:
            await self.memory.tie(DiscordPerson(user.id, person.id, user.name, now))
        return person

    async def set_up(self) -> None:
        """Mira is linked, and the server has its channels and its reviewers."""
        self.person = await self.add_person("mira", self.mira)
        role = self.guild.add_role("Reviewers")
        self.guild.add_member(self.juno, role)
        options = {
            "drop_channel": self.drops,
            "review_channel": self.review,
            "notices_channel": self.notices,
            "reviewer_role": role,
        }
        handle = await self.discord.slash(self.mira, self.drops, "setup", options)
        await handle.wait_message()

    async def drop(self, *pictures: tuple[str, bytes], content: str = "A fox", by: User | None = None) -> Message:
        return await self.discord.send_message(self.drops, by or self.mira, content=content, attachments=pictures)

    async def card(self, text: str = "A fox", *, timeout: float = 10) -> Message:
        """The card that says *text*."""
        return await self.discord.wait_for_message(self.review, lambda m: text in m.text, timeout)

    async def settled(self, message: Message, emoji: str) -> None:
        await self.discord.until(lambda: emoji in message.reactions, 10, f"{emoji} on the message")

    async def shows(self, message: Message, text: str, *, timeout: float = 10) -> None:
        """Until *message* says *text*."""
        try:
            await self.discord.until(lambda: text in message.text, timeout, f"“{text}” on the card")
        except AssertionError as error:
            raise AssertionError(f"{error}; it says: {message.text}") from None

    async def posts(self) -> list[Post]:
        events = await self.app.reads.events_after(0, user_id=None)
        ids = sorted({event.post_id for event in events if event.post_id is not None})
        return [await self.app.reads.post(post_id, user_id=None) for post_id in ids]

    def deviations(self) -> list[Any]:
        assert self.app.sandbox is not None
        return list(self.app.sandbox.world.deviations)


@asynccontextmanager
async def a_world(home: Path, *, ready: bool = True, **environment: str) -> AsyncIterator[World]:
    """Set up and running, unless *ready* is False."""
    base, gateway = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    loopback = LoopbackDiscord()
    await loopback.start()
    mira = loopback.add_user("mira")
    guild = loopback.add_guild("Studio", owner=mira)
    world = World(
        home,
        loopback,
        guild,
        guild.add_text_channel("drops"),
        guild.add_text_channel("review"),
        guild.add_text_channel("notices"),
        mira,
        loopback.add_user("juno"),
        loopback.add_user("visitor"),
        environment,
    )
    try:
        if ready:
            await world.start()
            await world.set_up()
        yield world
    finally:
        try:
            await world.stop()
        finally:
            Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = base, gateway
            await loopback.close()
