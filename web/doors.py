"""Doors that strangers knock at, and how often an address may: signing in, links with a secret, unknown keys."""

from datetime import timedelta

from aiohttp import web

from core.door_pace import DoorPace
from core.errors import LimitReached
from web.keys import CLOCK
from web.proxies import client_address

MINUTE = timedelta(minutes=1)
SENTENCE = "That was a lot from your address in a short time. Wait a moment, then try again."
# A whole studio behind one address signs in; nobody opens thirty links a minute, or has thirty useless keys.
SIGN_INS, LINKS, UNKNOWN_KEYS = 60, 30, 30


class Doors:
    def __init__(self) -> None:
        self.sign_ins = DoorPace(SIGN_INS, MINUTE)
        self.links = DoorPace(LINKS, MINUTE)
        self.unknown_keys = DoorPace(UNKNOWN_KEYS, MINUTE)

    def at(self, path: str) -> DoorPace | None:
        """The door that *path* leads through, if it has one."""
        if path.startswith("/auth/deviantart"):
            return self.sign_ins
        return self.links if path.startswith(("/link/", "/invite/", "/share/")) else None


DOORS = web.AppKey("doors", Doors)


def knock(request: web.Request) -> None:
    """Raises `LimitReached`."""
    door = request.app[DOORS].at(request.path)
    if door is not None:
        _take(request, door)


def note_unknown_key(request: web.Request) -> None:
    """After a key that opens nothing; raises `LimitReached`. Programs whose keys are good never come here."""
    _take(request, request.app[DOORS].unknown_keys)


def _take(request: web.Request, door: DoorPace) -> None:
    wait = door.take(client_address(request), now=request.app[CLOCK].monotonic())
    if wait is not None:
        raise LimitReached(SENTENCE, retry_after=wait)
