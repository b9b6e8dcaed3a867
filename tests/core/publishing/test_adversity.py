"""Cases thought up by somebody who wants a work to appear twice, or a post to be lost."""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.account import AccountStatus
from core.accounts import Accounts
from core.deviantart import TokenPair
from core.errors import InFlight, InvalidInput, LeaseLost, StorageUnavailable, WrongState
from core.posts.post import PostStatus
from core.publishing.publication import Doubt, PublicationState
from tests.support.clock import settle
from tests.support.publishing import Studio, a_life, a_studio, check_invariants, states
from tests.support.waiting import eventually

HOUR = timedelta(hours=1)
DAYS = timedelta(days=8)


@pytest.fixture
async def studio(tmp_path: Path) -> AsyncIterator[Studio]:
    async with a_life(tmp_path) as studio:
        yield studio
        check_invariants(studio.database.path, studio.sandbox)


# The same title, again and again


@pytest.mark.parametrize("acted", [True, False])
async def test_two_posts_of_one_title_at_once_are_never_taken_for_each_other(studio: Studio, acted: bool) -> None:
    fault = studio.sandbox.faults.on("stash/publish")
    fault.loses_the_answer() if acted else fault.drops_the_request()
    account = await studio.an_account()
    posts = [await studio.due_now(account, title) for title in ("Untitled", "untitled", "Untitled")]

    await studio.run_until_quiet(within=DAYS)

    links = {(await studio.only(post.id)).deviation_id for post in posts}
    assert links == {work.deviationid for work in studio.sandbox.world.deviations}
    for post in posts:
        bound = await studio.only(post.id)
        work = studio.sandbox.world.find_work(bound.deviation_id or "")
        assert work is not None
        assert work.itemid == bound.item_id


async def test_a_doubt_holds_back_only_its_own_title(studio: Studio) -> None:
    studio.sandbox.faults.on("stash/publish").drops_the_request()
    account = await studio.an_account()
    await studio.due_now(account, "Harbour")
    await studio.due_now(account, "Harbour")
    await studio.due_now(account, "Lighthouse")

    await studio.run_for(timedelta(seconds=30))

    assert studio.titles_online() == ["Lighthouse"]


async def test_a_link_is_not_taken_from_a_later_work_of_the_same_title(studio: Studio) -> None:
    studio.sandbox.world.switches.gallery_omits_next = 1
    studio.sandbox.faults.on("stash/publish").loses_the_answer()
    account = await studio.an_account()
    first = await studio.due_now(account, "Harbour")
    await studio.run_for(timedelta(minutes=30))
    studio.sandbox.faults.on("stash/publish").loses_the_answer()
    second = await studio.due_now(account, "Harbour")

    await studio.run_until_quiet(within=DAYS)

    assert (await studio.only(first.id)).deviation_id is None
    assert (await studio.only(second.id)).deviation_id == studio.sandbox.world.deviations[1].deviationid


async def test_two_works_that_could_be_ours_are_a_question_for_a_person(studio: Studio) -> None:
    account = await studio.an_account()
    other = await studio.due_now(account, "Harbour", stash_only=True)
    await studio.run_until_quiet()
    stashed = await studio.only(other.id)
    studio.sandbox.faults.on("stash/publish").loses_the_answer()
    post = await studio.due_now(account, "Harbour")
    await studio.publisher.run_once()
    studio.sandbox.world.publish_by_hand(stashed.item_id or "", tags=["sea"])

    await studio.run_until_quiet()

    asked = await studio.post(post.id)
    assert asked.publications[0].needs_person
    doubts = await studio.resolve.doubts(post.id, by=studio.mira)
    assert len(doubts[0].candidates) == 2


# What a person answers


