"""One change for many posts: pieces, results, previews, and the way back that overwrites nothing."""

from dataclasses import replace
from datetime import time, timedelta

import pytest

from core.account import Account
from core.actor import Actor
from core.bulk.bulks import LEAVING, PIECE, Selection
from core.bulk.change import STEP_MOST, Action, Change, Lists, Texts, unpacked
from core.bulk.ports import BulkState, Outcome
from core.bulk.single import planned_for
from core.errors import InvalidInput, NotFound, WrongState
from core.planning.slots import WeeklySlot
from core.ports import PostQuery
from core.posts.post import Plan, PostStatus
from tests.core.bulk.conftest import Room
from tests.support.app import AppHarness

S = PostStatus


async def test_every_field_can_be_changed_at_once_and_put_back(room: Room) -> None:
    before = [(await room.post(n)).details for n in range(3)]
    wanted = {
        "title": "New", "description": "Words", "tags": ["sea"], "is_mature": True, "mature_level": "strict",
        "mature_classification": ["gore"], "is_ai_generated": False, "no_ai": True, "allow_comments": False,
        "allow_free_download": False, "add_watermark": True, "display_resolution": 1600, "license": "cc_by",
        "feature": True, "stash_only": True, "galleries": ["47D47436-5683-8DF2-EEBF-2A6760BE1336"],
    }  # fmt: skip

    bulk = await room.edit(wanted)

    assert (bulk.state, bulk.count(Outcome.DONE)) == (BulkState.DONE, 3)
    assert {str((await room.post(n)).details.mature_level) for n in range(3)} == {"strict"}
    assert (await room.post(1)).details.display_resolution == 1600
    undone = await room.undo(bulk)
    assert (undone.state, undone.count(Outcome.UNDONE)) == (BulkState.UNDONE, 3)
    assert [(await room.post(n)).details for n in range(3)] == before


async def test_undo_leaves_alone_what_somebody_changed_since(room: Room) -> None:
    bulk = await room.edit({"description": "Everywhere"})
    theirs = await room.post(1)
    await room.app.review.edit(theirs.id, {"description": "Theirs"}, by=room.by)

    undone = await room.undo(bulk)

    assert (undone.count(Outcome.UNDONE), undone.count(Outcome.LEFT)) == (2, 1)
    left = await room.app.bulk.reads.items(bulk.id, outcomes=[Outcome.LEFT])
    assert [(item.post_id, item.sentence) for item in left] == [(theirs.id, "Changed since, left alone.")]
    assert (await room.post(1)).details.description == "Theirs"
    with pytest.raises(WrongState):
        await room.undo(bulk)


async def test_an_edit_is_taken_back_from_what_was_scheduled_since_but_for_fields_changed_again(room: Room) -> None:
    before = [(await room.post(n)).details for n in range(3)]
    bulk = await room.edit({"tags": ["sea", "fog"], "description": "Everywhere", "notes": "mine"})
    soon = room.app.clock.now() + timedelta(days=3)
    await room.do(Change(Action.SCHEDULE, local=f"{soon:%Y-%m-%dT18:00}", time_zone="UTC", step_minutes=60))
    theirs = await room.post(1)
    await room.app.review.edit(theirs.id, {"description": "Theirs"}, by=room.by)

    undone = await room.undo(bulk)

    assert (undone.count(Outcome.UNDONE), undone.count(Outcome.LEFT)) == (3, 0)
    assert [(await room.post(n)).details.tags for n in range(3)] == [details.tags for details in before]
    assert {(await room.post(n)).status for n in range(3)} == {S.SCHEDULED}
    assert (await room.post(1)).notes == ""
    assert (await room.post(1)).details.description == "Theirs"
    told = await room.app.bulk.reads.items(bulk.id, outcomes=[Outcome.UNDONE])
    assert {item.sentence for item in told if item.post_id == theirs.id} == {"Changed since, stays: description."}
    assert {item.sentence for item in told if item.post_id != theirs.id} == {""}


async def test_what_would_not_differ_is_not_written(room: Room) -> None:
    one = await room.post(0)

    bulk = await room.edit({"title": one.details.title})

    assert (bulk.count(Outcome.SAME), bulk.count(Outcome.DONE)) == (1, 2)
    assert (await room.post(0)).version == one.version


