"""Pictures posted in a watched channel become posts: ⏳, then ✅ or ❌ with a reason.

Each attachment is dealt with once, however often Discord tells of it: what was dealt with is kept by message and
attachment. Messages sent while nobody listened are read from the channel's history, a day back at most.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

import aiohttp
import discord

from bot.access import linked
from bot.arrivals import PICTURES_MOST, Arrivals, Landed, Landing, art
from bot.drop_words import read_message
from bot.services import Services
from bot.states import state_of
from bot.text import block, plain
from core.actor import Actor
from core.discord_ports import DropChannel, GuildSetup
from core.errors import AppError, UserError
from core.posts.post import PostStatus

if TYPE_CHECKING:
    from bot.client import IsekaiClient

logger = logging.getLogger(__name__)

WAITING, TAKEN, REFUSED = "⏳", "✅", "❌"
CAUGHT_UP = timedelta(days=1)
CAUGHT_UP_MOST = 500
WITHDRAWN_WITHIN = timedelta(minutes=1)
SIDE_BY_SIDE = 4
_NOT_DISCORDS_FAULT = (discord.HTTPException, aiohttp.ClientError, OSError)


class DropChannels:
    def __init__(self, client: IsekaiClient, services: Services, arrivals: Arrivals) -> None:
        self._client = client
        self._services = services
        self._arrivals = arrivals
        self._turns = asyncio.Semaphore(SIDE_BY_SIDE)
        self._in_hand: dict[int, dict[int, None]] = {}  # channel -> messages under way, oldest first
        self._newest: dict[int, int] = {}

    # what Discord tells us

    async def on_message(self, message: discord.Message) -> None:
        if message.guild is None or not message.attachments or self._is_mine(message):
            return
        found = await self._services.memory.drop_channel(message.channel.id)
        if found is not None:
            await self._handle(message, *found)

    async def on_delete(self, channel_id: int, message_id: int) -> None:
        """A message deleted within a minute takes its review items along."""
        age = self._services.clock.now() - discord.utils.snowflake_time(message_id)
        if age > WITHDRAWN_WITHIN + timedelta(seconds=5):
            return
        for post_id in set((await self._services.memory.dropped(message_id)).values()) - {None}:
            await self._withdraw(post_id)

    async def _withdraw(self, post_id: int | None) -> None:
        if post_id is None:
            return
        try:
            post = await self._services.reads.post(post_id, user_id=None)
            if post.status is PostStatus.REVIEW:
                by = Actor(post.user_id, "Discord (message deleted)", "discord")
                await self._services.review.discard(post_id, by=by, expected_version=post.version)
        except UserError as error:
            logger.info("a deleted message's post stayed", extra={"post_id": post_id, "reason": error.sentence})

    async def catch_up(self) -> None:
        """Read what was posted while we did not listen."""
        for setup in await self._services.memory.guilds():
            for channel in setup.drop_channels:
                try:
                    await self._catch_up(channel, setup)
                except _NOT_DISCORDS_FAULT as error:
                    logger.warning(
                        "channel could not be read",
                        extra={"channel_id": channel.channel_id, "reason": str(error)[:200]},
                    )

    async def _catch_up(self, channel: DropChannel, setup: GuildSetup) -> None:
        oldest = discord.utils.time_snowflake(self._services.clock.now() - CAUGHT_UP)
        after = discord.Object(max(channel.handled, oldest))
        place = self._client.get_partial_messageable(channel.channel_id, guild_id=channel.guild_id)
        work = []
        async for message in place.history(limit=CAUGHT_UP_MOST, after=after, oldest_first=True):
            if message.attachments and not self._is_mine(message):
                work.append(self._handle(message, channel, setup))
        await asyncio.gather(*work)

    # one message

    def _is_mine(self, message: discord.Message) -> bool:
        return self._client.user is not None and message.author.id == self._client.user.id

    async def _handle(self, message: discord.Message, channel: DropChannel, setup: GuildSetup) -> None:
        under_way = self._in_hand.setdefault(channel.channel_id, {})
        if message.id in under_way:
            return
        under_way[message.id] = None
        self._newest[channel.channel_id] = max(message.id, self._newest.get(channel.channel_id, 0))
        done = False
        try:
            async with self._turns:
                await self._take(message, channel, setup)
            done = True
        except _NOT_DISCORDS_FAULT as error:
            logger.warning("drop was interrupted", extra={"message_id": message.id, "reason": str(error)[:200]})
        except AppError as error:
            logger.warning("drop could not be taken", extra={"message_id": message.id, "reason": str(error)[:200]})
            await self._react(message, REFUSED)
        finally:
            under_way.pop(message.id, None)
        if done:
            await self._advance(channel.channel_id)

    async def _advance(self, channel_id: int) -> None:
        """Everything before the oldest message under way was dealt with."""
        oldest = min(self._in_hand.get(channel_id) or {}, default=None)
        handled = self._newest[channel_id] if oldest is None else oldest - 1
        await self._services.memory.set_handled(channel_id, handled)

    async def _take(self, message: discord.Message, channel: DropChannel, setup: GuildSetup) -> None:
        known = await self._services.memory.dropped(message.id)
        waiting = [a for a in art(message.attachments) if a.id not in known]
        if not waiting:
            return
        owner = None if setup.owner_id is None else await linked(self._services, setup.owner_id)
        if owner is None:
            await self._refuse_unlinked(message, channel, setup)
            return
        await self._react(message, WAITING)
        may_skip_review = await self._may_skip_review(message, setup)
        landing = Landing(
            user_id=owner.user.id,
            batch=f"discord:{message.id}",
            account_id=channel.account_id,
            one_post=channel.one_post,
            to_draft=channel.to_draft and may_skip_review,
            notes=f"Dropped by {message.author.display_name} in Discord.",
            template_ids=await self._services.rooms.templates.of_door("channel", channel.channel_id),
        )
        by = Actor(owner.user.id, message.author.display_name[:80], "discord")
        chosen = [a for a in message.attachments if a not in art(message.attachments) or a in waiting[:PICTURES_MOST]]
        landed = await self._arrivals.land(chosen, read_message(message.content), landing, by=by)
        for late in waiting[PICTURES_MOST:]:
            landed.refused[late.id] = f"Only the first {PICTURES_MOST} pictures of a message are taken."
        await self._remember(message, landed)
        await self._report(message, landed)
        await self._hint(message, channel, owner.user.name)

    async def _may_skip_review(self, message: discord.Message, setup: GuildSetup) -> bool:
        """Only the owner and reviewers put pictures straight among the drafts."""
        if message.author.id == setup.owner_id:
            return True
        roles = getattr(message.author, "roles", [])
        if not setup.owner_agreed or setup.reviewer_role_id is None:
            return False
        return any(role.id == setup.reviewer_role_id for role in roles)

    async def _remember(self, message: discord.Message, landed: Landed) -> None:
        posts: dict[int, int | None] = {id_: post.id for id_, post in landed.posts.items()}
        posts.update(dict.fromkeys(landed.refused))
        await self._services.memory.note_drop(message.channel.id, message.id, posts, at=self._services.clock.now())

    async def _report(self, message: discord.Message, landed: Landed) -> None:
        await self._unreact(message, WAITING)
        await self._react(message, REFUSED if landed.refused else TAKEN)
        elsewhere = [post for post in landed.known if post.status is not PostStatus.REVIEW]
        if not landed.refused and not elsewhere:
            return
        names = {attachment.id: attachment.filename for attachment in message.attachments}
        lines = [f"**{plain(names[id_], 60)}**: {block(reason, 400)}" for id_, reason in landed.refused.items()]
        for post in elsewhere:
            lines.append(f"The same picture came in within a day: `#{post.id}`, {state_of(post).word.lower()}.")
        if landed.refused and landed.posts:
            lines.append(f"The other {len(landed.posts)} are in.")
        await self._reply(message, "\n".join(lines)[:2000])

    async def _refuse_unlinked(self, message: discord.Message, channel: DropChannel, setup: GuildSetup) -> None:
        await self._react(message, REFUSED)
        if await self._services.memory.hint_once(channel.channel_id, message.author.id):
            whose = "You" if message.author.id == setup.owner_id else "Whoever owns this channel's drops"
            has = "have" if whose == "You" else "has"
            await self._reply(message, f"{whose} {has} not linked Isekai yet: use /link, then post this again.")

    async def _hint(self, message: discord.Message, channel: DropChannel, owner: str) -> None:
        """One friendly word, once, to people whom nobody here knows."""
        if message.webhook_id is not None or message.author.bot:
            return
        if await linked(self._services, message.author.id) is not None:
            return
        if await self._services.memory.hint_once(channel.channel_id, message.author.id):
            told = f"This went to {plain(owner, 60)} for review. To use Isekai for your own works, start with /link."
            await self._reply(message, told)

    # small things that may fail without harm

    async def _react(self, message: discord.Message, emoji: str) -> None:
        try:
            await message.add_reaction(emoji)
        except _NOT_DISCORDS_FAULT:
            logger.info("reaction was not possible", extra={"message_id": message.id})

    async def _unreact(self, message: discord.Message, emoji: str) -> None:
        if self._client.user is None:
            return
        try:
            await message.remove_reaction(emoji, self._client.user)
        except _NOT_DISCORDS_FAULT:
            logger.info("reaction could not be removed", extra={"message_id": message.id})

    async def _reply(self, message: discord.Message, text: str) -> None:
        try:
            await message.reply(text, mention_author=False)
        except _NOT_DISCORDS_FAULT:
            logger.info("reply was not possible", extra={"message_id": message.id})
