"""Use cases nobody asks for: what has run out is cleared away."""

from collections.abc import Callable
from datetime import timedelta

from core.clock import Clock
from core.posts import edits
from core.posts.intake import IntakeStore
from core.posts.post import TRASH_KEPT

PER_RUN = 200


class Upkeep:
    def __init__(
        self,
        store: IntakeStore,
        clock: Clock,
        *,
        trash_kept: Callable[[], timedelta] = lambda: TRASH_KEPT,
    ) -> None:
        self._store = store
        self._clock = clock
        self._trash_kept = trash_kept

    async def clean(self) -> None:
        """Trash, edits that cannot be taken back any more, and receipts that ran out.

        Pictures are `operations/clearing.py`'s.
        """
        await self._empty_trash()
        now = self._clock.now()
        async with self._store.transaction() as tx:
            await tx.receipts.remove_expired(now=now)
            await tx.edits.forget(before=now - edits.KEPT, limit=PER_RUN)

    async def _empty_trash(self) -> None:
        before = self._clock.now() - self._trash_kept()
        async with self._store.transaction() as tx:
            for post_id in await tx.posts.expired_trash(before=before, limit=PER_RUN):
                await tx.posts.delete(post_id)
            await tx.posts.forget_removed_files(before=before, limit=PER_RUN)
