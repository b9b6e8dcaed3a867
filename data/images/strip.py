"""The file as it may leave the house: without metadata, and of a kind that DeviantArt shows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from core.posts.pictures import SendFile
from data.images.decoding import damage_named, open_first_frame
from data.images.exif import IDENTITY, orientation_of
from data.images.formats import gif, jpeg, png, tiff
from data.images.formats.header import Header
from data.images.formats.pieces import Plan, copy
from data.images.thumbs import upright

if TYPE_CHECKING:
    from PIL.Image import Image

SHOWN = {"image/png": "picture.png", "image/jpeg": "picture.jpg", "image/gif": "picture.gif"}
VIDEOS = {"video/mp4": "video.mp4", "video/webm": "video.webm", "video/quicktime": "video.mov"}
JPEG_QUALITY = 95


def prepare_to_send(path: Path, header: Header, *, keep_metadata: bool, into: Path) -> SendFile:
    """See `PictureInspector.prepare_to_send`; blocking."""
    if header.is_video:
        return SendFile(path, header.mime, VIDEOS[header.mime])
    if keep_metadata and header.mime in SHOWN:
        return SendFile(path, header.mime, SHOWN[header.mime])
    with path.open("rb") as file:
        if header.mime in SHOWN:
            return _write_plan(file, header.mime, without_metadata(file, header), into)
        return _convert(file, header, keep_metadata=keep_metadata, into=into)


def without_metadata(file: BinaryIO, header: Header) -> Plan:
    """The pieces of a PNG, JPEG or GIF that are the picture; a turned one stays turned."""
    orientation = IDENTITY if header.mime == "image/gif" else orientation_of(file, header)
    exif = None if orientation == IDENTITY else tiff.orientation_alone(orientation)
    match header.mime:
        case "image/png":
            return png.without_metadata(file, orientation_exif=exif)
        case "image/jpeg":
            return jpeg.without_metadata(file, orientation_exif=exif)
        case _:
            return gif.without_metadata(file)


def _write_plan(file: BinaryIO, mime: str, plan: Plan, into: Path) -> SendFile:
    target = into / SHOWN[mime]
    with target.open("wb") as out:
        copy(file, plan, out)
    return SendFile(target, mime, target.name)


def _convert(file: BinaryIO, header: Header, *, keep_metadata: bool, into: Path) -> SendFile:
    """PNG where that keeps every pixel (or transparency), else JPEG; the first frame of an animation."""
    orientation = orientation_of(file, header)
    with damage_named():
        image = open_first_frame(file, header)
        image.load()
        exact = header.lossless or image.has_transparency_data
        mime = "image/png" if exact else "image/jpeg"
        target = into / SHOWN[mime]
        kept = _wanted_info(image, keep_metadata=keep_metadata, turned=orientation != IDENTITY)
        bare = _bare(image if exact else image.convert("RGB"))
        if exact:
            upright(bare, orientation).save(target, "PNG", compress_level=4, **kept)
        else:
            upright(bare, orientation).save(target, "JPEG", quality=JPEG_QUALITY, subsampling=0, **kept)
    return SendFile(target, mime, target.name)


def _wanted_info(image: Image, *, keep_metadata: bool, turned: bool) -> dict[str, bytes]:
    """What goes into the new file beside the pixels: colours always, EXIF when the artist wants it kept."""
    wanted: dict[str, bytes] = {}
    profile, exif = image.info.get("icc_profile"), image.info.get("exif")
    if isinstance(profile, bytes) and image.mode not in ("CMYK", "LAB", "YCbCr"):
        wanted["icc_profile"] = profile
    if keep_metadata and isinstance(exif, bytes) and not turned:
        wanted["exif"] = exif
    return wanted


def _bare(image: Image) -> Image:
    """The same pixels in a mode that PNG knows, carrying nothing else that Pillow found in the file."""
    if image.mode not in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"):
        image = _in_known_mode(image)
    elif "transparency" in image.info and image.mode != "P":
        image = image.convert("LA" if image.mode in ("1", "L") else "RGBA")
    kept: dict[str | tuple[int, int], Any] = {
        key: value for key, value in image.info.items() if key == "transparency"
    }
    image = image.copy()
    image.info = kept
    return image


def _in_known_mode(image: Image) -> Image:
    if image.mode in ("I", "F"):
        return image.convert("L")
    if image.mode in ("PA", "La", "RGBa"):
        return image.convert("RGBA")
    return image.convert("I;16" if image.mode.startswith("I;16") else "RGB")
