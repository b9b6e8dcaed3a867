"""What programs send inside JSON: pictures as base64 in whatever place, fields in two spellings. Pure."""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.errors import InvalidInput

# Where a picture may stand, in the order of looking.
PICTURE_NAMES = ("image", "images", "data", "file", "files", "base64")
_INNER_NAMES = ("data", "image", "base64", "file")
_NAME_NAMES = ("filename", "name", "file_name")
_DATA_URL = re.compile(r"data:[\w.+/-]*(?:;[\w=.+\"-]+)*;base64,", re.IGNORECASE)
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Encoded:
    """A picture that came as text; `where` names the field it stood in."""

    where: str
    name: str | None
    content: bytes = field(repr=False)


def pictures_in(body: Mapping[str, Any]) -> tuple[list[Encoded], dict[str, Any]]:
    """The pictures of a JSON body, decoded, and the fields beside them.

    Raises `InvalidInput` naming a field that holds something else. Large: call it in a thread.
    """
    rest = dict(body)
    found: list[Encoded] = []
    for name in PICTURE_NAMES:
        if name not in rest or not _may_hold_picture(name, rest[name]):
            continue
        found.extend(_encoded(name, rest.pop(name), _own_name(body) if not found else None))
    if found:
        for name in _NAME_NAMES:
            rest.pop(name, None)
    return found, rest


def _may_hold_picture(name: str, value: Any) -> bool:
    """`data` may as well be facts about the picture: an object without a picture inside is left as a field."""
    if value is None or value == "" or value == []:
        return False
    if isinstance(value, dict):
        return any(isinstance(value.get(inner), str) for inner in _INNER_NAMES)
    return isinstance(value, (str, list)) or name in {"image", "images", "base64"}


def _encoded(where: str, value: Any, name: str | None) -> Iterator[Encoded]:
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from _encoded(f"{where}.{number}", item, None)
    elif isinstance(value, dict):
        inner = next((value[key] for key in _INNER_NAMES if isinstance(value.get(key), str)), None)
        if inner is None:
            raise InvalidInput({where: "This holds no picture: put its base64 under “data”."})
        yield Encoded(where, _own_name(value), decode(inner, where))
    elif isinstance(value, str):
        yield Encoded(where, name, decode(value, where))
    else:
        raise InvalidInput({where: "A picture is base64 text."})


def decode(text: str, where: str) -> bytes:
    """Base64, in either alphabet, with or without a `data:` prefix, padding or line breaks."""
    start = _DATA_URL.match(text[:200])
    packed = _SPACE.sub("", text[start.end() :] if start else text)
    if "-" in packed or "_" in packed:
        packed = packed.replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(packed.rstrip("=") + "=" * (-len(packed.rstrip("=")) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise InvalidInput({where: "This is not base64."}) from None


def _own_name(given: Mapping[str, Any]) -> str | None:
    return next((given[key] for key in _NAME_NAMES if isinstance(given.get(key), str)), None)
