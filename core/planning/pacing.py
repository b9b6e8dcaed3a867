"""How close together an account's posts may go out: gaps, daily maxima, quiet hours, holidays; pure.

Checked by every way of scheduling. A person gets sentences and may override; whatever has no person at hand
(automations, catching up) takes the next allowed instant.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import accumulate
from zoneinfo import ZoneInfo

from core.errors import InvalidInput
from core.planning.rules import EVERY_DAY, utc
from core.planning.wall_clock import local_of, resolve, zone

MAX_STEPS = 2000
SEARCH = timedelta(days=366)
CATCH_UP_GAP = timedelta(minutes=15)  # between overdue posts when the artist set no gap
_DAY = timedelta(days=1)


class PacingBroken(InvalidInput):
    """The guard objects; a person may say `override_pacing` and schedule all the same."""

    def __init__(self, sentences: tuple[str, ...], suggestion: datetime | None) -> None:
        super().__init__({"at": " ".join(sentences)})
        self.sentences = sentences
        self.suggestion = suggestion

    @property
    def details(self) -> dict[str, object]:
        next_allowed_at = self.suggestion.strftime("%Y-%m-%dT%H:%M:%SZ") if self.suggestion else None
        return {"fields": self.fields, "pacing": list(self.sentences), "next_allowed_at": next_allowed_at}


class HolidayMode(StrEnum):
    SHIFT = "shift"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Holiday:
    """From `first` to `last` (both included) nothing goes out. What falls there is shifted behind it, or skipped."""

    first: date
    last: date
    mode: HolidayMode = HolidayMode.SHIFT
    name: str = ""


@dataclass(frozen=True, slots=True)
class Pacing:
    """`quiet` may lead over midnight: (22:00, 07:00). Empty settings allow everything."""

    time_zone: str = "UTC"
    min_gap: timedelta = timedelta(0)
    max_per_day: int | None = None
    quiet: tuple[time, time] | None = None
    holidays: tuple[Holiday, ...] = ()
    _place: ZoneInfo = field(init=False, repr=False, compare=False)
    # Of holidays by their first day: that day, and the last day of it and of all before it.
    _firsts: tuple[date, ...] = field(init=False, repr=False, compare=False)
    _lasts: tuple[date, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_place", zone(self.time_zone))
        days = sorted((holiday.first, holiday.last) for holiday in self.holidays)
        object.__setattr__(self, "_firsts", tuple(first for first, _ in days))
        object.__setattr__(self, "_lasts", tuple(accumulate((last for _, last in days), max)))

    def is_on_holiday(self, day: date) -> bool:
        """Asked for each day of a year of each account: hundreds of holidays are not looked through for it."""
        begun = bisect_right(self._firsts, day)
        return begun > 0 and self._lasts[begun - 1] >= day

    @property
    def place(self) -> ZoneInfo:
        return self._place

    @property
    def allows_everything(self) -> bool:
        return not (self.min_gap or self.max_per_day or self.quiet or self.holidays)


class Taken:
    """The instants at which one account already publishes, in order: epoch seconds, repeats allowed."""

    def __init__(self, instants: Iterable[datetime] = ()) -> None:
        self._seconds = sorted(int(instant.timestamp()) for instant in instants)

    def add(self, instant: datetime) -> None:
        insort(self._seconds, int(instant.timestamp()))

    def discard(self, instant: datetime) -> None:
        second = int(instant.timestamp())
        index = bisect_left(self._seconds, second)
        if index < len(self._seconds) and self._seconds[index] == second:
            del self._seconds[index]

    def count(self, start: datetime, end: datetime) -> int:
        """How many with `start <= instant < end`."""
        return bisect_left(self._seconds, int(end.timestamp())) - bisect_left(self._seconds, int(start.timestamp()))

    def last_near(self, instant: datetime, gap: timedelta) -> datetime | None:
        """The latest of those that are closer than *gap*."""
        second, width = int(instant.timestamp()), int(gap.total_seconds())
        index = bisect_left(self._seconds, second + width)
        if index and self._seconds[index - 1] > second - width:
            return utc(self._seconds[index - 1])
        return None

    def has(self, instant: datetime) -> bool:
        second = int(instant.timestamp())
        return bisect_right(self._seconds, second) > bisect_left(self._seconds, second)


def problems(pacing: Pacing, at: datetime, taken: Taken) -> tuple[str, ...]:
    """What the guard has against publishing at that instant, in sentences; empty when it is fine."""
    found = []
    local = local_of(at, pacing.place)
    if holiday := holiday_on(pacing, local.date()):
        found.append(f"{_called(holiday)} nothing goes out (holidays).")
    if pacing.quiet and in_quiet_hours(pacing.quiet, local.time()):
        start, end = pacing.quiet
        found.append(f"{local:%H:%M} is within the quiet hours ({start:%H:%M}–{end:%H:%M}).")
    if pacing.max_per_day is not None:
        planned = taken.count(*_day_bounds(local.date(), pacing.place))
        if planned >= pacing.max_per_day:
            posts = "1 post" if planned == 1 else f"{planned} posts"
            found.append(f"{_on(local.date())} already has {posts}; the maximum is {pacing.max_per_day} a day.")
    if pacing.min_gap and (near := taken.last_near(at, pacing.min_gap)):
        other = local_of(near, pacing.place)
        found.append(f"Another post goes out at {other:%H:%M}; the minimum gap is {_length(pacing.min_gap)}.")
    return tuple(found)


def next_allowed(
    pacing: Pacing,
    wanted: datetime,
    taken: Taken,
    *,
    days: frozenset[int] = EVERY_DAY,
    latest: datetime | None = None,
) -> datetime | None:
    """The first allowed instant from *wanted* on; None when there is none by *latest*, or a holiday says skip.

    Moving to another day starts again at the wanted time of day, moved out of the quiet hours.
    """
    if pacing.allows_everything and days == EVERY_DAY:
        return wanted
    wanted_time = local_of(wanted, pacing.place).time()
    limit = min(wanted + SEARCH, latest) if latest else wanted + SEARCH
    at = wanted
    for _ in range(MAX_STEPS):
        if at > limit:
            return None
        step = _step(pacing, at, taken, days, wanted_time)
        if step is None:
            return at
        if step == at:
            return None
        at = step
    return None


def _step(pacing: Pacing, at: datetime, taken: Taken, days: frozenset[int], wanted_time: time) -> datetime | None:
    """Where to look next; None when *at* is fine, *at* itself when a holiday says skip."""
    local = local_of(at, pacing.place)
    day = local.date()

    def on(other: date) -> datetime:
        return max(resolve(datetime.combine(other, wanted_time), pacing.place)[0], at + timedelta(seconds=1))

    if holiday := holiday_on(pacing, day):
        return at if holiday.mode is HolidayMode.SKIP else on(holiday.last + _DAY)
    if day.weekday() not in days:
        return on(day + _DAY)
    if pacing.max_per_day is not None and taken.count(*_day_bounds(day, pacing.place)) >= pacing.max_per_day:
        return on(day + _DAY)
    if pacing.quiet and in_quiet_hours(pacing.quiet, local.time()):
        return _end_of_quiet(pacing.quiet, local, pacing.place, at)
    if pacing.min_gap and (near := taken.last_near(at, pacing.min_gap)):
        return near + pacing.min_gap
    return None


def ensure(pacing: Pacing, at: datetime, taken: Taken) -> None:
    """Raises `PacingBroken` with what the guard has against that instant, and the next that it allows."""
    if sentences := problems(pacing, at, taken):
        raise PacingBroken(sentences, next_allowed(pacing, at, taken))


def spread_overdue(
    pacing: Pacing, overdue: Iterable[tuple[int, datetime]], taken: Taken, *, now: datetime
) -> list[tuple[int, datetime]]:
    """New instants for posts whose time passed while nothing ran: in order, from *now* on, never in a burst.

    *taken* grows by what is planned here.
    """
    gap = pacing.min_gap or CATCH_UP_GAP
    at = now
    planned = []
    for post_id, _ in sorted(overdue, key=lambda pair: (pair[1], pair[0])):
        instant = next_allowed(pacing, at, taken) or at
        planned.append((post_id, instant))
        taken.add(instant)
        at = instant + gap
    return planned


def holiday_on(pacing: Pacing, day: date) -> Holiday | None:
    if not pacing.is_on_holiday(day):
        return None
    return next(holiday for holiday in pacing.holidays if holiday.first <= day <= holiday.last)


def in_quiet_hours(quiet: tuple[time, time], at: time) -> bool:
    start, end = quiet
    return start <= at < end if start <= end else at >= start or at < end


def _end_of_quiet(quiet: tuple[time, time], local: datetime, place: ZoneInfo, at: datetime) -> datetime:
    day = local.date() + _DAY if local.time() >= quiet[1] else local.date()
    return max(resolve(datetime.combine(day, quiet[1]), place)[0], at + timedelta(seconds=1))


@lru_cache(maxsize=1_000)  # a calendar asks for the same days for each of its thousands of tiles
def _day_bounds(day: date, place: ZoneInfo) -> tuple[datetime, datetime]:
    return (
        resolve(datetime.combine(day, time(0)), place)[0],
        resolve(datetime.combine(day + _DAY, time(0)), place)[0],
    )


def _called(holiday: Holiday) -> str:
    return f"{_on(holiday.first)} – {_on(holiday.last)}" + (f" ({holiday.name}):" if holiday.name else ":")


def _on(day: date) -> str:
    return f"{day.day} {day:%b}"


def _length(gap: timedelta) -> str:
    minutes = int(gap.total_seconds() // 60)
    if minutes % 60 == 0 and minutes:
        return f"{minutes // 60} h"
    return f"{minutes} minutes" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
