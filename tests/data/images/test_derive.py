"""Thumbnails and perceptual hashes."""

import io
from pathlib import Path

import pytest
from PIL import Image, ImageCms, ImageEnhance

from core.posts.pictures import Derived, perceptual_distance
from data.images.inspect import Inspector
from tests.data.images.test_check import STILL_PICTURES, written
from tests.support.pictures import a_drawing, a_gif, a_jpeg, a_png, an_mp4, encoded, opened, with_exif


async def derived(folder: Path, data: bytes) -> Derived:
    inspector = Inspector(max_pixels=50_000_000)
    path = written(folder, data)
    result = await inspector.derive(path, await inspector.check(path))
    assert result is not None
    return result


@pytest.mark.parametrize("name", STILL_PICTURES)
async def test_every_picture_gets_a_thumbnail_and_a_hash(tmp_path: Path, name: str) -> None:
    result = await derived(tmp_path, STILL_PICTURES[name])

    thumb = opened(result.thumb)
    assert (thumb.format, thumb.size) == ("WEBP", (result.thumb_width, result.thumb_height))
    assert sorted(thumb.size) == [64, 96]
    assert len(bytes.fromhex(result.phash)) == 8


async def test_a_video_has_no_thumbnail(tmp_path: Path) -> None:
    inspector = Inspector(max_pixels=1)
    path = written(tmp_path, an_mp4())

    assert await inspector.derive(path, await inspector.check(path)) is None


@pytest.mark.parametrize(
    ("size", "expected"), [((2000, 1000), (480, 240)), ((30, 3000), (5, 480)), ((500, 499), (480, 479))]
)
async def test_the_long_side_of_a_thumbnail_is_480(
    tmp_path: Path, size: tuple[int, int], expected: tuple[int, int]
) -> None:
    for data in (a_png(*size), a_jpeg(*size), encoded(a_drawing(*size, mode="P"), "PNG")):
        result = await derived(tmp_path, data)
        assert (result.thumb_width, result.thumb_height) == expected


async def test_a_thumbnail_carries_no_metadata(tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = a_jpeg(exif=with_exif({0x010E: "a secret place"}), icc_profile=profile, comment=b"hidden")

    thumb = (await derived(tmp_path, data)).thumb

    assert [name for name in (b"EXIF", b"XMP ", b"ICCP", b"secret", b"hidden") if name in thumb] == []


@pytest.mark.parametrize("orientation", range(2, 9))
async def test_a_turned_picture_has_an_upright_thumbnail(tmp_path: Path, orientation: int) -> None:
    turned = a_png(exif=with_exif({274: orientation}))
    expected = Image.open(io.BytesIO(turned))
    from PIL import ImageOps

    upright = ImageOps.exif_transpose(expected)

    result = await derived(tmp_path, turned)

    thumb = opened(result.thumb).convert("RGB")
    assert thumb.size == upright.size
    for x, y in ((5, 5), (thumb.width - 5, 5), (5, thumb.height - 5), (thumb.width - 5, thumb.height - 5)):
        near = zip(thumb.getpixel((x, y)), upright.convert("RGB").getpixel((x, y)), strict=True)  # type: ignore[arg-type]
        assert max(abs(a - b) for a, b in near) < 40


async def test_the_first_frame_stands_for_an_animation(tmp_path: Path) -> None:
    moving = await derived(tmp_path, a_gif(frames=4))

    assert perceptual_distance(moving.phash, (await derived(tmp_path, a_png())).phash) <= 2


async def test_the_same_picture_in_another_form_is_a_near_twin(tmp_path: Path) -> None:
    photo = Image.effect_mandelbrot((640, 480), (-2.0, -1.2, 1.0, 1.2), 60).convert("RGB")
    smaller = ImageEnhance.Brightness(photo.resize((320, 240))).enhance(1.1)
    original = await derived(tmp_path, encoded(photo, "PNG"))

    copy = await derived(tmp_path, encoded(smaller, "JPEG", quality=60))
    other = await derived(tmp_path, encoded(photo.rotate(90, expand=True), "PNG"))

    assert perceptual_distance(original.phash, copy.phash) <= 6
    assert perceptual_distance(original.phash, other.phash) > 10


async def test_a_picture_in_16_bits_keeps_its_brightness(tmp_path: Path) -> None:
    grey = Image.linear_gradient("L").resize((200, 100))
    deep = Image.frombytes("I;16", grey.size, b"".join(bytes((0, value)) for value in grey.tobytes()))

    thumb = opened((await derived(tmp_path, encoded(deep, "PNG"))).thumb).convert("L")

    assert abs(thumb.getpixel((100, 50)) - 128) < 8  # type: ignore[operator]


def test_the_distance_counts_differing_bits() -> None:
    assert perceptual_distance("0000000000000000", "0000000000000000") == 0
    assert perceptual_distance("ffffffffffffffff", "0000000000000000") == 64
    assert perceptual_distance("0000000000000001", "8000000000000000") == 2
