"""Files made by hand to break readers: refused by name, in bounded time. Others by chance: `tests/test_fuzz.py`."""

import io
import json
import time
import zlib
from pathlib import Path

import pytest

from core.errors import PictureRefused
from core.posts.made import settings_of
from core.posts.scrub import REMOVED, Scrubber
from data.images.decoding import verify
from data.images.formats.png import SIGNATURE, make_chunk
from data.images.generation import from_parameters
from data.images.header import read_header
from data.images.metadata import read_metadata
from data.images.thumbs import derive
from tests.data.images.test_check import STILL_PICTURES
from tests.support.fuzzing.pictures import MAX_PIXELS, SECONDS, SEEDS
from tests.support.pictures import a_gif, a_jpeg, a_png, png_header


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


def many(chunk: bytes, count: int) -> bytes:
    return chunk * count


def tiff_of(entries: list[tuple[int, int, int, int]], tail: bytes = b"") -> bytes:
    """A TIFF whose directory holds (tag, type, count, value)."""
    directory = len(entries).to_bytes(2, "little")
    for tag, kind, count, value in entries:
        directory += tag.to_bytes(2, "little") + kind.to_bytes(2, "little")
        directory += count.to_bytes(4, "little") + value.to_bytes(4, "little")
    return b"II*\0\x08\0\0\0" + directory + b"\0\0\0\0" + tail


TRAPS = {
    "a png in a million pieces": png_header(8, 8) + many(make_chunk(b"IDAT", b""), 1_000_000),
    "a gif of single bytes": b"GIF89a\x08\0\x08\0\0\0\0\x21\xfe" + many(b"\1x", 4_000_000) + b"\0;",
    "a gif of a million frames": b"GIF89a\x08\0\x08\0\0\0\0" + many(b"\x2c\0\0\0\0\1\0\1\0\0\2\0", 1_000_000) + b";",
    "a jpeg of empty segments": b"\xff\xd8" + many(b"\xff\xe1\0\2", 2_000_000) + b"\xff\xd9",
    "a jpeg of fill bytes": b"\xff\xd8" + b"\xff" * 4_000_000,
    "a jpeg whose scan never ends": a_jpeg()[:-2] + many(b"\xff\x00", 4_000_000),
    "a webp of empty chunks": b"RIFF" + (8_000_004).to_bytes(4, "little") + b"WEBP"
    + many(b"JUNK\0\0\0\0", 1_000_000),
    "an mp4 of empty boxes": b"\0\0\0\x10ftypisom\0\0\0\0" + many(b"\0\0\0\x08free", 1_000_000),
    "a webm of empty elements": b"\x1aE\xdf\xa3\x80" + many(b"\xec\x80", 2_000_000),
    "a tiff that points at itself": tiff_of([(256, 3, 1, 8), (257, 3, 1, 8), (0x8769, 4, 1, 8)]),
    "a tiff with endless values": tiff_of(
        [(256, 3, 1, 8), (257, 3, 1, 8), *((tag, 7, 4_000_000, 8) for tag in range(50_000, 50_050))],
        b"\0" * 4_000_000,
    ),
    "a tiff with a tile for a continent": tiff_of(
        [(256, 3, 1, 8), (257, 3, 1, 8), (322, 4, 1, 65_536), (323, 4, 1, 65_536)]
    ),
    "a bmp of runs": b"BM" + b"\0" * 12 + (40).to_bytes(4, "little") + (1000).to_bytes(4, "little") * 2
    + b"\1\0\x08\0\1\0\0\0" + b"\0" * 20 + many(b"\1\1", 3_000_000),
    "a png with rows to nowhere": png_header(2_000_000, 1)
    + make_chunk(b"IDAT", zlib.compress(b"\x09" * 6_000_001)) + make_chunk(b"IEND", b""),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:::PIL")
@pytest.mark.parametrize("name", TRAPS)
def test_a_trap_is_refused_quickly(folder: Path, name: str) -> None:
    started = time.process_time()

    with pytest.raises(PictureRefused):
        file = io.BytesIO(TRAPS[name])
        verify(file, read_header(file, max_pixels=MAX_PIXELS))

    assert time.process_time() - started < SECONDS


def test_a_file_full_of_texts_is_read_in_bounded_time() -> None:
    almost_secret = ("https://" * 400 + "eyJ" * 4000 + "bearer " * 1000 + "sk-") * 60
    texts = many(make_chunk(b"zTXt", b"note\0\0" + zlib.compress(almost_secret.encode())), 200)
    data = a_png()
    file = io.BytesIO(data[:33] + texts + data[33:])
    started = time.process_time()

    read_metadata(file, read_header(file, max_pixels=None))

    assert time.process_time() - started < SECONDS


def test_a_file_full_of_secrets_is_read_in_bounded_time() -> None:
    secrets = json.dumps([{"api_key": f"correct horse {number}"} for number in range(20_000)])
    shapes = " ".join(f"isk_abcdefgh{number}" for number in range(40_000))
    started = time.process_time()

    cleaned = Scrubber().scrub({"named": secrets, "shaped": shapes, "more": shapes})

    assert "horse" not in cleaned["named"]
    assert "isk_" not in cleaned["more"]
    assert time.process_time() - started < SECONDS


def test_a_line_of_settings_that_is_all_spaces_is_read_at_once() -> None:
    started = time.process_time()

    found = from_parameters("a lighthouse\nSteps: 20, Seed: 4, " + " " * 20_000 + "x")
    shown = settings_of({"parameters": "Steps: 20, " + " " * 20_000 + "x"})

    assert found["seed"] == "4"
    assert shown == (("Steps", "20"),)
    assert time.process_time() - started < SECONDS / 8


def test_no_secret_slips_through_between_two_stretches_of_a_long_text() -> None:
    for before in range(23_940, 24_010, 7):
        secret = "isk_" + "Ab3" * 12

        cleaned = Scrubber().scrub({"parameters": "|" * before + secret + "|" * 9_000})

        assert cleaned["parameters"] == "|" * before + REMOVED + "|" * 9_000


def test_a_secret_that_was_known_by_its_shape_goes_wherever_it_stands() -> None:
    secret = "Zq8" * 9

    cleaned = Scrubber().scrub({"prompt": f"Authorization: Bearer {secret}", "note": f"used {secret} here"})

    assert secret not in "".join(cleaned.values())


def test_a_png_inside_out_is_refused() -> None:
    data = a_png()
    without_head = SIGNATURE + data[33:]

    for broken in (without_head, data[:33] + make_chunk(b"IEND", b""), data[:33] + data[:33] + data[33:]):
        file = io.BytesIO(broken)
        with pytest.raises(PictureRefused):
            verify(file, read_header(file, max_pixels=None))


def test_a_gif_whose_first_frame_leaves_its_canvas_is_measured_with_it() -> None:
    data = bytearray(a_gif())
    data[data.index(b"\x2c\0\0\0\0") + 3] = 7
    file = io.BytesIO(bytes(data))

    header = read_header(file, max_pixels=MAX_PIXELS)

    verify(file, header)
    derive(file, header)
    assert (header.width, header.height) == (96, 64 + 7)


def test_the_seeds_are_sound(folder: Path) -> None:
    assert len(STILL_PICTURES) > 15
    for data in SEEDS:
        file = io.BytesIO(data)
        verify(file, read_header(file, max_pixels=MAX_PIXELS))
