from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from core.planning.automation import Automation, Default, Mode, Order, Pool
from core.planning.pacing import Holiday, HolidayMode, Pacing, Taken
from core.planning.rules import DailyQuota, FixedInterval, FixedTime, Jitter, all_slots_between
from core.planning.wall_clock import zone
from core.planning.world import Outcome, Part, Result, SeriesState, World, forecast, simulate
from tests.core.planning.making import NOW, ODD_ZONES, a_draft, an_automation

MONTH = NOW + timedelta(days=30)
DAILY = FixedTime(1, time(18))


def run(automation: Automation, world: World, until: datetime = MONTH) -> list[Outcome]:
    return list(simulate(world, [automation], NOW, until))


def test_oldest_newest_and_manual_order() -> None:
    drafts = [a_draft(number) for number in (1, 2, 3)]

    def taken(order: Order) -> list[int | None]:
        automation = an_automation(DAILY, order=order)
        return [o.draft_id for o in run(automation, World([automation], drafts, positions={1: {2: 0, 3: 1}}))][:3]

    assert taken(Order.FIFO) == [1, 2, 3]
    assert taken(Order.LIFO) == [3, 2, 1]
    assert taken(Order.MANUAL) == [2, 3, 1]


def test_random_takes_each_draft_once_and_says_out_of_how_many() -> None:
    automation = an_automation(DAILY, order=Order.RANDOM, seed=9)

    outcomes = run(automation, World([automation], [a_draft(number) for number in range(10)]))

    assert sorted(o.draft_id for o in outcomes[:10] if o.draft_id is not None) == list(range(10))
    assert [o.choices for o in outcomes[:10]] == list(range(10, 0, -1))
    assert outcomes[10].result is Result.EMPTY
    assert len(outcomes) == 11


def test_random_is_fair_over_the_whole_pool() -> None:
    first = [0] * 10
    for seed in range(2000):
        automation = an_automation(DAILY, order=Order.RANDOM, seed=seed)
        outcome = run(automation, World([automation], [a_draft(n) for n in range(10)]), NOW + timedelta(days=1))[0]
        assert outcome.draft_id is not None
        first[outcome.draft_id] += 1

    assert min(first) > 150
    assert max(first) < 250


def test_nothing_is_taken_that_is_not_ready_and_it_says_why() -> None:
    automation = an_automation(DAILY)

    outcomes = run(automation, World([automation], [a_draft(1, title=""), a_draft(2)]))

    assert outcomes[0].draft_id == 2
    assert outcomes[0].not_ready == (("Post 1", ("Give it a title.",)),)
    assert outcomes[1].result is Result.NOT_READY


def test_default_values_may_make_a_draft_ready() -> None:
    automation = an_automation(DAILY, defaults=(Default("mature_level", "moderate"),))
    draft = a_draft(1, details={"is_mature": True})

    assert run(automation, World([automation], [draft]))[0].draft_id == 1


def test_only_if_unset_respects_a_no() -> None:
    draft = a_draft(1, details={"feature": False, "tags": ("cat",)})
    gentle = an_automation(defaults=(Default("feature", True), Default("tags", ["dog"])))
    firm = an_automation(defaults=(Default("feature", True, Mode.ALWAYS),), price_preset_id=5)

    assert gentle.with_effects(draft.details) == draft.details
    changed = firm.with_effects(draft.details)
    assert changed.feature is True
    assert (changed.display_resolution, changed.add_watermark, changed.allow_free_download) == (1920, True, False)


def test_the_pool_is_what_the_filters_leave() -> None:
    pool = Pool(tags=("Cat",), not_flagged=("is_mature",))
    automation = an_automation(DAILY, pool=pool, account_id=1)
    drafts = [
        a_draft(1, details={"tags": ("dog",)}),
        a_draft(2, details={"tags": ("CAT", "dog")}, account_id=2),
        a_draft(3, details={"tags": ("cat",), "is_mature": True, "mature_level": "strict"}),
        a_draft(4, details={"tags": ("cat",)}),
    ]

    assert [o.draft_id for o in run(automation, World([automation], drafts))] == [4, None]


def test_two_automations_never_take_the_same_draft() -> None:
    one, two = an_automation(DAILY), an_automation(DAILY, id=2, order=Order.RANDOM)

    outcomes = list(simulate(World([one, two], [a_draft(n) for n in range(20)]), [one, two], NOW, MONTH))

    taken = [o.draft_id for o in outcomes if o.draft_id is not None]
    assert sorted(taken) == list(range(20))


def test_a_series_goes_out_in_order_with_its_gap_even_at_random() -> None:
    automation = an_automation(FixedInterval(1, 60, NOW), order=Order.RANDOM, seed=4)
    parts = [a_draft(10 + n, part=Part(1, n, timedelta(hours=5))) for n in range(1, 5)]
    others = [a_draft(100 + n) for n in range(40)]

    outcomes = run(automation, World([automation], [*others, *reversed(parts)]))

    times = {o.draft_id: o.at for o in outcomes if o.at}
    shown = [times[part.id] for part in parts]
    assert all(b - a >= timedelta(hours=5) for a, b in pairwise(shown))


