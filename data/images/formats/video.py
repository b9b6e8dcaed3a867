"""MP4, MOV and WebM: recognised by their containers and measured where the header says it plainly.

Nothing of a video is decoded. Sources: ISO/IEC 14496-12 (boxes), QuickTime File Format (Apple), RFC 8794
and the Matroska element list (EBML); read 2026-11-23.
"""

from collections.abc import Iterator
from typing import BinaryIO

from core.errors import UnreadableImage, UnsupportedType
from data.images.formats.header import CUT_SHORT, DAMAGED, Header, file_size, read_exactly

BOXES_LIMIT = 10_000
EBML_LIMIT = 10_000
SEGMENT, TRACKS, TRACK, VIDEO = 0x18538067, 0x1654AE6B, 0xAE, 0xE0
EBML_HEAD, DOC_TYPE, PIXEL_WIDTH, PIXEL_HEIGHT = 0x1A45DFA3, 0x4282, 0xB0, 0xBA
UNKNOWN_LENGTH = -1


def read_mp4(file: BinaryIO, mime: str) -> Header:
    """An ISO or QuickTime container; it must hold its index (`moov`), without which nothing plays it."""
    size = file_size(file)
    for kind, start, end in _boxes(file, 0, size):
        if kind == b"moov":
            width, height = _largest_track(file, start, end)
            return Header(mime, width, height, is_video=True, lossless=False)
    raise UnreadableImage(CUT_SHORT)


def _boxes(file: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """(type, start and end of the content) of each box between two offsets."""
    for _ in range(BOXES_LIMIT):
        if start + 8 > end:
            return
        file.seek(start)
        head = read_exactly(file, 8)
        length, skip = int.from_bytes(head[:4], "big"), 8
        if length == 1:
            length, skip = int.from_bytes(read_exactly(file, 8), "big"), 16
        elif length == 0:
            length = end - start
        if length < skip:
            raise UnreadableImage(DAMAGED)
        if start + length > end:
            raise UnreadableImage(CUT_SHORT)
        yield head[4:], start + skip, start + length
        start += length


def _largest_track(file: BinaryIO, start: int, end: int) -> tuple[int, int]:
    sizes = [
        _track_size(file, inner_start, inner_end)
        for kind, track_start, track_end in _boxes(file, start, end)
        if kind == b"trak"
        for inner, inner_start, inner_end in _boxes(file, track_start, track_end)
        if inner == b"tkhd"
    ]
    return max(sizes, key=lambda size: size[0] * size[1], default=(0, 0))


def _track_size(file: BinaryIO, start: int, end: int) -> tuple[int, int]:
    """Width and height end a track header, as 16.16 numbers."""
    if end - start < 84:
        return 0, 0
    file.seek(end - 8)
    data = read_exactly(file, 8)
    return int.from_bytes(data[:2], "big"), int.from_bytes(data[4:6], "big")


def read_webm(file: BinaryIO) -> Header:
    """A Matroska container that says it is WebM."""
    size = file_size(file)
    doc_type = b""
    for element, start, end in _elements(file, 0, size):
        if element == EBML_HEAD:
            doc_type = _doc_type(file, start, end)
            if doc_type != b"webm":
                raise UnsupportedType("This is a Matroska video; save it as MP4, WebM or MOV.")
        elif element == SEGMENT and doc_type:
            width, height = _video_size(file, start, end)
            return Header("video/webm", width, height, is_video=True, lossless=False)
    raise UnreadableImage(CUT_SHORT)


def _doc_type(file: BinaryIO, start: int, end: int) -> bytes:
    for element, inner_start, inner_end in _elements(file, start, end):
        if element == DOC_TYPE:
            file.seek(inner_start)
            return read_exactly(file, min(16, inner_end - inner_start)).rstrip(b"\0")
    return b""


def _video_size(file: BinaryIO, start: int, end: int) -> tuple[int, int]:
    for wanted in (TRACKS, TRACK, VIDEO):
        found = next((element for element in _elements(file, start, end) if element[0] == wanted), None)
        if found is None:
            return 0, 0
        _, start, end = found
    sizes = {element: _unsigned(file, s, e) for element, s, e in _elements(file, start, end)}
    return sizes.get(PIXEL_WIDTH, 0), sizes.get(PIXEL_HEIGHT, 0)


def _unsigned(file: BinaryIO, start: int, end: int) -> int:
    file.seek(start)
    return int.from_bytes(read_exactly(file, min(8, end - start)), "big")


def _elements(file: BinaryIO, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """(id, start and end of the content) of each EBML element between two offsets.

    An element that says it is longer than the file (a live recording, or one cut short) ends with it.
    """
    for _ in range(EBML_LIMIT):
        if start + 2 > end:
            return
        file.seek(start)
        element = _variable_number(file, keep_marker=True)
        length = _variable_number(file, keep_marker=False)
        content = file.tell()
        stop = end if length == UNKNOWN_LENGTH else min(end, content + length)
        yield element, content, stop
        start = max(stop, start + 2)


def _variable_number(file: BinaryIO, *, keep_marker: bool) -> int:
    first = read_exactly(file, 1)[0]
    length = 9 - first.bit_length()
    if length > 8:
        raise UnreadableImage(DAMAGED)
    data = bytes((first,)) + read_exactly(file, length - 1)
    number = int.from_bytes(data, "big")
    if keep_marker:
        return number
    number &= (1 << 7 * length) - 1
    return UNKNOWN_LENGTH if number == (1 << 7 * length) - 1 else number
