"""A file on its way in: written to a temporary place, hashed and counted while it streams."""

import hashlib
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import FileIO
from pathlib import Path

from core.errors import TooLarge
from data.images.disk import in_storage_thread

BUFFER_BYTES = 1024 * 1024


class LocalIncoming:
    """An `IncomingFile` on local disk. Chunks are gathered, so that a thread is asked once a megabyte."""

    def __init__(self, path: Path, *, max_bytes: int) -> None:
        self.path = path
        self.size = 0
        self._max_bytes = max_bytes
        self._file: FileIO | None = None
        self._hash = hashlib.sha256()
        self._gathered: list[bytes] = []
        self._gathered_bytes = 0

    def open(self) -> None:
        self._file = FileIO(self.path, "xb")

    async def write(self, chunk: bytes) -> None:
        self.size += len(chunk)
        if self.size > self._max_bytes:
            raise TooLarge(f"The file is larger than {self._max_bytes / 1024 / 1024:,.0f} MB.")
        self._gathered.append(bytes(chunk))
        self._gathered_bytes += len(chunk)
        if self._gathered_bytes >= BUFFER_BYTES:
            await self._flush()

    async def finish(self) -> str:
        await self._flush()
        await in_storage_thread(self._sync)
        return self._hash.hexdigest()

    async def _flush(self) -> None:
        gathered, self._gathered, self._gathered_bytes = self._gathered, [], 0
        if gathered:
            await in_storage_thread(lambda: self._append(gathered))

    def _append(self, chunks: list[bytes]) -> None:
        assert self._file is not None  # noqa: S101 - `incoming_file` opened it
        for chunk in chunks:
            self._hash.update(chunk)
            rest = memoryview(chunk)
            while rest:
                rest = rest[self._file.write(rest) :]

    def _sync(self) -> None:
        assert self._file is not None  # noqa: S101 - `incoming_file` opened it
        os.fsync(self._file.fileno())
        self._file.close()

    def discard(self) -> None:
        """Close, and remove what was not kept."""
        if self._file is not None:
            self._file.close()
        self.path.unlink(missing_ok=True)


@asynccontextmanager
async def incoming_file(directory: Path, *, max_bytes: int) -> AsyncIterator[LocalIncoming]:
    """A new file in *directory* under a random name, gone at the end unless it was moved away."""
    path = directory / secrets.token_hex(16)
    file = LocalIncoming(path, max_bytes=max_bytes)
    try:
        # Inside: whoever goes away while it is opened leaves no open file behind.
        await in_storage_thread(file.open)
        yield file
    finally:
        file.discard()
