"""Use cases of pacing: its settings, holidays, the check before a person schedules, and catching up."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from core.actor import Actor, isekai
from core.clock import Clock
from core.errors import InvalidInput, NotFound, UserError
from core.people.access import Right, need
from core.planning.automation import read_clock
from core.planning.names import one_line
from core.planning.numbers import whole
from core.planning.pacing import Holiday, HolidayMode, Pacing, ensure, next_allowed, spread_overdue
from core.planning.planner import put_on_schedule
from core.planning.ports import AccountPlanning, NamedHoliday, PlanningReads, PlanningStore
from core.planning.wall_clock import local_of, read_day, zone
from core.posts.desk import Happened, write
from core.posts.post import Plan, PostStatus

OVERDUE_AFTER = timedelta(minutes=10)
AROUND = timedelta(days=31)  # further back than any gap or day reaches
MOST_HOLIDAYS = 200


class Guard:
    """`lead`: how early a private upload may start. `turn` is held from a question until its answer is written: two
    who ask at once would not see each other."""

    def __init__(self, store: PlanningStore, reads: PlanningReads, clock: Clock, *, lead: timedelta) -> None:
        self.turn = asyncio.Lock()
        self._store = store
        self._reads = reads
        self._clock = clock
        self._lead = lead

    async def check(self, post_id: int, due_at: datetime, *, by: Actor) -> None:
        """Raises `PacingBroken` with sentences, and the next instant that would be fine."""
        account = await self._reads.account_of(post_id, user_id=by.user_id)
        if account.pacing.allows_everything:
            return
        taken = await self._reads.taken(account.account_id, since=self._clock.now() - AROUND, except_posts=[post_id])
        ensure(account.pacing, due_at, taken)

    async def place(self, post_id: int, plan: Plan, *, by: Actor) -> Plan:
        """*plan*, or the next that pacing allows, for what a program wished. Holidays always shift it."""
        account = await self._reads.account_of(post_id, user_id=by.user_id)
        if account.pacing.allows_everything:
            return plan
        taken = await self._reads.taken(account.account_id, since=self._clock.now() - AROUND, except_posts=[post_id])
        shifting = tuple(replace(holiday, mode=HolidayMode.SHIFT) for holiday in account.pacing.holidays)
        at = next_allowed(replace(account.pacing, holidays=shifting), plan.due_at, taken)
        if at is None or at == plan.due_at:
            return plan
        return replace(plan, due_at=at, due_local=local_of(at, zone(plan.time_zone)).replace(second=0))

    async def accounts(self, user_id: int) -> tuple[AccountPlanning, ...]:
        return await self._reads.accounts(user_id)

    async def holidays(self, user_id: int) -> tuple[NamedHoliday, ...]:
        return await self._reads.holidays(user_id)

    async def set_pacing(self, account_id: int, given: Mapping[str, Any], *, by: Actor) -> AccountPlanning:
        """*given*: `min_gap_minutes`, `max_per_day`, `quiet_start`, `quiet_end`, `move_up`; absent ones stay."""
        async with self._store.transaction() as tx:
            account = await tx.planning.account(account_id)
            await need(tx, account_id, by, Right.EDIT)
            pacing = read_pacing(account.pacing, given)
            move_up = bool(given.get("move_up", account.move_up))
            await tx.planning.save_pacing(account_id, pacing, move_up=move_up)
            return await tx.planning.account(account_id)

    async def add_holiday(self, given: Mapping[str, Any], *, by: Actor) -> NamedHoliday:
        """*given*: `first`, `last` (YYYY-MM-DD), `mode` (shift or skip), `name`."""
        holiday = read_holiday(given)
        if len(await self._reads.holidays(by.user_id)) >= MOST_HOLIDAYS:
            raise InvalidInput({"first": f"At most {MOST_HOLIDAYS} holidays. Remove some that are over."})
        async with self._store.transaction() as tx:
            return NamedHoliday(await tx.planning.add_holiday(by.user_id, holiday), holiday)

    async def remove_holiday(self, holiday_id: int, *, by: Actor) -> Holiday:
        """The one that was removed."""
        known = {named.id: named.holiday for named in await self._reads.holidays(by.user_id)}
        async with self._store.transaction() as tx:
            if holiday_id not in known or not await tx.planning.remove_holiday(by.user_id, holiday_id):
                raise NotFound
        return known[holiday_id]

    async def catch_up(self) -> int:
        """After downtime: spread what is overdue instead of sending it in one burst. The number of posts moved.

        The first of an account keeps its turn, and one overdue post alone is simply late.
        """
        now = self._clock.now()
        by_account: dict[int, list[tuple[int, datetime]]] = {}
        for one in await self._reads.overdue(before=now - OVERDUE_AFTER):
            by_account.setdefault(one.account_id, []).append((one.post_id, one.planned.due_at))
        moved = 0
        for account_id, overdue in by_account.items():
            if len(overdue) > 1:
                moved += await self._spread(account_id, overdue, now)
        return moved

    async def _spread(self, account_id: int, overdue: list[tuple[int, datetime]], now: datetime) -> int:
        ids = [post_id for post_id, _ in overdue]
        moved = 0
        async with self._store.transaction() as tx:
            account = await tx.planning.account(account_id)
            taken = await tx.planning.taken(account_id, since=now - AROUND, except_posts=ids)
            for post_id, instant in spread_overdue(account.pacing, overdue, taken, now=now.replace(microsecond=0)):
                post = await tx.posts.get(post_id)
                if instant <= now or post.plan is None or post.status is not PostStatus.SCHEDULED:
                    continue
                zone_name = post.plan.time_zone
                plan = Plan(instant, local_of(instant, zone(zone_name)).replace(second=0), zone_name)
                try:
                    changed, happened = put_on_schedule(post, plan, now=now, lead=self._lead)
                except UserError:
                    continue  # it says by itself what it lacks when its turn comes
                text = f"Its time passed while Isekai was not running. {happened.text}"
                told = Happened("post.scheduled", text, happened.data)
                await write(tx, post, changed, told, by=isekai(post.user_id), at=now)
                moved += 1
        return moved


def read_pacing(pacing: Pacing, given: Mapping[str, Any]) -> Pacing:
    """*pacing* with what *given* says. Raises `InvalidInput` naming each bad field."""
    found: dict[str, str] = {}
    gap, most, quiet = pacing.min_gap, pacing.max_per_day, pacing.quiet
    if "min_gap_minutes" in given:
        minutes = whole(given["min_gap_minutes"] or 0)
        if minutes is None or not 0 <= minutes <= 43200:
            found["min_gap_minutes"] = "The minimum gap is 0 to 43200 minutes (30 days)."
        else:
            gap = timedelta(minutes=minutes)
    if "max_per_day" in given:
        is_limited = given["max_per_day"] not in (None, "", 0)
        most = whole(given["max_per_day"]) if is_limited else None
        if is_limited and (most is None or not 1 <= most <= 1000):
            found["max_per_day"] = "The maximum is 1 to 1000 posts a day, or empty for no limit."
    if "quiet_start" in given or "quiet_end" in given:
        try:
            quiet = _quiet(given.get("quiet_start"), given.get("quiet_end"))
        except ValueError as error:
            found["quiet_start"] = str(error)
    if found:
        raise InvalidInput(found)
    return replace(pacing, min_gap=gap, max_per_day=most, quiet=quiet)


def _quiet(start: Any, end: Any) -> tuple[time, time] | None:
    if not start and not end:
        return None
    if not start or not end:
        raise ValueError("Quiet hours need a start and an end.")
    quiet = read_clock(start), read_clock(end)
    if quiet[0] == quiet[1]:
        raise ValueError("Quiet hours that start when they end would be the whole day.")
    return quiet


def read_holiday(given: Mapping[str, Any]) -> Holiday:
    """Raises `InvalidInput` naming each bad field."""
    found: dict[str, str] = {}
    days: dict[str, date] = {}
    for name in ("first", "last"):
        try:
            days[name] = read_day(str(given.get(name) or (given.get("first") if name == "last" else "")))
        except ValueError:
            found[name] = "Write the day as YYYY-MM-DD, such as 2026-12-24."
    if not found and days["last"] < days["first"]:
        found["last"] = "The holidays end before they start."
    if not found and days["last"] - days["first"] > timedelta(days=366):
        found["last"] = "Holidays last at most a year."
    mode = given.get("mode") or HolidayMode.SHIFT
    if mode not in set(HolidayMode):
        found["mode"] = "The mode is shift or skip."
    name = one_line(str(given.get("name") or ""))
    if len(name) > 80:
        found["name"] = "The name has at most 80 characters."
    if found:
        raise InvalidInput(found)
    return Holiday(days["first"], days["last"], HolidayMode(mode), name)
