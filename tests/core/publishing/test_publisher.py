"""What the publisher does on an ordinary day, and on a bad one; against the imitation of DeviantArt."""

import itertools
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from core.account import AccountStatus
from core.errors import InFlight, NotFound
from core.posts.post import PostStatus
from core.publishing.publication import FailureKind, PublicationState, Step
from tests.support.publishing import Studio, a_life, a_studio, states
from tests.support.waiting import eventually

HOUR = timedelta(hours=1)


@pytest.fixture
async def studio(tmp_path: Path) -> AsyncIterator[Studio]:
    async with a_life(tmp_path) as studio:
        yield studio


# An ordinary day


async def test_a_post_that_is_due_is_published_once_with_its_link(studio: Studio) -> None:
    post = await studio.due_now(await studio.an_account(), "Harbour")

    await studio.run_until_quiet()

    after = await studio.post(post.id)
    assert after.status is PostStatus.PUBLISHED
    assert studio.titles_online() == ["Harbour"]
    work = studio.sandbox.world.deviations[0]
    assert after.publications[0].deviation_id == work.deviationid
    assert after.publications[0].deviation_url
    assert studio.sandbox.world.orphans == []
    assert await studio.history(post.id) == [
        "post.scheduled",
        "publication.uploading",
        "publication.sending",
        "publication.published",
    ]


async def test_the_upload_starts_ahead_and_the_work_appears_at_its_instant(studio: Studio) -> None:
    post = await studio.due_in(HOUR, await studio.an_account())
    due_at = post.publications[0].due_at
    assert due_at is not None

    await studio.run_for(HOUR - timedelta(seconds=30))
    staged = await studio.post(post.id)
    await studio.run_until_quiet()

    assert staged.status is PostStatus.SCHEDULED
    assert staged.publications[0].item_id is not None
    assert studio.sandbox.world.deviations[0].published_at == due_at.timestamp()


async def test_accounts_are_published_side_by_side_and_each_one_at_a_time(studio: Studio) -> None:
    accounts = [await studio.an_account(name) for name in ("mira", "juno", "taro")]
    for number in range(3):
        for account in accounts:
            await studio.due_now(account, f"Work {number} of {account}")

    await studio.run_until_quiet()

    by_artist = {
        name: [work.title for work in studio.sandbox.world.deviations if work.username == name]
        for name in ("mira", "juno", "taro")
    }
    for account, name in zip(accounts, by_artist, strict=True):
        assert by_artist[name] == [f"Work {number} of {account}" for number in range(3)]


async def test_every_picture_of_a_post_becomes_one_work_in_order(studio: Studio) -> None:
    post = await studio.due_now(await studio.an_account(), "Series", pictures=5)

    await studio.run_until_quiet()

    after = await studio.post(post.id)
    assert after.status is PostStatus.PUBLISHED
    order = {work.deviationid: n for n, work in enumerate(studio.sandbox.world.deviations)}
    assert [order[q.deviation_id or ""] for q in after.publications] == [0, 1, 2, 3, 4]


async def test_a_post_for_stash_only_is_uploaded_and_never_published(studio: Studio) -> None:
    post = await studio.due_now(await studio.an_account(), stash_only=True)

    await studio.run_until_quiet()

    after = await studio.post(post.id)
    assert after.status is PostStatus.PUBLISHED
    assert after.publications[0].deviation_id is None
    assert len(studio.sandbox.world.items) == 1
    assert studio.sandbox.world.deviations == []


async def test_publications_of_an_account_keep_their_distance(tmp_path: Path) -> None:
    async with a_life(tmp_path, base_delay=timedelta(seconds=10)) as studio:
        account = await studio.an_account()
        for number in range(4):
            await studio.due_now(account, f"Work {number}")

        await studio.run_until_quiet()

        times = [work.published_at for work in studio.sandbox.world.deviations]
        assert len(times) == 4
        assert all(later - earlier >= 8 for earlier, later in itertools.pairwise(times))


# Told to wait, told no


