"""A day given to a draft becomes a time: a free slot first, then an hour that pacing allows."""

from datetime import UTC, date, datetime, time, timedelta

from core.planning.on_day import pick_on_day
from core.planning.pacing import Pacing, Taken
from core.planning.ports import AccountPlanning
from core.planning.slots import WeeklySlot

MONDAY = date(2026, 11, 30)
BEFORE = datetime(2026, 11, 28, 12, tzinfo=UTC)


def an_account(*times: str, gap: timedelta = timedelta(0), most: int | None = None) -> AccountPlanning:
    slots = tuple(WeeklySlot(0, time.fromisoformat(at)) for at in times)
    return AccountPlanning(1, 1, "mira", Pacing(min_gap=gap, max_per_day=most), slots)


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, 30, hour, minute, tzinfo=UTC)


def picked(account: AccountPlanning, *taken: datetime, now: datetime = BEFORE) -> datetime:
    return pick_on_day(account, Taken(taken), MONDAY, time_zone="UTC", now=now).due_at


def test_the_next_free_slot_of_the_day_is_taken() -> None:
    assert picked(an_account("20:00", "07:15")) == at(7, 15)
    assert picked(an_account("20:00", "07:15"), at(7, 15)) == at(20)
    assert picked(an_account("20:00", "07:15"), now=at(8)) == at(20)


def test_without_a_free_slot_an_hour_is() -> None:
    assert picked(an_account()) == at(9)
    assert picked(an_account("20:00"), at(20), at(9, 30)) == at(10)


def test_an_hour_that_pacing_is_against_is_passed_over() -> None:
    assert picked(an_account(gap=timedelta(hours=3)), at(9)) == at(12)


def test_where_pacing_allows_nothing_the_first_free_hour_stands_and_the_guard_says_why() -> None:
    assert picked(an_account(most=1), at(9)) == at(10)


def test_late_in_the_evening_it_is_soon() -> None:
    assert picked(an_account(), now=at(23, 10)) == at(23, 15)


def test_the_day_is_that_of_the_reader_s_zone() -> None:
    found = pick_on_day(an_account(), Taken(), MONDAY, time_zone="Asia/Tokyo", now=BEFORE)

    assert (found.local.isoformat(), found.due_at) == ("2026-11-30T09:00:00", at(0))
