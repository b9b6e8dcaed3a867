"""Moving pictures from one store to another, so that it may be stopped and started again at any time.

The source keeps everything until it is told otherwise: a move is a verified copy, and what is already there
with the right size is not copied again.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from core.errors import NotFound
from core.posts.pictures import ImageStore, StoredObject
from data.images.disk import DamagedCopy

T = TypeVar("T")
AT_ONCE = 4
ANY_SIZE = 2**40
READ_BYTES = 1024 * 1024
UNKNOWN = "application/octet-stream"  # links to a picture tell its type themselves


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a move is: `copied` and `skipped` (there already) files, their bytes, and what is damaged."""

    copied: int = 0
    skipped: int = 0
    bytes: int = 0
    damaged: tuple[str, ...] = ()


async def move_images(source: ImageStore, target: ImageStore) -> AsyncIterator[Progress]:
    """Copy every file and thumbnail; yields after each file.

    Each file is hashed while it is written and kept only under the hash it has: one that does not match its
    name is reported in `damaged` and not copied. Raises `StorageUnavailable`; call
    again to go on.
    """
    progress = Progress()
    async with source.held(), target.held():
        there = {item.sha256: item.bytes async for item in target.iterate()}
        async for batch in _in_batches(source):
            done = await _all_ended(
                _copy(source, target, item) for item in batch if there.get(item.sha256) != item.bytes
            )
            progress = _advanced(progress, batch, {item.sha256: sound for item, sound in done if sound is not None})
            yield progress


async def _all_ended(copies: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """What they answered. When one fails the others come to their end first: nobody closes a store under them."""
    ended = await asyncio.gather(*copies, return_exceptions=True)
    for one in ended:
        if isinstance(one, BaseException):
            raise one
    return [one for one in ended if not isinstance(one, BaseException)]


def _advanced(progress: Progress, batch: list[StoredObject], done: dict[str, bool]) -> Progress:
    copied = [item for item in batch if done.get(item.sha256)]
    return replace(
        progress,
        copied=progress.copied + len(copied),
        skipped=progress.skipped + len(batch) - len(done),
        bytes=progress.bytes + sum(item.bytes for item in copied),
        damaged=(*progress.damaged, *(sha256 for sha256, sound in done.items() if not sound)),
    )


async def _in_batches(source: ImageStore) -> AsyncIterator[list[StoredObject]]:
    batch: list[StoredObject] = []
    async for item in source.iterate():
        batch.append(item)
        if len(batch) == AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


async def _copy(source: ImageStore, target: ImageStore, item: StoredObject) -> tuple[StoredObject, bool | None]:
    """Copy one file; answers whether its content is what its name says, None when it was removed meanwhile.

    The thumbnail goes first, so that a file that is there needs no second look after an interruption.
    """
    thumb = await source.read_thumb(item.sha256)
    if thumb is not None:
        await target.keep_thumb(item.sha256, thumb)
    try:
        async with source.local_copy(item.sha256) as path, target.incoming(max_bytes=ANY_SIZE) as file:
            with path.open("rb") as content:
                while chunk := await asyncio.to_thread(content.read, READ_BYTES):
                    await file.write(chunk)
            if await file.finish() != item.sha256:
                return item, False
            await target.keep(file.path, item.sha256, UNKNOWN)
    except DamagedCopy:
        return item, False
    except NotFound:
        return item, None
    return item, True
