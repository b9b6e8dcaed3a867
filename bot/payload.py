"""The raw data of an interaction, for those that discord.py has no object for."""

from __future__ import annotations

from typing import Any

import discord


def data_of(interaction: discord.Interaction[Any]) -> dict[str, Any]:
    """Empty when there is none."""
    return dict(interaction.data or {})
