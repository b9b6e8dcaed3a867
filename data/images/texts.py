"""The texts that come with a picture, by name, wherever its format keeps them."""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from core.errors import UnreadableImage
from core.posts.scrub import sound
from data.images.decoding import damage_named, open_plain
from data.images.exif import find_exif
from data.images.formats import gif, jpeg, png, riff, tiff
from data.images.formats.header import Header

TEXT_BYTES = 1024 * 1024
TOTAL_BYTES = 4 * TEXT_BYTES
TEXTS_LIMIT = 64
XMP_NAMESPACE = b"http://ns.adobe.com/xap/1.0/\0"
CONTENT_CREDENTIALS = "C2PA"
IFD0_TEXTS = {0x010E: "ImageDescription", 0x010F: "Make", 0x0110: "Model", 0x0131: "Software"}
XMP_TAG, XP_COMMENT, USER_COMMENT = 700, 0x9C9C, 0x9286
# ComfyUI writes "prompt:{…}" and "workflow:{…}" into whichever of these is free.
NAMED_INSIDE = re.compile(r"\s*(prompt|workflow|parameters)\s*:\s*(?=[{\[])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Text:
    name: str
    value: str


def read_texts(file: BinaryIO, header: Header) -> dict[str, str]:
    """What there is, at most 1 MB of each. Damage ends the reading of a part, and is never raised."""
    found: dict[str, str] = {}
    left = TOTAL_BYTES
    for part in (_own_texts(file, header), _exif_texts(file, header)):
        try:
            for text in part:
                renamed = _named_inside(text)
                found.setdefault(sound(renamed.name)[:100], sound(renamed.value)[:left])
                left -= len(renamed.value)
                if len(found) >= TEXTS_LIMIT or left <= 0:
                    return found
        except UnreadableImage:
            continue
    return found


def _named_inside(text: Text) -> Text:
    inside = NAMED_INSIDE.match(text.value)
    return text if inside is None else Text(inside.group(1).lower(), text.value[inside.end() :])


def _own_texts(file: BinaryIO, header: Header) -> Iterator[Text]:
    match header.mime:
        case "image/png":
            return _png_texts(file)
        case "image/jpeg":
            return _jpeg_texts(file)
        case "image/webp":
            return (
                Text("XMP", _utf8(data)) for kind, data in riff.read_texts(file, limit=TEXT_BYTES) if kind != b"EXIF"
            )
        case "image/gif":
            return (Text("Comment", _utf8(data)) for data in gif.read_comments(file, limit=TEXT_BYTES))
        case "image/avif":
            return _avif_texts(file)
        case _:
            return iter(())


def _utf8(data: bytes) -> str:
    """UTF-8 as most programs write, else Latin-1 as PNG's older chunks are specified."""
    data = data.removesuffix(b"\0")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _png_texts(file: BinaryIO) -> Iterator[Text]:
    for chunk in png.read_chunks(file):
        if chunk.kind in (b"tEXt", b"zTXt", b"iTXt"):
            data = png.read_chunk(file, chunk, limit=TEXT_BYTES)
            name, _, rest = data.partition(b"\0")
            value = _png_value(chunk.kind, rest)
            if value is not None:
                yield Text(_utf8(name), value)
        elif chunk.kind == b"caBX":
            yield _credentials(png.read_chunk(file, chunk, limit=TEXT_BYTES))


def _png_value(kind: bytes, rest: bytes) -> str | None:
    if kind == b"tEXt":
        return _utf8(rest)
    if kind == b"zTXt":
        return _inflated(rest[1:])
    compressed = rest[:1] == b"\1"
    _, _, after_language = rest[2:].partition(b"\0")
    _, _, value = after_language.partition(b"\0")
    return _inflated(value) if compressed else _utf8(value)


def _inflated(data: bytes) -> str | None:
    try:
        return _utf8(zlib.decompressobj().decompress(data, TEXT_BYTES))
    except zlib.error:
        return None


def _credentials(data: bytes) -> Text:
    """Of signed content credentials (C2PA) only whether they speak of a trained model is kept."""
    by_model = b"trainedalgorithmicmedia" in data.lower()
    return Text(CONTENT_CREDENTIALS, "trainedAlgorithmicMedia" if by_model else "present")


def _jpeg_texts(file: BinaryIO) -> Iterator[Text]:
    credentials = b""
    for marker, data in jpeg.read_texts(file, limit=4 * TEXT_BYTES):
        if marker == jpeg.COM:
            yield Text("Comment", _utf8(data))
        elif marker == jpeg.APP1 and data.startswith(XMP_NAMESPACE):
            yield Text("XMP", _utf8(data.removeprefix(XMP_NAMESPACE)))
        elif marker == jpeg.APP11:
            credentials = (credentials + data)[:TEXT_BYTES]
    if credentials:
        yield _credentials(credentials)


def _avif_texts(file: BinaryIO) -> Iterator[Text]:
    with damage_named():
        found = open_plain(file, "image/avif").info.get("xmp")
    if isinstance(found, bytes):
        yield Text("XMP", _utf8(found[:TEXT_BYTES]))


def _exif_texts(file: BinaryIO, header: Header) -> Iterator[Text]:
    exif = find_exif(file, header)
    if exif is None:
        return
    directories = tiff.Directories(exif)
    first = directories.read(directories.first)
    for tag, name in IFD0_TEXTS.items():
        if data := directories.data(first.get(tag), limit=TEXT_BYTES):
            yield Text(name, _utf8(data.rstrip(b"\0 ")))
    if data := directories.data(first.get(XMP_TAG), limit=TEXT_BYTES):
        yield Text("XMP", _utf8(data))
    if data := directories.data(first.get(XP_COMMENT), limit=TEXT_BYTES):
        yield Text("XPComment", data.decode("utf-16-le", "replace").rstrip("\0"))
    inner = directories.read(directories.number(first.get(tiff.EXIF_DIRECTORY)))
    if data := directories.data(inner.get(USER_COMMENT), limit=TEXT_BYTES):
        yield Text("UserComment", user_comment(data))


def user_comment(data: bytes) -> str:
    """An EXIF comment: 8 bytes name its encoding, and "UNICODE" leaves the byte order to be guessed."""
    encoding, body = data[:8], data[8:]
    if encoding.startswith(b"UNICODE"):
        # Latin letters put a zero first in big-endian and second in little-endian text.
        order = "utf-16-be" if body[::2].count(0) >= body[1::2].count(0) else "utf-16-le"
        return body.decode(order, "replace").rstrip("\0 ")
    if encoding in (b"ASCII\0\0\0", b"\0" * 8):
        return _utf8(body.rstrip(b"\0 "))
    return _utf8(data.rstrip(b"\0 "))
