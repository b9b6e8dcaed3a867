"""Which draft a slot takes and when it goes out: the same for the dry run and for the real thing; pure.

A `World` holds what a decision looks at: drafts, series, pacing, instants taken. It changes as slots use it up.
"""

import heapq
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import islice
from typing import Any, TypeAlias

from msgspec import Struct, structs

from core.planning.automation import Automation, Order, Pool
from core.planning.pacing import HolidayMode, Pacing, Taken, holiday_on, next_allowed
from core.planning.rules import Slot, all_slots_between, draw, jittered
from core.planning.wall_clock import local_of, zone
from core.posts import readiness
from core.posts.fields import Details, folded_tag

NAMED = 5  # how many drafts that are not ready an outcome names
Key: TypeAlias = tuple[int, int]
Group: TypeAlias = tuple[object, ...]


UNPLACED = 1 << 40  # behind every draft that the artist put in order


@dataclass(frozen=True, slots=True)
class Part:
    """A draft's place in a series. `gap` is the series' own, or None to use the automation's."""

    series_id: int
    number: int
    gap: timedelta | None = None


@dataclass(frozen=True, slots=True)
class SeriesState:
    """`last_at`: when the part before went or goes out. `blocked_from`: the first part that is no draft yet."""

    last_at: datetime | None = None
    blocked_from: int | None = None


class Draft(Struct, frozen=True, gc=False):
    """Thousands are kept at hand: nothing that they hold leads back, so none is looked through for garbage.

    `missing`: as it is, without an automation's effects. `tags` are folded.
    """

    id: int
    account_id: int
    details: Details
    lacks: tuple[str, ...] = ()  # what is missing in its files
    part: Part | None = None
    templates: frozenset[str] = frozenset()  # folded names of the templates it was made with
    version: int = 1
    tags: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    @classmethod
    def of(cls, post_id: int, account_id: int, details: Details, lacks: tuple[str, ...] = (), **more: Any) -> "Draft":
        tags = tuple(map(folded_tag, details.tags))
        missing = lacks + readiness.missing_in_details(details)
        return cls(post_id, account_id, details, lacks, tags=tags, missing=missing, **more)

    def placed(self, part: Part | None, templates: frozenset[str]) -> "Draft":
        if self.part == part and self.templates == templates:
            return self
        return structs.replace(self, part=part, templates=templates)

    def missing_with(self, details: Details) -> tuple[str, ...]:
        """Before it could go out with these."""
        return self.lacks + readiness.missing_in_details(details)