async def test_a_preview_says_what_the_change_then_does(room: Room) -> None:
    await room.app.planner.publish_now(room.ids[2], by=room.by, time_zone="UTC")
    one = await room.post(0)
    change = Change(Action.EDIT, {"title": one.details.title, "tags": "sea"}, tags_mode=Lists.ADD)
    chosen = await room.app.bulk.bulks.choose(Selection(room.ids[:2]), by=room.by)

    preview = await room.app.bulk.previews.of(chosen.id, change, by=room.by)

    assert (preview.total, preview.changing, preview.refused) == (2, 2, 0)
    assert preview.by_field == {"tags": 2, "title": 1}
    first = next(line for line in preview.lines if line.post.id == one.id)
    assert [(d.field, d.before, d.after) for d in first.differences] == [
        ("tags", one.details.tags, (*one.details.tags, "sea"))
    ]
    assert (await room.post(0)).version == one.version


async def test_a_preview_says_what_deviantart_would_store_otherwise(room: Room) -> None:
    title, tags = "A title of more than fifty characters, " + "so long" * 3, [f"tag{n}" for n in range(31)]
    chosen = await room.app.bulk.bulks.choose(Selection(room.ids), by=room.by)
    change = Change(Action.EDIT, {"title": title, "tags": tags})

    shown = await room.app.bulk.previews.of(chosen.id, change, by=room.by)

    assert (shown.retitled, shown.untagged) == (3, 3)
    assert (len(shown.lines[0].stored_title), shown.lines[0].loses) == (50, ("tag30",))


async def test_a_pattern_numbers_the_selection_in_its_order(room: Room) -> None:
    await room.edit({"title": "Mist {seq}"}, fills_in=True)

    assert [(await room.post(n)).details.title for n in range(3)] == ["Mist 1", "Mist 2", "Mist 3"]


async def test_braces_are_plain_where_nobody_asked_for_variables(room: Room) -> None:
    await room.edit({"title": "Mist {seq}"})

    assert (await room.post(0)).details.title == "Mist {seq}"


async def test_only_unset_spares_what_is_said_already(room: Room) -> None:
    await room.app.review.edit(room.ids[0], {"is_mature": False, "license": "cc_by"}, by=room.by)

    await room.edit({"is_mature": True, "mature_level": "moderate", "license": "cc_by_nc"}, only_unset=True)

    first, second = (await room.post(0)).details, (await room.post(1)).details
    assert (first.is_mature, first.license, second.is_mature, second.license) == (False, "cc_by", True, "cc_by_nc")


@pytest.mark.parametrize(
    ("mode", "expected"), [(Texts.ABOVE, "Added\n\nThere"), (Texts.BELOW, "There\n\nAdded"), (Texts.REPLACE, "Added")]
)
async def test_a_description_goes_above_below_or_instead(room: Room, mode: Texts, expected: str) -> None:
    await room.app.review.edit(room.ids[0], {"description": "There"}, by=room.by)

    await room.edit({"description": "Added"}, description_mode=mode)

    assert (await room.post(0)).details.description == expected


async def test_what_fits_no_post_is_refused_before_the_first(room: Room) -> None:
    before = (await room.post(0)).version

    with pytest.raises(InvalidInput) as refused:
        await room.edit({"title": "x" * 501, "license": "mine"})

    assert set(refused.value.fields) == {"title", "license"}
    assert (await room.post(0)).version == before


async def test_templates_are_laid_over_each_with_its_own_number(room: Room) -> None:
    template = await room.app.rooms.templates.create("description", "Count", "Number {seq} of mine", by=room.by)

    await room.edit({"description": ""}, templates=(template.id,))

    said = [(await room.post(n)).details.description for n in range(3)]
    assert said == ["Number 1 of mine", "Number 2 of mine", "Number 3 of mine"]


async def test_drafts_move_to_another_account_and_scheduled_ones_say_why_not(room: Room, harness: AppHarness) -> None:
    other = await a_second_account(room, harness)
    await room.app.planner.publish_now(room.ids[2], by=room.by, time_zone="UTC")
    await room.app.review.edit(room.ids[0], {"galleries": ["47D47436-5683-8DF2-EEBF-2A6760BE1336"]}, by=room.by)

    bulk = await room.edit({}, account_id=other.id)

    moved = await room.post(0)
    assert (moved.account_id, moved.details.galleries) == (other.id, ())
    assert (bulk.count(Outcome.DONE), bulk.count(Outcome.REFUSED)) == (2, 1)
    await room.undo(bulk)
    back = await room.post(0)
    assert (back.account_id == other.id, len(back.details.galleries)) == (False, 1)


