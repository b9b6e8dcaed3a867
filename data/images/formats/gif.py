"""GIF, block by block.

Source: GIF89a specification (CompuServe, 1990), read 2026-11-23. A frame of a few bytes may stand for
millions of pixels, so the pixels of all frames are added up from descriptors before anything is decoded.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from core.errors import TooManyPixels, UnreadableImage
from data.images.formats.header import CUT_SHORT, DAMAGED, Header, checked_size, read_exactly
from data.images.formats.pieces import Piece, Plan, Span, joined

SIGNATURES = (b"GIF87a", b"GIF89a")
EXTENSION, IMAGE, TRAILER = 0x21, 0x2C, 0x3B
GRAPHIC_CONTROL, APPLICATION = 0xF9, 0xFF
LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
FRAMES_LIMIT = 5_000
SUB_BLOCKS_LIMIT = 600_000  # 50 MB in full sub-blocks are 206,000


@dataclass(frozen=True, slots=True)
class Screen:
    """The canvas, and where the blocks begin (behind the global colours)."""

    width: int
    height: int
    colours: Span
    blocks_at: int


@dataclass(frozen=True, slots=True)
class Block:
    """One block with its sub-blocks, `start` to `end`. `label` is an extension's; `size` a frame's, and `corner` its
    lower right one on the canvas.
    """

    kind: int
    start: int
    end: int
    label: int = 0
    size: tuple[int, int] = (0, 0)
    corner: tuple[int, int] = (0, 0)


def read_screen(file: BinaryIO) -> Screen:
    """The logical screen descriptor."""
    file.seek(0)
    head = read_exactly(file, 13)
    width, height = int.from_bytes(head[6:8], "little"), int.from_bytes(head[8:10], "little")
    colours = 3 << (1 + (head[10] & 7)) if head[10] & 0x80 else 0
    return Screen(width, height, Span(13, colours), 13 + colours)


def read_blocks(file: BinaryIO) -> Iterator[Block]:
    """Each block up to and with the trailer; data after that is not looked at."""
    position = read_screen(file).blocks_at
    budget = SUB_BLOCKS_LIMIT
    while True:
        file.seek(position)
        kind = read_exactly(file, 1)[0]
        if kind == TRAILER:
            yield Block(kind, position, position + 1)
            return
        label, size, corner = 0, (0, 0), (0, 0)
        if kind == EXTENSION:
            label = read_exactly(file, 1)[0]
        elif kind == IMAGE:
            size, corner = _read_descriptor(file)
        else:
            raise UnreadableImage(DAMAGED)
        budget -= _skip_sub_blocks(file, budget)
        end = file.tell()
        yield Block(kind, position, end, label, size, corner)
        position = end


def _read_descriptor(file: BinaryIO) -> tuple[tuple[int, int], tuple[int, int]]:
    """Size of the frame and its lower right corner; the position is left at its sub-blocks."""
    data = read_exactly(file, 9)
    size = checked_size(int.from_bytes(data[4:6], "little"), int.from_bytes(data[6:8], "little"))
    if data[8] & 0x80:
        file.seek(3 << (1 + (data[8] & 7)), 1)
    read_exactly(file, 1)  # the code size
    left, top = int.from_bytes(data[:2], "little"), int.from_bytes(data[2:4], "little")
    return size, (left + size[0], top + size[1])


def _skip_sub_blocks(file: BinaryIO, budget: int) -> int:
    """Move behind the sub-blocks; answers how many there were."""
    for count in range(budget):
        length = file.read(1)
        if not length:
            raise UnreadableImage(CUT_SHORT)
        if length == b"\0":
            return count + 1
        read_exactly(file, length[0])
    raise UnreadableImage("The GIF is broken into far too many pieces.")


def read_header(file: BinaryIO) -> Header:
    """Canvas, frames, and the pixels of all of them."""
    screen = read_screen(file)
    width, height = screen.width, screen.height
    frames = pixels = 0
    for block in read_blocks(file):
        if block.kind != IMAGE:
            continue
        if frames == 0:  # a canvas is as large as its first frame needs, whatever it says
            width, height = max(width, block.corner[0]), max(height, block.corner[1])
            pixels = width * height
        else:
            pixels += block.size[0] * block.size[1]
        frames += 1
        if frames > FRAMES_LIMIT:
            raise TooManyPixels(f"The animation has more than {FRAMES_LIMIT:,} frames.")
    if frames == 0:
        raise UnreadableImage("The GIF holds no picture.")
    return Header("image/gif", width, height, frames, pixels)


def frames_alone(file: BinaryIO) -> Iterator[Plan]:
    """Each frame as a GIF of its own, without a canvas around it: what a decoder needs to prove it."""
    screen = read_screen(file)
    for block in read_blocks(file):
        if block.kind == IMAGE:
            yield _single(file, screen, block)


def _single(file: BinaryIO, screen: Screen, block: Block) -> Plan:
    file.seek(10)
    flags = read_exactly(file, 3)
    file.seek(block.start + 9)
    packed = read_exactly(file, 1)
    width, height = block.size
    size = width.to_bytes(2, "little") + height.to_bytes(2, "little")
    descriptor = b"\x2c\0\0\0\0" + size + packed
    body = Span(block.start + 10, block.end - block.start - 10)
    return joined((b"GIF89a" + size + flags, screen.colours, descriptor, body, bytes((TRAILER,))))


def without_metadata(file: BinaryIO, *, first_frame_only: bool = False) -> Plan:
    """Frames with their timing and the number of loops; no comments, no XMP, nothing after the end."""
    pieces: list[Piece] = [b"GIF89a", Span(6, read_screen(file).blocks_at - 6)]
    for block in read_blocks(file):
        pieces.extend(_kept(file, block))
        if first_frame_only and block.kind == IMAGE:
            pieces.append(bytes((TRAILER,)))
            break
    return joined(pieces)


def _kept(file: BinaryIO, block: Block) -> list[Piece]:
    whole = Span(block.start, block.end - block.start)
    if block.kind in (IMAGE, TRAILER):
        return [whole]
    file.seek(block.start + 2)
    if block.label == GRAPHIC_CONTROL:
        data = read_exactly(file, 5)
        return [b"\x21\xf9" + data + b"\0"] if data[0] == 4 else []
    if block.label == APPLICATION:
        data = read_exactly(file, min(16, block.end - block.start - 2))
        if data[:1] == b"\x0b" and data[1:12] in LOOPS and data[12:14] == b"\x03\x01":
            return [b"\x21\xff" + data + b"\0"]
    return []


def read_comments(file: BinaryIO, *, limit: int) -> Iterator[bytes]:
    """The text of comment extensions, at most *limit* bytes of each, and of no more than ten."""
    found = 0
    for block in read_blocks(file):
        if block.kind == EXTENSION and block.label == 0xFE and found < 10:
            found += 1
            yield _text(file, block, limit)


def _text(file: BinaryIO, block: Block, limit: int) -> bytes:
    file.seek(block.start + 2)
    text = bytearray()
    while (length := read_exactly(file, 1)[0]) and len(text) < limit:
        text += read_exactly(file, length)
    return bytes(text)
