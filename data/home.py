"""ISEKAI_HOME belongs to one process: a file lock says so, and the system takes it back when we die."""

import fcntl
import os
from pathlib import Path

from core.errors import AppError


class HomeInUse(AppError):
    """Another process serves, or restores, this home."""


class HomeLock:
    def __init__(self, home: Path) -> None:
        self._home = home
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Raises `HomeInUse`. The file itself stays; only the lock on it counts."""
        self._home.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._home / "isekai.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            raise HomeInUse(
                f"Another Isekai is using {self._home}. One process owns a home: stop that one first,"
                " or set ISEKAI_HOME to another directory."
            ) from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        self._descriptor = descriptor

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