async def a_second_account(room: Room, harness: AppHarness) -> Account:
    assert (await harness.authorize(room.caller, "juno", start="/auth/deviantart?link=1")).status == 303
    accounts = await room.app.reads.accounts(room.by.user_id)
    return next(account for account in accounts if account.username == "juno")


@pytest.mark.parametrize(
    ("there", "back", "between"),
    [
        (Action.APPROVE, S.REVIEW, S.DRAFT),
        (Action.REJECT, S.REVIEW, S.DISCARDED),
        (Action.DISCARD, S.REVIEW, S.DISCARDED),
    ],
)
async def test_verbs_lead_there_and_back(room: Room, there: Action, back: S, between: S) -> None:
    for post_id in room.ids:
        await room.app.review.send_back(post_id, by=room.by)

    bulk = await room.do(Change(there))

    assert {(await room.post(n)).status for n in range(3)} == {between}
    await room.undo(bulk)
    assert {(await room.post(n)).status for n in range(3)} == {back}


async def test_decisions_are_taken_back_also_from_what_was_edited_since_and_say_what_keeps_the_others(
    room: Room,
) -> None:
    review, by = room.app.review, room.by
    for post_id in room.ids:
        await review.send_back(post_id, by=by)
    before = await room.post(0)
    bulk = await room.do(Change(Action.APPROVE, {"tags": ["dusk"], "description": "Evening"}, tags_mode=Lists.ADD))
    await review.edit(room.ids[0], {"title": "Named since", "description": "Written since"}, by=by)
    await room.do(Change(Action.EDIT, {"notes": "mine"}), room.ids[:1])
    soon = f"{room.app.clock.now() + timedelta(days=3):%Y-%m-%dT18:00}"
    await room.do(Change(Action.SCHEDULE, local=soon, time_zone="UTC"), room.ids[1:2])
    await review.discard(room.ids[2], by=by)

    undone = await room.undo(bulk)

    assert (undone.count(Outcome.UNDONE), undone.count(Outcome.LEFT)) == (1, 2)
    told = await room.app.bulk.reads.items(bulk.id, limit=3)
    assert [item.sentence for item in told] == [
        "Changed since, stays: description.",
        "Scheduled since, left alone.",
        "In the trash since, left alone.",
    ]
    after = await room.post(0)
    assert (after.status, after.details.title, after.notes) == (S.REVIEW, "Named since", "mine")
    assert (after.details.description, after.details.tags) == ("Written since", before.details.tags)
    assert [(await room.post(n)).status for n in (1, 2)] == [S.SCHEDULED, S.DISCARDED]


async def test_times_given_to_many_are_taken_back_from_what_was_renamed_but_not_from_what_was_moved(
    room: Room,
) -> None:
    soon = room.app.clock.now() + timedelta(days=3)
    first = Change(Action.SCHEDULE, local=f"{soon:%Y-%m-%dT18:00}", time_zone="UTC", step_minutes=60)
    bulk = await room.do(first)
    await room.app.review.edit(room.ids[0], {"title": "Renamed"}, by=room.by)
    await room.do(replace(first, local=f"{soon:%Y-%m-%dT09:00}"), room.ids[1:2])

    undone = await room.undo(bulk)

    assert (undone.count(Outcome.UNDONE), undone.count(Outcome.LEFT)) == (2, 1)
    assert [(await room.post(n)).status for n in range(3)] == [S.DRAFT, S.SCHEDULED, S.DRAFT]
    assert (await room.post(0)).details.title == "Renamed"


