"""File names as senders give them: shown to people, never used as a path. And titles where sentences name them."""

import re
import unicodedata

NAME_KEPT = 120
# Also what stands for bytes that are no text.
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_DIRECTION = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,5}$")


def shown_name(given: str | None, *, fallback: str = "picture") -> str:
    """The last part of *given*, without control and direction characters; 120 characters at most."""
    last = re.split(r"[\\/]", given or "")[-1]
    cleaned = " ".join(_CONTROL.sub("", last).split()).lstrip(".").strip()
    return cleaned[:NAME_KEPT] or fallback


def spoken_title(title: str) -> str:
    """*title* without what would turn the words around it; empty where nothing of it can be seen."""
    plain = _DIRECTION.sub("", title).strip()
    return plain if any(unicodedata.category(one)[0] in "LNPS" for one in plain) else ""


def title_from_name(name: str) -> str:
    """A title for a picture that came without one: no extension, underscores and hyphens as spaces."""
    stem = _SUFFIX.sub("", name)
    return " ".join(re.sub(r"[_\-]+", " ", stem).split()).strip(" .")
