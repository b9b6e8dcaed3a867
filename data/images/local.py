"""Images on local disk, named by their content.

    ROOT/files/ab/abcd…    the file itself, SHA-256 as its name
    ROOT/thumbs/ab/abcd…   its thumbnail, WebP
    ROOT/incoming/…        files on their way in; swept at start
    ROOT/work/…            what we are writing ourselves; swept at start

A name never comes from a person: only 64 hex digits become a path.
"""

import os
import re
import secrets
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from core.errors import NotFound, StorageUnavailable
from core.posts.pictures import StoredObject
from data.images.disk import in_storage_thread, move_durably, sync_file, write_durably
from data.images.hold import OneAtATime, PictureHold
from data.images.incoming import LocalIncoming, incoming_file

SHA256 = re.compile(r"[0-9a-f]{64}")
SPARE_BYTES = 200 * 1024 * 1024
LISTED_AT_ONCE = 500


class LocalImages:
    """An `ImageStore` below *root*. Blocking work runs in threads."""

    def __init__(self, root: Path, *, spare_bytes: int = SPARE_BYTES) -> None:
        self._files = root / "files"
        self._thumbs = root / "thumbs"
        self._incoming = root / "incoming"
        self._work = root / "work"
        self._spare_bytes = spare_bytes
        self._hold = PictureHold(root / "hold.lock")
        self._names = OneAtATime()

    def prepare(self) -> None:
        """Make the directories."""
        for directory in (self._files, self._thumbs, self._incoming, self._work):
            directory.mkdir(parents=True, exist_ok=True)

    def sweep(self) -> None:
        """Remove what an earlier run left half received. Only for the process that owns the home, at start."""
        for left_over in (*self._incoming.iterdir(), *self._work.iterdir()):
            left_over.unlink(missing_ok=True)

    async def close(self) -> None:
        """There is nothing to close on local disk."""

    def incoming(self, *, max_bytes: int) -> AbstractAsyncContextManager[LocalIncoming]:
        return incoming_file(self._incoming, max_bytes=max_bytes)

    async def keep(self, temp: Path, sha256: str, mime: str) -> None:
        target = self.path_of(sha256)
        async with self._names.of(sha256):
            await in_storage_thread(lambda: _keep(temp, target))

    def path_of(self, sha256: str) -> Path:
        """Where the file lies, if it is kept. `ValueError` for what is no SHA-256."""
        return _place(self._files, sha256)

    def link_origins(self) -> tuple[str, ...]:
        """Where links lead: nowhere."""
        return ()

    def upload_origins(self) -> tuple[str, ...]:
        """Where browsers may upload to directly: nowhere."""
        return ()

    async def link(self, sha256: str, *, mime: str, filename: str, expires_in: timedelta) -> str | None:
        return None

    @asynccontextmanager
    async def local_copy(self, sha256: str) -> AsyncIterator[Path]:
        path = self.path_of(sha256)
        if not path.is_file():
            raise NotFound("The picture's file is gone.")
        yield path

    async def keep_thumb(self, sha256: str, thumb: bytes) -> None:
        target = _place(self._thumbs, sha256)
        temporary = self._work / secrets.token_hex(16)
        await in_storage_thread(lambda: write_durably(target, thumb, temporary=temporary))

    async def read_thumb(self, sha256: str) -> bytes | None:
        path = _place(self._thumbs, sha256)
        return await in_storage_thread(lambda: _read_if_there(path))

    async def delete(self, sha256: str) -> None:
        await self.delete_file(sha256)
        await in_storage_thread(lambda: _place(self._thumbs, sha256).unlink(missing_ok=True))

    async def delete_file(self, sha256: str) -> None:
        await in_storage_thread(lambda: self.path_of(sha256).unlink(missing_ok=True))

    async def exists(self, sha256: str) -> bool:
        return await in_storage_thread(self.path_of(sha256).is_file)

    async def iterate(self) -> AsyncIterator[StoredObject]:
        async for item in _listed(self._files):
            yield item

    async def iterate_thumbs(self) -> AsyncIterator[StoredObject]:
        async for item in _listed(self._thumbs):
            yield item

    async def remove_old(self, sha256: str, *, before: datetime, with_thumb: bool) -> bool:
        file, thumb = self.path_of(sha256), _place(self._thumbs, sha256)
        async with self._names.of(sha256):
            return await in_storage_thread(lambda: _remove_old(file, thumb if with_thumb else None, before))

    async def remove_leftovers(self, *, before: datetime) -> int:
        """None: what was half received is swept at start."""
        return 0

    def held(self) -> AbstractAsyncContextManager[None]:
        return self._hold.held()

    def alone(self) -> AbstractContextManager[bool]:
        return self._hold.alone()

    async def check(self) -> None:
        await in_storage_thread(self._check)

    def _check(self) -> None:
        probe = self._work / secrets.token_hex(16)
        try:
            probe.write_bytes(b"isekai")
        finally:
            probe.unlink(missing_ok=True)
        free = shutil.disk_usage(self._work).free
        if free < self._spare_bytes:
            raise StorageUnavailable(f"The disk is nearly full: {free / 1024 / 1024:,.0f} MB are left.")


def _place(directory: Path, sha256: str) -> Path:
    if SHA256.fullmatch(sha256) is None:
        raise ValueError("a SHA-256 is 64 hex digits")
    return directory / sha256[:2] / sha256


def _read_if_there(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _keep(temp: Path, target: Path) -> None:
    """Rename *temp* into place, or drop it when the same content is there already.

    The age of what is there is renewed: whoever removes files that no row needs must see that one is wanted.
    """
    if target.is_file() and target.stat().st_size == temp.stat().st_size:
        os.utime(target)
        temp.unlink()
        return
    sync_file(temp)
    move_durably(temp, target)


def _remove_old(file: Path, thumb: Path | None, before: datetime) -> bool:
    for path in filter(None, (file, thumb)):
        try:
            is_old = datetime.fromtimestamp(path.stat().st_mtime, UTC) < before
        except FileNotFoundError:
            continue
        if not is_old:
            return False
        break  # the file's age counts: its thumbnail is younger, being made of it
    for path in filter(None, (file, thumb)):
        path.unlink(missing_ok=True)
    return True


async def _listed(directory: Path) -> AsyncIterator[StoredObject]:
    found = _walk(directory)
    while batch := await in_storage_thread(lambda: list(islice(found, LISTED_AT_ONCE))):
        for item in batch:
            yield item


def _walk(directory: Path) -> Iterator[StoredObject]:
    for path in directory.glob("??/*"):
        if SHA256.fullmatch(path.name) is None:
            continue
        try:
            facts = path.stat()
        except FileNotFoundError:
            continue  # removed meanwhile
        modified_at = datetime.fromtimestamp(facts.st_mtime, UTC)
        yield StoredObject(path.name, facts.st_size, modified_at)
