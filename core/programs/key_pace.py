"""How often a key may call: a count for each minute, in memory, written down now and then.

A write for every call would cost more than the call. What a crash loses is at most a few seconds of counting; an
ordinary restart loses nothing.
"""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from core.clock import Clock
from core.users import ApiKey

WINDOW_SECONDS = 60
CALLS_PER_MINUTE = 60_000  # where neither the key nor the instance says otherwise


@dataclass(frozen=True, slots=True)
class Allowance:
    """`retry_after` is None while calls are left."""

    limit: int
    remaining: int
    reset_seconds: int
    retry_after: timedelta | None = None


@dataclass(slots=True)
class Count:
    """`window_at`: the minute, in seconds since the epoch."""

    key_id: int
    window_at: int
    calls: int


class PaceRows(Protocol):
    async def all(self) -> Sequence[Count]: ...

    async def save(self, counts: Sequence[Count]) -> None: ...

    async def remove(self, *, before: int) -> None: ...


class PaceTransaction(Protocol):
    @property
    def key_pace(self) -> PaceRows: ...


class PaceStore(Protocol):
    def transaction(self) -> AbstractAsyncContextManager[PaceTransaction]: ...


class KeyPace:
    def __init__(self, store: PaceStore, clock: Clock, *, calls_per_minute: int = CALLS_PER_MINUTE) -> None:
        self._store = store
        self._clock = clock
        self._limit = calls_per_minute
        self._counts: dict[int, Count] = {}
        self._changed: set[int] = set()

    def take(self, key: ApiKey) -> Allowance:
        """Count one call of *key*, and say what is left of its minute."""
        limit = key.calls_per_minute or self._limit
        now = self._clock.now().timestamp()
        window = int(now) // WINDOW_SECONDS * WINDOW_SECONDS
        count = self._counts.get(key.id)
        if count is None or count.window_at != window:
            count = self._counts[key.id] = Count(key.id, window, 0)
        left = max(1, round(window + WINDOW_SECONDS - now))
        self._changed.add(key.id)
        if count.calls >= limit:
            return Allowance(limit, 0, left, timedelta(seconds=left))
        count.calls += 1
        return Allowance(limit, limit - count.calls, left)

    async def load(self) -> None:
        """At the start: the minute goes on where it was."""
        async with self._store.transaction() as tx:
            for count in await tx.key_pace.all():
                self._counts[count.key_id] = count

    async def save(self) -> None:
        """Write what changed since the last time. A key that was removed meanwhile is left out."""
        if not self._changed:
            return
        changed = [self._counts[key_id] for key_id in self._changed if key_id in self._counts]
        self._changed.clear()
        old = int(self._clock.now().timestamp()) - 2 * WINDOW_SECONDS
        async with self._store.transaction() as tx:
            await tx.key_pace.save(changed)
            await tx.key_pace.remove(before=old)
        for key_id in [key_id for key_id, count in self._counts.items() if count.window_at < old]:
            del self._counts[key_id]
