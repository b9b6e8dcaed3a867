"""The watched folder as values, and what watching asks of the disk and the database."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.people.audit import AuditRows
from core.ports import AccountRepository, InstanceRepository
from core.users import PeopleRows


@dataclass(frozen=True, slots=True)
class Watched:
    """Which folder, and whose posts its pictures become. `to_draft`: past the review. `enabled` False keeps all of
    that for later and looks at nothing."""

    path: str
    user_id: int
    to_draft: bool = False
    account_id: int | None = None
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Seen:
    """A picture in the folder: `size` and `changed` (nanoseconds) tell whether it is still being written."""

    name: str
    size: int
    changed: int
    sidecar: str | None = None

    @property
    def said(self) -> str:
        """The name as text: on disk it may hold bytes that are none."""
        return self.name.encode("utf-8", "backslashreplace").decode()


@dataclass(frozen=True, slots=True)
class Dealt:
    """A picture that was taken (into `post_id`, until that is deleted) or refused (`reason`)."""

    user_id: int
    at: datetime
    name: str
    post_id: int | None = None
    reason: str | None = None


class Folder(Protocol):
    """The folder on disk; every call names it. Errors are `StorageUnavailable` with a sentence."""

    @property
    def suggestion(self) -> str:
        """A path that may always be watched."""
        ...

    async def check(self, path: str) -> str:
        """The path as it will be used. Raises `InvalidInput` when it may not be watched."""
        ...

    async def look(self, path: str) -> Sequence[Seen]:
        """Pictures directly in it, oldest first, each with the file beside it that describes it."""
        ...

    def read(self, path: str, name: str) -> AsyncIterator[bytes]: ...

    async def read_text(self, path: str, name: str, *, most: int) -> str:
        """Raises `InvalidInput` when it is longer than *most* bytes."""
        ...

    async def put_away(self, path: str, seen: Seen, into: str, *, reason: str | None = None) -> None:
        """Move the picture and its side-car into the sub-folder *into*, under names that are free there."""
        ...


class WatchedRows(Protocol):
    async def add(self, dealt: Dealt, *, keep: int) -> None:
        """*keep*: how many of the latest stay."""
        ...

    async def latest(self, *, limit: int) -> Sequence[Dealt]:
        """Newest first."""
        ...


class WatchTransaction(Protocol):
    @property
    def accounts(self) -> AccountRepository: ...
    @property
    def audit(self) -> AuditRows: ...
    @property
    def instance(self) -> InstanceRepository: ...
    @property
    def people(self) -> PeopleRows: ...
    @property
    def watched(self) -> WatchedRows: ...


class WatchStore(Protocol):
    def transaction(self) -> AbstractAsyncContextManager[WatchTransaction]: ...
