"""How far this machine's clock is from DeviantArt's, as its answers say; asked for when none came for long."""

import contextlib
from datetime import datetime, timedelta
from typing import Protocol

from core.clock import Clock
from core.errors import ExternalError
from core.operations.facts import ClockReading
from core.operations.findings import SKEW_MOST

LOOKED_EVERY = timedelta(minutes=5)
OLD_AFTER = timedelta(hours=6)
OLD_AFTER_SKEW = timedelta(minutes=10)  # so that a clock set right is soon seen to be


class DatedAnswers(Protocol):
    @property
    def clock_offset(self) -> timedelta: ...

    @property
    def clock_heard_at(self) -> datetime | None: ...

    async def placebo(self, token: str) -> None: ...


def is_old(reading: ClockReading, *, now: datetime) -> bool:
    if reading.heard_at is None:
        return True
    lasts = OLD_AFTER_SKEW if abs(reading.offset) > SKEW_MOST else OLD_AFTER
    return not timedelta(0) <= now - reading.heard_at < lasts


class ClockReader:
    """*asks*: whether DeviantArt may be asked for nothing but its time; the sandbox has this machine's."""

    def __init__(self, deviantart: DatedAnswers, clock: Clock, *, asks: bool) -> None:
        self._deviantart = deviantart
        self._clock = clock
        self._asks = asks

    def reading(self) -> ClockReading:
        return ClockReading(self._deviantart.clock_offset, self._deviantart.clock_heard_at)

    async def run(self) -> None:
        """For ever, where DeviantArt is asked at all."""
        while self._asks:
            await self._clock.sleep(LOOKED_EVERY.total_seconds())
            await self.look()

    async def look(self) -> None:
        """Ask when the last answer is too old. It is refused without a token; its date is what is wanted."""
        if is_old(self.reading(), now=self._clock.now()):
            with contextlib.suppress(ExternalError):
                await self._deviantart.placebo("none")
