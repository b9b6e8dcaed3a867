import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from core.actor import Actor
from core.errors import Expired, InvalidInput, NotFound
from core.planning.pacing import PacingBroken
from core.planning.queue import read_slots
from core.planning.slots import WeeklySlot
from core.planning.spread import Spread
from core.planning.spreading import read_spread
from core.planning.wall_clock import planned_at, zone
from core.posts.desk import Desk
from core.posts.post import Post, PostStatus
from core.posts.review import Review
from tests.support.planning import LEAD, Studio, a_studio

EVENINGS = tuple(WeeklySlot(day, time(18)) for day in range(7))
WEEK = Spread("Europe/Paris", date(2026, 11, 24), date(2026, 11, 30), time(18), time(22))


@pytest.fixture
async def studio(tmp_path: Path) -> AsyncIterator[Studio]:
    async with a_studio(tmp_path) as studio:
        await studio.planning.queue.set_slots(studio.account_id, EVENINGS, by=studio.actor)
        yield studio


def locals_of(posts: tuple[Post, ...]) -> list[str]:
    return [f"{post.plan.due_local:%d %H:%M}" for post in posts if post.plan]


async def test_adding_takes_the_next_free_slots_in_order(studio: Studio) -> None:
    posts = await studio.drafts(3)

    first = await studio.planning.queue.add([posts[0].id], by=studio.actor)
    rest = await studio.planning.queue.add([posts[2].id, posts[1].id], by=studio.actor)

    assert locals_of(first.posts) == ["23 18:00"]
    assert [post.id for post in rest.posts] == [posts[2].id, posts[1].id]
    assert locals_of(rest.posts) == ["24 18:00", "25 18:00"]


@pytest.mark.parametrize(("move_up", "after"), [(True, ["24 18:00", "25 18:00"]), (False, ["25 18:00", "26 18:00"])])
async def test_removing_moves_the_rest_up_if_the_artist_wants_that(
    studio: Studio, move_up: bool, after: list[str]
) -> None:
    posts = await studio.drafts(4)
    await studio.planning.queue.add([post.id for post in posts], by=studio.actor)
    await studio.planning.guard.set_pacing(studio.account_id, {"move_up": move_up}, by=studio.actor)

    removed = await studio.planning.queue.remove(posts[1].id, by=studio.actor)

    assert removed.status is PostStatus.DRAFT
    assert locals_of((await studio.post(posts[2].id), await studio.post(posts[3].id))) == after


@pytest.mark.parametrize("way", ["unschedule", "discard", "send_back", "publish_now"])
async def test_every_way_out_of_the_queue_closes_the_gap(studio: Studio, way: str) -> None:
    posts = await studio.drafts(3)
    await studio.planning.queue.add([post.id for post in posts], by=studio.actor)
    await studio.planning.guard.set_pacing(studio.account_id, {"move_up": True}, by=studio.actor)
    review = Review(studio.store, Desk(studio.store, studio.clock), studio.clock, lead=LEAD, max_files=9)
    review.on_left = studio.planning.queue.close_gap
    planner = studio.planning.planner

    match way:
        case "unschedule":
            await planner.unschedule(posts[0].id, by=studio.actor)
        case "discard":
            await review.discard(posts[0].id, by=studio.actor)
        case "send_back":
            await review.send_back(posts[0].id, by=studio.actor)
        case _:
            await planner.publish_now(posts[0].id, by=studio.actor, time_zone="Europe/Paris")

    assert locals_of((await studio.post(posts[1].id), await studio.post(posts[2].id))) == ["23 18:00", "24 18:00"]


async def test_a_freed_slot_that_was_taken_at_once_stays_taken(studio: Studio) -> None:
    posts = await studio.drafts(4)
    queue, planner = studio.planning.queue, studio.planning.planner
    await queue.add([post.id for post in posts[:3]], by=studio.actor)
    await studio.planning.guard.set_pacing(studio.account_id, {"move_up": True}, by=studio.actor)

    async def after_another_took_it(left: Post, by: Actor) -> None:
        await queue.add([posts[3].id], by=by)
        await queue.close_gap(left, by)

    planner.on_left = after_another_took_it
    await planner.unschedule(posts[0].id, by=studio.actor)

    placed = [await studio.post(post.id) for post in (posts[3], posts[1], posts[2])]
    assert locals_of(tuple(placed)) == ["23 18:00", "24 18:00", "25 18:00"]


