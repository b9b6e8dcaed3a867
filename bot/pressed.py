"""What every button and select has that finds out from its custom id what it means."""

from __future__ import annotations

import re
from typing import Any, Generic, Self, TypeVar

import discord

Item = TypeVar("Item", bound=discord.ui.Item[Any])


class Pressed(discord.ui.DynamicItem[Item], Generic[Item], template=r"(?!)"):
    """`match` is its custom id, matched with the template of its class; this class itself matches none."""

    def __init__(self, item: Item, match: re.Match[str]) -> None:
        super().__init__(item)
        self.match = match

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(item, match)  # type: ignore[arg-type]