class Result(StrEnum):
    SCHEDULED = "scheduled"
    EMPTY = "empty"  # the pool has no draft
    NOT_READY = "not_ready"  # it has some, none of them complete
    WAITING = "waiting"  # the next part of a series is not due yet
    PACED = "paced"  # pacing leaves no room on that day
    HOLIDAY = "holiday"
    MISSED = "missed"  # passed while nothing ran


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a slot does. `choices`: out of how many the draft was taken. `not_ready`: (its name, what is missing)."""

    automation_id: int
    slot: Slot
    result: Result
    draft_id: int | None = None
    account_id: int | None = None
    at: datetime | None = None
    choices: int = 0
    not_ready: tuple[tuple[str, tuple[str, ...]], ...] = ()


class World:
    def __init__(
        self,
        automations: Sequence[Automation],
        drafts: Iterable[Draft],
        *,
        pacing: Mapping[int, Pacing] | None = None,
        taken: Mapping[int, Taken] | None = None,
        series: Mapping[int, SeriesState] | None = None,
        positions: Mapping[int, Mapping[int, int]] | None = None,
    ) -> None:
        """*pacing* and *taken* by account, *positions* (manual order) by automation."""
        self._groups = {automation.id: _group(automation) for automation in automations}
        # Automations with the same pool, order and effects share one list; each group has one to speak for it.
        self._speakers = {self._groups[automation.id]: automation for automation in reversed(automations)}
        self._drafts = {draft.id: draft for draft in drafts}
        self._pacing = pacing or {}
        self._taken = defaultdict(Taken, taken or {})
        self._positions = positions or {}
        self._pools: dict[Group, list[Key]] = {group: [] for group in self._speakers}
        self._unready: dict[Group, dict[int, tuple[str, ...]]] = {group: {} for group in self._speakers}
        # What is missing of a draft, by the effects that it would be taken with.
        by_effects: dict[object, dict[int, tuple[str, ...]]] = defaultdict(dict)
        self._missing = {group: by_effects[speaker.effects] for group, speaker in self._speakers.items()}
        self._parts: dict[int, list[Draft]] = {}
        self._waiting: list[tuple[datetime, int]] = []  # (when its next part may go out, series)
        self._fill(series or {})

    def drop(self, draft_id: int) -> None:
        """The draft is gone: deleted, taken by a person, or changed."""
        draft = self._drafts.pop(draft_id, None)
        if draft:
            self._remove(draft)

    def remaining(self, automation_id: int) -> int:
        """Drafts that are ready or wait as later parts of a series."""
        group = self._groups[automation_id]
        automation = self._speakers[group]
        later = sum(1 for parts in self._parts.values() for draft in parts if matches(automation, draft))
        return len(self._pools[group]) + later

    def not_ready(self, automation_id: int) -> dict[int, tuple[str, ...]]:
        return dict(self._unready[self._groups[automation_id]])

    def _name(self, draft_id: int) -> str:
        """As people know it; one without a title has nothing but its number."""
        draft = self._drafts.get(draft_id)
        return f"“{draft.details.title}”" if draft and draft.details.title else f"Post {draft_id}"

    def put_back(self, outcome: Outcome) -> None:
        """Nothing came of it (its draft was gone): its instant is free again."""
        if outcome.at is not None and outcome.account_id is not None:
            self._taken[outcome.account_id].discard(outcome.at)

    def fire(self, automation: Automation, slot: Slot, *, not_before: datetime | None = None) -> Outcome:
        """Use the slot: choose a draft and an instant, and take both out of the world.

        *not_before* is for a slot that passed unused: from then on any day will do.
        """
        wanted = jittered(slot, automation.jitter, automation.seed)
        if not_before and wanted < not_before:
            wanted = not_before
        self._release(wanted)
        group = self._groups[automation.id]
        pool = self._pools[group]
        unready = tuple((self._name(post), why) for post, why in islice(self._unready[group].items(), NAMED))
        if not pool:
            return Outcome(automation.id, slot, self._why_nothing(automation), not_ready=unready)
        draft = self._drafts[_id_in(self._choose(automation, slot, pool), automation.order)]
        at = self._instant(automation, slot, draft.account_id, wanted, any_day=wanted == not_before)
        if isinstance(at, Result):
            return Outcome(automation.id, slot, at, choices=len(pool), not_ready=unready)
        outcome = Outcome(automation.id, slot, Result.SCHEDULED, draft.id, draft.account_id, at, len(pool), unready)
        self._take(draft, at, automation)
        return outcome

    # --- choosing

    @staticmethod
    def _choose(automation: Automation, slot: Slot, pool: list[Key]) -> Key:
        if automation.order is Order.RANDOM:
            return pool[draw(automation.seed, slot.key, "draft") % len(pool)]
        return pool[-1] if automation.order is Order.LIFO else pool[0]

    def _why_nothing(self, automation: Automation) -> Result:
        coming = (self._parts.get(series_id, []) for _, series_id in self._waiting)
        if any(matches(automation, draft) for parts in coming for draft in parts[:1]):
            return Result.WAITING
        return Result.NOT_READY if self._unready[self._groups[automation.id]] else Result.EMPTY

    def _instant(
        self, automation: Automation, slot: Slot, account_id: int, wanted: datetime, *, any_day: bool
    ) -> datetime | Result:
        """When it goes out: as wanted, or later that day where pacing says so, or behind the holidays."""
        pacing = self._pacing.get(account_id)
        if pacing is None or pacing.allows_everything:
            return wanted
        taken = self._taken[account_id]
        days = next((rule.days for rule in automation.rules if rule.id == slot.rule_id), frozenset(range(7)))
        holiday = holiday_on(pacing, local_of(wanted, pacing.place).date())
        if holiday:
            if holiday.mode is HolidayMode.SKIP:
                return Result.HOLIDAY
            return next_allowed(pacing, wanted, taken, days=days) or Result.HOLIDAY
        latest = None if any_day else max(slot.latest, wanted)
        return next_allowed(pacing, wanted, taken, latest=latest) or Result.PACED

    # --- keeping the pools

    def _fill(self, states: Mapping[int, SeriesState]) -> None:
        by_series: dict[int, list[Draft]] = defaultdict(list)
        for draft in self._drafts.values():
            if draft.part is None:
                self._offer(draft)
            else:
                by_series[draft.part.series_id].append(draft)
        for series_id, parts in by_series.items():
            state = states.get(series_id, SeriesState())
            parts.sort(key=_part_number)
            open_parts = [d for d in parts if state.blocked_from is None or _part_number(d) < state.blocked_from]
            if open_parts:
                self._parts[series_id] = open_parts
                gap = _gap_of(open_parts[0], self._series_gap(open_parts[0]))
                heapq.heappush(self._waiting, ((state.last_at + gap) if state.last_at else _LONG_AGO, series_id))

    def _series_gap(self, draft: Draft) -> timedelta:
        return max((a.series_gap for a in self._speakers.values() if matches(a, draft)), default=timedelta(0))

    def _offer(self, draft: Draft) -> None:
        for group, automation in self._speakers.items():
            if matches(automation, draft):
                if missing := self._missing_of(automation, draft, self._missing[group]):
                    self._unready[group][draft.id] = missing
                else:
                    insort(self._pools[group], self._key(automation, draft.id))

    def _remove(self, draft: Draft) -> None:
        for group, automation in self._speakers.items():
            pool = self._pools[group]
            key = self._key(automation, draft.id)
            index = bisect_left(pool, key)
            if index < len(pool) and pool[index] == key:
                del pool[index]
            self._unready[group].pop(draft.id, None)

    def _take(self, draft: Draft, at: datetime, automation: Automation) -> None:
        self._drafts.pop(draft.id)
        self._remove(draft)
        self._taken[draft.account_id].add(at)
        if draft.part and draft.part.series_id in self._parts:
            heapq.heappush(self._waiting, (at + _gap_of(draft, automation.series_gap), draft.part.series_id))

    def _release(self, now: datetime) -> None:
        """Offer the next part of every series whose gap is over."""
        while self._waiting and self._waiting[0][0] <= now:
            _, series_id = heapq.heappop(self._waiting)
            parts = self._parts.get(series_id)
            if not parts:
                continue
            draft = parts.pop(0)
            if not parts:
                self._parts.pop(series_id)
            if draft.id in self._drafts:
                self._offer(draft)
            else:  # it was dropped: the one behind it must not wait for ever
                heapq.heappush(self._waiting, (now, series_id))

    def _key(self, automation: Automation, draft_id: int) -> Key:
        if automation.order is Order.MANUAL:
            return self._positions.get(automation.id, {}).get(draft_id, UNPLACED), draft_id
        return draft_id, 0

    @staticmethod
    def _missing_of(automation: Automation, draft: Draft, known: dict[int, tuple[str, ...]]) -> tuple[str, ...]:
        if draft.id not in known:
            taken = automation.with_effects(draft.details)
            known[draft.id] = draft.missing if taken is draft.details else draft.missing_with(taken)
        return known[draft.id]


def _group(automation: Automation) -> Group:
    own = automation.id if automation.order is Order.MANUAL else 0
    gap = automation.series_gap
    return automation.account_id, automation.pool, automation.order is Order.MANUAL, own, gap, automation.effects


def matches(automation: Automation, draft: Draft) -> bool:
    """Whether the draft belongs to the automation's pool."""
    if automation.account_id is not None and draft.account_id != automation.account_id:
        return False
    return pool_matches(automation.pool, draft)


