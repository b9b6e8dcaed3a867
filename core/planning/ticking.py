"""Automations at work: every minute each due slot takes its draft, once.

A slot is used a little before its instant, so that the private upload is done in time. Every use is one
transaction with its row in `automation_use`, whose `(automation, slot)` is unique.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice

from core.actor import Actor
from core.clock import Clock
from core.errors import NotFound, StorageUnavailable, WrongState
from core.events import Event
from core.planning.automation import Automation, Missed
from core.planning.effects import WORDS, changed_fields
from core.planning.laying import describe_by_template, wish_for_comment
from core.planning.pacing import CATCH_UP_GAP, PacingBroken
from core.planning.planner import put_on_schedule
from core.planning.ports import Line, PlanningReads, PlanningStore, PlanningTransaction, WorldRows
from core.planning.preview import say
from core.planning.rules import Slot, all_slots_between, end_of_day, next_slot
from core.planning.wall_clock import local_of, zone
from core.planning.world import Outcome, Result, World, in_order
from core.posts.desk import Happened, write
from core.posts.fields import Details
from core.posts.post import Plan, Post, PostStatus

logger = logging.getLogger(__name__)
AHEAD = timedelta(seconds=120)  # more than a tick and the upload's lead
MISSED_AFTER = timedelta(minutes=5)  # a restart makes nobody miss a slot
LOOK_BACK = timedelta(days=31)
MOST_CAUGHT_UP = 50
MOST_SLOTS = 5000  # of one automation in one tick
ADVANCED_AT_ONCE = 200  # automations in one transaction, so that others get their turn
MOST_TRIES = 20  # drafts that turn out to be gone
WORKING = "working"


@dataclass(frozen=True, slots=True)
class _Due:
    """A slot to use now; `not_before` for one that passed while nothing ran."""

    automation: Automation
    slot: Slot
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Advance:
    """Where an automation goes on from, and what is to be said about it. `notice`: its drafts run out."""

    automation: Automation
    lines: tuple[Line, ...]
    notice: str = ""


class DraftGone(Exception):
    """Deleted, changed or taken since the pool was read."""


class SlotUsed(Exception):
    """By an earlier tick, another process, or before the clock jumped back."""


class Ticking:
    """`lead`: how early a private upload may start."""

    def __init__(self, store: PlanningStore, reads: PlanningReads, clock: Clock, *, lead: timedelta) -> None:
        self._store = store
        self._reads = reads
        self._clock = clock
        self._lead = lead

    async def tick(self) -> None:
        """Use every slot that is due, of everybody; one person's trouble is not another's."""
        now = self._clock.now()
        for user_id in await self._reads.due_users(before=now + AHEAD):
            try:
                await self._tick_of(user_id, now)
            except StorageUnavailable:
                raise
            except Exception:
                logger.exception("automations of a person failed", extra={"user_id": user_id})

    async def _tick_of(self, user_id: int, now: datetime) -> None:
        rows = await self._reads.world(user_id, now=now)
        automations = in_order([one for one in rows.automations if _is_due(one, rows, now)])
        if not automations:
            return
        world, due, missed = await asyncio.to_thread(_prepare, rows, automations, now)
        situations: dict[int, tuple[str, str]] = {}
        for number, one in enumerate(due):
            outcome = await self._use(world, one, now)
            if outcome is not None:
                situations[one.automation.id] = _situation(outcome)
            if number % 20 == 19:
                await self._clock.sleep(0)
        advances = await asyncio.to_thread(_advance_all, automations, world, situations, missed, now)
        await self._move_on(advances, now)

    async def _use(self, world: World, due: _Due, now: datetime) -> Outcome | None:
        """Fire the slot; a draft that is gone makes room for the next. None when the slot was used before."""
        for _ in range(MOST_TRIES):
            outcome = world.fire(due.automation, due.slot, not_before=due.not_before)
            if outcome.result is not Result.SCHEDULED:
                return outcome
            try:
                await self._take(due.automation, outcome, now)
            except DraftGone:
                world.put_back(outcome)
                continue
            except SlotUsed:
                return None
            return outcome
        return None

    async def _take(
        self, automation: Automation, outcome: Outcome, now: datetime, *, via: Actor | None = None
    ) -> Post:
        assert outcome.draft_id is not None and outcome.at is not None and outcome.account_id is not None  # noqa: S101
        by = via or Actor(automation.user_id, f"automation “{automation.name}”", "automation")
        async with self._store.transaction() as tx:
            await self._must_be_on(tx, automation, forced=via is not None)
            post = await self._draft(tx, automation, outcome.draft_id)
            used = await tx.planning.use_slot(
                automation,
                outcome.slot.key,
                slot_at=outcome.slot.at,
                post_id=post.id,
                account_id=post.account_id,
                due_at=outcome.at,
                at=now,
            )
            if not used:
                raise SlotUsed
            plan = _plan(automation, outcome)
            details = automation.with_effects(post.details)
            details = await describe_by_template(tx, automation, post, details, plan.due_local)
            with_effects = replace(post, details=details)
            scheduled, happened = put_on_schedule(with_effects, plan, now=now, lead=self._lead)
            happened = Happened(
                happened.kind,
                f"{happened.text[:-1]} by the automation “{automation.name}”.{_set(post.details, details)}",
                happened.data | {"automation_id": str(automation.id), "slot": outcome.slot.key},
            )
            await wish_for_comment(tx, automation, post.id)
            if automation.price_preset_id:
                await tx.planning.wish_for_sale(post.id, automation.price_preset_id)
            return await write(tx, post, scheduled, happened, by=by, at=now)

    @staticmethod
    async def _must_be_on(tx: PlanningTransaction, automation: Automation, *, forced: bool) -> None:
        current = await tx.planning.automation(automation.id)
        if current.version != automation.version or not (current.enabled or forced):
            raise SlotUsed  # changed meanwhile: the next tick sees what it is now

    @staticmethod
    async def _draft(tx: PlanningTransaction, automation: Automation, draft_id: int) -> Post:
        try:
            post = await tx.posts.get(draft_id)
        except NotFound as error:
            raise DraftGone from error
        ready = replace(post, details=automation.with_effects(post.details))
        if post.status is not PostStatus.DRAFT or post.user_id != automation.user_id or ready.missing:
            raise DraftGone
        return post

    async def _move_on(self, advances: Sequence[Advance], now: datetime) -> None:
        """Cursors and next slots; lines where a situation changed; notices where drafts run out."""
        for start in range(0, len(advances), ADVANCED_AT_ONCE):
            async with self._store.transaction() as tx:
                await self._move_some(tx, advances[start : start + ADVANCED_AT_ONCE], now)

    @staticmethod
    async def _move_some(tx: PlanningTransaction, advances: Sequence[Advance], now: datetime) -> None:
        current = await tx.planning.save_progress([advance.automation for advance in advances])
        valid = [advance for advance in advances if advance.automation.id in current]  # not changed meanwhile
        await tx.planning.add_lines([(one.automation.id, line) for one in valid for line in one.lines])
        await tx.events.add_all([_runs_dry(one, now) for one in valid if one.notice])

    # --- once, now

    async def run_now(self, automation_id: int, *, by: Actor, override_pacing: bool = False) -> Post:
        """Take one draft and send it out right away. Raises `WrongState` when there is none, and `PacingBroken`."""
        now = self._clock.now().replace(microsecond=0)
        owner_id = (await self._reads.automation(automation_id, user_id=by.user_id)).user_id
        rows = await self._reads.world(owner_id, now=now)
        automation = next((one for one in rows.automations if one.id == automation_id), None)
        if automation is None:
            raise NotFound
        place = zone(automation.time_zone)
        latest = end_of_day(local_of(now, place).date(), place)
        slot = Slot(now, f"now:{int(now.timestamp())}", 0, latest)
        if override_pacing:
            rows = replace(rows, accounts={})
        plain = replace(automation, jitter=type(automation.jitter)())
        world = await asyncio.to_thread(rows.world, [automation])
        for _ in range(MOST_TRIES):
            outcome = world.fire(plain, slot)
            if outcome.result in {Result.PACED, Result.HOLIDAY} or (outcome.at and outcome.at > now):
                raise PacingBroken((say(replace(outcome, result=Result.PACED)),), outcome.at)
            if outcome.result is not Result.SCHEDULED:
                raise WrongState(say(outcome))
            try:
                return await self._take(automation, outcome, now, via=by)
            except DraftGone:
                world.put_back(outcome)
            except SlotUsed as error:
                raise WrongState("It ran a moment ago.") from error
        raise WrongState("Its drafts changed while it ran. Try again.")


def _is_due(automation: Automation, rows: WorldRows, now: datetime) -> bool:
    if not automation.enabled or automation.next_at is None or automation.next_at > now + AHEAD:
        return False
    account = rows.accounts.get(automation.account_id or 0)
    return not rows.is_paused and not (account and account.is_paused)


def _prepare(
    rows: WorldRows, automations: Sequence[Automation], now: datetime
) -> tuple[World, list[_Due], dict[int, int]]:
    """The world, the slots to use in order, and how many were missed by whom. CPU work: run in a thread."""
    due: list[tuple[datetime, int, _Due]] = []
    missed: dict[int, int] = {}
    for number, automation in enumerate(automations):
        start = max(automation.cursor_at or now, now - LOOK_BACK)
        slots = list(
            islice(all_slots_between(automation.rules, zone(automation.time_zone), start, now + AHEAD), MOST_SLOTS)
        )
        late = [slot for slot in slots if slot.at < now - MISSED_AFTER]
        due += [(slot.at, number, _Due(automation, slot)) for slot in slots[len(late) :]]
        if late:
            missed[automation.id] = len(late)
        if automation.missed is Missed.CATCH_UP:
            due += [
                (slot.at, number, _Due(automation, slot, now + turn * CATCH_UP_GAP))
                for turn, slot in enumerate(late[-MOST_CAUGHT_UP:])
            ]
    due.sort(key=lambda one: (one[0], one[1], one[2].slot.key))
    return rows.world(automations), [one for _, _, one in due], missed


def _advance_all(
    automations: Sequence[Automation],
    world: World,
    situations: Mapping[int, tuple[str, str]],
    missed: Mapping[int, int],
    now: datetime,
) -> list[Advance]:
    """CPU work: run in a thread."""
    return [_advance(one, world, situations.get(one.id), missed.get(one.id, 0), now) for one in automations]


def _advance(
    automation: Automation, world: World, situation: tuple[str, str] | None, missed: int, now: datetime
) -> Advance:
    place = zone(automation.time_zone)
    cursor = max(now + AHEAD, automation.cursor_at or now)
    following = next_slot(automation.rules, place, cursor)
    kind, text = situation or (automation.situation, "")
    lines = [_missed_line(automation, missed, now)] if missed else []
    if kind != automation.situation:
        lines.append(Line(now, kind, text))
    dry = _dry_slot(automation, world, cursor, now)
    notice = ""
    if dry is not None and not automation.runs_dry:
        day = local_of(dry.at, place)
        notice = f"“{automation.name}” runs out of drafts on {day.day} {day:%b}."
        lines.append(Line(now, "runs_dry", notice))
    moved = replace(
        automation,
        cursor_at=cursor,
        next_at=following.at if following else None,
        situation=kind,
        runs_dry=dry is not None,
    )
    return Advance(moved, tuple(lines), notice)


def _dry_slot(automation: Automation, world: World, cursor: datetime, now: datetime) -> Slot | None:
    """The first slot within the notice's days that will find no draft."""
    until = now + timedelta(days=automation.notice_days)
    slots = all_slots_between(automation.rules, zone(automation.time_zone), cursor, until)
    return next(islice(slots, world.remaining(automation.id), None), None)


