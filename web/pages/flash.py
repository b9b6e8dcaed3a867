"""One message about what just happened, carried over a redirect in a cookie of its own."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web

FLASH_COOKIE = "isekai_flash"
FLASH_KEPT = 60  # seconds: the page that shows it follows at once
TEXT_KEPT = 600


@dataclass(frozen=True, slots=True)
class Undo:
    """A form that takes it back. `url` is local; the browser's copy is checked before it is shown."""

    url: str
    label: str = "Undo"
    fields: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FlashLink:
    url: str
    label: str


@dataclass(frozen=True, slots=True)
class Flash:
    text: str
    bad: bool = False
    undo: Undo | None = None
    link: FlashLink | None = None


def pack(flash: Flash) -> str:
    """As the value of a cookie."""
    said: dict[str, Any] = {"t": flash.text[:TEXT_KEPT], "b": flash.bad}
    if flash.undo:
        said["u"] = [flash.undo.url, flash.undo.label, dict(flash.undo.fields)]
    if flash.link:
        said["l"] = [flash.link.url, flash.link.label]
    return base64.urlsafe_b64encode(orjson.dumps(said)).decode().rstrip("=")


def carry(response: web.Response, flash: Flash, *, is_secure: bool) -> None:
    """To the page that follows."""
    response.set_cookie(
        FLASH_COOKIE, pack(flash), max_age=FLASH_KEPT, httponly=True, samesite="Lax", secure=is_secure
    )


def unpack(value: str | None) -> Flash | None:
    """What the cookie says; None for anything that we did not write."""
    if not value or len(value) > 3500:
        return None
    try:
        said = orjson.loads(base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)))
        return Flash(str(said["t"]), bool(said["b"]), _undo(said.get("u")), _link(said.get("l")))
    except (binascii.Error, ValueError, KeyError, TypeError, IndexError, AttributeError):
        return None


def is_local(path: str) -> bool:
    """A path on this host: `//other` and `/\\other` lead elsewhere in browsers."""
    return path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()


def _undo(said: Any) -> Undo | None:
    if not said or not is_local(said[0]):
        return None
    return Undo(str(said[0]), str(said[1]), {str(k): str(v) for k, v in dict(said[2]).items()})


def _link(said: Any) -> FlashLink | None:
    return FlashLink(str(said[0]), str(said[1])) if said and is_local(said[0]) else None
