"""Who calls, and whether they may: the same checks before every endpoint."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from data.sandbox.answers import (
    Refusal,
    error_body,
    insufficient_scope,
    invalid_token,
    no_token,
    too_many_requests,
)
from data.sandbox.keys import WORLD
from data.sandbox.options import RateLimit
from data.sandbox.world import World

API = "/api/v1/oauth2/"
VERSIONS = {"20240701", "20210526", "20200519"}


@dataclass(frozen=True, slots=True)
class Call:
    """An allowed call. `username` None: an app token."""

    world: World
    request: web.Request
    username: str | None
    scopes: frozenset[str]
    base: str

    @property
    def me(self) -> str:
        """The caller's name, on endpoints that only users reach."""
        if self.username is None:
            raise invalid_token()
        return self.username


Handler = Callable[[Call], Awaitable[web.StreamResponse]]


def api(
    method: str, path: str, handler: Handler, *scopes: str, user: bool = False, late: bool = False
) -> web.RouteDef:
    """A route below the API. `user`: app tokens are refused. `late`: the handler itself calls `authorise`.

    Uploads are late because DeviantArt reports a dead token only after the whole body has arrived.
    """

    async def guarded(request: web.Request) -> web.StreamResponse:
        if late:
            call = Call(request.app[WORLD], request, None, frozenset(), base_of(request))
        else:
            call = await authorise(request, *scopes, user=user)
        return await handler(call)

    return web.route(method, API + path, guarded)


async def authorise(request: web.Request, *scopes: str, user: bool = False) -> Call:
    """The call, or the refusal that DeviantArt would send."""
    world = request.app[WORLD]
    _check_version(request)
    found = world.tokens.find(await _token_in(request))
    if found is None or (user and found.username is None):
        raise invalid_token()
    missing = [scope for scope in scopes if scope not in found.scopes]
    if missing and found.username is not None:
        raise insufficient_scope(" ".join(missing))
    _check_rate(world, found.username, found.client_id)
    return Call(world, request, found.username, frozenset(found.scopes), base_of(request))


def caller_of(request: web.Request) -> str | None:
    """Whose token the request carries, working or not: for the ledger and for faults."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return request.app[WORLD].tokens.owner_of(token.strip()) if scheme.lower() == "bearer" else None


def base_of(request: web.Request) -> str:
    return f"{request.scheme}://{request.host}"


def is_welcome(request: web.Request) -> bool:
    """A User-Agent and an acceptance of gzip are mandatory; without them the edge answers with a page."""
    has_agent = bool(request.headers.get("User-Agent", "").strip())
    return has_agent and "gzip" in request.headers.get("Accept-Encoding", "").lower()


async def _token_in(request: web.Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    if request.method == "POST" and request.content_type == "application/x-www-form-urlencoded":
        posted = (await request.post()).get("access_token")
        if isinstance(posted, str) and posted:
            return posted
    raise no_token()


def _check_version(request: web.Request) -> None:
    version = request.headers.get("dA-minor-version")
    if version is not None and version not in VERSIONS:
        raise Refusal(400, error_body("version_error", "The requested api version is not supported."))


def _check_rate(world: World, username: str | None, client_id: str) -> None:
    rate = world.options.rate
    if username is None:
        # App tokens get a noticeably larger budget than user tokens.
        rate = RateLimit(burst=rate.burst * 4, per_second=rate.per_second * 4)
        if world.overloads(f"client:{client_id}", rate):
            raise too_many_requests(application=True)
    elif world.overloads(username.lower(), rate):
        raise too_many_requests()
