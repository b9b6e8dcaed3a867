"""The composition root: every concrete class is named here, once, and handed to who uses it."""

import asyncio
import logging
import os
import secrets
import signal
import socket
import sys
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from core import __version__
from core.accounts import Accounts
from core.bus import Bus
from core.clock import Clock, SystemClock
from core.identities import Identities
from core.keys import Keys
from core.people import People
from core.planning.planner import Planner
from core.posts.desk import Desk
from core.posts.review import Review
from core.publishing.breaker import PaceRules
from core.publishing.journey import Journey, JourneyRules
from core.publishing.proof import Prover
from core.publishing.publisher import Publisher
from core.publishing.resolve import Resolve
from core.settings import Settings
from core.sign_in import SignIns, SignUpRules
from core.supervision import Jobs, supervise
from core.upkeep import Upkeep
from data.database import Database
from data.deviantart.client import DeviantArtClient
from data.deviantart.oauth import OAuthClient
from data.deviantart.transport import Transport
from data.home import HomeInUse, HomeLock
from data.images.inspect import Inspector
from data.images.local import LocalImages
from data.logs import configure_logging
from data.metrics import PrometheusMetrics
from data.migrate import bring_up_to_date
from data.people import PeopleReader
from data.reads import DatabaseReads
from data.store import DatabaseStore
from data.vault import Vault, load_secret_keys

if TYPE_CHECKING:
    from data.sandbox.app import Sandbox

logger = logging.getLogger(__name__)
USER_AGENT = f"Isekai/{__version__} (self-hosted scheduler)"


@dataclass(slots=True)
class App:
    """Everything of one process, wired. `start_*` and `close` give it life; tests use the parts directly."""

    settings: Settings
    clock: Clock
    random: Random
    public_url: str
    bus: Bus
    database: Database
    store: DatabaseStore
    reads: DatabaseReads
    people_reads: PeopleReader
    images: LocalImages
    inspector: Inspector
    metrics: PrometheusMetrics
    transport: Transport
    oauth: OAuthClient
    deviantart: DeviantArtClient
    accounts: Accounts
    people: People
    identities: Identities
    keys: Keys
    sign_ins: SignIns
    desk: Desk
    review: Review
    planner: Planner
    journey: Journey
    prover: Prover
    publisher: Publisher
    resolve: Resolve
    jobs: Jobs
    sandbox: "Sandbox | None" = None
    tasks: list[asyncio.Task[Any]] = field(default_factory=list)


def build(settings: Settings, *, public_url: str, deviantart_url: str, clock: Clock, random: Random) -> App:
    """Wire the parts; nothing is opened or started yet."""
    bus = Bus()
    database = Database(settings.database)
    key_file = settings.secret_key_file or settings.home / "secret.key"
    vault = Vault(settings.secret_keys or load_secret_keys(None, key_file))
    store = DatabaseStore(database, vault, bus)
    reads, people_reads = DatabaseReads(database), PeopleReader(database)
    metrics = PrometheusMetrics()
    transport = Transport(deviantart_url, clock, user_agent=USER_AGENT, observe=metrics.deviantart_request)
    credentials = settings.deviantart
    oauth = OAuthClient(
        transport,
        client_id=credentials.client_id if credentials else "sandbox",
        client_secret=credentials.client_secret if credentials else "sandbox",
    )
    deviantart = DeviantArtClient(transport, clock)
    accounts = Accounts(store, oauth, deviantart, clock)
    desk = Desk(store, clock)
    images = LocalImages(settings.home / "images")
    inspector = Inspector(max_pixels=settings.limits.max_pixels)
    publishing = settings.publishing
    rules = JourneyRules(
        publish_timeout=publishing.timeout,
        settle=publishing.settle,
        max_attempts=publishing.max_attempts,
        pace=PaceRules(
            base=publishing.base_delay,
            most=publishing.max_delay,
            jitter_percent=publishing.jitter_percent,
            threshold=publishing.circuit_threshold,
            open_for=publishing.circuit_open,
        ),
    )
    journey = Journey(store, accounts, deviantart, images, inspector, clock, metrics, random, rules)
    prover = Prover(store, accounts, deviantart, journey, clock, metrics, settle=publishing.settle)
    return App(
        settings=settings,
        clock=clock,
        random=random,
        public_url=public_url,
        bus=bus,
        database=database,
        store=store,
        reads=reads,
        people_reads=people_reads,
        images=images,
        inspector=inspector,
        metrics=metrics,
        transport=transport,
        oauth=oauth,
        deviantart=deviantart,
        accounts=accounts,
        people=People(store, people_reads, clock),
        identities=Identities(store, people_reads, clock),
        keys=Keys(store, people_reads, clock),
        sign_ins=SignIns(
            store,
            oauth,
            deviantart,
            accounts,
            clock,
            redirect_uri=f"{public_url}/auth/deviantart/callback",
            rules=SignUpRules(settings.limits.open_signup, settings.limits.max_users),
        ),
        desk=desk,
        review=Review(store, desk, clock, lead=publishing.lead, max_files=settings.limits.max_files_per_post),
        planner=Planner(desk, clock, lead=publishing.lead, random=random),
        journey=journey,
        prover=prover,
        publisher=Publisher(
            store, journey, prover, bus, clock, owner=secrets.token_hex(8), concurrency=publishing.concurrency
        ),
        resolve=Resolve(store, desk, accounts, prover, clock, hosts=_hosts(deviantart_url)),
        jobs=Jobs(clock, metrics),
    )


def _hosts(deviantart_url: str) -> frozenset[str]:
    """Where links to works may point."""
    return frozenset({urlsplit(deviantart_url).netloc})


