"""A clock that tests move."""

import asyncio
import heapq
import itertools
from datetime import UTC, datetime, timedelta

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class FakeClock:
    """Stands still until `advance` moves it; sleepers wake in order as their instants pass."""

    def __init__(self, start: datetime = NOON) -> None:
        self._now = start
        self._monotonic = 1000.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        future = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._monotonic + seconds, next(self._order), future))
        await future

    def jump(self, by: timedelta) -> None:
        """Move the wall clock alone, as a time server might."""
        self._now += by

    async def advance(self, by: timedelta | float) -> None:
        """Let *by* pass, waking sleepers one instant at a time and letting them act."""
        seconds = by.total_seconds() if isinstance(by, timedelta) else float(by)
        target = self._monotonic + seconds
        await settle()
        while self._sleepers and self._sleepers[0][0] <= target:
            due, _, future = heapq.heappop(self._sleepers)
            if future.done():
                continue
            self._now += timedelta(seconds=due - self._monotonic)
            self._monotonic = due
            future.set_result(None)
            await settle()
        self._now += timedelta(seconds=target - self._monotonic)
        self._monotonic = target
        await settle()

    def leap(self, by: timedelta | float) -> None:
        """Let *by* pass at once, as for a machine that slept: sleepers wake late, and act when the loop runs."""
        seconds = by.total_seconds() if isinstance(by, timedelta) else float(by)
        self._now += timedelta(seconds=seconds)
        self._monotonic += seconds
        while self._sleepers and self._sleepers[0][0] <= self._monotonic:
            _, _, future = heapq.heappop(self._sleepers)
            if not future.done():
                future.set_result(None)


async def settle(rounds: int = 20) -> None:
    """Give tasks that are ready a chance to run."""
    for _ in range(rounds):
        await asyncio.sleep(0)
