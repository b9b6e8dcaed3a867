"""The imitation as an aiohttp application, and its life from start to close."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from pathlib import Path

from aiohttp import web

from core.clock import Clock
from data.sandbox import browse, control, gallery, oauth, pages, stash, works
from data.sandbox.answers import Refusal, blocked, no_such_endpoint, server_error
from data.sandbox.faults import Fault, Faults
from data.sandbox.guard import API, caller_of, is_welcome
from data.sandbox.journal import Journal
from data.sandbox.keys import FAULTS, PICTURES, WORLD
from data.sandbox.options import SandboxOptions
from data.sandbox.pictures import Pictures
from data.sandbox.records import RequestNote
from data.sandbox.world import World

logger = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_DRIBBLES = 10
_SHUTDOWN_SECONDS = 0.2


class Sandbox:
    """Keeps its state under `home`, or in memory only when that is None.

    `world` is the ledger, `faults` the switches; both may be used while it serves.
    """

    def __init__(
        self,
        home: Path | None,
        clock: Clock,
        *,
        options: SandboxOptions = SandboxOptions(),  # noqa: B008 (frozen)
    ) -> None:
        self._home = home
        self._clock = clock
        self._runner: web.AppRunner | None = None
        self.options = options
        self.world = World(clock, options, Journal(home / "journal.jsonl" if home is not None else None))
        self.faults = Faults()
        self.pictures = Pictures(home, options)
        self.base_url = ""

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self._serve])
        app[WORLD], app[FAULTS], app[PICTURES] = self.world, self.faults, self.pictures
        app.on_response_prepare.append(self._stamp)
        for module in (oauth, works, stash, gallery, browse, control):
            app.add_routes(module.routes())
        app.router.add_route("*", API + "{tail:.*}", _nothing_there)
        app.add_routes(pages.routes())
        return app

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Listen; the base URL is returned. Port 0 takes the port of last time if it is free, or any other."""
        self._runner = web.AppRunner(self.app(), access_log=None, shutdown_timeout=_SHUTDOWN_SECONDS)
        await self._runner.setup()
        for choice in dict.fromkeys((port or self._last_port(), port)):
            site = web.TCPSite(self._runner, host, choice, backlog=512)
            try:
                await site.start()
                break
            except OSError:
                if choice == port:
                    await self.close()
                    raise
        bound = self._runner.addresses[0][1]
        self._keep_port(bound)
        self.base_url = f"http://{host}:{bound}"
        return self.base_url

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        await asyncio.to_thread(self.world.close)

    # Links to published works should still lead somewhere after a restart, so the port is kept.

    def _last_port(self) -> int:
        path = self._port_file()
        if path is None or not path.exists():
            return 0
        text = path.read_text().strip()
        return int(text) if text.isdigit() and 0 < int(text) < 65536 else 0

    def _keep_port(self, port: int) -> None:
        path = self._port_file()
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{port}\n")

    def _port_file(self) -> Path | None:
        return self._home / "port" if self._home is not None else None

    # Every request passes here

    async def _stamp(self, request: web.Request, response: web.StreamResponse) -> None:
        response.headers["Date"] = formatdate(self.world.now(), usegmt=True)

    @web.middleware
    async def _serve(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        path = request.path
        is_api = path.startswith(API)
        if not is_api and path not in ("/oauth2/token", "/oauth2/revoke"):
            if path.startswith("/_sandbox") and not control.is_local(request):
                raise web.HTTPForbidden
            return await self._page(request, handler)
        username = caller_of(request)
        names = await _names(request)
        fault = self.faults.next_for(names, username)
        response = await self._answer(request, handler, fault)
        status = 0 if response is None else response.status
        self.world.requests.append(
            RequestNote(
                self.world.now(), request.method, names[0], path, username, status, fault.name if fault else None
            )
        )
        if response is None:
            return _close(request)
        return response

    async def _page(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except Refusal as refusal:
            return refusal.response()

    async def _answer(self, request: web.Request, handler: Handler, fault: Fault | None) -> web.StreamResponse | None:
        """The answer, or None when the connection is to be closed without one."""
        if not is_welcome(request):
            return blocked()
        if fault is None:
            return await _act(request, handler)
        if fault.what == "hang" and not fault.acts:
            await self._clock.sleep(fault.seconds)
        acted = await _act(request, handler) if fault.acts or fault.what == "hang" else None
        if acted is None:
            await _drain(request)
        match fault.what:
            case "close":
                return None
            case "answer":
                return web.Response(
                    body=fault.body, status=fault.status, content_type=fault.content_type, headers=fault.headers
                )
            case "hang" if fault.acts:
                await self._clock.sleep(fault.seconds)
            case "slow" if isinstance(acted, web.Response):
                return await self._dribble(request, acted, fault.seconds)
        return acted

    async def _dribble(self, request: web.Request, whole: web.Response, seconds: float) -> web.StreamResponse:
        body = whole.body if isinstance(whole.body, bytes) else b""
        slow = web.StreamResponse(status=whole.status, headers={"Content-Type": "application/json"})
        slow.content_length = len(body)
        await slow.prepare(request)
        step = max(1, len(body) // _DRIBBLES)
        for start in range(0, len(body), step):
            await self._clock.sleep(seconds / _DRIBBLES)
            await slow.write(body[start : start + step])
        await slow.write_eof()
        return slow


async def _names(request: web.Request) -> tuple[str, ...]:
    """The names a fault may know the call by, the one with ids replaced first."""
    resource = request.match_info.route.resource
    canonical = resource.canonical if resource is not None else request.path
    if request.path == "/oauth2/token" and request.method == "POST":
        grant = str((await request.post()).get("grant_type", ""))
        return f"oauth2/token/{grant}", "oauth2/token"
    plain = request.path.removeprefix(API).strip("/")
    named = canonical.removeprefix(API).strip("/")
    return (plain, plain) if "tail" in named else (named, plain)


async def _act(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except Refusal as refusal:
        return refusal.response()
    except web.HTTPException:
        raise
    except Exception:
        logger.exception("sandbox handler failed", extra={"path": request.path})
        return server_error().response()


async def _drain(request: web.Request) -> None:
    """Read what was sent, so that a caller in the middle of an upload gets to see the answer."""
    async for _ in request.content.iter_chunked(65536):
        pass


def _close(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _nothing_there(request: web.Request) -> web.Response:
    raise no_such_endpoint()
