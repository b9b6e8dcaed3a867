"""One process: opens the parts, keeps them alive, and closes them in an order that loses nothing."""

import asyncio
import logging
import os
import signal
import socket
import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from core.app import garbage
from core.app.parts import App, build
from core.app.welcome import Welcome
from core.clock import Clock, SystemClock
from core.errors import AppError, StorageUnavailable, said_by_system
from core.settings import Settings
from core.supervision import Work, supervise
from core.upkeep import Upkeep
from data.c_memory import share_arenas
from data.home import HomeLock, HomeUnusable
from data.logs import configure_logging
from data.migrate import MigrationError, bring_up_to_date
from data.putting_back import refuse_half_restored, sweep_unpacked

if TYPE_CHECKING:
    from data.sandbox.app import Sandbox

logger = logging.getLogger(__name__)


# How often each job's bell is rung, and whether it runs before the doors open.
@dataclass(frozen=True, slots=True)
class Timing:
    every: timedelta
    at_start: bool = False


TIMINGS = {
    "past_due": Timing(timedelta(minutes=1)),
    "leases": Timing(timedelta(minutes=1)),
    "automations": Timing(timedelta(minutes=1), at_start=True),
    "recovery": Timing(timedelta(minutes=5), at_start=True),
    "cleanup": Timing(timedelta(hours=1)),
    "token_care": Timing(timedelta(hours=6), at_start=True),
    # Daily, however often the process starts: the job itself sees whether today's is there.
    "backup": Timing(timedelta(hours=1), at_start=True),
}


def add_jobs(app: App) -> None:
    """Each job only wakes the owner of the work, or is small enough to be the work."""

    async def past_due() -> None:
        app.publisher.wake()

    async def leases() -> None:
        await app.publisher.recover()
        await app.rooms.sales.recover()

    def add(name: str, work: Work) -> None:
        app.jobs.add(name, work, every=TIMINGS[name].every)

    add("past_due", past_due)
    add("leases", leases)
    add("automations", app.planning.ticking.tick)

    async def recovery() -> None:
        await leases()
        await app.release.check()

    add("recovery", recovery)
    add("backup", app.operations.backups.daily)
    add("token_care", app.token_care.run)
    book = app.operations.book
    upkeep = Upkeep(app.store, app.clock, trash_kept=lambda: timedelta(days=book.current.trash_days))

    async def cleanup() -> None:
        await upkeep.clean()
        await app.rooms.clean()
        await app.bulk.bulks.clean()
        await app.planning.pruning.clean()
        await app.programs.dispatcher.clean()
        await app.notices.clean()
        await app.operations.alerts.clean()
        await app.retention.clean()
        await app.direct_uploads.clean()
        await app.clearing.clean()
        app.office.removal.wake()  # a command may have begun one

    add("cleanup", cleanup)


def prepare(settings: Settings, clock: Clock) -> list[str]:
    """Bring the database up to date. Raises `HomeUnusable`, `MigrationError` and `StorageUnavailable`."""
    refuse_half_restored(settings.home)
    return bring_up_to_date(settings.database, backups=settings.home / "backups", now=clock.now())


class AddressTaken(AppError):
    """Nothing can listen where the settings say; it may be free again in a moment."""


