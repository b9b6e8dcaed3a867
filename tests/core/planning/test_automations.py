import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.actor import Actor
from core.errors import InvalidInput, NotFound, Stale, WrongState
from core.planning import automations
from core.planning.automation import Automation
from core.planning.pacing import PacingBroken
from core.planning.ports import Series
from core.planning.world import Draft, Result
from core.posts.fields import License, MatureClassification, MatureLevel
from core.posts.post import PostStatus
from core.users import Role
from data.planning_drafts import Drafts
from tests.support.planning import Studio, a_studio

EVENING: dict[str, Any] = {"name": "Evenings", "rules": [{"kind": "fixed_time", "time": "18:00"}], "enabled": True}


@pytest.fixture
async def studio(tmp_path: Path) -> AsyncIterator[Studio]:
    async with a_studio(tmp_path) as studio:
        yield studio


async def an_automation(studio: Studio, **changes: Any) -> Automation:
    return await studio.planning.automations.create(EVENING | changes, by=studio.actor, time_zone="Europe/Paris")


async def due(studio: Studio) -> list[tuple[int, str]]:
    rows = await studio.rows("SELECT id, due_at FROM post WHERE status = 'scheduled' ORDER BY due_at, id")
    return [(row["id"], f"{datetime.fromtimestamp(row['due_at'], UTC):%d %H:%M:%S}") for row in rows]


async def test_each_evening_takes_the_oldest_draft_a_little_ahead_and_on_the_second(studio: Studio) -> None:
    posts = await studio.drafts(3)
    await an_automation(studio)

    await studio.minutes(2 * 24 * 60, step=10)

    assert await due(studio) == [(posts[0].id, "23 17:00:00"), (posts[1].id, "24 17:00:00")]
    history = await studio.reads.history(posts[0].id)
    assert "by the automation “Evenings”." in history[0].text


async def test_two_schedulers_and_restarts_use_a_slot_once(studio: Studio) -> None:
    await studio.drafts(5)
    await an_automation(studio)
    await studio.clock.advance(5 * 3600 - 60)

    one = studio.planning.ticking
    two = (await studio.restart()).ticking
    await asyncio.gather(one.tick(), two.tick())
    await (await studio.restart()).ticking.tick()

    assert len(await due(studio)) == 1


async def test_a_clock_that_jumps_back_fires_nothing_twice(studio: Studio) -> None:
    await studio.drafts(5)
    await an_automation(studio)
    await studio.clock.advance(5 * 3600)
    await studio.planning.ticking.tick()

    studio.clock.jump(timedelta(hours=-2))
    await studio.minutes(180)

    assert len(await due(studio)) == 1


@pytest.mark.parametrize(("missed", "taken"), [("skip", 0), ("catch_up", 3)])
async def test_slots_missed_while_nothing_ran_follow_the_choice(studio: Studio, missed: str, taken: int) -> None:
    await studio.drafts(9)
    automation = await an_automation(studio, missed=missed)

    await studio.clock.advance(3 * 24 * 3600)
    await studio.planning.ticking.tick()

    scheduled = await due(studio)
    assert len(scheduled) == taken
    assert len({at for _, at in scheduled}) == taken
    lines, _ = await studio.planning.automations.history(automation.id, user_id=studio.user_id)
    assert any("3 slots passed while Isekai was not running" in line.text for line in lines)


async def test_a_short_restart_misses_nothing(studio: Studio) -> None:
    await studio.drafts(1)
    await an_automation(studio)
    await studio.clock.advance(5 * 3600 + 180)

    await studio.planning.ticking.tick()

    assert [at for _, at in await due(studio)] == ["23 17:00:00"]


async def test_history_has_one_line_a_change_of_situation(studio: Studio) -> None:
    await studio.drafts(1)
    automation = await an_automation(studio, notice_days=0)

    await studio.minutes(4 * 24 * 60, step=30)
    await studio.draft("Another")
    await studio.minutes(24 * 60, step=30)

    lines, uses = await studio.planning.automations.history(automation.id, user_id=studio.user_id)
    assert [line.kind for line in lines] == ["working", "empty", "working"]
    assert len(uses) == 2


