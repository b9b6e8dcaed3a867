"""One task for what follows publishing: wakes with the log, and now and then by itself."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from core.bus import Bus
from core.clock import Clock, wait_for_event
from core.events import Event
from core.published.errands import Errands
from core.published.figures import FigureKeeper

ROUND = timedelta(minutes=1)
FIGURES_EVERY = timedelta(minutes=10)


class AfterKeeper:
    """Supervised: errors of a round are the supervisor's business, and lose nothing."""

    def __init__(self, errands: Errands, figures: FigureKeeper, bus: Bus, clock: Clock) -> None:
        self._errands = errands
        self._figures = figures
        self._clock = clock
        self._bell = asyncio.Event()
        bus.listen(self._on_events)

    def _on_events(self, events: Sequence[Event]) -> None:
        if any(event.kind.startswith(("publication.", "post.edited")) for event in events):
            self._bell.set()

    async def run(self) -> None:
        sampled: float | None = None
        while True:
            self._bell.clear()
            await self.round()
            if sampled is None or self._clock.monotonic() - sampled >= FIGURES_EVERY.total_seconds():
                sampled = self._clock.monotonic()
                await self._figures.sample()
            await wait_for_event(self._clock, self._bell, ROUND.total_seconds())

    async def round(self) -> None:
        """Everything that is due now."""
        while await self._errands.notice_edits():
            pass
        await self._errands.run_due()
