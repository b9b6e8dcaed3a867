from datetime import timedelta
from zoneinfo import ZoneInfo

from core.planning.good_times import Work, good_times
from tests.core.planning.making import NOW

UTC_ZONE = ZoneInfo("UTC")
WEEK = timedelta(days=7)


def test_too_few_works_say_nothing_and_how_many_are_needed() -> None:
    hints = good_times([Work(NOW - 2 * WEEK, 5)] * 19, UTC_ZONE, now=NOW)

    assert hints.times == ()
    assert hints.sentence == "Only 19 of your works are a week old or more; 20 are needed to say anything."


def test_works_of_this_week_do_not_count_yet() -> None:
    assert good_times([Work(NOW, 5)] * 50, UTC_ZONE, now=NOW).works == 0


def test_what_stands_out_is_shown_with_what_it_rests_on() -> None:
    monday_noon = [Work(NOW - number * WEEK, 30) for number in range(1, 7)]
    other = [Work(NOW - number * WEEK - timedelta(days=2, hours=9), 10) for number in range(1, 21)]
    lucky = [Work(NOW - 3 * WEEK - timedelta(days=3), 500)]  # one work is no pattern

    hints = good_times([*monday_noon, *other, *lucky], UTC_ZONE, now=NOW)

    assert [(one.weekday, one.from_hour, one.works, one.ratio) for one in hints.times] == [(0, 12, 6, 3.0)]
    assert "From 27 works" in hints.sentence


def test_where_nothing_stands_out_it_says_so() -> None:
    hints = good_times([Work(NOW - 2 * WEEK, 5)] * 30, UTC_ZONE, now=NOW)

    assert (hints.times, hints.sentence) == ((), "From 30 works: no time stands out.")
