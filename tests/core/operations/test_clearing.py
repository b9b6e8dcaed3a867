"""Only what no row and no kept backup needs is cleared away, and only while nobody holds pictures."""

import asyncio
import hashlib
import inspect
import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from core.clock import SystemClock
from core.operations.clearing import REPORT, Clearing
from core.operations.findings import span
from core.posts.files import NewFile
from core.posts.pictures import ImageStore
from core.posts.post import PostStatus
from data.backup import Secret, write_backup
from data.backup_pictures import TABLES, BackupPictures
from data.health import HealthReader
from data.images.hold import PictureHold
from data.images.local import LocalImages
from data.images.s3 import S3Images
from data.images.s3_client import S3Client
from data.posts import Posts
from tests.data.images.test_local import kept
from tests.support.clock import FakeClock, settle
from tests.support.programs import House, a_house
from tests.support.s3 import s3_server, s3_settings

KEY = Secret(keys=("the key of this instance",))


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with s3_server() as address:
        yield address


class Shelf:
    """A house whose pictures were all kept two days ago."""

    def __init__(self, house: House, images: ImageStore, home: Path) -> None:
        self.house = house
        self.images = images
        self.home = home
        self.clock = FakeClock(SystemClock().now() + timedelta(days=2))
        self.backups = BackupPictures(
            home / "backups" / "pictures",
            backups=lambda: [*(home / "backups").glob("*.backup"), *(home / "backups").glob("*.db")],
            secret=lambda: KEY,
        )
        self.clearing = Clearing(house.store, images, self.backups, self.clock)

    async def a_post(self, content: bytes, status: PostStatus = PostStatus.DRAFT) -> tuple[int, str]:
        sha256 = await kept(self.images, content)
        await self.images.keep_thumb(sha256, b"thumb")
        file = NewFile(name="a.png", mime="image/png", bytes=len(content), width=1, height=1, sha256=sha256)
        return (await self.house.post(status=status, files=(file,))).id, sha256

    async def forget(self, post_id: int) -> None:
        async with self.house.store.transaction() as tx:
            await tx.posts.delete(post_id)

    def back_up(self, *, images: bool = False, secret: Secret = KEY) -> Path:
        target = self.home / "backups" / "daily-20261101-030000.backup"
        pictures = self.home / "images" if images else None
        database = self.house.database.path
        write_backup(target, database=database, images=pictures, secret=secret, now=self.clock.now())
        return target


@asynccontextmanager
async def in_a_bucket(server: str, spool: Path) -> AsyncIterator[S3Images]:
    settings = s3_settings(server)
    client = S3Client(settings)
    await (await client.get()).create_bucket(Bucket=settings.bucket)
    images = S3Images(settings, spool=spool, client=client)
    images.prepare()
    try:
        yield images
    finally:
        await images.close()


@pytest.fixture
async def shelf(tmp_path: Path) -> AsyncIterator[Shelf]:
    async with a_house(tmp_path) as house:
        yield Shelf(house, house.images, tmp_path)


@pytest.fixture(params=["local", "s3"])
async def any_shelf(request: pytest.FixtureRequest, tmp_path: Path, server: str) -> AsyncIterator[Shelf]:
    async with a_house(tmp_path) as house:
        if request.param == "local":
            yield Shelf(house, house.images, tmp_path)
        else:
            async with in_a_bucket(server, tmp_path / "images" / "incoming") as images:
                yield Shelf(house, images, tmp_path)


async def test_what_no_row_needs_goes_with_its_thumbnail(any_shelf: Shelf) -> None:
    post_id, gone = await any_shelf.a_post(b"gone")
    _, needed = await any_shelf.a_post(b"needed")
    await any_shelf.forget(post_id)

    seen = [item.sha256 async for item in any_shelf.clearing.orphans()]
    report = await any_shelf.clearing.run()

    assert seen == [gone]
    assert (report.removed, report.bytes, report.problem) == (1, 4, "")
    assert not await any_shelf.images.exists(gone)
    assert await any_shelf.images.read_thumb(gone) is None
    assert await any_shelf.images.exists(needed)


