from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from core.planning.pacing import (
    CATCH_UP_GAP,
    Holiday,
    HolidayMode,
    Pacing,
    Taken,
    holiday_on,
    next_allowed,
    problems,
    spread_overdue,
)
from core.planning.wall_clock import local_of
from tests.core.planning.making import NOW, ODD_ZONES

CHRISTMAS = Holiday(date(2026, 12, 24), date(2027, 1, 2))


def at(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def test_empty_settings_allow_everything() -> None:
    assert problems(Pacing(), NOW, Taken([NOW, NOW])) == ()


def test_a_post_too_close_to_another_is_named_with_its_time() -> None:
    said = problems(Pacing(min_gap=timedelta(minutes=30)), at(25, 18, 10), Taken([at(25, 18)]))

    assert said == ("Another post goes out at 18:00; the minimum gap is 30 minutes.",)


def test_the_daily_maximum_counts_the_artists_day() -> None:
    pacing = Pacing("Pacific/Kiritimati", max_per_day=1)

    # Its 25 November lasts from 10:00 UTC on the 24th to 10:00 UTC on the 25th.
    assert problems(pacing, at(25, 9), Taken([at(24, 12)])) == ("25 Nov already has 1 post; the maximum is 1 a day.",)
    assert not problems(pacing, at(25, 11), Taken([at(24, 12)]))


def test_quiet_hours_lead_over_midnight() -> None:
    pacing = Pacing(quiet=(time(22), time(7)))

    assert problems(pacing, at(25, 23), Taken()) == ("23:00 is within the quiet hours (22:00–07:00).",)
    assert next_allowed(pacing, at(25, 23), Taken()) == at(26, 7)
    assert next_allowed(pacing, at(25, 3), Taken()) == at(25, 7)
    assert next_allowed(pacing, at(25, 7), Taken()) == at(25, 7)


def test_holidays_shift_to_the_same_time_of_day_behind_them_or_skip() -> None:
    shift = Pacing(holidays=(CHRISTMAS,))
    skip = Pacing(holidays=(Holiday(CHRISTMAS.first, CHRISTMAS.last, HolidayMode.SKIP),))

    assert next_allowed(shift, at(25, 18, month=12), Taken()) == datetime(2027, 1, 3, 18, 0, tzinfo=UTC)
    assert next_allowed(skip, at(25, 18, month=12), Taken()) is None
    assert problems(skip, at(25, 18, month=12), Taken()) == ("24 Dec – 2 Jan: nothing goes out (holidays).",)


def test_nothing_beyond_the_latest_instant_is_answered() -> None:
    assert next_allowed(Pacing(max_per_day=1), at(25, 9), Taken([at(25, 8)]), latest=at(25, 23)) is None


paces = st.builds(
    Pacing,
    st.sampled_from(ODD_ZONES),
    st.integers(0, 300).map(lambda minutes: timedelta(minutes=minutes)),
    st.none() | st.integers(1, 5),
    st.none() | st.just((time(22), time(7))) | st.just((time(1), time(5))),
    st.just(()) | st.just((CHRISTMAS,)),
)
moments = st.integers(0, 60 * 24 * 45).map(lambda minutes: NOW + timedelta(minutes=minutes))


@settings(max_examples=150, deadline=None)
@given(paces, moments, st.lists(moments, max_size=40))
def test_what_is_answered_is_allowed_and_not_before_what_was_wanted(
    pacing: Pacing, wanted: datetime, others: list[datetime]
) -> None:
    taken = Taken(others)

    found = next_allowed(pacing, wanted, taken)

    assert found is not None
    assert found >= wanted
    assert problems(pacing, found, taken) == ()


@settings(max_examples=60, deadline=None)
@given(paces, st.integers(1, 30))
def test_catching_up_never_bursts(pacing: Pacing, many: int) -> None:
    overdue = [(number, NOW - timedelta(hours=many - number)) for number in range(many)]

    planned = spread_overdue(pacing, overdue, Taken(), now=NOW)

    assert [post for post, _ in planned] == list(range(many))
    gap = pacing.min_gap or CATCH_UP_GAP
    assert all(b - a >= gap for (_, a), (_, b) in pairwise(planned))
    per_day: dict[date, int] = {}
    for _, instant in planned:
        day = local_of(instant, pacing.place).date()
        per_day[day] = per_day.get(day, 0) + 1
    assert pacing.max_per_day is None or all(count <= pacing.max_per_day for count in per_day.values())


def test_the_first_overdue_post_goes_out_at_once() -> None:
    assert spread_overdue(Pacing(), [(7, NOW - timedelta(hours=1))], Taken(), now=NOW) == [(7, NOW)]


FIRST = date(2026, 1, 1)


@given(
    st.lists(
        st.tuples(st.integers(0, 40), st.integers(0, 12)).map(lambda one: (one[0], one[0] + one[1])), max_size=9
    ),
    st.integers(-2, 55),
)
@settings(max_examples=200, deadline=None)
def test_a_day_is_on_the_first_holiday_that_has_it(spans: list[tuple[int, int]], day: int) -> None:
    holidays = tuple(
        Holiday(FIRST + timedelta(days=first), FIRST + timedelta(days=last), name=str(number))
        for number, (first, last) in enumerate(spans)
    )

    found = holiday_on(Pacing(holidays=holidays), FIRST + timedelta(days=day))

    wanted = next((number for number, (first, last) in enumerate(spans) if first <= day <= last), None)
    assert (found and found.name) == (None if wanted is None else str(wanted))


def test_hundreds_of_holidays_cost_a_day_next_to_nothing() -> None:
    looked_at = 0

    class Counted(Holiday):
        def __getattribute__(self, name: str) -> object:
            nonlocal looked_at
            looked_at += name == "first"
            return super().__getattribute__(name)

    pacing = Pacing(holidays=tuple(Counted(FIRST + timedelta(days=n), FIRST + timedelta(days=n)) for n in range(300)))
    looked_at = 0
    for day in range(400, 800):
        assert holiday_on(pacing, FIRST + timedelta(days=day)) is None

    assert looked_at == 0
