"""Who is asked for inspiration, and what is kept of it."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.inspiration.looks import Look
from core.inspiration.works import Page, Shown
from core.ports import Transaction


class BrowseApi(Protocol):
    """DeviantArt's public side, one access token a call. Raises the `ExternalError`s."""

    async def look(self, token: str, look: Look) -> Page: ...

    async def download(self, token: str, deviation_id: str) -> str:
        """A fresh address of the full file, good for minutes."""
        ...


@dataclass(frozen=True, slots=True)
class Copy:
    page: Page
    fetched_at: datetime


class CopyRows(Protocol):
    async def put(self, key: bytes, look: Look, viewer: int | None, copy: Copy) -> None: ...

    async def sweep(self, *, before: datetime, most_bytes: int) -> int:
        """Remove what is older, then the oldest until the rest fits; how many went."""
        ...


class CopyReads(Protocol):
    async def find(self, key: bytes) -> Copy | None: ...


@dataclass(frozen=True, slots=True)
class KeepList:
    id: int
    user_id: int
    name: str
    works: int
    created_at: datetime


class KeepRows(Protocol):
    async def lists(self, user_id: int) -> tuple[KeepList, ...]: ...

    async def add(self, user_id: int, name: str, *, at: datetime) -> KeepList: ...

    async def rename(self, list_id: int, name: str) -> None: ...

    async def remove(self, list_id: int) -> None: ...

    async def keep(self, list_id: int, work: Shown, *, at: datetime) -> None: ...

    async def drop(self, list_id: int, deviation_id: str) -> None: ...


class KeepReads(Protocol):
    async def lists(self, user_id: int) -> Sequence[KeepList]: ...

    async def works(self, user_id: int, list_id: int, *, offset: int, limit: int) -> tuple[Shown, ...]:
        """Newest first, without picture addresses."""
        ...


class InspirationRooms(Protocol):
    @property
    def copies(self) -> CopyRows: ...
    @property
    def keeps(self) -> KeepRows: ...


class InspirationTransaction(Transaction, Protocol):
    @property
    def rooms(self) -> InspirationRooms: ...


class InspirationStore(Protocol):
    def transaction(self) -> AbstractAsyncContextManager[InspirationTransaction]: ...
