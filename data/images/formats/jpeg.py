"""JPEG, segment by segment.

Source: ITU-T T.81, annex B; JFIF 1.02; read 2026-11-23. A progressive picture may ask for any number of
passes over all its pixels in a few bytes each, so passes are counted before anything is decoded.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from core.errors import UnreadableImage
from data.images.formats.header import CUT_SHORT, DAMAGED, Header, checked_size, read_exactly
from data.images.formats.pieces import Piece, Plan, Span, joined

SOI = b"\xff\xd8"
DHT, EOI, SOS, DQT, DRI, COM = 0xC4, 0xD9, 0xDA, 0xDB, 0xDD, 0xFE
APP0, APP1, APP2, APP11, APP14 = 0xE0, 0xE1, 0xE2, 0xEB, 0xEE
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
TABLES = frozenset((DHT, DQT, DRI, 0xCC, 0xDC))  # with DAC and DNL
SEGMENTS_LIMIT = 20_000
FILL_BYTES_LIMIT = 1_000
SCANS_LIMIT = 100  # the usual progressive script has 10
SCAN_BYTES = 256 * 1024
NEXT_MARKER = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]")
JFIF, ICC, ADOBE = b"JFIF\0", b"ICC_PROFILE\0", b"Adobe"


@dataclass(frozen=True, slots=True)
class Segment:
    """A marker with its data; `start` is its 0xFF, `offset` and `length` frame what follows the length field.

    For a scan, `length` covers the scan header only and `end` lies behind the compressed data.
    """

    marker: int
    start: int
    offset: int
    length: int
    end: int


def read_segments(file: BinaryIO, *, until_scan: bool = False) -> Iterator[Segment]:
    """Each segment after SOI up to and with EOI (or up to the first scan, without reading it).

    Raises `UnreadableImage` when the file ends before.
    """
    position = 2
    for _ in range(SEGMENTS_LIMIT):
        start, marker = _read_marker(file, position)
        if marker == EOI:
            yield Segment(marker, start, start + 2, 0, start + 2)
            return
        if marker == 0x01 or 0xD0 <= marker <= 0xD7:
            position = start + 2
            continue
        length = int.from_bytes(read_exactly(file, 2), "big") - 2
        if length < 0:
            raise UnreadableImage(DAMAGED)
        position = start + 4 + length
        if marker == SOS:
            if until_scan:
                return
            position = _end_of_scan(file, position)
        yield Segment(marker, start, start + 4, length, position)
    raise UnreadableImage("The JPEG is broken into far too many pieces.")


def _read_marker(file: BinaryIO, position: int) -> tuple[int, int]:
    """Where the marker at *position* begins and which it is; fill bytes before it are skipped."""
    file.seek(position)
    prefix, marker = read_exactly(file, 2)
    for _ in range(FILL_BYTES_LIMIT):
        if marker != 0xFF or prefix != 0xFF:
            break
        position += 1
        marker = read_exactly(file, 1)[0]
    if prefix != 0xFF or marker in (0x00, 0xD8, 0xFF):
        raise UnreadableImage(DAMAGED)
    return position, marker


def _end_of_scan(file: BinaryIO, position: int) -> int:
    """The position of the first marker behind compressed data, restart markers apart."""
    file.seek(position)
    tail = b""
    while data := file.read(SCAN_BYTES):
        window = tail + data
        if found := NEXT_MARKER.search(window):
            return position - len(tail) + found.start()
        tail = b"\xff" if window.endswith(b"\xff") else b""
        position += len(data)
    raise UnreadableImage(CUT_SHORT)


def read_header(file: BinaryIO) -> Header:
    """Size from the frame header. Only segments before it are looked at."""
    for segment in read_segments(file, until_scan=True):
        if segment.marker in FRAMES:
            data = _data(file, segment, 6)
            if len(data) < 6:
                break
            width, height = checked_size(int.from_bytes(data[3:5], "big"), int.from_bytes(data[1:3], "big"))
            return Header("image/jpeg", width, height, pixels=width * height, lossless=False)
    raise UnreadableImage(DAMAGED)


def verify_structure(file: BinaryIO) -> None:
    """Refuse a file that ends early or asks for too many passes. The pixels are a decoder's business."""
    scans = sum(segment.marker == SOS for segment in read_segments(file))
    if scans == 0:
        raise UnreadableImage(DAMAGED)
    if scans > SCANS_LIMIT:
        raise UnreadableImage(f"The JPEG asks for {scans} passes over its pixels; that is never needed.")


def _data(file: BinaryIO, segment: Segment, limit: int) -> bytes:
    file.seek(segment.offset)
    return read_exactly(file, min(segment.length, limit))


def without_metadata(file: BinaryIO, *, orientation_exif: bytes | None = None) -> Plan:
    """Tables, scans, colour profile and the two markers that tell how colours are meant; nothing else.

    *orientation_exif* is written as the only EXIF, so that a turned picture stays turned.
    """
    pieces: list[Piece] = [SOI]
    if orientation_exif:
        pieces.append(make_segment(APP1, b"Exif\0\0" + orientation_exif))
    for segment in read_segments(file):
        pieces.extend(_kept(file, segment))
    return joined(pieces)


def _kept(file: BinaryIO, segment: Segment) -> list[Piece]:
    whole = Span(segment.start, segment.end - segment.start)
    match segment.marker:
        case marker if marker in FRAMES or marker in TABLES or marker in (SOS, EOI):
            return [whole]
        case marker if marker == APP0:
            return _jfif_alone(_data(file, segment, 14))
        case marker if marker == APP2 and _data(file, segment, 12) == ICC:
            return [whole]
        case marker if marker == APP14 and (adobe := _data(file, segment, 12)).startswith(ADOBE):
            return [make_segment(APP14, adobe)]
        case _:
            return []


def _jfif_alone(data: bytes) -> list[Piece]:
    """The JFIF marker without its thumbnail and print density."""
    if len(data) < 14 or not data.startswith(JFIF):
        return []
    return [make_segment(APP0, data[:7] + b"\x00\x00\x01\x00\x01\x00\x00")]


def make_segment(marker: int, data: bytes) -> bytes:
    """A whole segment; *data* holds at most 65,533 bytes."""
    return bytes((0xFF, marker)) + (len(data) + 2).to_bytes(2, "big") + data


def read_texts(file: BinaryIO, *, limit: int) -> Iterator[tuple[int, bytes]]:
    """(marker, data) of each segment that may hold metadata, before the first scan; *limit* bytes in all."""
    for segment in read_segments(file, until_scan=True):
        if limit <= 0:
            return
        if segment.marker == COM or APP1 <= segment.marker <= 0xEF:
            data = _data(file, segment, limit)
            limit -= len(data)
            yield segment.marker, data
