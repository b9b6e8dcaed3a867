"""Pictures made to break readers, and everything that is done with an upload."""

import io
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from PIL import Image, ImageChops, UnidentifiedImageError
from PIL.PngImagePlugin import PngInfo

from core.errors import PictureRefused
from core.posts.made import settings_of
from core.posts.scrub import Scrubber
from data.images.decoding import verify
from data.images.formats.header import Header
from data.images.generation import interpret
from data.images.header import read_header
from data.images.metadata import read_metadata
from data.images.strip import prepare_to_send
from data.images.texts import read_texts
from data.images.thumbs import derive
from tests.data.images.test_check import PICTURES
from tests.data.images.test_metadata import GRAPH, PARAMETERS
from tests.support.pictures import a_drawing, a_gif, a_jpeg, a_png, encoded, with_exif

MAX_PIXELS = 2_000_000
SECONDS = 4.0  # far beyond what any of these needs on two busy cores, far below what a bomb would take
MARK = "a very private note"

SEEDS = [data for data, _ in PICTURES.values()] + [
    a_png(texts={"parameters": PARAMETERS, "prompt": str(GRAPH)}, exif=with_exif({274: 6, 0x010E: "x"})),
    a_jpeg(exif=with_exif({274: 6, 0x010F: "prompt:{}"}, inner={0x9286: b"UNICODE\0\0a\0b"}), comment=b"hello"),
    encoded(a_drawing(), "WEBP", exif=with_exif({274: 3, 0x010E: "x"}), xmp=b"<x/>"),
]


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


def noise() -> st.SearchStrategy[bytes]:
    return st.builds(bytes.__add__, st.sampled_from([data[:16] for data in SEEDS]), st.binary(max_size=400))


def check_everything_done(data: bytes) -> None:
    """What happens to an upload, refused or not; only refusals with a name may end it, and soon."""
    started = time.process_time()
    file = io.BytesIO(data)
    try:
        header = read_header(file, max_pixels=MAX_PIXELS)
    except PictureRefused as refusal:
        assert refusal.sentence
        return
    for step in (verify, derive, read_metadata):
        _try(step, file, header)
    with tempfile.TemporaryDirectory() as folder:
        for keep_metadata in (True, False):
            _try_to_send(data, header, Path(folder), keep_metadata=keep_metadata)
    assert time.process_time() - started < SECONDS


def _try(step: Callable[[io.BytesIO, Header], object], file: io.BytesIO, header: Header) -> None:
    try:
        step(file, header)
    except PictureRefused as refusal:
        assert refusal.sentence


def _try_to_send(data: bytes, header: Header, folder: Path, *, keep_metadata: bool) -> bytes | None:
    path, into = folder / "came", folder / "sent"
    path.write_bytes(data)
    into.mkdir(exist_ok=True)
    try:
        return prepare_to_send(path, header, keep_metadata=keep_metadata, into=into).path.read_bytes()
    except PictureRefused as refusal:
        assert refusal.sentence
        return None


def check_what_passed(data: bytes) -> None:
    """Nothing may be taken in that the later steps choke on, and what is sent shows the same."""
    file = io.BytesIO(data)
    try:
        header = read_header(file, max_pixels=MAX_PIXELS)
        verify(file, header)
    except PictureRefused:
        return
    if header.is_video:
        return
    derive(file, header)
    with tempfile.TemporaryDirectory() as folder:
        sent = _try_to_send(data, header, Path(folder), keep_metadata=False)
    if sent is not None and header.mime in ("image/png", "image/jpeg", "image/gif"):
        assert _shows_the_same(data, sent)


def _shows_the_same(came: bytes, sent: bytes) -> bool:
    """As Pillow decodes both; where it cannot decode what came, there is nothing to compare with."""
    try:
        one = Image.open(io.BytesIO(came))
        one.load()
    except (OSError, SyntaxError, ValueError, UnidentifiedImageError):
        return True
    other = Image.open(io.BytesIO(sent))
    difference = ImageChops.difference(one.convert("RGBA"), other.convert("RGBA"))
    return one.size == other.size and not any(high for _, high in difference.getextrema())


