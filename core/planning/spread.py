""" "These 40 over 3 weeks, 18–22 h, not on Mondays": a selection over a period, with a preview; pure.

The period's open hours are cut into as many equal shares as there are posts, and each post is drawn from its
share. So the distances stay even, and no two runs of the same seed differ.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import accumulate
from random import Random
from zoneinfo import ZoneInfo

from core.errors import InvalidInput
from core.planning.pacing import Pacing, Taken, holiday_on, next_allowed
from core.planning.rules import EVERY_DAY, day_exists
from core.planning.wall_clock import HORIZON, Planned, local_of, planned_at, resolve, zone

MAX_POSTS = 500
MAX_GAP = timedelta(days=30)
_DAY = timedelta(days=1)


class SpreadOrder(StrEnum):
    GIVEN = "given"
    OLDEST = "oldest"
    NEWEST = "newest"
    RANDOM = "random"


@dataclass(frozen=True, slots=True)
class Spread:
    """`first` to `last` are local days, both included; `start` to `end` the hours of each."""

    time_zone: str
    first: date
    last: date
    start: time = time(9)
    end: time = time(21)
    days: frozenset[int] = EVERY_DAY
    min_gap: timedelta = timedelta(0)
    order: SpreadOrder = SpreadOrder.GIVEN
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Placed:
    """`sentence` says where pacing moved it from its even place."""

    post_id: int
    planned: Planned
    sentence: str = ""


def validate_spread(spread: Spread, posts: int, *, now: datetime) -> None:
    """Raises `InvalidInput` naming every field that cannot be used."""
    found: dict[str, str] = {}
    if not posts:
        found["ids"] = "Choose at least one post."
    elif posts > MAX_POSTS:
        found["ids"] = f"At most {MAX_POSTS} posts at a time."
    if spread.last < spread.first:
        found["last"] = "The period ends before it starts."
    if spread.end <= spread.start:
        found["end"] = "The hours end before they start."
    if not spread.days:
        found["days"] = "Choose at least one weekday."
    if not timedelta(0) <= spread.min_gap <= MAX_GAP:
        found["min_gap_minutes"] = "The minimum gap is between 0 minutes and 30 days."
    if not found and spread.last - spread.first > HORIZON:
        found["last"] = "The period is longer than a year."
    if found:
        raise InvalidInput(found)
    if spread.last > local_of(now + HORIZON, zone(spread.time_zone)).date():
        raise InvalidInput({"last": "The period reaches more than a year ahead."})


def spread_out(
    posts: Sequence[int], spread: Spread, *, now: datetime, pacing: Pacing | None = None, taken: Taken | None = None
) -> list[Placed]:
    """Where each post goes, in order of time. *taken* grows by what is placed.

    Raises `InvalidInput` when the period has no open hours left, or not room enough for the minimum gap.
    """
    validate_spread(spread, len(posts), now=now)
    place = zone(spread.time_zone)
    windows = _windows(spread, place, now, pacing)
    total = sum(length for _, length in windows)
    if not total:
        raise InvalidInput({"first": "No hours of this period lie ahead on the days you chose."})
    instants = _even_instants(windows, total, len(posts), spread)
    guard = pacing or Pacing(spread.time_zone)
    guard = replace(guard, min_gap=max(guard.min_gap, spread.min_gap))
    busy = taken or Taken()
    placed: list[Placed] = []
    for post_id, instant in zip(_ordered(posts, spread), instants, strict=True):
        allowed = _allowed_inside(instant, windows, guard, busy)
        if allowed is None:
            raise InvalidInput({"last": f"Pacing leaves room for only {len(placed)} of {len(posts)} posts here."})
        busy.add(allowed)
        sentence = "" if allowed == instant else "Moved by the pacing guard."
        placed.append(Placed(post_id, planned_at(allowed, place), sentence))
    return sorted(placed, key=lambda one: one.planned.due_at)


def _allowed_inside(
    instant: datetime, windows: list[tuple[datetime, int]], guard: Pacing, busy: Taken
) -> datetime | None:
    """The first instant from there on that is within the open hours and that the guard allows."""
    at: datetime | None = instant
    for _ in range(2 * len(windows) + 2):
        if at is None or (inside := _inside(at, windows)) is None:
            return None
        at = next_allowed(guard, inside, busy)
        if at == inside:
            return at
    return None


def _windows(spread: Spread, place: ZoneInfo, now: datetime, pacing: Pacing | None) -> list[tuple[datetime, int]]:
    """(start, seconds) of the open hours of each allowed day that are still ahead."""
    found = []
    soonest = now + timedelta(minutes=1)
    for day, opens, closes in _open_hours(spread.first, spread.last, spread.days, spread.start, spread.end, place):
        start = max(opens, soonest)
        length = int((closes - start).total_seconds())
        if length > 0 and not (pacing and holiday_on(pacing, day)):
            found.append((start, length))
    return found


@lru_cache(maxsize=4)
def _open_hours(
    first: date, last: date, days: frozenset[int], start: time, end: time, place: ZoneInfo
) -> tuple[tuple[date, datetime, datetime], ...]:
    """Each allowed day with the instants between which it is open: the same for every account that posts go to."""
    found = []
    day = first
    while day <= last:
        if day.weekday() in days and day_exists(day, place):
            opens, closes = [resolve(datetime.combine(day, at), place)[0] for at in (start, end)]
            found.append((day, opens, closes))
        day += _DAY
    return tuple(found)


def _even_instants(windows: list[tuple[datetime, int]], total: int, count: int, spread: Spread) -> list[datetime]:
    """One instant from each of *count* equal shares of the open hours, to the minute, at least the gap apart."""
    random = Random(spread.seed)
    share = total / count
    ends = list(accumulate(length for _, length in windows))
    instants: list[datetime] = []
    for number in range(count):
        # The middle half of a share: neighbours are never closer than half a share.
        offset = (number + 0.25 + 0.5 * random.random()) * share
        instants.append(_at_offset(windows, ends, offset).replace(second=0))
    return _kept_apart(instants, windows, spread.min_gap)


def _at_offset(windows: list[tuple[datetime, int]], ends: list[int], offset: float) -> datetime:
    """*ends*: how many open seconds have passed at the end of each window."""
    number = bisect_right(ends, offset)
    if number == len(windows):
        start, length = windows[-1]
        return start + timedelta(seconds=length - 1)
    start, length = windows[number]
    return start + timedelta(seconds=int(offset - (ends[number] - length)))


def _kept_apart(instants: list[datetime], windows: list[tuple[datetime, int]], gap: timedelta) -> list[datetime]:
    """Push later what is too close; when that runs out of hours, start as early as possible and pack."""
    for wanted in (instants, [windows[0][0]] * len(instants)):
        result: list[datetime] = []
        for instant in wanted:
            at = max(instant, result[-1] + gap) if result else instant
            inside = _inside(at, windows)
            if inside is None:
                break
            result.append(inside)
        if len(result) == len(instants):
            return result
    raise InvalidInput(
        {"min_gap_minutes": f"With this gap only {len(result)} of {len(instants)} posts fit into the period."}
    )


def _inside(at: datetime, windows: list[tuple[datetime, int]]) -> datetime | None:
    number = bisect_right(windows, at, key=_end)
    return max(at, windows[number][0]) if number < len(windows) else None


def _end(window: tuple[datetime, int]) -> datetime:
    start, length = window
    return start + timedelta(seconds=length)


def _ordered(posts: Sequence[int], spread: Spread) -> list[int]:
    match spread.order:
        case SpreadOrder.GIVEN:
            return list(posts)
        case SpreadOrder.OLDEST:
            return sorted(posts)
        case SpreadOrder.NEWEST:
            return sorted(posts, reverse=True)
        case SpreadOrder.RANDOM:
            mixed = sorted(posts)
            Random(spread.seed).shuffle(mixed)
            return mixed
