"""TIFF directories, as a TIFF file begins with one and as EXIF is one.

Source: TIFF 6.0 (Adobe, 1992) and EXIF 2.32 (CIPA), read 2026-11-23. Values are read only when asked for: a
directory of a few bytes may point at the whole file a thousand times.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from core.errors import UnreadableImage
from data.images.formats.header import DAMAGED, Header, checked_size, file_size

ORDERS = {b"II*\0": "little", b"MM\0*": "big"}
BIG_TIFF = (b"II+\0", b"MM\0+")
TYPE_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
ENTRIES_LIMIT = 200
VALUES_LIMIT = 1_000_000
VALUE_BYTES_LIMIT = 16 * 1024 * 1024

WIDTH, HEIGHT, COMPRESSION, ORIENTATION = 256, 257, 259, 274
TILE_WIDTH, TILE_HEIGHT = 322, 323
EXIF_DIRECTORY = 0x8769
LOSSY = frozenset((6, 7, 34892, 50001))  # JPEG in its three forms, WebP


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a value lies: `count` values of `type`, from `offset` in the file."""

    type: int
    count: int
    offset: int

    @property
    def length(self) -> int:
        return TYPE_BYTES.get(self.type, 1) * self.count


class Directories:
    """Reads directories and values of one TIFF structure. Damage yields less, never an exception."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._size = file_size(file)
        self._order = ORDERS.get(file.read(4), "")
        self.first = self._number(4, 4) if self._order else 0

    def read(self, offset: int) -> Mapping[int, Entry]:
        """The entries of the directory at *offset*; the first of each tag counts."""
        entries: dict[int, Entry] = {}
        for tag, entry in self.entries(offset):
            entries.setdefault(tag, entry)
        return entries

    def entries(self, offset: int) -> Iterator[tuple[int, Entry]]:
        """(tag, entry) as they stand in the directory, repetitions included; `ENTRIES_LIMIT` at most."""
        if not 8 <= offset < self._size:
            return
        for index in range(min(self._number(offset, 2), ENTRIES_LIMIT)):
            at = offset + 2 + 12 * index
            if at + 12 > self._size:
                return
            entry = Entry(self._number(at + 2, 2), self._number(at + 4, 4), at + 8)
            if entry.length > 4:
                entry = Entry(entry.type, entry.count, self._number(at + 8, 4))
            yield self._number(at, 2), entry

    def number(self, entry: Entry | None, default: int = 0) -> int:
        """The first value of a SHORT or LONG entry."""
        if entry is None or entry.type not in (1, 3, 4, 13) or entry.count == 0:
            return default
        return self._number(entry.offset, TYPE_BYTES[entry.type])

    def data(self, entry: Entry | None, *, limit: int) -> bytes:
        """The bytes of a value, at most *limit* of them."""
        if entry is None:
            return b""
        self._file.seek(entry.offset)
        return self._file.read(min(entry.length, limit))

    @property
    def order(self) -> str:
        """`little`, `big`, or nothing when this is no TIFF structure."""
        return self._order

    def _number(self, offset: int, size: int) -> int:
        self._file.seek(offset)
        data = self._file.read(size)
        return int.from_bytes(data, "little" if self._order == "little" else "big")


def orientation_of(file: BinaryIO) -> int:
    """1 to 8 as EXIF counts them; 1 when nothing is said or it makes no sense."""
    directories = Directories(file)
    turned = directories.number(directories.read(directories.first).get(ORIENTATION), 1)
    return turned if 1 <= turned <= 8 else 1


def orientation_alone(orientation: int) -> bytes:
    """The smallest EXIF there is: one directory with one entry."""
    return (
        b"MM\0*\0\0\0\x08\0\x01"
        + ORIENTATION.to_bytes(2, "big")
        + b"\0\x03\0\0\0\x01"
        + orientation.to_bytes(2, "big")
        + b"\0\0\0\0\0\0"
    )


def read_header(file: BinaryIO) -> Header:
    """Size of the first page, the one that is shown. Refuses what a decoder would choke on."""
    directories = Directories(file)
    entries = directories.read(directories.first)
    _refuse_excess([entry for _, entry in directories.entries(directories.first)])
    width = directories.number(entries.get(WIDTH))
    height = directories.number(entries.get(HEIGHT))
    checked_size(width, height)
    tile_width = directories.number(entries.get(TILE_WIDTH))
    tile_height = directories.number(entries.get(TILE_HEIGHT))
    pixels = max(width, tile_width) * max(height, tile_height)
    lossless = directories.number(entries.get(COMPRESSION), 1) not in LOSSY
    return Header("image/tiff", width, height, pixels=pixels, lossless=lossless)


def _refuse_excess(entries: list[Entry]) -> None:
    """A decoder reads the value of every entry, so all of them together must be of a reasonable size."""
    if any(entry.count > VALUES_LIMIT for entry in entries if entry.type not in (1, 2, 6, 7)):
        raise UnreadableImage(DAMAGED)
    if len(entries) == ENTRIES_LIMIT or sum(entry.length for entry in entries) > VALUE_BYTES_LIMIT:
        raise UnreadableImage("The TIFF carries more data about the picture than picture.")
