"""Every DeviantArt field of a post, its limits, and what DeviantArt will really store.

Source: `stash/submit`, `stash/publish` references, API version 20240701, read 2026-11-23.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Any

from msgspec import Struct, structs

from core.errors import InvalidInput
from core.written_json import read_json

TITLE_STORED = 50  # characters DeviantArt keeps
TITLE_KEPT = 500  # characters we keep; the rest is refused, never cut in silence
TAGS_STORED = 30
TAGS_KEPT = 200
TAG_KEPT = 100
DESCRIPTION_KEPT = 64_000
NOTES_KEPT = 20_000
GALLERIES_KEPT = 50
UNTITLED = "Untitled"

# Width in pixels -> DeviantArt's code for it. 0 is the original size.
DISPLAY_RESOLUTIONS = {0: 0, 400: 1, 600: 2, 800: 3, 900: 4, 1024: 5, 1280: 6, 1600: 7, 1920: 8}


class MatureLevel(StrEnum):
    MODERATE = "moderate"
    STRICT = "strict"


class MatureClassification(StrEnum):
    NUDITY = "nudity"
    SEXUAL = "sexual"
    GORE = "gore"
    LANGUAGE = "language"
    IDEOLOGY = "ideology"


class License(StrEnum):
    """The licences that `license_options` can express."""

    ALL_RIGHTS = "all_rights"
    CC_BY = "cc_by"
    CC_BY_SA = "cc_by_sa"
    CC_BY_ND = "cc_by_nd"
    CC_BY_NC = "cc_by_nc"
    CC_BY_NC_SA = "cc_by_nc_sa"
    CC_BY_NC_ND = "cc_by_nc_nd"


class Details(Struct, frozen=True, gc=False):
    """What an artist says about a post. Flags are True, False or None for "unset".

    Those of thousands of drafts are kept at hand: as words and numbers lead to nothing else, they need not be looked
    through for garbage.
    """

    title: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    galleries: tuple[str, ...] = ()
    is_mature: bool | None = None
    mature_level: MatureLevel | None = None
    mature_classification: tuple[MatureClassification, ...] = ()
    is_ai_generated: bool | None = None
    no_ai: bool | None = None
    allow_comments: bool | None = None
    allow_free_download: bool | None = None
    add_watermark: bool | None = None
    display_resolution: int | None = None
    license: License | None = None
    feature: bool | None = None
    stash_only: bool | None = None

    def but(self, **values: Any) -> "Details":
        """The same with other values, by field name."""
        return structs.replace(self, **values)

    @property
    def stored_title(self) -> str:
        return stored_title(self.title)

    @property
    def stored_tags(self) -> tuple[str, ...]:
        return stored_tags(self.tags)

    def fingerprint(self, file_sha256: str) -> str:
        """Names what a Sta.sh item was made from: any change of file or field makes another."""
        packed = json.dumps([file_sha256, structs.asdict(self)], sort_keys=True, default=str)
        return hashlib.sha256(packed.encode()).hexdigest()


DETAIL_NAMES = Details.__struct_fields__
FLAG_NAMES = (
    "is_mature",
    "is_ai_generated",
    "no_ai",
    "allow_comments",
    "allow_free_download",
    "add_watermark",
    "feature",
    "stash_only",
)

# How the history says which fields changed.
_FIELD_WORDS = {
    "galleries": "folders",
    "is_mature": "mature",
    "mature_level": "how mature",
    "mature_classification": "why mature",
    "is_ai_generated": "made with AI",
    "no_ai": "no AI training",
    "allow_comments": "comments",
    "allow_free_download": "free download",
    "add_watermark": "watermark",
    "display_resolution": "largest size shown",
    "license": "licence",
    "feature": "featured",
    "stash_only": "only to Sta.sh",
    "notes": "private notes",
}


def in_words(names: Iterable[str]) -> str:
    """Names of fields as people say them: “title, made with AI”."""
    return ", ".join(_FIELD_WORDS.get(name, name.replace("_", " ")) for name in names)


_NOT_TAG = re.compile(r"[^\w]", re.UNICODE)
# Halves of surrogate pairs too: no database and no encoder takes them.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def stored_title(title: str) -> str:
    """The title as DeviantArt will keep it: one line, 50 characters, never empty."""
    return " ".join(title.split())[:TITLE_STORED].strip() or UNTITLED


@lru_cache(maxsize=4_000)
def stored_tag(tag: str) -> str:
    """Letters, digits and underscores; spaces and hyphens become underscores. May be empty."""
    joined = re.sub(r"[\s\-]+", "_", tag.strip().lstrip("#").strip())
    return _NOT_TAG.sub("", joined).strip("_")


@lru_cache(maxsize=20_000)
def folded_tag(tag: str) -> str:
    """How a tag is compared: as DeviantArt stores it, whatever the case. Artists use the same few thousand again."""
    return stored_tag(tag).casefold()


def stored_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """The tags as DeviantArt will keep them: cleaned, without repeats whatever the case, 30 at most."""
    seen: dict[str, str] = {}
    for tag in tags:
        cleaned = stored_tag(tag)
        if cleaned:
            seen.setdefault(cleaned.casefold(), cleaned)
    return tuple(seen.values())[:TAGS_STORED]


def left_out(tags: Iterable[str]) -> tuple[str, ...]:
    """Those that DeviantArt will not keep: beyond the thirtieth, or nothing of them can be in a tag."""
    tags = tuple(tags)
    kept = {tag.casefold() for tag in stored_tags(tags)}
    return tuple(tag for tag in tags if folded_tag(tag) not in kept)


def split_tags(text: str) -> tuple[str, ...]:
    """Tags as people type them: by comma or line, or `#words`, or a JSON list."""
    stripped = text.strip()
    if stripped.startswith("["):
        try:
            parsed = read_json(stripped)
        except ValueError:
            parsed = None
        if isinstance(parsed, list):
            return clean_tags(str(tag) for tag in parsed)
    if "," in stripped or "\n" in stripped:
        return clean_tags(re.split(r"[,\n]", stripped))
    if stripped.startswith("#"):
        return clean_tags(stripped.split("#"))
    return clean_tags([stripped])


def clean_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Tags as we keep them: trimmed, without `#`, without empties and exact repeats."""
    trimmed = (" ".join(_CONTROL.sub("", tag).split()).lstrip("#").strip() for tag in tags)
    return tuple(dict.fromkeys(tag for tag in trimmed if tag))


