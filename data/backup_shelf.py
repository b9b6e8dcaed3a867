"""The directory of backups beside the database."""

import shutil
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from core.errors import NotFound
from core.operations.backups import BackupFile, BackupKind, OnProgress, kind_of, name_of
from data.backup import Secret, write_backup
from data.images.hold import PictureHold

ABANDONED_SECONDS = 3600


class BackupShelf:
    """Satisfies `core.operations.backups.Shelf`. *images*: pictures on this machine; None when they are elsewhere."""

    def __init__(
        self, directory: Path, *, database: Path, images: Path | None, secret: Callable[[], Secret], hold: PictureHold
    ) -> None:
        self._directory = directory
        self._database = database
        self._images = images
        self._secret = secret
        self._hold = hold

    def files(self) -> Sequence[BackupFile]:
        found = []
        for path in self._directory.glob("*") if self._directory.is_dir() else ():
            known = kind_of(path.name)
            if known is None or path.is_symlink() or not path.is_file():
                continue
            try:
                found.append(BackupFile(path.name, known[0], known[1], path.stat().st_size))
            except FileNotFoundError:
                continue  # removed meanwhile
        return sorted(found, key=lambda file: (file.made_at, file.name), reverse=True)

    def path(self, name: str) -> Path:
        """A name comes from a person: only what is listed becomes a path."""
        if not any(file.name == name for file in self.files()):
            raise NotFound("There is no such backup.")
        return self._directory / name

    def make(self, kind: BackupKind, *, images: bool, now: datetime, on_progress: OnProgress) -> BackupFile:
        target = self._directory / name_of(kind, now)
        with self._hold.shared():
            write_backup(
                target,
                database=self._database,
                images=self._images if images else None,
                secret=self._secret(),
                now=now,
                on_progress=on_progress,
            )
        return BackupFile(target.name, kind, now.replace(microsecond=0), target.stat().st_size)

    def prune(self, *, keep: int) -> None:
        self._sweep()
        for kind in (BackupKind.DAILY, BackupKind.BEFORE_MIGRATION):
            for old in [file for file in self.files() if file.kind is kind][max(1, keep) :]:
                self.remove(old.name)

    def _sweep(self) -> None:
        """Half backups of killed processes, as large as whole ones. One being made is written to all the time."""
        for directory in self._directory.glob(".backup-*"):
            written = [path.stat().st_mtime for path in (directory, *directory.glob("*")) if path.exists()]
            if written and max(written) < time.time() - ABANDONED_SECONDS:  # noqa: TID251 - the file system's own time
                shutil.rmtree(directory, ignore_errors=True)

    def remove(self, name: str) -> None:
        (self._directory / name).unlink(missing_ok=True)
