"""Use cases of series: posts that go out in order, with a gap between their parts."""

from collections.abc import Callable, Sequence

from core.actor import Actor
from core.clock import Clock
from core.errors import InvalidInput, NotFound, WrongState
from core.people.access import Right
from core.planning.names import one_line
from core.planning.ports import PlanningReads, PlanningStore, PlanningTransaction, Series
from core.planning.replanning import own

NAME_KEPT = 80
MOST_GAP_HOURS = 90 * 24
MOST_PARTS = 1000


class SeriesDesk:
    def __init__(self, store: PlanningStore, reads: PlanningReads, clock: Clock) -> None:
        self._store = store
        self._reads = reads
        self._clock = clock

    async def all(self, user_id: int) -> tuple[Series, ...]:
        return await self._reads.series(user_id)

    async def around(self, post_id: int, *, user_id: int) -> tuple[tuple[tuple[int, str], ...], int | None]:
        """What the post may be a part of, as (id, name), and the id of what it is a part of."""
        return await self._reads.series_around(user_id, post_id)

    async def get(self, series_id: int, *, user_id: int) -> Series:
        """Raises `NotFound`, also for other people's and for one that was removed."""
        found = await self._reads.series(user_id, series_id=series_id)
        if not found:
            raise NotFound
        return found[0]

    async def save(
        self, series_id: int, *, name: str, posts: Sequence[int] | None, gap_hours: float | None, by: Actor
    ) -> Series:
        """Make (id 0) or change; *posts* are the parts in order, None leaves them. A post is part of one at most."""
        plain, gap = read_name(name), read_gap(gap_hours)
        async with self._store.transaction() as tx:
            if (await _names(tx, by)).get(plain.casefold(), series_id) != series_id:
                raise InvalidInput({"name": "There is a series of that name already."})
            parts = await tx.planning.series_parts(by.user_id, series_id) if posts is None and series_id else posts
            await _check(tx, parts or (), by)
            saved = await tx.planning.save_series(
                by.user_id, Series(series_id, plain, gap), parts or (), at=self._clock.now()
            )
        return await self.get(saved, user_id=by.user_id)

    async def add(self, series_id: int, posts: Sequence[int], *, by: Actor) -> Series:
        """At the end, in the order given; what is part of it already stays where it is."""
        return await self._rearrange(series_id, lambda parts: [*parts, *posts], by)

    async def take_out(self, series_id: int, post_id: int, *, by: Actor) -> Series:
        """The post stays as it is."""
        return await self._rearrange(series_id, lambda parts: [one for one in parts if one != post_id], by)

    async def arrange(self, series_id: int, first: Sequence[int], *, by: Actor) -> Series:
        """Those named come first, in that order; the others keep theirs behind. Who is no part is passed over."""

        def ordered(parts: Sequence[int]) -> list[int]:
            named = [one for one in first if one in parts]
            return [*named, *(one for one in parts if one not in named)]

        return await self._rearrange(series_id, ordered, by)

    async def remove(self, series_id: int, *, by: Actor) -> None:
        """Its posts stay. `restore` takes it back."""
        async with self._store.transaction() as tx:
            if not await tx.planning.remove_series(by.user_id, series_id, at=self._clock.now()):
                raise NotFound

    async def restore(self, series_id: int, *, by: Actor) -> Series:
        async with self._store.transaction() as tx:
            name = await tx.planning.name_of_removed_series(by.user_id, series_id)
            if name is None:
                raise NotFound
            if name.casefold() in await _names(tx, by):
                raise WrongState("Another series has this name by now. Rename that one first.")
            await tx.planning.remove_series(by.user_id, series_id, at=None)
        return await self.get(series_id, user_id=by.user_id)

    async def _rearrange(self, series_id: int, change: Callable[[Sequence[int]], list[int]], by: Actor) -> Series:
        async with self._store.transaction() as tx:
            before = await tx.planning.series_parts(by.user_id, series_id)
            after = tuple(dict.fromkeys(change(before)))
            await _check(tx, [one for one in after if one not in before], by)
            if len(after) > MOST_PARTS:
                raise InvalidInput({"ids": f"A series has at most {MOST_PARTS} parts."})
            await tx.planning.arrange_series(series_id, after)
        return await self.get(series_id, user_id=by.user_id)


def read_name(given: str) -> str:
    """Raises `InvalidInput`."""
    name = one_line(given)
    if not 1 <= len(name) <= NAME_KEPT:
        raise InvalidInput({"name": f"Give the series a name of at most {NAME_KEPT} characters."})
    return name


def read_gap(hours: float | None) -> int | None:
    """In minutes. Raises `InvalidInput`."""
    if hours is not None and not 0 <= hours <= MOST_GAP_HOURS:
        raise InvalidInput({"gap_hours": "The gap is from 0 hours to 90 days."})
    return None if hours is None else round(hours * 60)


async def _names(tx: PlanningTransaction, by: Actor) -> dict[str, int]:
    """Asked inside the change: two of the same name may be made at the same moment."""
    return {name.casefold(): one for name, one in (await tx.planning.series_names(by.user_id)).items()}


async def _check(tx: PlanningTransaction, posts: Sequence[int], by: Actor) -> None:
    for post_id in posts:
        await own(tx, post_id, by, Right.OWN)  # a series is its owner's, over all their accounts
