"""Hints for good times, from how the artist's own published works fared; honest about how few they are; pure."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from core.planning.wall_clock import local_of

SETTLED_AFTER = timedelta(days=7)  # favourites mostly come in the first days
ENOUGH_WORKS = 20
ENOUGH_IN_BLOCK = 4
BLOCK_HOURS = 3
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Work:
    published_at: datetime
    favourites: int


@dataclass(frozen=True, slots=True)
class GoodTime:
    """A block of three hours on a weekday (Monday is 0). `ratio`: its median favourites over the artist's median."""

    weekday: int
    from_hour: int
    to_hour: int
    works: int
    favourites: float
    ratio: float


@dataclass(frozen=True, slots=True)
class Hints:
    """`sentence` says on how many works this rests, or why nothing can be said."""

    times: tuple[GoodTime, ...]
    works: int
    sentence: str


def good_times(works: Iterable[Work], place: ZoneInfo, *, now: datetime) -> Hints:
    settled = [work for work in works if work.published_at <= now - SETTLED_AFTER]
    if len(settled) < ENOUGH_WORKS:
        told = f"Only {len(settled)} of your works are a week old or more; {ENOUGH_WORKS} are needed to say anything."
        return Hints((), len(settled), told)
    usual = median(work.favourites for work in settled) or 1
    blocks: dict[tuple[int, int], list[int]] = defaultdict(list)
    for work in settled:
        local = local_of(work.published_at, place)
        blocks[local.weekday(), local.hour // BLOCK_HOURS].append(work.favourites)
    found = [
        GoodTime(
            weekday,
            block * BLOCK_HOURS,
            (block + 1) * BLOCK_HOURS,
            len(counts),
            median(counts),
            round(median(counts) / usual, 2),
        )
        for (weekday, block), counts in blocks.items()
        if len(counts) >= ENOUGH_IN_BLOCK
    ]
    better = sorted((one for one in found if one.ratio > 1), key=lambda one: (-one.ratio, one.weekday, one.from_hour))
    if not better:
        return Hints((), len(settled), f"From {len(settled)} works: no time stands out.")
    least = min(one.works for one in better[:SHOWN])
    told = f"From {len(settled)} works of yours, each line from {least} or more. It may well be chance."
    return Hints(tuple(better[:SHOWN]), len(settled), told)
