"""Images on local disk: whole or not at all, named by content, swept at start."""

import asyncio
import hashlib
from datetime import timedelta
from pathlib import Path

import pytest

from core.errors import NotFound, StorageUnavailable, TooLarge
from core.posts.pictures import ImageStore
from data.images.local import LocalImages

CONTENT = b"picture" * 1000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def images(tmp_path: Path) -> LocalImages:
    store = LocalImages(tmp_path / "images", spare_bytes=0)
    store.prepare()
    return store


def files_below(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


async def kept(images: ImageStore, content: bytes = CONTENT) -> str:
    async with images.incoming(max_bytes=10_000_000) as file:
        for start in range(0, len(content), 999):
            await file.write(content[start : start + 999])
        sha256 = await file.finish()
        await images.keep(file.path, sha256, "image/png")
    return sha256


async def test_a_file_is_hashed_while_it_streams_and_kept_under_its_hash(images: LocalImages, tmp_path: Path) -> None:
    sha256 = await kept(images)

    assert sha256 == SHA256
    assert images.path_of(SHA256).read_bytes() == CONTENT
    assert files_below(tmp_path) == [f"images/files/{SHA256[:2]}/{SHA256}"]


async def test_a_file_of_many_megabytes_streams_through(images: LocalImages) -> None:
    content = bytes(range(256)) * 20_000

    sha256 = await kept(images, content)

    assert sha256 == hashlib.sha256(content).hexdigest()
    async with images.local_copy(sha256) as path:
        assert path.read_bytes() == content


async def test_a_file_that_nobody_keeps_leaves_nothing_behind(images: LocalImages, tmp_path: Path) -> None:
    async with images.incoming(max_bytes=10_000_000) as file:
        await file.write(CONTENT)
        await file.finish()

    with pytest.raises(RuntimeError):
        async with images.incoming(max_bytes=10_000_000) as file:
            await file.write(CONTENT)
            raise RuntimeError("the sender went away")

    assert files_below(tmp_path) == []


async def test_a_file_is_refused_as_soon_as_it_is_too_large(images: LocalImages, tmp_path: Path) -> None:
    with pytest.raises(TooLarge, match="1 MB"):
        async with images.incoming(max_bytes=1024 * 1024) as file:
            for _ in range(2000):
                await file.write(b"x" * 1024)

    assert file.size <= 1024 * 1024 + 1024
    assert files_below(tmp_path) == []


async def test_keeping_the_same_content_again_changes_nothing_but_its_age(images: LocalImages) -> None:
    import os

    await kept(images)
    os.utime(images.path_of(SHA256), (1, 1))

    await kept(images)

    assert images.path_of(SHA256).read_bytes() == CONTENT
    assert images.path_of(SHA256).stat().st_mtime > 1


async def test_two_senders_of_the_same_content_do_not_disturb_each_other(images: LocalImages) -> None:
    assert await asyncio.gather(*(kept(images) for _ in range(8))) == [SHA256] * 8
    assert images.path_of(SHA256).read_bytes() == CONTENT


async def test_what_an_earlier_run_left_half_received_is_swept_at_start(images: LocalImages, tmp_path: Path) -> None:
    await kept(images)
    (tmp_path / "images/incoming/left-over").write_bytes(b"half")

    images.prepare()
    assert len(files_below(tmp_path)) == 2, "a look from beside a running process sweeps nothing"
    images.sweep()

    assert files_below(tmp_path) == [f"images/files/{SHA256[:2]}/{SHA256}"]


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "a" * 63, "A" * 64, "a" * 64 + "\n", "../" + "a" * 61])
async def test_only_a_hash_becomes_a_path(images: LocalImages, name: str) -> None:
    with pytest.raises(ValueError, match="64 hex digits"):
        images.path_of(name)
    with pytest.raises(ValueError, match="64 hex digits"):
        await images.read_thumb(name)


async def test_thumbnails_lie_beside_and_go_with_their_picture(images: LocalImages) -> None:
    await kept(images)
    assert await images.read_thumb(SHA256) is None

    await images.keep_thumb(SHA256, b"first")
    await images.keep_thumb(SHA256, b"second")
    assert await images.read_thumb(SHA256) == b"second"

    await images.delete_file(SHA256)
    assert (await images.exists(SHA256), await images.read_thumb(SHA256)) == (False, b"second")

    await images.delete(SHA256)
    await images.delete(SHA256)
    assert await images.read_thumb(SHA256) is None


async def test_a_file_that_is_gone_is_not_found(images: LocalImages) -> None:
    assert not await images.exists(SHA256)
    with pytest.raises(NotFound):
        async with images.local_copy(SHA256):
            pass


async def test_every_kept_file_is_listed(images: LocalImages) -> None:
    hashes = {await kept(images, bytes([number]) * 10) for number in range(20)}
    (images.path_of(SHA256).parent).mkdir(exist_ok=True)
    (images.path_of(SHA256).parent / "stranger.txt").write_text("not ours")

    listed = [item async for item in images.iterate()]

    assert {item.sha256 for item in listed} == hashes
    assert {item.bytes for item in listed} == {10}
    assert all(item.modified_at.tzinfo is not None for item in listed)


async def test_local_files_have_no_address_of_their_own(images: LocalImages) -> None:
    link = await images.link(SHA256, mime="image/png", filename="a.png", expires_in=timedelta(minutes=5))

    assert link is None


async def test_a_full_disk_is_reported_before_it_hurts(tmp_path: Path) -> None:
    demanding = LocalImages(tmp_path, spare_bytes=2**60)
    demanding.prepare()

    with pytest.raises(StorageUnavailable, match="nearly full"):
        await demanding.check()


async def test_a_place_that_cannot_be_written_is_reported(images: LocalImages, tmp_path: Path) -> None:
    await images.check()
    (tmp_path / "images/incoming").rmdir()
    (tmp_path / "images/work").rmdir()

    with pytest.raises(StorageUnavailable):
        await images.check()
    with pytest.raises(StorageUnavailable):
        async with images.incoming(max_bytes=10):
            pass


async def test_who_goes_away_while_a_file_is_opened_leaves_none_behind(images: LocalImages, tmp_path: Path) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0), images.incoming(max_bytes=10):
            await asyncio.Event().wait()

    # A descriptor left open would fail the test as a warning.
    assert files_below(tmp_path) == []
