"""The whole application in this process, whose clock is moved: the time of a day passes in a second or two."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp

from benchmarks.processes import Running, against
from core.app.server import TIMINGS
from tests.support.app import AppHarness, running_app
from tests.support.clock import FakeClock

# The real seconds that one leap may take until everything it woke has been done.
LEAP_SECONDS = 60.0


@dataclass
class Instance:
    """`pass_time` moves the clock, and the sandbox's with it, and lets everything that comes due be done."""

    harness: AppHarness
    clock: FakeClock
    sandbox: Running
    _session: aiohttp.ClientSession
    _last_rung: dict[str, datetime] = field(default_factory=dict)

    async def pass_time(self, by: timedelta) -> None:
        await self._move(by)
        rung = self._ring()
        until = time.monotonic() + LEAP_SECONDS
        while not await self._is_quiet(rung):
            if time.monotonic() > until:
                raise RuntimeError(f"still busy at {self.clock.now()}: {self.harness.app.publisher.state}")
            # Somebody in flight may wait for the clock: a retry, or room in the line of calls.
            await self._move(timedelta(seconds=1))

    async def _move(self, by: timedelta) -> None:
        shift = (self.clock.now() + by).timestamp() - time.time()
        url = f"{self.sandbox.url}/_sandbox/state"
        async with self._session.post(url, json={"clock_offset_seconds": shift}) as answer:
            answer.raise_for_status()
        self.clock.leap(by)

    def _ring(self) -> dict[str, datetime]:
        """The bells whose time has come, as the timer would have rung them."""
        jobs, now = self.harness.app.jobs, self.clock.now()
        due = [name for name, timing in TIMINGS.items() if now - self._last_rung.get(name, now) >= timing.every]
        for name in TIMINGS:
            self._last_rung.setdefault(name, now)
        for name in due:
            self._last_rung[name] = now
            jobs.statuses[name].last_error = None
            jobs.ring_in_turn(name)
        return dict.fromkeys(due, now)

    async def _is_quiet(self, rung: dict[str, datetime]) -> bool:
        app = self.harness.app
        sweeps = app.publisher.sweeps
        app.publisher.wake()
        for _ in range(200):
            await asyncio.sleep(0.001)
            if app.publisher.state.in_flight == 0 and app.publisher.sweeps > sweeps and not self._unfinished(rung):
                return True
        return False

    def _unfinished(self, rung: dict[str, datetime]) -> list[str]:
        statuses = self.harness.app.jobs.statuses
        return [
            name
            for name, at in rung.items()
            if statuses[name].last_error is None
            and (statuses[name].last_success or datetime.min.replace(tzinfo=UTC)) < at
        ]


@asynccontextmanager
async def an_instance(home: Path, sandbox: Running, **settings: str) -> AsyncIterator[Instance]:
    """It begins at the present minute, for what lies on disk carries the real time."""
    (home / "samples").mkdir(parents=True, exist_ok=True)  # they are the sandbox's, and would only be drawn
    clock = FakeClock(datetime.now(UTC).replace(second=0, microsecond=0))
    async with (
        running_app(home, clock, **against(sandbox.url), **settings) as harness,
        aiohttp.ClientSession() as session,
    ):
        yield Instance(harness, clock, sandbox, session)
