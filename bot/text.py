"""Words of others inside messages of ours: no markdown, no mentions, no more than fits."""

import re

# Everything that starts markup in a message, mentions and custom emoji included.
_MARKUP = re.compile(r"([\\*_`~|>#\-\[\]()<@:])")
_BREAKS = re.compile(r"\s+")
ZERO_WIDTH_SPACE = "\u200b"


def clip(text: str, most: int) -> str:
    """At most *most* characters, an ellipsis where something was left out."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def plain(text: str, most: int = 200) -> str:
    """One line that reads as it was typed: markup is escaped, @everyone rings nobody."""
    line = _BREAKS.sub(" ", text).strip()
    return _escaped(line, most)


def block(text: str, most: int = 1000) -> str:
    """As `plain`, keeping its lines."""
    return _escaped(text.strip(), most)


def _escaped(text: str, most: int) -> str:
    escaped = _MARKUP.sub(r"\\\1", clip(text, most)).replace("@", "@" + ZERO_WIDTH_SPACE)
    while len(escaped) > most:
        text = text[: max(0, len(text) - max(1, (len(escaped) - most) // 2))]
        escaped = _MARKUP.sub(r"\\\1", clip(text + "…", most)).replace("@", "@" + ZERO_WIDTH_SPACE)
    return escaped


def label(text: str, most: int = 100) -> str:
    """For buttons, options and choices, where nothing is marked up; never empty."""
    return clip(_BREAKS.sub(" ", text).strip() or "Untitled", most)