async def test_the_dry_run_is_what_happens(studio: Studio) -> None:
    await studio.drafts(12)
    await an_automation(studio, order="random", jitter={"min_seconds": 0, "max_seconds": 1800})
    await an_automation(studio, name="Quota", rules=[{"kind": "daily_quota", "per_day": 2}], order="lifo")
    preview = await studio.planning.automations.preview(studio.user_id, days=3)
    expected = {(item.draft_id, item.at) for item in preview.items if item.result is Result.SCHEDULED}

    await studio.minutes(3 * 24 * 60 - 10, step=5)

    rows = await studio.rows("SELECT id, due_at FROM post WHERE status = 'scheduled'")
    assert {(row["id"], datetime.fromtimestamp(row["due_at"], UTC)) for row in rows} == expected
    assert len(expected) >= 8


async def test_a_preview_is_made_again_only_after_a_change_of_theirs(studio: Studio) -> None:
    await studio.drafts(2)
    await an_automation(studio)
    automations = studio.planning.automations

    first = await automations.preview(studio.user_id)
    assert await automations.preview(studio.user_id) is first
    async with studio.store.transaction() as tx:
        await tx.people.add_user(name="juno", role=Role.MEMBER, time_zone="UTC", at=studio.clock.now())
    assert await automations.preview(studio.user_id) is first
    assert len(await studio.drafts(1)) == 1

    after = await automations.preview(studio.user_id)
    taken = [sum(item.result is Result.SCHEDULED for item in shown.items) for shown in (first, after)]
    assert taken == [2, 3]


async def test_a_draft_deleted_between_dry_run_and_slot_makes_room_for_the_next(studio: Studio) -> None:
    first, second = await studio.drafts(2)
    await an_automation(studio)
    await studio.planning.automations.preview(studio.user_id)

    await studio.rows("SELECT 1")
    async with studio.store.transaction() as tx:
        await tx.posts.delete(first.id)
    await studio.minutes(6 * 60, step=10)

    assert [post for post, _ in await due(studio)] == [second.id]


async def test_a_draft_that_is_not_ready_stays_and_the_line_says_why(studio: Studio) -> None:
    await studio.draft("")
    automation = await an_automation(studio)

    await studio.minutes(6 * 60, step=10)

    lines, _ = await studio.planning.automations.history(automation.id, user_id=studio.user_id)
    assert any("Give it a title." in line.text for line in lines)


async def test_default_values_are_laid_over_what_it_takes(studio: Studio) -> None:
    post = await studio.draft(is_mature=False)
    defaults = [
        {"field": "is_ai_generated", "value": True},
        {"field": "is_mature", "value": True},
        {"field": "tags", "value": ["daily"], "mode": "always"},
    ]
    await an_automation(studio, defaults=defaults, stash_only=True)

    await studio.minutes(6 * 60, step=10)

    details = (await studio.post(post.id)).details
    assert (details.is_ai_generated, details.is_mature, details.tags, details.stash_only) == (
        True, False, ("daily",), True,
    )  # fmt: skip


async def test_it_tells_once_when_its_drafts_run_out(studio: Studio) -> None:
    await studio.drafts(3)
    await an_automation(studio, notice_days=7)

    await studio.minutes(2 * 24 * 60, step=30)

    told = await studio.rows("SELECT text FROM post_event WHERE kind = 'automation.runs_dry'")
    assert [row["text"] for row in told] == ["“Evenings” runs out of drafts on 26 Nov."]


async def test_run_once_now_really_runs(studio: Studio) -> None:
    post = await studio.draft()
    automation = await an_automation(studio, enabled=False)

    ran = await studio.planning.ticking.run_now(automation.id, by=studio.actor)

    assert (ran.id, ran.status) == (post.id, PostStatus.SCHEDULED)
    assert ran.plan is not None and ran.plan.due_at == studio.clock.now()
    with pytest.raises(WrongState, match="No draft"):
        await studio.planning.ticking.run_now(automation.id, by=studio.actor)


async def test_pacing_stands_in_the_way_of_running_now_unless_overridden(studio: Studio) -> None:
    await studio.drafts(2)
    automation = await an_automation(studio, enabled=False)
    await studio.planning.guard.set_pacing(studio.account_id, {"min_gap_minutes": 60}, by=studio.actor)
    await studio.planning.ticking.run_now(automation.id, by=studio.actor)
    await studio.clock.advance(60)

    with pytest.raises(PacingBroken):
        await studio.planning.ticking.run_now(automation.id, by=studio.actor)
    await studio.planning.ticking.run_now(automation.id, by=studio.actor, override_pacing=True)

    assert len(await due(studio)) == 2


async def test_a_series_waits_for_its_earlier_part(studio: Studio) -> None:
    one, two = await studio.drafts(2)
    async with studio.store.transaction() as tx:
        await tx.planning.save_series(
            studio.user_id, Series(0, "Saga", 36 * 60), [two.id, one.id], at=studio.clock.now()
        )
    await an_automation(studio)

    await studio.minutes(3 * 24 * 60, step=30)

    assert await due(studio) == [(two.id, "23 17:00:00"), (one.id, "25 17:00:00")]


