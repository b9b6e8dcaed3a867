"""Buttons and selects that work after any restart: what they mean stands in their custom id."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import discord

from bot.answers import guarded
from bot.custom_ids import PATTERN, Verb
from bot.paced import PacedButton, RunAnywayButton
from bot.payload import data_of
from bot.pressed import Pressed

if TYPE_CHECKING:
    from bot.client import IsekaiClient

_PRESS = re.compile(PATTERN)
CHOOSE = r"choose:(?P<post_id>[0-9]{1,18}):slot"
PAGE = r"page:(?P<what>[a-z]{1,20}):(?P<start>[0-9]{1,9})"


def verb_of(text: str) -> Verb | None:
    """None for a verb of another version of us."""
    return Verb(text) if text in set(Verb) else None


async def press(interaction: discord.Interaction, match: re.Match[str]) -> None:
    """Somebody pressed a button of a post."""
    client: IsekaiClient = interaction.client  # type: ignore[assignment]
    await guarded(interaction, client.presses.press(interaction, int(match["post_id"]), verb_of(match["verb"])))


async def choose(interaction: discord.Interaction, match: re.Match[str]) -> None:
    """Somebody chose an instant for a post."""
    client: IsekaiClient = interaction.client  # type: ignore[assignment]
    values = data_of(interaction).get("values") or [""]
    await guarded(interaction, client.presses.choose(interaction, int(match["post_id"]), str(values[0])))


async def turn(interaction: discord.Interaction, match: re.Match[str]) -> None:
    """Somebody turns a page of a list."""
    client: IsekaiClient = interaction.client  # type: ignore[assignment]
    await guarded(interaction, client.lists.turn(interaction, match["what"], int(match["start"])))


class PostButton(Pressed[discord.ui.Button[Any]], template=PATTERN):
    async def callback(self, interaction: discord.Interaction) -> None:
        await press(interaction, self.match)


class SlotSelect(Pressed[discord.ui.Select[Any]], template=CHOOSE):
    async def callback(self, interaction: discord.Interaction) -> None:
        await choose(interaction, self.match)


class PageButton(Pressed[discord.ui.Button[Any]], template=PAGE):
    async def callback(self, interaction: discord.Interaction) -> None:
        await turn(interaction, self.match)


DYNAMIC_ITEMS = (PostButton, SlotSelect, PageButton, PacedButton, RunAnywayButton)


async def press_of_a_changed_message(interaction: discord.Interaction) -> None:
    """A press that discord.py lets fall: the message lost the button between the press and its delivery.

    Two people press at once; the first changes the card, the second still deserves an answer.
    """
    custom_id = str(data_of(interaction).get("custom_id", ""))
    match = _PRESS.fullmatch(custom_id)
    if match is None or interaction.message is None or custom_id in _custom_ids(interaction.message):
        return
    await press(interaction, match)


def _custom_ids(message: discord.Message) -> set[str]:
    children = (child for row in message.components for child in getattr(row, "children", []))
    return {child.custom_id for child in children if getattr(child, "custom_id", None)}
