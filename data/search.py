"""Words as people type them into the search box, as FTS5 understands them."""

import re

_WORD = re.compile(r"[\w]+", re.UNICODE)
MOST_WORDS = 12


def match_expression(text: str) -> str:
    """Every word must occur, as the beginning of a word; nothing typed is taken as an operator."""
    words = _WORD.findall(text)[:MOST_WORDS]
    return " ".join(f'"{word[:64]}"*' for word in words) or '""'
