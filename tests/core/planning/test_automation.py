from datetime import datetime, time, timedelta
from typing import Any

import pytest

from core.errors import InvalidInput
from core.planning.automation import Default, Pool, check, describe, read_rules
from core.planning.rules import DailyQuota, FixedInterval, FixedTime, Jitter
from tests.core.planning.making import NOW, an_automation

MONDAYS = frozenset({0})


@pytest.mark.parametrize(
    ("rules", "changes", "field", "sentence"),
    [
        ((), {}, "rules", "no rule yet"),
        ((FixedInterval(1, 4, NOW),), {}, "rules", "between 5 minutes and 10080"),
        ((FixedInterval(1, 10081, NOW),), {}, "rules", "between 5 minutes and 10080"),
        ((FixedInterval(1, 60, NOW, 0),), {}, "rules", "1 to 100 drafts"),
        ((DailyQuota(1, 0),), {}, "rules", "between 1 and 100"),
        ((DailyQuota(1, 101),), {}, "rules", "between 1 and 100"),
        ((DailyQuota(1, 3, time(21), time(9)),), {}, "rules", "ends before it starts"),
        ((FixedTime(1, time(9), frozenset()),), {}, "rules", "at least one weekday"),
        ((FixedInterval(1, 10080, NOW, 1, frozenset({4})),), {}, "rules", "never come round"),
        ((FixedTime(1, time(9)),) * 21, {}, "rules", "at most 20"),
        ((FixedTime(1, time(9)),), {"jitter": Jitter(60, 30)}, "jitter", "smaller than the smallest"),
        ((FixedTime(1, time(9)),), {"jitter": Jitter(0, 3601)}, "jitter", "between 0 and 3600"),
        ((FixedTime(1, time(9)),), {"time_zone": "Mars/Olympus"}, "time_zone", "not a time zone"),
        ((FixedTime(1, time(9)),), {"name": "  "}, "name", "Give it a name"),
        ((FixedTime(1, time(9)),), {"color": "red"}, "color", "colour is one of"),
        ((FixedTime(1, time(9)),), {"defaults": (Default("price", 3),)}, "defaults", "no field called"),
        ((FixedTime(1, time(9)),), {"defaults": (Default("feature", "maybe"),)}, "defaults", "true, false or null"),
        ((FixedTime(1, time(9)),), {"defaults": (Default("feature", True),) * 2}, "defaults", "two default values"),
        ((FixedTime(1, time(9)),), {"pool": Pool(not_flagged=("nice",))}, "pool", "no flag called"),
        ((FixedTime(1, time(9)),), {"series_gap": timedelta(days=-1)}, "series_gap_hours", "0 hours to 90 days"),
        ((FixedTime(1, time(9)),), {"notice_days": 91}, "notice_days", "0 to 90 days"),
    ],
)
def test_what_cannot_work_is_refused_with_a_sentence(
    rules: tuple[Any, ...], changes: dict[str, Any], field: str, sentence: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        check(an_automation(*rules, **changes), now=NOW)

    assert sentence in caught.value.fields[field]


def test_without_a_rule_it_may_be_kept_but_not_switched_on() -> None:
    assert check(an_automation(enabled=False), now=NOW).rules == ()


def test_rules_are_read_as_programs_write_them() -> None:
    rules = read_rules(
        [
            {"kind": "fixed_time", "time": "18:00", "days": ["mon", "Friday", 6]},
            {"kind": "fixed_interval", "every_minutes": 90, "count": 2},
            {"kind": "daily_quota", "per_day": "3", "id": 7},
        ],
        now=NOW,
    )

    assert rules == (
        FixedTime(0, time(18), frozenset({0, 4, 6})),
        FixedInterval(0, 90, NOW, 2),
        DailyQuota(7, 3, time(9), time(21)),
    )


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"kind": "sometimes"}, "its kind is"),
        ({"kind": "fixed_time", "time": "25:00"}, "HH:MM"),
        ({"kind": "fixed_time", "time": None}, "HH:MM"),
        ({"kind": "fixed_interval", "every_minutes": 1.5}, "whole number"),
        ({"kind": "daily_quota", "per_day": True}, "whole number"),
        ({"kind": "daily_quota", "per_day": 3, "days": ["someday"]}, "weekday is a number"),
        ({"kind": "daily_quota", "per_day": 3, "days": "mon"}, "weekdays are a list"),
    ],
)
def test_a_rule_that_cannot_be_read_says_which_and_why(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_rules([given], now=NOW)

    assert caught.value.fields["rules"].startswith("Rule 1: ")
    assert sentence in caught.value.fields["rules"]


def test_rules_are_described_in_words() -> None:
    assert describe(FixedTime(1, time(18), MONDAYS)) == "at 18:00, Mon"
    assert describe(FixedInterval(1, 120, datetime.min, 3)) == "every 2 hours, 3 at a time, every day"  # noqa: DTZ901
    assert describe(DailyQuota(1, 4)) == "4 a day between 09:00 and 21:00, every day"
