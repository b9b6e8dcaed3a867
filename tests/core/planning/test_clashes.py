"""What the calendar warns of and shades."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from core.account import Account, AccountStatus
from core.planning.clashes import clashes_of, holiday_shades, pause_shades
from core.planning.pacing import Holiday, Pacing, Taken
from core.planning.ports import NamedHoliday
from core.posts.post import PostStatus
from core.posts.tile import Tile

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
LATER = NOON + timedelta(days=20)


def scheduled(post_id: int, at: datetime) -> Tile:
    return Tile(post_id, 1, 1, "Fox", PostStatus.SCHEDULED, False, False, False, at, at, None)


def an_account(paused_at: datetime | None = None) -> Account:
    return Account(1, 1, "x", "mira", "#3b82c4", AccountStatus.CONNECTED, NOON, paused_at=paused_at)


def test_both_of_two_that_are_too_close_are_marked_and_a_third_is_not() -> None:
    posts = [scheduled(1, NOON), scheduled(2, NOON + timedelta(minutes=10)), scheduled(3, NOON + timedelta(hours=9))]
    taken = Taken(post.due_at for post in posts if post.due_at)

    found = clashes_of(Pacing(min_gap=timedelta(hours=1)), posts, taken)

    assert set(found) == {1, 2}
    assert found[1] == ("Another post goes out at 12:10; the minimum gap is 1 h.",)


def test_a_holiday_shades_whole_days_of_the_reader_s_calendar() -> None:
    holiday = NamedHoliday(1, Holiday(date(2026, 12, 24), date(2026, 12, 25), name="Winter"))

    (shade,) = holiday_shades([holiday], ZoneInfo("Europe/Paris"))

    assert (shade.start, shade.end) == (
        datetime(2026, 12, 23, 23, tzinfo=UTC),
        datetime(2026, 12, 25, 23, tzinfo=UTC),
    )
    assert (shade.kind, shade.text) == ("holiday", "Winter")


def test_a_pause_reaches_as_far_as_one_looks() -> None:
    (shade,) = pause_shades([an_account()], paused_at=NOON, is_held=False, until=LATER, now=NOON)

    assert (shade.start, shade.end, shade.kind) == (NOON, LATER, "pause")


def test_a_paused_account_shades_only_where_it_stands_alone() -> None:
    paused, other = an_account(NOON), replace(an_account(), id=2)

    def shades(*accounts: Account) -> int:
        return len(pause_shades(accounts, paused_at=None, is_held=False, until=LATER, now=NOON))

    assert (shades(paused), shades(paused, other), shades(other)) == (1, 0, 0)
