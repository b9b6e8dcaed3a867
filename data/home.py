"""ISEKAI_HOME belongs to one process: a file lock says so, and the system takes it back when we die."""

import contextlib
import errno
import fcntl
import os
from pathlib import Path

from core.errors import AppError, StorageUnavailable

FULL = (errno.ENOSPC, errno.EDQUOT)


class HomeUnusable(AppError):
    """Nothing can run on this home as it is, and starting again does not change that."""


class HomeInUse(HomeUnusable):
    """Another process serves, or restores, this home."""


class HomeLock:
    def __init__(self, home: Path) -> None:
        self._home = home
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Raises `HomeUnusable`, and `StorageUnavailable` while the disk is full.

        The file itself stays; only the lock on it counts.
        """
        descriptor = self._open()
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            raise HomeInUse(
                f"Another Isekai is using {self._home}. One process owns a home: stop that one first,"
                " or set ISEKAI_HOME to another directory."
            ) from None
        self._descriptor = descriptor
        # The number is for people who look; on a full disk it stays out.
        with contextlib.suppress(OSError):
            os.ftruncate(descriptor, 0)
            os.write(descriptor, f"{os.getpid()}\n".encode())

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _open(self) -> int:
        try:
            self._home.mkdir(parents=True, exist_ok=True)
            return os.open(self._home / "isekai.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            if error.errno in FULL:
                raise StorageUnavailable(f"The disk of {self._home} is full: make room.") from error
            raise HomeUnusable(
                f"ISEKAI_HOME ({self._home}) cannot be used: {error.strerror}. It has to be a directory in which the"
                " user that Isekai runs as may write."
            ) from error