async def test_switching_on_looks_only_ahead(studio: Studio) -> None:
    await studio.drafts(5)
    automation = await an_automation(studio, enabled=False, missed="catch_up")
    await studio.clock.advance(5 * 24 * 3600)

    await studio.planning.automations.enable(automation.id, True, by=studio.actor)
    await studio.planning.ticking.tick()

    assert await due(studio) == []


async def test_without_a_rule_it_cannot_be_switched_on(studio: Studio) -> None:
    automation = await an_automation(studio, enabled=False, rules=[])

    with pytest.raises(InvalidInput, match="no rule yet"):
        await studio.planning.automations.enable(automation.id, True, by=studio.actor)


async def test_a_copy_is_deep_off_and_has_rules_of_its_own(studio: Studio) -> None:
    original = await an_automation(studio, pool={"tags": ["cat"]})

    copy = await studio.planning.automations.duplicate(original.id, by=studio.actor)

    assert not copy.enabled
    assert copy.pool == original.pool
    assert copy.name == "Evenings (copy)"
    assert {rule.id for rule in copy.rules}.isdisjoint({rule.id for rule in original.rules})


async def test_saving_keeps_rule_ids_and_anchors(studio: Studio) -> None:
    rules = [{"kind": "fixed_interval", "every_minutes": 90}, {"kind": "fixed_time", "time": "09:00"}]
    automation = await an_automation(studio, rules=rules)
    await studio.clock.advance(3600)

    again = [
        {"id": automation.rules[0].id, "kind": "fixed_interval", "every_minutes": 90},
        {"id": automation.rules[1].id, "kind": "fixed_time", "time": "10:00"},
    ]
    saved = await studio.planning.automations.change(automation.id, {"rules": again}, by=studio.actor)

    assert saved.rules[0] == automation.rules[0]
    assert saved.rules[1].id == automation.rules[1].id


async def test_a_stale_version_is_refused_and_other_peoples_automations_are_not_there(studio: Studio) -> None:
    automation = await an_automation(studio)
    await studio.planning.automations.change(automation.id, {"name": "Nights"}, by=studio.actor)

    with pytest.raises(Stale):
        await studio.planning.automations.change(automation.id, {"name": "X"}, by=studio.actor, expected_version=1)
    with pytest.raises(NotFound):
        await studio.planning.automations.change(automation.id, {"name": "X"}, by=Actor(99, "juno"))


async def test_removing_is_taken_back_switched_off(studio: Studio) -> None:
    await studio.drafts(1)
    automation = await an_automation(studio)
    await studio.planning.automations.remove(automation.id, by=studio.actor)

    await studio.minutes(6 * 60, step=30)
    restored = await studio.planning.automations.restore(automation.id, by=studio.actor)

    assert await due(studio) == []
    assert not restored.enabled


async def test_a_paused_account_waits(studio: Studio) -> None:
    await studio.drafts(1)
    await an_automation(studio)
    async with studio.store.transaction() as tx:
        account = await tx.accounts.get(studio.account_id)
        from dataclasses import replace

        await tx.accounts.save(replace(account, paused_at=studio.clock.now()))

    await studio.minutes(6 * 60, step=30)

    assert await due(studio) == []


async def test_preview_shows_changes_before_they_are_saved(studio: Studio) -> None:
    await studio.drafts(3)
    automation = await an_automation(studio, enabled=False, rules=[])

    preview = await studio.planning.automations.preview(
        studio.user_id, automation_id=automation.id, changes={"rules": [{"kind": "daily_quota", "per_day": 1}]}
    )

    assert [item.draft_id for item in preview.items[:3]] == [1, 2, 3]
    assert preview.forecasts[automation.id].runs_out_at is not None