async def in_question(studio: Studio, *, acted: bool) -> int:
    fault = studio.sandbox.faults.on("stash/publish")
    if acted:
        studio.sandbox.world.switches.gallery_omits_next = 1
        fault.acts_then_answers(500)
    studio.sandbox.faults.on("stash/publish").answers(500).always()
    post = await studio.due_now(await studio.an_account(), "Harbour")
    await studio.run_until_quiet()
    assert (await studio.only(post.id)).needs_person
    studio.sandbox.faults.clear()
    return post.id


async def test_it_is_online_settles_it_with_the_link(studio: Studio) -> None:
    post_id = await in_question(studio, acted=True)
    url = f"{studio.sandbox.base_url}/mira/art/Harbour-1"

    after = await studio.resolve.online(post_id, url=url, by=studio.mira)

    assert after.status is PostStatus.PUBLISHED
    assert after.publications[0].deviation_url == url
    with pytest.raises(WrongState):
        await studio.resolve.online(post_id, url=url, by=studio.mira)


async def test_a_link_from_elsewhere_is_not_taken(studio: Studio) -> None:
    post_id = await in_question(studio, acted=True)

    for url in (
        "https://example.org/mira/art/Harbour-1",
        "javascript:alert(1)",
        "",
        studio.sandbox.base_url + "/mira",
    ):
        with pytest.raises(InvalidInput):
            await studio.resolve.online(post_id, url=url, by=studio.mira)


async def test_a_link_that_another_picture_has_is_not_taken(studio: Studio) -> None:
    account = await studio.an_account()
    first = await studio.due_now(account, "First")
    await studio.run_until_quiet()
    taken = (await studio.only(first.id)).deviation_url
    assert taken is not None
    post_id = await in_question(studio, acted=False)

    with pytest.raises(InvalidInput):
        await studio.resolve.online(post_id, url=taken, by=studio.mira)


@pytest.mark.parametrize("acted", [True, False])
async def test_it_is_not_online_publishes_the_same_item_and_never_a_second_work(studio: Studio, acted: bool) -> None:
    post_id = await in_question(studio, acted=acted)

    await studio.resolve.offline(post_id, by=studio.mira)
    await studio.run_until_quiet(within=DAYS)

    assert (await studio.post(post_id)).status is PostStatus.PUBLISHED
    assert len(studio.sandbox.world.deviations) == 1
    assert len(studio.sandbox.world.items) == 1


async def test_a_new_upload_needs_code_7_and_a_second_word(studio: Studio) -> None:
    post_id = await in_question(studio, acted=False)
    studio.sandbox.faults.on("stash/publish").refuses_with_code(7)
    await studio.resolve.offline(post_id, by=studio.mira)
    await studio.run_until_quiet()
    lost = await studio.only(post_id)

    await studio.resolve.offline(post_id, by=studio.mira)
    await studio.run_until_quiet()

    assert lost.needs_person
    assert lost.doubt is Doubt.ITEM_LOST
    assert (await studio.post(post_id)).status is PostStatus.PUBLISHED
    assert len(studio.sandbox.world.items) == 2
    assert len(studio.sandbox.world.deviations) == 1


async def test_while_deviantart_is_being_asked_a_person_cannot_answer(studio: Studio) -> None:
    studio.sandbox.faults.on("stash/publish").drops_the_request()
    post = await studio.due_now(await studio.an_account())
    await studio.publisher.run_once()
    fault = studio.sandbox.faults.on("gallery/all").hangs(5)
    await studio.clock.advance(timedelta(seconds=6))
    await studio.publisher._claim_all()
    await eventually(lambda: fault.fired)

    with pytest.raises(InFlight):
        await studio.resolve.offline(post.id, by=studio.mira)
    await studio.clock.advance(timedelta(seconds=6))
    await studio.run_until_quiet()

    assert len(studio.sandbox.world.deviations) == 1


# Code 9 where nobody expects it


