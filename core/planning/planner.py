"""Use cases: when a post goes out."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Protocol

from core.actor import Actor
from core.clock import Clock
from core.errors import InvalidInput, NotReady
from core.planning.wall_clock import (
    Planned,
    Wish,
    check_horizon,
    instant_of,
    local_of,
    parse_instant,
    parse_local,
    planned_at,
    with_jitter,
    zone,
)
from core.posts.desk import Desk, Happened
from core.posts.post import Plan, Post, PostStatus
from core.publishing.queueing import dequeued, queued, with_status


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A post and whether a clock change moved its instant away from the wish."""

    post: Post
    adjusted: bool = False


class PacingCheck(Protocol):
    turn: asyncio.Lock

    async def check(self, post_id: int, due_at: datetime, *, by: Actor) -> None:
        """Raises `PacingBroken` when the account's posts would come too close."""
        ...


class Planner:
    """`lead`: how early the private upload may start."""

    def __init__(
        self, desk: Desk, clock: Clock, *, lead: timedelta, random: Random, guard: PacingCheck | None = None
    ) -> None:
        self._guard = guard
        self.on_left: Callable[[Post, Actor], Awaitable[None]] | None = None  # what is behind it may move up
        self._desk = desk
        self._clock = clock
        self._lead = lead
        self._random = random

    async def schedule(
        self,
        post_id: int,
        planned: Planned,
        *,
        by: Actor,
        jitter_seconds: int = 0,
        expected_version: int | None = None,
        override_pacing: bool = False,
    ) -> Scheduled:
        """Raises `InvalidInput` for a moment that is past or too far, `NotReady`, `WrongState`, `InFlight`.

        And `PacingBroken`, unless the person says *override_pacing*.
        """
        check_horizon(planned.due_at, self._clock.now())
        plan = self._plan(planned, jitter_seconds)

        def decide(post: Post, now: datetime) -> tuple[Post, Happened]:
            return put_on_schedule(post, plan, now=now, lead=self._lead)

        if self._guard is None or override_pacing:
            post = await self._desk.change(post_id, decide, by=by, expected_version=expected_version)
            return Scheduled(post, planned.adjusted)
        async with self._guard.turn:
            await self._guard.check(post_id, plan.due_at, by=by)
            post = await self._desk.change(post_id, decide, by=by, expected_version=expected_version)
        return Scheduled(post, planned.adjusted)

    def _plan(self, planned: Planned, jitter_seconds: int) -> Plan:
        due_at = with_jitter(planned.due_at, jitter_seconds, self._random)
        return Plan(due_at, planned.local, planned.time_zone, jitter_seconds)

    async def bring_back(
        self,
        post_id: int,
        planned: Planned,
        *,
        by: Actor,
        jitter_seconds: int = 0,
        is_held: bool = False,
        expected_version: int | None = None,
    ) -> Post:
        """Out of the trash, with the time that it had there before."""
        plan = self._plan(planned, jitter_seconds)

        def decide(post: Post, now: datetime) -> tuple[Post, Happened]:
            return out_of_the_trash(post, plan, is_held=is_held, now=now, lead=self._lead)

        return await self._desk.change(post_id, decide, by=by, expected_version=expected_version)

    async def publish_now(
        self, post_id: int, *, by: Actor, time_zone: str, expected_version: int | None = None
    ) -> Post:
        """As `schedule`, due at this moment. Nobody who says now is asked about pacing."""
        left: list[Post] = []

        def decide(post: Post, now: datetime) -> tuple[Post, Happened]:
            left.append(post)
            due_at = now.replace(microsecond=0)
            plan = Plan(due_at, local_of(due_at, zone(time_zone)), time_zone)
            changed, _ = put_on_schedule(post, plan, now=now, lead=self._lead)
            return changed, Happened("post.scheduled", "To be published right away.", _due(plan))

        after = await self._desk.change(post_id, decide, by=by, expected_version=expected_version)
        await self._tell_left(left[-1], by)
        return after

    async def unschedule(self, post_id: int, *, by: Actor, expected_version: int | None = None) -> Post:
        left: list[Post] = []

        def decide(post: Post, now: datetime) -> tuple[Post, Happened]:
            left.append(post)
            return dequeued(post.unscheduled(at=now)), Happened("post.unscheduled", "Taken off the schedule.")

        after = await self._desk.change(post_id, decide, by=by, expected_version=expected_version)
        await self._tell_left(left[-1], by)
        return after

    async def _tell_left(self, before: Post, by: Actor) -> None:
        if self.on_left is not None:
            await self.on_left(before, by)

    async def hold(self, post_id: int, *, by: Actor, expected_version: int | None = None) -> Post:
        def decide(post: Post, now: datetime) -> tuple[Post, Happened]:
            held = queued(post.with_hold(True, at=now), lead=self._lead)
            return held, Happened("post.held", "On hold: it waits until it is released.")

        return await self._desk.change(post_id, decide, by=by, expected_version=expected_version)

    async def unhold(self, post_id: int, *, by: Actor, expected_version: int | None = None) -> Post:
        def decide(post: Post, now: datetime) -> tuple[Post, Happened]:
            released = queued(post.with_hold(False, at=now), lead=self._lead)
            return released, Happened("post.unheld", "Released: it goes out at its time.")

        return await self._desk.change(post_id, decide, by=by, expected_version=expected_version)