def edit_tags(current: tuple[str, ...], given: tuple[str, ...], mode: str) -> tuple[str, ...]:
    """`mode` is add, remove or replace; removing ignores case and how DeviantArt would store a tag."""
    match mode:
        case "add":
            known = {stored_tag(tag).casefold() for tag in current}
            return current + tuple(tag for tag in given if stored_tag(tag).casefold() not in known)
        case "remove":
            gone = {stored_tag(tag).casefold() for tag in given}
            return tuple(tag for tag in current if stored_tag(tag).casefold() not in gone)
        case "replace":
            return given
        case _:
            raise InvalidInput({"tags_mode": "tags_mode is add, remove or replace."})


def apply_changes(details: Details, changes: Mapping[str, Any]) -> Details:
    """*details* with *changes* (by field name, as JSON gives them).

    Raises `InvalidInput` naming every field that cannot be used; then nothing is changed.
    """
    problems: dict[str, str] = {}
    values: dict[str, Any] = {}
    for name, given in changes.items():
        try:
            values[name] = _READERS[name](given)
        except KeyError:
            problems[name] = f"There is no field called “{name[:60]}”."
        except ValueError as error:
            problems[name] = str(error)
    if problems:
        raise InvalidInput(problems)
    return details.but(**values)


def _text(limit: int, called: str) -> Any:
    def read(given: Any) -> str:
        if given is None:
            return ""
        if not isinstance(given, str):
            raise ValueError(f"The {called} is text.")
        text = _CONTROL.sub("", given.replace("\r\n", "\n")).strip()
        if len(text) > limit:
            raise ValueError(f"The {called} is {len(text):,} characters long; {limit:,} fit.")
        return text

    return read


