"""What only a real process shows: locks on its home, signals, a full disk, a locked database, kill -9."""

import json
import re
import signal
import socket
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import aiohttp
import pytest

from core.actor import Actor
from core.app import App, build
from core.clock import SystemClock
from core.deviantart import Artist, TokenPair
from core.planning.wall_clock import planned_at, zone
from core.ports import NewPost
from core.posts.fields import Details
from core.posts.files import NewFile
from core.posts.post import PostStatus
from core.settings import load_settings
from core.users import Role
from data.migrate import bring_up_to_date
from data.sandbox.app import Sandbox
from tests.support.pictures import a_png
from tests.support.process import Process, environment, run, serving
from tests.support.sandbox import a_sandbox
from tests.support.waiting import eventually

PATIENCE = 30.0


def against(sandbox: Sandbox) -> dict[str, str]:
    return {
        "DEVIANTART_BASE_URL": sandbox.base_url,
        "DEVIANTART_CLIENT_ID": "4711",
        "DEVIANTART_CLIENT_SECRET": "secret",
        "RATE_LIMITER_BASE_DELAY_MS": "0",
        "PUBLISH_TIMEOUT_SECONDS": "2",
        "PUBLISH_SETTLE_SECONDS": "3",
    }


async def a_home_with_posts(home: Path, sandbox: Sandbox, titles: list[str], *, after: float = 0) -> None:
    """An account of mira's, and posts due *after* seconds from now."""
    home.mkdir(parents=True, exist_ok=True)
    settings = load_settings(environment(home, **against(sandbox)), {})
    clock = SystemClock()
    bring_up_to_date(settings.database, backups=home / "backups", now=clock.now())
    app = build(
        settings, public_url="http://127.0.0.1", deviantart_url=sandbox.base_url, clock=clock, random=Random(1)
    )
    await app.database.open()
    app.images.prepare()
    try:
        await _fill(app, sandbox, titles, after)
    finally:
        await app.transport.close()
        await app.database.close()
        app.people_reads.close()


async def _fill(app: App, sandbox: Sandbox, titles: list[str], after: float) -> None:
    grant = sandbox.world.grant("mira")
    pair = TokenPair(grant.access_token, grant.refresh_token, timedelta(hours=1), frozenset(grant.scopes))
    async with app.store.transaction() as tx:
        mira = await tx.people.add_user(name="mira", role=Role.ADMIN, time_zone="UTC", at=app.clock.now())
        account = await app.accounts.link(
            tx, user_id=mira.id, artist=Artist(grant.userid or "", "mira", ""), pair=pair
        )
    due_at = (datetime.now(UTC) + timedelta(seconds=after)).replace(microsecond=0)  # noqa: TID251 - another process's
    for number, title in enumerate(titles):
        data = a_png(20 + number, 20)
        async with app.images.incoming(max_bytes=1 << 20) as incoming:
            await incoming.write(data)
            sha256 = await incoming.finish()
            await app.images.keep(incoming.path, sha256, "image/png")
        file = NewFile("a.png", "image/png", len(data), 20 + number, 20, sha256)
        async with app.store.transaction() as tx:
            new = NewPost(mira.id, account.id, PostStatus.DRAFT, Details(title=title), (file,))
            post = await tx.posts.add(new, at=app.clock.now())
        await app.planner.schedule(post.id, planned_at(due_at, zone("UTC")), by=Actor(mira.id, "mira"))


async def a_key(home: Path) -> str:
    made = await run(home, "key", "create", "--user", "mira", "--name", "test", "--scopes", "read,write,publish")
    assert await made.ended() == 0, made.log.read_text()
    found = re.search(r"isk_\w+", made.log.read_text())
    assert found is not None
    return found.group()


async def publish_in(isekai: Process, key: str, post_id: str, *, seconds: int) -> None:
    """Once acknowledged, so that what follows happens before the instant however slow the start was."""
    at = datetime.now(UTC) + timedelta(seconds=seconds)  # noqa: TID251 - another process's
    url = f"{isekai.url}/api/posts/{post_id}/schedule"
    async with (
        aiohttp.ClientSession(headers={"X-API-Key": key}) as session,
        session.post(url, json={"at": at.isoformat()}) as answer,
    ):
        assert answer.status == 200, await answer.text()


