"""The watched folder on disk. Names come from people: nothing here follows a link or leaves the folder."""

import asyncio
import os
import stat
from collections.abc import AsyncIterator, Callable, Sequence
from io import BufferedReader
from pathlib import Path
from typing import TypeVar

from core.errors import InvalidInput, NotFound, StorageUnavailable
from core.programs.sidecar import SIDECARS, find_beside
from core.programs.watch_ports import Seen

T = TypeVar("T")
CHUNK = 256 * 1024
# Names that programs give to files they have not finished.
UNFINISHED = (".part", ".partial", ".tmp", ".temp", ".crdownload", ".download", ".filepart", ".!ut")
AT_ONCE = 200  # pictures of one look


class WatchedFolder:
    """*home* is the instance's own directory: only `watch/` inside it may be watched."""

    def __init__(self, home: Path) -> None:
        self._home = home.resolve()

    @property
    def suggestion(self) -> str:
        return str(self._home / "watch")

    async def check(self, path: str) -> str:
        return await asyncio.to_thread(self._check, path)

    def _check(self, given: str) -> str:
        path = Path(given.strip()).expanduser()
        if not given.strip() or not path.is_absolute():
            raise InvalidInput({"path": f"Give the whole path, such as {self._home / 'watch'}."})
        path = path.resolve()
        own = self._home / "watch"
        if path == own:
            path.mkdir(parents=True, exist_ok=True)
        if path.is_relative_to(self._home) and not path.is_relative_to(own):
            raise InvalidInput({"path": f"Isekai keeps its own files there. Use {own}, or a folder elsewhere."})
        if self._home.is_relative_to(path) or len(path.parts) < 3:
            raise InvalidInput({"path": "This folder holds more than pictures. Choose one made for this alone."})
        if not path.is_dir() or not os.access(path, os.R_OK | os.W_OK | os.X_OK):
            raise InvalidInput({"path": "There is no such folder, or Isekai may not read and write in it."})
        return str(path)

    async def look(self, path: str) -> Sequence[Seen]:
        return await _in_thread(lambda: _look(Path(path)))

    async def read(self, path: str, name: str) -> AsyncIterator[bytes]:
        file = await _in_thread(lambda: _open(Path(path), name))
        try:
            while piece := await asyncio.to_thread(file.read, CHUNK):
                yield piece
        finally:
            file.close()

    async def read_text(self, path: str, name: str, *, most: int) -> str:
        def read() -> bytes:
            with _open(Path(path), name) as file:
                return file.read(most + 1)

        content = await _in_thread(read)
        if len(content) > most:
            raise InvalidInput({"sidecar": "The file beside the picture is too long."})
        return content.decode("utf-8", "replace")

    async def put_away(self, path: str, seen: Seen, into: str, *, reason: str | None = None) -> None:
        await _in_thread(lambda: _put_away(Path(path), seen, into, reason))


async def _in_thread(work: Callable[[], T]) -> T:
    try:
        return await asyncio.to_thread(work)
    except FileNotFoundError:
        raise NotFound("The file is gone from the watched folder.") from None
    except OSError as error:
        raise StorageUnavailable(
            f"The watched folder cannot be used: {error.strerror or 'unknown error'}."
        ) from error


def _look(folder: Path) -> list[Seen]:
    with os.scandir(folder) as entries:
        # A folder that vanished is an error; a name that vanished between two looks is not.
        files = {entry.name: entry for entry in entries if _is_plain(entry)}
    pictures = [name for name in files if not name.lower().endswith((*SIDECARS, *UNFINISHED))]
    found = [seen for name in pictures if (seen := _seen(files, name)) is not None]
    return sorted(found, key=lambda one: (one.changed, one.name))[:AT_ONCE]


def _is_plain(entry: os.DirEntry[str]) -> bool:
    return not entry.name.startswith((".", "~")) and entry.is_file(follow_symlinks=False)


def _seen(files: dict[str, os.DirEntry[str]], name: str) -> Seen | None:
    beside = find_beside(name, files)
    try:
        facts = [files[one].stat(follow_symlinks=False) for one in (name, beside) if one is not None]
    except FileNotFoundError:
        return None
    # Either of the two still growing is a reason to wait.
    return Seen(name, sum(one.st_size for one in facts), max(one.st_mtime_ns for one in facts), beside)


def _open(folder: Path, name: str) -> BufferedReader:
    if Path(name).name != name:
        raise InvalidInput({"file": "This is not a file of the folder."})
    descriptor = os.open(folder / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise InvalidInput({"file": "This is not an ordinary file."})
    return os.fdopen(descriptor, "rb")


def _put_away(folder: Path, seen: Seen, into: str, reason: str | None) -> None:
    target = folder / into
    target.mkdir(exist_ok=True)
    name = _free(target, seen.name)
    if (folder / seen.name).exists():
        (folder / seen.name).rename(target / name)
    # Two pictures may share a side-car: the first one took it along.
    if seen.sidecar is not None and (folder / seen.sidecar).exists():
        (folder / seen.sidecar).rename(target / _free(target, seen.sidecar))
    if reason is not None:
        (target / _free(target, f"{name}.reason.txt")).write_text(reason + "\n", encoding="utf-8")


def _free(target: Path, name: str) -> str:
    stem, dot, end = name.rpartition(".")
    candidate, number = name, 1
    while (target / candidate).exists():
        number += 1
        candidate = f"{stem}-{number}.{end}" if dot else f"{name}-{number}"
    return candidate
