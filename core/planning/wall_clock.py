"""A wish on the artist's wall clock, and the instant it means.

The wish (wall clock + IANA zone) is kept beside the instant, so that "nine in Paris" stays nine in Paris.
Where a clock change removes the wished time (a gap), the next valid instant is used: 02:30 on the night that
goes from 02:00 to 03:00 becomes 03:00. Where it happens twice (a fold), the first is used.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from core.errors import InvalidInput

PAST_TOLERANCE = timedelta(seconds=60)
HORIZON = timedelta(days=366)
YEARS = range(2000, 2201)  # weeks and zones may be added to any of their days
MAX_JITTER_SECONDS = 3600

_ZONE_NAME = re.compile(r"(?!right/|posix/)[A-Z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}")
_NOT_A_PLACE = frozenset({"Factory"})
_LOCAL = re.compile(r"(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::\d{2}(?:\.\d+)?)?")
_INSTANT = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})|"
    r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}([Zz]|[+-]\d{2}:\d{2})"
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What the artist said: a naive wall clock, to the minute, in a zone."""

    local: datetime
    time_zone: str


@dataclass(frozen=True, slots=True)
class Planned:
    """A wish and its instant. `local` is the wish as said, also where the gap moved the instant."""

    due_at: datetime
    local: datetime
    time_zone: str
    adjusted: bool

    @property
    def wish(self) -> Wish:
        return Wish(self.local, self.time_zone)


def zone(name: str) -> ZoneInfo:
    """The zone of that IANA name; raises `InvalidInput` for `time_zone`."""
    if len(name) <= 64 and _ZONE_NAME.fullmatch(name) and name not in _NOT_A_PLACE:
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            pass
    shown = name if len(name) <= 40 else name[:40] + "…"
    raise InvalidInput(
        {"time_zone": f"“{shown}” is not a time zone; use a name such as Europe/Paris or America/New_York."}
    )


def instant_of(wish: Wish) -> Planned:
    """The instant a wish means; `adjusted` says that a clock change had removed the wished time."""
    place = zone(wish.time_zone)
    due_at, adjusted = resolve(wish.local, place)
    return Planned(due_at, wish.local, wish.time_zone, adjusted)


def resolve(local: datetime, place: ZoneInfo) -> tuple[datetime, bool]:
    """The UTC instant of a naive wall clock, and whether a gap had removed it."""
    first = _shift(local.replace(fold=0), place)
    second = _shift(local.replace(fold=1), place)
    if first <= second:  # an ordinary time (equal), or a fold: the first of the two
        return first, False
    return _first_instant_after_gap(second, first, place), True


def _shift(local: datetime, place: ZoneInfo) -> datetime:
    # Near the ends of the calendar the shift has no answer; people mean nothing by such dates.
    try:
        return local.replace(tzinfo=place).astimezone(UTC).replace(microsecond=0)
    except OverflowError as error:
        raise InvalidInput({"local": "This date is too far away."}) from error


def _first_instant_after_gap(before: datetime, after: datetime, place: ZoneInfo) -> datetime:
    """Bisect for the second at which the clock jumped: later than *before*, not later than *after*."""
    new_offset = after.astimezone(place).utcoffset()
    low, high = 0, int((after - before).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        if (before + timedelta(seconds=middle)).astimezone(place).utcoffset() == new_offset:
            high = middle
        else:
            low = middle
    return before + timedelta(seconds=high)


def wish_of(instant: datetime, place: ZoneInfo) -> Wish:
    """The wall clock that *instant* shows in that zone, to the minute."""
    return Wish(local_of(instant, place).replace(second=0), place.key)


def local_of(instant: datetime, place: ZoneInfo) -> datetime:
    """The naive wall clock, to the second, that *instant* shows in that zone."""
    return instant.astimezone(place).replace(tzinfo=None, microsecond=0, fold=0)


def planned_at(instant: datetime, place: ZoneInfo) -> Planned:
    """An instant said as such ("in 3 hours", an API time), with the wall clock it shows."""
    due_at = instant.astimezone(UTC).replace(microsecond=0)
    return Planned(due_at, wish_of(due_at, place).local, place.key, adjusted=False)


def parse_local(text: str) -> datetime:
    """`YYYY-MM-DDTHH:MM` as a naive wall clock; seconds are dropped. Raises `InvalidInput` for `local`."""
    if len(text) <= 40 and (found := _LOCAL.fullmatch(text.strip())):
        try:
            return datetime(*(int(part) for part in found.groups()))  # type: ignore[arg-type]  # noqa: DTZ001
        except ValueError:
            pass
    raise InvalidInput({"local": "Write the time as YYYY-MM-DDTHH:MM, such as 2026-12-24T18:00."})


def parse_instant(text: str) -> datetime:
    """An RFC 3339 time with its offset, as UTC in whole seconds. Raises `InvalidInput` for `at`."""
    if len(text) <= 40 and _INSTANT.fullmatch(text.strip()):
        try:
            return datetime.fromisoformat(text.strip().upper()).astimezone(UTC).replace(microsecond=0)
        except (ValueError, OverflowError):
            pass
    raise InvalidInput({"at": "Write the time with its offset, such as 2026-12-24T18:00:00Z."})


def read_day(text: str) -> date:
    """`YYYY-MM-DD`; raises `ValueError`, also for a day of no year that calendars show."""
    day = date.fromisoformat(text)
    if day.year not in YEARS:
        raise ValueError("This day is too far away.")
    return day


def check_horizon(due_at: datetime, now: datetime, *, field: str = "at") -> None:
    """Refuse what is past by more than 60 s or more than 366 days ahead."""
    if due_at < now - PAST_TOLERANCE:
        raise InvalidInput({field: "This time is in the past."})
    if due_at > now + HORIZON:
        raise InvalidInput({field: "This time is more than a year ahead; choose one within 366 days."})


def move_to_day(planned: Planned, day: date) -> Wish:
    """The same time of day, in the same zone, on another day."""
    return Wish(datetime.combine(day, time(planned.local.hour, planned.local.minute)), planned.time_zone)


def check_jitter(jitter_seconds: int) -> None:
    if not 0 <= jitter_seconds <= MAX_JITTER_SECONDS:
        raise InvalidInput({"jitter_seconds": "The jitter is a number of seconds from 0 to 3600."})


def with_jitter(due_at: datetime, jitter_seconds: int, random: Random) -> datetime:
    """*due_at* or up to *jitter_seconds* (0–3600) later; drawn once, when scheduling."""
    check_jitter(jitter_seconds)
    return due_at + timedelta(seconds=random.randint(0, jitter_seconds))