def _tags(given: Any) -> tuple[str, ...]:
    if given is None:
        return ()
    if isinstance(given, str):
        tags = split_tags(given)
    elif isinstance(given, (list, tuple)) and all(isinstance(tag, str) for tag in given):
        tags = clean_tags(given)
    else:
        raise ValueError("Tags are a list of words.")
    if len(tags) > TAGS_KEPT:
        raise ValueError(f"That is {len(tags)} tags; {TAGS_KEPT} fit, and DeviantArt keeps {TAGS_STORED}.")
    if too_long := next((tag for tag in tags if len(tag) > TAG_KEPT), None):
        raise ValueError(f"The tag “{too_long[:20]}…” is longer than {TAG_KEPT} characters.")
    return tags


def _galleries(given: Any) -> tuple[str, ...]:
    if given is None:
        return ()
    names = [part.strip() for part in given.split(",")] if isinstance(given, str) else given
    if not isinstance(names, (list, tuple)) or not all(isinstance(name, str) for name in names):
        raise ValueError("Folders are a list of their ids.")
    ids = tuple(dict.fromkeys(name.strip().upper() for name in names if name.strip()))
    if len(ids) > GALLERIES_KEPT or any(not re.fullmatch(r"[0-9A-F-]{8,64}", name) for name in ids):
        raise ValueError(f"Folders are a list of at most {GALLERIES_KEPT} DeviantArt folder ids.")
    return ids


TRUE_WORDS = {"true", "1", "yes", "on"}
FALSE_WORDS = {"false", "0", "no", "off"}


def read_flag(given: Any) -> bool | None:
    """True, False or None ("unset") from JSON or a form; raises ValueError with a sentence."""
    if given is None or isinstance(given, bool):
        return given
    if isinstance(given, int) and given in (0, 1):
        return bool(given)
    word = given.strip().casefold() if isinstance(given, str) else "?"
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    if word in {"", "null", "unset"}:
        return None
    raise ValueError("This is true, false or null (unset).")


def _choice(kind: type[StrEnum], called: str) -> Any:
    def read(given: Any) -> StrEnum | None:
        if given is None or given == "":
            return None
        try:
            return kind(given)
        except ValueError:
            raise ValueError(f"The {called} is one of: {', '.join(kind)}.") from None

    return read


def _classification(given: Any) -> tuple[MatureClassification, ...]:
    if given is None or given == "":
        return ()
    words = [word.strip() for word in given.split(",")] if isinstance(given, str) else given
    read = _choice(MatureClassification, "mature classification")
    if not isinstance(words, (list, tuple)):
        raise ValueError(f"The mature classification is a list out of: {', '.join(MatureClassification)}.")
    return tuple(dict.fromkeys(kind for word in words if (kind := read(word)) is not None))


def _resolution(given: Any) -> int | None:
    if given is None or given == "":
        return None
    try:
        width = int(given)
    except (TypeError, ValueError):
        width = -1
    if isinstance(given, (bool, float)) or width not in DISPLAY_RESOLUTIONS:
        widths = ", ".join(str(known) for known in DISPLAY_RESOLUTIONS)
        raise ValueError(f"The display resolution is one of: {widths} (0 is the original).")
    return width


_READERS: dict[str, Any] = {
    "title": _text(TITLE_KEPT, "title"),
    "description": _text(DESCRIPTION_KEPT, "description"),
    "tags": _tags,
    "galleries": _galleries,
    "mature_level": _choice(MatureLevel, "mature level"),
    "mature_classification": _classification,
    "display_resolution": _resolution,
    "license": _choice(License, "licence"),
    **dict.fromkeys(FLAG_NAMES, read_flag),
}
read_notes = _text(NOTES_KEPT, "note")