async def test_automations_see_drafts_as_the_store_keeps_them(studio: Studio) -> None:
    posts = [
        await studio.draft(
            "Everything",
            description="Words",
            tags=("a b", "c"),
            galleries=("AAAAAAAA-1",),
            is_mature=True,
            mature_level=MatureLevel.STRICT,
            mature_classification=(MatureClassification.GORE,),
            no_ai=False,
            display_resolution=0,
            license=License.CC_BY,
            stash_only=False,
        ),
        await studio.draft("Nothing"),
    ]

    for change in ("chosen = 0", "mime = 'video/mp4'"):
        posts.append(await studio.draft("No picture"))
        async with studio.database.transaction() as connection:
            await connection.run(f"UPDATE file SET {change} WHERE post_id = :id", {"id": posts[-1].id})
    posts.append(await studio.draft("No file"))
    async with studio.database.transaction() as connection:
        await connection.run("DELETE FROM file WHERE post_id = :id", {"id": posts[-1].id})

    rows = await studio.planning.reads.world(studio.user_id, now=studio.clock.now())

    async with studio.store.transaction() as tx:
        kept = (await tx.posts.several([post.id for post in posts])).values()
    assert len(rows.drafts) == len(posts)
    assert [(draft.id, draft.details, draft.missing) for draft in rows.drafts] == [
        (post.id, post.details, post.missing) for post in kept
    ]
    assert len({draft.missing for draft in rows.drafts}) == 4


async def test_drafts_at_hand_are_read_again_once_anything_of_them_changes(studio: Studio) -> None:
    titled, emptied, gone, serial = await studio.drafts(4)

    async def seen() -> dict[int, Draft]:
        rows = await studio.planning.reads.world(studio.user_id, now=studio.clock.now())
        return {draft.id: draft for draft in rows.drafts}

    before = await seen()
    async with studio.store.transaction() as tx:
        await tx.planning.save_series(studio.user_id, Series(0, "Nights", None), [serial.id], at=studio.clock.now())
        details = titled.details.but(title="Another")
        await tx.posts.save(replace(titled, details=details, version=2), expected_version=1)
        await tx.posts.arrange_files(emptied.id, [emptied.files[0].id], [])
        await tx.posts.save(replace(emptied, version=2), expected_version=1)
        await tx.posts.delete(gone.id)
    after = await seen()

    assert after.keys() == before.keys() - {gone.id}
    assert after[titled.id].details.title == "Another"
    assert after[emptied.id].missing
    assert after[serial.id].part is not None
    assert (await seen())[titled.id] is after[titled.id]


async def test_drafts_at_hand_are_those_of_the_last_people_who_asked(studio: Studio) -> None:
    await studio.drafts(3)
    drafts = Drafts(most=2)
    first = await studio.database.read(lambda connection: drafts.of(connection, studio.user_id))
    assert (await studio.database.read(lambda connection: drafts.of(connection, studio.user_id)))[0] is first[0]

    await studio.database.read(lambda connection: drafts.of(connection, studio.user_id + 1))

    assert (await studio.database.read(lambda connection: drafts.of(connection, studio.user_id)))[0] is not first[0]


@pytest.mark.parametrize("place", ["Australia/Lord_Howe", "Europe/Dublin", "Asia/Tehran", "Pacific/Kiritimati"])
async def test_a_year_of_ticks_uses_each_slot_once_as_the_dry_run_said(studio: Studio, place: str) -> None:
    await studio.drafts(45)
    rules = [
        {"kind": "fixed_time", "time": "02:15", "days": ["sun"]},
        {"kind": "fixed_interval", "every_minutes": 10080, "days": ["mon", "wed", "fri"]},
    ]
    made = await studio.planning.automations.create(
        {"name": "Sundays", "rules": rules, "order": "random", "jitter": {"min_seconds": 0, "max_seconds": 900},
         "enabled": True, "time_zone": place},
        by=studio.actor, time_zone="UTC",
    )  # fmt: skip
    said = await studio.planning.automations.preview(studio.user_id, automation_id=made.id, days=366)
    planned = [(item.draft_id, item.at) for item in said.items if item.draft_id is not None]

    while made.next_at is not None and made.next_at < said.items[-1].slot_at:
        await studio.clock.advance((made.next_at - studio.clock.now()).total_seconds() - 30)
        await studio.planning.ticking.tick()
        await studio.planning.ticking.tick()  # once more changes nothing
        made = await studio.planning.automations.get(made.id, user_id=studio.user_id)

    uses = await studio.rows("SELECT slot_key, post_id, due_at FROM automation_use ORDER BY due_at")
    assert [(use["post_id"], use["due_at"]) for use in uses] == [(post, int(at.timestamp())) for post, at in planned]
    assert len({use["slot_key"] for use in uses}) == len(uses) == 45


async def test_a_copy_counts_like_any_other(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    original = await an_automation(studio)
    monkeypatch.setattr(automations, "MOST_AUTOMATIONS", 1)

    with pytest.raises(InvalidInput, match="1 automations already"):
        await studio.planning.automations.duplicate(original.id, by=studio.actor)
