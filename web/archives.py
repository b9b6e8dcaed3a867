"""A zip archive that somebody sent: opened only when its list of names is of a reasonable size."""

import asyncio
import zipfile
import zlib
from collections.abc import AsyncIterator
from typing import IO

from core.errors import InvalidInput

CHUNK = 256 * 1024
# Bytes of the list of what is in it: some 200,000 names. It is read whole, and each name becomes an object.
LIST_MOST = 16 * 1024 * 1024
_END, _END_BYTES, _COMMENT_MOST = b"PK\5\6", 22, 65_535
_LARGE_END = b"PK\6\6"


class Archive:
    """Read in threads: an archive may be large."""

    def __init__(self, opened: zipfile.ZipFile) -> None:
        self._zip = opened
        self.names = [name for name in opened.namelist() if not name.endswith("/")]

    async def read(self, name: str) -> AsyncIterator[bytes]:
        """Raises `InvalidInput` for a file that is damaged, locked, or packed in a way that is not known."""
        try:
            with self._zip.open(name) as member:
                while chunk := await asyncio.to_thread(member.read, CHUNK):
                    yield chunk
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            RuntimeError,
            NotImplementedError,
            KeyError,
            OSError,
            ValueError,
        ):
            raise InvalidInput({"files": f"“{name[:80]}” cannot be taken out of the archive."}) from None


async def open_archive(file: IO[bytes]) -> Archive:
    """Raises `InvalidInput`. The caller closes *file*."""
    return await asyncio.to_thread(_opened, file)


def _opened(file: IO[bytes]) -> Archive:
    if _list_bytes(file) > LIST_MOST:
        raise InvalidInput({"files": "This archive holds far too many files; split the plan."})
    file.seek(0)
    try:
        return Archive(zipfile.ZipFile(file))
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError):
        raise InvalidInput({"files": "This is not a zip archive."}) from None


def _list_bytes(file: IO[bytes]) -> int:
    """How long the archive says that its list is: the largest of what stands at its end in either form."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _COMMENT_MOST - 1024))
    tail = file.read()
    end = tail.rfind(_END)
    large = tail.rfind(_LARGE_END)
    said = int.from_bytes(tail[end + 12 : end + 16], "little") if end >= 0 else 0
    said = 0 if said == 0xFFFFFFFF else said
    return max(said, int.from_bytes(tail[large + 40 : large + 48], "little") if large >= 0 else 0)