async def test_a_draft_that_goes_to_the_trash_moves_nothing(studio: Studio) -> None:
    posts = await studio.drafts(2)
    await studio.planning.queue.add([posts[1].id], by=studio.actor)
    await studio.planning.guard.set_pacing(studio.account_id, {"move_up": True}, by=studio.actor)
    review = Review(studio.store, Desk(studio.store, studio.clock), studio.clock, lead=LEAD, max_files=9)
    review.on_left = studio.planning.queue.close_gap

    await review.discard(posts[0].id, by=studio.actor)

    assert locals_of((await studio.post(posts[1].id),)) == ["23 18:00"]


async def test_swapping_and_its_undo(studio: Studio) -> None:
    one, two = await studio.drafts(2)
    await studio.planning.queue.add([one.id, two.id], by=studio.actor)

    swapped = await studio.planning.queue.swap(one.id, two.id, by=studio.actor)
    assert swapped.undo_id is not None
    assert locals_of((await studio.post(one.id), await studio.post(two.id))) == ["24 18:00", "23 18:00"]

    await studio.planning.undoing.undo(swapped.undo_id, by=studio.actor)

    assert locals_of((await studio.post(one.id), await studio.post(two.id))) == ["23 18:00", "24 18:00"]
    with pytest.raises(Expired):
        await studio.planning.undoing.undo(swapped.undo_id, by=studio.actor)


async def test_shuffling_keeps_the_slots_and_leaves_posts_scheduled_by_hand(studio: Studio) -> None:
    posts = await studio.drafts(6)
    await studio.planning.queue.add([post.id for post in posts[:5]], by=studio.actor)
    by_hand = planned_at(datetime(2026, 11, 24, 9, 0, tzinfo=UTC), zone("Europe/Paris"))
    await studio.planning.planner.schedule(posts[5].id, by_hand, by=studio.actor)

    await studio.planning.queue.shuffle(studio.account_id, by=studio.actor)

    after = [await studio.post(post.id) for post in posts]
    assert sorted(locals_of(tuple(after[:5]))) == [f"{day} 18:00" for day in range(23, 28)]
    assert locals_of((after[5],)) == ["24 10:00"]


async def test_next_slot_and_other_words_schedule_the_same_way_everywhere(studio: Studio) -> None:
    one, two = await studio.drafts(2)

    queued = await studio.planning.queue.schedule_words(
        one.id, "next slot", by=studio.actor, time_zone="Europe/Paris"
    )
    said = await studio.planning.queue.schedule_words(
        two.id, "freitag 20 uhr", by=studio.actor, time_zone="Europe/Paris", locale="de"
    )

    assert locals_of((queued.post, said.post)) == ["23 18:00", "27 20:00"]


async def test_the_calendar_sees_free_and_used_slots(studio: Studio) -> None:
    post = await studio.draft("A cat")
    await studio.planning.queue.add([post.id], by=studio.actor)
    now = studio.clock.now()

    slots = await studio.planning.queue.upcoming(studio.user_id, now, now + timedelta(days=3))

    assert [(slot.post_id, slot.title) for slot in slots] == [(post.id, "A cat"), (None, ""), (None, "")]


async def test_the_guard_speaks_before_a_person_schedules_and_may_be_overridden(studio: Studio) -> None:
    one, two = await studio.drafts(2)
    await studio.planning.guard.set_pacing(studio.account_id, {"min_gap_minutes": "60"}, by=studio.actor)
    at = planned_at(datetime(2026, 11, 24, 9, 0, tzinfo=UTC), zone("Europe/Paris"))
    soon = planned_at(datetime(2026, 11, 24, 9, 30, tzinfo=UTC), zone("Europe/Paris"))
    await studio.planning.planner.schedule(one.id, at, by=studio.actor)

    with pytest.raises(PacingBroken) as caught:
        await studio.planning.planner.schedule(two.id, soon, by=studio.actor)

    assert caught.value.fields["at"] == "Another post goes out at 10:00; the minimum gap is 1 h."
    assert caught.value.details["next_allowed_at"] == "2026-11-24T10:00:00Z"
    overridden = await studio.planning.planner.schedule(two.id, soon, by=studio.actor, override_pacing=True)
    assert overridden.post.status is PostStatus.SCHEDULED
    moved = await studio.planning.planner.schedule(one.id, at, by=studio.actor, override_pacing=True)
    assert moved.post.status is PostStatus.SCHEDULED


