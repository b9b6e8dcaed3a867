"""Commands are sent to Discord only when they changed: Discord allows few such calls a day."""

from __future__ import annotations

import hashlib
import json
import logging
from typing import TYPE_CHECKING

import discord

from core.ports import Store

if TYPE_CHECKING:
    from bot.client import Tree

logger = logging.getLogger(__name__)

REMEMBERED = "discord.commands"


async def payloads(tree: Tree) -> list[dict[str, object]]:
    """The commands as Discord gets them, translations included."""
    translator = tree.translator
    commands = sorted(tree._get_all_commands(guild=None), key=lambda command: command.qualified_name)
    if translator is None:
        return [command.to_dict(tree) for command in commands]
    return [await command.get_translated_payload(tree, translator) for command in commands]


async def sync_if_changed(tree: Tree, store: Store, *, application_id: int, guild_id: int | None) -> bool:
    """Whether commands were sent. With *guild_id* they show there at once, and nowhere else."""
    packed = json.dumps([application_id, guild_id, await payloads(tree)], sort_keys=True, ensure_ascii=False)
    digest = hashlib.sha256(packed.encode()).hexdigest()
    async with store.transaction() as tx:
        if await tx.instance.get(REMEMBERED) == digest:
            return False
    guild = None if guild_id is None else discord.Object(guild_id)
    if guild is not None:
        tree.copy_global_to(guild=guild)
    await tree.sync(guild=guild)
    async with store.transaction() as tx:
        await tx.instance.put(REMEMBERED, digest)
    logger.info("Discord commands sent", extra={"guild_id": guild_id})
    return True