async def test_pages_of_pictures_are_all_looked_at(any_shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.operations.clearing.A_STEP", 3)
    for number in range(7):
        await kept(any_shelf.images, b"nobody's %d" % number)
    _, needed = await any_shelf.a_post(b"needed")

    report = await any_shelf.clearing.run()

    assert report.removed == 7
    assert [item.sha256 async for item in any_shelf.images.iterate()] == [needed]


async def test_a_picture_on_its_way_in_is_left_alone(any_shelf: Shelf) -> None:
    staged = await kept(any_shelf.images, b"its row comes in a moment")
    any_shelf.clock.jump(-timedelta(days=2))

    report = await any_shelf.clearing.run()

    assert (report.looked_at, report.removed) == (0, 0)
    assert await any_shelf.images.exists(staged)


async def test_the_thumbnail_of_a_removed_original_goes_with_its_last_row(any_shelf: Shelf) -> None:
    images = any_shelf.images
    here, shown = await any_shelf.a_post(b"published long ago", PostStatus.PUBLISHED)
    await images.remove_old(shown, before=any_shelf.clock.now(), with_thumb=False)

    await any_shelf.clearing.run()
    assert await images.read_thumb(shown) == b"thumb"

    await any_shelf.forget(here)
    await any_shelf.clearing.run()
    assert await images.read_thumb(shown) is None


async def test_a_backup_without_pictures_keeps_what_its_rows_need(any_shelf: Shelf) -> None:
    post_id, sha256 = await any_shelf.a_post(b"in the backup")
    backup = any_shelf.back_up()
    await any_shelf.forget(post_id)

    report = await any_shelf.clearing.run()
    assert (report.removed, report.for_backups) == (0, 2)  # the file, and its thumbnail
    assert await any_shelf.images.exists(sha256)

    backup.unlink()
    assert (await any_shelf.clearing.run()).removed == 1
    assert not await any_shelf.images.exists(sha256)
    assert list((any_shelf.home / "backups" / "pictures").iterdir()) == []


async def test_a_copy_from_before_a_migration_counts_as_a_backup(shelf: Shelf) -> None:
    post_id, sha256 = await shelf.a_post(b"in the copy")
    (shelf.home / "backups").mkdir(exist_ok=True)
    with (
        sqlite3.connect(shelf.home / "backups" / "before-migration-20261101-030000.db") as copy,
        sqlite3.connect(shelf.house.database.path) as database,
    ):
        database.backup(copy)
    copy.close()
    database.close()
    await shelf.forget(post_id)

    await shelf.clearing.run()

    assert await shelf.images.exists(sha256)


async def test_a_backup_that_does_not_open_stops_everything_and_is_named(shelf: Shelf) -> None:
    sha256 = await kept(shelf.images, b"nobody's")
    shelf.back_up(secret=Secret(keys=("another key",)))

    report = await shelf.clearing.run()

    assert await shelf.images.exists(sha256)
    assert "daily-20261101-030000.backup" in report.problem
    assert not report.waits


async def test_a_backup_is_opened_once(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    await kept(shelf.images, b"nobody's")
    shelf.back_up()
    await shelf.clearing.run()
    await kept(shelf.images, b"nobody's either")
    monkeypatch.setattr("data.backup_pictures.unpack_database", None)

    assert (await shelf.clearing.run()).removed == 1


async def test_nothing_goes_while_pictures_are_moved_exported_or_backed_up(any_shelf: Shelf) -> None:
    sha256 = await kept(any_shelf.images, b"nobody's")

    async with any_shelf.images.held():
        report = await any_shelf.clearing.run()

    assert await any_shelf.images.exists(sha256)
    assert report.waits
    assert (await any_shelf.clearing.run()).removed == 1


async def test_who_holds_pictures_waits_for_the_end_of_a_step(tmp_path: Path) -> None:
    hold = PictureHold(tmp_path / "hold.lock")

    async def hold_them() -> None:
        async with hold.held():
            pass

    with hold.alone() as alone:
        holding = asyncio.create_task(hold_them())
        done, _ = await asyncio.wait({holding}, timeout=0.02)
        assert alone
        assert not done
    await holding


async def test_a_given_up_wait_leaves_no_lock_behind(tmp_path: Path) -> None:
    hold = PictureHold(tmp_path / "hold.lock")
    with hold.alone():
        waiting = asyncio.create_task(hold.held().__aenter__())
        await settle(1)
        waiting.cancel()
    await asyncio.wait({waiting})

    with hold.alone() as alone:
        assert alone


class Between:
    """Says that no backup needs anything, after something else has happened."""

    def __init__(self, happens: Callable[[], None]) -> None:
        self._happens = happens

    def pictures_needed(self, sha256s: Collection[str]) -> frozenset[str]:
        self._happens()
        return frozenset()


def aged(images: LocalImages, sha256: str) -> None:
    two_days_ago = (SystemClock().now() - timedelta(days=2)).timestamp()
    os.utime(images.path_of(sha256), (two_days_ago, two_days_ago))


async def test_a_picture_kept_again_after_its_rows_were_looked_for_stays(shelf: Shelf) -> None:
    images = shelf.house.images
    sha256 = await kept(images, b"once more")
    aged(images, sha256)
    loop = asyncio.get_running_loop()

    def somebody_uploads_it() -> None:
        asyncio.run_coroutine_threadsafe(kept(images, b"once more"), loop).result(10)

    report = await Clearing(shelf.house.store, images, Between(somebody_uploads_it), SystemClock()).run()

    assert (report.looked_at, report.removed) == (1, 0)
    assert await images.exists(sha256)


async def test_keeping_and_removing_at_once_never_loses_what_was_kept(tmp_path: Path) -> None:
    images = LocalImages(tmp_path, spare_bytes=0)
    images.prepare()
    content = b"wanted and unwanted"
    sha256 = hashlib.sha256(content).hexdigest()
    hour_ago = SystemClock().now() - timedelta(hours=1)

    for _ in range(60):
        await kept(images, content)
        aged(images, sha256)
        await asyncio.gather(
            images.remove_old(sha256, before=hour_ago, with_thumb=True),
            kept(images, content),
            images.remove_old(sha256, before=hour_ago, with_thumb=True),
        )
        assert images.path_of(sha256).read_bytes() == content


async def test_the_job_looks_once_a_day_and_at_once_again_when_something_was_in_the_way(shelf: Shelf) -> None:
    async def report() -> dict[str, object]:
        await shelf.clearing.clean()
        async with shelf.house.store.transaction() as tx:
            said = await tx.instance.get(REPORT)
        assert isinstance(said, dict)
        return said

    await kept(shelf.images, b"nobody's")
    async with shelf.images.held():
        assert (await report())["waits"]
    assert (await report())["removed"] == 1
    first = await report()
    shelf.clock.jump(timedelta(hours=19))
    assert await report() == first
    shelf.clock.jump(timedelta(hours=2))
    assert (await report())["removed"] == 0
    assert span(timedelta(hours=21)) == "21 hours"


async def test_uploads_that_nobody_completed_are_removed_from_the_bucket(tmp_path: Path, server: str) -> None:
    async with a_house(tmp_path) as house, in_a_bucket(server, tmp_path / "images" / "incoming") as images:
        shelf = Shelf(house, images, tmp_path)
        client = await images._client.get()  # what a browser and a process that died leave behind
        bucket = images._bucket
        await client.put_object(Bucket=bucket, Key=images._upload_key("cd" * 32), Body=b"x")
        await client.create_multipart_upload(Bucket=bucket, Key=images._file_key("ab" * 32))

        report = await shelf.clearing.run()

        assert report.leftovers == 2
        assert "Contents" not in await client.list_objects_v2(Bucket=bucket)
        assert "Uploads" not in await client.list_multipart_uploads(Bucket=bucket)


async def test_the_health_of_the_instance_tells_of_the_last_look(shelf: Shelf) -> None:
    await kept(shelf.images, b"nobody's")
    assert (await HealthReader(shelf.house.database).kept()).cleared is None

    await shelf.clearing.clean()

    cleared = (await HealthReader(shelf.house.database).kept()).cleared
    assert cleared is not None
    assert (cleared.removed, cleared.bytes) == (1, 8)


async def test_every_table_that_names_pictures_is_asked(shelf: Shelf) -> None:
    with sqlite3.connect(shelf.house.database.path) as database:
        tables = database.execute(
            "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c ON c.name LIKE '%sha256%'"
            " WHERE m.type = 'table' AND m.name <> 'leaving_picture' ORDER BY m.name"  # what is to go
        ).fetchall()
    database.close()

    assert tuple(name for (name,) in tables) == TABLES
    assert all(f"FROM {table} " in inspect.getsource(Posts.needed_pictures) for table in TABLES)
