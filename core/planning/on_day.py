"""A time for a draft that was given only a day: the account's next free slot there, else a free hour."""

from datetime import date, datetime, timedelta

from core.planning.free_hour import free_hour, hours_ahead
from core.planning.guard import AROUND
from core.planning.pacing import Taken, problems
from core.planning.ports import AccountPlanning, PlanningReads
from core.planning.slots import occurrences
from core.planning.wall_clock import Planned, Wish, instant_of, local_of, resolve, zone

HOUR = timedelta(hours=1)


async def time_on_day(
    reads: PlanningReads, post_id: int, day: date, *, time_zone: str, user_id: int, now: datetime
) -> Planned:
    """*day* is one of the calendar of *time_zone*. Raises `NotFound` for other people's posts."""
    account = await reads.account_of(post_id, user_id=user_id)
    taken = await reads.taken(account.account_id, since=now - AROUND, except_posts=[post_id])
    return pick_on_day(account, taken, day, time_zone=time_zone, now=now)


def pick_on_day(account: AccountPlanning, taken: Taken, day: date, *, time_zone: str, now: datetime) -> Planned:
    """A free slot of that day; else the first hour that nothing has and that pacing allows.

    Where pacing allows none, the first free hour: the guard will say what it has against it.
    """
    place = zone(time_zone)
    start, end = (resolve(datetime.combine(d, datetime.min.time()), place)[0] for d in (day, day + timedelta(days=1)))
    for slot in occurrences(account.slots, account.pacing.place, max(start - timedelta(seconds=1), now), end):
        if slot.due_at < end and not taken.has(slot.due_at) and not problems(account.pacing, slot.due_at, taken):
            return slot
    local_now = local_of(now, place)
    hours = [instant_of(Wish(local, time_zone)) for local in hours_ahead(day, local_now)]
    free = [hour for hour in hours if not taken.count(hour.due_at, hour.due_at + HOUR)]
    allowed = [hour for hour in free if not problems(account.pacing, hour.due_at, taken)]
    found = (allowed or free or hours)[:1]
    return found[0] if found else instant_of(Wish(free_hour(day, [], local_now), time_zone))
