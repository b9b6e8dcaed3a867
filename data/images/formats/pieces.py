"""A file described as pieces of another one: how metadata is left out without touching a pixel.

A piece is bytes of our own or a stretch of the source. A plan made of them can be written to a file, or
read by a decoder as if it were one.
"""

import io
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import BinaryIO

from core.errors import UnreadableImage
from data.images.formats.header import CUT_SHORT

COPY_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Span:
    """*length* bytes of the source, from *offset*."""

    offset: int
    length: int


Piece = bytes | Span
Plan = tuple[Piece, ...]


def joined(pieces: Iterable[Piece]) -> Plan:
    """The same bytes in fewer pieces: neighbours are merged."""
    merged: list[Piece] = []
    for piece in pieces:
        last = merged[-1] if merged else None
        if isinstance(piece, bytes) and isinstance(last, bytes):
            merged[-1] = last + piece
        elif isinstance(piece, Span) and isinstance(last, Span) and last.offset + last.length == piece.offset:
            merged[-1] = Span(last.offset, last.length + piece.length)
        else:
            merged.append(piece)
    return tuple(merged)


def length_of(piece: Piece) -> int:
    """Bytes this piece stands for."""
    return len(piece) if isinstance(piece, bytes) else piece.length


def copy(source: BinaryIO, plan: Plan, target: BinaryIO) -> None:
    """Write what *plan* describes. Raises `UnreadableImage` when the source ends early."""
    for piece in plan:
        if isinstance(piece, bytes):
            target.write(piece)
            continue
        source.seek(piece.offset)
        left = piece.length
        while left:
            data = source.read(min(left, COPY_BYTES))
            if not data:
                raise UnreadableImage(CUT_SHORT)
            target.write(data)
            left -= len(data)


class PiecesReader(io.RawIOBase):
    """Reads a plan as one file, so that a decoder never meets what was left out."""

    def __init__(self, source: BinaryIO, plan: Sequence[Piece]) -> None:
        super().__init__()
        self._source = source
        self._plan = tuple(plan)
        self._starts = [0, *accumulate(length_of(piece) for piece in self._plan)]
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._starts[-1]}[whence]
        self._position = max(0, base + offset)
        return self._position

    def readinto(self, buffer: memoryview | bytearray) -> int:  # type: ignore[override]  # what BufferedReader passes
        data = self._read_some(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def _read_some(self, wanted: int) -> bytes:
        if self._position >= self._starts[-1]:
            return b""
        index = bisect_right(self._starts, self._position) - 1
        within = self._position - self._starts[index]
        piece = self._plan[index]
        if isinstance(piece, bytes):
            data = piece[within : within + wanted]
        else:
            self._source.seek(piece.offset + within)
            data = self._source.read(min(wanted, piece.length - within))
        self._position += len(data)
        return data


def as_file(source: BinaryIO, plan: Sequence[Piece]) -> BinaryIO:
    """A buffered file that reads *plan*; *source* must stay open while it is used."""
    return io.BufferedReader(PiecesReader(source, plan), COPY_BYTES)
