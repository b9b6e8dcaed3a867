"""Use cases nobody asks for: what has run out is cleared away."""

from collections.abc import Callable
from datetime import timedelta

from core.clock import Clock
from core.posts.intake import IntakeStore
from core.posts.pictures import ImageStore
from core.posts.post import TRASH_KEPT

PER_RUN = 200
# A picture whose row never came; younger ones may still be on their way in.
ORPHAN_AGE = timedelta(hours=24)


class Upkeep:
    def __init__(
        self,
        store: IntakeStore,
        images: ImageStore,
        clock: Clock,
        *,
        trash_kept: Callable[[], timedelta] = lambda: TRASH_KEPT,
    ) -> None:
        self._store = store
        self._images = images
        self._clock = clock
        self._trash_kept = trash_kept

    async def clean(self) -> None:
        """Trash after 30 days, receipts that ran out, and pictures that no row needs."""
        await self._empty_trash()
        async with self._store.transaction() as tx:
            await tx.receipts.remove_expired(now=self._clock.now())
        await self._remove_orphans()

    async def _empty_trash(self) -> None:
        before = self._clock.now() - self._trash_kept()
        async with self._store.transaction() as tx:
            for post_id in await tx.posts.expired_trash(before=before, limit=PER_RUN):
                await tx.posts.delete(post_id)
            await tx.posts.forget_removed_files(before=before, limit=PER_RUN)

    async def _remove_orphans(self) -> None:
        oldest = self._clock.now() - ORPHAN_AGE
        async for stored in self._images.iterate():
            if stored.modified_at >= oldest:
                continue
            async with self._store.transaction() as tx:
                is_needed = await tx.posts.needs_picture(stored.sha256)
            if not is_needed:
                await self._images.delete(stored.sha256)
