"""What is kept for so long and no longer, where administrators say so: originals of published works, and history."""

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from core.clock import Clock
from core.operations.instance_settings import InstanceSettings
from core.ports import InstanceRepository
from core.posts.pictures import ImageStore

logger = logging.getLogger(__name__)
POSITION = "originals_removed_to"
POSTS_A_RUN = 500
EVENTS_A_RUN = 5000
# The same picture may have been kept again a moment ago, for a post whose row is not there yet.
MAY_BE_ARRIVING = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class OldWork:
    """A published post, and those of its files that no other post needs."""

    post_id: int
    published_at: datetime
    pictures: tuple[str, ...]


class RetentionRows(Protocol):
    async def old_works(self, *, after: tuple[int, int], before: datetime, limit: int) -> Sequence[OldWork]:
        """Published before, and after that second and post; in that order."""
        ...

    async def remove_events(self, *, before: datetime, limit: int) -> int: ...


class RetentionTransaction(Protocol):
    @property
    def instance(self) -> InstanceRepository: ...
    @property
    def retention(self) -> RetentionRows: ...


class RetentionStore(Protocol):
    def transaction(self) -> AbstractAsyncContextManager[RetentionTransaction]: ...


class Retention:
    def __init__(
        self, store: RetentionStore, images: ImageStore, clock: Clock, settings: Callable[[], InstanceSettings]
    ) -> None:
        self._store = store
        self._images = images
        self._clock = clock
        self._settings = settings

    async def clean(self) -> None:
        settings = self._settings()
        now = self._clock.now()
        if settings.originals_days:
            await self._remove_originals(now - timedelta(days=settings.originals_days))
        if settings.events_days:
            async with self._store.transaction() as tx:
                await tx.retention.remove_events(
                    before=now - timedelta(days=settings.events_days), limit=EVENTS_A_RUN
                )

    async def _remove_originals(self, before: datetime) -> None:
        """Thumbnails stay. The position moves after the files are gone: removing one twice does no harm."""
        async with self._store.transaction() as tx:
            at, post_id = await tx.instance.get(POSITION) or (0, 0)
            works = await tx.retention.old_works(after=(at, post_id), before=before, limit=POSTS_A_RUN)
        on_the_way = self._clock.now() - MAY_BE_ARRIVING
        for work in works:
            for sha256 in work.pictures:
                await self._images.remove_old(sha256, before=on_the_way, with_thumb=False)
        if works:
            async with self._store.transaction() as tx:
                await tx.instance.put(POSITION, [int(works[-1].published_at.timestamp()), works[-1].post_id])
            logger.info("originals removed", extra={"posts": len(works)})
