"""Planning as it is composed for real, over SQLite in a directory of the test."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

from core.actor import Actor
from core.bus import Bus
from core.deviantart import Artist
from core.planning.office import Planning, open_planning
from core.ports import NewPost
from core.posts.desk import Desk
from core.posts.fields import Details
from core.posts.files import NewFile
from core.posts.post import Post, PostStatus
from core.users import Role
from data.database import Database
from data.migrate import bring_up_to_date
from data.planning_reads import PlanningReader
from data.reads import DatabaseReads
from data.store import DatabaseStore
from data.vault import Vault
from tests.support.clock import FakeClock

LEAD = timedelta(seconds=60)


@dataclass
class Studio:
    """One artist with one account and drafts."""

    clock: FakeClock
    database: Database
    store: DatabaseStore
    reads: DatabaseReads
    planning: Planning
    actor: Actor
    account_id: int
    user_id: int
    files: int = field(default=0)

    async def draft(
        self,
        title: str = "A title",
        *,
        status: PostStatus = PostStatus.DRAFT,
        wish: str | None = None,
        **details: Any,
    ) -> Post:
        self.files += 1
        name = f"{self.files:064x}"
        file = NewFile(name=f"{self.files}.png", mime="image/png", bytes=10, width=1, height=1, sha256=name)
        new = NewPost(self.user_id, self.account_id, status, Details(title=title, **details), (file,), wish=wish)
        async with self.store.transaction() as tx:
            return await tx.posts.add(new, at=self.clock.now())

    async def drafts(self, count: int) -> list[Post]:
        return [await self.draft(f"Work {number}") for number in range(1, count + 1)]

    async def post(self, post_id: int) -> Post:
        return await self.reads.post(post_id, user_id=self.user_id)

    async def restart(self) -> "Planning":
        """Another process on the same file: nothing is remembered but what is on disk."""
        self.planning = _planning(self.database, self.store, self.clock)
        return self.planning

    async def rows(self, sql: str, **params: Any) -> list[dict[str, Any]]:
        return await self.database.read(lambda c: [dict(row) for row in c.execute(sql, params)])

    async def minutes(self, count: int, *, step: int = 1) -> None:
        """Let the time pass, ticking every *step* minutes as the job does."""
        for _ in range(0, count, step):
            await self.planning.ticking.tick()
            await self.clock.advance(60 * step)


def _planning(database: Database, store: DatabaseStore, clock: FakeClock) -> Planning:
    return open_planning(store, PlanningReader(database), Desk(store, clock), clock, lead=LEAD, random=Random(1))


@asynccontextmanager
async def a_studio(home: Path, *, time_zone: str = "Europe/Paris") -> AsyncIterator[Studio]:
    clock = FakeClock()
    path = home / "isekai.db"
    bring_up_to_date(path, backups=home / "backups", now=clock.now())
    database = Database(path)
    await database.open()
    try:
        store = DatabaseStore(database, Vault(("a key for tests only",)), Bus())
        async with store.transaction() as tx:
            user = await tx.people.add_user(name="mira", role=Role.ADMIN, time_zone=time_zone, at=clock.now())
            artist = Artist("A1", "mira", "")
            account = await tx.accounts.add(user_id=user.id, artist=artist, color="#3b82c4", at=clock.now())
        yield Studio(
            clock,
            database,
            store,
            DatabaseReads(database),
            _planning(database, store, clock),
            Actor(user.id, user.name),
            account.id,
            user.id,
        )
    finally:
        await database.close()
