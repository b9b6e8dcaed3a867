"""The rules of an automation, and the sequence of slots each of them produces; pure.

A slot has an identity (`key`): rule + local date and time, rule + instant on the interval's grid, or rule + local
date + number within the day. The database keeps `(automation, key)` unique, so that no restart, second scheduler,
clock change or clock jump can use a slot twice.
"""

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from hashlib import blake2b
from zoneinfo import ZoneInfo

from core.planning.wall_clock import local_of, resolve

EVERY_DAY = frozenset(range(7))  # Monday is 0
LOOK_AHEAD = timedelta(days=62)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class FixedTime:
    """At a wall-clock time on certain weekdays."""

    id: int
    at: time
    days: frozenset[int] = EVERY_DAY


@dataclass(frozen=True, slots=True)
class FixedInterval:
    """Every so many minutes of real time from `anchor` on: it never drifts. `count` drafts a time."""

    id: int
    every_minutes: int
    anchor: datetime
    count: int = 1
    days: frozenset[int] = EVERY_DAY


@dataclass(frozen=True, slots=True)
class DailyQuota:
    """So many a day, each in the middle of its share of the window."""

    id: int
    per_day: int
    start: time = time(9)
    end: time = time(21)
    days: frozenset[int] = EVERY_DAY


Rule = FixedTime | FixedInterval | DailyQuota


@dataclass(frozen=True, slots=True)
class Slot:
    """One use of a rule. `latest`: the last second that still belongs to its day (or window)."""

    at: datetime
    key: str
    rule_id: int
    latest: datetime


def slots_between(rule: Rule, place: ZoneInfo, start: datetime, end: datetime) -> Iterator[Slot]:
    """The rule's slots with `start <= at < end`, in order."""
    match rule:
        case FixedInterval():
            return _interval_slots(rule, place, start, end)
        case FixedTime() | DailyQuota():
            return _daily_slots(rule, place, start, end)


def all_slots_between(rules: Iterable[Rule], place: ZoneInfo, start: datetime, end: datetime) -> Iterator[Slot]:
    return heapq.merge(
        *(slots_between(rule, place, start, end) for rule in rules), key=lambda slot: (slot.at, slot.key)
    )


def next_slot(rules: Iterable[Rule], place: ZoneInfo, after: datetime) -> Slot | None:
    """The first slot at or after *after*; None when no rule has one within two months."""
    return next(all_slots_between(rules, place, after, after + LOOK_AHEAD), None)


def _daily_slots(rule: FixedTime | DailyQuota, place: ZoneInfo, start: datetime, end: datetime) -> Iterator[Slot]:
    day = local_of(start, place).date()
    last = local_of(end, place).date()
    while day <= last:
        if day.weekday() in rule.days and day_exists(day, place):
            for slot in _fixed_on(rule, place, day) if isinstance(rule, FixedTime) else _quota_on(rule, place, day):
                if start <= slot.at < end:
                    yield slot
        day += _DAY


def _fixed_on(rule: FixedTime, place: ZoneInfo, day: date) -> Iterator[Slot]:
    at, moved = resolve(datetime.combine(day, rule.at), place)
    # A gap at the end of a day leads into the next one, which the rule may not want.
    if not moved or local_of(at, place).weekday() in rule.days:
        key = f"{rule.id}:{day.isoformat()}T{rule.at:%H:%M}"
        yield Slot(at, key, rule.id, max(at, end_of_day(day, place)))


def _quota_on(rule: DailyQuota, place: ZoneInfo, day: date) -> Iterator[Slot]:
    opens, _ = resolve(datetime.combine(day, rule.start), place)
    closes, _ = resolve(datetime.combine(day, rule.end), place)
    length = int((closes - opens).total_seconds())
    for number in range(rule.per_day):
        at = opens + timedelta(seconds=length * (2 * number + 1) // (2 * rule.per_day))
        yield Slot(at, f"{rule.id}:{day.isoformat()}#{number}", rule.id, max(at, closes - timedelta(seconds=1)))


def _interval_slots(rule: FixedInterval, place: ZoneInfo, start: datetime, end: datetime) -> Iterator[Slot]:
    step = timedelta(minutes=rule.every_minutes)
    number = max(0, -((rule.anchor - start) // step))
    at = rule.anchor + number * step
    while at < end:
        day = local_of(at, place).date()
        latest = end_of_day(day, place)
        if day.weekday() not in rule.days:  # on to the first slot after this local day
            at += max(1, -((at - latest) // step)) * step
            continue
        while at <= latest and at < end:
            stamp = int(at.timestamp())
            for copy in range(rule.count):
                yield Slot(at, f"{rule.id}:{stamp}#{copy}", rule.id, latest)
            at += step


def day_exists(day: date, place: ZoneInfo) -> bool:
    """Samoa had no 30 December 2011."""
    at, moved = resolve(datetime.combine(day, time(0)), place)
    return not moved or local_of(at, place).date() == day


def end_of_day(day: date, place: ZoneInfo) -> datetime:
    """The last second of that local day."""
    return resolve(datetime.combine(day + _DAY, time(0)), place)[0] - timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Jitter:
    """Seconds added to a slot's time, at least and at most."""

    least: int = 0
    most: int = 0


def jittered(slot: Slot, jitter: Jitter, seed: int) -> datetime:
    """The slot's time plus a jitter that is drawn from its identity: the dry run shows what will happen.

    Never beyond `slot.latest`, so that jitter leads neither out of the window nor into an excluded day.
    """
    room = int((slot.latest - slot.at).total_seconds())
    least, most = min(jitter.least, room), min(jitter.most, room)
    if most <= 0:
        return slot.at
    return slot.at + timedelta(seconds=least + draw(seed, slot.key, "jitter") % (most - least + 1))


def draw(seed: int, *parts: object) -> int:
    """A number that depends on nothing but its arguments."""
    digest = blake2b("/".join(map(str, (seed, *parts))).encode(), digest_size=8)
    return int.from_bytes(digest.digest())


def utc(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
