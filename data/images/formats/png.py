"""PNG and APNG, chunk by chunk.

Whether a PNG decodes is found out by inflating it as a stream and looking at the row filters: the same work
that a decoder does, in constant memory (a 50 MB picture: 0.1 to 0.5 s, no copy of it in memory).
Source: PNG specification, third edition (W3C, 2025), read 2026-11-23.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from core.errors import UnreadableImage
from data.images.formats.header import CUT_SHORT, DAMAGED, Header, checked_size, file_size, read_exactly
from data.images.formats.pieces import Piece, Plan, Span, joined

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHUNKS_LIMIT = 200_000  # 50 MB in the usual 8 KB pieces are 6,400
READ_BYTES = 64 * 1024
INFLATE_BYTES = 1024 * 1024
PROFILE_BYTES = 4 * 1024 * 1024

# Pixels and colour; everything else is dropped from what leaves the house.
KEPT = frozenset(b"IHDR PLTE tRNS gAMA cHRM sRGB iCCP cICP sBIT mDCV cLLI IDAT acTL fcTL fdAT IEND".split())
ANIMATION = frozenset((b"acTL", b"fcTL", b"fdAT"))
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


@dataclass(frozen=True, slots=True)
class Chunk:
    """`offset` is where its data begins; 8 bytes of length and type stand before, 4 of CRC behind."""

    kind: bytes
    offset: int
    length: int

    @property
    def whole(self) -> Span:
        return Span(self.offset - 8, self.length + 12)


@dataclass(frozen=True, slots=True)
class Layout:
    """How rows lie in the inflated stream."""

    depth: int
    colour: int
    interlaced: bool

    def passes(self, width: int, height: int) -> list[tuple[int, int]]:
        """(bytes a row with its filter byte, rows) for each pass over a picture of this size."""
        grid = ADAM7 if self.interlaced else ((0, 0, 1, 1),)
        sizes = [(-(-(width - x) // dx), -(-(height - y) // dy)) for x, y, dx, dy in grid]
        bits = CHANNELS[self.colour] * self.depth
        return [(1 + (across * bits + 7) // 8, down) for across, down in sizes if across > 0 and down > 0]


def read_chunks(file: BinaryIO) -> Iterator[Chunk]:
    """Each chunk up to and with IEND; data after that is not looked at. Raises when the file ends before."""
    end = file_size(file)
    offset = len(SIGNATURE)
    for _ in range(CHUNKS_LIMIT):
        file.seek(offset)
        head = read_exactly(file, 8)
        length = int.from_bytes(head[:4], "big")
        if offset + 12 + length > end:
            raise UnreadableImage(CUT_SHORT)
        chunk = Chunk(head[4:], offset + 8, length)
        yield chunk
        if chunk.kind == b"IEND":
            return
        offset += 12 + length
    raise UnreadableImage("The PNG is broken into far too many pieces.")


def read_header(file: BinaryIO) -> Header:
    """Size and frames. For an animation the chunks are walked, never inflated."""
    width, height, _ = _read_ihdr(file)
    frames, pixels = 1, width * height
    if _is_animated(file):
        shown = [_frame_size(file, chunk) for chunk in read_chunks(file) if chunk.kind == b"fcTL"]
        frames = max(1, len(shown))
        pixels += sum(across * down for across, down in shown[1:])
    return Header("image/png", width, height, frames, pixels)


def _read_ihdr(file: BinaryIO) -> tuple[int, int, Layout]:
    file.seek(len(SIGNATURE))
    head = read_exactly(file, 21)
    if head[:8] != b"\x00\x00\x00\x0dIHDR":
        raise UnreadableImage(DAMAGED)
    width, height = checked_size(int.from_bytes(head[8:12], "big"), int.from_bytes(head[12:16], "big"))
    depth, colour, compression, filtering, interlace = head[16:21]
    if depth not in DEPTHS.get(colour, ()) or compression or filtering or interlace > 1:
        raise UnreadableImage(DAMAGED)
    return width, height, Layout(depth, colour, bool(interlace))


def _is_animated(file: BinaryIO) -> bool:
    """An `acTL` counts only before the first IDAT. A file that ends before either is still measured."""
    try:
        first = next(chunk.kind for chunk in read_chunks(file) if chunk.kind in (b"acTL", b"IDAT"))
    except (StopIteration, UnreadableImage):
        return False
    return first == b"acTL"


def _frame_size(file: BinaryIO, chunk: Chunk) -> tuple[int, int]:
    file.seek(chunk.offset + 4)
    data = read_exactly(file, 8)
    return checked_size(int.from_bytes(data[:4], "big"), int.from_bytes(data[4:], "big"))


class _Rows:
    """Takes an inflated frame piece by piece and knows when it is complete."""

    def __init__(self, passes: list[tuple[int, int]]) -> None:
        self._inflate = zlib.decompressobj()
        self._sections = passes
        self._section = 0
        self._within = 0

    @property
    def complete(self) -> bool:
        return self._section == len(self._sections)

    def feed(self, data: bytes) -> None:
        """Raises `UnreadableImage` or `zlib.error`. What follows the last row is ignored."""
        while data and not self.complete and not self._inflate.eof:
            rows = self._inflate.decompress(data, INFLATE_BYTES)
            self._take(rows)
            data = self._inflate.unconsumed_tail

    def _take(self, rows: bytes) -> None:
        while rows and not self.complete:
            stride, count = self._sections[self._section]
            part = rows[: stride * count - self._within]
            if part[-self._within % stride :: stride].translate(None, b"\x00\x01\x02\x03\x04"):
                raise UnreadableImage(DAMAGED)
            self._within += len(part)
            rows = rows[len(part) :]
            if self._within == stride * count:
                self._section, self._within = self._section + 1, 0


def verify(file: BinaryIO) -> None:
    """Raise `UnreadableImage` unless every frame is there and inflates, and kept chunks are as they were."""
    width, height, layout = _read_ihdr(file)
    rows = _Rows(layout.passes(width, height))
    has_palette = False
    started = False
    for chunk in read_chunks(file):
        match chunk.kind:
            case b"IDAT":
                started = True
            case b"PLTE":
                has_palette = 0 < chunk.length <= 768 and chunk.length % 3 == 0
            case b"fcTL" if started:
                _require(rows.complete)
                rows = _Rows(layout.passes(*_frame_size(file, chunk)))
            case _:
                pass
        if chunk.kind in KEPT:
            _verify_chunk(file, chunk, rows)
    _require(started and rows.complete and (has_palette or layout.colour != 3))


def _require(holds: bool) -> None:
    if not holds:
        raise UnreadableImage(DAMAGED)


def _verify_chunk(file: BinaryIO, chunk: Chunk, rows: _Rows) -> None:
    skip = {b"IDAT": 0, b"fdAT": 4}.get(chunk.kind)
    file.seek(chunk.offset)
    checksum = zlib.crc32(chunk.kind)
    left = chunk.length
    while left:
        data = read_exactly(file, min(left, READ_BYTES))
        left -= len(data)
        checksum = zlib.crc32(data, checksum)
        if skip is not None:
            _feed(rows, data[skip:])
            skip = 0
    _require(read_exactly(file, 4) == checksum.to_bytes(4, "big"))


def _feed(rows: _Rows, data: bytes) -> None:
    try:
        rows.feed(data)
    except zlib.error as error:
        raise UnreadableImage(DAMAGED) from error


def make_chunk(kind: bytes, data: bytes) -> bytes:
    """A whole chunk with length and checksum."""
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")


def without_metadata(
    file: BinaryIO, *, orientation_exif: bytes | None = None, first_frame_only: bool = False
) -> Plan:
    """The picture alone: pixels, colour, animation. *orientation_exif* keeps a turned picture turned."""
    kept = KEPT - ANIMATION if first_frame_only else KEPT
    pieces: list[Piece] = [SIGNATURE]
    for chunk in read_chunks(file):
        if chunk.kind == b"IDAT" and orientation_exif:
            pieces.append(make_chunk(b"eXIf", orientation_exif))
            orientation_exif = None
        if chunk.kind == b"iCCP":
            pieces.append(_nameless_profile(file, chunk))
        elif chunk.kind in kept:
            pieces.append(chunk.whole)
    return joined(pieces)


def _nameless_profile(file: BinaryIO, chunk: Chunk) -> bytes:
    """The colour profile under a name of ours; the original name is free text."""
    if chunk.length > PROFILE_BYTES:
        return b""
    _, found, profile = read_chunk(file, chunk, limit=PROFILE_BYTES).partition(b"\0")
    return make_chunk(b"iCCP", b"icc\0" + profile) if found else b""


def read_chunk(file: BinaryIO, chunk: Chunk, *, limit: int) -> bytes:
    """The data of *chunk*, or its first *limit* bytes."""
    file.seek(chunk.offset)
    return read_exactly(file, min(chunk.length, limit))
