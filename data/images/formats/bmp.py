"""BMP headers.

Source: BITMAPINFOHEADER and its successors (Microsoft Learn), read 2026-11-23.
"""

from typing import BinaryIO

from core.errors import UnreadableImage
from data.images.formats.header import Header, checked_size, file_size, read_exactly

RUN_LENGTH = (1, 2)
RUN_LENGTH_BYTES = 2 * 1024 * 1024  # Pillow unpacks these in Python: 2 MB take about 2 s


def read_header(file: BinaryIO) -> Header:
    """Size from the information header; a negative height means that rows go downwards."""
    size = file_size(file)
    head = read_exactly(file, 26)
    if int.from_bytes(head[14:18], "little") == 12:
        width, height = int.from_bytes(head[18:20], "little"), int.from_bytes(head[20:22], "little")
    else:
        width = int.from_bytes(head[18:22], "little", signed=True)
        height = abs(int.from_bytes(head[22:26], "little", signed=True))
        compression = int.from_bytes(read_exactly(file, 8)[4:], "little")
        if compression in RUN_LENGTH and size > RUN_LENGTH_BYTES:
            raise UnreadableImage("A run-length BMP of this size is not read; save the picture as PNG.")
    checked_size(width, height)
    return Header("image/bmp", width, height, pixels=width * height)
