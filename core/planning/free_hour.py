"""A time of day for a draft that was given only a day; pure."""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta

FIRST = time(9)
LAST = time(22)


def hours_ahead(day: date, now: datetime) -> list[datetime]:
    """The full hours from 9 to 22 on *day* that are not over; naive wall clocks in one zone."""
    hours = [datetime.combine(day, time(hour)) for hour in range(FIRST.hour, LAST.hour + 1)]
    return [hour for hour in hours if hour > now]


def free_hour(day: date, taken: Collection[datetime], now: datetime) -> datetime:
    """The first full hour from 9 to 22 on *day* that is not over and that nothing of *taken* has.

    All are naive wall clocks in one zone. When every hour is taken, the one after *now* on that day, or the last.
    """
    busy = {moment.replace(minute=0, second=0, microsecond=0) for moment in taken}
    ahead = hours_ahead(day, now)
    free = next((hour for hour in ahead if hour not in busy), None)
    if free is not None:
        return free
    if ahead:
        return ahead[0]
    return max(datetime.combine(day, LAST), (now + timedelta(minutes=5)).replace(second=0, microsecond=0))
