"""Where each format keeps its EXIF, and which way up a picture is."""

import io
from typing import BinaryIO

from data.images.decoding import damage_named, open_plain
from data.images.formats import jpeg, png, riff, tiff
from data.images.formats.header import Header

EXIF_BYTES = 4 * 1024 * 1024
PREFIX = b"Exif\0\0"
IDENTITY = 1


def find_exif(file: BinaryIO, header: Header) -> BinaryIO | None:
    """The EXIF block as a file that begins with its TIFF header, or None."""
    if header.mime == "image/tiff":
        return file
    data = _exif_bytes(file, header.mime)
    return io.BytesIO(data.removeprefix(PREFIX)) if data else None


def _exif_bytes(file: BinaryIO, mime: str) -> bytes | None:
    match mime:
        case "image/jpeg":
            segments = jpeg.read_texts(file, limit=EXIF_BYTES)
            return next((data for marker, data in segments if _is_exif(marker, data)), None)
        case "image/png":
            return _png_exif(file)
        case "image/webp":
            return next((data for kind, data in riff.read_texts(file, limit=EXIF_BYTES) if kind == b"EXIF"), None)
        case "image/avif":
            with damage_named():
                found = open_plain(file, mime).info.get("exif")
            return found if isinstance(found, bytes) else None
        case _:
            return None


def _is_exif(marker: int, data: bytes) -> bool:
    return marker == jpeg.APP1 and data.startswith(PREFIX)


def _png_exif(file: BinaryIO) -> bytes | None:
    for chunk in png.read_chunks(file):
        if chunk.kind == b"eXIf":
            return png.read_chunk(file, chunk, limit=EXIF_BYTES)
    return None


def orientation_of(file: BinaryIO, header: Header) -> int:
    """1 (upright) to 8 as EXIF counts them."""
    exif = find_exif(file, header)
    return IDENTITY if exif is None else tiff.orientation_of(exif)


def swaps_sides(orientation: int) -> bool:
    """Whether a picture so turned is as wide as it was stored high."""
    return orientation >= 5
