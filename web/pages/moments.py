"""Times as people say them, in their own zone."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

COUNTED_DOWN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Moment:
    """`iso` for machines, `text` for reading, `named` as a date where no distance fits ("since …"), `exact` on hover;
    `near` ones count down in the browser."""

    iso: str
    text: str
    exact: str
    named: str
    near: bool = False


def moment(at: datetime, now: datetime, place: ZoneInfo) -> Moment:
    """*at* as somebody in *place* says it at *now*."""
    local = _in(place, at)
    away = at - now
    near = timedelta(0) < away < COUNTED_DOWN
    named = _spoken(local, now.astimezone(place))
    return Moment(
        iso=at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        text=_countdown(away) if near else _ago(-away) or named,
        exact=f"{local:%A} {local.day} {local:%B %Y, %H:%M:%S}, {place.key}",
        named=named,
        near=near,
    )


def _in(place: ZoneInfo, at: datetime) -> datetime:
    """An end “for ever” may lie on the last day there is, which has no tomorrow elsewhere: then as in UTC."""
    try:
        return at.astimezone(place)
    except OverflowError:
        return at


def _countdown(away: timedelta) -> str:
    seconds = int(away.total_seconds())
    return f"in {seconds} s" if seconds < 60 else f"in {round(seconds / 60)} min"


def _ago(past: timedelta) -> str:
    """How long ago, within the hour; else nothing."""
    if timedelta(0) <= past < timedelta(minutes=1):
        return "just now"
    return f"{int(past.total_seconds() // 60)} min ago" if timedelta(0) < past < COUNTED_DOWN else ""


def _spoken(local: datetime, now: datetime) -> str:
    clock = f"{local:%H:%M}"
    days = (local.date() - now.date()).days
    if days in _NEAR_DAYS:
        return f"{_NEAR_DAYS[days]} {clock}"
    if local.year == now.year or abs(days) < 120:
        return f"{local:%a} {local.day} {local:%b}, {clock}"
    return f"{local.day} {local:%b %Y}, {clock}"


_NEAR_DAYS = {-1: "yesterday", 0: "today", 1: "tomorrow"}


def local_input(at: datetime, place: ZoneInfo) -> str:
    """The value of a `datetime-local` field."""
    return f"{at.astimezone(place):%Y-%m-%dT%H:%M}"


def suggestions(now: datetime, place: ZoneInfo) -> tuple[tuple[str, str], ...]:
    """Wall clocks that people choose often, as (label, field value); none in the past."""
    local = now.astimezone(place).replace(tzinfo=None)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    hour_from_now = (local + timedelta(hours=1)).replace(second=0, microsecond=0)
    friday = midnight + timedelta(days=(4 - midnight.weekday()) % 7, hours=18)
    choices = [
        ("In an hour", hour_from_now),
        ("Today 18:00", midnight + timedelta(hours=18)),
        ("Tomorrow 9:00", midnight + timedelta(days=1, hours=9)),
        ("Tomorrow 18:00", midnight + timedelta(days=1, hours=18)),
        ("Friday 18:00", friday if friday > local else friday + timedelta(days=7)),
    ]
    return tuple((label, f"{at:%Y-%m-%dT%H:%M}") for label, at in choices if at > local)
