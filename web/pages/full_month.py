"""A month with more tiles than its cells can show: the first of each day, and how many more that day has."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.planning.wall_clock import resolve
from core.posts.tile import FullDay, Tile
from web.keys import READS
from web.pages.visit import Visit

MANY = 500  # tiles of a period; up to here all of them are sent
EACH = 12  # of a day, where there are more: what the cells of a large screen have room for
SHORT = timedelta(days=14)  # a week and a day show every tile at its hour
A_DAY = timedelta(days=1)


async def tiles_shown(here: Visit, start: datetime, end: datetime) -> tuple[Sequence[Tile], list[dict[str, object]]]:
    """What the period's cells can show, and an event for every day that has more than it shows."""
    reads, limit = here.request.app[READS], None if end - start <= SHORT else MANY + 1
    found = await reads.tiles(here.user.id, start, end, account_id=here.account_id, limit=limit)
    if limit is None or len(found) < limit:
        return found, []
    days = days_of(here.place, start, end)
    full = await reads.full_days(here.user.id, days, account_id=here.account_id, each=EACH)
    return [tile for day in full for tile in day.tiles], [_rest(here, day) for day in full if day.more]


def days_of(place: ZoneInfo, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    """The days of a period at that place, the first and the last of them cut to it."""
    days, day = [], start.astimezone(place).date()
    while start < end:
        following = min(resolve(datetime.combine(day + A_DAY, time()), place)[0], end)
        days.append((start, following))
        start, day = following, day + A_DAY
    return days


def _rest(here: Visit, day: FullDay) -> dict[str, object]:
    at = day.tiles[-1].at
    return {
        "id": f"rest-{at.astimezone(here.place):%Y-%m-%d}",
        "title": f"{day.more} more: the whole day",
        "start": at,
        "editable": False,
        "extendedProps": {"rest": day.more},
    }
