"""Backups: one file, encrypted while it is written, checked whole before it is put back.

Format 1: the line `ISEKAI-BACKUP-1`, a byte for where the key comes from (0 the instance's key, 1 a passphrase), 16
bytes of salt; then chunks of at most 1 MiB, each `length (4, big endian) ‖ AES-256-GCM`, numbered by their nonce. The
last one is authenticated as the last, so a file that was cut short does not open. Inside is a tar: `manifest.json`,
`isekai.db`, `images/…`. The instance's key is not inside: keep it apart.
"""

import hashlib
import io
import json
import os
import re
import sqlite3
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from core.errors import AppError, StorageUnavailable
from data.database import named
from data.migrate import applied_migrations, known_migrations, refuse_newer

MAGIC = b"ISEKAI-BACKUP-1\n"
CHUNK = 1 << 20
SQLITE = b"SQLite format 3\x00"
COUNTED = ("user", "account", "post", "file", "publication", "post_event")
_IMAGE = re.compile(r"images/(files|thumbs)/[0-9a-f]{2}/[0-9a-f]{64}")


class BackupDamaged(AppError):
    """It cannot be opened with this key, was cut short, or does not hold what it says."""


@dataclass(frozen=True, slots=True)
class Secret:
    """What seals a backup: the instance's keys (the first seals, all open) or a passphrase."""

    keys: tuple[str, ...] = ()
    passphrase: str | None = None

    def sealing(self, salt: bytes) -> AESGCM:
        return next(self.opening(salt, from_passphrase=self.passphrase is not None))

    def opening(self, salt: bytes, *, from_passphrase: bool) -> Iterator[AESGCM]:
        if from_passphrase:
            if self.passphrase is None:
                raise BackupDamaged("This backup was made with a passphrase: say which.")
            yield AESGCM(Scrypt(salt=salt, length=32, n=2**15, r=8, p=1).derive(self.passphrase.encode()))
            return
        if not self.keys:
            raise BackupDamaged(
                "This backup is sealed with the key of its instance, which is not here: set ISEKAI_SECRET_KEY, or put"
                " that instance's secret.key into the home."
            )
        for key in self.keys:
            yield AESGCM(HKDF(SHA256(), 32, salt, b"isekai backup 1").derive(key.encode()))


@dataclass(frozen=True, slots=True)
class Manifest:
    taken_at: datetime
    counts: dict[str, int]
    images: int


def write_backup(
    target: Path,
    *,
    database: Path,
    images: Path | None,
    secret: Secret,
    now: datetime,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> Manifest:
    """Safe while the instance serves. *target* appears when it is complete, readable by its owner only.

    *on_progress* hears how many pictures are in, of how many. Raises `StorageUnavailable` when it cannot be written.
    """
    if target.exists() and not target.is_file():
        # Putting a file in the place of a device would take that from the machine.
        raise StorageUnavailable(f"{target} is no file that a backup could replace.")
    try:
        return _write(target, database, images, secret, now, on_progress)
    except sqlite3.OperationalError as error:
        raise StorageUnavailable(f"The backup cannot be written into {target.parent}: {error}.") from error
    except sqlite3.DatabaseError as error:
        raise named(error, database) from error
    except OSError as error:
        where = error.filename or target.parent
        raise StorageUnavailable(f"The backup cannot be written into {where}: {error.strerror or error}.") from error


def _write(
    target: Path,
    database: Path,
    images: Path | None,
    secret: Secret,
    now: datetime,
    on_progress: Callable[[int, int], None],
) -> Manifest:
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=target.parent) as directory:
        copy = Path(directory) / "isekai.db"
        counts = _copy_database(database, copy)
        pictures = list(_pictures(images)) if images else []
        manifest = Manifest(now, counts, len(pictures))
        unfinished = Path(directory) / "backup"
        with _open_private(unfinished) as file:
            sealer = _Sealer(file, secret)
            with tarfile.open(fileobj=sealer, mode="w|", format=tarfile.PAX_FORMAT) as tar:
                _add_bytes(tar, "manifest.json", _manifest_json(manifest))
                tar.add(copy, "isekai.db")
                for number, (name, path) in enumerate(pictures):
                    on_progress(number, len(pictures))
                    _add_picture(tar, name, path)
                on_progress(len(pictures), len(pictures))
            sealer.close()
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(target)
    return manifest


