"""Small blocking steps on local disk, and how their failures are named."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from core.errors import StorageUnavailable

T = TypeVar("T")


class DamagedCopy(StorageUnavailable):
    """A store gave back other bytes than it was given."""


async def in_storage_thread(work: Callable[[], T]) -> T:
    """*work* in a thread; its `OSError` becomes `StorageUnavailable`.

    The thread is waited for even when the caller goes away: what it writes must not be swept from under it.
    """
    running = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait({running})
        raise
    except OSError as error:
        raise StorageUnavailable(f"The disk says: {error.strerror or error}.") from error


def write_durably(target: Path, data: bytes, *, temporary: Path) -> None:
    """*data* at *target*, whole or not at all, whenever the power goes."""
    with temporary.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    move_durably(temporary, target)


def move_durably(source: Path, target: Path) -> None:
    """Rename within one file system, and make the new name durable."""
    fresh = not target.parent.exists()
    target.parent.mkdir(parents=True, exist_ok=True)
    source.replace(target)
    sync_directory(target.parent)
    if fresh:
        sync_directory(target.parent.parent)


def sync_directory(directory: Path) -> None:
    """Make names in *directory* durable."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_file(path: Path) -> None:
    """Make the content of *path* durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
