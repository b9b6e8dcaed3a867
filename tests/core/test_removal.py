"""Somebody leaves for good, whatever they own and whenever the process ends in between."""

import hashlib
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from core.actor import Actor
from core.errors import InFlight, InvalidInput, NotAllowed, NotFound, WrongState
from core.people.removal import Removal
from core.posts.intake import Arrival
from data.images.s3_client import S3Client
from tests.support.app import AppHarness, Caller, running_app
from tests.support.filled import HOSTILE, LONG, fill
from tests.support.pictures import a_png
from tests.support.s3 import s3_server, s3_settings
from tests.support.waiting import eventually

OURS = ("user_id", "link_user_id", "made_by", "used_by")


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[AppHarness]:
    async with running_app(tmp_path / "home", OPEN_SIGNUP="1", PUBLISH_LEAD_SECONDS="0") as running:
        yield running


async def me(caller: Caller) -> int:
    return int((await caller.get("/api/me")).body["user"]["id"])


def home_of(app: AppHarness) -> Path:
    return app.app.settings.home


def kept_files(app: AppHarness) -> list[Path]:
    images = home_of(app) / "images"
    return [path for part in ("files", "thumbs") for path in (images / part).rglob("*") if path.is_file()]


def leftovers(app: AppHarness, user_id: int, accounts: list[int], posts: list[int]) -> list[str]:
    """Everything in the database that still tells of the person: references of any kind, and their words."""
    found = []
    with sqlite3.connect(app.app.settings.database) as database:
        tables = [
            row[0]
            for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            # A code of somebody in Discord who never tied themselves to anybody here runs out by itself.
            if row[0] not in {"audit", "incident", "discord_link_code"}
            and not row[0].startswith(("sqlite_", "post_search_"))
        ]
        for table in tables:
            columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
            for row in database.execute(f"SELECT * FROM {table}"):
                for column, value in zip(columns, row, strict=True):
                    wanted = (
                        (column in OURS and value == user_id)
                        or (column in {"account_id", "viewer"} and value in accounts)
                        or (column == "post_id" and value in posts)
                        or (isinstance(value, str) and (LONG in value or HOSTILE in value))
                    )
                    if wanted:
                        found.append(f"{table}.{column} = {str(value)[:60]}")
    return found


class Owned:
    """What the database and the disk hold of one person."""

    def __init__(self, app: AppHarness, user_id: int) -> None:
        self._app, self.user_id = app, user_id
        mine = "SELECT sha256 FROM file f JOIN post p ON p.id = f.post_id WHERE p.user_id {} :id"
        with sqlite3.connect(app.app.settings.database) as database:
            self.accounts = self._first(database, "SELECT id FROM account WHERE user_id = :id")
            self.posts = self._first(database, "SELECT id FROM post WHERE user_id = :id")
            self.pictures = set(self._first(database, mine.format("=")))
            self.pictures_of_others = set(self._first(database, mine.format("<>")))

    def _first(self, database: sqlite3.Connection, sql: str) -> list[Any]:
        return [row[0] for row in database.execute(sql, {"id": self.user_id})]

    def is_gone(self) -> None:
        assert leftovers(self._app, self.user_id, self.accounts, self.posts) == []
        names = {path.name for path in kept_files(self._app)}
        assert not names & (self.pictures - self.pictures_of_others)
        assert names >= self.pictures_of_others
        with sqlite3.connect(self._app.app.settings.database) as database:
            assert database.execute("PRAGMA foreign_key_check").fetchall() == []
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


async def with_everything(app: AppHarness) -> tuple[Caller, Owned]:
    """mira, who owns something of every kind, and juno, who administers beside her."""
    mira = await app.sign_in("mira")
    await fill(app, mira)
    await app.app.people.promote((await app.app.people.named("juno")).id)
    return mira, Owned(app, await me(mira))


async def test_a_person_with_something_in_every_room_leaves_nothing(app: AppHarness) -> None:
    mira, owned = await with_everything(app)
    await app.app.people.disable(owned.user_id)

    await app.app.office.removal.begin(owned.user_id, name="mira")
    await app.app.office.removal.finish()

    owned.is_gone()
    assert [user.name for user in await app.app.people.users()] == ["juno"]
    assert (await mira.get("/api/me")).status == 401
    said = [entry.what for entry in await app.app.office.log.audit(before=None, limit=10)]
    assert {"person.leaving", "person.removed"} <= set(said)


class Killed(BaseException):
    """The process ends here."""


class DyingStore:
    """A store whose process is killed in one of its transactions: what was not committed never was."""

    def __init__(self, app: AppHarness, lives: int) -> None:
        self._store, self._lives = app.app.store, lives

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Any]:
        async with self._store.transaction() as tx:
            yield tx
            self._lives -= 1
            if self._lives < 0:
                raise Killed


async def test_a_removal_that_is_killed_again_and_again_is_finished(app: AppHarness) -> None:
    _, owned = await with_everything(app)
    parts = app.app
    await parts.people.disable(owned.user_id)
    dying = Removal(DyingStore(app, 1), parts.images, parts.clock)
    await dying.begin(owned.user_id, name="mira")
    deaths, lives = 0, 5

    while (await parts.people.users())[0].id == owned.user_id:
        try:
            await Removal(DyingStore(app, lives), parts.images, parts.clock).finish()
        except Killed:
            deaths, lives = deaths + 1, lives + 12

    assert deaths > 3
    owned.is_gone()


