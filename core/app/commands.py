"""What `isekai` does beside serving."""

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

from core.account import AccountStatus
from core.app.parts import App, build
from core.app.server import prepare
from core.clock import SystemClock
from core.errors import AppError, AuthorizationLost, ExternalError, StorageUnavailable
from core.operations.findings import Finding as Judged
from core.operations.findings import Severity
from core.operations.findings import findings as judged
from core.settings import Settings
from data.home import HomeInUse, HomeLock
from data.images.s3 import S3Images
from data.migrate import MigrationError

MOST_CLOCK_SKEW = timedelta(seconds=30)


async def migrate(settings: Settings) -> int:
    """Bring the database up to date; refuses while another process owns the home."""
    lock = HomeLock(settings.home)
    try:
        lock.acquire()
    except HomeInUse as error:
        print(error, file=sys.stderr)  # noqa: T201 - the person at the terminal
        return 2
    try:
        applied = await asyncio.to_thread(prepare, settings, SystemClock())
    except MigrationError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    finally:
        lock.release()
    print(f"Applied: {', '.join(applied)}." if applied else "Nothing to do: up to date.")  # noqa: T201
    return 0


async def sandbox(settings: Settings) -> int:
    """Only the imitation of DeviantArt, until it is interrupted."""
    from data.sandbox.app import Sandbox

    imitation = Sandbox(settings.home / "sandbox", SystemClock())
    url = await imitation.start(port=settings.sandbox_port)
    print(f"The imitation of DeviantArt listens at {url}. Nothing in it reaches the real one.")  # noqa: T201
    try:
        await asyncio.Event().wait()
    finally:
        await imitation.close()
    return 0


async def list_users(settings: Settings) -> list[str]:
    """One line a person; works while the instance serves."""
    async with _opened(settings) as app:
        return [
            f"{user.id}\t{user.name}\t{user.role}\t{'disabled' if user.is_disabled else 'active'}"
            for user in await app.people.users()
        ]


async def promote_user(settings: Settings, name: str) -> int:
    async with _opened(settings) as app:
        await app.people.promote((await app.people.named(name)).id)
    return 0


async def disable_user(settings: Settings, name: str) -> int:
    async with _opened(settings) as app:
        await app.people.disable((await app.people.named(name)).id)
    return 0


async def create_key(settings: Settings, user: str, name: str, scopes: list[str]) -> str:
    """The key itself: shown this once."""
    async with _opened(settings) as app:
        _, secret = await app.keys.create(await app.people.named(user), name=name, scopes=scopes)
        return secret


async def openapi(settings: Settings) -> str:
    from web.api.openapi import document

    text: str = json.dumps(document(), indent=2, ensure_ascii=False)
    return text


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[App]:
    """The parts beside a process that may be serving: the database lets both in, one writer at a time."""
    prepare(settings, SystemClock())
    app = build(
        settings,
        public_url=settings.web.public_url_at(settings.web.port),
        deviantart_url=settings.deviantart.base_url if settings.deviantart else "http://127.0.0.1",
        clock=SystemClock(),
        random=Random(),
    )
    await app.database.open()
    try:
        yield app
    finally:
        await app.transport.close()
        await app.images.close()
        await app.database.close()
        app.people_reads.close()


async def clean_images(settings: Settings, dry_run: bool) -> int:
    """Remove pictures that nothing needs, or say which these are. An instance that serves does it by itself."""
    if dry_run:
        return await _list_orphans(settings)
    lock = HomeLock(settings.home)
    try:
        lock.acquire()
    except HomeInUse:
        print("Isekai serves, and clears away by itself once a day: look with --dry-run.", file=sys.stderr)  # noqa: T201
        return 2
    try:
        async with _opened(settings) as app:
            report = await app.clearing.run()
    finally:
        lock.release()
    print(f"Removed {report.removed} of {report.looked_at} pictures, {report.bytes} bytes.")  # noqa: T201
    print(f"{report.for_backups} more are kept for backups; {report.leftovers} unfinished uploads removed.")  # noqa: T201
    if report.problem:
        print(f"Stopped: {report.problem}.", file=sys.stderr)  # noqa: T201
    return 1 if report.problem else 0


async def _list_orphans(settings: Settings) -> int:
    count = size = 0
    async with _opened(settings) as app:
        async for item in app.clearing.orphans():
            print(f"{item.sha256}\t{item.bytes}\t{item.modified_at:%Y-%m-%d}")  # noqa: T201
            count, size = count + 1, size + item.bytes
    print(f"{count} pictures, {size} bytes, would be removed.", file=sys.stderr)  # noqa: T201
    return 0


@dataclass(frozen=True, slots=True)
class Finding:
    name: str
    ok: bool
    text: str


async def doctor(settings: Settings) -> int:
    """Configuration, database, storage, clock, tokens, disk, backups, mail: a line each; 0 when nothing fails."""
    findings = [Finding("configuration", True, "readable" + "".join(f"; {text}" for text in settings.warnings))]
    try:
        async with _opened(settings) as app:
            findings += [
                await _examined("database", _database(app)),
                await _examined("storage", _storage(app)),
                await _examined("clock", _clock(app)),
                await _examined("tokens", _tokens(app)),
            ]
            findings += await _at_rest(app)
    except (AppError, OSError, ValueError) as error:
        findings.append(Finding("database", False, str(error)))
    for finding in findings:
        print(f"{'ok  ' if finding.ok else 'FAIL'}  {finding.name:<14} {finding.text}")  # noqa: T201
    return 0 if all(finding.ok for finding in findings) else 1


async def _at_rest(app: App) -> list[Finding]:
    """What the health page says too, as far as it is true without a process that serves."""
    said = {finding.key: finding for finding in judged(await app.operations.check_up.facts_at_rest())}
    return [_line(name, said[name]) if name in said else Finding(name, True, well) for name, well in _WELL.items()]


_WELL = {"disk": "room enough", "backup": "there is a recent one", "mail": "nothing waits for long"}


def _line(name: str, finding: Judged) -> Finding:
    """Only what stops publishing or may lose pictures fails the command."""
    return Finding(name, finding.severity is not Severity.BAD, f"{finding.sentence} {finding.advice}".strip())


async def _examined(name: str, examination: Awaitable[str]) -> Finding:
    try:
        return Finding(name, True, await examination)
    except (AppError, OSError) as error:
        return Finding(name, False, str(error))


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
        await app.images.probe()
        return "images can be kept in the bucket"
    await app.images.check()
    return "images can be kept on disk"


async def _clock(app: App) -> str:
    if app.settings.deviantart is None:
        return "not compared: the sandbox runs on this machine"
    with contextlib.suppress(ExternalError):
        # Refused without a token; the answer's date is what is wanted.
        await app.deviantart.placebo("none")
    offset = abs(app.deviantart.clock_offset)
    if offset > MOST_CLOCK_SKEW:
        raise StorageUnavailable(f"this machine's clock differs from DeviantArt's by {offset.total_seconds():.0f} s")
    return f"within {offset.total_seconds():.0f} s of DeviantArt's"


async def _tokens(app: App) -> str:
    async with app.store.transaction() as tx:
        accounts = await tx.accounts.all()
    waiting = [account.username for account in accounts if account.status is AccountStatus.RECONNECT]
    if waiting:
        raise AuthorizationLost("DeviantArt", f"to be connected again: {', '.join(waiting)}")
    return f"{len(accounts)} accounts connected"
