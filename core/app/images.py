"""Which image store a process uses, and moving pictures between the two there are."""

import sys
from pathlib import Path

from core.settings import S3Settings, Settings
from data.images.hold import PictureHold
from data.images.local import LocalImages
from data.images.move import move_images
from data.images.s3 import S3Images

KeptImages = LocalImages | S3Images


def open_images(settings: Settings) -> KeptImages:
    """The bucket when one is configured, else local disk. Files on their way in lie on local disk always."""
    if settings.s3 is not None:
        return in_bucket(settings.home, settings.s3)
    return on_disk(settings.home)


def on_disk(home: Path) -> LocalImages:
    return LocalImages(home / "images")


def in_bucket(home: Path, s3: S3Settings) -> S3Images:
    return S3Images(s3, spool=home / "images" / "incoming")


def direct_objects(settings: Settings, images: KeptImages) -> S3Images | None:
    """Where browsers may upload to: the bucket, when it is said under which address they reach it."""
    is_reachable = settings.s3 is not None and settings.s3.presigned_endpoint is not None
    return images if is_reachable and isinstance(images, S3Images) else None


def picture_hold(home: Path) -> PictureHold:
    """The one that every store of this home has."""
    return PictureHold(home / "images" / "hold.lock")


async def move(settings: Settings, to: str) -> int:
    """Copy every picture from local disk `to` "s3" or from there to "local"; safe while serving, and again.

    The copies that were moved from stay where they are: what is no longer wanted is removed by a person.
    """
    if settings.s3 is None:
        print("There is no bucket to move to or from: set S3_ENDPOINT and its companions.", file=sys.stderr)  # noqa: T201
        return 2
    local, bucket = on_disk(settings.home), in_bucket(settings.home, settings.s3)
    local.prepare()
    source, target = (local, bucket) if to == "s3" else (bucket, local)
    damaged: tuple[str, ...] = ()
    try:
        await bucket.probe()
        async for progress in move_images(source, target):
            print(f"copied {progress.copied}, there already {progress.skipped}", end="\r", flush=True)  # noqa: T201
            damaged = progress.damaged
    finally:
        await bucket.close()
    print("\nDone." if not damaged else "\nDone, but these are damaged and were not copied:")  # noqa: T201
    for sha256 in damaged:
        print(f"  {sha256}")  # noqa: T201
    return 1 if damaged else 0
