"""Whole seconds in the database, aware UTC datetimes in Python: the one place that converts."""

from datetime import UTC, datetime, time
from typing import overload


@overload
def seconds(instant: datetime) -> int: ...
@overload
def seconds(instant: None) -> None: ...
def seconds(instant: datetime | None) -> int | None:
    return None if instant is None else int(instant.timestamp())


@overload
def instant(value: int) -> datetime: ...
@overload
def instant(value: None) -> None: ...
def instant(value: int | None) -> datetime | None:
    return None if value is None else datetime.fromtimestamp(value, UTC)


def milliseconds(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp() * 1000)


def instant_of_ms(value: int | None) -> datetime | None:
    return None if value is None else datetime.fromtimestamp(value / 1000, UTC)


def clock_of(minute: int) -> time:
    """The time of day that is kept as minutes since midnight."""
    return time(minute // 60, minute % 60)


def minute_of(at: time) -> int:
    return at.hour * 60 + at.minute
