"""What a calendar warns of: times that pacing is against, and stretches in which nothing goes out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from core.account import Account
from core.planning.guard import AROUND
from core.planning.pacing import Pacing, Taken, problems
from core.planning.ports import NamedHoliday, PlanningReads
from core.planning.wall_clock import resolve
from core.posts.post import PostStatus
from core.posts.tile import Tile


@dataclass(frozen=True, slots=True)
class Shade:
    """From `start` to `end` (not included) nothing goes out. `kind`: holiday or pause."""

    start: datetime
    end: datetime
    kind: str
    text: str


async def clashes(
    reads: PlanningReads, user_id: int, tiles: Sequence[Tile], *, now: datetime
) -> Mapping[int, tuple[str, ...]]:
    """For each scheduled post among *tiles* that the guard objects to, by id, why."""
    found: dict[int, tuple[str, ...]] = {}
    waiting = [tile for tile in tiles if tile.status is PostStatus.SCHEDULED and tile.due_at is not None]
    accounts = {account.account_id: account for account in await reads.accounts(user_id)} if waiting else {}
    for account_id in sorted({tile.account_id for tile in waiting}):
        account = accounts.get(account_id)
        if account is None or account.pacing.allows_everything:
            continue
        taken = await reads.taken(account_id, since=now - AROUND)
        found |= clashes_of(account.pacing, [tile for tile in waiting if tile.account_id == account_id], taken)
    return found


def clashes_of(pacing: Pacing, tiles: Iterable[Tile], taken: Taken) -> dict[int, tuple[str, ...]]:
    """*taken* holds the posts themselves: each is looked at as if it were put there now."""
    found: dict[int, tuple[str, ...]] = {}
    for tile in tiles:
        if tile.due_at is None:
            continue
        taken.discard(tile.due_at)
        why = problems(pacing, tile.due_at, taken)
        taken.add(tile.due_at)
        if why:
            found[tile.id] = why
    return found


def holiday_shades(holidays: Iterable[NamedHoliday], place: ZoneInfo) -> list[Shade]:
    """Whole days of the calendar of *place*."""

    def midnight(day: datetime) -> datetime:
        return resolve(day, place)[0]

    return [
        Shade(
            midnight(datetime.combine(named.holiday.first, datetime.min.time())),
            midnight(datetime.combine(named.holiday.last + timedelta(days=1), datetime.min.time())),
            "holiday",
            named.holiday.name or "Holiday",
        )
        for named in holidays
    ]


def pause_shades(
    accounts: Sequence[Account], *, paused_at: datetime | None, is_held: bool, until: datetime, now: datetime
) -> list[Shade]:
    """A pause has no end until somebody resumes: it reaches to *until*. An account's counts when it is the only one.

    *accounts*: those that the calendar shows. *is_held*: after a restore, until it is released.
    """
    if is_held:
        return [Shade(now, until, "pause", "Waits for release")]
    if paused_at is not None:
        return [Shade(paused_at, until, "pause", "Paused")]
    since = [account.paused_at for account in accounts if account.paused_at is not None]
    if since and len(since) == len(accounts):
        return [Shade(max(since), until, "pause", "Paused")]
    return []