def put_on_schedule(post: Post, plan: Plan, *, now: datetime, lead: timedelta) -> tuple[Post, Happened]:
    """*post* waiting for *plan*; from review this approves it. Raises `NotReady`."""
    scheduled = post.scheduled(plan, at=now)
    if missing := post.missing:
        raise NotReady(missing)
    moved = "Moved" if post.plan else "Scheduled"
    local = plan.due_local.strftime("%a %d %b %Y, %H:%M")
    text = f"{moved} to {local} ({plan.time_zone})." if post.plan else f"Scheduled for {local} ({plan.time_zone})."
    return with_status(queued(scheduled, lead=lead)), Happened("post.scheduled", text, _due(plan))


def out_of_the_trash(
    post: Post, plan: Plan | None, *, is_held: bool, now: datetime, lead: timedelta
) -> tuple[Post, Happened]:
    """With the time that it had; without one where that has passed, or is too far away."""
    restored = post.restored(at=now)
    try:
        if plan is not None:
            check_horizon(plan.due_at, now)
    except InvalidInput:
        plan = None
    if plan is None or restored.status is not PostStatus.DRAFT:
        return restored, Happened("post.restored", "Taken out of the trash.")
    scheduled, _ = put_on_schedule(restored, plan, now=now, lead=lead)
    if is_held:
        scheduled = queued(scheduled.with_hold(True, at=now), lead=lead)
    return scheduled, Happened("post.restored", "Taken out of the trash, with its time.", _due(plan))


def plan_from_wish(wish: str, time_zone: str, *, now: datetime) -> Plan | None:
    """A program's `scheduleAt`, kept until approval: an instant, or a wall clock in the artist's zone.

    None when it cannot be used (any more): unreadable, past, or too far ahead.
    """
    try:
        planned = read_moment(at=wish, local=None, time_zone=None)
    except InvalidInput:
        try:
            planned = read_moment(at=None, local=wish, time_zone=time_zone)
        except InvalidInput:
            return None
    try:
        check_horizon(planned.due_at, now)
    except InvalidInput:
        return None
    return Plan(planned.due_at, planned.local, planned.time_zone)


def read_moment(*, at: str | None, local: str | None, time_zone: str | None) -> Planned:
    """An instant (RFC 3339), or a wall clock with its zone; raises `InvalidInput` naming the field."""
    if at is not None and local is not None:
        raise InvalidInput({"local": "Say when in one way: “at” or “local”, not both."})
    if at is not None:
        return planned_at(parse_instant(at), zone(time_zone or "UTC"))
    if local is None:
        raise InvalidInput({"at": "Say when: “at” with an instant, or “local” with “time_zone”."})
    if time_zone is None:
        raise InvalidInput({"time_zone": "A wall-clock time needs its time zone, such as Europe/Paris."})
    return instant_of(Wish(parse_local(local), time_zone))


def _due(plan: Plan) -> dict[str, str]:
    return {"due_at": plan.due_at.strftime("%Y-%m-%dT%H:%M:%SZ")}
