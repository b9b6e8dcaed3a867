"""Which kind of file this is, by its content alone; and for those we do not take, what it is in words."""

import re
from typing import BinaryIO

from core.errors import UnreadableImage, UnsupportedType

SNIFF_BYTES = 4096
TAKEN = "Pictures are taken as JPEG, PNG, GIF, WebP, BMP, TIFF or AVIF, videos as MP4, WebM or MOV."
AVIF_BRANDS = frozenset((b"avif", b"avis"))
HEIF_BRANDS = frozenset((b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"))
QUICKTIME_FIRST = frozenset((b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"))

# First bytes of what people send by mistake: (offset, bytes, what it is).
OTHERS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"%PDF-", "a PDF document"),
    (0, b"PK\x03\x04", "a ZIP archive"),
    (0, b"PK\x05\x06", "a ZIP archive"),
    (0, b"Rar!\x1a\x07", "a RAR archive"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (0, b"\x1f\x8b", "a gzip archive"),
    (0, b"BZh", "a bzip2 archive"),
    (0, b"\xfd7zXZ\0", "an xz archive"),
    (257, b"ustar", "a tar archive"),
    (0, b"8BPS", "a Photoshop document"),
    (0, b"gimp xcf", "a GIMP document"),
    (0, b"SQLite format 3\0", "a database"),
    (0, b"\xff\x0a", "a JPEG XL picture"),
    (0, b"\0\0\0\x0cJXL ", "a JPEG XL picture"),
    (0, b"\0\0\0\x0cjP  ", "a JPEG 2000 picture"),
    (0, b"\0\0\x01\0", "an icon"),
    (0, b"qoif", "a QOI picture"),
    (0, b"\x76\x2f\x31\x01", "an OpenEXR picture"),
    (0, b"OggS", "an Ogg file"),
    (0, b"ID3", "a sound"),
    (0, b"fLaC", "a sound"),
    (0, b"MZ", "a program"),
    (0, b"\x7fELF", "a program"),
)


def kind_of(file: BinaryIO) -> str:
    """The MIME type of a file that is taken in.

    Raises `UnsupportedType` with a sentence that says what it is instead, `UnreadableImage` when it is empty.
    """
    file.seek(0)
    head = file.read(SNIFF_BYTES)
    if not head:
        raise UnreadableImage("The file is empty.")
    found = _picture(head) or _container(head)
    if found is None:
        raise UnsupportedType(f"This is {_in_words(head)}. {TAKEN}")
    return found


def _picture(head: bytes) -> str | None:
    match head:
        case _ if head.startswith(b"\x89PNG\r\n\x1a\n"):
            return "image/png"
        case _ if head.startswith(b"\xff\xd8\xff"):
            return "image/jpeg"
        case _ if head.startswith((b"GIF87a", b"GIF89a")):
            return "image/gif"
        case _ if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
            return "image/webp"
        case _ if head.startswith((b"II*\0", b"MM\0*")):
            return "image/tiff"
        case _ if head.startswith(b"BM") and _is_bmp(head):
            return "image/bmp"
        case _:
            return None


def _is_bmp(head: bytes) -> bool:
    """`BM` begins many a text, so the length of the information header must be one that exists."""
    return int.from_bytes(head[14:18], "little") in (12, 40, 52, 56, 64, 108, 124)


def _container(head: bytes) -> str | None:
    if head.startswith(b"\x1aE\xdf\xa3"):
        return "video/webm"
    if head[4:8] == b"ftyp":
        return _by_brand(head)
    return "video/quicktime" if head[4:8] in QUICKTIME_FIRST else None


def _by_brand(head: bytes) -> str | None:
    length = min(int.from_bytes(head[:4], "big"), len(head))
    major = head[8:12]
    brands = {major, *(head[at : at + 4] for at in range(16, length - 3, 4))}
    if brands & AVIF_BRANDS:
        return "image/avif"
    if brands & HEIF_BRANDS:
        return None
    return "video/quicktime" if major == b"qt  " else "video/mp4"


def _in_words(head: bytes) -> str:
    for offset, prefix, words in OTHERS:
        if head.startswith(prefix, offset):
            return words
    if head[4:8] == b"ftyp":
        return "a HEIC photo"
    if head.startswith(b"RIFF"):
        return "an AVI video or a sound"
    return _text_in_words(head) or "a file of an unknown kind"


def _text_in_words(head: bytes) -> str | None:
    text = _as_text(head)
    if text is None:
        return None
    start = text.lstrip("\ufeff \t\r\n").lower()
    if re.search(r"<svg[\s>]", start) and start.startswith("<"):
        return "an SVG drawing"
    if re.match(r"<(!doctype html|html|head|body|script|iframe|div|p\b|a\b|meta|title|img)", start):
        return "an HTML page"
    if start.startswith("<"):
        return "an XML or HTML text"
    return "a JSON text" if start.startswith(("{", "[")) else "a text"


def _as_text(head: bytes) -> str | None:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", "ignore")
    text = head.decode("utf-8", "replace")
    strange = sum(character == "\ufffd" or (character < " " and character not in "\t\r\n\f") for character in text)
    return text if strange <= 1 + len(text) // 100 else None
