# ruff: noqa: DTZ001 — wall clocks are naive on purpose

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.planning.rules import (
    DailyQuota,
    FixedInterval,
    FixedTime,
    Jitter,
    Rule,
    Slot,
    jittered,
    next_slot,
    slots_between,
)
from core.planning.wall_clock import local_of
from tests.core.planning.making import NOW, ODD_ZONES

zones = st.sampled_from(ODD_ZONES).map(ZoneInfo)
days = st.frozensets(st.integers(0, 6), min_size=1)
clocks = st.times().map(lambda at: at.replace(second=0, microsecond=0))
starts = st.datetimes(datetime(1998, 1, 1), datetime(2032, 1, 1)).map(
    lambda at: at.replace(microsecond=0, tzinfo=UTC)
)
fixed_times = st.builds(FixedTime, st.just(1), clocks, days)
intervals = st.builds(FixedInterval, st.just(2), st.integers(60, 10080), starts, st.integers(1, 3), days)
quotas = st.builds(
    DailyQuota, st.just(3), st.integers(1, 20), st.just(time(9)), st.sampled_from([time(10), time(21)]), days
)
rules = fixed_times | intervals | quotas


def every_slot(rule: Rule, place: ZoneInfo, start: datetime, days: int) -> list[Slot]:
    return list(slots_between(rule, place, start, start + timedelta(days=days)))


@settings(max_examples=60, deadline=None)
@given(rules, zones, starts, st.lists(st.integers(1, 60 * 24 * 40), max_size=12))
def test_however_the_time_is_cut_each_slot_comes_exactly_once(
    rule: Rule, place: ZoneInfo, start: datetime, cuts: list[int]
) -> None:
    end = start + timedelta(days=40)
    marks = sorted({start, end, *(start + timedelta(minutes=cut) for cut in cuts)})

    pieces = [slot for a, b in pairwise(marks) for slot in slots_between(rule, place, a, b)]

    whole = list(slots_between(rule, place, start, end))
    assert pieces == whole
    assert len({slot.key for slot in whole}) == len(whole)
    assert [slot.at for slot in whole] == sorted(slot.at for slot in whole)


@settings(max_examples=60, deadline=None)
@given(rules, zones, starts)
def test_no_slot_falls_on_an_excluded_day_even_with_jitter(rule: Rule, place: ZoneInfo, start: datetime) -> None:
    for slot in every_slot(rule, place, start, 60):
        assert local_of(slot.at, place).weekday() in rule.days
        assert local_of(jittered(slot, Jitter(600, 3600), 7), place).weekday() in rule.days


@settings(max_examples=40, deadline=None)
@given(quotas, zones, starts)
def test_a_quota_is_never_exceeded_and_stays_in_its_window(
    rule: DailyQuota, place: ZoneInfo, start: datetime
) -> None:
    per_day: dict[date, int] = {}
    for slot in every_slot(rule, place, start, 60):
        local = local_of(jittered(slot, Jitter(0, 3600), 7), place)
        per_day[local.date()] = per_day.get(local.date(), 0) + 1
        assert rule.start <= local.time() <= rule.end

    assert all(count <= rule.per_day for count in per_day.values())


@settings(max_examples=40, deadline=None)
@given(st.integers(5, 10080), starts, zones, st.integers(0, 20000))
def test_an_interval_stays_on_its_grid_for_years(every: int, anchor: datetime, place: ZoneInfo, later: int) -> None:
    rule = FixedInterval(1, every, anchor)
    start = anchor + timedelta(hours=later)

    slots = list(slots_between(rule, place, start, start + timedelta(days=15)))

    assert slots[0].at - start < timedelta(minutes=every)
    assert all((slot.at - anchor) % timedelta(minutes=every) == timedelta(0) for slot in slots)
    assert all(b.at - a.at == timedelta(minutes=every) for a, b in pairwise(slots))


@settings(max_examples=40, deadline=None)
@given(rules, zones, starts)
def test_the_next_slot_is_the_first_of_the_sequence(rule: Rule, place: ZoneInfo, start: datetime) -> None:
    slots = every_slot(rule, place, start, 62)

    assert next_slot([rule], place, start) == (slots[0] if slots else None)


def test_a_fixed_time_in_a_spring_gap_goes_to_the_next_valid_instant_and_in_a_fold_to_the_first() -> None:
    rule, place = FixedTime(1, time(2, 30)), ZoneInfo("Europe/Dublin")

    spring = next_slot([FixedTime(1, time(1, 30))], place, datetime(2027, 3, 28, tzinfo=UTC))
    autumn = list(slots_between(FixedTime(1, time(1, 30)), place, datetime(2027, 10, 30, 23, 0, tzinfo=UTC),
                                datetime(2027, 10, 31, 23, 0, tzinfo=UTC)))  # fmt: skip

    assert spring is not None and spring.at == datetime(2027, 3, 28, 1, 0, tzinfo=UTC)
    assert [slot.at for slot in autumn] == [datetime(2027, 10, 31, 0, 30, tzinfo=UTC)]
    assert rule.days == frozenset(range(7))


def test_the_day_that_samoa_skipped_has_no_slot() -> None:
    start = datetime(2011, 12, 28, 12, 0, tzinfo=UTC)

    slots = every_slot(FixedTime(1, time(10)), ZoneInfo("Pacific/Apia"), start, 4)

    assert [slot.key for slot in slots] == ["1:2011-12-28T10:00", "1:2011-12-29T10:00", "1:2011-12-31T10:00",
                                            "1:2012-01-01T10:00"]  # fmt: skip


def test_a_quota_is_spread_over_its_window_and_not_spent_at_once() -> None:
    slots = every_slot(DailyQuota(1, 4), ZoneInfo("UTC"), NOW.replace(hour=0), 1)

    assert [f"{slot.at:%H:%M}" for slot in slots] == ["10:30", "13:30", "16:30", "19:30"]


@pytest.mark.parametrize("most", [0, 1, 3600])
def test_jitter_is_the_same_whenever_it_is_asked_for(most: int) -> None:
    slot = every_slot(FixedTime(1, time(9)), ZoneInfo("UTC"), NOW, 2)[0]

    drawn = {jittered(slot, Jitter(0, most), 42) for _ in range(3)}

    assert len(drawn) == 1
    assert timedelta(0) <= drawn.pop() - slot.at <= timedelta(seconds=most)