def read_backup(source: Path, into: Path, *, secret: Secret) -> Manifest:
    """Unpack into the empty directory *into* and check everything.

    *source* may also be the copy of the database that was kept before a migration; pictures stay where they are then.
    Raises `BackupDamaged`, and `MigrationError` for a backup of a newer version.
    """
    try:
        if _is_database(source):
            return _take_copy(source, into)
        with source.open("rb") as file, tarfile.open(fileobj=_Opener(file, secret), mode="r|") as tar:
            for member in tar:
                _unpack(tar, member, into)
        manifest = _read_manifest(into / "manifest.json")
        _check_database(into / "isekai.db", manifest)
        _check_pictures(into / "images", manifest)
    except (tarfile.TarError, OSError, ValueError, KeyError, sqlite3.DatabaseError) as error:
        raise BackupDamaged(f"The backup cannot be read: {error}") from error
    return manifest


def _is_database(source: Path) -> bool:
    with source.open("rb") as file:
        return file.read(len(SQLITE)) == SQLITE


def _take_copy(source: Path, into: Path) -> Manifest:
    """Of a database file that nobody uses, such as `before-migration-….db`; as old as the file is."""
    counts = _copy_database(source, into / "isekai.db")
    manifest = Manifest(datetime.fromtimestamp(source.stat().st_mtime, UTC), counts, 0)
    _check_database(into / "isekai.db", manifest)
    return manifest


def unpack_database(source: Path, into: Path, *, secret: Secret) -> Path:
    """Only the database, without what lies behind it. Raises `BackupDamaged`."""
    try:
        with source.open("rb") as file, tarfile.open(fileobj=_Opener(file, secret), mode="r|") as tar:
            for member in tar:
                _unpack(tar, member, into)
                if member.name == "isekai.db":
                    return into / member.name
    except (tarfile.TarError, OSError, ValueError) as error:
        raise BackupDamaged(f"The backup cannot be read: {error}") from error
    raise BackupDamaged("The backup holds no database.")


