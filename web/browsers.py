"""The browsers that are signed in, as their owner is told of them."""

import hashlib

from core.users import Session

_BROWSERS = ("Firefox", "Edg", "OPR", "Chrome", "Safari", "curl")
_SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "Mac"))


def session_key(session: Session) -> str:
    """Names it in an address: nothing that could be signed in with follows from it."""
    return hashlib.sha256(session.token_hash).hexdigest()[:16]


def device(agent: str) -> str:
    """A browser and its system, as far as its own words tell."""
    browser = next((name for name in _BROWSERS if name in agent), "A browser")
    system = next((word for sign, word in _SYSTEMS if sign in agent), "Linux" if "Linux" in agent else "")
    named = {"Edg": "Edge", "OPR": "Opera"}.get(browser, browser)
    return f"{named} on {system}" if system else named
