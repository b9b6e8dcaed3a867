"""Use cases of the queue: weekly slots, the next free one, moving up, swapping and shuffling."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from random import Random
from typing import Any

from core.actor import Actor
from core.clock import Clock
from core.errors import InvalidInput
from core.people.access import Right, need
from core.planning.automation import read_clock, read_days
from core.planning.guard import AROUND
from core.planning.natural_times import When, parse_when
from core.planning.pacing import Taken, problems
from core.planning.planner import Planner
from core.planning.planner import Scheduled as ScheduledPost
from core.planning.ports import AccountPlanning, PlanningReads, PlanningStore, PlanningTransaction, Scheduled
from core.planning.replanning import Replanned, own, replan
from core.planning.slots import WeeklySlot, moved_up, next_free, occurrences, shuffled, swapped, validate_slots
from core.planning.wall_clock import Planned
from core.posts.post import Plan, Post, PostStatus

MOST_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class SlotView:
    """A slot to come. `post_id` is None when it is free; `sentence` says why pacing leaves it empty."""

    account_id: int
    planned: Planned
    post_id: int | None = None
    title: str = ""
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What words mean before anything is scheduled. `planned` is None for the next slot of no particular post;
    `objections`: why pacing would not have it there."""

    planned: Planned | None
    is_next_slot: bool
    objections: tuple[str, ...] = ()