async def test_code_9_on_a_first_send_finds_what_was_published_by_hand(studio: Studio) -> None:
    post = await studio.due_in(HOUR, await studio.an_account(), "Harbour")
    await studio.run_for(HOUR - timedelta(seconds=30))
    item_id = (await studio.only(post.id)).item_id
    await studio.clock.advance(timedelta(seconds=28))
    studio.sandbox.world.publish_by_hand(item_id or "")

    await studio.run_until_quiet()

    assert (await studio.post(post.id)).status is PostStatus.PUBLISHED
    assert len(studio.sandbox.world.deviations) == 1


async def test_code_9_on_a_first_send_without_a_trace_asks_a_person(studio: Studio) -> None:
    studio.sandbox.faults.on("stash/publish").refuses_with_code(9).always()
    post = await studio.due_now(await studio.an_account(), "Harbour")

    await studio.run_until_quiet()

    after = await studio.only(post.id)
    assert after.needs_person
    assert after.doubt is Doubt.FOREIGN
    assert studio.requests("stash/publish") == 1


async def test_known_bytes_are_no_proof_that_this_post_is_public(studio: Studio) -> None:
    studio.sandbox.world.switches.known_bytes_count_as_published = True
    account = await studio.an_account()
    first = await studio.due_now(account, "First")
    await studio.run_until_quiet()
    again = await studio.a_draft(account, "Second")
    picture = (await studio.post(first.id)).files[0]
    async with studio.store.transaction() as tx:
        await tx.posts._db.run(
            "UPDATE file SET sha256 = :sha, bytes = :bytes, width = :width, height = :height WHERE post_id = :id",
            {
                "sha": picture.sha256,
                "bytes": picture.bytes,
                "width": picture.width,
                "height": picture.height,
                "id": again.id,
            },
        )
    await studio.planner.publish_now(again.id, by=studio.mira, time_zone="UTC")

    await studio.run_until_quiet()

    assert (await studio.only(again.id)).needs_person
    assert studio.titles_online() == ["First"]


# Clocks


@pytest.mark.parametrize("hours", [-1, 1])
async def test_a_clock_an_hour_off_still_finds_its_work_and_only_its_work(studio: Studio, hours: int) -> None:
    account = await studio.an_account()
    older = await studio.due_now(account, "Older", stash_only=True)
    await studio.run_until_quiet()
    item = await studio.only(older.id)
    studio.sandbox.world.switches.clock_offset_seconds = hours * 3600
    decoy = studio.sandbox.world.publish_by_hand(item.item_id or "", tags=["sea"])
    decoy.title = "Harbour"
    await studio.clock.advance(timedelta(minutes=2))
    studio.sandbox.faults.on("stash/publish").loses_the_answer()
    post = await studio.due_now(account, "Harbour")

    await studio.run_until_quiet()

    after = await studio.only(post.id)
    assert after.state is PublicationState.PUBLISHED
    assert after.deviation_id == studio.sandbox.world.deviations[1].deviationid
    assert studio.requests("stash/publish") == 1


async def swept(studio: Studio, seconds: float = 31) -> None:
    """Let time pass in the running publisher until it has looked for work once more."""
    before = studio.publisher.sweeps
    await studio.clock.advance(seconds)
    await eventually(lambda: studio.publisher.sweeps > before)
    await studio.publisher.idle()


async def test_a_clock_that_jumps_ahead_for_a_moment_fires_nothing_early(studio: Studio) -> None:
    await studio.due_in(3 * HOUR, await studio.an_account())
    running = asyncio.create_task(studio.publisher.run())
    await eventually(lambda: studio.publisher.sweeps)

    studio.clock.jump(4 * HOUR)
    await swept(studio)
    studio.clock.jump(-4 * HOUR)
    await swept(studio)
    await swept(studio, 120)
    await studio.publisher.stop(timedelta(0))
    await running

    assert studio.sandbox.world.items == []


