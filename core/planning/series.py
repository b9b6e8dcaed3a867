"""Use cases of series: posts that go out in order, with a gap between their parts."""

from collections.abc import Sequence

from core.actor import Actor
from core.clock import Clock
from core.errors import InvalidInput, NotFound
from core.people.access import Right
from core.planning.ports import PlanningReads, PlanningStore, Series
from core.planning.replanning import own

NAME_KEPT = 80
MOST_GAP_HOURS = 90 * 24


class SeriesDesk:
    def __init__(self, store: PlanningStore, reads: PlanningReads, clock: Clock) -> None:
        self._store = store
        self._reads = reads
        self._clock = clock

    async def all(self, user_id: int) -> tuple[Series, ...]:
        return await self._reads.series(user_id)

    async def save(
        self, series_id: int, *, name: str, posts: Sequence[int], gap_hours: float | None, by: Actor
    ) -> Series:
        """Make (id 0) or replace; *posts* are the parts in order. A post is part of one series at most."""
        plain = " ".join(name.split())
        if not 1 <= len(plain) <= NAME_KEPT:
            raise InvalidInput({"name": f"Give the series a name of at most {NAME_KEPT} characters."})
        known = {one.name.casefold(): one.id for one in await self._reads.series(by.user_id)}
        if known.get(plain.casefold(), series_id) != series_id:
            raise InvalidInput({"name": "There is a series of that name already."})
        if gap_hours is not None and not 0 <= gap_hours <= MOST_GAP_HOURS:
            raise InvalidInput({"gap_hours": "The gap is from 0 hours to 90 days."})
        gap = None if gap_hours is None else round(gap_hours * 60)
        async with self._store.transaction() as tx:
            for post_id in posts:
                await own(tx, post_id, by, Right.OWN)  # a series is its owner's, over all their accounts
            saved = await tx.planning.save_series(
                by.user_id, Series(series_id, plain, gap), posts, at=self._clock.now()
            )
        return next(one for one in await self._reads.series(by.user_id) if one.id == saved)

    async def remove(self, series_id: int, *, by: Actor) -> None:
        """Its posts stay."""
        async with self._store.transaction() as tx:
            if not await tx.planning.remove_series(by.user_id, series_id):
                raise NotFound
