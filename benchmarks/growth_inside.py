"""Of the product's parts on one library: how many steps SQLite's machine takes for what runs without being asked."""

import contextlib
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

from benchmarks.library import library
from core.app import App
from core.app.server import TIMINGS, add_jobs
from core.operations.retention import EVENTS_A_RUN, POSTS_A_RUN
from core.ports import NewPost
from core.posts.fields import Details
from core.posts.files import NewFile
from core.posts.post import PostStatus
from core.publishing.publication import PublicationState
from data.store import DatabaseTransaction
from tests.support.steps import counted


class Undone(Exception):
    """Rolls a transaction back."""


async def inside(home: Path, sandbox_url: str) -> tuple[dict[str, float], float]:
    """Steps by name, and the processor seconds that a backup took for a megabyte of database."""
    logging.disable(logging.WARNING)
    async with library(home, sandbox_url) as app:
        await app.operations.book.load()
        add_jobs(app)
        await _nothing_expired(app)
        jobs = {f"job {name}": partial(app.jobs.run_now, name) for name in TIMINGS if name != "backup"}
        work: dict[str, Callable[[], Awaitable[object]]] = {name: partial(work, app) for name, work in WORK.items()}
        found: dict[str, float] = {}
        async with counted(app.database) as steps:
            for name, act in (jobs | work).items():
                await act()  # what is prepared once is there the second time
                before = steps.count
                await act()
                found[name] = float(steps.count - before)
        for made in app.settings.home.glob("backups/*.backup"):
            made.unlink()
        began, size = time.process_time(), app.database.path.stat().st_size / 1e6
        await app.jobs.run_now("backup")
        return found, (time.process_time() - began) / size


async def _nothing_expired(app: App) -> None:
    """What is thrown away two hundred at a time costs as much as two hundred: that is measured by itself."""
    now = int(app.clock.now().timestamp())
    async with app.database.transaction() as connection:
        await connection.run("UPDATE post SET discarded_at = :now WHERE status = 'discarded'", {"now": now})


@asynccontextmanager
async def undone(app: App) -> AsyncIterator[DatabaseTransaction]:
    """A transaction that is rolled back."""
    with contextlib.suppress(Undone):
        async with app.store.transaction() as tx:
            yield tx
            raise Undone


async def _claim(app: App) -> None:
    async with undone(app) as tx:
        now = app.clock.now()
        await tx.publications.claim(now=now, owner="benchmark", expires_at=now + timedelta(minutes=5))


async def _claim_one(app: App) -> None:
    async with undone(app) as tx:
        now = app.clock.now()
        await tx.publications._db.run(
            "UPDATE publication SET ready_at = :now, due_at = :now"
            " WHERE id = (SELECT id FROM publication WHERE account_id = 1 AND ready_at IS NOT NULL LIMIT 1)",
            {"now": int(now.timestamp())},
        )
        claimed = await tx.publications.claim(now=now, owner="benchmark", expires_at=now + timedelta(minutes=5))
        if claimed is None:
            raise SystemExit("nothing was claimed")
        await tx.posts.get(claimed.post_id)
        sent = replace(claimed, state=PublicationState.UPLOADING)
        await tx.publications.save(sent, lease_token=claimed.lease_token, expected=claimed.state)


async def _next(app: App) -> None:
    async with undone(app) as tx:
        await tx.publications.next_action_at(now=app.clock.now())


async def _link_known(app: App) -> None:
    """Asked when an artist pastes the link of a work."""
    async with undone(app) as tx:
        await tx.publications.holds_link(1, "https://www.deviantart.com/mira/art/nobody-has-this")


async def _old_works(app: App) -> None:
    before = app.clock.now() - timedelta(days=365)
    async with undone(app) as tx:
        await tx.retention.old_works(after=(0, 0), before=before, limit=POSTS_A_RUN)


async def _old_events(app: App) -> None:
    async with undone(app) as tx:
        await tx.retention.remove_events(before=app.clock.now() - timedelta(days=10_000), limit=EVENTS_A_RUN)


async def _twins(app: App) -> None:
    await app.reads.near_twins(1, "0123456789abcdef", except_post=0)


async def _made(app: App) -> None:
    async with undone(app) as tx:
        file = NewFile("new.png", "image/png", 100, 64, 48, "f" * 64)
        details = Details(title="A new one", tags=("sea", "night"), is_ai_generated=True)
        post = await tx.posts.add(NewPost(1, 1, PostStatus.DRAFT, details, (file,)), at=app.clock.now())
        await tx.posts.save(post, expected_version=post.version)


async def _thrown_away(app: App) -> None:
    async with undone(app) as tx:
        (row,) = await tx.posts._db.all("SELECT min(id) AS id FROM post WHERE status = 'discarded'")
        await tx.posts.delete(row["id"])


WORK: Mapping[str, Callable[[App], Awaitable[object]]] = {
    "publisher, nothing due": _claim,
    "publisher, one due": _claim_one,
    "publisher, next instant": _next,
    "link known already": _link_known,
    "retention, pictures": _old_works,
    "retention, events": _old_events,
    "near twins of an upload": _twins,
    "a post made": _made,
    "a post removed": _thrown_away,
    "counts for /metrics": lambda app: app.reads.count_posts(),
    "health of the instance": lambda app: app.operations.check_up.kept(),
}