async def test_an_approval_brings_tags_along_also_where_a_wish_waits(room: Room) -> None:
    soon = room.app.clock.now() + timedelta(days=3)
    first = replace(Change(Action.SCHEDULE), local=f"{soon:%Y-%m-%dT18:00}", time_zone="UTC", step_minutes=60)
    await room.do(first, room.ids[:2])
    for post_id in room.ids:
        await room.app.review.send_back(post_id, by=room.by)
    before = [(await room.post(n)).details.tags for n in range(3)]

    bulk = await room.do(Change(Action.APPROVE, {"tags": ["dusk"]}, tags_mode=Lists.ADD))

    after = [await room.post(n) for n in range(3)]
    assert [post.status for post in after] == [S.SCHEDULED, S.SCHEDULED, S.DRAFT]
    assert [post.details.tags[-1] for post in after] == ["dusk"] * 3
    await room.undo(bulk)
    assert [(await room.post(n)).status for n in range(3)] == [S.REVIEW] * 3
    assert [(await room.post(n)).details.tags for n in range(3)] == before


async def test_scheduling_many_steps_on_and_undo_gives_each_its_former_time(room: Room) -> None:
    soon = room.app.clock.now() + timedelta(days=3)
    first = Change(Action.SCHEDULE, local=f"{soon:%Y-%m-%dT18:00}", time_zone="UTC", step_minutes=60)
    once = await room.do(first)
    assert once.count(Outcome.DONE) == 3
    assert await hours_of(room) == [18, 19, 20]

    again = await room.do(replace(first, local=f"{soon + timedelta(days=1):%Y-%m-%dT09:00}"))
    await room.undo(again)

    assert await hours_of(room) == [18, 19, 20]


async def hours_of(room: Room) -> list[int]:
    plans = [(await room.post(n)).plan for n in range(3)]
    return [plan.due_local.hour for plan in plans if plan is not None]


async def test_what_was_thrown_away_comes_back_with_its_time(room: Room) -> None:
    soon = room.app.clock.now() + timedelta(days=3)
    await room.do(Change(Action.SCHEDULE, local=f"{soon:%Y-%m-%dT18:00}", time_zone="UTC", step_minutes=60))
    plans = [(await room.post(n)).plan for n in range(3)]

    await room.undo(await room.do(Change(Action.DISCARD)))

    assert [(await room.post(n)).plan for n in range(3)] == plans
    assert (await room.post(0)).status is S.SCHEDULED


async def test_nobody_changes_or_sees_the_posts_of_others(room: Room, harness: AppHarness) -> None:
    juno = await harness.sign_in("juno")
    me = (await juno.get("/api/me")).body["user"]
    other = replace(room.by, user_id=int(me["id"]), name="juno")
    theirs = await room.app.bulk.bulks.carry_out(room.ids, Change(Action.DISCARD), by=other)

    assert {item.outcome for item in theirs.items} == {Outcome.REFUSED}
    assert {error.code for error in theirs.errors.values()} == {"NOT_FOUND"}
    mine = await room.edit({"title": "Mine"})
    for call in (
        room.app.bulk.bulks.undo(mine.id, by=other),
        room.app.bulk.reads.one(mine.id, user_id=other.user_id),
    ):
        with pytest.raises(NotFound):
            await call
    with pytest.raises(NotFound):
        await room.app.bulk.bulks.choose(Selection(query=PostQuery(room.by.user_id)), by=other)


async def shared_with_juno(room: Room, harness: AppHarness, role: str) -> Actor:
    """juno works on the account of mira's posts."""
    me = (await (await harness.sign_in("juno")).get("/api/me")).body["user"]
    async with room.app.database.transaction() as tx:
        await tx.run(
            "INSERT INTO account_share (account_id, user_id, role, shared_at)"
            " VALUES (:account_id, :user_id, :role, 1)",
            {"account_id": (await room.post(0)).account_id, "user_id": int(me["id"]), "role": role},
        )
    return Actor(int(me["id"]), "juno")


async def test_an_editor_of_a_shared_account_changes_many_and_takes_it_back(room: Room, harness: AppHarness) -> None:
    juno = await shared_with_juno(room, harness, "editor")
    before = (await room.post(0)).details.title

    done = await room.app.bulk.bulks.carry_out(
        room.ids, Change(Action.EDIT, {"title": "By {artist} {seq}"}, fills_in=True), by=juno
    )
    titles = [(await room.post(n)).details.title for n in range(3)]
    undone = await room.app.bulk.bulks.undo(done.bulk.id, by=juno)

    assert titles == ["By mira 1", "By mira 2", "By mira 3"]
    assert undone.count(Outcome.UNDONE) == 3
    assert (await room.post(0)).details.title == before


