"""Whole numbers as forms and JSON give them; pure."""

import re
from typing import Any

_WHOLE = re.compile(r"-?[0-9]{1,18}")


def whole(given: Any) -> int | None:
    """None for what is no whole number, and for one that is longer than any that is meant."""
    if isinstance(given, int) and not isinstance(given, bool):
        return given
    text = given.strip() if isinstance(given, str) else ""
    return int(text) if _WHOLE.fullmatch(text) else None
