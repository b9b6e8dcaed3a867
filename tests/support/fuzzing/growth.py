"""Texts made of repetitions: what takes four times as long for twice as much has no place at a door."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hypothesis import strategies as st

from bot.drop_words import read_message
from core.errors import UserError
from core.posts.description import description_html
from core.posts.fields import split_tags, stored_tags, stored_title
from core.posts.names import shown_name, title_from_name
from core.posts.scrub import Scrubber
from core.programs.plan_rows import read_plan
from core.programs.sidecar import read_beside
from core.webhooks.addresses import read_url
from data.images.generation import from_parameters
from data.images.texts import NAMED_INSIDE
from data.redaction import Redactor
from web.hooks.shapes import decode
from web.hooks.words import caption_fields

FIRST, FACTOR = 12_000, 4  # characters; and how much longer the second text is
FREE_SECONDS = 0.25  # less than this is bounded by its size alone
ALLOWED = FACTOR * 2.5  # straight growth is 4, squared 16
MOST_SECONDS = 1.0  # whatever the growth: a regular expression keeps every other thread waiting

READERS: Mapping[str, Callable[[str], object]] = {
    "scrub": lambda text: Scrubber().scrub({"parameters": text}),
    "redact": Redactor(["a known secret"]).text,
    "plan": read_plan,
    "side-car": lambda text: read_beside("a.txt", text),
    "side-car as JSON": lambda text: read_beside("a.json", text),
    "message": read_message,
    "caption": caption_fields,
    "parameters": from_parameters,
    "named inside": NAMED_INSIDE.match,
    "description": description_html,
    "tags": lambda text: stored_tags(split_tags(text)),
    "title": stored_title,
    "name": lambda text: title_from_name(shown_name(text)),
    "base64": lambda text: decode(text, "image"),
    "address": lambda text: read_url(text, private_allowed=False),
}
_PIECES = st.sampled_from(
    ["#", "#a", "a", " ", "\n", "\t", '"', "'", ",", ":", ": ", "=", "<", "</a", "<a ", ">", "[", "{", '{"a":', "]",
    "||",
     "https://", "://", "@", "a:", "/hook/", "/api/webhooks/1/", "bearer ", "isk_", "eyJ", ".", "-", "_", "sk-",
     "token",
     "token=", "authorization", "cookie", "Steps: ", "\\", "\\u0000", "<lora:", "Negative prompt:", "prompt", "&",
     ";", "<@",
     "a1 ", "key\": \"", "M", "http://a:b"]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Repeated:
    before: str
    piece: str
    after: str

    def of(self, length: int) -> str:
        return self.before + self.piece * (length // max(1, len(self.piece))) + self.after


def repeated() -> st.SearchStrategy[Repeated]:
    some = st.lists(_PIECES, max_size=3).map("".join)
    return st.builds(Repeated, some, st.lists(_PIECES, min_size=1, max_size=3).map("".join), some)


def check_growth(given: Repeated) -> None:
    short, long = given.of(FIRST), given.of(FIRST * FACTOR)
    for name, read in READERS.items():
        took = _seconds(read, long)
        if took > FREE_SECONDS:
            # Measured again, and the best of it: another process may have had the core.
            before = max(min(_seconds(read, short) for _ in range(3)), 0.001)
            took = min(took, *(_seconds(read, long) for _ in range(2)))
            assert took < MOST_SECONDS, f"{name}: {took:.3f} s"
            assert took < ALLOWED * before or took < FREE_SECONDS, f"{name}: {before:.3f} s, then {took:.3f} s"


def _seconds(read: Callable[[str], object], text: str) -> float:
    started = time.process_time()
    try:
        read(text)
    except UserError as refusal:
        assert refusal.sentence
    return time.process_time() - started