def test_a_series_waits_for_a_part_that_is_no_draft_yet_and_for_the_one_before() -> None:
    automation = an_automation(FixedInterval(1, 60, NOW))
    parts = [a_draft(2, part=Part(1, 2)), a_draft(4, part=Part(1, 4))]
    states = {1: SeriesState(last_at=NOW, blocked_from=3)}

    outcomes = run(automation, World([automation], parts, series=states))

    assert [o.result for o in outcomes[:3]] == [Result.WAITING] * 3
    taken = [o for o in outcomes if o.draft_id]
    assert [(o.draft_id, o.at) for o in taken] == [(2, NOW + timedelta(days=1))]


def test_pacing_moves_a_slot_within_its_day_or_leaves_it_out() -> None:
    automation = an_automation(FixedTime(1, time(18)), FixedTime(2, time(18, 10)), FixedTime(3, time(18, 20)))
    pacing = Pacing(min_gap=timedelta(hours=1), max_per_day=2)

    outcomes = list(
        simulate(
            World([automation], [a_draft(n) for n in range(9)], pacing={1: pacing}), [automation], NOW,
            NOW + timedelta(hours=12),
        )
    )  # fmt: skip

    assert [(o.result, o.at) for o in outcomes] == [
        (Result.SCHEDULED, NOW.replace(hour=18)),
        (Result.SCHEDULED, NOW.replace(hour=19)),
        (Result.PACED, None),
    ]


def test_holidays_skip_or_shift_slots() -> None:
    automation = an_automation(DAILY)
    holiday = Holiday(NOW.date(), NOW.date() + timedelta(days=1), HolidayMode.SKIP)

    def first(mode: HolidayMode) -> Outcome:
        pacing = Pacing(holidays=(Holiday(holiday.first, holiday.last, mode),))
        return run(automation, World([automation], [a_draft(1)], pacing={1: pacing}))[0]

    assert first(HolidayMode.SKIP).result is Result.HOLIDAY
    assert first(HolidayMode.SHIFT).at == NOW.replace(hour=18) + timedelta(days=2)


def test_the_forecast_is_the_first_slot_without_a_draft() -> None:
    automation = an_automation(DAILY)

    seen = forecast(run(automation, World([automation], [a_draft(1), a_draft(2)])), automation.id)

    assert seen.takes == 2
    assert seen.runs_out_at == NOW.replace(hour=18) + timedelta(days=2)


def test_a_draft_that_is_gone_is_not_taken() -> None:
    automation = an_automation(DAILY)
    world = World([automation], [a_draft(1), a_draft(2)])

    world.drop(1)

    assert run(automation, world)[0].draft_id == 2


LONG_AGO = datetime(1990, 1, 1, tzinfo=UTC)
automations = st.builds(
    lambda number, order, place, quota, every, jitter: an_automation(
        DailyQuota(number * 10 + 1, quota),
        FixedInterval(number * 10 + 2, every, LONG_AGO),
        FixedTime(number * 10 + 3, time(2, 15)),
        id=number,
        order=order,
        time_zone=place,
        jitter=Jitter(0, jitter),
        seed=number,
    ),
    st.integers(1, 3),
    st.sampled_from(Order),
    st.sampled_from(ODD_ZONES),
    st.integers(1, 5),
    st.integers(60, 2000),
    st.integers(0, 3600),
)


# Before clocks change: Dublin, Lord Howe (half an hour), São Paulo (at midnight), Tehran, Kiritimati's lost day.
TURNS = (
    NOW,
    datetime(2027, 3, 24, tzinfo=UTC),
    datetime(2027, 4, 1, tzinfo=UTC),
    datetime(2018, 11, 1, tzinfo=UTC),
    datetime(2019, 2, 14, tzinfo=UTC),
    datetime(2022, 3, 19, tzinfo=UTC),
    datetime(1994, 12, 28, tzinfo=UTC),
)


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(TURNS),
    st.lists(automations, min_size=1, max_size=3, unique_by=lambda automation: automation.id),
    st.integers(0, 60),
    st.integers(1, 50),
)
def test_the_dry_run_is_what_then_happens_minute_by_minute(
    start: datetime, several: list[Automation], drafts: int, step_hours: int
) -> None:
    pacing = {1: Pacing("Europe/Dublin", timedelta(minutes=20), 6, (time(1), time(6)))}
    pool = [a_draft(n) for n in range(drafts)]
    end = start + timedelta(days=9)
    planned = list(simulate(World(several, pool, pacing=pacing), several, start, end))

    happened: list[Outcome] = []
    gone: set[int] = set()
    taken = Taken()
    ordered = sorted(several, key=lambda automation: (automation.position, automation.id))
    at = start
    while at < end:  # a tick each step, the world read anew
        until = min(end, at + timedelta(hours=step_hours))
        world = World(several, [d for d in pool if d.id not in gone], pacing=pacing, taken={1: taken})
        due = [
            (slot.at, number, slot.key, slot)
            for number, a in enumerate(ordered)
            for slot in all_slots_between(a.rules, zone(a.time_zone), at, until)
        ]
        for _, number, _, slot in sorted(due, key=lambda one: one[:3]):
            outcome = world.fire(ordered[number], slot)
            happened.append(outcome)
            gone |= {outcome.draft_id} if outcome.draft_id is not None else set()
        at = until

    scheduled = [(o.automation_id, o.slot.key, o.draft_id, o.at) for o in planned if o.result is Result.SCHEDULED]
    real = [(o.automation_id, o.slot.key, o.draft_id, o.at) for o in happened if o.result is Result.SCHEDULED]
    assert scheduled == real
