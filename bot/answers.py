"""Answering interactions: the one place where errors become words."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable
from typing import Any

import aiohttp
import discord
from discord import app_commands

from bot.payload import data_of
from core.errors import ExternalError, StorageUnavailable, UserError
from core.log_trail import begin

logger = logging.getLogger(__name__)

UNKNOWN_INTERACTION, INVALID_TOKEN, UNKNOWN_WEBHOOK = 10062, 50027, 10015
GONE = {UNKNOWN_INTERACTION, INVALID_TOKEN, UNKNOWN_WEBHOOK}


async def tell(
    interaction: discord.Interaction,
    content: str | None = None,
    *,
    embed: discord.Embed = discord.utils.MISSING,
    view: discord.ui.View | None = None,
    file: discord.File = discord.utils.MISSING,
) -> None:
    """Say something that only this person sees, whether or not the interaction was deferred."""
    shown: dict[str, Any] = {"content": content, "embed": embed, "file": file, "ephemeral": True}
    if view is not None:
        shown["view"] = view
    if interaction.response.is_done():
        await interaction.followup.send(**{k: v for k, v in shown.items() if v is not None})
    else:
        await interaction.response.send_message(**{k: v for k, v in shown.items() if v is not None})


def note_at_work(client: discord.Client, *, about: int) -> None:
    """So that closing waits a moment for what this task is doing, and its log lines say what it is *about*.

    *about* is the id of the interaction or message.
    """
    begin(request_id=f"discord-{about}")
    at_work: set[asyncio.Task[Any]] | None = getattr(client, "at_work", None)
    task = asyncio.current_task()
    if at_work is not None and task is not None:
        at_work.add(task)
        task.add_done_callback(at_work.discard)


async def guarded(interaction: discord.Interaction, work: Awaitable[None]) -> None:
    """Await *work* at the top of an interaction; whatever goes wrong is said to the person."""
    note_at_work(interaction.client, about=interaction.id)
    try:
        await work
    except Exception as error:
        await explain(interaction, error)


async def explain(interaction: discord.Interaction, error: BaseException) -> None:
    """Tell the person; what they cannot act on is logged with a short id that they are told."""
    if isinstance(error, app_commands.CommandInvokeError | app_commands.TransformerError) and error.__cause__:
        error = error.__cause__
    if isinstance(error, discord.HTTPException) and error.code in GONE:
        logger.info("interaction ended before it was answered", extra={"code": error.code})
        return
    try:
        await tell(interaction, words_for(error) or _incident(interaction, error))
    except (discord.HTTPException, aiohttp.ClientError) as failure:
        logger.warning("an answer could not be given", extra={"reason": str(failure)[:200]})


def words_for(error: BaseException) -> str | None:
    """A sentence for people; None for what is an incident."""
    match error:
        case UserError():
            return error.sentence
        case StorageUnavailable():
            return "Isekai cannot write at the moment. Nothing was changed; try again in a minute."
        case ExternalError():
            return "DeviantArt did not answer as expected. Nothing is lost; try again in a minute."
        case app_commands.MissingPermissions():
            return "You need the permission “Manage Server” for this."
        case app_commands.NoPrivateMessage():
            return "This works in a server only."
        case app_commands.CheckFailure():
            return "You may not use this here."
        case _:
            return None


def _incident(interaction: discord.Interaction, error: BaseException) -> str:
    incident = secrets.token_hex(4)
    command = (
        interaction.command.qualified_name if interaction.command else str(data_of(interaction).get("custom_id"))
    )
    logger.error(
        "interaction failed",
        exc_info=error,
        extra={"incident": incident, "command": command, "user": interaction.user.id},
    )
    return f"Something went wrong here, and it was written down. Tell whoever runs this Isekai: `{incident}`"
