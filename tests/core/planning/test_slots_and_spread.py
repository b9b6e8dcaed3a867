# ruff: noqa: DTZ001 — wall clocks are naive on purpose

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InvalidInput
from core.planning.pacing import Pacing, Taken
from core.planning.slots import WeeklySlot, moved_up, next_free, occurrences, shuffled, swapped, validate_slots
from core.planning.spread import Spread, SpreadOrder, spread_out
from core.planning.wall_clock import local_of
from tests.core.planning.making import NOW, ODD_ZONES

PARIS = ZoneInfo("Europe/Paris")
MON_18, FRI_18, FRI_20 = WeeklySlot(0, time(18)), WeeklySlot(4, time(18)), WeeklySlot(4, time(20))


def test_the_next_free_slot_is_the_first_that_no_post_has() -> None:
    first, second, third = next_free([FRI_18, MON_18, FRI_20], PARIS, (), now=NOW, count=3)

    assert [p.local for p in (first, second, third)] == [
        datetime(2026, 11, 23, 18), datetime(2026, 11, 27, 18), datetime(2026, 11, 27, 20)
    ]  # fmt: skip
    assert next_free([FRI_18, MON_18], PARIS, {first.due_at}, now=NOW) == [second]


def test_a_queue_without_slots_says_so() -> None:
    with pytest.raises(InvalidInput, match="no weekly slots"):
        next_free([], PARIS, (), now=NOW)


def test_a_slot_that_pacing_forbids_is_passed_over() -> None:
    busy = Taken([datetime(2026, 11, 23, 16, 50, tzinfo=UTC)])

    found = next_free(
        [MON_18, FRI_18], PARIS, (), now=NOW, pacing=Pacing("Europe/Paris", timedelta(hours=1)), taken=busy
    )

    assert found[0].local == datetime(2026, 11, 27, 18)


def test_removing_a_post_moves_the_rest_up() -> None:
    a, b, c, d = next_free([MON_18, FRI_18], PARIS, (), now=NOW, count=4)

    assert moved_up([(1, a), (3, c), (4, d)], freed=[b]) == [(3, b), (4, c)]
    assert moved_up([(1, a)], freed=[b]) == []
    assert moved_up([(2, b), (4, d)], freed=[c, a]) == [(2, a), (4, b)]


def test_swapping_and_shuffling_keep_the_places() -> None:
    places = next_free([MON_18, FRI_18], PARIS, (), now=NOW, count=6)
    queue = dict(enumerate(places))

    assert swapped(queue, 1, 4) == {1: places[4], 4: places[1]}
    mixed = queue | shuffled(queue, Random(3))
    assert sorted(p.due_at for p in mixed.values()) == [p.due_at for p in places]
    with pytest.raises(InvalidInput):
        swapped(queue, 1, 1)


@pytest.mark.parametrize("seed", range(8))
def test_shuffling_two_always_changes_their_places(seed: int) -> None:
    queue = dict(enumerate(next_free([MON_18], PARIS, (), now=NOW, count=2)))

    assert shuffled(queue, Random(seed)) == {0: queue[1], 1: queue[0]}


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.builds(WeeklySlot, st.integers(0, 6), st.sampled_from([time(0), time(2, 15), time(18)])), min_size=1),
    st.sampled_from(ODD_ZONES).map(ZoneInfo),
    st.integers(0, 700),
)
def test_slots_come_round_in_order_on_their_weekdays(slots: list[WeeklySlot], place: ZoneInfo, ahead: int) -> None:
    start = NOW + timedelta(days=ahead)

    found = list(occurrences(slots, place, start, start + timedelta(days=21)))

    assert all(a.due_at < b.due_at for a, b in pairwise(found))
    wanted = {(slot.weekday, slot.at) for slot in slots}
    assert all((p.local.weekday(), p.local.time()) in wanted for p in found)
    assert len(found) >= 2 * len(wanted)


def test_the_same_weekly_slot_twice_is_refused() -> None:
    with pytest.raises(InvalidInput, match="twice"):
        validate_slots([MON_18, WeeklySlot(0, time(18))])


THREE_WEEKS = Spread(
    "Europe/Paris", date(2026, 11, 24), date(2026, 12, 14), time(18), time(22), frozenset(range(1, 7)), seed=5
)


def test_forty_posts_over_three_weeks_in_the_evening_and_not_on_mondays() -> None:
    placed = spread_out(range(40), THREE_WEEKS, now=NOW)

    locals_ = [one.planned.local for one in placed]
    assert [one.post_id for one in placed] == list(range(40))
    assert all(18 <= at.hour < 22 and at.weekday() != 0 for at in locals_)
    assert {at.date() for at in locals_} >= {date(2026, 11, 24), date(2026, 12, 13)}
    assert placed == spread_out(range(40), THREE_WEEKS, now=NOW)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 60),
    st.sampled_from(ODD_ZONES),
    st.integers(0, 60),
    st.integers(0, 1000),
    st.sampled_from(SpreadOrder),
    st.none() | st.integers(3, 6),
)
def test_a_spread_keeps_hours_days_gap_and_pacing(
    many: int, place: str, gap: int, seed: int, order: SpreadOrder, most: int | None
) -> None:
    spread = Spread(place, date(2027, 3, 20), date(2027, 4, 20), time(17), time(23), frozenset({0, 2, 5, 6}),
                    timedelta(minutes=gap), order, seed)  # fmt: skip
    busy = Taken([datetime(2027, 4, 3, 8, 0, tzinfo=UTC)])

    try:
        placed = spread_out(range(many), spread, now=NOW, pacing=Pacing(place, max_per_day=most), taken=busy)
    except InvalidInput as error:
        assert "room for only" in str(error) or "fit into" in str(error)
        return

    assert sorted(one.post_id for one in placed) == list(range(many))
    for one in placed:
        local = local_of(one.planned.due_at, ZoneInfo(place))
        assert local.weekday() in spread.days
        assert time(17) <= local.time() < time(23)
    gaps = [b.planned.due_at - a.planned.due_at for a, b in pairwise(placed)]
    assert all(distance >= timedelta(minutes=gap) for distance in gaps)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"last": date(2026, 11, 1)}, "last"),
        ({"end": time(17)}, "end"),
        ({"days": frozenset()}, "days"),
        ({"min_gap": timedelta(days=5)}, "min_gap_minutes"),
        ({"first": date(2026, 10, 1), "last": date(2026, 10, 5)}, "first"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
    ],
)
def test_a_spread_that_cannot_be_names_what_is_wrong(changes: dict[str, object], field: str) -> None:
    from dataclasses import replace

    with pytest.raises(InvalidInput) as caught:
        spread_out(range(40), replace(THREE_WEEKS, **changes), now=NOW)  # type: ignore[arg-type]

    assert field in caught.value.fields
