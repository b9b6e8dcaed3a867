"""What lies beside a picture and speaks about it: a side-car file, once it was read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.posts.fields import split_tags


@dataclass(frozen=True, slots=True)
class Beside:
    """`fields` by field name; `wish` is when it should go out; `metadata` is what nobody here has a field for."""

    fields: Mapping[str, Any] = field(default_factory=dict)
    notes: str = ""
    wish: str | None = None
    metadata: Any = None


def over(fields: Mapping[str, Any], beside: Beside) -> dict[str, Any]:
    """What was said for all pictures with what is said of this one: the nearer word wins, tags add up."""
    merged = dict(fields) | dict(beside.fields)
    if "tags" in fields and "tags" in beside.fields:
        merged["tags"] = [*_listed(beside.fields["tags"]), *_listed(fields["tags"])]
    return merged


def _listed(given: Any) -> list[Any]:
    if isinstance(given, str):
        return list(split_tags(given))
    return list(given) if isinstance(given, list | tuple) else []