async def test_a_reviewer_decides_about_many_and_is_told_what_is_not_theirs(room: Room, harness: AppHarness) -> None:
    juno = await shared_with_juno(room, harness, "reviewer")
    await room.app.review.send_back(room.ids[0], by=room.by)
    bulks = room.app.bulk.bulks
    chosen = await bulks.choose(Selection(room.ids), by=juno)

    preview = await room.app.bulk.previews.of(chosen.id, Change(Action.EDIT, {"title": "Theirs"}), by=juno)
    edited = await bulks.carry_out(room.ids, Change(Action.EDIT, {"title": "Theirs"}), by=juno)
    tagged = await bulks.carry_out(room.ids[:1], Change(Action.APPROVE, {"tags": ["mine"]}), by=juno)
    approved = await bulks.carry_out(room.ids[:1], Change(Action.APPROVE), by=juno)
    noted = await bulks.carry_out(room.ids, Change(Action.EDIT, {"notes": "Lovely"}), by=juno)

    assert (preview.changing, preview.refused) == (0, 3)
    assert {error.code for error in edited.errors.values()} == {"FORBIDDEN"}
    assert (tagged.bulk.count(Outcome.REFUSED), approved.bulk.count(Outcome.DONE)) == (1, 1)
    assert noted.bulk.count(Outcome.DONE) == 3
    assert (await room.post(1)).notes == "Lovely"


async def test_more_than_a_piece_is_carried_out_by_itself_and_goes_on_after_a_restart(room: Room) -> None:
    count = PIECE + 7
    await many_drafts(room, count)
    query = PostQuery(room.by.user_id, (S.DRAFT,), text="bulk")
    chosen = await room.app.bulk.bulks.choose(Selection(query=query), by=room.by)
    change = Change(Action.EDIT, {"description": "All of them"})

    begun = await room.app.bulk.bulks.start(chosen.id, change, by=room.by)
    assert (begun.total, begun.count(Outcome.DONE), begun.state) == (count, PIECE, BulkState.RUNNING)
    await room.app.bulk.bulks.run_once()

    done = await room.app.bulk.reads.one(chosen.id, user_id=room.by.user_id)
    assert (done.state, done.count(Outcome.DONE)) == (BulkState.DONE, count)
    await room.undo(done)
    await room.app.bulk.bulks.run_once()
    undone = await room.app.bulk.reads.one(chosen.id, user_id=room.by.user_id)
    assert (undone.state, undone.count(Outcome.UNDONE)) == (BulkState.UNDONE, count)


async def many_drafts(room: Room, count: int) -> None:
    account = (await room.app.reads.accounts(room.by.user_id))[0]
    async with room.app.database.transaction() as tx:
        await tx.many(
            "INSERT INTO post (user_id, account_id, status, title, created_at, updated_at)"
            " VALUES (:user_id, :account_id, 'draft', :title, 1, 1)",
            [
                {"user_id": room.by.user_id, "account_id": account.id, "title": f"bulk {number}"}
                for number in range(count)
            ],
        )
        await tx.run(
            "INSERT INTO post_search (rowid, title, tags, prompt, model)"
            " SELECT id, title, '', '', '' FROM post WHERE title LIKE 'bulk %'"
        )


async def test_what_was_done_before_a_stop_can_be_taken_back(room: Room) -> None:
    await many_drafts(room, PIECE + 7)
    query = PostQuery(room.by.user_id, (S.DRAFT,), text="bulk")
    chosen = await room.app.bulk.bulks.choose(Selection(query=query), by=room.by)
    bulks = room.app.bulk.bulks

    await bulks.start(chosen.id, Change(Action.EDIT, {"description": "Some"}), by=room.by)
    stopped = await bulks.stop(chosen.id, by=room.by)

    assert (stopped.state, stopped.count(Outcome.DONE), stopped.count(Outcome.REFUSED)) == (BulkState.DONE, PIECE, 7)
    assert (await room.undo(stopped)).count(Outcome.UNDONE) == PIECE