def _runs_dry(advance: Advance, now: datetime) -> Event:
    automation = advance.automation
    event = Event("automation.runs_dry", advance.notice, now, automation.user_id)
    return replace(event, account_id=automation.account_id, data={"automation_id": str(automation.id)})


def _plan(automation: Automation, outcome: Outcome) -> Plan:
    assert outcome.at is not None  # noqa: S101 - only scheduled outcomes get here
    local = local_of(outcome.at, zone(automation.time_zone)).replace(second=0)
    offset = int((outcome.at - outcome.slot.at).total_seconds())
    return Plan(outcome.at, local, automation.time_zone, offset if 0 <= offset <= automation.jitter.most else 0)


def _set(before: Details, after: Details) -> str:
    """For the post's history: which fields were filled in."""
    names = [WORDS[name] for name in changed_fields(before, after)]
    return f" It set: {', '.join(names)}." if names else ""


def _situation(outcome: Outcome) -> tuple[str, str]:
    if outcome.result is Result.SCHEDULED:
        return WORKING, "Takes drafts as planned."
    return str(outcome.result), say(outcome)


def _missed_line(automation: Automation, missed: int, now: datetime) -> Line:
    slots = "1 slot" if missed == 1 else f"{missed} slots"
    what = "left out" if automation.missed is Missed.SKIP else "caught up, a little apart"
    return Line(now, "missed", f"{slots} passed while Isekai was not running: {what}.")
