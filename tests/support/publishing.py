"""The publisher as it is composed for real, over SQLite on disk and the imitation of DeviantArt over HTTP.

A `Studio` is one life of the process on its files. `crash` drops it without any cleaning up; a new one on the same
home is the restart. A `Fuse` burns through at the n-th call of a port: from then on that life can do nothing more.
"""

import asyncio
import itertools
import shutil
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from core.accounts import Accounts
from core.actor import Actor
from core.bus import Bus
from core.clock import Clock
from core.deviantart import Artist, Deviation, DeviationPage, Picture, Submission, TokenPair
from core.events import Event
from core.metrics import NoMetrics
from core.planning.planner import Planner
from core.planning.wall_clock import planned_at, zone
from core.ports import NewPost
from core.posts.desk import Desk
from core.posts.fields import Details
from core.posts.files import NewFile
from core.posts.habits import HabitsOf
from core.posts.post import Post, PostStatus
from core.posts.review import Review
from core.publishing.breaker import PaceRules
from core.publishing.journey import Journey, JourneyRules
from core.publishing.proof import Prover
from core.publishing.publication import Publication, PublicationState
from core.publishing.publisher import Publisher
from core.publishing.resolve import Resolve
from core.users import Role
from data.database import Database, connect_sync
from data.deviantart.client import DeviantArtClient
from data.deviantart.oauth import OAuthClient
from data.deviantart.transport import Transport
from data.images.inspect import Inspector
from data.images.local import LocalImages
from data.migrate import migrate
from data.sandbox.app import Sandbox
from data.store import DatabaseStore, DatabaseTransaction
from data.vault import Vault
from tests.support.clock import FakeClock
from tests.support.pictures import a_png

T = TypeVar("T")
LEAD = timedelta(seconds=60)
TIMEOUT = timedelta(seconds=10)
SETTLE = timedelta(seconds=120)
_numbers = itertools.count()
_template: list[Path] = []


class Dead(BaseException):
    """The process has ended: nothing after this may leave a trace."""


class Fuse:
    """Counts the calls of all ports, and ends the process before or after number `at` (None: never)."""

    def __init__(self, at: int | None = None, *, after: bool = False) -> None:
        self.at = at
        self.after = after
        self.calls: list[str] = []
        self.is_burnt = False

    def light(self, at: int | None, *, after: bool = False) -> None:
        """Count from here."""
        self.calls.clear()
        self.at, self.after = at, after

    def enter(self, name: str) -> int:
        if self.is_burnt:
            raise Dead
        self.calls.append(name)
        number = len(self.calls)
        if number == self.at and not self.after:
            self.is_burnt = True
            raise Dead
        return number

    def leave(self, number: int) -> None:
        if self.is_burnt or (number == self.at and self.after):
            self.is_burnt = True
            raise Dead

    async def around(self, name: str, call: Callable[[], Awaitable[T]]) -> T:
        number = self.enter(name)
        try:
            result = await call()
        except Exception:
            self.leave(number)
            raise
        self.leave(number)
        return result


