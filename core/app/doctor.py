"""`isekai doctor`: what stands between this machine and a working instance, a line each, and what to do about it.

It looks from outside: nothing is migrated, sent or repaired. A running instance is asked how it is over HTTP.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import Any
from urllib.parse import urlsplit

from core import __version__
from core.account import AccountStatus
from core.app.parts import App, build
from core.app.server import prepare
from core.clock import SystemClock
from core.errors import AppError, AuthorizationLost, ExternalError, StorageUnavailable, said_by_system
from core.operations.findings import SKEW_MOST, Severity, span
from core.operations.findings import Finding as Judged
from core.operations.findings import findings as judged
from core.settings import Settings
from data.home import HomeInUse, HomeLock
from data.images.s3 import S3Images
from data.mail import probe_mail
from data.migrate import waiting_migrations
from data.putting_back import refuse_half_restored
from data.vault import refuse_missing_key

PATIENCE_SECONDS = 10.0
LOCAL = ("127.0.0.1", "localhost", "::1")


class Mark(StrEnum):
    """Only FAIL makes the command end with 1."""

    OK = "ok"
    LOOK = "look"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class Line:
    name: str
    mark: Mark
    text: str


class Odd(Exception):
    """What an examination says when it is neither well nor broken."""


async def doctor(settings: Settings) -> int:
    """Says everything at once; 0 when nothing fails."""
    lines = [line async for line in _examine(settings)]
    for line in lines:
        print(f"{line.mark:<4}  {line.name:<14} {line.text}")  # noqa: T201 - the person at the terminal
    return 0 if all(line.mark is not Mark.FAIL for line in lines) else 1


async def _examine(settings: Settings) -> AsyncIterator[Line]:
    said = "; ".join(settings.warnings)
    yield Line("configuration", Mark.LOOK if said else Mark.OK, said or "readable")
    yield await _examined("address", _address(settings))
    yield await _examined("secrets", _secrets(settings))
    process = await _examined("process", _process(settings))
    yield process
    try:
        waiting = await asyncio.to_thread(_migrations, settings, runs=process.text != NOT_RUNNING)
        async with _opened(settings, waiting) as app:
            if waiting:
                yield Line("database", Mark.LOOK, f"{len(waiting)} changes of this version wait for the next start")
                return
            for name, look in _LOOKS.items():
                yield await _examined(name, look(app))
            for line in await _at_rest(app):
                yield line
    except (AppError, ValueError) as error:
        yield Line("database", Mark.FAIL, str(error))
    except OSError as error:
        yield Line("database", Mark.FAIL, said_by_system(error))


async def _examined(name: str, examination: Awaitable[str]) -> Line:
    try:
        return Line(name, Mark.OK, await examination)
    except Odd as odd:
        return Line(name, Mark.LOOK, str(odd))
    except AppError as error:
        return Line(name, Mark.FAIL, str(error))
    except OSError as error:
        return Line(name, Mark.FAIL, said_by_system(error))


# before the parts are built


async def _address(settings: Settings) -> str:
    url = settings.web.public_url_at(settings.web.port)
    parts = urlsplit(url)
    if parts.scheme == "http" and parts.hostname not in LOCAL:
        raise Odd(f"{url}: without https whoever sits on the way can read along and take a session over")
    if parts.scheme == "https" and not settings.web.trusted_proxies:
        raise Odd(f"{url}, but ISEKAI_TRUSTED_PROXIES is empty: all visitors count as the proxy's one address")
    return url


async def _secrets(settings: Settings) -> str:
    if settings.secret_keys:
        return "the key comes from the environment"
    file = settings.secret_key_file or settings.home / "secret.key"
    if not file.exists():
        refuse_missing_key(file, database=settings.database)
        return f"{file} is made at the first start"
    open_ones = [path for path in (file, settings.database) if path.exists() and path.stat().st_mode & 0o077]
    if file in open_ones:
        raise StorageUnavailable(f"{file} can be read by other users of this machine: chmod 600 {file}")
    if open_ones:
        raise Odd(f"{settings.database} can be read by other users of this machine: chmod 700 {settings.home}")
    return f"{file} is readable by its owner alone; keep a copy apart from the backups"


NOT_RUNNING = "no instance runs on this home"


async def _process(settings: Settings) -> str:
    """Raises `StorageUnavailable` when one runs and is not well."""
    lock = HomeLock(settings.home)
    try:
        lock.acquire()
    except HomeInUse:
        return await _asked(settings)
    lock.release()
    return NOT_RUNNING


async def _asked(settings: Settings) -> str:
    import aiohttp

    host = settings.web.host if settings.web.host not in ("0.0.0.0", "::", "") else "127.0.0.1"  # noqa: S104
    at = f"http://[{host}]" if ":" in host else f"http://{host}"
    if not settings.web.port:
        return "an instance runs on this home, on a port nobody knows here"
    limit = aiohttp.ClientTimeout(total=PATIENCE_SECONDS)
    try:
        async with aiohttp.ClientSession(f"{at}:{settings.web.port}", timeout=limit) as session:
            async with session.get("/health") as answer:
                health: dict[str, Any] = await answer.json()
            async with session.get("/ready") as answer:
                ready: dict[str, Any] = await answer.json()
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise StorageUnavailable(
            f"an instance holds this home, and does not answer at {at}:{settings.web.port}: restart it"
        ) from error
    return _how_it_is(health, ready)


def _how_it_is(health: dict[str, Any], ready: dict[str, Any]) -> str:
    ill = {name: text for name, text in ready["checks"].items() if text != "ok" and name != "discord"}
    if ready["status"] != "ready":
        raise StorageUnavailable(f"it runs and is not ready: {'; '.join(f'{n}: {t}' for n, t in ill.items())}")
    if health["version"] != __version__:
        raise Odd(f"it runs version {health['version']}, this is {__version__}: restart it to upgrade")
    if ill:
        raise Odd(f"it runs, but {'; '.join(f'{n}: {t}' for n, t in ill.items())}")
    return f"it runs and is ready; events are {health['event_loop_lag_ms']:.0f} ms late"


def _migrations(settings: Settings, *, runs: bool) -> list[str]:
    """What waits; a home without a database gets one, as any first command would make it."""
    refuse_half_restored(settings.home)
    if not settings.database.exists() and not runs:
        prepare(settings, SystemClock())
    return waiting_migrations(settings.database)


@contextlib.asynccontextmanager
async def _opened(settings: Settings, waiting: list[str]) -> AsyncIterator[App]:
    app = build(
        settings,
        public_url=settings.web.public_url_at(settings.web.port),
        deviantart_url=settings.deviantart.base_url if settings.deviantart else "http://127.0.0.1",
        clock=SystemClock(),
        random=Random(),
    )
    app.problems.read()
    await app.database.open()
    try:
        yield app
    finally:
        await app.transport.close()
        await app.images.close()
        await app.database.close()
        app.people_reads.close()


# with the parts


async def _database(app: App) -> str:
    def check(connection: Any) -> str:
        return str(connection.execute("PRAGMA quick_check").fetchone()[0])

    answer = await app.database.read(check)
    if answer != "ok":
        raise StorageUnavailable(f"the database is damaged: {answer}. Restore a backup.")
    await app.database.check()
    return "intact and writable"


async def _storage(app: App) -> str:
    await asyncio.to_thread(app.images.prepare)
    if isinstance(app.images, S3Images):
        return await _bucket(app, app.images)
    await app.images.check()
    return "images can be kept on disk"


async def _bucket(app: App, bucket: S3Images) -> str:
    try:
        await asyncio.wait_for(bucket.probe(), 2 * PATIENCE_SECONDS)
    except TimeoutError as error:
        raise StorageUnavailable("the bucket does not answer in time: check S3_ENDPOINT and the network") from error
    if bucket.upload_origins():
        await _direct_uploads(bucket, app.public_url)
    return "images can be kept in the bucket"


async def _direct_uploads(bucket: S3Images, public_url: str) -> None:
    """Nothing is lost where they fail: the upload page sends the file the ordinary way."""
    try:
        lets = await bucket.lets_upload(public_url)
    except StorageUnavailable as error:
        raise Odd("images can be kept in the bucket, but S3_PRESIGNED_ENDPOINT does not answer from here") from error
    if not lets:
        raise Odd(
            f"images can be kept in the bucket, but its CORS rules do not let pages of {public_url} upload there:"
            " browsers send their files through Isekai (docs/pictures.md has the rule)"
        )


async def _clock(app: App) -> str:
    if app.settings.deviantart is None:
        return "not compared: the sandbox runs on this machine"
    with contextlib.suppress(ExternalError):
        # Refused without a token; the answer's date is what is wanted.
        await app.deviantart.placebo("none")
    if app.deviantart.clock_heard_at is None:
        raise Odd("not compared: DeviantArt could not be reached")
    offset = abs(app.deviantart.clock_offset)
    if offset > SKEW_MOST:
        raise StorageUnavailable(
            f"this machine's clock differs from DeviantArt's by {span(offset)}: switch time synchronisation on"
        )
    return f"within {span(offset)} of DeviantArt's"


async def _tokens(app: App) -> str:
    async with app.store.transaction() as tx:
        accounts = await tx.accounts.all()
    waiting = [account.username for account in accounts if account.status is AccountStatus.RECONNECT]
    if waiting:
        raise AuthorizationLost("DeviantArt", f"to be connected again: {', '.join(waiting)}")
    if unreadable := await app.accounts.unreadable():
        raise StorageUnavailable(
            f"the key here does not open those of {', '.join(account.username for account in unreadable)}: put the"
            " former one beside it (ISEKAI_SECRET_KEY=new,former), or they have to be connected again"
        )
    return "one account connected" if len(accounts) == 1 else f"{len(accounts)} accounts connected"


async def _discord(app: App) -> str:
    """Who Discord says the token belongs to."""
    discord = app.settings.discord
    if discord is None:
        return "off: DISCORD_TOKEN is not set"
    import aiohttp

    headers = {"Authorization": f"Bot {discord.token}"}
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE_SECONDS)) as session,
            session.get(f"{discord.api_base}/users/@me", headers=headers) as answer,
        ):
            if answer.status == 401:
                raise AuthorizationLost("Discord", "it refuses DISCORD_TOKEN: make a new one in its developer portal")
            if answer.status >= 400:
                raise Odd(f"Discord answered {answer.status}: try again later")
            return f"the token is {(await answer.json())['username']}'s"
    except (aiohttp.ClientError, TimeoutError, ValueError, KeyError) as error:
        raise Odd("Discord could not be reached; publishing goes on without it") from error


async def _mail(app: App) -> str:
    """Everything up to the first letter, which is not sent."""
    mail = app.settings.mail
    if mail is None:
        raise Odd("off: nobody is told when something breaks. Set SMTP_URL and EMAIL_FROM.")
    await probe_mail(
        host=mail.host,
        port=mail.port,
        username=mail.username,
        password=mail.password,
        tls=mail.tls,
        starttls=mail.starttls,
    )
    return f"{mail.host} takes our mail"


_LOOKS: dict[str, Callable[[App], Awaitable[str]]] = {
    "database": _database,
    "storage": _storage,
    "clock": _clock,
    "tokens": _tokens,
    "discord": _discord,
    "mail": _mail,
}

_WELL = {"disk": "room enough", "backup": "there is a recent one", "errors": "few or none in the last hour"}
# Said above, or true only of a process: an outbox of one that rests says nothing of the mail server.
_SAID_ABOVE = ("mail", "account", "ears", "database", "storage")


async def _at_rest(app: App) -> list[Line]:
    """What the health page says too, as far as it is true without a process that serves."""
    found = judged(await app.operations.check_up.facts_at_rest())
    said = {finding.key: finding for finding in found}
    lines = [_line(name, said[name]) if name in said else Line(name, Mark.OK, text) for name, text in _WELL.items()]
    return lines + list(_others(found))


def _others(found: tuple[Judged, ...]) -> Iterator[Line]:
    for finding in found:
        name = finding.key.partition(":")[0]
        if name not in _WELL and name not in _SAID_ABOVE:
            yield _line(name, finding)


def _line(name: str, finding: Judged) -> Line:
    """Only what stops publishing or may lose pictures fails the command."""
    mark = Mark.FAIL if finding.severity is Severity.BAD else Mark.LOOK
    return Line(name, mark, f"{finding.sentence} {finding.advice}".strip())
