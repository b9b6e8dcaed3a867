"""The queue of an account: weekly wall-clock times, the next free one, moving up, swapping and shuffling; pure."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import islice
from random import Random
from zoneinfo import ZoneInfo

from core.errors import InvalidInput
from core.planning.pacing import Pacing, Taken, problems
from core.planning.rules import day_exists
from core.planning.wall_clock import Planned, local_of, resolve

HORIZON = timedelta(days=366)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WeeklySlot:
    """A weekday (Monday is 0) and a wall-clock time at which the queue publishes."""

    weekday: int
    at: time
    id: int = 0


def occurrences(slots: Sequence[WeeklySlot], place: ZoneInfo, after: datetime, until: datetime) -> Iterator[Planned]:
    """When the weekly slots come round, `after < due_at < until`, in order and without repeats."""
    by_day: dict[int, list[time]] = {}
    for slot in slots:
        by_day.setdefault(slot.weekday, []).append(slot.at)
    day = local_of(after, place).date()
    last = after
    while by_day:
        if day_exists(day, place):
            for at in sorted(set(by_day.get(day.weekday(), ()))):
                local = datetime.combine(day, at)
                due_at, adjusted = resolve(local, place)
                if due_at >= until:
                    return
                if due_at > last:  # two slots in one spring gap are one
                    yield Planned(due_at, local, place.key, adjusted)
                    last = due_at
        day += _DAY
        if resolve(datetime.combine(day, time(0)), place)[0] >= until:
            return


def free_slots(
    slots: Sequence[WeeklySlot],
    place: ZoneInfo,
    used: Collection[datetime],
    *,
    now: datetime,
    pacing: Pacing | None = None,
    taken: Taken | None = None,
) -> Iterator[Planned]:
    """Slots to come that no post has, and that pacing allows. *used*: the instants that posts have."""
    held = frozenset(used)
    for planned in occurrences(slots, place, now, now + HORIZON):
        if planned.due_at in held:
            continue
        if pacing is not None and problems(pacing, planned.due_at, taken or Taken()):
            continue
        yield planned


def next_free(
    slots: Sequence[WeeklySlot],
    place: ZoneInfo,
    used: Collection[datetime],
    *,
    now: datetime,
    count: int = 1,
    pacing: Pacing | None = None,
    taken: Taken | None = None,
) -> list[Planned]:
    """The next *count* free slots. Raises `InvalidInput` when the account has none, or too few within a year."""
    if not slots:
        raise InvalidInput({"slots": "This account has no weekly slots yet. Add some first."})
    if pacing is None or taken is None:
        found = list(islice(free_slots(slots, place, used, now=now), count))
    else:
        found = []
        for planned in free_slots(slots, place, used, now=now, pacing=pacing, taken=taken):
            found.append(planned)
            taken.add(planned.due_at)  # the next one keeps its distance from this one
            if len(found) == count:
                break
    if len(found) < count:
        raise InvalidInput({"slots": f"Only {len(found)} free slots are left within a year."})
    return found


def moved_up(queue: Sequence[tuple[int, Planned]], freed: Sequence[Planned]) -> list[tuple[int, Planned]]:
    """Who goes where once the slots *freed* are empty: each post behind one takes a place before its own.

    *queue*: (post id, its slot) of the posts in slots, without those that left. Answers those that move.
    Only places that were taken change hands: holes elsewhere in the week stay as the artist left them.
    """
    first = min(planned.due_at for planned in freed)
    behind = sorted(((post, at) for post, at in queue if at.due_at > first), key=lambda pair: pair[1].due_at)
    places = sorted([*freed, *(at for _, at in behind)], key=lambda planned: planned.due_at)
    return [(post, place) for (post, at), place in zip(behind, places, strict=False) if place.due_at < at.due_at]


def swapped(queue: Mapping[int, Planned], first: int, second: int) -> dict[int, Planned]:
    """The two posts with each other's place."""
    if first == second or first not in queue or second not in queue:
        raise InvalidInput({"with": "Choose two different posts that are in the queue."})
    return {first: queue[second], second: queue[first]}


def shuffled(queue: Mapping[int, Planned], random: Random) -> dict[int, Planned]:
    """The same posts in the same places, in another order. Answers the changed ones."""
    posts = sorted(queue)
    places = [queue[post] for post in posts]
    random.shuffle(places)
    if all(queue[post] == place for post, place in zip(posts, places, strict=True)):
        places = places[1:] + places[:1]  # chance gave the old order back, and somebody asked for another
    return {post: place for post, place in zip(posts, places, strict=True) if queue[post] != place}


def validate_slots(slots: Sequence[WeeklySlot]) -> None:
    """Raises `InvalidInput` for `slots`."""
    if len(slots) > 7 * 48:
        raise InvalidInput({"slots": "An account has at most 336 weekly slots."})
    if any(not 0 <= slot.weekday <= 6 for slot in slots):
        raise InvalidInput({"slots": "A weekday is a number from 0 (Monday) to 6 (Sunday)."})
    if len({(slot.weekday, slot.at) for slot in slots}) < len(slots):
        raise InvalidInput({"slots": "The same weekly slot is there twice."})
