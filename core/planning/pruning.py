"""Use case nobody asks for: what planning no longer needs is cleared away, a piece at a time."""

from datetime import timedelta

from core.clock import Clock
from core.planning.ports import Outdated, PlanningStore
from core.planning.replanning import UNDO_KEPT

LINES_KEPT = timedelta(days=180)
# No tick looks further back than a month, so no slot this old can come round again.
USES_KEPT = timedelta(days=400)
REMOVED_KEPT = timedelta(days=30)
HOLIDAYS_KEPT = timedelta(days=400)
PER_RUN = 2000  # rows of each kind, so that nobody waits for the one writer


class Pruning:
    def __init__(self, store: PlanningStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def clean(self) -> int:
        """The number of rows that went. Histories keep half a year, used slots more than one."""
        now = self._clock.now()
        outdated = Outdated(
            lines=now - LINES_KEPT,
            uses=now - USES_KEPT,
            undos=now - UNDO_KEPT,
            removed=now - REMOVED_KEPT,
            holidays=(now - HOLIDAYS_KEPT).date(),
        )
        async with self._store.transaction() as tx:
            return await tx.planning.forget(outdated, limit=PER_RUN)
