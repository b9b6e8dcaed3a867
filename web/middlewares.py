"""What surrounds every request: who it is, what went wrong, headers, figures. Kept thin: it runs every time."""

import itertools
import logging
import secrets
from functools import cache
from typing import Final

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from core.errors import AppError, LimitReached, NotFound, NotSignedIn
from core.log_trail import about, note, touched
from web.answers import Draining, Problem, problem_answer, problem_of, problem_of_http
from web.auth import identify, key_in_headers
from web.compression import compress
from web.doors import knock, note_unknown_key
from web.keys import ERROR_PAGE, IDENTITY, REQUEST_ID, SERVICES, SITE, ErrorView
from web.program_keys import note_call
from web.proxies import client_address, request_id_of_proxy
from web.versions import API_VERSION, VERSION_HEADER

logger = logging.getLogger(__name__)

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:{pictures}; "
    "media-src 'self'{pictures}; font-src 'self'; "
    "connect-src 'self'{uploads}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
SECURITY_HEADERS: Final = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    # Nothing here looks, listens, asks where somebody is, or pays. The clipboard and the full screen are ours.
    (
        "Permissions-Policy",
        "accelerometer=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), "
        "magnetometer=(), microphone=(), midi=(), payment=(), publickey-credentials-get=(), serial=(), usb=()",
    ),
    ("Cache-Control", "no-store"),
)
EXPOSED: Final = ", ".join(
    ("ETag", "Location", "Retry-After", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "Deprecation",
     "Sunset", "X-Request-ID", VERSION_HEADER)
)  # fmt: skip
ALLOWED: Final = ", ".join(
    ("Authorization", "X-API-Key", "Content-Type", "If-Match", "If-None-Match", "Idempotency-Key", VERSION_HEADER)
)
# Answered whoever asks and whatever state we are in.
OPEN = ("/health", "/ready", "/metrics", "/static/")


def is_for_programs(path: str) -> bool:
    return path.startswith(("/api/", "/hook/")) or path in {"/api", "/hook", "/calendar.ics"}


