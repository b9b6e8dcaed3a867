"""Somebody is removed while the process is killed, and killed again."""

import contextlib
import hashlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from core.clock import SystemClock
from core.people.removal import PICTURES_AT_ONCE
from data.images.local import LocalImages
from data.leaving import POSTS_AT_ONCE
from data.sandbox.app import Sandbox
from tests.support.process import run
from tests.support.sandbox import a_sandbox
from tests.support.waiting import eventually
from tests.test_process import PATIENCE, a_home_with_posts, against, rows, states

POSTS = 100
OWN_PICTURES = 60
JUNO = """
INSERT INTO user (id, name, role, created_at, disabled_at, leaving_at) VALUES (7, 'juno', 'member', 1, 1, 1);
INSERT INTO account (id, user_id, artist_id, username, color, status, created_at)
VALUES (7, 7, 'A-7', 'juno', '#336699', 'connected', 1);
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :posts)
INSERT INTO post (id, user_id, account_id, status, created_at, updated_at)
SELECT 1000 + i, 7, 7, 'draft', 1, 1 FROM n;
"""


def a_leaver_beside(home: Path) -> set[str]:
    """Juno, who is leaving, with many posts; one shows a picture of mira's. The hashes that are juno's alone."""
    images = LocalImages(home / "images")
    with contextlib.closing(sqlite3.connect(home / "isekai.db")) as database, database:
        for statement in JUNO.split(";\n")[:-1]:
            database.execute(statement, {"posts": POSTS} if ":posts" in statement else {})
        ((shared,),) = database.execute("SELECT sha256 FROM file").fetchall()
        own = [hashlib.sha256(b"juno %d" % number).hexdigest() for number in range(OWN_PICTURES)]
        for number, sha256 in enumerate([*own, shared]):
            database.execute(
                "INSERT INTO file"
                " (post_id, position, name, mime, bytes, width, height, sha256, derived_at, created_at) VALUES"
                " (?, 0, 'a.png', 'image/png', 9, 1, 1, ?, 1, 1)",
                (1001 + number, sha256),
            )
    for sha256 in own:
        path = images.path_of(sha256)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"a picture")
        os.utime(path, (0, 0))  # long before juno began to leave
    return set(own)


@contextlib.contextmanager
def stopped_at(home: Path, table: str, condition: str) -> Iterator[None]:
    """The row of *table* that cannot be removed meanwhile: whoever removes gets that far, every time."""
    with contextlib.closing(sqlite3.connect(home / "isekai.db", timeout=10)) as database:
        database.execute(
            f"CREATE TRIGGER stop BEFORE DELETE ON {table} WHEN {condition}"
            " BEGIN SELECT RAISE(ABORT, 'not this one'); END"
        )
        yield
        database.execute("DROP TRIGGER stop")


async def killed_where_it_stopped(home: Path, sandbox: Sandbox, count: str, left: int) -> None:
    isekai = await run(home, "serve", **against(sandbox))
    try:
        await eventually(lambda: rows(home, count) == [(left,)], seconds=PATIENCE)
    finally:
        isekai.process.kill()
        await isekai.ended()


async def test_a_removal_goes_on_after_every_kill_and_is_finished_once(tmp_path: Path) -> None:
    home = tmp_path / "home"
    async with a_sandbox(SystemClock()) as sandbox:
        await a_home_with_posts(home, sandbox, ["Harbour"], after=3600)
        own = a_leaver_beside(home)

        with stopped_at(home, "post", "OLD.id = 1050"):
            posts = "SELECT count(*) FROM post WHERE account_id = 7"
            await killed_where_it_stopped(home, sandbox, posts, POSTS - 2 * POSTS_AT_ONCE)
        with stopped_at(home, "leaving_picture", f"OLD.sha256 = '{max(own)}'"):
            # The files of the last few are gone, and that they are is not written down.
            noted = "SELECT count(*) FROM leaving_picture WHERE NOT EXISTS (SELECT 1 FROM post WHERE account_id = 7)"
            await killed_where_it_stopped(home, sandbox, noted, OWN_PICTURES + 1 - PICTURES_AT_ONCE)
        last = await run(home, "serve", **against(sandbox))
        try:
            await eventually(lambda: rows(home, "SELECT name FROM user") == [("mira",)], seconds=PATIENCE)
        finally:
            last.process.terminate()
            await last.ended()

    kept = {path.name for path in (home / "images" / "files").rglob("*") if path.is_file()}
    assert not own & kept
    assert rows(home, "SELECT sha256 FROM file") == [(name,) for name in kept]
    assert states(home) == ["scheduled"]
    assert rows(home, "SELECT count(*) FROM audit WHERE what = 'person.removed'") == [(1,)]
    assert rows(home, "SELECT account_id FROM post") == [(1,)]