async def _say_unreadable(app: App) -> None:
    """At the start, before the first use makes them “to be connected again”."""
    if accounts := await app.accounts.unreadable():
        names = [account.username for account in accounts]
        logger.error("the secret key does not open stored tokens", extra={"accounts": names})


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), backlog=512)
    except OSError as error:
        raise AddressTaken(
            f"Isekai cannot listen on {host}:{port}: {error.strerror or error}."
            " Stop what is there, or set ISEKAI_PORT."
        ) from error


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
        """Raises what says why it cannot. When it returns, requests are answered and what is due goes out."""
        settings = self.settings
        self._lock.acquire()
        await asyncio.to_thread(sweep_unpacked, settings.home)
        await asyncio.to_thread(prepare, settings, self._clock)
        self._socket = _listen(settings.web.host, settings.web.port)
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
        app.problems.open()
        await app.database.open()
        await app.operations.book.load()
        await asyncio.to_thread(app.images.prepare)
        await asyncio.to_thread(app.images.sweep)
        await _say_unreadable(app)
        add_jobs(app)
        await app.planning.guard.catch_up()
        await app.publisher.recover(at_start=True)
        if self._sandbox is not None:
            app.welcome = Welcome(app.intake, settings.home / "samples")
            self._supervise("samples", app.welcome.draw)
        await self._start_web(app)
        self._supervise("publisher", app.publisher.run)
        self._supervise("after-publishing", app.rooms.keeper.run)
        self._supervise("webhooks", app.programs.dispatcher.run)
        self._supervise("watched-folder", app.programs.watcher.run)
        self._supervise("program-notes", app.programs.run)
        self._supervise("mail", app.notices.run)
        self._supervise("bulk", app.bulk.bulks.run)
        self._supervise("jobs", app.jobs.run)
        self._supervise("deriver", app.deriver.run)
        self._supervise("loop-lag", app.loop_lag.run)
        self._supervise("backups", app.operations.backups.run)
        self._supervise("leaving", app.office.removal.run)
        self._supervise("alerts", app.operations.alerts.run)
        self._supervise("clock-reading", app.clock_reader.run)
        self._start_bot(app)
        self._start_timers(app)
        logger.info("listening", extra={"url": app.public_url, "sandbox": deviantart_url if self._sandbox else None})
        return app

    async def close(self) -> None:
        """Stop claiming, let steps finish, end streams, then web, then the rest. Whatever is left is a crash."""
        app = self._app
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=False)
        if app is not None:
            app.is_draining = True
            await app.publisher.stop(self.settings.drain * 0.6)
            await app.accounts.drain()
            app.bus.close()
        if self._runner is not None:
            await self._runner.cleanup()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if app is not None:
            await app.programs.save()
            await app.transport.close()
            await app.images.close()
            await app.database.close()
            app.people_reads.close()
            app.problems.close()
        if self._sandbox is not None:
            await self._sandbox.close()
        if self._socket is not None:
            self._socket.close()
        self._lock.release()

    async def _start_web(self, app: App) -> None:
        from aiohttp import web

        from core.app.site import web_application

        self._runner = web.AppRunner(web_application(app), access_log=None, shutdown_timeout=5.0)
        await self._runner.setup()
        if self._socket is None:
            raise RuntimeError("the socket is bound first")
        await web.SockSite(self._runner, self._socket).start()

    def _start_bot(self, app: App) -> None:
        """Where a token is set. The bot comes and goes with Discord; nothing else waits for it."""
        from core.app.bot_room import open_bot

        app.bot = open_bot(app)
        if app.bot is not None:
            self._supervise("discord", app.bot.run)

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
            self._scheduler.add_job(app.jobs.ring_in_turn, "interval", [name], seconds=timing.every.total_seconds())
            if timing.at_start:
                app.jobs.ring(name)
        self._scheduler.start()


async def serve(settings: Settings, ready_file: Path | None = None) -> int:
    """Until SIGTERM or SIGINT; a second signal ends the process at once."""
    share_arenas()
    configure_logging(level=settings.logs.level, format=settings.logs.format, secrets=settings.secrets)
    for warning in settings.warnings:
        logger.warning("setting ignored", extra={"warning": warning})
    stop = asyncio.Event()
    _on_signals(stop)
    server = Server(settings)
    try:
        app = await server.start()
        garbage.keep_what_is_there()
        beside = [
            asyncio.create_task(garbage.collect(app.clock)),
            asyncio.create_task(_tell_ready(app, ready_file)),
        ]
        await stop.wait()
        for task in beside:
            task.cancel()
        logger.info("stopping")
    except (HomeUnusable, MigrationError) as error:
        # Starting again changes nothing: status 2 tells a supervisor so.
        return _not_started(str(error), status=2)
    except (AddressTaken, StorageUnavailable) as error:
        return _not_started(str(error), status=1)
    except OSError as error:
        return _not_started(said_by_system(error), status=1)
    finally:
        await _close_in_time(server, settings.drain)
    logger.info("stopped")
    return 0


def _not_started(reason: str, *, status: int) -> int:
    logger.error("not started", extra={"reason": reason})
    print(reason, file=sys.stderr)  # noqa: T201 - the person at the terminal
    return status


async def _close_in_time(server: Server, grace: timedelta) -> None:
    """Or end as if killed, which is covered: nobody waits longer than they said."""
    try:
        await asyncio.wait_for(server.close(), grace.total_seconds())
    except TimeoutError:
        logger.warning("the grace time is over, ending here", extra={"seconds": grace.total_seconds()})
        # Threads of the database would keep the interpreter from ending.
        logging.shutdown()
        os._exit(1)


READY_PAUSE_MOST = 1.0  # seconds


async def _tell_ready(app: App, ready_file: Path | None) -> None:
    """Write the URL once `/ready` answers 200: a moment after the start, when the publisher has looked round."""
    if ready_file is None:
        return
    pause = 0.01
    while any(check.matters and not check.ok for check in (await app.vitals.checks()).values()):
        await app.clock.sleep(pause)
        pause = min(2 * pause, READY_PAUSE_MOST)  # a store that is down is not asked a hundred times a second
    ready_file.write_text(app.public_url + "\n", encoding="utf-8")


def _on_signals(stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()

    def asked() -> None:
        if stop.is_set():
            os._exit(1)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked)
