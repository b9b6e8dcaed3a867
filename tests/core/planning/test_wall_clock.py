# ruff: noqa: DTZ001 — wall clocks are naive on purpose

from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InvalidInput
from core.planning.wall_clock import (
    Planned,
    Wish,
    check_horizon,
    instant_of,
    local_of,
    move_to_day,
    parse_instant,
    parse_local,
    wish_of,
    with_jitter,
    zone,
)

ODD_ZONES = (
    "Australia/Lord_Howe",
    "Europe/Dublin",
    "America/Sao_Paulo",
    "Pacific/Kiritimati",
    "Asia/Tehran",
    "Pacific/Apia",
    "Africa/Casablanca",
    "Europe/Paris",
)
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

zones = st.sampled_from(ODD_ZONES)
minutes = st.datetimes(datetime(1995, 1, 1), datetime(2035, 1, 1)).map(lambda at: at.replace(second=0, microsecond=0))


@pytest.mark.parametrize(
    ("local", "place", "instant"),
    [
        ("2027-03-28T02:30", "Europe/Paris", "2027-03-28T01:00:00Z"),
        ("2026-10-04T02:15", "Australia/Lord_Howe", "2026-10-03T15:30:00Z"),
        ("2018-11-04T00:00", "America/Sao_Paulo", "2018-11-04T03:00:00Z"),
        ("2011-12-30T10:00", "Pacific/Apia", "2011-12-30T10:00:00Z"),
    ],
)
def test_a_wish_inside_a_gap_becomes_the_first_instant_after_it(local: str, place: str, instant: str) -> None:
    planned = instant_of(Wish(parse_local(local), place))

    assert planned == Planned(parse_instant(instant), parse_local(local), place, adjusted=True)


def test_a_wish_inside_a_fold_is_the_first_of_the_two() -> None:
    planned = instant_of(Wish(datetime(2027, 10, 31, 2, 30), "Europe/Paris"))

    assert planned.due_at == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    assert not planned.adjusted


@settings(max_examples=200, deadline=None)
@given(minutes, zones)
def test_an_ordinary_wish_shows_itself_again_and_a_gap_shows_the_next_valid_time(at: datetime, place: str) -> None:
    planned = instant_of(Wish(at, place))

    shown = local_of(planned.due_at, zone(place))
    assert shown > at if planned.adjusted else shown == at
    if planned.adjusted:  # nothing valid lies between the wish and what it became
        assert local_of(planned.due_at - timedelta(seconds=1), zone(place)) < at


@settings(max_examples=100, deadline=None)
@given(minutes, zones)
def test_an_instant_and_its_wish_agree_unless_the_hour_happens_twice(at: datetime, place: str) -> None:
    instant = at.replace(tzinfo=UTC)

    again = instant_of(wish_of(instant, zone(place))).due_at

    assert again <= instant
    assert instant - again in (timedelta(0), timedelta(minutes=30), timedelta(hours=1))


@pytest.mark.parametrize("name", ["", "America", "../etc/passwd", "Europe/Nowhere", "x" * 500, "leapseconds", "a\0b"])
def test_an_unknown_zone_is_refused_with_a_sentence(name: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        zone(name)

    assert "is not a time zone" in caught.value.fields["time_zone"]


@pytest.mark.parametrize("text", ["", "tomorrow", "2026-02-30T10:00", "2026-12-24", "2026-12-24T18:00Z", "9" * 999])
def test_a_wall_clock_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="YYYY-MM-DDTHH:MM"):
        parse_local(text)


@pytest.mark.parametrize("text", ["", "2026-12-24T18:00", "2026-13-24T18:00Z", "1766600000"])
def test_an_instant_needs_its_offset(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_instant(text)

    assert "offset" in caught.value.fields["at"]


def test_an_instant_is_kept_in_utc_and_whole_seconds() -> None:
    assert parse_instant("2026-12-24T18:00:00.9+01:00") == datetime(2026, 12, 24, 17, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "fine"), [(-61, False), (-60, True), (366 * 86400, True), (366 * 86400 + 1, False)]
)
def test_the_horizon_reaches_from_a_minute_ago_to_366_days_ahead(seconds: int, fine: bool) -> None:
    due_at = NOW + timedelta(seconds=seconds)

    if fine:
        check_horizon(due_at, NOW)
    else:
        with pytest.raises(InvalidInput) as caught:
            check_horizon(due_at, NOW)
        assert "at" in caught.value.fields


def test_moving_to_another_day_keeps_the_time_of_day_across_a_clock_change() -> None:
    planned = instant_of(Wish(datetime(2027, 3, 27, 9, 0), "Europe/Paris"))

    moved = instant_of(move_to_day(planned, date(2027, 3, 29)))

    assert moved.local == datetime(2027, 3, 29, 9, 0)
    assert moved.due_at - planned.due_at == timedelta(days=2, hours=-1)


def test_jitter_is_drawn_once_within_its_bound() -> None:
    drawn = {with_jitter(NOW, 30, Random(seed)) - NOW for seed in range(200)}

    assert min(drawn) == timedelta(0)
    assert max(drawn) == timedelta(seconds=30)


@pytest.mark.parametrize("seconds", [-1, 3601])
def test_jitter_out_of_bounds_is_refused(seconds: int) -> None:
    with pytest.raises(InvalidInput, match="0 to 3600"):
        with_jitter(NOW, seconds, Random(1))