def mark_restored(database: Path, manifest: Manifest, *, now: datetime) -> None:
    """A backup knows nothing of what was published after it: nothing goes out before a person says so."""
    connection = sqlite3.connect(database, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        for name, value in (
            ("publishing_paused", True),
            ("restored_at", int(now.timestamp())),
            ("backup_taken_at", int(manifest.taken_at.timestamp())),
        ):
            connection.execute(
                "INSERT INTO instance_state (name, value) VALUES (:name, :value)"
                " ON CONFLICT DO UPDATE SET value = excluded.value",
                {"name": name, "value": json.dumps(value)},
            )
        connection.execute("COMMIT")
    finally:
        connection.close()


class _Sealer(io.RawIOBase):
    """Whatever is written comes out encrypted; `close` writes the chunk that says it was the last."""

    def __init__(self, file: IO[bytes], secret: Secret) -> None:
        salt = os.urandom(16)
        self._file = file
        self._cipher = secret.sealing(salt)
        self._pending = bytearray()
        self._number = 0
        file.write(MAGIC + (b"\x01" if secret.passphrase is not None else b"\x00") + salt)

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._pending += data
        while len(self._pending) >= CHUNK:
            self._seal(bytes(self._pending[:CHUNK]), last=False)
            del self._pending[:CHUNK]
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._seal(bytes(self._pending), last=True)
        super().close()

    def _seal(self, chunk: bytes, *, last: bool) -> None:
        sealed = self._cipher.encrypt(_nonce(self._number), chunk, b"last" if last else b"more")
        self._file.write(len(sealed).to_bytes(4, "big") + sealed)
        self._number += 1


class _Opener(io.RawIOBase):
    """Reads what `_Sealer` wrote; raises `BackupDamaged` at the first byte that is not as it was."""

    def __init__(self, file: IO[bytes], secret: Secret) -> None:
        head = file.read(len(MAGIC) + 17)
        if len(head) < len(MAGIC) + 17 or not head.startswith(MAGIC):
            raise BackupDamaged("This file is not an Isekai backup.")
        kind, salt = head[len(MAGIC)], head[len(MAGIC) + 1 :]
        self._file = file
        self._ciphers: Sequence[AESGCM] = list(secret.opening(salt, from_passphrase=kind == 1))
        self._ready = b""
        self._number = 0
        self._is_over = False

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while not self._is_over and (size < 0 or len(self._ready) < size):
            self._ready += self._next()
        size = len(self._ready) if size < 0 else size
        taken, self._ready = self._ready[:size], self._ready[size:]
        return taken

    def _next(self) -> bytes:
        length = int.from_bytes(self._file.read(4), "big")
        sealed = self._file.read(length) if 16 <= length <= CHUNK + 16 else b""
        if len(sealed) != length or not sealed:
            raise BackupDamaged("The backup was cut short.")
        chunk = self._decrypted(sealed)
        self._number += 1
        if self._is_over and self._file.read(1):
            raise BackupDamaged("Something was added to the end of the backup.")
        return chunk

    def _decrypted(self, sealed: bytes) -> bytes:
        for cipher in self._ciphers:
            for ending in (b"more", b"last"):
                try:
                    chunk = cipher.decrypt(_nonce(self._number), sealed, ending)
                except InvalidTag:
                    continue
                self._ciphers = [cipher]
                self._is_over = ending == b"last"
                return chunk
        raise BackupDamaged("The backup does not open with this key, or it was changed.")


def _nonce(number: int) -> bytes:
    return number.to_bytes(12, "big")


def _open_private(path: Path) -> IO[bytes]:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _copy_database(database: Path, copy: Path) -> dict[str, int]:
    source, target = sqlite3.connect(database), sqlite3.connect(copy)
    try:
        source.backup(target)
        target.execute("PRAGMA journal_mode = DELETE")
        return _counts(target)
    finally:
        source.close()
        target.close()


def _counts(connection: sqlite3.Connection) -> dict[str, int]:
    return {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in COUNTED}


def _pictures(images: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(images.rglob("*")):
        name = f"images/{path.relative_to(images).as_posix()}"
        if _IMAGE.fullmatch(name) and path.is_file():
            yield name, path


def _add_bytes(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    tar.addfile(info, io.BytesIO(content))


def _add_picture(tar: tarfile.TarFile, name: str, path: Path) -> None:
    """Kept pictures never change; one that was pruned meanwhile is no longer needed by any row."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        info = tarfile.TarInfo(name)
        info.size = os.fstat(file.fileno()).st_size
        tar.addfile(info, file)


def _unpack(tar: tarfile.TarFile, member: tarfile.TarInfo, into: Path) -> None:
    known = member.name in {"manifest.json", "isekai.db"} or _IMAGE.fullmatch(member.name)
    content = tar.extractfile(member) if member.isreg() and known else None
    if content is None:
        raise BackupDamaged("The backup holds something that does not belong into one.")
    path = into / member.name
    path.parent.mkdir(parents=True, exist_ok=True)
    with _open_private(path) as file:
        while chunk := content.read(CHUNK):
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())


def _manifest_json(manifest: Manifest) -> bytes:
    packed = {
        "format": 1,
        "taken_at": int(manifest.taken_at.timestamp()),
        "counts": manifest.counts,
        "images": manifest.images,
    }
    return json.dumps(packed, indent=1).encode()


def _read_manifest(path: Path) -> Manifest:
    packed = json.loads(path.read_bytes())
    return Manifest(datetime.fromtimestamp(packed["taken_at"], UTC), packed["counts"], packed["images"])


def _check_database(path: Path, manifest: Manifest) -> None:
    connection = sqlite3.connect(path)
    try:
        if (found := connection.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
            raise BackupDamaged(f"The database in the backup is damaged: {found}")
        if _counts(connection) != manifest.counts:
            raise BackupDamaged("The database in the backup does not hold the rows it should.")
        refuse_newer(applied_migrations(connection), known_migrations())
    finally:
        connection.close()


def _check_pictures(directory: Path, manifest: Manifest) -> None:
    files = [path for path in directory.rglob("*") if path.is_file()] if directory.exists() else []
    if len(files) > manifest.images:
        raise BackupDamaged("The backup holds more pictures than it should.")
    for path in files:
        if path.parts[-3] == "files":
            with path.open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != path.name:
                    raise BackupDamaged("A picture in the backup is not what it was.")
