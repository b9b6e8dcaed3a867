"""JSON that people and programs wrote, read so that everything in it can be kept, shown and sent on. Pure."""

import json
from typing import Any

DEEPEST = 100  # levels; no program of ours or others means more
_HALF_PAIR = ("\\ud", "\\uD")


def read_json(text: str) -> Any:
    """The value in *text*, without halves of surrogate pairs, which no database or encoder takes.

    Raises `ValueError` for what is no JSON, and for what is nested more than `DEEPEST` levels.
    """
    try:
        value = json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if text.count("[") + text.count("{") > DEEPEST and _is_deep(value):
        raise ValueError("it is nested too deeply")
    if any(half in text for half in _HALF_PAIR):
        return json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
    return value


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(DEEPEST):
        level = [inner for one in level for inner in _inside(one)]
        if not level:
            return False
    return True


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
