# ruff: noqa: DTZ001 — wall clocks are naive on purpose

from collections import Counter
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
# Windows by day, and those that a change of the clock cuts short, makes longer or swallows.
quotas = st.builds(
    DailyQuota,
    st.just(3),
    st.integers(1, 20),
    st.sampled_from([time(0), time(2), time(9)]),
    st.sampled_from([time(2, 30), time(3), time(10), time(21), time(23, 59)]),
    days,
).filter(lambda rule: rule.end > rule.start)
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


def days_that_were(place: ZoneInfo, start: datetime, days: int) -> list[date]:
    """The whole local days of a period, found by looking at the clock: the one that Samoa skipped is not there."""
    looks = (start + timedelta(hours=3 * number) for number in range(8 * days))
    return list(dict.fromkeys(at.astimezone(place).date() for at in looks))[1:-1]


@settings(max_examples=15, deadline=None)
@given(fixed_times | quotas, zones, st.integers(1994, 2037))
def test_over_two_years_every_wanted_day_has_its_slots_and_no_other_day_has_any(
    rule: FixedTime | DailyQuota, place: ZoneInfo, year: int
) -> None:
    start = datetime(year, 1, 1, tzinfo=UTC)
    whole = days_that_were(place, start, 730)

    on = Counter(slot.key.partition(":")[2][:10] for slot in every_slot(rule, place, start, 730))

    each = rule.per_day if isinstance(rule, DailyQuota) else 1
    wanted = {day.isoformat(): each for day in whole if day.weekday() in rule.days}
    missing = {day for day, count in wanted.items() if on[day] != count}
    # A clock that jumps over midnight leads a late wish into the next day, which the rule may not want.
    assert all(isinstance(rule, FixedTime) and not day_has(place, day, rule.at) for day in missing)
    assert set(on) <= set(wanted) | {str(whole[0] - timedelta(days=1)), str(whole[-1] + timedelta(days=1))}


def day_has(place: ZoneInfo, day: str, at: time) -> bool:
    wished = datetime.combine(date.fromisoformat(day), at)
    return wished.replace(tzinfo=place).astimezone(UTC).astimezone(place).replace(tzinfo=None) == wished


@settings(max_examples=15, deadline=None)
@given(st.integers(5, 10080), zones, days, st.integers(1994, 2035))
def test_an_interval_with_weekdays_leaves_out_whole_days_and_nothing_else(
    every: int, place: ZoneInfo, wanted: frozenset[int], year: int
) -> None:
    anchor = datetime(year, 1, 1, 12, 30, tzinfo=UTC)
    step, count = timedelta(minutes=every), timedelta(days=40) // timedelta(minutes=every)

    slots = slots_between(FixedInterval(1, every, anchor, 1, wanted), place, anchor, anchor + step * count)

    grid = (anchor + step * number for number in range(count))
    assert [slot.at for slot in slots] == [at for at in grid if at.astimezone(place).weekday() in wanted]


@settings(max_examples=40, deadline=None)
@given(quotas, zones, starts)
def test_a_quota_is_never_exceeded_and_stays_in_its_window(
    rule: DailyQuota, place: ZoneInfo, start: datetime
) -> None:
    per_day: dict[date, int] = {}
    for slot in every_slot(rule, place, start, 60):
        local = local_of(jittered(slot, Jitter(0, 3600), 7), place)
        per_day[local.date()] = per_day.get(local.date(), 0) + 1
        # A window that a gap swallows opens when the gap is over.
        assert rule.start <= local.time() <= rule.end or not day_has(place, str(local.date()), rule.start)

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
