"""Files made to break readers: whatever comes, one of the named errors or an answer, in bounded time."""

import io
import json
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import PictureRefused
from core.posts.scrub import Scrubber
from data.images.decoding import verify
from data.images.formats.header import Header
from data.images.formats.png import SIGNATURE, make_chunk
from data.images.header import read_header
from data.images.metadata import read_metadata
from data.images.strip import prepare_to_send, without_metadata
from data.images.thumbs import derive
from tests.data.images.test_check import PICTURES, STILL_PICTURES
from tests.data.images.test_metadata import GRAPH, PARAMETERS
from tests.support.pictures import a_drawing, a_jpeg, a_png, encoded, png_header, with_exif

MAX_PIXELS = 2_000_000
SECONDS = 4.0  # far beyond what any of these needs on two busy cores, far below what a bomb would take

SEEDS = [data for data, _ in PICTURES.values()] + [
    a_png(texts={"parameters": PARAMETERS, "prompt": str(GRAPH)}, exif=with_exif({274: 6, 0x010E: "x"})),
    a_jpeg(exif=with_exif({274: 6, 0x010F: "prompt:{}"}, inner={0x9286: b"UNICODE\0\0a\0b"}), comment=b"hello"),
    encoded(a_drawing(), "WEBP", exif=with_exif({274: 3, 0x010E: "x"}), xmp=b"<x/>"),
]
bounded = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def broken_pictures(draw: st.DrawFn) -> bytes:
    """A picture with some bytes changed, taken out, doubled, or its end cut."""
    data = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(data) - 1)) if data else 0
        # Headers are short and matter most, so half of the damage happens there.
        at = at % min(len(data), 128) if data and draw(st.booleans()) else at
        match draw(st.sampled_from(["set", "set", "set", "insert", "remove", "cut"])):
            case "set":
                data[at : at + 1] = bytes([draw(st.sampled_from([0, 1, 0x7F, 0x80, 0xFF]) | st.integers(0, 255))])
            case "insert":
                data[at:at] = draw(st.binary(max_size=16))
            case "remove":
                del data[at : at + draw(st.integers(1, 16))]
            case _:
                del data[max(1, len(data) - draw(st.integers(1, 64))) :]
    return bytes(data)


def everything_done_with(data: bytes, folder: Path) -> None:
    """What happens to an upload, refused or not; only refusals with a name may end it."""
    file = io.BytesIO(data)
    try:
        header = read_header(file, max_pixels=MAX_PIXELS)
    except PictureRefused as refusal:
        assert refusal.sentence
        return
    for step in (verify, derive, read_metadata):
        try_step(step, file, header)
    path = folder / "fuzzed"
    path.write_bytes(data)
    for keep_metadata in (True, False):
        try:
            prepare_to_send(path, header, keep_metadata=keep_metadata, into=folder)
        except PictureRefused:
            continue


def try_step(step: Callable[[io.BytesIO, Header], object], file: io.BytesIO, header: Header) -> None:
    try:
        step(file, header)
    except PictureRefused as refusal:
        assert refusal.sentence


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


@pytest.mark.filterwarnings("ignore:::PIL")
@bounded
@given(data=broken_pictures())
def test_a_broken_picture_is_answered_or_refused_by_name(folder: Path, data: bytes) -> None:
    started = time.process_time()

    everything_done_with(data, folder)

    assert time.process_time() - started < SECONDS


@bounded
@given(start=st.sampled_from([data[:16] for data in SEEDS]), rest=st.binary(max_size=400))
def test_noise_behind_a_familiar_beginning_is_answered_or_refused_by_name(
    folder: Path, start: bytes, rest: bytes
) -> None:
    everything_done_with(start + rest, folder)


@pytest.mark.filterwarnings("ignore:::PIL")
@settings(bounded, max_examples=40)
@given(data=broken_pictures())
def test_what_passes_the_check_can_be_drawn_and_sent(folder: Path, data: bytes) -> None:
    """Nothing may be taken in that the later steps choke on."""
    file = io.BytesIO(data)
    try:
        header = read_header(file, max_pixels=MAX_PIXELS)
        verify(file, header)
    except PictureRefused:
        return
    if header.is_video:
        return

    derive(file, header)
    if header.mime in ("image/png", "image/jpeg", "image/gif"):
        without_metadata(file, header)


@bounded
@given(texts=st.dictionaries(st.text(max_size=20), st.text(max_size=400), max_size=5))
def test_any_text_can_be_scrubbed(texts: dict[str, str]) -> None:
    cleaned = Scrubber().scrub(texts)

    assert cleaned.keys() == texts.keys()


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


def test_a_png_inside_out_is_refused() -> None:
    data = a_png()
    without_head = SIGNATURE + data[33:]

    for broken in (without_head, data[:33] + make_chunk(b"IEND", b""), data[:33] + data[:33] + data[33:]):
        file = io.BytesIO(broken)
        with pytest.raises(PictureRefused):
            verify(file, read_header(file, max_pixels=None))


def test_the_seeds_are_sound(folder: Path) -> None:
    assert len(STILL_PICTURES) > 15
    for data in SEEDS:
        file = io.BytesIO(data)
        verify(file, read_header(file, max_pixels=MAX_PIXELS))
