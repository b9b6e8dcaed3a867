"""A zip archive written while it is read, in memory that does not grow with it.

Python's own writer keeps every name until the end; for a hundred thousand pictures that is a hundred megabytes. Here
the directory waits in a temporary file. Entries are stored or deflated, sizes follow their data, and every entry has
the 64-bit form, so that nothing depends on knowing a size beforehand.
Source: APPNOTE.TXT 6.3.10, sections 4.3 to 4.5, read 2026-11-23.
"""

import struct
import tempfile
import zlib
from collections.abc import AsyncIterator, Iterator
from datetime import datetime

DIRECTORY_IN_MEMORY = 512 * 1024
PIECE = 256 * 1024

_LOCAL = struct.Struct("<IHHHHHIIIHH")
_DESCRIPTOR = struct.Struct("<IIQQ")
_CENTRAL = struct.Struct("<IHHHHHHIIIHHHHHII")
_END64 = struct.Struct("<IQHHIIQQQQ")
_LOCATOR = struct.Struct("<IIQI")
_END = struct.Struct("<IHHHHIIH")

_NEEDS = 45  # version 4.5: 64-bit sizes
_FLAGS = 0x0808  # sizes after the data; names in UTF-8
_MAX32, _MAX16 = 0xFFFFFFFF, 0xFFFF
_STORED, _DEFLATED = 0, 8


class ZipStream:
    """Call `entry` for each file in turn, passing on what it yields, and `end` last."""

    def __init__(self, *, at: datetime) -> None:
        self._time, self._date = _dos(at)
        self._offset = 0
        self._count = 0
        self._directory = tempfile.SpooledTemporaryFile(max_size=DIRECTORY_IN_MEMORY)  # noqa: SIM115 - `close` does

    async def entry(self, name: str, content: AsyncIterator[bytes], *, pack: bool = False) -> AsyncIterator[bytes]:
        """The bytes of one entry. *pack* deflates: for text; pictures are packed already."""
        raw, start = name.encode(), self._offset
        method = _DEFLATED if pack else _STORED
        yield self._sent(_local(raw, method, self._time, self._date))
        packer = zlib.compressobj(6, zlib.DEFLATED, -15) if pack else None
        crc, size, written = 0, 0, 0
        async for chunk in content:
            crc, size = zlib.crc32(chunk, crc), size + len(chunk)
            out = packer.compress(chunk) if packer is not None else chunk
            if out:
                written += len(out)
                yield self._sent(out)
        if packer is not None:
            out = packer.flush()
            written += len(out)
            yield self._sent(out)
        yield self._sent(_DESCRIPTOR.pack(0x08074B50, crc, written, size))
        self._count += 1
        self._directory.write(_central(raw, method, self._time, self._date, crc, written, size, start))

    def end(self) -> Iterator[bytes]:
        """The directory and what leads to it."""
        start = self._offset
        self._directory.seek(0)
        while piece := self._directory.read(PIECE):
            yield self._sent(piece)
        size, end64 = self._offset - start, self._offset
        count = self._count
        yield _END64.pack(0x06064B50, 44, _NEEDS, _NEEDS, 0, 0, count, count, size, start)
        yield _LOCATOR.pack(0x07064B50, 0, end64, 1)
        shown = min(count, _MAX16)
        yield _END.pack(0x06054B50, 0, 0, shown, shown, min(size, _MAX32), min(start, _MAX32), 0)

    def close(self) -> None:
        self._directory.close()

    def _sent(self, chunk: bytes) -> bytes:
        self._offset += len(chunk)
        return chunk


def _local(name: bytes, method: int, time: int, date: int) -> bytes:
    extra = struct.pack("<HHQQ", 1, 16, 0, 0)
    head = _LOCAL.pack(0x04034B50, _NEEDS, _FLAGS, method, time, date, 0, _MAX32, _MAX32, len(name), len(extra))
    return head + name + extra


def _central(name: bytes, method: int, time: int, date: int, crc: int, written: int, size: int, start: int) -> bytes:
    extra = struct.pack("<HHQQQ", 1, 24, size, written, start)
    head = _CENTRAL.pack(
        0x02014B50, _NEEDS, _NEEDS, _FLAGS, method, time, date, crc, _MAX32, _MAX32, len(name), len(extra),
        0, 0, 0, 0, _MAX32,
    )  # fmt: skip
    return head + name + extra


def _dos(at: datetime) -> tuple[int, int]:
    """Time and date as zip writes them: two-second steps, years since 1980."""
    return (
        at.hour << 11 | at.minute << 5 | at.second // 2,
        (at.year - 1980) << 9 | at.month << 5 | at.day,
    )