# How often each job's bell is rung, and whether it runs before the doors open.
@dataclass(frozen=True, slots=True)
class Timing:
    every: timedelta
    at_start: bool = False


TIMINGS = {
    "past_due": Timing(timedelta(minutes=1)),
    "leases": Timing(timedelta(minutes=1)),
    "recovery": Timing(timedelta(minutes=5)),
    "cleanup": Timing(timedelta(hours=1)),
}


def add_jobs(app: App) -> None:
    """Each job only wakes the owner of the work, or is small enough to be the work."""

    async def past_due() -> None:
        app.publisher.wake()

    async def leases() -> None:
        await app.publisher.recover()

    app.jobs.add("past_due", past_due)
    app.jobs.add("leases", leases)
    app.jobs.add("recovery", leases)
    app.jobs.add("cleanup", Upkeep(app.store, app.images, app.clock).clean)


def _prepare(settings: Settings, clock: Clock) -> list[str]:
    return bring_up_to_date(settings.database, backups=settings.home / "backups", now=clock.now())


class Server:
    """One process: opens the parts, keeps them alive, and closes them in an order that loses nothing."""

    def __init__(self, settings: Settings, clock: Clock | None = None, random: Random | None = None) -> None:
        self.settings = settings
        self._clock = clock or SystemClock()
        self._random = random or Random()
        self._lock = HomeLock(settings.home)
        self._socket: socket.socket | None = None
        self._sandbox: Sandbox | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._scheduler: Any = None
        self._runner: Any = None
        self._app: App | None = None

    @property
    def app(self) -> App:
        if self._app is None:
            raise RuntimeError("the server has not started")
        return self._app

    async def start(self) -> App:
        """Raises `HomeInUse`. When it returns, requests are answered and what is due goes out."""
        settings = self.settings
        self._lock.acquire()
        await asyncio.to_thread(_prepare, settings, self._clock)
        self._socket = socket.create_server((settings.web.host, settings.web.port), backlog=512)
        port = self._socket.getsockname()[1]
        deviantart_url = settings.deviantart.base_url if settings.deviantart else await self._start_sandbox()
        app = build(
            settings,
            public_url=settings.web.public_url_at(port),
            deviantart_url=deviantart_url,
            clock=self._clock,
            random=self._random,
        )
        self._app, app.sandbox = app, self._sandbox
        await app.database.open()
        await asyncio.to_thread(app.images.prepare)
        add_jobs(app)
        await app.publisher.recover(at_start=True)
        self._supervise("publisher", app.publisher.run)
        self._supervise("jobs", app.jobs.run)
        self._start_timers(app)
        logger.info("listening", extra={"url": app.public_url, "sandbox": deviantart_url if self._sandbox else None})
        return app

    async def close(self) -> None:
        """Stop claiming, let steps finish, end streams, then web, then the rest. Whatever is left is a crash."""
        app = self._app
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=False)
        if app is not None:
            await app.publisher.stop(self.settings.drain * 0.6)
            await app.accounts.drain()
            app.bus.close()
        if self._runner is not None:
            await self._runner.cleanup()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if app is not None:
            await app.transport.close()
            await app.database.close()
            app.people_reads.close()
        if self._sandbox is not None:
            await self._sandbox.close()
        if self._socket is not None:
            self._socket.close()
        self._lock.release()

    def _supervise(self, name: str, work: Any) -> None:
        app = self.app
        self._tasks.append(asyncio.create_task(supervise(name, work, app.clock, app.metrics), name=name))

    async def _start_sandbox(self) -> str:
        """The imitation of DeviantArt, where no credentials are set: nothing reaches the real one."""
        from data.sandbox.app import Sandbox

        self._sandbox = Sandbox(self.settings.home / "sandbox", self._clock)
        return await self._sandbox.start(port=self.settings.sandbox_port)

    def _start_timers(self, app: App) -> None:
        from apscheduler.schedulers.asyncio import AsyncIOScheduler

        self._scheduler = AsyncIOScheduler(timezone="UTC")
        for name, timing in TIMINGS.items():
            self._scheduler.add_job(app.jobs.ring, "interval", [name], seconds=timing.every.total_seconds())
            if timing.at_start:
                app.jobs.ring(name)
        self._scheduler.start()


async def serve(settings: Settings, ready_file: Path | None = None) -> int:
    """Until SIGTERM or SIGINT; a second signal ends the process at once."""
    configure_logging(level=settings.logs.level, format=settings.logs.format, secrets=settings.secret_keys)
    for warning in settings.warnings:
        logger.warning("setting ignored", extra={"warning": warning})
    stop = asyncio.Event()
    _on_signals(stop)
    server = Server(settings)
    try:
        app = await server.start()
        if ready_file is not None:
            ready_file.write_text(app.public_url + "\n", encoding="utf-8")
        await stop.wait()
        logger.info("stopping")
    except HomeInUse as error:
        logger.error("home is in use", extra={"reason": str(error)})
        print(error, file=sys.stderr)  # noqa: T201 - the person at the terminal
        return 2
    finally:
        await asyncio.wait_for(server.close(), settings.drain.total_seconds())
    logger.info("stopped")
    return 0


def _on_signals(stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()

    def asked() -> None:
        if stop.is_set():
            os._exit(1)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked)


async def migrate(settings: Settings) -> int:
    """Bring the database up to date; refuses while another process owns the home."""
    lock = HomeLock(settings.home)
    try:
        lock.acquire()
    except HomeInUse as error:
        print(error, file=sys.stderr)  # noqa: T201 - the person at the terminal
        return 2
    try:
        applied = await asyncio.to_thread(_prepare, settings, SystemClock())
    finally:
        lock.release()
    print(f"Applied: {', '.join(applied)}." if applied else "Nothing to do: up to date.")  # noqa: T201
    return 0
