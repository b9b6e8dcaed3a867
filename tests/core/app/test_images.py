"""Which store a process uses, and the command that moves pictures between the two."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.app.commands import clean_images
from core.app.images import in_bucket, move, on_disk, open_images
from core.settings import Settings, load_settings
from data.home import HomeLock
from data.images.local import LocalImages
from data.images.s3 import S3Images
from data.images.s3_client import S3Client
from tests.data.images.test_local import SHA256, kept
from tests.support.s3 import s3_server


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with s3_server() as address:
        yield address


def settings_of(home: Path, **environment: str) -> Settings:
    return load_settings({"ISEKAI_HOME": str(home), **environment}, {})


@pytest.fixture
async def with_bucket(server: str, tmp_path: Path) -> Settings:
    settings = settings_of(
        tmp_path / "home",
        S3_ENDPOINT=server,
        S3_ACCESS_KEY_ID="AKIATESTTESTTEST",
        S3_SECRET_ACCESS_KEY="made-up",
        S3_BUCKET_NAME="pictures",
        S3_FORCE_PATH_STYLE="true",
        S3_PATH_PREFIX="mira",
    )
    assert settings.s3 is not None
    client = S3Client(settings.s3)
    await (await client.get()).create_bucket(Bucket="pictures")
    await client.close()
    return settings


def test_pictures_lie_on_disk_until_a_bucket_is_configured(tmp_path: Path) -> None:
    assert isinstance(open_images(settings_of(tmp_path)), LocalImages)


async def test_a_configured_bucket_is_used(with_bucket: Settings) -> None:
    assert isinstance(open_images(with_bucket), S3Images)


async def test_moving_there_and_back_loses_nothing(with_bucket: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert with_bucket.s3 is not None
    local = on_disk(with_bucket.home)
    local.prepare()
    await kept(local)

    assert await move(with_bucket, "s3") == 0
    await local.delete(SHA256)
    assert await move(with_bucket, "local") == 0

    assert await local.exists(SHA256)
    bucket = in_bucket(with_bucket.home, with_bucket.s3)
    assert await bucket.exists(SHA256)
    await bucket.close()
    assert "copied 1, there already 0" in capsys.readouterr().out


async def test_damaged_files_are_named_and_make_the_command_fail(
    with_bucket: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    local = on_disk(with_bucket.home)
    local.prepare()
    damaged = await kept(local, b"to be damaged")
    local.path_of(damaged).write_bytes(b"rotten")

    assert await move(with_bucket, "s3") == 1

    assert damaged in capsys.readouterr().out


async def test_there_is_nowhere_to_move_without_a_bucket(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert await move(settings_of(tmp_path), "s3") == 2
    assert "S3_ENDPOINT" in capsys.readouterr().err


async def test_clean_lists_what_nothing_needs_and_removes_it_only_when_asked_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = settings_of(tmp_path / "home", ISEKAI_SECRET_KEY="a key of the tests")
    local = on_disk(settings.home)
    local.prepare()
    old, young = await kept(local, b"of nobody"), await kept(local, b"just arrived")
    os.utime(local.path_of(old), (1_000_000_000, 1_000_000_000))

    assert await clean_images(settings, True) == 0
    assert capsys.readouterr().out == f"{old}\t9\t2001-09-09\n"
    assert await local.exists(old)

    assert await clean_images(settings, False) == 0
    assert "Removed 1 of 1 pictures, 9 bytes." in capsys.readouterr().out
    assert not await local.exists(old)
    assert await local.exists(young)


async def test_clean_leaves_the_removing_to_an_instance_that_serves(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = settings_of(tmp_path / "home", ISEKAI_SECRET_KEY="a key of the tests")
    lock = HomeLock(settings.home)
    lock.acquire()

    assert await clean_images(settings, False) == 2

    lock.release()
    assert "--dry-run" in capsys.readouterr().err
