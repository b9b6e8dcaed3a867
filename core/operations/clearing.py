"""Pictures that nothing needs any more: found, left alone while anything may want them, then removed.

A picture is needed by a row, and by a backup that is kept: also by one without pictures, whose rows would otherwise
come back without what they show. Young ones are on their way in. While somebody reads or brings many (a move, an
export, a backup), nothing is removed at all.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from core.clock import Clock
from core.errors import AppError
from core.ports import InstanceRepository
from core.posts.pictures import ImageStore, StoredObject

logger = logging.getLogger(__name__)

# A picture whose row never came; younger ones may still be on their way in.
ORPHAN_AGE = timedelta(hours=24)
EVERY = timedelta(hours=20)  # listing a large bucket costs money
A_STEP = 200  # others wait for the end of a step
REPORT = "pictures_cleared"


class BackupUnreadable(AppError):
    """A kept backup cannot be looked into, so nobody can say what it needs."""


class NeededPictures(Protocol):
    async def needed_pictures(self, sha256s: Collection[str]) -> frozenset[str]: ...


class ClearingTransaction(Protocol):
    @property
    def posts(self) -> NeededPictures: ...
    @property
    def instance(self) -> InstanceRepository: ...


class ClearingStore(Protocol):
    def transaction(self) -> AbstractAsyncContextManager[ClearingTransaction]: ...


class BackupNeeds(Protocol):
    def pictures_needed(self, sha256s: Collection[str]) -> frozenset[str]:
        """Which of these the rows of any kept backup refer to. Blocks; raises `BackupUnreadable`."""
        ...


@dataclass(frozen=True, slots=True)
class Cleared:
    """What one look round found. `removed` counts pictures, `bytes` their files; `problem` is why it stopped."""

    at: int  # seconds since the epoch
    looked_at: int = 0
    removed: int = 0
    bytes: int = 0
    for_backups: int = 0
    leftovers: int = 0
    problem: str = ""
    waits: bool = False  # only for somebody else to be ready


class Clearing:
    def __init__(self, store: ClearingStore, images: ImageStore, backups: BackupNeeds, clock: Clock) -> None:
        self._store = store
        self._images = images
        self._backups = backups
        self._clock = clock

    async def clean(self) -> None:
        """The job: once a day, and again at the next run when something was in the way."""
        now = self._clock.now()
        async with self._store.transaction() as tx:
            last = await tx.instance.get(REPORT)
        if last is not None and not last["problem"] and now.timestamp() - last["at"] < EVERY.total_seconds():
            return
        report = await self.run()
        async with self._store.transaction() as tx:
            await tx.instance.put(REPORT, asdict(report))
        logger.info("pictures cleared", extra=asdict(report))

    async def run(self) -> Cleared:
        """Remove what nothing needs. What stops it is said in the report, and nothing is lost by stopping."""
        before = self._clock.now() - ORPHAN_AGE
        report = Cleared(at=int(self._clock.now().timestamp()))
        try:
            for listed in (self._images.iterate(), self._images.iterate_thumbs()):
                async for batch in _old(listed, before):
                    report = await self._step(report, batch, before)
        except (_InUse, BackupUnreadable) as error:
            return replace(report, problem=str(error), waits=isinstance(error, _InUse))
        return replace(report, leftovers=await self._images.remove_leftovers(before=before))

    async def orphans(self) -> AsyncIterator[StoredObject]:
        """What `run` would remove, files only; nothing is changed. Raises `BackupUnreadable`."""
        async for batch in _old(self._images.iterate(), self._clock.now() - ORPHAN_AGE):
            orphans, _ = await self._unneeded(batch)
            for item in orphans:
                yield item

    async def _step(self, report: Cleared, batch: Sequence[StoredObject], before: datetime) -> Cleared:
        with self._images.alone() as alone:
            if not alone:
                raise _InUse("pictures are being moved, exported or backed up just now; it is tried again")
            orphans, for_backups = await self._unneeded(batch)
            gone = [
                item for item in orphans if await self._images.remove_old(item.sha256, before=before, with_thumb=True)
            ]
        return replace(
            report,
            looked_at=report.looked_at + len(batch),
            removed=report.removed + len(gone),
            bytes=report.bytes + sum(item.bytes for item in gone),
            for_backups=report.for_backups + for_backups,
        )

    async def _unneeded(self, batch: Sequence[StoredObject]) -> tuple[Sequence[StoredObject], int]:
        """Those that no row and no backup refers to, and how many only a backup does."""
        names = {item.sha256 for item in batch}
        async with self._store.transaction() as tx:
            names -= await tx.posts.needed_pictures(names)
        in_backups = await asyncio.to_thread(self._backups.pictures_needed, names) if names else frozenset()
        names -= in_backups
        return [item for item in batch if item.sha256 in names], len(in_backups)


class _InUse(AppError):
    pass


async def _old(listed: AsyncIterator[StoredObject], before: datetime) -> AsyncIterator[Sequence[StoredObject]]:
    batch: list[StoredObject] = []
    async for item in listed:
        if item.modified_at < before:
            batch.append(item)
        if len(batch) == A_STEP:
            yield batch
            batch = []
    if batch:
        yield batch
