"""Who makes a request, and whether they may: sessions of browsers, keys of programs."""

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode

from aiohttp import hdrs, web

from core.actor import Actor
from core.errors import NotAllowed, NotSignedIn
from core.scopes import Scope
from core.users import Identity, Session
from web.answers import CsrfMismatch
from web.headers import in_letters
from web.keys import IDENTITIES, IDENTITY, SITE
from web.program_keys import open_with_key
from web.versions import check_version

CSRF_HEADER = "X-CSRF-Token"
KEY_HEADER = "X-API-Key"
SAFE = frozenset({hdrs.METH_GET, hdrs.METH_HEAD, hdrs.METH_OPTIONS})


def session_cookie(*, is_secure: bool) -> str:
    """The cookie's name; `__Host-` makes browsers insist on https, no domain, and the whole path."""
    return "__Host-isekai_session" if is_secure else "isekai_session"


def forget_cookie(response: web.StreamResponse, name: str, *, is_secure: bool) -> None:
    """Browsers take no word about a `__Host-` cookie, not even that it is over, unless it says `Secure`."""
    response.del_cookie(name, path="/", secure=is_secure, httponly=True, samesite="Lax")


def key_in_headers(request: web.Request) -> str | None:
    if (key := request.headers.get(KEY_HEADER)) is not None:
        return key.strip()
    scheme, _, value = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else None


async def identify(request: web.Request) -> Identity | None:
    """Key before cookie. Raises `NotSignedIn` for a key that opens nothing; a dead cookie is nobody."""
    key = key_in_headers(request)
    if key is not None:
        return await open_with_key(request, key)
    site = request.app[SITE]
    token = request.cookies.get(session_cookie(is_secure=site.is_secure))
    if not token or _is_foreign(request, site.public_url):
        return None
    return await request.app[IDENTITIES].of_session(token)


def _is_foreign(request: web.Request, public_url: str) -> bool:
    """Called by a page of another origin that may call us: with keys only, never with cookies."""
    origin = request.headers.get(hdrs.ORIGIN)
    allowed = request.app[SITE].cors_origins
    return origin is not None and origin != public_url and (origin in allowed or "*" in allowed)


def caller(request: web.Request, scope: Scope) -> Identity:
    """Who calls the API; writes of browsers have shown their token. Raises `NotSignedIn`, `ScopeMissing`, CSRF."""
    check_version(request)
    identity: Identity | None = request.get(IDENTITY)
    if identity is None:
        raise NotSignedIn("Sign in, or send an API key.")
    if identity.session is not None and request.method not in SAFE:
        check_csrf(identity.session, request.headers.get(CSRF_HEADER))
    identity.need(scope)
    return identity


def administrators_only(identity: Identity) -> None:
    """Raises `NotAllowed`; what pages are for them is not there for others."""
    if not identity.user.is_admin:
        raise NotAllowed("Only an administrator can do that.")


def programs_or_forms(request: web.Request, scope: Scope) -> Identity:
    """As `caller`, where a browser's form may carry its token as a field: the handler checks that before any file."""
    if request.content_type.startswith("multipart/") and CSRF_HEADER not in request.headers:
        identity: Identity | None = request.get(IDENTITY)
        if identity is not None:
            identity.need(scope)
            return identity
    return caller(request, scope)


def check_csrf(session: Session, given: str | None) -> None:
    """The token as `/api/me` tells it, or as a page has it."""
    shown = "" if given is None else unmasked(in_letters(given))
    if not secrets.compare_digest(shown.encode(), session.csrf_token.encode()):
        raise CsrfMismatch


MASKED = "m."


def masked(token: str) -> str:
    """A token for a page, other letters each time: then the size of a compressed page tells nothing about it."""
    plain = token.encode()
    noise = secrets.token_bytes(len(plain))
    return MASKED + urlsafe_b64encode(noise + _mixed(plain, noise)).decode()


def unmasked(given: str) -> str:
    if not given.startswith(MASKED):
        return given
    try:
        raw = urlsafe_b64decode(given.removeprefix(MASKED).encode())
        half = len(raw) // 2
        return _mixed(raw[:half], raw[half:]).decode()
    except ValueError:
        return ""


def _mixed(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=False))


def actor_of(identity: Identity) -> Actor:
    return Actor(identity.user.id, identity.actor, "api" if identity.key else "dashboard")
