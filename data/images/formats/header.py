"""What a header says about a picture, before anything is decoded."""

from dataclasses import dataclass
from typing import BinaryIO

from core.errors import UnreadableImage

CUT_SHORT = "The picture is cut short: its end is missing. Send it again."
DAMAGED = "The picture is damaged and cannot be decoded."


@dataclass(frozen=True, slots=True)
class Header:
    """`pixels` counts every frame that showing it would decode; `lossless` says it was stored exactly."""

    mime: str
    width: int
    height: int
    frames: int = 1
    pixels: int = 0
    is_video: bool = False
    lossless: bool = True


def read_exactly(file: BinaryIO, count: int) -> bytes:
    """*count* bytes, or `UnreadableImage` because the file ends before."""
    data = file.read(count)
    if len(data) != count:
        raise UnreadableImage(CUT_SHORT)
    return data


def file_size(file: BinaryIO) -> int:
    """Bytes in the file; the position is left at the start."""
    size = file.seek(0, 2)
    file.seek(0)
    return size


def checked_size(width: int, height: int) -> tuple[int, int]:
    """Refuse a picture without area."""
    if width <= 0 or height <= 0:
        raise UnreadableImage("The picture says that it is empty: its width or height is zero.")
    return width, height
