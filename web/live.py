"""The live stream: what happened, by its number in the event log, to every open page.

The event id is the log's, so a browser that comes back with `Last-Event-ID` is told what it missed. A message says
only which post is at which version; the page fetches the fragment, so that each row has one template.
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field

import orjson
from aiohttp import hdrs, web

from core.bus import Bus
from core.errors import AppError
from core.events import Event
from core.people.people import SHUT_OUT
from core.people.sharing import SHARE_CHANGED
from core.ports import Reads
from core.scopes import Scope
from web.auth import identify
from web.keys import BUS, IDENTITY, READS

KEEP_ALIVE_SECONDS = 15
QUEUED_MOST = 200
REPLAYED_MOST = 500
LAST_EVENT_ID = "Last-Event-ID"
HEADERS = {
    hdrs.CONTENT_TYPE: "text/event-stream",
    hdrs.CACHE_CONTROL: "no-store",
    "X-Accel-Buffering": "no",  # a proxy that buffers would hold everything back
}


@dataclass(eq=False, slots=True)
class Reader:
    """One open page. When it cannot keep up, `is_behind` says so and it is told to reload."""

    events: asyncio.Queue[Event | None] = field(default_factory=lambda: asyncio.Queue(QUEUED_MOST))
    is_behind: bool = False

    def offer(self, event: Event | None) -> None:
        try:
            self.events.put_nowait(event)
        except asyncio.QueueFull:
            self.is_behind = True


class Live:
    """Hands the events of each commit to the pages of the person they concern."""

    def __init__(self, bus: Bus, reads: Reads) -> None:
        self._reads = reads
        self._readers: defaultdict[int, set[Reader]] = defaultdict(set)
        self._of_account: defaultdict[int, set[Reader]] = defaultdict(set)  # those with whom it is shared
        bus.listen(self._announce)
        bus.on_close(self._close)
        self._is_closed = False

    @contextlib.asynccontextmanager
    async def reader(self, user_id: int) -> AsyncIterator[Reader]:
        """Of their own posts and of the accounts that are shared with them, as long as nothing changes about that."""
        reader = Reader()
        self._readers[user_id].add(reader)
        shared: list[int] = []
        try:
            shared += [one.account.id for one in await self._reads.shared(user_id)]
            for account_id in shared:
                self._of_account[account_id].add(reader)
            if self._is_closed:
                reader.offer(None)
            yield reader
        finally:
            _leave(self._readers, user_id, reader)
            for account_id in shared:
                _leave(self._of_account, account_id, reader)

    async def missed(self, user_id: int, after: int) -> tuple[Event, ...] | None:
        """What happened since *after*; None when it is too much to replay."""
        events = await self._reads.events_after(after, user_id=user_id, limit=REPLAYED_MOST)
        return None if len(events) >= REPLAYED_MOST else events

    @property
    def open_streams(self) -> int:
        return sum(map(len, self._readers.values()))

    def _announce(self, events: Sequence[Event]) -> None:
        for event in events:
            of_account = self._of_account.get(event.account_id or 0, set())
            for reader in self._readers.get(event.user_id, set()) | of_account:
                reader.offer(event)
                # Who sees what has changed: the page comes back and is told anew.
                reader.is_behind = reader.is_behind or event.kind in {SHARE_CHANGED, SHUT_OUT}

    def _close(self) -> None:
        self._is_closed = True
        for readers in self._readers.values():
            for reader in readers:
                reader.offer(None)
                reader.is_behind = reader.is_behind or reader.events.full()


def _leave(readers: defaultdict[int, set[Reader]], key: int, reader: Reader) -> None:
    readers[key].discard(reader)
    if not readers[key]:
        del readers[key]


LIVE = web.AppKey("live", Live)


def add_live_route(app: web.Application) -> None:
    async def begin(app: web.Application) -> None:
        app[LIVE] = Live(app[BUS], app[READS])

    app.on_startup.append(begin)
    app.router.add_get("/live", stream, name="live")


async def stream(request: web.Request) -> web.StreamResponse:
    identity = request.get(IDENTITY)
    if identity is None:
        return web.Response(status=401, text="Sign in first.")
    identity.need(Scope.READ)
    response = web.StreamResponse(headers=HEADERS)
    await response.prepare(request)
    # The browser is gone: aiohttp tells at the next write, which the keep-alive makes sure will come.
    with contextlib.suppress(ConnectionResetError):
        async with request.app[LIVE].reader(identity.user.id) as reader:
            await response.write(b"retry: 1000\n\n")
            await _follow(request, response, reader, identity.user.id)
    return response


def _seen(request: web.Request) -> int | None:
    """The last event that the browser knows: a reconnection repeats the address, so the header wins."""
    given = request.headers.get(LAST_EVENT_ID) or request.query.get("after", "")
    return int(given) if given.isdecimal() and len(given) < 19 else None


async def _follow(request: web.Request, response: web.StreamResponse, reader: Reader, user_id: int) -> None:
    live, seen = request.app[LIVE], _seen(request)
    last = seen or 0
    if seen is not None:
        missed = await live.missed(user_id, seen)
        if missed is None:
            await response.write(RELOAD)
            return
        await response.write(packed(missed))
        last = missed[-1].id if missed else seen
    while True:
        events, is_over = await _next(reader)
        fresh = [event for event in events if event.id > last]
        if fresh:
            last = fresh[-1].id
        await response.write(packed(fresh) or b": still here\n\n")
        if not events and not await _may_stay(request):
            reader.is_behind = True
        if reader.is_behind:
            await response.write(RELOAD)
        if is_over or reader.is_behind:
            return


async def _may_stay(request: web.Request) -> bool:
    """Asked with every keep-alive: signed out in another window, or shut out by another process."""
    try:
        return await identify(request) is not None
    except AppError:
        return False


RELOAD = b"event: reload\ndata: {}\n\n"


async def _next(reader: Reader) -> tuple[list[Event], bool]:
    """What has queued up, at least one unless the keep-alive is due; and whether the stream should end."""
    try:
        first = await asyncio.wait_for(reader.events.get(), KEEP_ALIVE_SECONDS)
    except TimeoutError:
        return [], False
    found = [first]
    while not reader.events.empty():
        found.append(reader.events.get_nowait())
    return [event for event in found if event is not None], None in found


def packed(events: Iterable[Event]) -> bytes:
    """As messages: for each post only its last event, once by its own name and once as `posts`."""
    latest = {event.post_id or f"account-{event.account_id}": event for event in events}
    return b"".join(map(_messages, sorted(latest.values(), key=lambda event: event.id)))


def _messages(event: Event) -> bytes:
    if event.post_id is None:
        return f"id: {event.id}\nevent: accounts\ndata: {{}}\n\n".encode()
    said = orjson.dumps({"id": str(event.post_id), "status": event.status, "version": event.version})
    one = b"id: %d\nevent: post-%d\ndata: %s\n\n" % (event.id, event.post_id, said)
    return one + b"id: %d\nevent: posts\ndata: %s\n\n" % (event.id, said)
