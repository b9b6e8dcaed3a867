"""What is kept of a change of many posts."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from core.bulk.change import Change
from core.bulk.deeds import Before
from core.library.ports import LibraryTransaction
from core.ports import PostQuery


class BulkState(StrEnum):
    OPEN = "open"  # chosen, and nothing wanted of them yet
    RUNNING = "running"
    DONE = "done"
    UNDOING = "undoing"
    UNDONE = "undone"


class Outcome(StrEnum):
    WAITING = "waiting"
    DONE = "done"
    SAME = "same"  # nothing would have differed
    REFUSED = "refused"
    UNDONE = "undone"
    LEFT = "left"  # could not be taken back: changed since, or in flight


@dataclass(frozen=True, slots=True)
class Bulk:
    """`counts` by outcome; `change` None while it is only a selection."""

    id: int
    user_id: int
    actor: str
    via: str
    state: BulkState
    total: int
    created_at: datetime
    change: Change | None = None
    counts: Mapping[str, int] = field(default_factory=dict)

    def count(self, *outcomes: Outcome) -> int:
        return sum(self.counts.get(outcome, 0) for outcome in outcomes)

    @property
    def is_busy(self) -> bool:
        return self.state in {BulkState.RUNNING, BulkState.UNDOING}


@dataclass(frozen=True, slots=True)
class Item:
    """One post of it. `version`: as the change left it."""

    position: int
    post_id: int
    outcome: Outcome
    sentence: str = ""
    before: Before | None = None
    version: int | None = None


class BulkRows(Protocol):
    async def add(self, user_id: int, *, actor: str, via: str, at: datetime) -> int: ...

    async def choose(self, bulk_id: int, post_ids: Sequence[int]) -> int:
        """In that order; how many there are now."""
        ...

    async def choose_matching(self, bulk_id: int, query: PostQuery) -> int:
        """Every post that the query finds, in its order."""
        ...

    async def get(self, bulk_id: int, *, user_id: int) -> Bulk:
        """Raises `NotFound`, also for other people's."""
        ...

    async def save(self, bulk_id: int, state: BulkState, *, change: Change | None = None) -> None:
        """A change is kept where one is given."""
        ...

    async def next(self, bulk_id: int, outcome: Outcome, *, limit: int) -> tuple[Item, ...]:
        """The first that are in that state, in their order."""
        ...

    async def settle(self, bulk_id: int, item: Item) -> None: ...

    async def refuse_waiting(self, bulk_id: int, sentence: str) -> None:
        """All that wait, with this sentence."""
        ...

    async def unfinished(self) -> tuple[tuple[int, int], ...]:
        """(id, person) of those that a restart interrupted, oldest first."""
        ...

    async def remove_old(self, *, open_before: datetime, before: datetime) -> None: ...


class BulkTransaction(LibraryTransaction, Protocol):
    @property
    def bulks(self) -> BulkRows: ...


class BulkStore(Protocol):
    def transaction(self) -> AbstractAsyncContextManager[BulkTransaction]: ...


class BulkReads(Protocol):
    """For pages: one hop each."""

    async def one(self, bulk_id: int, *, user_id: int) -> Bulk: ...

    async def items(
        self, bulk_id: int, *, outcomes: Sequence[Outcome] = (), after: int = -1, limit: int = 50
    ) -> tuple[Item, ...]: ...

    async def recent(self, user_id: int, *, limit: int = 30) -> tuple[Bulk, ...]:
        """Newest first, without what was only chosen."""
        ...