async def test_a_limit_is_waited_out_without_an_attempt_counted(studio: Studio) -> None:
    studio.sandbox.faults.on("stash/publish").limits(retry_after=600).times(10)
    started = studio.clock.now()
    post = await studio.due_now(await studio.an_account())

    await studio.run_until_quiet()

    after = await studio.only(post.id)
    assert after.state is PublicationState.PUBLISHED
    assert after.attempts == 0
    assert studio.clock.now() - started >= timedelta(minutes=100)
    assert len(studio.sandbox.world.items) == 1


async def test_a_limit_without_a_word_slows_the_account_down_more_and_more(studio: Studio) -> None:
    studio.sandbox.faults.on("stash/submit").limits().times(6)
    post = await studio.due_now(await studio.an_account())
    started = studio.clock.now()

    await studio.run_until_quiet()

    assert (await studio.post(post.id)).status is PostStatus.PUBLISHED
    assert studio.clock.now() - started >= timedelta(seconds=60)


@pytest.mark.parametrize("code", [0, 1, 2, 3, 4, 5, 8])
async def test_a_refusal_stops_and_says_why(studio: Studio, code: int) -> None:
    studio.sandbox.faults.on("stash/publish").refuses_with_code(code).always()
    post = await studio.due_now(await studio.an_account())

    await studio.run_until_quiet()

    after = await studio.post(post.id)
    assert after.status is PostStatus.FAILED
    assert not after.in_doubt
    assert after.failure is not None
    assert (after.failure.step, after.failure.kind) == (Step.PUBLISH, FailureKind.REFUSED)
    assert after.failure.retry_at is None
    assert studio.requests("stash/publish") == 1


async def test_after_a_refusal_the_artist_can_mend_it_and_try_again(studio: Studio) -> None:
    studio.sandbox.faults.on("stash/publish").refuses_with_code(5)
    post = await studio.due_now(await studio.an_account(), "First")
    await studio.run_until_quiet()

    await studio.review.edit(post.id, {"title": "Second"}, by=studio.mira)
    await studio.planner.publish_now(post.id, by=studio.mira, time_zone="UTC")
    await studio.run_until_quiet()

    assert studio.titles_online() == ["Second"]
    assert (await studio.only(post.id)).orphans == 1


async def test_an_item_that_deviantart_lost_is_uploaded_again_on_a_first_send(studio: Studio) -> None:
    studio.sandbox.faults.on("stash/publish").refuses_with_code(7)
    post = await studio.due_now(await studio.an_account())

    await studio.run_until_quiet()

    assert (await studio.post(post.id)).status is PostStatus.PUBLISHED
    assert len(studio.sandbox.world.items) == 2
    assert len(studio.sandbox.world.deviations) == 1


async def test_attempts_that_reached_deviantart_are_bounded(tmp_path: Path) -> None:
    async with a_life(tmp_path, max_attempts=3) as studio:
        studio.sandbox.faults.on("stash/submit").answers(500).always()
        post = await studio.due_now(await studio.an_account())

        await studio.run_until_quiet()

        after = await studio.post(post.id)
        assert after.status is PostStatus.FAILED
        assert after.failure is not None
        assert after.failure.retry_at is None
        assert studio.requests("stash/submit") == 3


async def test_a_service_that_cannot_be_reached_is_tried_until_it_is_back(studio: Studio) -> None:
    post = await studio.due_now(await studio.an_account())
    port = int(studio.sandbox.base_url.rsplit(":", 1)[1])
    await studio.sandbox.close()

    await studio.run_for(timedelta(hours=5))
    unreachable = await studio.post(post.id)
    await studio.sandbox.start(port=port)
    await studio.run_until_quiet()

    assert unreachable.failure is not None
    assert unreachable.failure.kind is FailureKind.NOT_SENT
    assert unreachable.failure.retry_at is not None
    assert (await studio.post(post.id)).status is PostStatus.PUBLISHED


async def test_a_block_of_our_address_stops_every_account(studio: Studio) -> None:
    studio.sandbox.faults.on("stash/submit").for_user("mira").blocks_with_html()
    await studio.due_now(await studio.an_account("mira"))
    juno = await studio.an_account("juno")
    await studio.publisher.run_once()
    await studio.due_now(juno)

    await studio.publisher.run_once()
    while_closed = studio.requests("stash/submit")
    await studio.run_until_quiet()

    assert while_closed == 1
    assert len(studio.sandbox.world.deviations) == 2


