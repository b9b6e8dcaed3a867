"""The inspector: the last calls of each key, as they came, were read and were answered."""

from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from core.errors import StorageUnavailable

KEPT_EACH = 30
WAITING_MOST = 500  # calls not written yet; older ones give way


@dataclass(frozen=True, slots=True)
class Call:
    """`came`: content type and size. `read_as`: fields and files as understood, without pictures or keys."""

    key_id: int
    at: datetime
    method: str
    path: str
    address: str
    agent: str
    came: str
    status: int
    answer: str
    took_ms: int
    read_as: Mapping[str, Any] = field(default_factory=dict)
    id: int = 0


class CallRows(Protocol):
    async def add(self, calls: Sequence[Call], *, keep: int) -> None:
        """Insert, and forget the oldest of each key beyond *keep*. Calls of keys that are gone are left out."""
        ...


class CallTransaction(Protocol):
    @property
    def key_calls(self) -> CallRows: ...


class CallStore(Protocol):
    def transaction(self) -> AbstractAsyncContextManager[CallTransaction]: ...


class CallReads(Protocol):
    async def of_key(self, key_id: int, *, user_id: int, limit: int) -> tuple[Call, ...]:
        """Newest first; empty for other people's keys."""
        ...


class Calls:
    """Notes are taken in memory and written together, so that no call waits for its own note."""

    def __init__(self, store: CallStore, reads: CallReads) -> None:
        self._store = store
        self._reads = reads
        self._waiting: deque[Call] = deque(maxlen=WAITING_MOST)

    def note(self, call: Call) -> None:
        self._waiting.append(call)

    async def save(self) -> None:
        calls = list(self._waiting)
        self._waiting.clear()
        if not calls:
            return
        try:
            async with self._store.transaction() as tx:
                await tx.key_calls.add(calls, keep=KEPT_EACH)
        except StorageUnavailable:
            self._waiting.extendleft(reversed(calls))
            raise

    async def of_key(self, key_id: int, *, user_id: int) -> tuple[Call, ...]:
        """With what was noted a moment ago."""
        await self.save()
        return await self._reads.of_key(key_id, user_id=user_id, limit=KEPT_EACH)