async def test_a_clock_that_is_set_ahead_for_good_is_believed_after_a_while(studio: Studio) -> None:
    await studio.due_in(3 * HOUR, await studio.an_account())
    running = asyncio.create_task(studio.publisher.run())
    await eventually(lambda: studio.publisher.sweeps)

    studio.clock.jump(4 * HOUR)
    for _ in range(4):
        await swept(studio)
    await eventually(lambda: studio.sandbox.world.deviations)
    await studio.publisher.stop(timedelta(seconds=5))
    await running


async def test_a_clock_set_back_does_not_stop_an_account_that_waits_for_its_pace(tmp_path: Path) -> None:
    async with a_life(tmp_path, base_delay=timedelta(seconds=10)) as studio:
        account = await studio.an_account()
        studio.clock.jump(6 * HOUR)
        await studio.due_now(account, "First")
        running = asyncio.create_task(studio.publisher.run())
        await eventually(lambda: studio.sandbox.world.deviations)
        await studio.publisher.idle()

        studio.clock.jump(-5 * HOUR)
        await studio.due_now(account, "Second")
        for _ in range(3):
            await swept(studio)

        await eventually(lambda: len(studio.sandbox.world.deviations) == 2)
        await studio.publisher.stop(timedelta(seconds=5))
        await running


# Processes


async def test_a_process_that_slept_through_its_lease_does_not_publish_beside_another(studio: Studio) -> None:
    """Its lease ran out while it was suspended, and somebody voided it. Waking, it changes and sends nothing."""
    studio.sandbox.faults.on("stash/submit").hangs(5).after_acting()
    post = await studio.due_now(await studio.an_account())
    await studio.publisher._claim_all()
    await eventually(lambda: studio.sandbox.world.items)
    studio.clock.jump(HOUR)
    other = await a_studio(studio.home, studio.sandbox, studio.clock)

    await other.publisher.recover()
    await other.run_until_quiet()
    await studio.clock.advance(6)
    await studio.publisher.idle()

    assert len(studio.sandbox.world.deviations) == 1
    assert states(await studio.post(post.id)) == [PublicationState.PUBLISHED]
    await other.crash()


async def test_a_process_that_wakes_during_a_repeat_makes_no_second_work(studio: Studio) -> None:
    studio.sandbox.faults.on("stash/publish").drops_the_request()
    post = await studio.due_now(await studio.an_account())
    await studio.run_for(timedelta(seconds=100))
    # The repeat leaves, and the process sleeps before it reads the answer.
    studio.sandbox.faults.on("stash/publish").hangs(5).after_acting()
    await studio.clock.advance(timedelta(seconds=60))
    await studio.publisher._claim_all()
    await eventually(lambda: studio.sandbox.world.deviations)
    studio.clock.jump(HOUR)
    other = await a_studio(studio.home, studio.sandbox, studio.clock)

    await other.publisher.recover()
    await other.run_until_quiet()
    await studio.clock.advance(6)
    await studio.publisher.idle()

    assert len(studio.sandbox.world.deviations) == 1
    assert states(await studio.post(post.id)) == [PublicationState.PUBLISHED]
    await other.crash()


async def test_the_own_task_is_not_taken_for_dead_when_its_lease_ran_out(studio: Studio) -> None:
    studio.sandbox.faults.on("stash/publish").hangs(5).after_acting()
    await studio.due_now(await studio.an_account())
    await studio.publisher._claim_all()
    await eventually(lambda: studio.sandbox.world.deviations)
    studio.clock.jump(HOUR)

    recovered = await studio.publisher.recover()
    await studio.clock.advance(6)
    await studio.run_until_quiet()

    assert recovered == 0
    assert len(studio.sandbox.world.deviations) == 1


async def test_a_late_writer_changes_no_row(studio: Studio) -> None:
    post = await studio.due_now(await studio.an_account())
    stale = await studio.only(post.id)
    await studio.run_until_quiet()

    with pytest.raises(LeaseLost):
        async with studio.store.transaction() as tx:
            await tx.publications.save(
                replace(stale, state=PublicationState.SCHEDULED),
                lease_token=stale.lease_token,
                expected=PublicationState.SCHEDULED,
            )


