"""A store on disk with one artist in it, for what programs do."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random

from core.actor import Actor
from core.bus import Bus
from core.deviantart import Artist
from core.planning.planner import Planner
from core.ports import NewPost
from core.posts.desk import Desk, Happened, log
from core.posts.fields import Details
from core.posts.files import NewFile
from core.posts.intake import Intake
from core.posts.post import Post, PostStatus
from core.posts.review import Review
from core.programs.settings_file.desk import SettingsFiles
from core.users import Role, User
from data.database import Database, connect_sync
from data.images.inspect import Inspector
from data.images.local import LocalImages
from data.migrate import migrate
from data.people import PeopleReader
from data.planning_reads import PlanningReader
from data.reads import DatabaseReads
from data.rooms.inspiration import KeepReads
from data.store import DatabaseStore
from data.vault import Vault
from tests.support.clock import NOON, FakeClock

VAULT = Vault(("a test key",))
_LEAD = timedelta(seconds=60)


@dataclass
class House:
    """Everything below the use cases, wired over one file."""

    clock: FakeClock
    bus: Bus
    database: Database
    store: DatabaseStore
    reads: DatabaseReads
    people_reads: PeopleReader
    user: User
    account_id: int

    @property
    def actor(self) -> Actor:
        return Actor(self.user.id, self.user.name)

    @property
    def desk(self) -> Desk:
        return Desk(self.store, self.clock)

    @property
    def images(self) -> LocalImages:
        return LocalImages(self.database.path.parent / "images")

    @property
    def intake(self) -> Intake:
        inspector = Inspector(max_pixels=50_000_000)
        return Intake(self.store, self.images, inspector, self.clock, max_file_bytes=10 * 1024 * 1024, max_files=100)

    @property
    def planner(self) -> Planner:
        return Planner(self.desk, self.clock, lead=_LEAD, random=Random(1))

    @property
    def review(self) -> Review:
        return Review(self.store, self.desk, self.clock, lead=_LEAD, max_files=100)

    @property
    def settings_files(self) -> SettingsFiles:
        return SettingsFiles(
            self.store, PlanningReader(self.database), KeepReads(self.database), self.clock, random=Random(1)
        )

    async def user_named(self, name: str) -> tuple[User, int]:
        """Another artist with an account."""
        return await _artist(self.store, name)

    async def post(
        self,
        title: str = "Dawn",
        status: PostStatus = PostStatus.REVIEW,
        files: tuple[NewFile, ...] = (),
        details: Details | None = None,
        *,
        user_id: int | None = None,
    ) -> Post:
        async with self.store.transaction() as tx:
            post = await tx.posts.add(
                NewPost(user_id or self.user.id, self.account_id, status, details or Details(title=title), files),
                at=self.clock.now(),
            )
            await log(tx, post, Happened("post.created", "Arrived."), by=self.actor, at=self.clock.now())
        return post

    async def happened(self, post: Post, kind: str, text: str = "So it was.") -> None:
        """Write an event about *post* as it stands."""
        async with self.store.transaction() as tx:
            await log(tx, await tx.posts.get(post.id), Happened(kind, text), by=None, at=self.clock.now())


@asynccontextmanager
async def a_house(directory: Path) -> AsyncIterator[House]:
    path = directory / "isekai.db"
    connection = connect_sync(path)
    migrate(connection, applied_at=int(NOON.timestamp()))
    connection.close()
    clock, bus, database = FakeClock(), Bus(), Database(path)
    await database.open()
    LocalImages(directory / "images").prepare()
    people_reads = PeopleReader(database)
    try:
        store = DatabaseStore(database, VAULT, bus)
        user, account_id = await _artist(store, "mira")
        yield House(clock, bus, database, store, DatabaseReads(database), people_reads, user, account_id)
    finally:
        people_reads.close()
        await database.close()


async def _artist(store: DatabaseStore, name: str) -> tuple[User, int]:
    async with store.transaction() as tx:
        user = await tx.people.add_user(name=name, role=Role.ADMIN, time_zone="Europe/Paris", at=NOON)
        account = await tx.accounts.add(
            user_id=user.id, artist=Artist(f"id-{name}", name, ""), color="#4f6bed", at=NOON
        )
    return user, account.id
