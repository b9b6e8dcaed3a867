"""Use case: a selection of posts over a period, with a preview and one undo."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from core.actor import Actor
from core.clock import Clock
from core.errors import InvalidInput, NotFound
from core.people.access import Right, need
from core.planning.automation import read_clock, read_days
from core.planning.guard import AROUND
from core.planning.pacing import Pacing
from core.planning.ports import PlanningStore, PlanningTransaction
from core.planning.replanning import Replanned, replan
from core.planning.spread import Placed, Spread, SpreadOrder, spread_out
from core.planning.wall_clock import read_day


class Spreading:
    def __init__(self, store: PlanningStore, clock: Clock, *, lead: timedelta) -> None:
        self._store = store
        self._clock = clock
        self._lead = lead

    async def preview(
        self, post_ids: Sequence[int], spread: Spread, *, by: Actor, override_pacing: bool = False
    ) -> list[Placed]:
        """Where each post would go. The same seed gives the same places when it is applied."""
        async with self._store.transaction() as tx:
            return await self._place(tx, post_ids, spread, by, override_pacing)

    async def apply(
        self, post_ids: Sequence[int], spread: Spread, *, by: Actor, override_pacing: bool = False
    ) -> Replanned:
        now = self._clock.now()
        async with self._store.transaction() as tx:
            placed = await self._place(tx, post_ids, spread, by, override_pacing)
            plans = [(one.post_id, one.planned) for one in placed]
            return await replan(tx, plans, by=by, now=now, lead=self._lead, text="Spread.")

    async def _place(
        self, tx: PlanningTransaction, post_ids: Sequence[int], spread: Spread, by: Actor, override_pacing: bool
    ) -> list[Placed]:
        """All posts over the period together; pacing is each account's own."""
        now = self._clock.now()
        unique = list(dict.fromkeys(post_ids))
        accounts = await _by_account(tx, unique, by)
        if len(accounts) <= 1:
            return await self._place_on(tx, next(iter(accounts), None), unique, spread, now, override_pacing)
        placed: list[Placed] = []
        for number, (account_id, posts) in enumerate(accounts.items()):
            # Another draw for each: with the same one their posts would go out at the same minutes.
            its_own = replace(spread, seed=spread.seed + number)
            placed += await self._place_on(tx, account_id, posts, its_own, now, override_pacing)
        return sorted(placed, key=lambda one: one.planned.due_at)

    @staticmethod
    async def _place_on(
        tx: PlanningTransaction,
        account_id: int | None,
        posts: Sequence[int],
        spread: Spread,
        now: datetime,
        override_pacing: bool,
    ) -> list[Placed]:
        pacing, taken = Pacing(spread.time_zone), None
        if account_id is not None and not override_pacing:
            pacing = (await tx.planning.account(account_id)).pacing
            taken = await tx.planning.taken(account_id, since=now - AROUND, except_posts=posts)
        return await asyncio.to_thread(spread_out, posts, spread, now=now, pacing=pacing, taken=taken)


async def _by_account(tx: PlanningTransaction, post_ids: Sequence[int], by: Actor) -> dict[int, list[int]]:
    """Raises `NotFound` and `NotAllowed` as for each of them alone, though only their owners are read."""
    whose = await tx.posts.whose(post_ids)
    for user_id, account_id in set(whose.values()):
        if user_id != by.user_id:
            await need(tx, account_id, by, Right.EDIT)
    accounts: dict[int, list[int]] = {}
    for post_id in post_ids:
        if post_id not in whose:
            raise NotFound
        _, account_id = whose[post_id]
        accounts.setdefault(account_id, []).append(post_id)
    return accounts


def read_spread(given: Mapping[str, Any], *, time_zone: str, today: date) -> Spread:
    """`first` and `last` (or `weeks`, `days_long`), `start`, `end`, `days`, `min_gap_minutes`, `order`, `seed`.

    Raises `InvalidInput` naming each bad field.
    """
    found: dict[str, str] = {}
    values: dict[str, Any] = {"first": today, "seed": 0}

    def read(name: str, how: Any) -> None:
        if given.get(name) not in (None, ""):
            try:
                values[name] = how(given[name])
            except (ValueError, TypeError) as error:
                said = (
                    str(error) if name in {"start", "end", "days"} else _SENTENCES.get(name, "This cannot be read.")
                )
                found[name] = said[:1].upper() + said[1:]

    for name, how in _READERS.items():
        read(name, how)
    if found:
        raise InvalidInput(found)
    if weeks := values.pop("weeks", None):
        values.setdefault("last", values["first"] + timedelta(days=7 * weeks - 1))
    if "last" not in values:
        raise InvalidInput({"last": "Say how long: a last day, or a number of weeks."})
    gap = timedelta(minutes=values.pop("min_gap_minutes", 0))
    return Spread(time_zone=str(given.get("time_zone") or time_zone), min_gap=gap, **values)


def _weeks(given: Any) -> int:
    weeks = int(given)
    if not 1 <= weeks <= 52:
        raise ValueError
    return weeks


def _day(given: Any) -> date:
    return read_day(str(given))


def _minutes(given: Any) -> int:
    minutes = int(given)
    if abs(minutes) > 10**6:  # a span of time has its limits; the sentence about ours comes later
        raise ValueError
    return minutes


_READERS = {
    "first": _day,
    "last": _day,
    "weeks": _weeks,
    "start": read_clock,
    "end": read_clock,
    "days": read_days,
    "min_gap_minutes": _minutes,
    "order": SpreadOrder,
    "seed": int,
}
_SENTENCES = {
    "first": "Write the day as YYYY-MM-DD, such as 2026-12-24.",
    "last": "Write the day as YYYY-MM-DD, such as 2026-12-24.",
    "weeks": "A number of weeks from 1 to 52.",
    "min_gap_minutes": "The minimum gap is a number of minutes.",
    "order": f"The order is one of: {', '.join(SpreadOrder)}.",
    "seed": "The seed is a whole number.",
}