async def test_an_open_circuit_holds_its_account_back_and_survives_a_restart(tmp_path: Path) -> None:
    async with a_life(tmp_path, threshold=2) as studio:
        account = await studio.an_account()
        for number in range(4):
            await studio.due_now(account, f"Work {number}")
        studio.sandbox.faults.on("stash/submit").answers(500).times(2)
        await studio.publisher.run_once()
        before = studio.requests("stash/submit")

        after = await studio.restarted()
        await after.publisher.run_once()
        while_open = studio.requests("stash/submit")
        await after.run_until_quiet()
        await after.crash()

        assert (before, while_open) == (2, 2)
        assert len(studio.sandbox.world.deviations) == 4


async def test_an_outage_that_several_accounts_met_holds_back_all_the_others(tmp_path: Path) -> None:
    async with a_life(tmp_path, threshold=1, concurrency=1) as studio:
        for name in ("mira", "juno", "sora", "luma", "nils"):
            await studio.due_now(await studio.an_account(name), f"Work of {name}")
        studio.sandbox.faults.on("stash/submit").answers(500).times(3)
        await studio.publisher.run_once()
        while_open = studio.requests("stash/submit")
        await studio.run_until_quiet()

        assert while_open == 3
        assert len(studio.sandbox.world.deviations) == 5


# Tokens


async def test_a_401_with_a_good_token_is_one_refresh_and_one_more_try(studio: Studio) -> None:
    studio.sandbox.faults.on("stash/publish").says_invalid_token()
    post = await studio.due_now(await studio.an_account())

    await studio.run_until_quiet()

    assert (await studio.post(post.id)).status is PostStatus.PUBLISHED
    assert [note.outcome for note in studio.sandbox.world.refreshes] == ["rotated"]


async def test_an_endpoint_that_keeps_refusing_good_tokens_does_not_disconnect_the_account(studio: Studio) -> None:
    studio.sandbox.faults.on("stash/publish").says_invalid_token().times(5)
    account = await studio.an_account()
    post = await studio.due_now(account)

    await studio.run_until_quiet()

    assert (await studio.post(post.id)).status is PostStatus.PUBLISHED
    async with studio.store.transaction() as tx:
        assert (await tx.accounts.get(account)).status is AccountStatus.CONNECTED


async def test_a_dead_account_is_asked_for_once_and_its_posts_wait(studio: Studio) -> None:
    account = await studio.an_account()
    first = await studio.due_now(account, "First")
    await studio.due_now(account, "Second")
    studio.sandbox.world.tokens.revoke_all("mira")

    await studio.run_until_quiet()
    waiting = [await studio.post(first.id), await studio.post(first.id + 1)]
    kinds = [event.kind for event in studio.events]
    await studio.an_account()
    await studio.run_until_quiet()

    assert [post.status for post in waiting] == [PostStatus.SCHEDULED, PostStatus.SCHEDULED]
    assert kinds.count("account.disconnected") == 1
    assert studio.titles_online() == ["First", "Second"]


async def test_a_lost_refresh_answer_becomes_one_notice_and_nothing_fails(studio: Studio) -> None:
    account = await studio.an_account()
    post = await studio.due_in(2 * HOUR, account)
    studio.sandbox.faults.on("oauth2/token/refresh_token").loses_the_answer()

    await studio.run_until_quiet()

    assert (await studio.post(post.id)).status is PostStatus.SCHEDULED
    assert [event.kind for event in studio.events].count("account.disconnected") == 1
    async with studio.store.transaction() as tx:
        assert (await tx.accounts.get(account)).status is AccountStatus.RECONNECT


async def test_a_refresh_that_never_left_costs_nothing(studio: Studio) -> None:
    account = await studio.an_account()
    post = await studio.due_in(2 * HOUR, account)
    studio.sandbox.faults.on("oauth2/token/refresh_token").answers(503).times(3)
    studio.sandbox.faults.on("oauth2/token/refresh_token").blocks_with_html().times(2)

    await studio.run_until_quiet()

    assert (await studio.post(post.id)).status is PostStatus.PUBLISHED