async def test_a_holiday_is_named_and_removed_again(studio: Studio) -> None:
    post = await studio.draft()
    given = {"first": "2026-12-24", "last": "2027-01-02", "mode": "skip", "name": "Christmas"}
    named = await studio.planning.guard.add_holiday(given, by=studio.actor)
    at = planned_at(datetime(2026, 12, 25, 9, 0, tzinfo=UTC), zone("Europe/Paris"))

    with pytest.raises(PacingBroken, match="24 Dec – 2 Jan"):
        await studio.planning.planner.schedule(post.id, at, by=studio.actor)
    with pytest.raises(NotFound):
        await studio.planning.guard.remove_holiday(named.id, by=Actor(99, "juno"))
    await studio.planning.guard.remove_holiday(named.id, by=studio.actor)

    assert (await studio.planning.planner.schedule(post.id, at, by=studio.actor)).post.plan is not None


async def test_overdue_posts_are_spread_after_downtime(studio: Studio) -> None:
    posts = await studio.drafts(3)
    await studio.planning.queue.add([post.id for post in posts], by=studio.actor)
    await studio.clock.advance(10 * 24 * 3600)

    moved = await studio.planning.guard.catch_up()

    now = studio.clock.now()
    dues = [post.plan.due_at for post in [await studio.post(p.id) for p in posts] if post.plan]
    assert moved == 2
    assert dues[0] < now
    assert dues[1:] == [now + timedelta(minutes=15), now + timedelta(minutes=30)]
    assert await studio.planning.guard.catch_up() == 0


async def test_a_spread_is_previewed_applied_and_taken_back_in_one_step(studio: Studio) -> None:
    posts = await studio.drafts(5)
    ids = [post.id for post in posts]

    shown = await studio.planning.spreading.preview(ids, WEEK, by=studio.actor)
    done = await studio.planning.spreading.apply(ids, WEEK, by=studio.actor)

    assert [(one.post_id, one.planned.due_at) for one in shown] == [
        (post.id, post.plan.due_at) for post in done.posts if post.plan
    ]
    assert done.undo_id is not None
    back = await studio.planning.undoing.undo(done.undo_id, by=studio.actor)
    assert {post.status for post in back.posts} == {PostStatus.DRAFT}


async def test_posts_of_two_accounts_are_not_spread_onto_the_same_minutes(studio: Studio) -> None:
    one, two = await studio.drafts(2)
    async with studio.database.transaction() as tx:
        await tx.run(
            "INSERT INTO account (id, user_id, artist_id, username, color, status, created_at)"
            " SELECT 77, user_id, 'other', 'other', color, status, created_at FROM account WHERE id = :id",
            {"id": studio.account_id},
        )
        await tx.run("UPDATE post SET account_id = 77 WHERE id = :id", {"id": two.id})

    shown = await studio.planning.spreading.preview([one.id, two.id], WEEK, by=studio.actor)

    assert len({placed.planned.due_at for placed in shown}) == 2


async def test_what_changed_since_is_left_alone_by_undo(studio: Studio) -> None:
    one, two = await studio.drafts(2)
    done = await studio.planning.spreading.apply([one.id, two.id], WEEK, by=studio.actor)
    await studio.planning.planner.hold(one.id, by=studio.actor)
    assert done.undo_id is not None

    back = await studio.planning.undoing.undo(done.undo_id, by=studio.actor)

    assert [post.id for post in back.posts] == [two.id]
    assert [refused.post_id for refused in back.refused] == [one.id]


