"""What a message says about the pictures in it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from core.posts.fields import DESCRIPTION_KEPT, TITLE_KEPT, clean_tags
from core.posts.fields import TAG_KEPT as TAG_MOST
from core.written_json import read_json

_HASHTAG = re.compile(r"(?<![\w/&])#(\w{1,100})", re.UNICODE)
_CUSTOM = re.compile(r"<(?:a?:\w+:\d+|@[!&]?\d+|#\d+|t:\d+(?::\w)?)>")
_SPOILED = re.compile(r"^\s*\|\|(.+)\|\|\s*$", re.DOTALL)

# How metadata files of generators and of our own doors call the fields.
_JSON_NAMES = {
    "title": "title",
    "description": "description",
    "tags": "tags",
    "isMature": "is_mature",
    "is_mature": "is_mature",
    "mature": "is_mature",
    "matureLevel": "mature_level",
    "mature_level": "mature_level",
    "isAiGenerated": "is_ai_generated",
    "is_ai_generated": "is_ai_generated",
    "noAi": "no_ai",
    "no_ai": "no_ai",
    "galleryIds": "galleries",
    "galleries": "galleries",
}
METADATA_MOST = 256 * 1024


@dataclass(frozen=True, slots=True)
class Said:
    """Title from the first line, description from the rest, tags from `#words` anywhere."""

    title: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    is_spoiler: bool = False

    def fields(self, *, is_mature: bool) -> dict[str, Any]:
        """By field name, only what was said."""
        found: dict[str, Any] = {}
        if self.title:
            found["title"] = self.title[:TITLE_KEPT]
        if self.description:
            found["description"] = self.description[:DESCRIPTION_KEPT]
        if self.tags:
            found["tags"] = list(self.tags)
        if is_mature or self.is_spoiler:
            found |= {"is_mature": True, "mature_level": "moderate"}
        return found


def read_message(content: str) -> Said:
    """Mentions and custom emoji are left out; lines of tags alone are no description."""
    spoiled = _SPOILED.match(content)
    text = _CUSTOM.sub("", spoiled[1] if spoiled else content)
    tags = clean_tags(tag[:TAG_MOST] for tag in _HASHTAG.findall(text))
    lines = [" ".join(_HASHTAG.sub("", line).split()) for line in text.splitlines()]
    while lines and not lines[0]:
        lines.pop(0)
    title, rest = (lines[0], "\n".join(lines[1:]).strip()) if lines else ("", "")
    return Said(title.strip("|*_ "), rest, tags, is_spoiler=spoiled is not None)


def is_metadata(name: str) -> bool:
    return PurePosixPath(name.lower()).suffix == ".json"


def metadata_for(name: str, metadata: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    """The metadata of the picture called *name*: `a.json` belongs to `a.png`; a single one belongs to all."""
    own = metadata.get(_stem(name))
    if own is not None:
        return own
    return next(iter(metadata.values())) if len(metadata) == 1 else {}


def _stem(name: str) -> str:
    return PurePosixPath(name).stem.removeprefix("SPOILER_").casefold()


def read_metadata(files: Sequence[tuple[str, bytes]]) -> dict[str, dict[str, Any]]:
    """Fields by the stem of the file they are about. What does not parse is skipped: it is not art either."""
    found = {}
    for name, data in files:
        try:
            parsed = read_json(data.decode("utf-8-sig")) if len(data) <= METADATA_MOST else None
        except ValueError:
            continue
        if isinstance(parsed, dict):
            fields = {_JSON_NAMES[key]: value for key, value in parsed.items() if key in _JSON_NAMES}
            found[_stem(name)] = fields
    return found
