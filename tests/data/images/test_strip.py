"""What leaves the house: the same pixels, the same colours, and nothing else."""

import io
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageCms, ImageOps
from PIL.PngImagePlugin import PngInfo

from core.posts.pictures import SendFile
from data.images.formats.png import make_chunk, read_chunks
from data.images.inspect import Inspector
from tests.data.images.test_check import STILL_PICTURES, written
from tests.support.pictures import (
    a_drawing,
    a_gif,
    a_jpeg,
    a_png,
    an_animated_webp,
    an_apng,
    an_mp4,
    encoded,
    opened,
    with_exif,
)

SECRET = "a very private note"
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
EXIF = {0x010E: SECRET, 0x010F: SECRET, 0x0131: SECRET}


async def sent(folder: Path, data: bytes, *, keep_metadata: bool = False) -> tuple[SendFile, bytes]:
    inspector = Inspector(max_pixels=50_000_000)
    path = written(folder, data)
    info = await inspector.check(path)
    into = folder / "into"
    into.mkdir(exist_ok=True)
    file = await inspector.prepare_to_send(path, info, keep_metadata=keep_metadata, into=into)
    return file, file.path.read_bytes()


def a_png_full_of_metadata() -> bytes:
    info = PngInfo()
    info.add_text("parameters", SECRET)
    info.add_text("workflow", SECRET, zip=True)
    info.add_itxt("XML:com.adobe.xmp", SECRET, zip=False)
    info.add(b"tIME", b"\x07\xea\x0b\x17\x0c\0\0")
    info.add(b"vpAg", SECRET.encode(), after_idat=True)
    plain = encoded(
        a_drawing(mode="RGBA"), "PNG", pnginfo=info, exif=with_exif(EXIF), icc_profile=PROFILE, dpi=(300, 300)
    )
    return plain + b"PK\x03\x04" + SECRET.encode()


def same_pixels(a: bytes, b: bytes) -> bool:
    one, other = Image.open(io.BytesIO(a)), Image.open(io.BytesIO(b))
    frames = getattr(one, "n_frames", 1)
    if getattr(other, "n_frames", 1) != frames:
        return False
    for frame in range(frames):
        one.seek(frame)
        other.seek(frame)
        difference = ImageChops.difference(one.convert("RGBA"), other.convert("RGBA"))
        if one.size != other.size or any(high for _, high in difference.getextrema()):
            return False
    return True


async def test_a_png_keeps_its_pixels_and_profile_and_loses_the_rest(tmp_path: Path) -> None:
    data = a_png_full_of_metadata()

    file, result = await sent(tmp_path, data)

    assert (file.mime, file.filename) == ("image/png", "picture.png")
    assert {chunk.kind for chunk in read_chunks(io.BytesIO(result))} == {b"IHDR", b"iCCP", b"IDAT", b"IEND"}
    assert SECRET.encode() not in result
    assert result.endswith(make_chunk(b"IEND", b""))
    assert opened(result).info["icc_profile"] == PROFILE
    assert same_pixels(data, result)


async def test_the_name_of_a_colour_profile_does_not_leave(tmp_path: Path) -> None:
    data = encoded(a_drawing(), "PNG", icc_profile=PROFILE).replace(b"ICC Profile\0", b"Mira's Mac!\0")
    data = data[: data.index(b"iCCP") - 4] + _with_sound_checksums(data[data.index(b"iCCP") - 4 :])

    _, result = await sent(tmp_path, data)

    assert b"Mira" not in result
    assert opened(result).info["icc_profile"] == PROFILE


def _with_sound_checksums(chunks: bytes) -> bytes:
    result = b""
    while chunks:
        length = int.from_bytes(chunks[:4], "big")
        result += make_chunk(chunks[4:8], chunks[8 : 8 + length])
        chunks = chunks[12 + length :]
    return result


async def test_a_jpeg_keeps_its_compressed_data_byte_for_byte(tmp_path: Path) -> None:
    plain = a_jpeg()
    data = a_jpeg(exif=with_exif(EXIF), icc_profile=PROFILE, comment=SECRET.encode(), xmp=SECRET.encode())
    iptc = b"Photoshop 3.0\0" + SECRET.encode()
    data = data[:2] + b"\xff\xed" + (len(iptc) + 2).to_bytes(2, "big") + iptc + data[2:] + SECRET.encode()

    file, result = await sent(tmp_path, data)

    assert (file.mime, file.filename) == ("image/jpeg", "picture.jpg")
    assert SECRET.encode() not in result
    assert result.endswith(plain[plain.index(b"\xff\xdb") :])
    assert opened(result).info["icc_profile"] == PROFILE
    assert not opened(result).getexif()


async def test_the_little_picture_inside_a_jpeg_does_not_leave(tmp_path: Path) -> None:
    jfif = b"JFIF\0\1\2\1\1\x2c\1\x2c\2\2" + b"\xaa\xbb\xcc" * 4
    data = a_jpeg()
    start = 4 + int.from_bytes(data[4:6], "big")
    data = data[:2] + b"\xff\xe0" + (len(jfif) + 2).to_bytes(2, "big") + jfif + data[start:]

    _, result = await sent(tmp_path, data)

    assert result[2:20] == b"\xff\xe0\0\x10JFIF\0\1\2\0\0\1\0\1\0\0"
    assert b"\xaa\xbb\xcc" not in result