async def test_a_post_that_is_not_ready_is_named_and_the_others_go(studio: Studio) -> None:
    good, bad = await studio.draft("Fine"), await studio.draft("")

    done = await studio.planning.queue.add([good.id, bad.id], by=studio.actor)

    assert [post.id for post in done.posts] == [good.id]
    assert [(one.post_id, one.sentence) for one in done.refused] == [(bad.id, "Give it a title.")]


async def test_what_a_program_wished_keeps_its_distance_when_it_is_approved(studio: Studio) -> None:
    desk = Desk(studio.store, studio.clock)
    review = Review(studio.store, desk, studio.clock, lead=LEAD, max_files=9, pacing=studio.planning.guard)
    first = await studio.draft("One", status=PostStatus.REVIEW, wish="2026-11-24T10:00")
    second = await studio.draft("Two", status=PostStatus.REVIEW, wish="2026-11-24T10:05")
    await studio.planning.guard.set_pacing(studio.account_id, {"min_gap_minutes": 30}, by=studio.actor)

    posts = [await review.approve(post.id, by=studio.actor, time_zone="Europe/Paris") for post in (first, second)]

    assert locals_of(tuple(posts)) == ["24 10:00", "24 10:30"]


def test_slots_and_spreads_are_read_as_programs_write_them() -> None:
    assert read_slots([{"days": ["mon", "fri"], "time": "18:00"}, {"weekday": 2, "time": "9:30"}]) == (
        WeeklySlot(0, time(18)), WeeklySlot(2, time(9, 30)), WeeklySlot(4, time(18))
    )  # fmt: skip
    spread = read_spread(
        {"weeks": 3, "start": "18:00", "end": "22:00", "days": [1, 2, 3, 4, 5, 6], "min_gap_minutes": 30},
        time_zone="Europe/Paris",
        today=date(2026, 11, 24),
    )
    assert (spread.first, spread.last) == (date(2026, 11, 24), date(2026, 12, 14))
    for wrong in ({}, {"weeks": 0}, {"weeks": 1, "start": "25:00"}, {"last": "soon"}, {"weeks": 1, "order": "best"}):
        with pytest.raises(InvalidInput):
            read_spread(wrong, time_zone="UTC", today=date(2026, 11, 24))
    with pytest.raises(InvalidInput):
        read_slots([{"weekday": 8, "time": "18:00"}])


@pytest.mark.parametrize(
    ("given", "field"),
    [({"first": "9999-12-31"}, "first"), ({"min_gap_minutes": "9" * 30}, "min_gap_minutes"), ({"weeks": 0}, "weeks")],
)
def test_a_spread_beyond_all_calendars_is_answered_with_a_sentence(given: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_spread({"weeks": 1} | given, time_zone="UTC", today=date(2026, 11, 24))

    assert list(refused.value.fields) == [field]


@pytest.mark.parametrize("name", ["\x00x", " a\x1fb "])
async def test_what_no_screen_shows_is_no_part_of_a_name(studio: Studio, name: str) -> None:
    series = await studio.planning.series.save(0, name=name, posts=[], gap_hours=None, by=studio.actor)
    made = await studio.planning.automations.create({"name": name}, by=studio.actor, time_zone="UTC")

    assert series.name == made.name == " ".join(name.strip("\x00 ").split("\x1f"))


async def test_two_who_schedule_at_once_are_both_asked_about_the_other(studio: Studio) -> None:
    one, other = await studio.drafts(2)
    await studio.planning.guard.set_pacing(studio.account_id, {"min_gap_minutes": 60}, by=studio.actor)
    noon = studio.clock.now().replace(second=0, microsecond=0) + timedelta(days=2)
    planner, paris = studio.planning.planner, zone("Europe/Paris")

    done = await asyncio.gather(
        planner.schedule(one.id, planned_at(noon, paris), by=studio.actor),
        planner.schedule(other.id, planned_at(noon + timedelta(minutes=10), paris), by=studio.actor),
        return_exceptions=True,
    )

    assert sorted(type(one).__name__ for one in done) == ["PacingBroken", "Scheduled"]
