"""Which pictures the rows of kept backups refer to.

Each backup is opened once: the hashes it refers to are then kept, sorted, in a file of 32 bytes a picture beside it,
and looked up there. They say no more than the names of the picture files do.
"""

import bisect
import mmap
import os
import sqlite3
import tempfile
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import closing
from pathlib import Path

from core.operations.clearing import BackupUnreadable
from data.backup import BackupDamaged, Secret, unpack_database
from data.images.disk import write_durably

HASH_BYTES = 32
# Those that `needed_pictures` asks (`data/posts.py`); a test finds one that is missing.
TABLES = ("file", "removed_file")


class BackupPictures:
    """Satisfies `core.operations.clearing.BackupNeeds`.

    *backups* answers the sealed files and plain databases that count now; *directory* holds our lists of them.
    """

    def __init__(
        self, directory: Path, *, backups: Callable[[], Sequence[Path]], secret: Callable[[], Secret]
    ) -> None:
        self._directory = directory
        self._backups = backups
        self._secret = secret

    def pictures_needed(self, sha256s: Collection[str]) -> frozenset[str]:
        backups = {self._list_of(path): path for path in self._backups()}
        self._forget(backups)
        asked = {bytes.fromhex(sha256) for sha256 in sha256s}
        found: set[bytes] = set()
        for listed, backup in backups.items():
            if not listed.exists():
                self._look_into(backup, listed)
            found |= _among(listed, asked - found)
        return frozenset(one.hex() for one in found)

    def _list_of(self, backup: Path) -> Path:
        """Another file under the same name is another backup."""
        facts = backup.stat()
        name = f"{backup.parent.name}-{backup.name}-{facts.st_size}-{facts.st_mtime_ns}"
        return self._directory / name

    def _forget(self, wanted: Collection[Path]) -> None:
        for listed in self._directory.iterdir() if self._directory.is_dir() else ():
            if listed not in wanted:
                listed.unlink(missing_ok=True)

    def _look_into(self, backup: Path, listed: Path) -> None:
        self._directory.mkdir(parents=True, exist_ok=True)
        try:
            with tempfile.TemporaryDirectory(prefix=".look-", dir=self._directory.parent) as directory:
                database = backup
                if backup.suffix == ".backup":
                    database = unpack_database(backup, Path(directory), secret=self._secret())
                hashes = sorted(_hashes(database))
                write_durably(listed, b"".join(hashes), temporary=Path(directory) / "list")
        except (BackupDamaged, sqlite3.Error, OSError) as error:
            raise BackupUnreadable(
                f"the backup “{backup.name}” cannot be opened, so nobody knows which pictures it needs: {error}"
            ) from error


def _hashes(database: Path) -> Iterable[bytes]:
    """Of every table that names pictures; older databases have fewer of them."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        there = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        queries = (f"SELECT sha256 FROM {table}" for table in TABLES if table in there)
        return [bytes.fromhex(row[0]) for row in connection.execute(" UNION ".join(queries))]


def _among(listed: Path, asked: Collection[bytes]) -> set[bytes]:
    with listed.open("rb") as file:
        if os.fstat(file.fileno()).st_size == 0:
            return set()
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return {one for one in asked if _holds(content, one)}


def _holds(content: mmap.mmap, wanted: bytes) -> bool:
    def at(number: int) -> bytes:
        return content[number * HASH_BYTES : (number + 1) * HASH_BYTES]

    count = len(content) // HASH_BYTES
    found = bisect.bisect_left(range(count), wanted, key=at)
    return found < count and at(found) == wanted
