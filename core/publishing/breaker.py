"""Pace and circuit of an account, and of the service as a whole; pure.

DeviantArt's limits are adaptive and unpublished, and a tripped filter must decay (`deviantart-api.md`, 2): so the
spacing doubles when we are told to wait and shrinks again with every success.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from core.account import Pace
from core.errors import Busy, ExternalError

ACCOUNTS_OF_AN_OUTAGE = 3  # whose circuits are open together: then it is DeviantArt, not one of them
FIRST_DELAY = timedelta(seconds=1)  # what a doubling starts from where the base spacing is off


@dataclass(frozen=True, slots=True)
class PaceRules:
    """`base` zero switches spacing off, but not the waiting that DeviantArt asks for."""

    base: timedelta
    most: timedelta
    jitter_percent: float
    threshold: int
    open_for: timedelta

    def after_success(self, pace: Pace, *, now: datetime, random: Random) -> Pace:
        delay = max(self.base, pace.delay / 2)
        if delay < max(self.base, FIRST_DELAY):
            delay = self.base
        return Pace(delay=delay, until=self._until(now, delay, random), failures=0, open_until=None)

    def after_busy(self, pace: Pace, *, told: timedelta | None, now: datetime, random: Random) -> Pace:
        """Told to wait: no failure of the circuit, but slower from here on."""
        delay = min(max(pace.delay, self.base, FIRST_DELAY) * 2, self.most)
        until = self._until(now, delay, random)
        # What we were told is a floor, jitter or not.
        return replace(pace, delay=delay, until=max(until or now, now + told) if told else until)

    def after_failure(self, pace: Pace, *, now: datetime) -> Pace:
        """Nothing came back, or nothing sensible: after `threshold` in a row the circuit opens."""
        failures = pace.failures + 1
        open_until = now + self.open_for if failures >= self.threshold else pace.open_until
        return replace(pace, failures=failures, open_until=open_until)

    def is_outage(self, error: ExternalError, *, accounts_open: int) -> bool:
        """A block by address hits everyone at once; so does a DeviantArt that is down, a few accounts later."""
        return (isinstance(error, Busy) and error.blocked) or accounts_open >= ACCOUNTS_OF_AN_OUTAGE

    def _until(self, now: datetime, delay: timedelta, random: Random) -> datetime | None:
        if not delay:
            return None
        return now + delay * (1 + (random.random() * 2 - 1) * self.jitter_percent / 100)
