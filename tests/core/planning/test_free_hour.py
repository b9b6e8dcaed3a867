from datetime import date, datetime, timedelta

from core.planning.free_hour import free_hour

DAY = date(2026, 11, 27)
NOON_BEFORE = datetime(2026, 11, 26, 12)  # noqa: DTZ001 - wall clocks have no zone


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, 27, hour, minute)  # noqa: DTZ001 - as above


def test_an_empty_day_begins_at_nine() -> None:
    assert free_hour(DAY, [], NOON_BEFORE) == at(9)


def test_an_hour_in_which_something_goes_out_is_taken() -> None:
    assert free_hour(DAY, [at(9, 40), at(10)], NOON_BEFORE) == at(11)


def test_what_is_left_of_today_is_used() -> None:
    assert free_hour(DAY, [], at(14, 5)) == at(15)


def test_a_full_day_still_gives_a_time_ahead() -> None:
    assert free_hour(DAY, [at(hour) for hour in range(24)], at(13, 30)) == at(14)


def test_late_in_the_evening_it_is_in_a_few_minutes() -> None:
    assert free_hour(DAY, [], at(23, 10)) == at(23, 10) + timedelta(minutes=5)
