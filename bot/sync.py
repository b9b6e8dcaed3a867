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


async def _clear(tree: Tree, application_id: int, guild_id: int | None) -> None:
    """Where the commands stood before: else people would see each of them twice."""
    http = tree.client.http
    try:
        if guild_id is None:
            await http.bulk_upsert_global_commands(application_id, [])
        else:
            await http.bulk_upsert_guild_commands(application_id, guild_id, [])
    except discord.HTTPException as error:
        logger.warning("old Discord commands stayed", extra={"guild_id": guild_id, "reason": str(error)[:200]})


async def sync_if_changed(tree: Tree, store: Store, *, application_id: int, guild_id: int | None) -> bool:
    """Whether commands were sent. With *guild_id* they show there at once, and nowhere else."""
    packed = json.dumps([application_id, guild_id, await payloads(tree)], sort_keys=True, ensure_ascii=False)
    digest = hashlib.sha256(packed.encode()).hexdigest()
    async with store.transaction() as tx:
        known = await tx.instance.get(REMEMBERED) or {}
    if known.get("digest") == digest:
        return False
    guild = None if guild_id is None else discord.Object(guild_id)
    if guild is not None:
        tree.copy_global_to(guild=guild)
    await tree.sync(guild=guild)
    if known.get("application_id") == application_id and known.get("guild_id") != guild_id:
        await _clear(tree, application_id, known.get("guild_id"))
    remembered = {"digest": digest, "application_id": application_id, "guild_id": guild_id}
    async with store.transaction() as tx:
        await tx.instance.put(REMEMBERED, remembered)
    logger.info("Discord commands sent", extra={"guild_id": guild_id})
    return True
