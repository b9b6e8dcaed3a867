"""What is taken in and what is refused, by content alone."""

import io
from pathlib import Path

import pytest

from core.errors import PictureRefused, TooManyPixels, UnreadableImage, UnsupportedType
from core.posts.pictures import PictureInfo
from data.images.inspect import Inspector
from tests.support.pictures import (
    a_drawing,
    a_gif,
    a_jpeg,
    a_png,
    a_webm,
    an_animated_webp,
    an_apng,
    an_mp4,
    encoded,
    gif_of_large_frames,
    noise_png,
    png_bomb,
    png_header,
    with_exif,
)

LIMIT = 50_000_000

PICTURES = {
    "png": (a_png(), PictureInfo("image/png", 96, 64)),
    "png with a palette": (encoded(a_drawing(mode="P"), "PNG"), PictureInfo("image/png", 96, 64)),
    "png in one bit": (encoded(a_drawing(mode="1"), "PNG"), PictureInfo("image/png", 96, 64)),
    "png in 16 bits": (encoded(a_drawing(mode="L").convert("I;16"), "PNG"), PictureInfo("image/png", 96, 64)),
    "apng": (an_apng(frames=3), PictureInfo("image/png", 96, 64, frames=3)),
    "jpeg": (a_jpeg(), PictureInfo("image/jpeg", 96, 64)),
    "progressive jpeg": (a_jpeg(progressive=True), PictureInfo("image/jpeg", 96, 64)),
    "cmyk jpeg": (encoded(a_drawing(mode="CMYK"), "JPEG"), PictureInfo("image/jpeg", 96, 64)),
    "turned jpeg": (a_jpeg(exif=with_exif({274: 6})), PictureInfo("image/jpeg", 64, 96)),
    "gif": (a_gif(), PictureInfo("image/gif", 96, 64)),
    "animated gif": (a_gif(frames=3), PictureInfo("image/gif", 96, 64, frames=3)),
    "webp": (encoded(a_drawing(), "WEBP"), PictureInfo("image/webp", 96, 64)),
    "lossless webp": (encoded(a_drawing(), "WEBP", lossless=True), PictureInfo("image/webp", 96, 64)),
    "animated webp": (an_animated_webp(frames=3), PictureInfo("image/webp", 96, 64, frames=3)),
    "bmp": (encoded(a_drawing(), "BMP"), PictureInfo("image/bmp", 96, 64)),
    "tiff": (encoded(a_drawing(), "TIFF"), PictureInfo("image/tiff", 96, 64)),
    "tiff with lzw": (encoded(a_drawing(), "TIFF", compression="tiff_lzw"), PictureInfo("image/tiff", 96, 64)),
    "tiff with jpeg": (encoded(a_drawing(), "TIFF", compression="jpeg"), PictureInfo("image/tiff", 96, 64)),
    "turned tiff": (encoded(a_drawing(), "TIFF", exif=with_exif({274: 8})), PictureInfo("image/tiff", 64, 96)),
    "avif": (encoded(a_drawing(), "AVIF"), PictureInfo("image/avif", 96, 64)),
    "mp4": (an_mp4(), PictureInfo("video/mp4", 640, 360, is_video=True)),
    "mov": (
        an_mp4().replace(b"isom\0\0\2\0", b"qt  \0\0\2\0"),
        PictureInfo("video/quicktime", 640, 360, is_video=True),
    ),
    "webm": (a_webm(), PictureInfo("video/webm", 640, 360, is_video=True)),
}
STILL_PICTURES = {name: data for name, (data, info) in PICTURES.items() if not info.is_video}

OTHERS = {
    "an SVG drawing": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>',
    "an HTML page": b"<!DOCTYPE html><html><script>alert(1)</script>",
    "a text": b"BM? No, this is only a letter to the editor. " * 3,
    "a JSON text": b'{"image": "none"}',
    "a PDF document": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
    "a ZIP archive": b"PK\x03\x04\x14\0\0\0\x08\0" + b"\x80" * 40,
    "a gzip archive": b"\x1f\x8b\x08\0" + b"\x80" * 40,
    "a RAR archive": b"Rar!\x1a\x07\x01\0",
    "a 7-Zip archive": b"7z\xbc\xaf\x27\x1c\0\x04",
    "a tar archive": b"picture.png".ljust(257, b"\0") + b"ustar\x0000" + b"\0" * 200,
    "a Photoshop document": b"8BPS\0\1" + b"\0" * 20,
    "a HEIC photo": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
    "a JPEG XL picture": b"\xff\x0a\xfa\x7f\x01",
    "an icon": b"\0\0\1\0\1\0\x10\x10",
    "an AVI video or a sound": b"RIFF\x24\0\0\0AVI LIST",
    "a program": b"MZ\x90\0\x03\0\0\0",
    "a file of an unknown kind": bytes(range(128, 256)) * 4,
}


@pytest.fixture
def inspector() -> Inspector:
    return Inspector(max_pixels=LIMIT)


def written(folder: Path, data: bytes, name: str = "upload") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("name", PICTURES)
async def test_every_kind_that_we_take_is_recognised_and_measured(
    inspector: Inspector, tmp_path: Path, name: str
) -> None:
    data, expected = PICTURES[name]

    assert await inspector.check(written(tmp_path, data)) == expected


