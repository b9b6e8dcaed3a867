"""What is left to do once a work is public, how it fares, and who is asked."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from zoneinfo import ZoneInfo

from core.events import Event
from core.exclusives.ports import SaleRoom
from core.library.ports import LibraryRows
from core.ports import Transaction
from core.posts.fields import Details
from core.publishing.publication import Publication


class ErrandKind(StrEnum):
    FOLDERS = "folders"  # see that it is in the folders wished for
    COMMENT = "comment"  # post the artist's first comment
    EDIT = "edit"  # tell DeviantArt what was changed here afterwards


@dataclass(frozen=True, slots=True)
class Errand:
    """`asked` grows when it is asked for again while under way; `sent_at`: a comment may have been posted."""

    id: int
    publication_id: int
    post_id: int
    account_id: int
    kind: ErrandKind
    due_at: datetime
    created_at: datetime
    attempts: int = 0
    sent_at: datetime | None = None
    asked: int = 1


@dataclass(frozen=True, slots=True)
class Figures:
    """How a work fares, as DeviantArt counts."""

    deviation_id: str
    favourites: int = 0
    comments: int = 0
    views: int = 0
    downloads: int = 0


@dataclass(frozen=True, slots=True)
class Watched:
    """A published work whose figures are due."""

    publication_id: int
    deviation_id: str
    published_at: datetime


class ErrandRows(Protocol):
    async def ask(self, kind: ErrandKind, publication: Publication, *, due_at: datetime, at: datetime) -> None:
        """One of a kind for a publication: asking again moves it up and counts."""
        ...

    async def due(self, *, now: datetime, limit: int) -> tuple[Errand, ...]: ...

    async def next_at(self) -> datetime | None: ...

    async def later(self, errand: Errand, *, due_at: datetime, attempts: int) -> None:
        """Try again then; forgets `sent_at`."""
        ...

    async def mark_sent(self, errand: Errand, *, at: datetime) -> None: ...

    async def done(self, errand: Errand) -> None:
        """Gone, unless it was asked for again meanwhile."""
        ...


class FigureRows(Protocol):
    async def watch(self, publication: Publication, *, user_id: int, at: datetime) -> None:
        """From now on; its figures are asked for at *at*."""
        ...

    async def accounts_due(self, *, now: datetime) -> tuple[int, ...]: ...

    async def due(self, account_id: int, *, now: datetime, limit: int) -> tuple[Watched, ...]: ...

    async def of_post(self, user_id: int, post_id: int) -> tuple[tuple[int, Watched], ...]:
        """Its works with the accounts that they are on."""
        ...

    async def record(self, work: Watched, figures: Figures | None, *, at: datetime, next_at: datetime) -> None:
        """The latest figures and the day's sample; None: DeviantArt no longer has it."""
        ...

    async def thin_out(self, *, before: datetime, limit: int) -> int:
        """Of samples that old, keep the first of every thirty days; how many of at most *limit* went."""
        ...


class AfterRooms(LibraryRows, SaleRoom, Protocol):
    @property
    def errands(self) -> ErrandRows: ...
    @property
    def figures(self) -> FigureRows: ...


class AfterTransaction(Transaction, Protocol):
    @property
    def rooms(self) -> AfterRooms: ...


class AfterStore(Protocol):
    def transaction(self) -> AbstractAsyncContextManager[AfterTransaction]: ...


class WorksApi(Protocol):
    """DeviantArt's published works, one access token a call. Raises the `ExternalError`s."""

    async def folders_of(self, token: str, deviation_id: str) -> frozenset[str] | None:
        """Ids of the folders it is in; None when DeviantArt does not show it (yet)."""
        ...

    async def edit(self, token: str, deviation_id: str, details: Details) -> None:
        """The full current state; what is unset is cleared. Not the description."""
        ...

    async def describe(self, token: str, item_id: str, details: Details) -> None:
        """The description of a published work, by the Sta.sh item it came from."""
        ...

    async def comment(self, token: str, deviation_id: str, text: str) -> None:
        """Needs the scope `comment.post`."""
        ...

    async def figures(self, token: str, deviation_ids: Sequence[str]) -> tuple[Figures, ...]:
        """At most 10. Works that DeviantArt no longer has are missing."""
        ...


class EventFeed(Protocol):
    async def events_after(self, event_id: int, *, user_id: int | None, limit: int = 500) -> tuple[Event, ...]: ...


@dataclass(frozen=True, slots=True)
class WorkRow:
    """A published work in the list of figures."""

    publication_id: int
    post_id: int
    account_id: int
    file_id: int
    title: str
    url: str
    published_at: datetime
    favourites: int
    comments: int
    views: int
    sampled_at: datetime | None
    is_mature: bool = False


@dataclass(frozen=True, slots=True)
class WorkPage:
    works: tuple[WorkRow, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Month:
    """Works published in one month of the artist's time, and what they have won since."""

    year: int
    month: int
    works: int
    favourites: int
    comments: int
    views: int


@dataclass(frozen=True, slots=True)
class Sample:
    """A day's figures; `day` counts from the epoch."""

    day: int
    favourites: int
    comments: int
    views: int


class FigureReads(Protocol):
    async def works(
        self, user_id: int, *, sort: str, account_id: int | None, cursor: str | None, limit: int
    ) -> WorkPage:
        """`sort`: published, favourites, comments or views; most first."""
        ...

    async def months(self, user_id: int, *, account_id: int | None, place: ZoneInfo) -> tuple[Month, ...]:
        """The last 24 with works in them, oldest first."""
        ...

    async def samples(self, user_id: int, post_id: int) -> dict[int, tuple[Sample, ...]]:
        """By publication, oldest first."""
        ...
