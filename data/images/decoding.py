"""Where Pillow is met: opening the first frame, and proving that a file decodes.

Plugins are used directly instead of through `Image.open`: the kind is known, nothing else may be tried, and
no other plugin is imported. Pillow is imported when the first picture arrives.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from core.errors import PictureRefused, UnreadableImage
from data.images.formats import gif, jpeg, png
from data.images.formats.header import DAMAGED, Header, checked_size
from data.images.formats.pieces import as_file

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFile import ImageFile


@contextmanager
def damage_named() -> Iterator[None]:
    """Whatever a decoder says about bad bytes, as `UnreadableImage`.

    Decoders fed with damaged bytes raise nearly anything (OSError, SyntaxError, ValueError, struct.error,
    MemoryError …), so here, and only around them, every exception means the same.
    """
    try:
        yield
    except PictureRefused:
        raise
    except Exception as error:
        raise UnreadableImage(DAMAGED) from error


def avif_header(file: BinaryIO) -> Header:
    """libavif parses the container when it is opened; it decodes later."""
    with damage_named():
        image = open_plain(file, "image/avif")
        width, height = checked_size(*image.size)
        frames = max(1, int(getattr(image, "n_frames", 1)))
    return Header("image/avif", width, height, frames, width * height * frames, lossless=False)


def verify(file: BinaryIO, header: Header) -> None:
    """Decode every frame with as little memory as its format allows, or raise `UnreadableImage`."""
    match header.mime:
        case "image/png":
            png.verify(file)
        case "image/jpeg":
            jpeg.verify_structure(file)
            with damage_named():
                open_first_frame(file, header, at_least=1).load()
        case "image/gif":
            _verify_gif(file)
        case _ if header.is_video:
            pass
        case _:
            _verify_plain(file, header)


def _verify_gif(file: BinaryIO) -> None:
    from PIL.GifImagePlugin import GifImageFile

    _lift_pillows_limit()
    for frame in gif.frames_alone(file):
        with damage_named():
            GifImageFile(as_file(file, frame)).load()


def _verify_plain(file: BinaryIO, header: Header) -> None:
    with damage_named():
        image = open_plain(file, header.mime)
        for frame in range(header.frames):
            image.seek(frame)
            image.load()


def open_first_frame(file: BinaryIO, header: Header, *, at_least: int | None = None) -> Image:
    """The first frame, not yet decoded and not yet turned upright; call inside `damage_named`.

    With *at_least*, a JPEG may come smaller (by 2, 4 or 8), but no side below that. Decoders see pixels and
    colour only: metadata is cut away first, so nothing in it can trouble them.
    """
    image = _open(file, header.mime)
    if image.width * image.height > header.pixels:
        raise UnreadableImage(DAMAGED)
    if at_least is not None:
        image.draft(None, (at_least, at_least))
    return image


def _open(file: BinaryIO, mime: str) -> ImageFile:
    _lift_pillows_limit()
    match mime:
        case "image/png":
            from PIL.PngImagePlugin import PngImageFile

            return PngImageFile(as_file(file, png.without_metadata(file, first_frame_only=True)))
        case "image/jpeg":
            from PIL.JpegImagePlugin import JpegImageFile

            return JpegImageFile(as_file(file, jpeg.without_metadata(file)))
        case "image/gif":
            from PIL.GifImagePlugin import GifImageFile

            return GifImageFile(as_file(file, gif.without_metadata(file, first_frame_only=True)))
        case _:
            return open_plain(file, mime)


def _lift_pillows_limit() -> None:
    """Our own limit, over all frames and settable, is applied to the header before anything gets here."""
    from PIL import Image as pillow

    pillow.MAX_IMAGE_PIXELS = None


def open_plain(file: BinaryIO, mime: str) -> ImageFile:
    """WebP, AVIF, BMP or TIFF as they are; call inside `damage_named`."""
    _lift_pillows_limit()
    file.seek(0)
    match mime:
        case "image/webp":
            from PIL.WebPImagePlugin import WebPImageFile

            return WebPImageFile(file)
        case "image/avif":
            from PIL.AvifImagePlugin import AvifImageFile

            return AvifImageFile(file)
        case "image/bmp":
            from PIL.BmpImagePlugin import BmpImageFile

            return BmpImageFile(file)
        case _:
            return _first_page(file)


def _first_page(file: BinaryIO) -> ImageFile:
    from PIL.TiffImagePlugin import TiffImageFile

    class FirstPage(TiffImageFile):
        """Pillow ends the loading of a TIFF by reading every directory in it and turning the picture."""

        def load_end(self) -> None:
            self._size = self.im.size

    return FirstPage(file)
