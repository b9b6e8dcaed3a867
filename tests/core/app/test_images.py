"""Which store a process uses, and the command that moves pictures between the two."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.app.images import in_bucket, move, on_disk, open_images
from core.settings import Settings, load_settings
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