async def test_what_was_chosen_is_listed_in_its_order_whether_its_turn_came_or_not(room: Room) -> None:
    await many_drafts(room, PIECE + 7)
    query = PostQuery(room.by.user_id, (S.DRAFT,), text="bulk", sort="oldest")
    reads, bulks = room.app.bulk.reads, room.app.bulk.bulks
    chosen = await bulks.choose(Selection(query=query), by=room.by)
    select = "SELECT id FROM post WHERE title LIKE 'bulk %' ORDER BY id"
    wanted = await room.app.database.read(lambda db: [row["id"] for row in db.execute(select)])

    before = await reads.items(chosen.id, limit=500)
    await bulks.start(chosen.id, Change(Action.EDIT, {"description": "Some"}), by=room.by)
    running = await reads.items(chosen.id, limit=500)
    around = await reads.items(chosen.id, after=PIECE - 3, limit=4)
    to_come = await reads.items(chosen.id, outcomes=[Outcome.WAITING], limit=500)

    assert [item.post_id for item in before] == wanted
    assert [(item.position, item.post_id) for item in running] == [(item.position, item.post_id) for item in before]
    assert [item.outcome for item in running] == [Outcome.DONE] * PIECE + [Outcome.WAITING] * 7
    assert [item.position for item in around] == [PIECE - 2, PIECE - 1, PIECE, PIECE + 1]
    assert to_come == running[PIECE:]
    assert (await reads.one(chosen.id, user_id=room.by.user_id)).count(Outcome.WAITING) == 7


async def test_a_choice_of_an_earlier_version_has_a_row_for_each_and_goes_on(room: Room) -> None:
    await many_drafts(room, PIECE + 7)
    query = PostQuery(room.by.user_id, (S.DRAFT,), text="bulk")
    chosen = await room.app.bulk.bulks.choose(Selection(query=query), by=room.by)
    async with room.app.database.transaction() as tx:
        await tx.run(
            "INSERT INTO bulk_item (bulk_id, position, post_id)"
            " SELECT bulk_id, e.key, e.value FROM bulk_choice, json_each(ids) e"
        )
        await tx.run("DELETE FROM bulk_choice")

    await room.app.bulk.bulks.start(chosen.id, Change(Action.EDIT, {"description": "Some"}), by=room.by)
    await room.app.bulk.bulks.run_once()

    done = await room.app.bulk.reads.one(chosen.id, user_id=room.by.user_id)
    assert (done.state, done.count(Outcome.DONE), done.count(Outcome.WAITING)) == (BulkState.DONE, PIECE + 7, 0)


def test_a_change_is_kept_and_read_back_whole() -> None:
    change = Change(
        Action.EDIT,
        {"tags": ["sea"], "is_mature": None},
        tags_mode=Lists.ADD,
        description_mode=Texts.BELOW,
        templates=(3, 1),
        account_id=2,
    )

    assert unpacked(change.packed()) == change


def test_a_step_that_leaves_the_calendar_is_refused_in_words() -> None:
    change = Change(Action.SCHEDULE, local="2026-12-24T18:00", time_zone="UTC", step_minutes=STEP_MOST)

    with pytest.raises(InvalidInput, match="too far away"):
        planned_for(change, 99_000)


async def queue_of(room: Room) -> list[Plan]:
    """Their places: a slot a day, and what is behind a freed one moves up."""
    account_id = (await room.post(0)).account_id
    slots = [WeeklySlot(day, time(18)) for day in range(7)]
    await room.app.planning.queue.set_slots(account_id, slots, by=room.by)
    await room.app.planning.guard.set_pacing(account_id, {"move_up": True}, by=room.by)
    await room.app.planning.queue.add(room.ids, by=room.by)
    return [plan for n in range(3) if (plan := (await room.post(n)).plan)]


@pytest.mark.parametrize("action", sorted(LEAVING - {Action.PUBLISH}))
async def test_many_that_leave_the_queue_close_their_gaps_and_come_back_to_their_places(
    room: Room, action: Action, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.bulk.bulks.PIECE", 1)  # what moves up after the first must not take the second along
    places = await queue_of(room)

    done = await room.do(Change(action), room.ids[:2])

    assert (done.count(Outcome.DONE), done.count(Outcome.REFUSED)) == (2, 0)
    assert (await room.post(2)).plan == places[0]
    await room.undo(done)
    await room.app.bulk.bulks.run_once()
    assert [(await room.post(n)).plan for n in range(2)] == places[:2]


async def test_what_waits_behind_posts_that_go_out_at_once_moves_up(room: Room) -> None:
    places = await queue_of(room)

    await room.do(Change(Action.PUBLISH, time_zone="UTC"), room.ids[:2])

    assert (await room.post(2)).plan == places[0]
