"""Secrets out of texts that came with a picture, before anything of them is kept.

ComfyUI writes the whole graph into the file, keys and webhook addresses of upload nodes included. What has a
telling name goes by its name, what has a telling shape by its shape, and a value found once goes everywhere.
"""

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

REMOVED = "[removed]"
SHORTEST_SECRET = 8
LONGEST_SECRET = 8_000
SPREAD_LIMIT = 50  # values looked for everywhere; each costs a pass over all texts
WINDOW_CHARACTERS = 16_000
SPACE = re.compile(r"[\s,;]")

SECRET_NAME = re.compile(
    r"(^|[_\-. ])(api[_-]?keys?|access[_-]?key(?:[_-]?id)?|token|secret(?:[_-]?key)?|client[_-]?secret"
    r"|password|passwd|pwd|authorization|auth|bearer|private[_-]?key|cookie|credentials?|webhook(?:[_-]?url)?|session[_-]?id)$",
    re.IGNORECASE,
)
OWN_KEY = re.compile(r"isk_[A-Za-z0-9_\-.]{8,200}")
SECRET_SHAPE = re.compile(
    r"""isk_[A-Za-z0-9_\-.]{8,200}
    | https?://[^\s"'<>]{0,200}/api/(?:v\d+/)?webhooks/[^\s"'<>\\]{1,300}   # Discord and its lookalikes
    | https?://hooks\.slack\.com/[^\s"'<>\\]{1,300}
    | https?://[^\s"'<>]{0,200}/hook/[^\s"'<>\\]{8,300}                     # our own upload addresses
    | (?<=://)[^\s/@:"']{1,100}:[^\s/@"']{1,200}(?=@)                       # user:password in an address
    | (?i:(?<=bearer\ )|(?<=basic\ ))[A-Za-z0-9._~+/=\-]{16,4000}
    | (?<![A-Za-z0-9_\-])eyJ[A-Za-z0-9_\-]{8,2000}\.[A-Za-z0-9_\-]{8,4000}\.[A-Za-z0-9_\-]{8,2000}
    | \b(?:sk|pk|rk)[-_][A-Za-z0-9_\-]{16,200}
    | \b(?:hf_|gh[pousr]_|github_pat_|glpat-|r8_|xox[abprs]-|tgp_v1_)[A-Za-z0-9_\-]{16,200}
    | \b(?:AKIA|ASIA)[A-Z0-9]{16}\b
    | \bAIza[A-Za-z0-9_\-]{30,60}
    | \b[MNO][A-Za-z0-9_\-]{22,40}\.[A-Za-z0-9_\-]{6}\.[A-Za-z0-9_\-]{25,60}  # a Discord bot
    """,
    re.VERBOSE,
)
NAMED_SECRET = re.compile(
    r"""(?i:\b(?:api[_-]?key|access[_-]?token|auth[_-]?token|token|secret|password|authorization)\b["']?\s{0,4}[:=]\s{0,4}["']?
    (?:bearer\s)?)([A-Za-z0-9._~+/=\-]{12,4000})""",
    re.VERBOSE,
)


@dataclass
class Scrubber:
    """Collects what it removes over all texts of one file; never shows it."""

    removed: int = 0
    _values: set[str] = field(default_factory=set, repr=False)

    def scrub(self, texts: Mapping[str, str]) -> dict[str, str]:
        """The same texts without secrets. A JSON text stays JSON, with NaN and its like as null."""
        cleaned = {name: self._named(name, text) for name, text in texts.items()}
        return {name: self._known_values(text) for name, text in cleaned.items()}

    def _named(self, name: str, text: str) -> str:
        if SECRET_NAME.search(name):
            return self._take(text)
        tree = parse_json(text)
        if tree is None:
            return self._shapes(text)
        try:
            return sound(json.dumps(self.tree(tree), ensure_ascii=False, allow_nan=False))
        except (ValueError, RecursionError):
            return self._shapes(text)

    def tree(self, value: Any) -> Any:
        """A parsed JSON value without secrets. Raises `RecursionError` when it is nested too deeply."""
        if isinstance(value, dict):
            return {sound(str(key)): self._member(str(key), item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.tree(item) for item in value]
        return self._shapes(value) if isinstance(value, str) else value

    def without_known(self, value: Any) -> Any:
        """The same, without values that were removed elsewhere."""
        if isinstance(value, dict):
            return {key: self.without_known(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.without_known(item) for item in value]
        return self._known_values(value) if isinstance(value, str) else value

    def _member(self, key: str, value: Any) -> Any:
        if isinstance(value, str) and len(value) >= SHORTEST_SECRET and SECRET_NAME.search(key):
            return self._take(value)
        return self.tree(value)

    def _take(self, value: str) -> str:
        """Remove what was found by its name or shape; the same value may stand elsewhere without it."""
        if len(value) >= SHORTEST_SECRET and len(self._values) < SPREAD_LIMIT:
            self._values.add(value)
        return self._drop()

    def _drop(self) -> str:
        self.removed += 1
        return REMOVED

    def _shapes(self, text: str) -> str:
        text = replaced(SECRET_SHAPE, text, lambda found: self._take(found.group()))
        return replaced(NAMED_SECRET, text, self._named_in_text)

    def _named_in_text(self, found: re.Match[str]) -> str:
        return found.group()[: found.start(1) - found.start()] + self._take(found.group(1))

    def _known_values(self, text: str) -> str:
        for value in self._values:
            text = text.replace(value, REMOVED)
        return text


def replaced(pattern: re.Pattern[str], text: str, by: Callable[[re.Match[str]], str]) -> str:
    """As `pattern.sub`, window by window. A match may reach beyond its window, so that no secret is cut in two."""
    pieces: list[str] = []
    done = 0
    for start, end in windows(text):
        at = max(start, done)
        while found := pattern.search(text, at, end + LONGEST_SECRET):
            if found.start() >= end:
                break
            pieces += (text[done : found.start()], by(found))
            at = done = found.end()
    return "".join((*pieces, text[done:]))


def windows(text: str) -> Iterator[tuple[int, int]]:
    """(start, end) of stretches of about 16,000 characters that end at a space where there is one.

    A regular expression keeps every other thread waiting while it runs, so no single run may be long.
    """
    start = 0
    while start < len(text):
        end = start + WINDOW_CHARACTERS
        space = SPACE.search(text, end, end + LONGEST_SECRET)
        end = min(len(text), space.start() if space else end + LONGEST_SECRET)
        yield start, end
        start = end


def scrubbed(value: Any) -> Any:
    """A parsed JSON value without secrets; for what a program says beside its picture."""
    scrubber = Scrubber()
    cleaned = scrubber.tree(value)
    return scrubber.without_known(cleaned)


def own_keys_in(texts: Mapping[str, str]) -> tuple[str, ...]:
    """Keys of this application that stand in the texts, each once."""
    return tuple(dict.fromkeys(key for text in texts.values() for key in OWN_KEY.findall(text)))[:10]


def parse_json(text: str) -> Any:
    """The object or list in *text*, with NaN and infinities as None; None when it is no such JSON."""
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        return json.loads(text, parse_constant=lambda _: None, parse_float=_finite)
    except (ValueError, RecursionError):
        return None


def _finite(text: str) -> float | None:
    number = float(text)
    return number if math.isfinite(number) else None


def sound(text: str) -> str:
    """Text that any database and any encoder takes: no lone surrogates, no NUL."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "")
