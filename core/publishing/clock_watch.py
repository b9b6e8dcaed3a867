"""Notices when the wall clock is set: it and the monotonic clock part ways. Pure but for asking the clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.clock import Clock

# What a time server's corrections and rounding may do without being called a jump.
NOTICED = timedelta(seconds=5)
AHEAD_BY = timedelta(seconds=60)
# A clock that is suddenly far ahead is believed after this: a wrong one is often set right by then, and what would
# have gone out early cannot be taken back. A machine that was suspended looks the same and loses a minute.
DISBELIEF = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Look:
    """`back`: how far the clock was set back since the last look. `wait`: do nothing for this long."""

    back: timedelta = timedelta(0)
    wait: timedelta = timedelta(0)


class ClockWatch:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last: tuple[datetime, float] | None = None
        self._believed_at: float | None = None

    def look(self) -> Look:
        now, monotonic = self._clock.now(), self._clock.monotonic()
        jump = timedelta(0)
        if self._last is not None:
            jump = (now - self._last[0]) - timedelta(seconds=monotonic - self._last[1])
        self._last = (now, monotonic)
        if jump > AHEAD_BY:
            self._believed_at = monotonic + DISBELIEF.total_seconds()
        back = -jump if jump < -NOTICED else timedelta(0)
        if back and self._believed_at is not None:
            # Set right again in time: nothing was done by the wrong clock.
            self._believed_at = None
            return Look()
        if self._believed_at is None or monotonic >= self._believed_at:
            self._believed_at = None
            return Look(back=back)
        return Look(back=back, wait=timedelta(seconds=self._believed_at - monotonic))
