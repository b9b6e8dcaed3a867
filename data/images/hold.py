"""Two ways to stand at the shelf of pictures: many may hold what is there, one may clear it away.

A file lock, so that it counts between processes too (`isekai images move`, `isekai backup` beside the one that
serves), and ends with whoever took it, however that ends.
"""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path


class PictureHold:
    """*file* is only there to be locked; its directory is made when it is missing."""

    def __init__(self, file: Path) -> None:
        self._file = file

    @contextmanager
    def shared(self) -> Iterator[None]:
        """While it is open nothing is cleared away. Waits for a step of a clearing to end: call it in a thread."""
        descriptor = self._locked(fcntl.LOCK_SH)
        try:
            yield
        finally:
            os.close(descriptor)

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """As `shared`, without blocking the loop."""
        locking = asyncio.ensure_future(asyncio.to_thread(self._locked, fcntl.LOCK_SH))
        try:
            descriptor = await asyncio.shield(locking)
        except asyncio.CancelledError:
            os.close(await locking)  # a lock that nobody ends would stop every clearing
            raise
        try:
            yield
        finally:
            os.close(descriptor)

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Whether nobody holds anything; as long as it is open, whoever wants to waits."""
        try:
            descriptor = self._locked(fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        try:
            yield True
        finally:
            os.close(descriptor)

    def _locked(self, how: int) -> int:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, how)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor


class OneAtATime:
    """A lock for each name, there only while somebody wants it."""

    def __init__(self) -> None:
        self._locks: dict[str, tuple[asyncio.Lock, int]] = {}

    @asynccontextmanager
    async def of(self, name: str) -> AsyncIterator[None]:
        lock, waiting = self._locks.get(name, (asyncio.Lock(), 0))
        self._locks[name] = (lock, waiting + 1)
        try:
            async with lock:
                yield
        finally:
            lock, waiting = self._locks[name]
            if waiting == 1:
                del self._locks[name]
            else:
                self._locks[name] = (lock, waiting - 1)