class QuickClock:
    """Tells the time of another clock, and does not wait: for pauses between repeated reads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> datetime:
        return self._clock.now()

    def monotonic(self) -> float:
        return self._clock.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


class FusedStore:
    """A call of this port is the commit: before it everything is rolled back, after it everything is there."""

    def __init__(self, store: DatabaseStore, fuse: Fuse) -> None:
        self._store = store
        self._fuse = fuse

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[DatabaseTransaction]:
        if self._fuse.is_burnt:
            raise Dead
        async with self._store.transaction() as tx:
            yield tx
            number = self._fuse.enter("commit")
        self._fuse.leave(number)


class FusedDeviantArt:
    def __init__(self, client: DeviantArtClient, fuse: Fuse) -> None:
        self._client = client
        self._fuse = fuse

    @property
    def clock_offset(self) -> timedelta:
        return self._client.clock_offset

    async def placebo(self, token: str) -> None:
        await self._fuse.around("placebo", lambda: self._client.placebo(token))

    async def submit(
        self, token: str, picture: Picture, details: Details, *, timeout: timedelta, item_id: str | None = None
    ) -> str:
        return await self._fuse.around(
            "submit", lambda: self._client.submit(token, picture, details, timeout=timeout, item_id=item_id)
        )

    async def publish(self, token: str, item_id: str, details: Details, *, timeout: timedelta) -> Deviation:
        return await self._fuse.around(
            "publish", lambda: self._client.publish(token, item_id, details, timeout=timeout)
        )

    async def gallery(self, token: str, *, offset: int = 0, limit: int = 24) -> DeviationPage:
        return await self._fuse.around("gallery", lambda: self._client.gallery(token, offset=offset, limit=limit))

    async def submissions(self, token: str, deviation_ids: tuple[str, ...]) -> tuple[Submission, ...]:
        return await self._fuse.around("metadata", lambda: self._client.submissions(token, deviation_ids))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


class FusedOAuth:
    def __init__(self, oauth: OAuthClient, fuse: Fuse) -> None:
        self._oauth = oauth
        self._fuse = fuse

    async def refresh(self, refresh_token: str) -> TokenPair:
        return await self._fuse.around("refresh", lambda: self._oauth.refresh(refresh_token))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._oauth, name)


class FusedImages:
    def __init__(self, images: LocalImages, fuse: Fuse) -> None:
        self._images = images
        self._fuse = fuse

    @asynccontextmanager
    async def local_copy(self, sha256: str) -> AsyncIterator[Path]:
        number = self._fuse.enter("image")
        async with self._images.local_copy(sha256) as path:
            self._fuse.leave(number)
            yield path

    def __getattr__(self, name: str) -> Any:
        return getattr(self._images, name)


@dataclass
class Studio:
    home: Path
    sandbox: Sandbox
    clock: FakeClock
    fuse: Fuse
    database: Database
    store: DatabaseStore
    bus: Bus
    transport: Transport
    images: LocalImages
    deviantart: DeviantArtClient
    oauth: OAuthClient
    accounts: Accounts
    desk: Desk
    review: Review
    planner: Planner
    journey: Journey
    prover: Prover
    publisher: Publisher
    resolve: Resolve
    mira: Actor
    events: list[Event] = field(default_factory=list)

    async def an_account(self, username: str = "mira", *, by: Actor | None = None) -> int:
        grant = self.sandbox.world.grant(username)
        assert grant.userid is not None
        artist = Artist(grant.userid, username, "")
        pair = TokenPair(
            grant.access_token, grant.refresh_token, timedelta(seconds=grant.expires_in), frozenset(grant.scopes)
        )
        async with self.store.transaction() as tx:
            account = await self.accounts.link(tx, user_id=(by or self.mira).user_id, artist=artist, pair=pair)
        return account.id

    async def a_picture(self) -> NewFile:
        """Different from every other one."""
        # The number must survive the stripping of metadata, so it is the size.
        number = next(_numbers)
        width, height = 8 + number % 97, 8 + number // 97 % 97
        data = a_png(width, height)
        async with self.images.incoming(max_bytes=1 << 20) as incoming:
            await incoming.write(data)
            sha256 = await incoming.finish()
            await self.images.keep(incoming.path, sha256, "image/png")
        return NewFile(f"{number}.png", "image/png", len(data), width, height, sha256)

    async def a_draft(self, account_id: int, title: str = "A work", *, pictures: int = 1, **details: Any) -> Post:
        files = tuple([await self.a_picture() for _ in range(pictures)])
        details.setdefault("tags", ("sea", "night"))
        async with self.store.transaction() as tx:
            return await tx.posts.add(
                NewPost(
                    self.mira.user_id, account_id, PostStatus.DRAFT, Details(title=title, **details), files=files
                ),
                at=self.clock.now(),
            )

    async def due_now(self, account_id: int, title: str = "A work", **more: Any) -> Post:
        draft = await self.a_draft(account_id, title, **more)
        return await self.planner.publish_now(draft.id, by=self.mira, time_zone="UTC")

    async def due_in(self, delay: timedelta, account_id: int, title: str = "A work", **more: Any) -> Post:
        draft = await self.a_draft(account_id, title, **more)
        return await self.plan(draft.id, delay)

    async def plan(self, post_id: int, delay: timedelta) -> Post:
        moment = planned_at((self.clock.now() + delay).replace(microsecond=0), zone("UTC"))
        return (await self.planner.schedule(post_id, moment, by=self.mira)).post

    async def post(self, post_id: int) -> Post:
        async with self.store.transaction() as tx:
            return await tx.posts.get(post_id)

    async def only(self, post_id: int) -> Publication:
        (publication,) = (await self.post(post_id)).publications
        return publication

    async def run_until_quiet(self, *, within: timedelta = timedelta(days=5)) -> None:
        """Run what is due, let time pass until something more is, and so on until nothing waits any more."""
        deadline = self.clock.now() + within
        for _ in range(2000):
            await self.publisher.run_once()
            await self.publisher.idle()
            async with self.store.transaction() as tx:
                at = await tx.publications.next_action_at(now=self.clock.now())
                closed = await tx.instance.get("service_circuit_open_until")
            now = self.clock.now()
            if closed is not None and closed > now.timestamp():
                at = max(at or now, now + timedelta(seconds=closed - now.timestamp()))
            if at is None or at > deadline:
                return
            await self.clock.advance(max(at - now, timedelta(milliseconds=1)))
        raise AssertionError("it never becomes quiet")

    async def run_for(self, time: timedelta) -> None:
        await self.run_until_quiet(within=time)

    async def history(self, post_id: int) -> list[str]:
        rows = connect_sync(self.database.path).execute(
            "SELECT kind FROM post_event WHERE post_id = :id ORDER BY id", {"id": post_id}
        )
        return [kind for (kind,) in rows]

    def titles_online(self) -> list[str]:
        return [work.title for work in self.sandbox.world.deviations]

    def requests(self, endpoint: str) -> int:
        return sum(1 for note in self.sandbox.world.requests if note.endpoint == endpoint)

    async def crash(self) -> None:
        """The end of this life: tasks stop where they are, nothing is tidied up."""
        self.fuse.is_burnt = True
        doomed = set(self.publisher._tasks) | set(self.accounts._refreshing)
        for task in doomed:
            task.cancel()
        if doomed:
            await asyncio.wait(doomed)
        for task in doomed:
            if not task.cancelled():
                task.exception()
        await self.database.close()
        await self.transport.close()

    async def restarted(self, fuse: Fuse | None = None) -> "Studio":
        """The next life on the same files, recovered as the process does at its start."""
        if not self.fuse.is_burnt or self.database._writer is not None:
            await self.crash()
        after = await a_studio(self.home, self.sandbox, self.clock, fuse=fuse)
        await after.publisher.recover(at_start=True)
        return after


def _fresh_database(path: Path) -> None:
    """Migrated once a run, copied for each test."""
    if not _template:
        made = Path(tempfile.mkdtemp(prefix="isekai-template-")) / "isekai.db"
        connection = connect_sync(made)
        migrate(connection, applied_at=0)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        _template.append(made)
    shutil.copy(_template[0], path)


async def a_studio(
    home: Path,
    sandbox: Sandbox,
    clock: FakeClock,
    *,
    fuse: Fuse | None = None,
    base_delay: timedelta = timedelta(0),
    max_attempts: int = 7,
    threshold: int = 1000,
    concurrency: int = 5,
    timeout: timedelta = TIMEOUT,
) -> Studio:
    fuse = fuse or Fuse()
    path = home / "isekai.db"
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        _fresh_database(path)
    database = Database(path, readers=0)
    await database.open()
    bus = Bus()
    vault = Vault(("a key for tests only",))
    real_store = DatabaseStore(database, vault, bus)
    store: Any = FusedStore(real_store, fuse)
    transport = Transport(sandbox.base_url, clock, user_agent="isekai-tests/1")
    client = DeviantArtClient(transport, QuickClock(clock))
    deviantart: Any = FusedDeviantArt(client, fuse)
    oauth: Any = FusedOAuth(OAuthClient(transport, client_id="4711", client_secret="s"), fuse)
    local = LocalImages(home / "images")
    local.prepare()
    images: Any = FusedImages(local, fuse)
    random = Random(7)
    accounts = Accounts(store, oauth, deviantart, clock)
    desk = Desk(store, clock)
    pace = PaceRules(
        base=base_delay,
        most=timedelta(minutes=15),
        jitter_percent=20,
        threshold=threshold,
        open_for=timedelta(minutes=5),
    )
    journey = Journey(
        store,
        accounts,
        deviantart,
        images,
        Inspector(max_pixels=1_000_000),
        clock,
        NoMetrics(),
        random,
        JourneyRules(publish_timeout=timeout, settle=SETTLE, max_attempts=max_attempts, pace=pace),
        HabitsOf(store),
    )
    prover = Prover(store, accounts, deviantart, journey, clock, NoMetrics(), settle=SETTLE)
    publisher = Publisher(store, journey, prover, bus, clock, owner=f"life-{next(_numbers)}", concurrency=concurrency)
    studio = Studio(
        home=home,
        sandbox=sandbox,
        clock=clock,
        fuse=fuse,
        database=database,
        store=store,
        bus=bus,
        transport=transport,
        images=local,
        deviantart=client,
        oauth=oauth,
        accounts=accounts,
        desk=desk,
        review=Review(store, desk, clock, lead=LEAD, max_files=100),
        planner=Planner(desk, clock, lead=LEAD, random=random),
        journey=journey,
        prover=prover,
        publisher=publisher,
        resolve=Resolve(
            store, desk, accounts, prover, clock, hosts=frozenset({sandbox.base_url.removeprefix("http://")})
        ),
        mira=Actor(1, "mira"),
    )
    bus.listen(lambda events: studio.events.extend(events))
    async with real_store.transaction() as tx:
        if await tx.people.user(1) is None:
            await tx.people.add_user(name="mira", role=Role.ADMIN, time_zone="UTC", at=clock.now())
    return studio


@asynccontextmanager
async def a_life(home: Path, clock: FakeClock | None = None, **options: Any) -> AsyncIterator[Studio]:
    """A studio beside a sandbox of its own; both end with the block, however often it was restarted."""
    from tests.support.sandbox import a_sandbox

    clock = clock or FakeClock()
    async with a_sandbox(clock) as sandbox:
        studio = await a_studio(home, sandbox, clock, **options)
        try:
            yield studio
        finally:
            await studio.crash()


def states(post: Post) -> list[PublicationState]:
    return [publication.state for publication in post.publications]


def check_invariants(database: Path, sandbox: Sandbox) -> None:
    """What must hold at every moment, whatever happened: one work an item, one binding a work, no doubt undone."""
    world = sandbox.world
    items = [work.itemid for work in world.deviations]
    assert len(items) == len(set(items)), "an item was published twice"
    connection = sqlite3.connect(database)
    try:
        rows = connection.execute(
            "SELECT q.item_id, q.deviation_id, q.state, q.publish_sent_at, p.status FROM publication q"
            " JOIN post p ON p.id = q.post_id"
        ).fetchall()
    finally:
        connection.close()
    bound = [row[1] for row in rows if row[1]]
    assert len(bound) == len(set(bound)), "a work is bound twice"
    for item_id, _, state, sent_at, status in rows:
        if state in ("publishing",) or (sent_at is not None and state != "published"):
            assert item_id is not None
            assert status in ("publishing", "failed", "uploading"), (state, status)


def works_by_picture(studio: Studio) -> dict[str, int]:
    """How many works DeviantArt shows of each picture, by the hash of what was sent."""
    found: dict[str, int] = {}
    for work in studio.sandbox.world.deviations:
        found[work.sha256] = found.get(work.sha256, 0) + 1
    return found


__all__ = ["Dead", "Fuse", "Sequence", "Studio", "a_life", "a_studio", "replace"]