@pytest.mark.parametrize("words", OTHERS)
async def test_other_files_are_refused_and_told_what_they_are(
    inspector: Inspector, tmp_path: Path, words: str
) -> None:
    with pytest.raises(UnsupportedType, match=f"This is {words}"):
        await inspector.check(written(tmp_path, OTHERS[words]))


async def test_the_name_of_a_file_means_nothing(inspector: Inspector, tmp_path: Path) -> None:
    assert (await inspector.check(written(tmp_path, a_png(), "page.html"))).mime == "image/png"
    with pytest.raises(UnsupportedType):
        await inspector.check(written(tmp_path, b"<html><body>hello", "picture.png"))


async def test_an_empty_file_is_unreadable(inspector: Inspector, tmp_path: Path) -> None:
    with pytest.raises(UnreadableImage, match="empty"):
        await inspector.check(written(tmp_path, b""))


@pytest.mark.parametrize("name", STILL_PICTURES)
@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
async def test_a_picture_that_is_cut_short_is_refused(
    inspector: Inspector, tmp_path: Path, name: str, share: float
) -> None:
    data = STILL_PICTURES[name]

    with pytest.raises(PictureRefused):
        await inspector.check(written(tmp_path, data[: int(len(data) * share)]))


@pytest.mark.parametrize("data", [a_png(), a_jpeg(), a_gif(frames=2), an_apng()], ids=["png", "jpeg", "gif", "apng"])
async def test_no_beginning_of_a_picture_passes_for_the_whole(
    inspector: Inspector, tmp_path: Path, data: bytes
) -> None:
    for length in [*range(1, len(data), 37), len(data) - 1]:
        with pytest.raises(PictureRefused):
            await inspector.check(written(tmp_path, data[:length]))


async def test_a_video_without_its_index_is_cut_short(inspector: Inspector, tmp_path: Path) -> None:
    with pytest.raises(UnreadableImage):
        await inspector.check(written(tmp_path, an_mp4()[:40]))


@pytest.mark.parametrize("at", [0.5, 0.8])
async def test_a_png_with_a_changed_byte_is_refused(inspector: Inspector, tmp_path: Path, at: float) -> None:
    data = bytearray(noise_png(60, 40))
    data[int(len(data) * at)] ^= 0x40

    with pytest.raises(UnreadableImage):
        await inspector.check(written(tmp_path, bytes(data)))


@pytest.mark.parametrize(
    "data",
    [
        png_header(20_000, 10_000),
        png_header(2**31 - 1, 2**31 - 1),
        png_bomb(30_000, 2_000),
        gif_of_large_frames(3_000, 3_000, 200),
        a_jpeg().replace(b"\x00\x40\x00\x60", b"\xff\xff\xff\xff", 1),
        encoded(a_drawing(), "BMP").replace(b"\x60\0\0\0\x40\0\0\0", b"\0\0\1\0\0\0\1\0", 1),
    ],
    ids=["200 megapixels", "the largest header", "a bomb", "200 large frames", "jpeg", "bmp"],
)
async def test_too_many_pixels_are_refused_by_the_header_alone(
    inspector: Inspector, tmp_path: Path, data: bytes
) -> None:
    with pytest.raises(TooManyPixels):
        await inspector.check(written(tmp_path, data))


async def test_all_frames_of_an_animation_count(tmp_path: Path) -> None:
    strict = Inspector(max_pixels=96 * 64 * 2)

    for data in (a_gif(frames=3), an_apng(frames=3), an_animated_webp(frames=3)):
        with pytest.raises(TooManyPixels, match="3 frames"):
            await strict.check(written(tmp_path, data))
    assert (await strict.check(written(tmp_path, a_gif(frames=2)))).frames == 2


async def test_a_jpeg_that_asks_for_endless_passes_is_refused(inspector: Inspector, tmp_path: Path) -> None:
    data = a_jpeg(progressive=True)
    last = data.rindex(b"\xff\xda")
    scan = data[last:-2]

    with pytest.raises(UnreadableImage, match="passes"):
        await inspector.check(written(tmp_path, data[:-2] + scan * 200 + b"\xff\xd9"))


async def test_what_follows_the_end_of_a_picture_does_not_make_it_another_kind(
    inspector: Inspector, tmp_path: Path
) -> None:
    for data in (a_png(), a_jpeg(), a_gif()):
        polyglot = data + b"PK\x03\x04" + b"<script>alert(1)</script>"
        assert (await inspector.check(written(tmp_path, polyglot))).mime.startswith("image/")


async def test_a_file_taken_in_under_a_larger_limit_can_still_be_sent(tmp_path: Path) -> None:
    path = written(tmp_path, a_png())
    info = await Inspector(max_pixels=LIMIT).check(path)

    strict = Inspector(max_pixels=10)

    assert await strict.derive(path, info) is not None
    assert (await strict.prepare_to_send(path, info, keep_metadata=False, into=tmp_path)).mime == "image/png"


async def test_the_first_page_of_a_tiff_is_the_picture(inspector: Inspector, tmp_path: Path) -> None:
    pages = [a_drawing(), a_drawing(40, 40)]
    out = io.BytesIO()
    pages[0].save(out, "TIFF", save_all=True, append_images=pages[1:])

    assert await inspector.check(written(tmp_path, out.getvalue())) == PictureInfo("image/tiff", 96, 64)