@st.composite
def pictures_with_texts(draw: st.DrawFn) -> bytes:
    """A sound picture with a mark wherever its format has room for texts."""
    texts = draw(
        st.dictionaries(
            st.text(st.characters(codec="latin-1"), min_size=1, max_size=20), st.text(max_size=200), max_size=4
        )
    )
    exif = with_exif(dict.fromkeys(draw(st.sets(st.sampled_from([270, 271, 272, 305, 33432]))), MARK))
    match draw(st.sampled_from(["png", "jpeg", "gif", "webp", "tiff"])):
        case "png":
            info = PngInfo()
            for name, text in texts.items():
                info.add_itxt(name.replace("\0", "") or "x", f"{text}{MARK}", zip=draw(st.booleans()))
            info.add(draw(st.sampled_from([b"prVt", b"vpAg", b"tEXt", b"eXIf", b"caBX"])), MARK.encode())
            return encoded(a_drawing(), "PNG", pnginfo=info, exif=exif) + draw(st.sampled_from([b"", MARK.encode()]))
        case "jpeg":
            return a_jpeg(exif=exif, comment=MARK.encode(), xmp=MARK.encode()) + draw(st.binary(max_size=30))
        case "gif":
            return a_gif(frames=draw(st.integers(1, 3)), comment=MARK.encode()) + MARK.encode()
        case "webp":
            return encoded(a_drawing(), "WEBP", exif=exif, xmp=MARK.encode(), lossless=True)
        case _:
            return encoded(a_drawing(), "TIFF", exif=exif)


def check_stripped(data: bytes) -> None:
    """What leaves the house has the same pixels and not one text."""
    file = io.BytesIO(data)
    header = read_header(file, max_pixels=MAX_PIXELS)
    verify(file, header)
    read_metadata(file, header)
    with tempfile.TemporaryDirectory() as folder:
        sent = _try_to_send(data, header, Path(folder), keep_metadata=False)
    assert sent is not None
    assert MARK.encode() not in sent
    stripped = io.BytesIO(sent)
    assert read_texts(stripped, read_header(stripped, max_pixels=None)) == {}
    assert _shows_the_same(data, sent)


_KEYS = st.sampled_from(
    ["inputs", "class_type", "text", "positive", "negative", "seed", "model", "lora_name", "prompt", "uc", "loras",
     "sui_image_params", "steps", "cfg", "sampler_name", "guider", "noise", "width", "height", "4", "6", "api_key"]
)  # fmt: skip
_LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30)
    | st.sampled_from(["KSampler", "CLIPTextEncode", "LoraLoader", ["4", 0], ["6", 1], "<lora:a:1>", "\ud800"])
)  # fmt: skip


def graphs() -> st.SearchStrategy[Any]:
    """Something like what ComfyUI and its kind write, with everything in wrong places."""
    inner = st.recursive(
        _LEAVES, lambda more: st.lists(more, max_size=4) | st.dictionaries(_KEYS, more, max_size=6), max_leaves=25
    )
    node = st.fixed_dictionaries({"class_type": _LEAVES, "inputs": st.dictionaries(_KEYS, inner, max_size=6)})
    return st.dictionaries(_KEYS, node | inner, max_size=6) | inner | st.integers(1, 3_000).map(nested)


def nested(depth: int) -> Any:
    value: Any = "deep"
    for number in range(depth):
        value = {"inputs": value} if number % 2 else [value]
    return value


def check_interpreted(graph: Any) -> None:
    """Nothing is raised, and whatever is understood can be kept in a database."""
    try:
        text = json.dumps(graph)
    except RecursionError:
        text = '{"a":' * 3_000 + "1" + "}" * 3_000
    texts = Scrubber().scrub({"prompt": text, "workflow": text, "parameters": f"{text}\nSteps: 20, Seed: 4, {text}"})
    made = interpret(texts)
    for part in (made.prompt, made.negative_prompt, made.model, made.seed, made.sampler, *made.loras):
        (part or "").encode()
    settings_of(made.raw)
