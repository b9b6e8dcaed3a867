"""Thumbnails and perceptual hashes of the first frame."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, BinaryIO

from core.posts.pictures import Derived
from data.images.decoding import damage_named, open_first_frame
from data.images.exif import orientation_of
from data.images.formats.header import Header

if TYPE_CHECKING:
    from PIL.Image import Image

LONG_SIDE = 480
QUALITY = 80
BAND_PIXELS = 1_000_000
PROFILE_BYTES = 4 * 1024 * 1024


def derive(file: BinaryIO, header: Header) -> Derived:
    """Decode the first frame once, small where the format allows. Raises `UnreadableImage`."""
    orientation = orientation_of(file, header)
    with damage_named():
        image = open_first_frame(file, header, at_least=2 * LONG_SIDE)
        image.load()
        small = upright(_in_srgb(_shrunk(image), image.info.get("icc_profile")), orientation)
        return Derived(_as_webp(small), small.width, small.height, difference_hash(small))


def _shrunk(image: Image) -> Image:
    """RGB or RGBA with a long side of at most 480; never larger than it was.

    Large pictures are first reduced by a whole factor, band by band, so that turning palettes, 16 bits or
    CMYK into RGB never makes a second copy of the whole.
    """
    from PIL import Image as pillow

    mode = "RGBA" if image.has_transparency_data else "RGB"
    scale = max(image.width, image.height) / LONG_SIDE
    reduced = _reduced(image, mode, max(1, int(scale / 2)))
    if scale <= 1:
        return reduced
    size = (max(1, round(image.width / scale)), max(1, round(image.height / scale)))
    return reduced.resize(size, pillow.Resampling.LANCZOS)


def _reduced(image: Image, mode: str, factor: int) -> Image:
    from PIL import Image as pillow

    target = pillow.new(mode, (-(-image.width // factor), -(-image.height // factor)))
    rows = max(1, BAND_PIXELS // image.width // factor) * factor
    for top in range(0, image.height, rows):
        band = image.crop((0, top, image.width, min(image.height, top + rows)))
        target.paste(_in_mode(band, mode).reduce(factor), (0, top // factor))
    return target


def _in_mode(image: Image, mode: str) -> Image:
    if image.mode.startswith("I;16") or image.mode == "I":
        # 16 bits a sample: Pillow's own conversion cuts off at 255 instead of scaling.
        image = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    elif image.mode == "F":
        image = image.convert("L")
    return image if image.mode == mode else image.convert(mode)


def _in_srgb(image: Image, profile: object) -> Image:
    """Colours as a screen without profiles should show them; as they are when the profile is of no use."""
    if not isinstance(profile, bytes) or not 128 <= len(profile) <= PROFILE_BYTES or profile[16:20] != b"RGB ":
        return image
    from PIL import ImageCms

    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"))
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image
    return image if converted is None else converted


def upright(image: Image, orientation: int) -> Image:
    """The picture turned and mirrored as its EXIF orientation asks."""
    from PIL.Image import Transpose

    turns = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    turn = turns.get(orientation)
    return image if turn is None else image.transpose(turn)


def _as_webp(image: Image) -> bytes:
    from PIL import Image as pillow

    bare = pillow.new(image.mode, image.size)  # carries nothing that Pillow found in the file
    bare.paste(image)
    encoded = io.BytesIO()
    bare.save(encoded, "WEBP", quality=QUALITY, method=4)
    return encoded.getvalue()


def difference_hash(image: Image) -> str:
    """64 bits, one for each pair of neighbours in a 9 × 8 grey copy, as 16 hex digits.

    Transparent parts count as white. Survives scaling, recompression and small changes of colour.
    """
    from PIL import Image as pillow

    if image.mode == "RGBA":
        ground = pillow.new("RGBA", image.size, (255, 255, 255, 255))
        image = pillow.alpha_composite(ground, image)
    grey = image.convert("L").resize((9, 8), pillow.Resampling.BOX).tobytes()
    bits = 0
    for row in range(8):
        for left in range(row * 9, row * 9 + 8):
            bits = bits << 1 | (grey[left] > grey[left + 1])
    return f"{bits:016x}"