async def test_a_wrong_client_secret_does_not_disconnect_anybody(studio: Studio) -> None:
    account = await studio.an_account()
    post = await studio.due_in(2 * HOUR, account)
    studio.sandbox.faults.on("oauth2/token/refresh_token").replaces(
        401, {"error": "invalid_client", "error_description": "Client authentication failed.", "status": "error"}
    ).times(3)

    await studio.run_until_quiet()

    assert (await studio.post(post.id)).status is PostStatus.PUBLISHED
    async with studio.store.transaction() as tx:
        assert (await tx.accounts.get(account)).status is AccountStatus.CONNECTED


# Answers lost


@pytest.mark.parametrize("how", ["loses_the_answer", "half_published", "blank"])
async def test_a_work_that_went_public_without_an_answer_is_found_in_the_gallery(studio: Studio, how: str) -> None:
    fault = studio.sandbox.faults.on("stash/publish")
    match how:
        case "loses_the_answer":
            fault.loses_the_answer()
        case "half_published":
            fault.acts_then_answers(500)
        case _:
            fault.answers_blank()
    post = await studio.due_now(await studio.an_account())

    await studio.run_until_quiet()

    after = await studio.post(post.id)
    assert after.status is PostStatus.PUBLISHED
    assert after.publications[0].deviation_id == studio.sandbox.world.deviations[0].deviationid
    assert len(studio.sandbox.world.deviations) == 1
    assert studio.requests("stash/publish") == 1
    assert "publication.proven" in await studio.history(post.id)


@pytest.mark.parametrize("fault", ["drop", "503", "html", "code 6", "error in 200"])
async def test_a_request_that_did_nothing_is_repeated_with_the_same_item_after_settling(
    studio: Studio, fault: str
) -> None:
    armed = studio.sandbox.faults.on("stash/publish")
    match fault:
        case "drop":
            armed.drops_the_request()
        case "503":
            armed.answers(503)
        case "html":
            armed.blocks_with_html()
        case "code 6":
            armed.refuses_with_code(6)
        case _:
            armed.answers_200_with_an_error()
    post = await studio.due_now(await studio.an_account())
    started = studio.clock.now()

    await studio.run_until_quiet()

    assert (await studio.post(post.id)).status is PostStatus.PUBLISHED
    assert len(studio.sandbox.world.items) == 1
    assert studio.sandbox.world.deviations[0].published_at - started.timestamp() >= 120


async def test_code_9_on_a_repeat_is_proof_and_the_link_is_found_later(studio: Studio) -> None:
    studio.sandbox.world.switches.gallery_lag_seconds = 7200
    studio.sandbox.faults.on("stash/publish").loses_the_answer()
    post = await studio.due_now(await studio.an_account())

    await studio.run_for(timedelta(minutes=10))
    proven = await studio.only(post.id)
    await studio.run_until_quiet()

    assert proven.state is PublicationState.PUBLISHED
    assert proven.deviation_id is None
    assert (await studio.only(post.id)).deviation_id == studio.sandbox.world.deviations[0].deviationid


async def test_a_work_that_the_gallery_leaves_out_is_published_without_a_link(studio: Studio) -> None:
    studio.sandbox.world.switches.gallery_omits_next = 1
    studio.sandbox.faults.on("stash/publish").loses_the_answer()
    post = await studio.due_now(await studio.an_account())

    await studio.run_until_quiet(within=timedelta(days=10))

    after = await studio.only(post.id)
    assert after.state is PublicationState.PUBLISHED
    assert after.deviation_id is None
    assert after.ready_at is None
    assert len(studio.sandbox.world.deviations) == 1


async def test_what_cannot_be_proven_is_asked_and_no_timer_goes_on(studio: Studio) -> None:
    studio.sandbox.faults.on("stash/publish").answers(500).always()
    post = await studio.due_now(await studio.an_account())

    await studio.run_until_quiet()
    sent = studio.requests("stash/publish")
    await studio.clock.advance(timedelta(days=30))
    await studio.run_until_quiet()

    after = await studio.post(post.id)
    assert after.status is PostStatus.FAILED
    assert after.publications[0].needs_person
    assert sent == studio.requests("stash/publish") > 1
    with pytest.raises(InFlight):
        await studio.planner.unschedule(post.id, by=studio.mira)


