"""The API's reference: what holds for every call on the first page, then a page a group, made of its description."""

import asyncio
from dataclasses import dataclass

from aiohttp import web

from core.programs.key_pace import CALLS_PER_MINUTE
from core.scopes import Scope
from web.api.params import LIMIT, LIMIT_MOST
from web.api.reference import SHOWN_KEY, Call, Room, matching, rooms
from web.keys import SITE
from web.pages.keys import SCOPE_WORDS
from web.pages.visit import visit
from web.uploads import IDEMPOTENCY_KEPT
from web.versions import API_VERSION, VERSION_HEADER

ASKED_MOST = 100  # characters


@dataclass(frozen=True, slots=True)
class Code:
    """An error's code, the status it comes with, and what to do about it."""

    status: int
    name: str
    text: str


CODES = (
    Code(400, "MALFORMED", "The request cannot be read, or asks for a version that is not spoken here. Mend it."),
    Code(
        401, "UNAUTHENTICATED", "There is no key, or it opens nothing: mistyped, revoked, ended, or from elsewhere."
    ),
    Code(403, "FORBIDDEN", "Whoever asks may not do that."),
    Code(403, "SCOPE_MISSING", "The key is good, and not for this; `details.scope` says what it lacks."),
    Code(403, "CSRF", "A browser’s write without the token of its session. Programs with keys never see it."),
    Code(404, "NOT_FOUND", "It does not exist, or is somebody else’s."),
    Code(405, "METHOD_NOT_ALLOWED", "The address is right and the method is not; `Allow` names those that are."),
    Code(
        409, "STALE", "Somebody changed it meanwhile. Read it again and decide anew; `details.version` is the newest."
    ),
    Code(409, "WRONG_STATE", "It cannot be done in the state it is in, such as editing what is published."),
    Code(409, "IN_FLIGHT", "It is being sent to DeviantArt at this moment. Ask again shortly."),
    Code(410, "EXPIRED", "It worked once, or for a while, and does no more."),
    Code(413, "TOO_LARGE", "More bytes than this instance takes."),
    Code(415, "UNSUPPORTED_TYPE", "Neither JSON nor a picture, or no kind of picture that DeviantArt takes."),
    Code(422, "INVALID", "Fields that cannot be used: `details.fields` has a sentence for each."),
    Code(422, "NOT_READY", "Something is missing before it can go out: `details.missing` lists it."),
    Code(422, "UNREADABLE_IMAGE", "Empty, cut short, or no picture."),
    Code(422, "TOO_MANY_PIXELS", "It would not fit into memory when opened."),
    Code(429, "RATE_LIMITED", "Too many calls. Wait the seconds of `Retry-After`."),
    Code(500, "INTERNAL", "A fault of this instance; its log has the line with the same `X-Request-ID`."),
    Code(502, "UPSTREAM", "DeviantArt could not be asked. Try again later; 503 when it said how much later."),
    Code(503, "DRAINING", "The instance restarts. Wait the seconds of `Retry-After`."),
    Code(503, "UNAVAILABLE", "It cannot write to its storage now. Wait the seconds of `Retry-After`."),
)


@dataclass(frozen=True, slots=True)
class Found:
    room: Room
    calls: tuple[Call, ...]
    is_open: bool


@dataclass(frozen=True, slots=True)
class Rules:
    """Figures that the rules for every call mention."""

    url: str
    version: str
    version_header: str
    calls_per_minute: int
    json_mb: int
    file_mb: int
    files: int
    limit: int
    limit_most: int
    key_kept: int
    origins: tuple[str, ...]
    scopes: tuple[tuple[str, str], ...]
    codes: tuple[Code, ...] = CODES
    shown_key: str = SHOWN_KEY


@dataclass(frozen=True, slots=True)
class ReferencePage:
    asked: str
    found: tuple[Found, ...]
    count: int
    rules: Rules


@dataclass(frozen=True, slots=True)
class RoomPage:
    room: Room
    rooms: tuple[Room, ...]


def add_routes(app: web.Application) -> None:
    app.router.add_get("/reference", index)
    app.router.add_get("/reference/{group:[a-z]{1,30}}", group)


async def index(request: web.Request) -> web.Response:
    here = await visit(request)
    every = await _rooms(request)
    asked = request.query.get("q", "").strip()[:ASKED_MOST]
    found = tuple(Found(room, calls, bool(asked)) for room, calls in matching(every, asked))
    page = ReferencePage(asked, found, sum(len(one.calls) for one in found), _rules(request))
    return here.show("reference.html", "keys", page)


async def group(request: web.Request) -> web.Response:
    here = await visit(request)
    every = await _rooms(request)
    room = next((room for room in every if room.slug == request.match_info["group"]), None)
    if room is None:
        raise web.HTTPNotFound
    return here.show("reference_group.html", "keys", RoomPage(room, every))


async def _rooms(request: web.Request) -> tuple[Room, ...]:
    return await asyncio.to_thread(rooms, request.app[SITE].public_url)


def _rules(request: web.Request) -> Rules:
    site = request.app[SITE]
    return Rules(
        url=site.public_url,
        version=API_VERSION,
        version_header=VERSION_HEADER,
        calls_per_minute=CALLS_PER_MINUTE,
        json_mb=site.max_json_bytes // 2**20,
        file_mb=site.max_file_bytes // 2**20,
        files=site.max_files,
        limit=LIMIT,
        limit_most=LIMIT_MOST,
        key_kept=IDEMPOTENCY_KEPT,
        origins=site.cors_origins,
        scopes=tuple((str(scope), SCOPE_WORDS[scope]) for scope in Scope),
    )