class Queue:
    """`lead`: how early a private upload may start."""

    def __init__(
        self,
        store: PlanningStore,
        reads: PlanningReads,
        planner: Planner,
        clock: Clock,
        *,
        lead: timedelta,
        random: Random,
    ) -> None:
        self._store = store
        self._reads = reads
        self._planner = planner
        self._clock = clock
        self._lead = lead
        self._random = random

    # --- weekly slots

    async def accounts(self, user_id: int) -> tuple[AccountPlanning, ...]:
        return await self._reads.accounts(user_id)

    async def set_slots(self, account_id: int, slots: Sequence[WeeklySlot], *, by: Actor) -> AccountPlanning:
        """All of an account's weekly slots at once. Posts that are scheduled stay where they are."""
        validate_slots(slots)
        async with self._store.transaction() as tx:
            await self._own_account(tx, account_id, by)
            await tx.planning.save_slots(account_id, slots)
            return await tx.planning.account(account_id)

    async def upcoming(
        self, user_id: int, start: datetime, end: datetime, *, among: Collection[int] | None = None
    ) -> tuple[SlotView, ...]:
        """The slots of a period, free and used, of all accounts or of those *among* them: at most 500."""
        now = self._clock.now()
        found: list[SlotView] = []
        for account in await self._reads.accounts(user_id):
            if not account.slots or (among is not None and account.account_id not in among):
                continue
            is_free = account.pacing.allows_everything
            taken = Taken() if is_free else await self._reads.taken(account.account_id, since=now - AROUND)
            coming = list(islice(occurrences(account.slots, account.pacing.place, max(start, now), end), 500))
            queued = await self._reads.scheduled_at(account.account_id, [planned.due_at for planned in coming])
            by_instant = {one.planned.due_at: one for one in queued}
            for planned in coming:
                post = by_instant.get(planned.due_at)
                why = () if post else problems(account.pacing, planned.due_at, taken)
                found.append(
                    SlotView(
                        account.account_id,
                        planned,
                        post.post_id if post else None,
                        post.title if post else "",
                        " ".join(why),
                    )
                )
        return tuple(sorted(found, key=lambda slot: slot.planned.due_at))[:500]

    # --- adding and removing

    async def add(self, post_ids: Sequence[int], *, by: Actor) -> Replanned:
        """Each post to the next free slot of its account, in the order given."""
        if not 1 <= len(post_ids) <= MOST_AT_ONCE:
            raise InvalidInput({"ids": f"Choose 1 to {MOST_AT_ONCE} posts."})
        now = self._clock.now()
        async with self._store.transaction() as tx:
            by_account: dict[int, list[int]] = {}
            for post_id in dict.fromkeys(post_ids):
                post = await own(tx, post_id, by)
                by_account.setdefault(post.account_id, []).append(post_id)
            plans: list[tuple[int, Planned]] = []
            for account_id, posts in by_account.items():
                plans += zip(posts, await self._free(tx, account_id, posts, now), strict=True)
            return await replan(tx, plans, by=by, now=now, lead=self._lead, text="Added to the queue.")

    async def remove(self, post_id: int, *, by: Actor, expected_version: int | None = None) -> Post:
        """Off the schedule; what is behind it moves up where the artist wants that."""
        return await self._planner.unschedule(post_id, by=by, expected_version=expected_version)

    async def close_gap(self, left: Post, by: Actor) -> None:
        """*left*: a post as it was before it left the schedule."""
        if left.plan is not None and left.status is PostStatus.SCHEDULED:
            await self.close_gaps({left.account_id: [left.plan]}, by)

    async def close_gaps(self, left: Mapping[int, Sequence[Plan]], by: Actor) -> None:
        """*left*: by account, the times of posts that were scheduled and are no more."""
        now = self._clock.now()
        async with self._store.transaction() as tx:
            for account_id, plans in left.items():
                await self._close_gaps(tx, account_id, plans, by, now)

    async def _close_gaps(
        self, tx: PlanningTransaction, account_id: int, left: Sequence[Plan], by: Actor, now: datetime
    ) -> None:
        account = await tx.planning.account(account_id)
        if not account.move_up:
            return
        scheduled = await tx.planning.scheduled(account_id)
        slots = {(slot.weekday, slot.at) for slot in account.slots}
        taken = {one.planned.due_at for one in scheduled}  # they were freed a moment ago
        freed = {
            plan.due_at: Planned(plan.due_at, plan.due_local, plan.time_zone, adjusted=False)
            for plan in left
            if plan.due_at > now
            and plan.due_at not in taken
            and (plan.due_local.weekday(), plan.due_local.time()) in slots
        }
        if freed:
            queue = [(one.post_id, one.planned) for one in _queued(account, scheduled, now)]
            moves = moved_up(queue, list(freed.values()))
            await replan(tx, moves, by=by, now=now, lead=self._lead, text="Moved up.")

    # --- rearranging

    async def swap(self, first: int, second: int, *, by: Actor) -> Replanned:
        now = self._clock.now()
        async with self._store.transaction() as tx:
            account_id = (await own(tx, first, by)).account_id
            if (await own(tx, second, by)).account_id != account_id:
                raise InvalidInput({"with": "Both posts have to be on the same account."})
            queue = {one.post_id: one.planned for one in await tx.planning.scheduled(account_id)}
            moves = list(swapped(queue, first, second).items())
            return await replan(tx, moves, by=by, now=now, lead=self._lead, text="Swapped.")

    async def shuffle(self, account_id: int, *, by: Actor) -> Replanned:
        """The posts of the queue in their slots, in another order. Posts scheduled by hand stay where they are."""
        now = self._clock.now()
        async with self._store.transaction() as tx:
            account = await self._own_account(tx, account_id, by)
            queue = _queued(account, await tx.planning.scheduled(account_id), now)
            moves = shuffled({one.post_id: one.planned for one in queue}, self._random)
            return await replan(tx, list(moves.items()), by=by, now=now, lead=self._lead, text="Shuffled.")

    # --- natural words

    async def schedule_words(
        self,
        post_id: int,
        text: str,
        *,
        by: Actor,
        time_zone: str,
        locale: str = "en",
        jitter_seconds: int = 0,
        expected_version: int | None = None,
        override_pacing: bool = False,
    ) -> ScheduledPost:
        """As `Planner.schedule`, with the moment in words: “fri 18:00”, “in 3h”, “next slot”."""
        when = await self._parse(text, time_zone, locale)
        planned = when.planned or await self.next_slot(post_id, by=by)
        return await self._planner.schedule(
            post_id,
            planned,
            by=by,
            jitter_seconds=jitter_seconds,
            expected_version=expected_version,
            override_pacing=override_pacing,
        )

    async def read_words(
        self, text: str, *, by: Actor, time_zone: str, locale: str = "en", post_id: int | None = None
    ) -> Reading:
        """As `schedule_words` would understand *text* now. Raises `InvalidInput` for `when` or `time_zone`."""
        when = await self._parse(text, time_zone, locale)
        if post_id is None:
            return Reading(when.planned, when.is_next_slot)
        account = await self._reads.account_of(post_id, user_id=by.user_id)
        planned = when.planned or await self.next_slot(post_id, by=by)
        taken = await self._reads.taken(account.account_id, since=self._clock.now() - AROUND, except_posts=[post_id])
        return Reading(planned, when.is_next_slot, tuple(problems(account.pacing, planned.due_at, taken)))

    async def _parse(self, text: str, time_zone: str, locale: str) -> When:
        # In a thread: the first odd phrase imports a large parser.
        return await asyncio.to_thread(parse_when, text, now=self._clock.now(), time_zone=time_zone, locale=locale)

    async def next_slot(self, post_id: int, *, by: Actor) -> Planned:
        """The next free slot of the post's account. Raises `InvalidInput` when there is none."""
        async with self._store.transaction() as tx:
            post = await own(tx, post_id, by)
            return (await self._free(tx, post.account_id, [post_id], self._clock.now()))[0]

    async def _free(
        self, tx: PlanningTransaction, account_id: int, posts: Sequence[int], now: datetime
    ) -> list[Planned]:
        account = await tx.planning.account(account_id)
        others = [one for one in await tx.planning.scheduled(account_id) if one.post_id not in set(posts)]
        taken = await tx.planning.taken(account_id, since=now - AROUND, except_posts=posts)
        return next_free(
            account.slots,
            account.pacing.place,
            {one.planned.due_at for one in others},
            now=now + timedelta(minutes=1),
            count=len(posts),
            pacing=account.pacing,
            taken=taken,
        )

    @staticmethod
    async def _own_account(tx: PlanningTransaction, account_id: int, by: Actor) -> AccountPlanning:
        account = await tx.planning.account(account_id)
        await need(tx, account_id, by, Right.EDIT)
        return account


def _queued(account: AccountPlanning, scheduled: Sequence[Scheduled], now: datetime) -> list[Scheduled]:
    """Those that sit in a weekly slot, in order."""
    if not scheduled:
        return []
    last = max(one.planned.due_at for one in scheduled) + timedelta(seconds=1)
    places = {planned.due_at for planned in occurrences(account.slots, account.pacing.place, now, last)}
    return [one for one in scheduled if one.planned.due_at in places]


def read_slots(given: Sequence[Mapping[str, Any]]) -> tuple[WeeklySlot, ...]:
    """`[{"weekday": 0, "time": "18:00"}, …]`, or `days` for several at once. Raises `InvalidInput` for `slots`."""
    found = []
    try:
        for one in given:
            days = read_days(one["days"] if "days" in one else [one["weekday"]])
            found += [WeeklySlot(day, read_clock(one.get("time"))) for day in sorted(days)]
    except (ValueError, KeyError, TypeError) as error:
        said = str(error) if type(error) is ValueError else "each slot has a weekday and a time."
        raise InvalidInput({"slots": said[:1].upper() + said[1:]}) from error
    return tuple(sorted(found, key=lambda slot: (slot.weekday, slot.at)))