async def test_failures_before_the_first_send_leave_all_its_rounds_to_the_proof(studio: Studio) -> None:
    studio.sandbox.faults.on("stash/submit").answers(500).times(6)
    studio.sandbox.faults.on("stash/publish").drops_the_request().times(2)
    post = await studio.due_now(await studio.an_account())

    await studio.run_until_quiet()

    assert (await studio.post(post.id)).status is PostStatus.PUBLISHED


async def test_an_upload_without_an_answer_is_repeated_and_the_orphan_counted(studio: Studio) -> None:
    studio.sandbox.faults.on("stash/submit").loses_the_answer()
    post = await studio.due_now(await studio.an_account())

    await studio.run_until_quiet()

    after = await studio.only(post.id)
    assert after.state is PublicationState.PUBLISHED
    assert after.orphans == 1 == len(studio.sandbox.world.orphans)


async def test_a_post_that_hangs_ends_with_the_time_out_and_is_settled(tmp_path: Path) -> None:
    async with a_life(tmp_path, timeout=timedelta(seconds=0.3)) as studio:
        studio.sandbox.faults.on("stash/publish").hangs(30).after_acting()
        post = await studio.due_now(await studio.an_account())

        await studio.run_until_quiet()

        assert (await studio.post(post.id)).status is PostStatus.PUBLISHED
        assert len(studio.sandbox.world.deviations) == 1


# What people do meanwhile


async def test_unscheduling_during_the_upload_keeps_it_private_for_good(studio: Studio) -> None:
    studio.sandbox.faults.on("stash/submit").hangs(5).after_acting()
    post = await studio.due_now(await studio.an_account())
    await studio.publisher._claim_all()
    await eventually(lambda: studio.sandbox.world.items)

    after = await studio.planner.unschedule(post.id, by=studio.mira)
    await studio.clock.advance(6)
    await studio.publisher.idle()
    await studio.run_until_quiet()

    assert after.status is PostStatus.DRAFT
    assert studio.sandbox.world.deviations == []
    final = await studio.post(post.id)
    assert final.status is PostStatus.DRAFT
    assert final.publications[0].orphans == 1


async def test_editing_during_the_upload_is_refused_and_after_unscheduling_allowed(studio: Studio) -> None:
    studio.sandbox.faults.on("stash/submit").hangs(5).after_acting()
    post = await studio.due_now(await studio.an_account(), "Before")
    await studio.publisher._claim_all()
    await eventually(lambda: studio.sandbox.world.items)

    with pytest.raises(InFlight):
        await studio.review.edit(post.id, {"title": "After"}, by=studio.mira)
    await studio.planner.unschedule(post.id, by=studio.mira)
    await studio.review.edit(post.id, {"title": "After"}, by=studio.mira)
    await studio.planner.publish_now(post.id, by=studio.mira, time_zone="UTC")
    await studio.clock.advance(6)
    await studio.run_until_quiet()

    assert studio.titles_online() == ["After"]


async def test_a_post_deleted_during_the_upload_never_appears(studio: Studio) -> None:
    studio.sandbox.faults.on("stash/submit").hangs(5).after_acting()
    post = await studio.due_now(await studio.an_account())
    await studio.publisher._claim_all()
    await eventually(lambda: studio.sandbox.world.items)

    await studio.review.discard(post.id, by=studio.mira)
    async with studio.store.transaction() as tx:
        await tx.posts.delete(post.id)
    await studio.clock.advance(6)
    await studio.publisher.idle()
    await studio.run_until_quiet()

    assert studio.sandbox.world.deviations == []
    with pytest.raises(NotFound):
        await studio.post(post.id)


async def test_while_the_publish_request_is_out_nothing_can_be_taken_back(studio: Studio) -> None:
    studio.sandbox.faults.on("stash/publish").hangs(5).after_acting()
    post = await studio.due_now(await studio.an_account())
    await studio.publisher._claim_all()
    await eventually(lambda: studio.sandbox.world.deviations)

    for refused in (
        studio.planner.unschedule(post.id, by=studio.mira),
        studio.planner.hold(post.id, by=studio.mira),
        studio.review.discard(post.id, by=studio.mira),
        studio.review.edit(post.id, {"title": "Else"}, by=studio.mira),
    ):
        with pytest.raises(InFlight):
            await refused
    await studio.clock.advance(6)
    await studio.publisher.idle()

    assert (await studio.post(post.id)).status is PostStatus.PUBLISHED


