"""Pictures of every kind, small, made on the spot; and ways to break them."""

import io
import os
import zlib
from typing import Any

from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from data.images.formats.png import SIGNATURE, make_chunk

COLOURS = ((200, 40, 40), (40, 160, 60), (50, 70, 190), (230, 200, 60))


def a_drawing(width: int = 96, height: int = 64, *, mode: str = "RGB", shift: int = 0) -> Image.Image:
    """Four corners of different colour and a disc, so that turning and mirroring can be seen."""
    image = Image.new("RGB", (width, height))
    draw = ImageDraw.Draw(image)
    half_w, half_h = width // 2, height // 2
    for index, (x, y) in enumerate(((0, 0), (half_w, 0), (0, half_h), (half_w, half_h))):
        draw.rectangle((x, y, x + half_w, y + half_h), fill=COLOURS[(index + shift) % 4])
    draw.ellipse((half_w // 2, half_h // 2, half_w, half_h), fill=(255, 255, 255))
    if mode == "RGBA":
        image.putalpha(Image.linear_gradient("L").resize((width, height)))
        return image
    return image.convert(mode)


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def a_png(width: int = 96, height: int = 64, *, texts: dict[str, str] | None = None, **options: Any) -> bytes:
    info = PngInfo()
    for name, value in (texts or {}).items():
        info.add_text(name, value)
    return encoded(a_drawing(width, height), "PNG", pnginfo=info, **options)


def a_jpeg(width: int = 96, height: int = 64, **options: Any) -> bytes:
    return encoded(a_drawing(width, height), "JPEG", **{"quality": 90, **options})


def a_gif(width: int = 96, height: int = 64, *, frames: int = 1, **options: Any) -> bytes:
    drawings = [a_drawing(width, height, shift=index) for index in range(frames)]
    more: dict[str, Any] = {"save_all": True, "append_images": drawings[1:], "loop": 0} if frames > 1 else {}
    return encoded(drawings[0], "GIF", **more, **options)


def an_apng(width: int = 96, height: int = 64, *, frames: int = 3) -> bytes:
    drawings = [a_drawing(width, height, shift=index) for index in range(frames)]
    return encoded(drawings[0], "PNG", save_all=True, append_images=drawings[1:])


def an_animated_webp(width: int = 96, height: int = 64, *, frames: int = 3) -> bytes:
    drawings = [a_drawing(width, height, shift=index) for index in range(frames)]
    return encoded(drawings[0], "WEBP", save_all=True, append_images=drawings[1:])


def noise_png(width: int, height: int) -> bytes:
    """About 3 bytes a pixel: what cannot be compressed."""
    return encoded(Image.frombytes("RGB", (width, height), os.urandom(width * height * 3)), "PNG", compress_level=1)


def png_header(width: int, height: int, *, depth: int = 8, colour: int = 2) -> bytes:
    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes((depth, colour, 0, 0, 0))
    return SIGNATURE + make_chunk(b"IHDR", head)


def png_bomb(width: int, height: int) -> bytes:
    """A valid black picture that is a thousand times smaller than its pixels."""
    packer = zlib.compressobj(9)
    row = b"\0" * (1 + width * 3)
    data = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    return png_header(width, height) + make_chunk(b"IDAT", data) + make_chunk(b"IEND", b"")


def gif_of_large_frames(width: int, height: int, frames: int) -> bytes:
    """An animation whose every frame covers the whole canvas."""
    one = encoded(Image.new("P", (width, height)), "GIF")
    start = one.index(b"\x2c", 13)
    return one[:start] + one[start:-1] * frames + b";"


def with_exif(exif: dict[int, Any], *, inner: dict[int, Any] | None = None) -> bytes:
    """An EXIF block for Pillow's `exif=`; *inner* goes into the EXIF directory."""
    block = Image.Exif()
    for tag, value in exif.items():
        block[tag] = value
    for tag, value in (inner or {}).items():
        block.get_ifd(0x8769)[tag] = value
    return block.tobytes()


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def an_mp4(width: int = 640, height: int = 360) -> bytes:
    """The boxes of a video, with nothing in it."""

    def box(kind: bytes, *content: bytes) -> bytes:
        body = b"".join(content)
        return (8 + len(body)).to_bytes(4, "big") + kind + body

    size = (width << 16).to_bytes(4, "big") + (height << 16).to_bytes(4, "big")
    track = box(b"trak", box(b"tkhd", b"\0" * 76 + size))
    return box(b"ftyp", b"isom\0\0\2\0isomiso2mp41") + box(b"moov", track) + box(b"mdat", b"\0" * 64)


def a_webm(width: int = 640, height: int = 360) -> bytes:
    """The elements of a video, with nothing in it."""

    def element(name: str, *content: bytes) -> bytes:
        body = b"".join(content)
        return bytes.fromhex(name) + (0x4000 | len(body)).to_bytes(2, "big") + body

    video = element("e0", element("b0", width.to_bytes(2, "big")), element("ba", height.to_bytes(2, "big")))
    head = element("1a45dfa3", element("4282", b"webm"))
    return head + element("18538067", element("1654ae6b", element("ae", video)))
