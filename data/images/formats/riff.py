"""WebP: a RIFF file of chunks.

Source: WebP container specification (Google), RFC 9649, read 2026-11-23.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from core.errors import UnreadableImage
from data.images.formats.header import CUT_SHORT, DAMAGED, Header, checked_size, file_size, read_exactly

CHUNKS_LIMIT = 20_000


@dataclass(frozen=True, slots=True)
class Chunk:
    """`offset` is where its data begins."""

    kind: bytes
    offset: int
    length: int


def read_chunks(file: BinaryIO) -> Iterator[Chunk]:
    """Each chunk inside the RIFF's own length; data after that is not looked at."""
    size = file_size(file)
    end = int.from_bytes(read_exactly(file, 12)[4:8], "little") + 8
    if end > size + 1:  # some writers count a padding byte that they leave out
        raise UnreadableImage(CUT_SHORT)
    position = 12
    for _ in range(CHUNKS_LIMIT):
        if position + 8 > end:
            return
        file.seek(position)
        head = read_exactly(file, 8)
        chunk = Chunk(head[:4], position + 8, int.from_bytes(head[4:], "little"))
        if chunk.offset + chunk.length > end:
            raise UnreadableImage(CUT_SHORT)
        yield chunk
        position = chunk.offset + chunk.length + chunk.length % 2
    raise UnreadableImage("The WebP is broken into far too many pieces.")


def read_header(file: BinaryIO) -> Header:
    """Size and frames. Every frame of an animation is drawn on the whole canvas, so each counts as one."""
    canvas: tuple[int, int] | None = None
    still: tuple[int, int] | None = None
    frames, lossless = 0, False
    for chunk in read_chunks(file):
        if chunk.kind == b"VP8X":
            canvas = _canvas(_data(file, chunk, 10))
        elif chunk.kind == b"ANMF":
            frames += 1
        elif chunk.kind == b"VP8 ":
            still = _lossy_size(_data(file, chunk, 10))
        elif chunk.kind == b"VP8L":
            still, lossless = _lossless_size(_data(file, chunk, 5)), True
    if canvas is None and still is None:
        raise UnreadableImage(DAMAGED)
    width, height = checked_size(*(canvas or still or (0, 0)))
    frames = max(1, frames)
    return Header("image/webp", width, height, frames, width * height * frames, lossless=lossless)


def _canvas(data: bytes) -> tuple[int, int]:
    return 1 + int.from_bytes(data[4:7], "little"), 1 + int.from_bytes(data[7:10], "little")


def _lossy_size(data: bytes) -> tuple[int, int]:
    return int.from_bytes(data[6:8], "little") & 0x3FFF, int.from_bytes(data[8:10], "little") & 0x3FFF


def _lossless_size(data: bytes) -> tuple[int, int]:
    bits = int.from_bytes(data[1:5], "little")
    return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)


def _data(file: BinaryIO, chunk: Chunk, wanted: int) -> bytes:
    file.seek(chunk.offset)
    if chunk.length < wanted:
        raise UnreadableImage(DAMAGED)
    return read_exactly(file, wanted)


def read_texts(file: BinaryIO, *, limit: int) -> Iterator[tuple[bytes, bytes]]:
    """(kind, data) of the EXIF and XMP chunks, at most *limit* bytes of each."""
    for chunk in read_chunks(file):
        if chunk.kind in (b"EXIF", b"XMP "):
            file.seek(chunk.offset)
            yield chunk.kind, read_exactly(file, min(chunk.length, limit))