# Accounts


async def test_reconnecting_as_somebody_else_takes_over_nothing(studio: Studio) -> None:
    mira = await studio.an_account("mira")
    await studio.due_now(mira, "Of mira")
    studio.sandbox.world.tokens.revoke_all("mira")
    await studio.run_until_quiet()

    juno = await studio.an_account("juno")
    await studio.run_until_quiet()

    assert juno != mira
    assert studio.sandbox.world.deviations == []
    async with studio.store.transaction() as tx:
        assert (await tx.accounts.get(mira)).status is AccountStatus.RECONNECT


async def test_a_doubt_survives_a_disconnection_and_is_settled_after_the_reconnection(studio: Studio) -> None:
    studio.sandbox.faults.on("stash/publish").loses_the_answer()
    post = await studio.due_now(await studio.an_account())
    await studio.publisher.run_once()
    studio.sandbox.world.tokens.revoke_all("mira")
    await studio.run_for(3 * HOUR)
    waiting = await studio.post(post.id)

    await studio.an_account("mira")
    await studio.run_until_quiet()

    assert waiting.status is PostStatus.PUBLISHING
    assert (await studio.post(post.id)).status is PostStatus.PUBLISHED
    assert len(studio.sandbox.world.deviations) == 1


async def test_many_who_need_a_token_at_once_spend_one_refresh(studio: Studio) -> None:
    account = await studio.an_account()
    await studio.clock.advance(2 * HOUR)

    tokens = await asyncio.gather(*[studio.accounts.access_token(account) for _ in range(20)])

    assert len(set(tokens)) == 1
    assert [note.outcome for note in studio.sandbox.world.refreshes] == ["rotated"]


async def test_a_refresh_is_finished_although_who_asked_for_it_is_gone(studio: Studio) -> None:
    account = await studio.an_account()
    await studio.clock.advance(2 * HOUR)
    studio.sandbox.faults.on("oauth2/token/refresh_token").hangs(5).after_acting()
    asking = asyncio.create_task(studio.accounts.access_token(account))
    await eventually(lambda: studio.sandbox.world.refreshes)

    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    await studio.clock.advance(6)
    await studio.accounts.drain()

    await studio.accounts.access_token(account)
    assert [note.outcome for note in studio.sandbox.world.refreshes] == ["rotated"]


async def test_new_tokens_are_kept_although_the_disk_was_full_for_a_while(studio: Studio) -> None:
    account = await studio.an_account()
    await studio.clock.advance(2 * HOUR)
    full = FullDisk(studio.store, times=3)
    accounts = Accounts(full, studio.oauth, studio.deviantart, studio.clock)
    refreshing = asyncio.create_task(accounts.access_token(account))
    await eventually(lambda: full.refused)

    while not refreshing.done():
        # Its next pause begins when the roll-back has come back from the database's thread.
        await studio.clock.advance(5)
        await settle(200)
    token = await refreshing

    assert token
    async with studio.store.transaction() as tx:
        kept = await tx.accounts.tokens(await tx.accounts.get(account))
    assert kept.access_token == token


class FullDisk:
    """Refuses to keep tokens, so many times."""

    def __init__(self, store: Any, *, times: int) -> None:
        self._store = store
        self._times = times
        self.refused = 0

    def transaction(self) -> Any:
        return self._Transaction(self)

    class _Transaction:
        def __init__(self, disk: "FullDisk") -> None:
            self._disk = disk
            self._inner = disk._store.transaction()

        async def __aenter__(self) -> Any:
            self._tx = await self._inner.__aenter__()
            real = self._tx.accounts.save_tokens

            async def save_tokens(account: Any, pair: TokenPair, *, at: Any) -> Any:
                if self._disk.refused < self._disk._times:
                    self._disk.refused += 1
                    raise StorageUnavailable("database or disk is full")
                return await real(account, pair, at=at)

            self._tx.accounts.save_tokens = save_tokens
            return self._tx

        async def __aexit__(self, *error: Any) -> Any:
            return await self._inner.__aexit__(*error)