async def test_an_edit_after_the_upload_voids_the_item(studio: Studio) -> None:
    post = await studio.due_in(HOUR, await studio.an_account(), "Before")
    await studio.run_for(HOUR - timedelta(seconds=30))

    await studio.review.edit(post.id, {"title": "After"}, by=studio.mira)
    await studio.run_until_quiet()

    assert studio.titles_online() == ["After"]
    assert (await studio.only(post.id)).orphans == 1 == len(studio.sandbox.world.orphans)


async def test_an_unchanged_item_is_used_again_when_the_post_is_moved(studio: Studio) -> None:
    post = await studio.due_in(HOUR, await studio.an_account())
    await studio.run_for(HOUR - timedelta(seconds=30))

    await studio.plan(post.id, timedelta(days=1))
    await studio.run_until_quiet()

    assert len(studio.sandbox.world.items) == len(studio.sandbox.world.deviations) == 1


async def test_a_post_on_hold_waits_until_it_is_released(studio: Studio) -> None:
    post = await studio.due_in(HOUR, await studio.an_account())
    await studio.run_for(HOUR - timedelta(seconds=30))
    await studio.planner.hold(post.id, by=studio.mira)
    await studio.clock.advance(3 * HOUR)
    await studio.run_until_quiet()
    held = list(studio.titles_online())

    await studio.planner.unhold(post.id, by=studio.mira)
    await studio.run_until_quiet()

    assert held == []
    assert len(studio.titles_online()) == 1


async def test_a_paused_account_publishes_nothing_and_goes_on_when_resumed(studio: Studio) -> None:
    account = await studio.an_account()
    await studio.accounts.pause(account, by=studio.mira)
    await studio.due_now(account)
    await studio.run_until_quiet()
    paused = list(studio.titles_online())

    await studio.accounts.resume(account, by=studio.mira)
    await studio.run_until_quiet()

    assert paused == []
    assert len(studio.titles_online()) == 1


async def test_proof_is_sought_while_the_account_is_paused_but_nothing_repeated(studio: Studio) -> None:
    account = await studio.an_account()
    studio.sandbox.faults.on("stash/publish").drops_the_request()
    post = await studio.due_now(account)
    await studio.publisher.run_once()
    await studio.accounts.pause(account, by=studio.mira)

    await studio.run_for(3 * HOUR)
    sent = studio.requests("stash/publish")
    await studio.accounts.resume(account, by=studio.mira)
    await studio.run_until_quiet()

    assert sent == 1
    assert states(await studio.post(post.id)) == [PublicationState.PUBLISHED]


async def test_unscheduling_a_post_of_which_some_pictures_are_out_keeps_those(studio: Studio) -> None:
    post = await studio.due_now(await studio.an_account(), pictures=3)
    await studio.publisher._claim_all()
    await studio.publisher.idle()
    studio.sandbox.faults.on("stash/submit").limits(retry_after=36000)
    await studio.publisher.run_once()

    draft = await studio.planner.unschedule(post.id, by=studio.mira)
    await studio.run_until_quiet()
    online = len(studio.sandbox.world.deviations)
    await studio.planner.publish_now(post.id, by=studio.mira, time_zone="UTC")
    await studio.run_until_quiet()

    assert draft.status is PostStatus.DRAFT
    assert online == 1
    assert len(studio.sandbox.world.deviations) == 3
    assert (await studio.post(post.id)).status is PostStatus.PUBLISHED


async def test_a_second_life_on_the_same_file_takes_everything_up(tmp_path: Path) -> None:
    async with a_life(tmp_path) as studio:
        post = await studio.due_in(HOUR, await studio.an_account())

        after = await studio.restarted()
        await after.run_until_quiet()
        await after.crash()
        third = await a_studio(studio.home, studio.sandbox, studio.clock)
        assert (await third.post(post.id)).status is PostStatus.PUBLISHED
        await third.crash()
