"""The backups that lie beside the instance: what there is, one made by hand, what is kept."""

import asyncio
import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from core.actor import Actor
from core.clock import Clock
from core.errors import WrongState
from core.people.audit import AuditStore, audit

logger = logging.getLogger(__name__)

# A day after the last one, not after the start of the process: some are restarted daily.
DAILY = timedelta(hours=23, minutes=30)
_NAME = re.compile(r"(daily|manual)-(\d{8}-\d{6})\.backup|(before-migration)-(\d{8}-\d{6})\.db")


class BackupKind(StrEnum):
    """As their files are named."""

    DAILY = "daily"
    BEFORE_MIGRATION = "before-migration"
    BY_HAND = "manual"


@dataclass(frozen=True, slots=True)
class BackupFile:
    name: str
    kind: BackupKind
    made_at: datetime
    size: int  # bytes

    @property
    def is_encrypted(self) -> bool:
        """The copy before a migration is a plain database; the others are sealed files."""
        return self.kind is not BackupKind.BEFORE_MIGRATION


@dataclass(frozen=True, slots=True)
class Progress:
    """Of the backup being made, or of the last one. Pictures written, out of how many."""

    is_running: bool = False
    done: int = 0
    total: int = 0
    problem: str = ""
    name: str = ""


OnProgress = Callable[[int, int], None]


class Shelf(Protocol):
    """Where backups lie. Everything blocks: call it in a thread."""

    def files(self) -> Sequence[BackupFile]:
        """Newest first."""
        ...

    def path(self, name: str) -> Path:
        """Raises `NotFound` for what is no backup of ours."""
        ...

    def make(self, kind: BackupKind, *, images: bool, now: datetime, on_progress: OnProgress) -> BackupFile: ...

    def prune(self, *, keep: int) -> None:
        """Leave the *keep* newest daily ones, and as many from before migrations; those by hand are kept."""
        ...

    def remove(self, name: str) -> None: ...


def kind_of(name: str) -> tuple[BackupKind, datetime] | None:
    """What a file is, by its name; None for other files."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    try:
        at = datetime.strptime(found[2] or found[4], "%Y%m%d-%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    return BackupKind(found[1] or found[3]), at


def name_of(kind: BackupKind, now: datetime) -> str:
    return f"{kind}-{now:%Y%m%d-%H%M%S}.{'db' if kind is BackupKind.BEFORE_MIGRATION else 'backup'}"


def is_due(newest: datetime | None, *, now: datetime) -> bool:
    return newest is None or not timedelta(0) <= now - newest < DAILY


class Backups:
    """Made daily and by hand, one at a time. *kept* and *with_images* are asked anew every time."""

    def __init__(
        self,
        shelf: Shelf,
        store: AuditStore,
        clock: Clock,
        *,
        kept: Callable[[], int],
        with_images: Callable[[], bool],
    ) -> None:
        self._shelf = shelf
        self._store = store
        self._clock = clock
        self._kept = kept
        self._with_images = with_images
        self._bell = asyncio.Event()
        self._wanted: bool | None = None  # with images?
        self._lock = asyncio.Lock()
        self.progress = Progress()

    @property
    def kept(self) -> int:
        """How many daily ones."""
        return self._kept()

    async def files(self) -> Sequence[BackupFile]:
        return await asyncio.to_thread(self._shelf.files)

    def newest(self) -> datetime | None:
        """Of any kind but the copies before migrations, which hold no pictures and are not sealed. Blocks."""
        made = (file.made_at for file in self._shelf.files() if file.is_encrypted)
        return max(made, default=None)

    async def hand_out(self, name: str, *, by: Actor) -> Path:
        """The file, for an administrator to take away. Raises `NotFound`."""
        path = await asyncio.to_thread(self._shelf.path, name)
        await self._write_down(by, "backup.downloaded", f"Downloaded the backup {name}.")
        return path

    async def remove(self, name: str, *, by: Actor) -> None:
        """Raises `NotFound`."""
        await asyncio.to_thread(self._shelf.path, name)
        await self._write_down(by, "backup.removed", f"Removed the backup {name}.")
        await asyncio.to_thread(self._shelf.remove, name)

    async def daily(self) -> None:
        """The job: makes today's, unless it is there."""
        files = await self.files()
        made = [file.made_at for file in files if file.kind is BackupKind.DAILY]
        if is_due(max(made, default=None), now=self._clock.now()):
            await self._make(BackupKind.DAILY, images=self._with_images())
        await asyncio.to_thread(self._shelf.prune, keep=self._kept())

    async def ask(self, *, images: bool, by: Actor) -> None:
        """Have one made by hand; `progress` tells of it. Raises `WrongState` while one is being made."""
        if self.progress.is_running:
            raise WrongState("A backup is being made already.")
        self.progress = Progress(is_running=True)
        self._wanted = images
        self._bell.set()
        await self._write_down(by, "backup.made", "Had a backup made.")

    async def run(self) -> None:
        """For ever: make what was asked for."""
        while True:
            await self._bell.wait()
            self._bell.clear()
            if self._wanted is None:
                continue
            images, self._wanted = self._wanted, None
            try:
                await self._make(BackupKind.BY_HAND, images=images)
            except Exception as error:
                logger.exception("backup failed")
                self.progress = Progress(problem=f"It failed: {error}.")

    async def _write_down(self, by: Actor, what: str, about: str) -> None:
        async with self._store.transaction() as tx:
            await audit(tx, by, what, about, at=self._clock.now())

    async def _make(self, kind: BackupKind, *, images: bool) -> BackupFile:
        async with self._lock:
            self.progress = Progress(is_running=True)

            def on_progress(done: int, total: int) -> None:
                self.progress = replace(self.progress, done=done, total=total)

            try:
                made = await asyncio.to_thread(
                    self._shelf.make, kind, images=images, now=self._clock.now(), on_progress=on_progress
                )
            except BaseException:
                self.progress = Progress(problem="It failed; the log says why.")
                raise
            self.progress = replace(self.progress, is_running=False, name=made.name)
            logger.info(
                "backup made", extra={"backup": made.name, "bytes": made.size, "pictures": self.progress.total}
            )
            return made
