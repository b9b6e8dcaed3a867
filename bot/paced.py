"""When the pacing guard objects: its sentences, and buttons for the next time it allows or for doing it anyway."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import discord

from bot.access import decider, need_linked, zone_of
from bot.answers import guarded, tell
from bot.choices import services_of
from bot.locales import label_in
from bot.pressed import Pressed
from bot.text import block, label, plain
from bot.times import moment
from core.errors import NotFound
from core.planning.natural_times import label as planned_label
from core.planning.pacing import PacingBroken
from core.planning.wall_clock import planned_at, zone
from core.posts.post import Post

if TYPE_CHECKING:
    from bot.client import IsekaiClient

PACED = r"paced:(?P<post_id>[0-9]{1,18}):(?P<second>[0-9]{1,11}):(?P<way>fits|anyway)"
RUN = r"run:(?P<automation_id>[0-9]{1,18}):anyway"
GONE = "This post is no longer here."


def objection(error: PacingBroken) -> str:
    return "Pacing: " + block(" ".join(error.sentences), 1500)


def paced_view(post: Post, wanted: datetime, error: PacingBroken, *, time_zone: str, locale: str) -> discord.ui.View:
    """*wanted* is the instant the guard objected to; the buttons are for readers of *locale*."""
    buttons = []
    if error.suggestion is not None:
        fits = label(planned_label(planned_at(error.suggestion, zone(time_zone))))
        buttons.append(
            (
                f"{label_in(locale, 'Next allowed')}: {fits}"[:80],
                error.suggestion,
                "fits",
                discord.ButtonStyle.primary,
            )
        )
    buttons.append((label_in(locale, "Schedule anyway"), wanted, "anyway", discord.ButtonStyle.secondary))
    view = discord.ui.View(timeout=None)
    for text, at, way, style in buttons:
        custom_id = f"paced:{post.id}:{int(at.timestamp())}:{way}"
        item: discord.ui.Button[Any] = discord.ui.Button(label=text, style=style, custom_id=custom_id)
        view.add_item(item)
    view.stop()
    return view


def run_anyway_view(automation_id: int, *, locale: str) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    style = discord.ButtonStyle.secondary
    button: discord.ui.Button[Any] = discord.ui.Button(
        label=label_in(locale, "Run anyway"), style=style, custom_id=f"run:{automation_id}:anyway"
    )
    view.add_item(button)
    view.stop()
    return view


class PacedButton(Pressed[discord.ui.Button[Any]], template=PACED):
    """Schedules at the instant in its id; works after a restart, and checks again who presses."""

    async def callback(self, interaction: discord.Interaction) -> None:
        await guarded(interaction, self._press(interaction))

    async def _press(self, interaction: discord.Interaction) -> None:
        client: IsekaiClient = interaction.client  # type: ignore[assignment]
        services = services_of(interaction)
        await interaction.response.defer()
        try:
            post = await services.reads.post(int(self.match["post_id"]), user_id=None)
        except NotFound:
            raise NotFound(GONE) from None
        actor = await decider(interaction, services, post)
        place = zone(await zone_of(services, post.user_id))
        planned = planned_at(datetime.fromtimestamp(int(self.match["second"]), UTC), place)
        anyway = self.match["way"] == "anyway"
        await client.presses.schedule(interaction, post, planned, actor, override_pacing=anyway)


class RunAnywayButton(Pressed[discord.ui.Button[Any]], template=RUN):
    """Runs an automation of whoever presses, whatever pacing says."""

    async def callback(self, interaction: discord.Interaction) -> None:
        await guarded(interaction, self._press(interaction))

    async def _press(self, interaction: discord.Interaction) -> None:
        await interaction.response.defer()
        services = services_of(interaction)
        somebody = await need_linked(interaction, services)
        post = await services.planning.ticking.run_now(
            int(self.match["automation_id"]), by=somebody.actor, override_pacing=True
        )
        await tell(interaction, ran(post))


def ran(post: Post) -> str:
    """What running an automation once led to."""
    title = plain(post.details.title, 80) or "Untitled"
    when = f" for {moment(post.plan.due_at)}" if post.plan else ""
    return f"**{title}** (`#{post.id}`) is scheduled{when}."
