"""`GET /calendar.ics?key=…`: the plan for a calendar program, which can send no headers."""

import asyncio
import hashlib
from collections.abc import Sequence
from urllib.parse import urlsplit

from aiohttp import hdrs, web

from core.errors import AppError, NotSignedIn
from core.programs.feed import AHEAD, BACK, FeedEvent, feed_events
from core.scopes import Scope
from core.users import Identity
from web.answers import problem_answer, problem_of
from web.keys import CLOCK, IDENTITY, READS, SITE
from web.program_keys import open_with_key

FRESH_FOR = "PT15M"  # how often a program should ask again


def add_feed_route(app: web.Application) -> None:
    app.router.add_get("/calendar.ics", calendar)


async def calendar(request: web.Request) -> web.Response:
    """Errors are answered as the API does: a calendar program has no use for a page."""
    try:
        return await _feed(request, await _caller(request))
    except AppError as error:
        return problem_answer(problem_of(error))


async def _caller(request: web.Request) -> Identity:
    """By key in the address or a header, with the scope `calendar`; a signed-in browser works too."""
    key = request.query.get("key")
    identity = await open_with_key(request, key) if key is not None else request.get(IDENTITY)
    if identity is None:
        raise NotSignedIn("Add ?key= with a key that has the scope “calendar”.")
    identity.need(Scope.CALENDAR)
    return identity


async def _feed(request: web.Request, identity: Identity) -> web.Response:
    now, site = request.app[CLOCK].now(), request.app[SITE]
    reads = request.app[READS]
    posts = await reads.between(identity.user.id, now - BACK, now + AHEAD)
    accounts = await reads.accounts(identity.user.id)
    host = urlsplit(site.public_url).hostname or "isekai"
    events = feed_events(posts, accounts, public_url=site.public_url, host=host)
    body = await asyncio.to_thread(render, events, identity.user.name)
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {hdrs.ETAG: etag, hdrs.CACHE_CONTROL: "private, no-cache"}
    if request.headers.get(hdrs.IF_NONE_MATCH, "").removeprefix("W/") == etag:
        return web.Response(status=304, headers=headers)
    headers[hdrs.CONTENT_DISPOSITION] = 'inline; filename="isekai.ics"'
    return web.Response(body=body, headers=headers, content_type="text/calendar", charset="utf-8")


def render(events: Sequence[FeedEvent], name: str) -> bytes:
    """RFC 5545; free time, never all-day. The library is loaded when the first program asks."""
    from icalendar import Calendar, Event

    feed = Calendar()
    feed.add("prodid", "-//Isekai//Plan//EN")
    feed.add("version", "2.0")
    feed.add("method", "PUBLISH")
    feed.add("x-wr-calname", f"Isekai: {' '.join(name.split())}")
    feed.add("x-published-ttl", FRESH_FOR)
    for event in events:
        entry = Event()
        entry.add("uid", event.uid)
        entry.add("dtstamp", event.changed_at)
        entry.add("last-modified", event.changed_at)
        entry.add("dtstart", event.starts_at)
        entry.add("dtend", event.ends_at)
        entry.add("summary", event.title)
        entry.add("description", event.text)
        entry.add("url", event.url)
        entry.add("sequence", event.version)
        entry.add("status", "TENTATIVE" if event.is_tentative else "CONFIRMED")
        entry.add("transp", "TRANSPARENT")
        feed.add_component(entry)
    return bytes(feed.to_ical())