async def test_a_cmyk_jpeg_keeps_the_marker_that_tells_its_colours(tmp_path: Path) -> None:
    data = encoded(a_drawing(mode="CMYK"), "JPEG")

    _, result = await sent(tmp_path, data)

    assert b"Adobe" in result
    assert same_pixels(data, result)


@pytest.mark.parametrize("make", [a_jpeg, a_png], ids=["jpeg", "png"])
@pytest.mark.parametrize("orientation", range(1, 9))
async def test_a_turned_picture_stays_turned_and_says_nothing_else(
    tmp_path: Path, make: object, orientation: int
) -> None:
    assert callable(make)
    data = make(exif=with_exif({**EXIF, 274: orientation}))

    _, result = await sent(tmp_path, data)

    assert SECRET.encode() not in result
    assert dict(opened(result).getexif()) == ({} if orientation == 1 else {274: orientation})
    assert same_pixels(data, result)


async def test_an_animation_keeps_its_frames_and_timing(tmp_path: Path) -> None:
    gif = a_gif(frames=3, duration=120, comment=SECRET.encode()) + SECRET.encode()
    apng = an_apng(frames=3)

    for data in (gif, apng):
        _, result = await sent(tmp_path, data)
        assert SECRET.encode() not in result
        assert same_pixels(data, result)
    assert opened((await sent(tmp_path, gif))[1]).info["loop"] == 0
    assert opened((await sent(tmp_path, gif))[1]).info["duration"] == 120


async def test_xmp_inside_a_gif_does_not_leave(tmp_path: Path) -> None:
    data = a_gif()
    packet = SECRET.encode() + b"\1" + bytes(range(255, -1, -1)) + b"\0"
    at = data.index(b"\x2c", 13)
    data = data[:at] + b"\x21\xff\x0bXMP DataXMP" + packet + data[at:]

    _, result = await sent(tmp_path, data)

    assert b"XMP" not in result
    assert SECRET.encode() not in result
    assert same_pixels(data, result)


@pytest.mark.parametrize("name", STILL_PICTURES)
async def test_what_is_sent_is_always_of_a_kind_that_deviantart_shows(tmp_path: Path, name: str) -> None:
    file, result = await sent(tmp_path, STILL_PICTURES[name])

    assert file.mime in ("image/png", "image/jpeg", "image/gif")
    assert opened(result).format == {"image/png": "PNG", "image/jpeg": "JPEG", "image/gif": "GIF"}[file.mime]
    assert (await Inspector(max_pixels=50_000_000).check(file.path)).mime == file.mime


@pytest.mark.parametrize(
    ("data", "mime"),
    [
        (encoded(a_drawing(mode="RGBA"), "WEBP"), "image/png"),
        (encoded(a_drawing(), "WEBP", lossless=True), "image/png"),
        (encoded(a_drawing(), "WEBP"), "image/jpeg"),
        (encoded(a_drawing(), "BMP"), "image/png"),
        (encoded(a_drawing(), "TIFF"), "image/png"),
        (encoded(a_drawing(), "TIFF", compression="jpeg"), "image/jpeg"),
        (encoded(a_drawing(), "AVIF"), "image/jpeg"),
        (encoded(a_drawing(mode="RGBA"), "AVIF"), "image/png"),
        (an_animated_webp(), "image/png"),
    ],
    ids=["alpha", "lossless", "lossy", "bmp", "tiff", "jpeg in tiff", "avif", "avif alpha", "animated webp"],
)
async def test_other_kinds_become_png_where_that_loses_nothing_and_jpeg_elsewhere(
    tmp_path: Path, data: bytes, mime: str
) -> None:
    file, result = await sent(tmp_path, data)

    assert file.mime == mime
    if mime == "image/png":
        first = opened(data).convert("RGBA")
        assert opened(result).convert("RGBA").tobytes() == first.tobytes()


async def test_a_converted_picture_is_turned_upright_and_loses_its_metadata(tmp_path: Path) -> None:
    data = encoded(a_drawing(), "WEBP", lossless=True, exif=with_exif({**EXIF, 274: 6}), icc_profile=PROFILE)

    _, result = await sent(tmp_path, data)

    assert SECRET.encode() not in result
    assert opened(result).info["icc_profile"] == PROFILE
    expected = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
    assert opened(result).convert("RGB").tobytes() == expected.tobytes()


async def test_metadata_stays_when_the_artist_says_so(tmp_path: Path) -> None:
    data = a_png_full_of_metadata()

    file, result = await sent(tmp_path, data, keep_metadata=True)

    assert result == data
    assert file.filename == "picture.png"


async def test_a_video_is_sent_as_it_is(tmp_path: Path) -> None:
    file, result = await sent(tmp_path, an_mp4())

    assert (file.mime, file.filename, result) == ("video/mp4", "video.mp4", an_mp4())


async def test_a_picture_without_metadata_leaves_unchanged(tmp_path: Path) -> None:
    for data in (a_png(), a_jpeg(), a_gif(frames=2)):
        assert same_pixels(data, (await sent(tmp_path, data))[1])