def rows(home: Path, sql: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(home / "isekai.db", timeout=10)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def states(home: Path) -> list[object]:
    return [state for (state,) in rows(home, "SELECT state FROM publication ORDER BY id")]


async def test_a_home_belongs_to_one_process(tmp_path: Path) -> None:
    home = tmp_path / "home"
    async with serving(home) as first:
        second = await run(home, "serve")
        assert await second.ended() == 2
        assert "Another Isekai is using" in second.log.read_text()
        assert (await first.get("/ready"))[0] == 200

        backup = tmp_path / "kept.backup"
        copying = await run(home, "backup", str(backup))
        assert await copying.ended() == 0, copying.log.read_text()
        restoring = await run(home, "restore", str(backup))
        assert await restoring.ended() == 2, restoring.log.read_text()
        assert (await first.get("/ready"))[0] == 200


@pytest.mark.parametrize("command", ["serve", "migrate"])
async def test_a_newer_database_is_refused_with_a_sentence_and_left_alone(command: str, tmp_path: Path) -> None:
    database = tmp_path / "isekai.db"
    bring_up_to_date(database, backups=tmp_path, now=datetime(2026, 11, 23, tzinfo=UTC))
    with sqlite3.connect(database) as connection:
        connection.execute("INSERT INTO schema_migration VALUES (9999, '9999_later.sql', 0)")
    connection.close()
    before = database.read_bytes()

    refused = await run(tmp_path, command)

    assert await refused.ended() == 2
    assert "newer version of Isekai (migration 9999)" in refused.log.read_text()
    assert "Traceback" not in refused.log.read_text()
    assert database.read_bytes() == before


async def test_a_taken_address_is_said_without_a_traceback_and_the_home_is_private(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        refused = await run(tmp_path, "serve", ISEKAI_PORT=str(other.getsockname()[1]))

        assert await refused.ended() == 1

    assert "cannot listen on 127.0.0.1" in refused.log.read_text()
    assert "Traceback" not in refused.log.read_text()
    assert (tmp_path / "isekai.db").stat().st_mode & 0o077 == 0


async def test_a_killed_process_leaves_a_home_that_the_next_one_takes_over(tmp_path: Path) -> None:
    home = tmp_path / "home"
    async with serving(home) as first:
        first.process.kill()
        await first.ended()

    async with serving(home) as second:
        assert (await second.get("/ready"))[0] == 200


async def test_a_signal_lets_the_publication_under_way_finish_and_starts_no_other(tmp_path: Path) -> None:
    home = tmp_path / "home"
    async with a_sandbox(SystemClock()) as sandbox:
        await a_home_with_posts(home, sandbox, ["First", "Second"])
        slow = sandbox.faults.on("stash/publish").hangs(1.0)
        async with serving(home, **against(sandbox)) as isekai:
            await eventually(lambda: slow.fired, seconds=PATIENCE)

            isekai.process.send_signal(signal.SIGTERM)
            status = await isekai.ended()

        assert status == 0
        assert [work.title for work in sandbox.world.deviations] == ["First"]
        assert states(home) == ["published", "scheduled"]


async def test_what_does_not_finish_in_time_is_settled_by_the_next_start(tmp_path: Path) -> None:
    home = tmp_path / "home"
    async with a_sandbox(SystemClock()) as sandbox:
        await a_home_with_posts(home, sandbox, ["Harbour"])
        stuck = sandbox.faults.on("stash/publish").hangs(1.8).after_acting()
        async with serving(home, **against(sandbox), DRAIN_SECONDS="0.5") as isekai:
            await eventually(lambda: stuck.fired, seconds=PATIENCE)
            isekai.process.send_signal(signal.SIGTERM)
            await isekai.ended(seconds=10)
        assert states(home) == ["publishing"]

        async with serving(home, **against(sandbox)):
            await eventually(lambda: states(home) == ["published"], seconds=PATIENCE)

        assert len(sandbox.world.deviations) == 1


async def test_a_second_signal_ends_the_process_at_once(tmp_path: Path) -> None:
    home = tmp_path / "home"
    async with a_sandbox(SystemClock()) as sandbox:
        await a_home_with_posts(home, sandbox, ["Harbour"])
        stuck = sandbox.faults.on("stash/submit").hangs(60)
        async with serving(home, **against(sandbox), DRAIN_SECONDS="60") as isekai:
            await eventually(lambda: stuck.fired, seconds=PATIENCE)
            isekai.process.send_signal(signal.SIGTERM)
            await eventually(lambda: "stopping" in isekai.log.read_text(), seconds=PATIENCE)
            isekai.process.send_signal(signal.SIGTERM)

            assert await isekai.ended(seconds=3) != 0

        assert sandbox.world.deviations == []


async def test_nobody_waits_longer_than_the_grace_time_even_for_a_refresh(tmp_path: Path) -> None:
    home = tmp_path / "home"
    async with a_sandbox(SystemClock()) as sandbox:
        await a_home_with_posts(home, sandbox, ["Harbour"], after=3600)
        connection = sqlite3.connect(home / "isekai.db")
        with connection:
            connection.execute("UPDATE account SET refresh_issued_at = 0")
        connection.close()
        stuck = sandbox.faults.on("oauth2/token/refresh_token").hangs(60)
        async with serving(home, **against(sandbox), DRAIN_SECONDS="1") as isekai:
            await eventually(lambda: stuck.fired, seconds=PATIENCE)
            isekai.process.send_signal(signal.SIGTERM)

            await isekai.ended(seconds=5)

        ((started,),) = rows(home, "SELECT refresh_started_at IS NOT NULL FROM account")
        assert started, "the next start knows that the token may be spent"


@pytest.mark.parametrize("moment", [0.0, 0.9])
async def test_a_process_killed_while_it_publishes_leaves_exactly_one_work(tmp_path: Path, moment: float) -> None:
    home = tmp_path / "home"
    async with a_sandbox(SystemClock()) as sandbox:
        await a_home_with_posts(home, sandbox, ["Harbour"])
        fault = sandbox.faults.on("stash/publish").hangs(0.8)
        async with serving(home, **against(sandbox)) as isekai:
            await eventually(lambda: fault.fired, seconds=PATIENCE)
            await SystemClock().sleep(moment)
            isekai.process.kill()
            await isekai.ended()

        async with serving(home, **against(sandbox)):
            await eventually(lambda: states(home) == ["published"], seconds=PATIENCE)

        assert len(sandbox.world.deviations) == 1


async def test_a_locked_database_is_said_in_ready_and_overcome(tmp_path: Path) -> None:
    home = tmp_path / "home"
    async with a_sandbox(SystemClock()) as sandbox:
        await a_home_with_posts(home, sandbox, ["Harbour"], after=3600)
        key = await a_key(home)
        async with serving(home, **against(sandbox), PUBLISH_LEAD_SECONDS="0") as isekai:
            await publish_in(isekai, key, "1", seconds=3)
            locker = sqlite3.connect(home / "isekai.db", isolation_level=None, timeout=10)
            locker.execute("BEGIN IMMEDIATE")
            try:
                await eventually(lambda: "storage unavailable" in isekai.log.read_text(), seconds=PATIENCE)
                status, said = await isekai.get("/ready")
            finally:
                locker.execute("ROLLBACK")
                locker.close()
            await eventually(lambda: sandbox.world.deviations, seconds=PATIENCE)
            await eventually(lambda: states(home) == ["published"], seconds=PATIENCE)

    assert status == 503
    assert json.loads(said)["checks"]["database"] != "ok"


async def test_a_backup_restores_into_an_empty_home_and_waits_for_a_release(tmp_path: Path) -> None:
    home, fresh = tmp_path / "home", tmp_path / "fresh"
    async with a_sandbox(SystemClock()) as sandbox:
        await a_home_with_posts(home, sandbox, ["Harbour"], after=3600)
        backup = tmp_path / "kept.backup"
        copying = await run(home, "backup", str(backup))
        assert await copying.ended() == 0, copying.log.read_text()
        without_key = await run(fresh, "restore", str(backup))
        assert await without_key.ended() == 1
        assert not (fresh / "secret.key").exists(), "a key made up here would open nothing"

        key = (home / "secret.key").read_text().strip()
        restoring = await run(fresh, "restore", str(backup), ISEKAI_SECRET_KEY=key)
        assert await restoring.ended() == 0, restoring.log.read_text()
        (fresh / "secret.key").write_text(key)
        rows_before = rows(fresh, "SELECT count(*) FROM post")
        async with serving(fresh, **against(sandbox)) as isekai:
            assert (await isekai.get("/ready"))[0] == 200

    assert rows_before == [(1,)]
    ((paused,),) = rows(fresh, "SELECT value FROM instance_state WHERE name = 'publishing_paused'")
    assert paused == "true"


async def test_a_passphrase_takes_the_place_of_the_key(tmp_path: Path) -> None:
    home, fresh, backup = tmp_path / "home", tmp_path / "fresh", tmp_path / "kept.backup"
    async with a_sandbox(SystemClock()) as sandbox:
        await a_home_with_posts(home, sandbox, ["Harbour"], after=3600)
    words, others = tmp_path / "words", tmp_path / "others"
    words.write_text("correct horse battery staple\n")
    others.write_text("something else entirely\n")

    copying = await run(home, "backup", str(backup), "--without-pictures", "--passphrase-file", str(words))
    assert await copying.ended() == 0, copying.log.read_text()
    wrong = await run(fresh, "restore", str(backup), "--passphrase-file", str(others))
    assert await wrong.ended() == 1
    right = await run(fresh, "restore", str(backup), "--passphrase-file", str(words))
    assert await right.ended() == 0, right.log.read_text()

    assert rows(fresh, "SELECT count(*) FROM post") == [(1,)]


async def test_a_plain_start_loads_no_library_that_only_some_instances_use(tmp_path: Path) -> None:
    """Each of them takes megabytes for as long as the process lives."""
    async with a_sandbox(SystemClock()) as sandbox:
        settings = against(sandbox) | {"PYTHONPROFILEIMPORTTIME": "1"}
        async with serving(tmp_path / "home", **settings) as isekai:
            assert (await isekai.get("/"))[0] == 200
            loaded = set(re.findall(r"^import time:.*\| +(\w+)$", isekai.log.read_text(), re.MULTILINE))

    assert {"aiohttp", "cryptography"} <= loaded
    heavy = {
        "PIL",
        "aioboto3",
        "aiosmtplib",
        "botocore",
        "dateparser",
        "discord",
        "icalendar",
        "pydantic",
        "pydantic_core",
    }
    assert loaded & heavy == set()
