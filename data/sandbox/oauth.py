"""The authorize page and the token endpoint (fact sheet, section 1)."""

import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit, urlunsplit

from aiohttp import web

from data.sandbox import pages
from data.sandbox.answers import Refusal, answer, error_body, invalid_request
from data.sandbox.forms import Form, read_form
from data.sandbox.keys import WORLD
from data.sandbox.tokens import SCOPES, Grant
from data.sandbox.world import World

_CHALLENGE = re.compile(r"^[A-Za-z0-9_-]{43}$")
_VERIFIER = re.compile(r"^[A-Za-z0-9._~-]{43,128}$")


def routes() -> list[web.RouteDef]:
    return [
        web.get("/oauth2/authorize", show_page),
        web.post("/oauth2/authorize", decide),
        web.get("/oauth2/authorize/deny", deny),
        web.post("/oauth2/token", token),
        web.get("/oauth2/token", token_by_get),
        web.post("/oauth2/revoke", revoke),
    ]


@dataclass(frozen=True, slots=True)
class Wish:
    """What an authorize address asks for, once client and address are known to be good."""

    client_id: str
    redirect_uri: str
    scopes: list[str]
    state: str | None
    challenge: str
    problem: tuple[str, str] | None

    def back(self, **answers: str) -> web.HTTPFound:
        """A redirect to the client with *answers* added to its address."""
        parts = urlsplit(self.redirect_uri)
        extra = urlencode(answers | ({"state": self.state} if self.state is not None else {}))
        query = f"{parts.query}&{extra}" if parts.query else extra
        return web.HTTPFound(urlunsplit(parts._replace(query=query)))


def read_wish(world: World, form: Form) -> Wish:
    """Raises `Refusal` where no redirect is allowed: unknown client, unlisted address."""
    options = world.options
    client_id = form.text("client_id")
    redirect_uri = form.text("redirect_uri")
    if not client_id or (options.client_id is not None and client_id != options.client_id):
        raise Refusal(401, error_body("invalid_client", "Client authentication failed."))
    parts = urlsplit(redirect_uri)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.fragment:
        raise invalid_request("The redirect_uri is invalid.")
    if options.redirect_uris and redirect_uri not in options.redirect_uris:
        raise invalid_request("The redirect_uri is not whitelisted.")
    scopes = form.text("scope", "basic").split() or ["basic"]
    challenge = form.text("code_challenge")
    state = form.text("state") if "state" in form else None
    return Wish(client_id, redirect_uri, scopes, state, challenge, _problem(form, scopes, challenge))


def _problem(form: Form, scopes: list[str], challenge: str) -> tuple[str, str] | None:
    if form.text("response_type") != "code":
        return "unsupported_response_type", "The response_type must be code."
    if not set(scopes) <= SCOPES:
        return "invalid_scope", "The requested scope is invalid."
    if form.text("code_challenge_method") != "S256" or not _CHALLENGE.match(challenge):
        return "invalid_request", "A code_challenge with the method S256 is required."
    return None


def _wish_of(request: web.Request) -> Wish | web.Response:
    try:
        wish = read_wish(request.app[WORLD], Form(request.query.items()))
    except Refusal as refusal:
        return pages.error_page(str(refusal.body["error_description"]), status=refusal.status)
    if wish.problem is not None:
        error, description = wish.problem
        raise wish.back(error=error, error_description=description)
    return wish


async def show_page(request: web.Request) -> web.Response:
    wish = _wish_of(request)
    if isinstance(wish, web.Response):
        return wish
    artists = [artist.username for artist in request.app[WORLD].artists.values()]
    return pages.authorize_page(artists, wish.scopes, deny=f"/oauth2/authorize/deny?{request.query_string}")


async def decide(request: web.Request) -> web.Response:
    wish = _wish_of(request)
    if isinstance(wish, web.Response):
        return wish
    world = request.app[WORLD]
    name = str((await request.post()).get("artist", ""))
    artist = world.find_artist(name)
    if artist is None:
        return pages.error_page("There is no sample artist of that name.", status=400)
    code = world.tokens.issue_code(
        artist.username,
        wish.scopes,
        client_id=wish.client_id,
        redirect_uri=wish.redirect_uri,
        challenge=wish.challenge,
    )
    raise wish.back(code=code)


async def deny(request: web.Request) -> web.Response:
    wish = _wish_of(request)
    if isinstance(wish, web.Response):
        return wish
    raise wish.back(error="access_denied", error_description="The user denied the request.")


async def token_by_get(request: web.Request) -> web.Response:
    raise invalid_request("The token endpoint takes POST requests only.")


async def token(request: web.Request) -> web.Response:
    form = Form((name, value) for name, value in (await request.post()).items() if isinstance(value, str))
    world = request.app[WORLD]
    client_id, has_secret = _client(world, request, form)
    match form.text("grant_type"):
        case "authorization_code":
            grant = _by_code(world, form, client_id)
        case "refresh_token":
            grant = _by_refresh(world, form)
        case "client_credentials":
            if not has_secret:
                raise _bad_client()
            scopes = form.text("scope", "basic browse").split()
            grant = world.tokens.issue(None, [scope for scope in scopes if scope in SCOPES], client_id)
        case _:
            raise invalid_request("Unknown grant_type")
    await world.settled()
    return answer(_token_answer(grant))


def _by_code(world: World, form: Form, client_id: str) -> Grant:
    code = world.tokens.take_code(form.text("code"))
    good = (
        code is not None
        and code.client_id == client_id
        and code.redirect_uri == form.text("redirect_uri")
        and _verifies(form.text("code_verifier"), code.challenge)
    )
    if code is None or not good:
        raise invalid_request("Incorrect authorization code.")
    return world.tokens.issue(code.username, list(code.scopes), client_id)


def _by_refresh(world: World, form: Form) -> Grant:
    grant = world.tokens.rotate(form.text("refresh_token"))
    if grant is None:
        raise invalid_request("The refresh_token is invalid.")
    return grant


def _verifies(verifier: str, challenge: str) -> bool:
    if not _VERIFIER.match(verifier):
        return False
    digest = hashlib.sha256(verifier.encode()).digest()
    made = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return hmac.compare_digest(made, challenge)


def _client(world: World, request: web.Request, form: Form) -> tuple[str, bool]:
    """(client id, whether a secret came along); by body or by HTTP Basic."""
    client_id, secret = form.text("client_id"), form.text("client_secret")
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            client_id, _, secret = base64.b64decode(encoded).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise _bad_client() from None
    options = world.options
    known = options.client_id in (None, client_id) and options.client_secret in (None, secret)
    if not client_id or not known:
        raise _bad_client()
    return client_id, bool(secret)


def _bad_client() -> Refusal:
    return Refusal(401, error_body("invalid_client", "Client authentication failed."))


def _token_answer(grant: Grant) -> dict[str, object]:
    body: dict[str, object] = {
        "expires_in": grant.expires_in,
        "status": "success",
        "access_token": grant.access_token,
        "token_type": "Bearer",
        "scope": grant.scope,
    }
    if grant.refresh_token is not None:
        body["refresh_token"] = grant.refresh_token
    return body


async def revoke(request: web.Request) -> web.Response:
    """All tokens of the user, or with `revoke_refresh_only` the given refresh token."""
    form = await read_form(request)
    tokens = request.app[WORLD].tokens
    given = form.required("token")
    if form.flag("revoke_refresh_only", False):
        tokens.revoke_refresh(given)
    elif (username := tokens.owner_of(given)) is not None:
        tokens.revoke_all(username)
    await request.app[WORLD].settled()
    return answer({"status": "success"})
