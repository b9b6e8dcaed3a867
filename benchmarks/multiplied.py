"""A library of a million posts in minutes: one of ten thousand, repeated by SQL under other ids and other times."""

import sqlite3
from pathlib import Path

from benchmarks.filling import Shelf, all_heard, fill_posts
from data.database import connect_sync

SEED_POSTS = 10_000
# Copies of one work lie beside each other in time, not on one instant.
_BESIDE = 2220
_PAST = f"- n.value * {_BESIDE}"
# By table what a copy has of its own: `s` is the row that it repeats, `n.value` which copy it is.
COPIED: dict[str, dict[str, str]] = {
    "post": {
        "id": "s.id + n.value * :posts",
        "due_at": f"s.due_at + n.value * {_BESIDE} * CASE s.status WHEN 'scheduled' THEN 1 ELSE -1 END",
        "due_local": "strftime('%Y-%m-%dT%H:%M', s.due_at + n.value * 2220, 'unixepoch')",
        "published_at": f"s.published_at {_PAST}",
        "created_at": f"s.created_at {_PAST}",
        "updated_at": f"s.updated_at {_PAST}",
    },
    "file": {
        "id": "s.id + n.value * :posts",
        "post_id": "s.post_id + n.value * :posts",
        "sha256": "printf('%064x', s.id + n.value * :posts)",
        "phash": "printf('%016x', random())",
    },
    "publication": {
        "id": "s.id + n.value * :publications",
        "post_id": "s.post_id + n.value * :posts",
        "file_id": "s.file_id + n.value * :posts",
        "due_at": f"s.due_at + n.value * {_BESIDE} * CASE s.state WHEN 'scheduled' THEN 1 ELSE -1 END",
        "ready_at": f"s.ready_at + n.value * {_BESIDE}",
        "published_at": f"s.published_at {_PAST}",
        "publish_sent_at": f"s.publish_sent_at {_PAST}",
        "item_id": "CASE WHEN s.item_id IS NULL THEN NULL ELSE CAST(s.post_id + n.value * :posts AS TEXT) END",
        "deviation_id": "CASE WHEN s.deviation_id IS NULL THEN NULL"
        " ELSE printf('%032X', s.post_id + n.value * :posts) END",
        "deviation_url": "CASE WHEN s.deviation_id IS NULL THEN NULL"
        " ELSE 'https://www.deviantart.com/mira/art/Work-' || (s.post_id + n.value * :posts) END",
    },
    "post_event": {"id": "s.id + n.value * :events", "post_id": "s.post_id + n.value * :posts"},
    "post_tag": {"post_id": "s.post_id + n.value * :posts"},
}


def fill_many(path: Path, shelf: Shelf, posts: int, *, now: int, seed: int = SEED_POSTS) -> None:
    """Into an empty library; beyond *seed*, which are written row by row, in whole multiples of that."""
    fill_posts(path, shelf, min(posts, seed), now=now)
    copies = posts // seed - 1
    if copies < 1:
        return
    connection = connect_sync(path)
    # What breaks off here is filled anew, so nothing has to be safe.
    connection.executescript("PRAGMA synchronous=OFF; PRAGMA cache_size=-1000000; PRAGMA foreign_keys=OFF;")
    connection.execute("BEGIN")
    span = {
        "copies": copies,
        "posts": seed,
        "publications": _most(connection, "publication"),
        "events": _most(connection, "post_event"),
    }
    for table, own in COPIED.items():
        _copy(connection, table, own, span)
    connection.execute(
        "INSERT INTO post_search (rowid, title, tags, prompt, model)"
        " SELECT s.rowid + n.value * :posts, s.title, s.tags, s.prompt, s.model"
        f" FROM ({_NUMBERS}) AS n CROSS JOIN post_search AS s WHERE s.rowid <= :posts",
        span,
    )
    all_heard(connection)
    connection.execute("COMMIT")
    connection.executescript("ANALYZE; PRAGMA wal_checkpoint(TRUNCATE);")
    connection.close()


_NUMBERS = (
    "WITH RECURSIVE number(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM number WHERE value < :copies)"
    " SELECT value FROM number"
)


def _copy(connection: sqlite3.Connection, table: str, own: dict[str, str], span: dict[str, int]) -> None:
    names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    chosen = ", ".join(own.get(name, f"s.{name}") for name in names)
    key = "id" if table == "post" else "post_id"
    connection.execute(
        f"INSERT INTO {table} ({', '.join(names)}) SELECT {chosen}"
        f" FROM ({_NUMBERS}) AS n CROSS JOIN {table} AS s WHERE s.{key} <= :posts",
        span,
    )


def _most(connection: sqlite3.Connection, table: str) -> int:
    return int(connection.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone()[0])
