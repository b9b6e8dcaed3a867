"""Message menus: "Send to Isekai" and "Schedule…"."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands

from bot.access import decider, need_linked, zone_of
from bot.answers import tell
from bot.arrivals import Landing, art
from bot.choices import services_of
from bot.drop_words import read_message
from bot.services import Services
from bot.text import block, plain
from bot.when import schedule_menu
from core.errors import InvalidInput, NotFound
from core.posts.post import Post

if TYPE_CHECKING:
    from bot.client import IsekaiClient

NO_PICTURE = "There is no picture attached to that message."
NOT_IN = "This message has no post. Use “Send to Isekai” first."


@app_commands.context_menu(name="Send to Isekai")
async def send_to_isekai(interaction: discord.Interaction, message: discord.Message) -> None:
    await interaction.response.defer(ephemeral=True, thinking=True)
    services = services_of(interaction)
    client: IsekaiClient = interaction.client  # type: ignore[assignment]
    somebody = await need_linked(interaction, services)
    if not art(message.attachments):
        raise InvalidInput({"message": NO_PICTURE})
    known = await services.memory.dropped(message.id)
    new = [attachment for attachment in message.attachments if known.get(attachment.id) is None]
    if not art(new):
        raise InvalidInput({"message": "These pictures are in Isekai already."})
    landing = Landing(somebody.user.id, batch=f"discord:{message.id}")
    landed = await client.arrivals.land(new, read_message(message.content), landing, by=somebody.actor)
    posts: dict[int, int | None] = {id_: post.id for id_, post in landed.posts.items()}
    await services.memory.note_drop(message.channel.id, message.id, posts, at=services.clock.now())
    lines = [
        f"✅ `#{post.id}` {plain(post.details.title, 80) or 'Untitled'} waits for review." for post in landed.distinct
    ]
    lines += [f"❌ {block(reason, 400)}" for reason in landed.refused.values()]
    await tell(interaction, "\n".join(lines)[:2000])


@app_commands.context_menu(name="Schedule…")
async def schedule(interaction: discord.Interaction, message: discord.Message) -> None:
    await interaction.response.defer(ephemeral=True, thinking=True)
    services = services_of(interaction)
    post = await _post_of(services, message)
    await decider(interaction, services, post)
    zone = await zone_of(services, post.user_id)
    view = await schedule_menu(services, post, time_zone=zone)
    title = plain(post.details.title, 80) or f"#{post.id}"
    await tell(interaction, f"When should **{title}** go out?", view=view)


async def _post_of(services: Services, message: discord.Message) -> Post:
    """The post on a card, or the first that a message's pictures became."""
    card = await services.memory.card_at(message.id)
    if card is not None:
        return await services.reads.post(card.post_id, user_id=None)
    for post_id in (await services.memory.dropped(message.id)).values():
        if post_id is not None:
            return await services.reads.post(post_id, user_id=None)
    raise NotFound(NOT_IN)


MENUS = [send_to_isekai, schedule]
