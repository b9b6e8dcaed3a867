"""A description as DeviantArt gets it; pure."""

import html
import re

_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_BLOCK = re.compile(r"<(p|br|div|ul|ol|li|h[1-6]|blockquote)\b", re.IGNORECASE)


def description_html(text: str) -> str:
    """DeviantArt's subset of HTML: plain text is escaped, lines are kept as lines."""
    if not _TAG.search(text):
        text = html.escape(text, quote=False)
    return text if _BLOCK.search(text) else text.replace("\n", "<br />\n")


def is_html(text: str) -> bool:
    """Whether it goes out with its tags instead of having them shown."""
    return bool(_TAG.search(text))
