"""After a restore: what went public since the backup is found and bound, the rest waits, nothing appears twice."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from core.errors import WrongState
from core.posts.post import PostStatus
from core.publishing.release import Release
from data.backup import Secret, mark_restored, read_backup, write_backup
from data.database import Database
from data.reads import DatabaseReads
from tests.support.publishing import Studio, a_life, a_studio
from tests.support.waiting import eventually

HOUR = timedelta(hours=1)
SECRET = Secret(keys=("a key for tests only",))
SINCE = 20


@asynccontextmanager
async def a_release(studio: Studio) -> AsyncIterator[Release]:
    database = Database(studio.home / "isekai.db", readers=1)
    await database.open()
    try:
        yield Release(studio.store, DatabaseReads(database), studio.accounts, studio.deviantart, studio.clock)
    finally:
        await database.close()


async def restored_elsewhere(studio: Studio, backup: Path, home: Path) -> Studio:
    """The process died, and the backup is put into an empty home."""
    await studio.crash()
    home.mkdir()
    manifest = read_backup(backup, home, secret=SECRET)
    mark_restored(home / "isekai.db", manifest, now=studio.clock.now())
    after = await a_studio(home, studio.sandbox, studio.clock)
    await after.publisher.recover(at_start=True)
    await after.an_account()  # connected again: the restored refresh token was spent since
    return after


async def test_what_was_published_after_the_backup_is_found_and_the_rest_waits(tmp_path: Path) -> None:
    async with a_life(tmp_path / "first") as studio:
        account = await studio.an_account()
        before = await studio.due_now(account, "Out before the backup")
        await studio.run_until_quiet()
        since = [await studio.due_in(HOUR, account, f"Out since {number}") for number in range(SINCE)]
        waiting = await studio.due_in(4 * HOUR, account, "Still waiting")
        backup = tmp_path / "kept.backup"
        write_backup(
            backup,
            database=studio.home / "isekai.db",
            images=studio.home / "images",
            secret=SECRET,
            now=studio.clock.now(),
        )
        await studio.run_for(2 * HOUR)
        assert len(studio.titles_online()) == SINCE + 1

        after = await restored_elsewhere(studio, backup, tmp_path / "second")
        try:
            async with a_release(after) as release:
                await after.run_for(3 * HOUR)
                assert len(after.titles_online()) == SINCE + 1
                await release.check()

                for post in since:
                    found = await after.post(post.id)
                    assert found.status is PostStatus.PUBLISHED
                    assert found.publications[0].deviation_url
                assert (await after.post(before.id)).status is PostStatus.PUBLISHED
                assert (await after.post(waiting.id)).status is PostStatus.SCHEDULED
                assert (await release.state()).is_paused

                await release.release(by=after.mira)
            await after.run_for(HOUR)
            assert (await after.post(waiting.id)).status is PostStatus.PUBLISHED
            assert sorted(after.titles_online()) == sorted(set(after.titles_online()))
            assert len(after.titles_online()) == SINCE + 2
        finally:
            await after.crash()


async def test_works_that_could_be_either_of_two_posts_hold_both_back(tmp_path: Path) -> None:
    async with a_life(tmp_path / "first") as studio:
        account = await studio.an_account()
        one = await studio.due_in(HOUR, account, "Twins")
        other = await studio.due_in(3 * HOUR, account, "Twins")
        backup = tmp_path / "kept.backup"
        write_backup(backup, database=studio.home / "isekai.db", images=None, secret=SECRET, now=studio.clock.now())
        await studio.run_for(2 * HOUR)

        after = await restored_elsewhere(studio, backup, tmp_path / "second")
        try:
            async with a_release(after) as release:
                await release.release(by=after.mira)
            await after.run_for(4 * HOUR)

            assert [(await after.post(post.id)).held for post in (one, other)] == [True, True]
            assert after.titles_online() == ["Twins"]
        finally:
            await after.crash()


async def test_an_instance_that_was_not_restored_has_nothing_to_release(tmp_path: Path) -> None:
    async with a_life(tmp_path / "home") as studio, a_release(studio) as release:
        with pytest.raises(WrongState):
            await release.release(by=studio.mira)


async def test_a_work_whose_tags_were_changed_since_holds_its_post_back(tmp_path: Path) -> None:
    async with a_life(tmp_path / "first") as studio:
        account = await studio.an_account()
        post = await studio.due_in(HOUR, account, "Harbour")
        series = await studio.due_in(HOUR, account, "Series", pictures=3)
        backup = tmp_path / "kept.backup"
        write_backup(backup, database=studio.home / "isekai.db", images=None, secret=SECRET, now=studio.clock.now())
        await studio.review.edit(post.id, {"tags": ["other", "words"]}, by=studio.mira)
        await studio.run_for(2 * HOUR)
        # Of the three pictures only two are out: which, nobody can tell from the gallery.
        studio.sandbox.world.delete(studio.sandbox.world.deviations[-1])

        after = await restored_elsewhere(studio, backup, tmp_path / "second")
        try:
            async with a_release(after) as release:
                await release.release(by=after.mira)
            await after.run_for(4 * HOUR)

            assert (await after.post(post.id)).held
            assert (await after.post(series.id)).held
            assert len(after.titles_online()) == 3
        finally:
            await after.crash()


async def test_a_backup_taken_in_the_middle_of_a_publication_settles_by_proof(tmp_path: Path) -> None:
    async with a_life(tmp_path / "first") as studio:
        fault = studio.sandbox.faults.on("stash/publish").hangs(5).after_acting()
        post = await studio.due_now(await studio.an_account(), "Harbour")
        await studio.publisher._claim_all()
        await eventually(lambda: fault.fired)
        backup = tmp_path / "kept.backup"
        write_backup(backup, database=studio.home / "isekai.db", images=None, secret=SECRET, now=studio.clock.now())
        await studio.clock.advance(6)
        await studio.publisher.idle()

        after = await restored_elsewhere(studio, backup, tmp_path / "second")
        try:
            async with a_release(after) as release:
                await release.check()
                await after.run_for(HOUR)
                assert (await after.post(post.id)).status is PostStatus.PUBLISHED
                await release.release(by=after.mira)
            await after.run_for(HOUR)

            assert after.titles_online() == ["Harbour"]
        finally:
            await after.crash()


async def test_an_account_nobody_can_look_into_stays_behind_when_the_others_go_on(tmp_path: Path) -> None:
    async with a_life(tmp_path / "first") as studio:
        mira, juno = await studio.an_account("mira"), await studio.an_account("juno")
        first = await studio.due_in(HOUR, mira, "Of mira")
        second = await studio.due_in(HOUR, juno, "Of juno")
        backup = tmp_path / "kept.backup"
        write_backup(
            backup,
            database=studio.home / "isekai.db",
            images=studio.home / "images",
            secret=SECRET,
            now=studio.clock.now(),
        )
        studio.sandbox.world.tokens.revoke_all("juno")
        await studio.clock.advance(2 * HOUR)

        after = await restored_elsewhere(studio, backup, tmp_path / "second")
        try:
            async with a_release(after) as release:
                await release.release(by=after.mira)
            await after.an_account("juno")
            await after.run_for(HOUR)

            assert (await after.post(first.id)).status is PostStatus.PUBLISHED
            assert (await after.post(second.id)).status is PostStatus.SCHEDULED
            async with after.store.transaction() as tx:
                assert (await tx.accounts.get(juno)).paused_at is not None
        finally:
            await after.crash()
