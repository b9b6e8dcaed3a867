"""Giving several posts their plans in one transaction, and taking that back in one step."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.actor import Actor
from core.clock import Clock
from core.errors import Expired, NotReady, UserError, WrongState
from core.people.access import Right, need_for_post
from core.planning.planner import put_on_schedule
from core.planning.ports import PlanningStore, PlanningTransaction, UndoPlan
from core.planning.wall_clock import Planned
from core.posts.desk import Happened, write
from core.posts.post import Plan, Post, PostStatus
from core.publishing.queueing import dequeued

UNDO_KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Refused:
    post_id: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Replanned:
    """`undo_id` takes the whole change back; None when nothing changed."""

    posts: tuple[Post, ...]
    refused: tuple[Refused, ...] = ()
    undo_id: int | None = None


async def own(tx: PlanningTransaction, post_id: int, by: Actor, right: Right = Right.EDIT) -> Post:
    post = await tx.posts.get(post_id)
    await need_for_post(tx, post, by, right)
    return post


async def replan(
    tx: PlanningTransaction,
    plans: Sequence[tuple[int, Planned]],
    *,
    by: Actor,
    now: datetime,
    lead: timedelta,
    text: str,
) -> Replanned:
    """Each post to its place; those that may not move are answered with a sentence."""
    changed, refused, undo = [], [], []
    for post_id, planned in plans:
        try:
            post = await own(tx, post_id, by)
            plan = Plan(planned.due_at, planned.local, planned.time_zone)
            scheduled, happened = put_on_schedule(post, plan, now=now, lead=lead)
        except NotReady as error:
            refused.append(Refused(post_id, " ".join(error.missing)))
            continue
        except UserError as error:
            refused.append(Refused(post_id, error.sentence))
            continue
        after = await write(tx, post, scheduled, happened, by=by, at=now)
        changed.append(after)
        before = post.plan if post.status is PostStatus.SCHEDULED else None
        reviewed = post.status is not PostStatus.REVIEW
        undo.append(UndoPlan(post_id, before, after.version, after.plan, reviewed, post.wish))
    undo_id = await tx.planning.add_undo(by.user_id, text, undo, at=now) if undo else None
    return Replanned(tuple(changed), tuple(refused), undo_id)


class Undoing:
    def __init__(self, store: PlanningStore, clock: Clock, *, lead: timedelta) -> None:
        self._store = store
        self._clock = clock
        self._lead = lead

    async def undo(self, undo_id: int, *, by: Actor) -> Replanned:
        """Every post back to the plan it had; what somebody changed since is left alone, and named."""
        now = self._clock.now()
        async with self._store.transaction() as tx:
            found = await tx.planning.use_undo(by.user_id, undo_id, at=now)
            if found is None or found.created_at < now - UNDO_KEPT:
                raise Expired("This cannot be taken back any more.")
            back, refused = [], []
            for one in found.plans:
                try:
                    back.append(await self._put_back(tx, one, by, now))
                except UserError as error:
                    refused.append(Refused(one.post_id, error.sentence))
            return Replanned(tuple(back), tuple(refused))

    async def _put_back(self, tx: PlanningTransaction, one: UndoPlan, by: Actor, now: datetime) -> Post:
        post = await own(tx, one.post_id, by)
        stands = post.status is PostStatus.SCHEDULED and not post.held and post.plan == one.made
        if post.version != one.version and not stands:
            raise WrongState("It got another time, was held or went out since.")
        if one.before is not None:
            earliest = max(one.before.due_at, now.replace(microsecond=0))
            plan = Plan(earliest, one.before.due_local, one.before.time_zone, one.before.jitter_seconds)
            changed, happened = put_on_schedule(post, plan, now=now, lead=self._lead)
        else:
            off = post.unscheduled(at=now) if one.reviewed else post.sent_back(at=now)
            changed = dequeued(replace(off, wish=one.wish))
            happened = Happened("post.unscheduled", "Taken off the schedule.")
        told = Happened(happened.kind, f"Undone. {happened.text}", happened.data)
        return await write(tx, post, changed, told, by=by, at=now)
