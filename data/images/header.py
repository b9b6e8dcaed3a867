"""From a file to its header, whatever its format."""

from typing import BinaryIO

from core.errors import TooManyPixels
from data.images.decoding import avif_header
from data.images.formats import bmp, gif, jpeg, png, riff, tiff, video
from data.images.formats.header import Header
from data.images.formats.kinds import kind_of


def read_header(file: BinaryIO, *, max_pixels: int | None) -> Header:
    """Kind, size and frames, without decoding.

    Raises `UnsupportedType`, `UnreadableImage`, or `TooManyPixels` beyond *max_pixels* over all frames;
    without a limit for files that were taken in before.
    """
    header = _of_kind(file, kind_of(file))
    if max_pixels is not None and header.pixels > max_pixels:
        raise TooManyPixels(_too_many(header, max_pixels))
    return header


def _of_kind(file: BinaryIO, mime: str) -> Header:
    match mime:
        case "image/png":
            return png.read_header(file)
        case "image/jpeg":
            return jpeg.read_header(file)
        case "image/gif":
            return gif.read_header(file)
        case "image/webp":
            return riff.read_header(file)
        case "image/tiff":
            return tiff.read_header(file)
        case "image/bmp":
            return bmp.read_header(file)
        case "image/avif":
            return avif_header(file)
        case "video/webm":
            return video.read_webm(file)
        case _:
            return video.read_mp4(file, mime)


def _too_many(header: Header, limit: int) -> str:
    frames = f" in {header.frames} frames" if header.frames > 1 else ""
    size = f"{header.width:,} × {header.height:,} pixels{frames}"
    return f"The picture has {size}: more than the {limit / 1e6:,.0f} million pixels that are taken."
