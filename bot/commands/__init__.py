"""App commands, one file a group. `all_commands` is the tree that is synced."""

from __future__ import annotations

from typing import Any

from discord import app_commands

from bot.commands import about, automations, linking, lists, menus, planning, server, settings, uploading

AnyCommand = app_commands.Command[Any, ..., Any] | app_commands.Group | app_commands.ContextMenu


def all_commands() -> list[AnyCommand]:
    return [
        *linking.COMMANDS,
        *server.COMMANDS,
        *uploading.COMMANDS,
        *lists.COMMANDS,
        *planning.COMMANDS,
        automations.GROUP,
        *settings.COMMANDS,
        *about.COMMANDS,
        *menus.MENUS,
    ]