@web.middleware
async def around(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Times and logs a request, and turns whatever it raises into an answer."""
    request[REQUEST_ID] = request_id_of_proxy(request) or f"{_STARTED_AS}-{next(_numbers):x}"
    # Every line that is written while it is answered carries its id, wherever it comes from.
    with about(request_id=request[REQUEST_ID]):
        return await _timed(request, handler)


async def _timed(request: web.Request, handler: Handler) -> web.StreamResponse:
    services = request.app[SERVICES]
    began = services.clock.monotonic()
    status = 500
    try:
        response = await _answer(request, handler)
        status = response.status
        note_call(request, response, services.clock.monotonic() - began)
        await compress(request, response)
        return response
    except web.HTTPException as redirect:
        status = redirect.status
        raise
    finally:
        resource = request.match_info.route.resource
        route = resource.canonical if resource is not None else "unknown"
        seconds = services.clock.monotonic() - began
        services.metrics.http_request(route, request.method, status, seconds)
        # Reading is frequent and tells little: only what changes something, or fails, is worth a line at all times.
        level = logging.INFO if request.method not in _READING or status >= 400 else logging.DEBUG
        if logger.isEnabledFor(level):
            _log(request, level, route, status, seconds)


# One random part a process and a number a request: asking for randomness each time cost more than the lookup.
_STARTED_AS: Final = secrets.token_hex(3)
_numbers = itertools.count(1)

_READING = frozenset({hdrs.METH_GET, hdrs.METH_HEAD, hdrs.METH_OPTIONS})


def _log(request: web.Request, level: int, route: str, status: int, seconds: float) -> None:
    """The route, never the address: that may hold a key."""
    identity = request.get(IDENTITY)
    logger.log(
        level,
        "request",
        extra={
            "route": route,
            "method": request.method,
            "status": status,
            "ms": round(seconds * 1000, 1),
            "request_id": request[REQUEST_ID],
            "user_id": identity.user.id if identity else None,
            "client": client_address(request),
        },
    )


async def _answer(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        if not request.path.startswith(OPEN):
            if request.app[SERVICES].is_draining():
                raise Draining
            if request.method == hdrs.METH_OPTIONS and is_for_programs(request.path):
                return preflight(request)
            knock(request)
            _check_numbers(request)
            if (identity := await identify(request)) is not None:
                request[IDENTITY] = identity
                note(user_id=identity.user.id)
            _note_post(request)
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        if error.status == 405 and (above := await _page_above(request)) is not None:
            return web.Response(status=303, headers={hdrs.LOCATION: above})
        return await _say(request, problem_of_http(error))
    except NotSignedIn as error:
        return await _say(request, problem_of(_seen_too_often(request) or error))
    except AppError as error:
        problem = problem_of(error)
        if problem.status >= 500:
            logger.warning("request failed", extra={"request_id": request[REQUEST_ID], "reason": str(error)})
        return await _say(request, problem)
    except ConnectionError:
        # The client left, or sent less than it announced: nobody is there to be told.
        return await _say(request, Problem(400, "MALFORMED", "The request ended too early."))
    except Exception:
        logger.exception("request broke", extra={"request_id": request[REQUEST_ID]})
        return await _say(request, Problem(500, "INTERNAL", "Something went wrong here. It was written to the log."))


async def _page_above(request: web.Request) -> str | None:
    """The nearest page above an address that only takes forms; None where somebody else than a reader asks.

    A refused form shows its page at that address: somebody who reloads it, or comes back to it later, wants the page.
    """
    if request.method != hdrs.METH_GET or request.app.get(ERROR_PAGE) is None or is_for_programs(request.path):
        return None
    path = request.rel_url.raw_path
    while (path := path.rpartition("/")[0]) not in {"", "/"}:
        found = await request.app.router.resolve(request.clone(rel_url=path))
        if found.http_exception is None:
            return path
    return "/"


def _check_numbers(request: web.Request) -> None:
    """Nothing has a number that no database counts to. Raises `NotFound`."""
    for value in request.match_info.values():
        if value.isdecimal() and (len(value) > LONGEST_NUMBER or int(value) > LARGEST_NUMBER):
            raise NotFound


LONGEST_NUMBER, LARGEST_NUMBER = 19, 2**63 - 1


def _note_post(request: web.Request) -> None:
    """The post in the address, whether or not it turns out to be theirs."""
    resource = request.match_info.route.resource
    if resource is None or not resource.canonical.startswith(_POSTS):
        return
    given = request.match_info.get("post_id") or request.match_info.get("id") or ""
    if given.isascii() and given.isdecimal() and len(given) <= 18:
        touched(int(given))


_POSTS: Final = ("/posts/{", "/api/posts/{")


def _seen_too_often(request: web.Request) -> LimitReached | None:
    """A key that opens nothing is told so a number of times, then to wait."""
    if key_in_headers(request) is None and "key" not in request.query and not request.path.startswith("/hook/"):
        return None
    try:
        note_unknown_key(request)
    except LimitReached as error:
        return error
    return None


async def _say(request: web.Request, problem: Problem) -> web.Response:
    page = request.app.get(ERROR_PAGE)
    asks_as_script = request.headers.get(hdrs.ACCEPT, "").startswith("application/json")
    if page is None or asks_as_script or is_for_programs(request.path) or request.path.startswith(OPEN):
        return problem_answer(problem)
    title = _TITLES.get(problem.status, "That did not work")
    view = ErrorView(problem.status, title, problem.sentence, problem.code, request[REQUEST_ID])
    response = await page(request, view)
    response.headers.extend(problem.headers)
    return response


_TITLES = {
    400: "This request cannot be read",
    401: "Sign in first",
    403: "That is not allowed",
    404: "Nothing here",
    405: "That is not possible here",
    409: "Something changed meanwhile",
    410: "This link works no more",
    413: "That is too large",
    429: "Too many requests",
    500: "Something went wrong",
    502: "DeviantArt could not be asked",
    503: "Back in a moment",
}


@cache
def content_policy(picture_origins: tuple[str, ...], upload_origins: tuple[str, ...] = ()) -> str:
    """Pictures and videos may also come from where the image store's links lead, and scripts upload to there."""
    return POLICY.format(
        pictures="".join(f" {origin}" for origin in picture_origins),
        uploads="".join(f" {origin}" for origin in upload_origins),
    )


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """A signal, because streamed answers send their headers before the middleware sees them again."""
    headers = response.headers
    if (request_id := request.get(REQUEST_ID)) is not None:
        headers["X-Request-ID"] = request_id
    for name, value in SECURITY_HEADERS:
        if name not in headers:
            headers[name] = value
    if is_for_programs(request.path):
        headers[VERSION_HEADER] = API_VERSION
    site = request.app[SITE]
    headers.setdefault("Content-Security-Policy", content_policy(site.picture_origins, site.upload_origins))
    if site.is_secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    origin = request.headers.get(hdrs.ORIGIN)
    if origin is not None and is_for_programs(request.path) and _may_call(origin, site.cors_origins):
        headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = origin
        headers[hdrs.ACCESS_CONTROL_EXPOSE_HEADERS] = EXPOSED
        vary = headers.get(hdrs.VARY)
        headers[hdrs.VARY] = f"{vary}, {hdrs.ORIGIN}" if vary else str(hdrs.ORIGIN)
        headers["Cross-Origin-Resource-Policy"] = "cross-origin"


def _may_call(origin: str, allowed: tuple[str, ...]) -> bool:
    return origin in allowed or "*" in allowed


def preflight(request: web.Request) -> web.Response:
    """What a browser asks before a page of another origin may call; `add_headers` names the origin."""
    return web.Response(
        status=204,
        headers={
            hdrs.ACCESS_CONTROL_ALLOW_METHODS: "GET, POST, PUT, PATCH, DELETE",
            hdrs.ACCESS_CONTROL_ALLOW_HEADERS: ALLOWED,
            hdrs.ACCESS_CONTROL_MAX_AGE: "600",
        },
    )