async def test_a_gallery_that_refuses_this_token_for_ever_does_not_keep_a_doubt_open(studio: Studio) -> None:
    studio.sandbox.faults.on("stash/publish").loses_the_answer()
    studio.sandbox.faults.on("gallery/all").says_invalid_token().always()
    post = await studio.due_now(await studio.an_account())

    await studio.run_until_quiet()

    after = await studio.only(post.id)
    assert after.state is PublicationState.PUBLISHED
    assert len(studio.sandbox.world.deviations) == 1
    assert all(note.outcome == "rotated" for note in studio.sandbox.world.refreshes)
    assert len(studio.sandbox.world.refreshes) < 100


# Storage


async def test_a_picture_whose_file_is_gone_says_so_and_stops(studio: Studio) -> None:
    draft = await studio.a_draft(await studio.an_account())
    await studio.images.delete(draft.files[0].sha256)
    await studio.planner.publish_now(draft.id, by=studio.mira, time_zone="UTC")

    await studio.run_until_quiet()

    after = await studio.post(draft.id)
    assert after.status is PostStatus.FAILED
    assert after.failure is not None
    assert "gone" in after.failure.message


async def test_a_locked_database_stops_the_claiming_and_it_resumes_by_itself(studio: Studio) -> None:
    await studio.due_now(await studio.an_account())
    async with studio.database.transaction() as connection:
        await connection.run("PRAGMA busy_timeout = 1")
    locker = sqlite3.connect(studio.database.path, isolation_level=None)
    locker.execute("BEGIN IMMEDIATE")
    running = asyncio.create_task(studio.publisher.run())
    await eventually(lambda: studio.publisher.state.trouble)
    during = studio.publisher.state.trouble

    locker.execute("ROLLBACK")
    locker.close()
    await studio.clock.advance(6)
    await eventually(lambda: studio.sandbox.world.deviations)
    await eventually(lambda: studio.publisher.state.trouble is None)
    await studio.publisher.stop(timedelta(seconds=5))
    await running

    assert "locked" in (during or "")


async def test_a_full_disk_stops_the_claiming_and_it_resumes_by_itself(studio: Studio) -> None:
    account = await studio.an_account()
    for number in range(3):
        await studio.due_now(account, f"Work {number}", description="long " * 2000)
    async with studio.database.transaction() as connection:
        pages = await connection.one("PRAGMA page_count")
        assert pages is not None
        await connection.one(f"PRAGMA max_page_count = {pages[0]}")
    # What is free inside the file is used up first.
    filler = "INSERT INTO post_event (at, user_id, kind, text) VALUES (0, 1, 'filler', hex(zeroblob(:size)))"
    for size in (300, 1):
        with contextlib.suppress(StorageUnavailable):
            for _ in range(1000):
                async with studio.database.transaction() as connection:
                    await connection.run(filler, {"size": size})
    running = asyncio.create_task(studio.publisher.run())
    await eventually(lambda: studio.publisher.state.trouble)
    during = studio.publisher.state.trouble

    async with studio.database.transaction() as connection:
        await connection.one("PRAGMA max_page_count = 1000000")
    for _ in range(60):
        await studio.clock.advance(10)
        await studio.publisher.idle()
        if len(studio.sandbox.world.deviations) == 3:
            break
        await studio.publisher.recover()
        await settle(500)
    await eventually(lambda: studio.publisher.state.trouble is None)
    await studio.publisher.stop(timedelta(seconds=5))
    await running

    assert "full" in (during or "")
    assert sorted(studio.titles_online()) == ["Work 0", "Work 1", "Work 2"]
