"""What `isekai` does beside serving."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from random import Random

from core.app.parts import App, build
from core.app.server import prepare
from core.clock import SystemClock
from core.settings import Settings
from data.home import HomeInUse, HomeLock, HomeUnusable
from data.migrate import MigrationError, waiting_migrations
from data.putting_back import refuse_half_restored


async def migrate(settings: Settings) -> int:
    """Bring the database up to date; refuses while another process owns the home."""
    try:
        with _alone(settings):
            applied = await asyncio.to_thread(prepare, settings, SystemClock())
    except (HomeUnusable, MigrationError) as error:
        print(error, file=sys.stderr)  # noqa: T201 - the person at the terminal
        return 2
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
        user = await app.people.promote((await app.people.named(name)).id)
    print(f"{user.name} is an administrator.")  # noqa: T201
    return 0


async def disable_user(settings: Settings, name: str) -> int:
    async with _opened(settings) as app:
        user = await app.people.disable((await app.people.named(name)).id)
    print(f"{user.name} is signed out and disabled; what was scheduled waits.")  # noqa: T201
    return 0


async def remove_person(settings: Settings, name: str) -> str:
    """To its end; works while the instance serves, which would go on where this is interrupted."""
    async with _opened(settings) as app:
        user = await app.people.named(name)
        await asyncio.to_thread(app.images.prepare)
        await app.people.disable(user.id)
        await app.office.removal.begin(user.id, name=name)
        await app.office.removal.finish()
        return f"Removed {user.name}: nothing of theirs is left but the audit log."


async def create_key(settings: Settings, user: str, name: str, scopes: list[str]) -> str:
    """The key itself: shown this once."""
    async with _opened(settings) as app:
        _, secret = await app.keys.create(await app.people.named(user), name=name, scopes=scopes, for_another=True)
        return secret


async def openapi(settings: Settings) -> str:
    from web.api.openapi import document

    text: str = json.dumps(document(), indent=2, ensure_ascii=False)
    return text


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """Raises `HomeInUse` beside another process."""
    lock = HomeLock(settings.home)
    lock.acquire()
    try:
        yield
    finally:
        lock.release()


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[App]:
    """The parts beside a process that may be serving: the database lets both in, one writer at a time.

    Raises `HomeInUse` where that process is older than the tables we want.
    """
    if not settings.database.exists() or waiting_migrations(settings.database):
        with _alone(settings):
            prepare(settings, SystemClock())
    refuse_half_restored(settings.home)
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
    try:
        with _alone(settings):
            prepare(settings, SystemClock())
            async with _opened(settings) as app:
                report = await app.clearing.run()
    except HomeInUse:
        print("Isekai serves, and clears away by itself once a day: look with --dry-run.", file=sys.stderr)  # noqa: T201
        return 2
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