def pool_matches(pool: Pool, draft: Draft) -> bool:
    if pool.tags and pool.folded_tags.isdisjoint(draft.tags):
        return False
    if pool.galleries and not set(pool.galleries) & set(draft.details.galleries):
        return False
    if pool.template and pool.template.casefold() not in draft.templates:
        return False
    return not any(getattr(draft.details, flag) for flag in pool.not_flagged)


def in_own_order(automation: Automation, drafts: Iterable[Draft], positions: Mapping[int, int]) -> tuple[Draft, ...]:
    """The drafts of its pool as the artist put them; *positions* by draft."""
    pool = (draft for draft in drafts if matches(automation, draft))
    return tuple(sorted(pool, key=lambda draft: (positions.get(draft.id, UNPLACED), draft.id)))


def simulate(world: World, automations: Sequence[Automation], start: datetime, end: datetime) -> Iterator[Outcome]:
    """What every slot from *start* to *end* does, in order of time; none after one that found nothing."""
    ordered = in_order(automations)
    streams = [_numbered(number, automation, start, end) for number, automation in enumerate(ordered)]
    heap = [first for stream in streams if (first := next(stream, None))]
    heapq.heapify(heap)
    while heap:
        _, number, _, slot = heap[0]
        outcome = world.fire(ordered[number], slot)
        yield outcome
        following = None if outcome.result in _FOR_GOOD else next(streams[number], None)
        if following is None:
            heapq.heappop(heap)
        else:
            heapq.heapreplace(heap, following)


def in_order(automations: Sequence[Automation]) -> list[Automation]:
    """Who chooses first where two slots fall on one second."""
    return sorted(automations, key=lambda automation: (automation.position, automation.id))


def _numbered(
    number: int, automation: Automation, start: datetime, end: datetime
) -> Iterator[tuple[datetime, int, str, Slot]]:
    begin = max(start, automation.cursor_at or start)
    for slot in all_slots_between(automation.rules, zone(automation.time_zone), begin, end):
        yield slot.at, number, slot.key, slot


@dataclass(frozen=True, slots=True)
class Forecast:
    """`runs_out_at`: the first slot that will find no draft; None when there are enough for the period."""

    runs_out_at: datetime | None
    takes: int


def forecast(outcomes: Iterable[Outcome], automation_id: int) -> Forecast:
    takes, runs_out = 0, None
    for outcome in outcomes:
        if outcome.automation_id != automation_id:
            continue
        takes += outcome.result is Result.SCHEDULED
        if outcome.result in {Result.EMPTY, Result.NOT_READY} and runs_out is None:
            runs_out = outcome.slot.at
    return Forecast(runs_out, takes)


# Nothing that could change them happens in a dry run.
_FOR_GOOD = frozenset({Result.EMPTY, Result.NOT_READY})
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def _part_number(draft: Draft) -> int:
    return draft.part.number if draft.part else 0


def _gap_of(draft: Draft, otherwise: timedelta) -> timedelta:
    return draft.part.gap if draft.part and draft.part.gap is not None else otherwise


def _id_in(key: Key, order: Order) -> int:
    return key[1] if order is Order.MANUAL else key[0]