async def test_the_next_start_goes_on_where_a_removal_stopped(tmp_path: Path) -> None:
    home = tmp_path / "home"
    async with running_app(home, OPEN_SIGNUP="1") as first:
        await first.sign_in("mira")
        juno = await me(await first.sign_in("juno"))
        await first.app.people.disable(juno)
        parts = first.app
        await Removal(parts.store, parts.images, parts.clock).begin(juno, name="juno")

    async with running_app(home, OPEN_SIGNUP="1") as second:

        async def is_alone() -> bool:
            return len(await second.app.people.users()) == 1

        await eventually(is_alone)

        Owned(second, juno).is_gone()


async def test_who_may_remove_whom_and_when(app: AppHarness) -> None:
    mira = await me(await app.sign_in("mira"))
    juno = await me(await app.sign_in("juno"))
    removal, admin, member = app.app.office.removal, Actor(mira, "mira"), Actor(juno, "juno")

    with pytest.raises(NotFound):
        await removal.begin(mira, name="mira", by=member)
    with pytest.raises(WrongState, match="administrator"):
        await removal.begin(mira, name="mira", by=admin)
    with pytest.raises(WrongState, match="Disable"):
        await removal.begin(juno, name="juno", by=admin)
    with pytest.raises(InvalidInput):
        await removal.begin(juno, name="yuno", by=member)
    assert (await removal.begin(juno, name="Juno ", by=member)).leaving_at is not None


async def test_nobody_leaves_while_a_picture_is_on_its_way(app: AppHarness) -> None:
    mira, owned = await with_everything(app)
    async with app.app.database.transaction() as connection:
        await connection.run(
            "UPDATE publication SET lease_owner = 'somebody', lease_expires_at = 9999999999"
            " WHERE id = (SELECT min(id) FROM publication)"
        )

    with pytest.raises(InFlight, match="on its way"):
        await app.app.office.removal.begin(owned.user_id, name="mira", by=Actor(owned.user_id, "mira"))

    assert (await mira.get("/api/me")).status == 200


async def test_an_unknown_outcome_does_not_keep_anybody(app: AppHarness) -> None:
    _, owned = await with_everything(app)
    async with app.app.database.transaction() as connection:
        await connection.run(
            "UPDATE publication SET state = 'failed', item_id = '9', publish_sent_at = 1, doubt = 'answer_lost',"
            " failure_kind = 'outcome_unknown' WHERE id = (SELECT min(id) FROM publication)"
        )

    await app.app.office.removal.begin(owned.user_id, name="mira", by=Actor(owned.user_id, "mira"))
    await app.app.office.removal.finish()

    owned.is_gone()


async def test_an_upload_that_arrives_after_its_person_left_is_refused(app: AppHarness) -> None:
    await app.sign_in("mira")
    juno = await me(await app.sign_in("juno"))
    await app.app.people.disable(juno)

    with pytest.raises(NotAllowed, match="ended"):
        await app.app.intake.check(Arrival(user_id=juno, files=()))


async def test_files_in_a_bucket_go_too_and_shared_ones_stay(tmp_path: Path) -> None:
    both, own = a_png(30, 20), a_png(20, 30)
    with s3_server() as endpoint:
        s3 = s3_settings(endpoint, bucket="pictures")
        client = S3Client(s3)
        await (await client.get()).create_bucket(Bucket=s3.bucket)
        settings = {
            "S3_ENDPOINT": endpoint,
            "S3_REGION": s3.region,
            "S3_ACCESS_KEY_ID": s3.access_key_id,
            "S3_SECRET_ACCESS_KEY": s3.secret_access_key,
            "S3_BUCKET_NAME": s3.bucket,
            "S3_FORCE_PATH_STYLE": "1",
            "S3_PRESIGNED_ENDPOINT": endpoint,
        }
        async with running_app(tmp_path / "home", OPEN_SIGNUP="1", **settings) as app:
            mira, juno = await app.sign_in("mira"), await app.sign_in("juno")
            for who, picture in ((mira, both), (juno, both), (juno, own)):
                form = aiohttp.FormData()
                form.add_field("file", picture, filename="a.png", content_type="image/png")
                sent = await (await app.program(who, "upload")).post("/api/comfyui/upload", data=form)
                assert sent.status in {200, 201}, sent.text
            wanted = {"name": "b.png", "bytes": len(own), "mime": "image/png"}
            ticket = (await juno.post("/api/uploads", json=wanted)).body
            async with (
                aiohttp.ClientSession() as browser,
                browser.put(ticket["url"], data=own, headers=ticket["headers"]) as put,
            ):
                assert put.status == 200
            owned = Owned(app, await me(juno))
            await app.app.office.removal.begin(owned.user_id, name="juno", by=Actor(owned.user_id, "juno"))
            await app.app.office.removal.finish()
            listed = await (await client.get()).list_objects_v2(Bucket=s3.bucket)
            await client.close()

    names = {Path(one["Key"]).stem for one in listed["Contents"]}
    assert hashlib.sha256(both).hexdigest() in names
    assert hashlib.sha256(own).hexdigest() not in names
    assert not [one["Key"] for one in listed["Contents"] if "uploads/" in one["Key"]], "nor what nobody completed"
    assert not names & (owned.pictures - owned.pictures_of_others)
