"""A large library, row by row as the store would have written it: mixed statuses, tags, words, history, publications.

Through the front door 100,000 posts would take an hour; `library.py` makes the people, accounts and pictures.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from core.account import Account
from core.notices import CONSUMER as MAIL
from core.posts.files import NewFile
from core.published.errands import CONSUMER as ERRANDS
from core.webhooks.dispatcher import CONSUMER as WEBHOOKS
from data.database import connect_sync

DAY = 86_400
# Shares of a library that has been in use for years; what is left over is published.
SHARES = {"review": 0.02, "draft": 0.15, "scheduled": 0.04, "failed": 0.002, "discarded": 0.03}
SCHEDULED_DAYS, PUBLISHED_DAYS = 120, 1500
_WORDS = """
amber night sky lantern river moth glass harbour winter garden study fox ember tower cloud path silver meadow storm
portrait dusk coral machine orchard feather island copper mirror valley bloom atlas comet
"""
WORDS = tuple(_WORDS.split())
TAGS = tuple(f"{first}{second}" for first in WORDS[:20] for second in WORDS[20:])


@dataclass(frozen=True, slots=True)
class Shelf:
    """Whose library it is, and the pictures that its posts show in turn."""

    user_id: int
    account_ids: tuple[int, ...]
    files: tuple[NewFile, ...]
    thumb: tuple[int, int] = (480, 360)
    shares: Mapping[str, float] = field(default_factory=lambda: SHARES)
    scheduled_days: int = SCHEDULED_DAYS


def fill_posts(path: Path, shelf: Shelf, posts: int, *, now: int) -> dict[str, int]:
    """Adds *posts*; how many of each status, of which the newest ids are spread evenly."""
    connection = connect_sync(path)
    connection.execute("PRAGMA synchronous=OFF")
    random = Random(posts)
    counts: dict[str, int] = {}
    connection.execute("BEGIN IMMEDIATE")
    first = connection.execute("SELECT coalesce(max(id), 0) + 1 FROM post").fetchone()[0]
    for number in range(posts):
        status = _status(shelf.shares, random)
        counts[status] = counts.get(status, 0) + 1
        _add(connection, shelf, first + number, status, random, now)
    all_heard(connection)
    connection.execute("COMMIT")
    connection.execute("ANALYZE")
    connection.close()
    return counts


def all_heard(connection: sqlite3.Connection) -> None:
    """Nobody catches up with years of history while something else is measured."""
    connection.executemany(
        "INSERT INTO consumer_position SELECT ?, coalesce(max(id), 0) FROM post_event WHERE true"
        " ON CONFLICT DO UPDATE SET event_id = excluded.event_id",
        [(MAIL,), (ERRANDS,), (WEBHOOKS,)],
    )


def fill_rows(path: Path, account: Account, file: NewFile, posts: int) -> None:
    """Adds *posts* that were published, with file, publication and two events each, in a few statements: for what
    reads rows alone. There are no words to find them by."""
    connection = connect_sync(path)
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("BEGIN IMMEDIATE")
    asked = {"user": account.user_id, "account": account.id, "posts": posts, "words": " ".join(WORDS)}
    asked |= {"name": file.name, "mime": file.mime, "bytes": file.bytes, "width": file.width, "height": file.height}
    for statement in _ROWS:
        connection.execute(statement, asked)
    connection.execute("COMMIT")
    connection.execute("ANALYZE")
    connection.close()


# A picture of its own for each post, as its hash says; none of them is on disk, as after the retention.
_ROWS = (
    """
    INSERT INTO post (id, user_id, account_id, status, title, description, tags, is_mature, is_ai_generated, due_at,
                      due_local, time_zone, source, published_at, created_at, updated_at)
    WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < :posts)
    SELECT value, :user, :account, 'published', 'Amber night sky lantern ' || value,
           '<p>' || :words || ' ' || value || '</p>', '["amber", "night", "sky", "work' || value || '"]', 0, 1,
           1600000000 + value * 60, '2026-01-01T09:00', 'UTC', 'benchmark', 1600000000 + value * 60,
           1590000000 + value * 60, 1600000000 + value * 60
      FROM n
    """,
    """
    INSERT INTO file (id, post_id, position, name, mime, bytes, width, height, sha256, thumb_width, thumb_height,
                      phash, derived_at, metadata, created_at)
    SELECT id, id, 0, :name, :mime, :bytes, :width, :height, printf('%064x', id), 480, 360, printf('%016x', id),
           created_at, json_object('prompt', :words, 'model', 'base', 'seed', id), created_at
      FROM post
    """,
    """
    INSERT INTO publication (id, post_id, file_id, account_id, state, stored_title, due_at, item_id, publish_sent_at,
                             published_at, deviation_id, deviation_url)
    SELECT id, id, id, :account, 'published', title, due_at, id, published_at, published_at, printf('%032X', id),
           'https://www.deviantart.com/mira/art/Work-' || id
      FROM post
    """,
    """
    INSERT INTO post_event (at, user_id, post_id, account_id, kind, text, actor, status, version)
    SELECT created_at, :user, id, :account, 'post.created', 'Arrived from the browser.', 'mira', 'review', 1 FROM post
     UNION ALL
    SELECT published_at, :user, id, :account, 'publication.published', 'Published on DeviantArt.', NULL,
           'published', 2
      FROM post
    """,
)


def _status(shares: Mapping[str, float], random: Random) -> str:
    left = random.random()
    for status, share in shares.items():
        if left < share:
            return status
        left -= share
    return "published"


def _add(connection: sqlite3.Connection, shelf: Shelf, post_id: int, status: str, random: Random, now: int) -> None:
    at = now - random.randrange(PUBLISHED_DAYS * DAY)
    account = shelf.account_ids[post_id % len(shelf.account_ids)]
    title = " ".join(random.sample(WORDS, 4)).capitalize() + f" {post_id}"
    tags = random.sample(TAGS, 8)
    due, published = _times(status, shelf.scheduled_days, random, now)
    insert(
        connection,
        "post",
        {
            "id": post_id,
            "user_id": shelf.user_id,
            "account_id": account,
            "status": status,
            "title": title,
            "description": "<p>" + " ".join(random.choices(WORDS, k=30)) + "</p>",
            "tags": json.dumps(tags),
            "is_mature": 0,  # so that a list of what is mature has to look at everything
            "is_ai_generated": 1,
            "ready": 1,
            "due_at": due,
            "due_local": None if due is None else _local(connection, due),
            "time_zone": None if due is None else "UTC",
            "source": "benchmark",
            "published_at": published,
            "discarded_at": at if status == "discarded" else None,
            "discarded_from": "draft" if status == "discarded" else None,
            "created_at": at,
            "updated_at": at,
        },
    )
    for tag in tags:
        insert(connection, "post_tag", {"user_id": shelf.user_id, "tag": tag, "post_id": post_id})
    words = {
        "title": title,
        "tags": " ".join(tags),
        "prompt": " ".join(random.choices(WORDS, k=12)),
        "model": f"base {post_id}",
    }
    insert(connection, "post_search", {"rowid": post_id, **words})
    file_id = _add_file(connection, shelf, post_id, random, at)
    if status not in ("review", "draft", "discarded"):
        insert(connection, "publication", _publication(post_id, file_id, account, status, title, due, published))
    for kind, text in _history(status):
        event = {"at": at, "user_id": shelf.user_id, "post_id": post_id, "account_id": account, "kind": kind}
        insert(connection, "post_event", {**event, "text": text, "actor": "mira", "status": status, "version": 1})


def _times(status: str, days: int, random: Random, now: int) -> tuple[int | None, int | None]:
    """When it is due and when it went public, to the minute."""
    minute = now - now % 60
    past = minute - random.randrange(60, PUBLISHED_DAYS * DAY) // 60 * 60
    if status == "scheduled":
        return minute + 3600 + random.randrange(days * DAY) // 60 * 60, None
    if status == "published":
        return past, past
    return (past, None) if status == "failed" else (None, None)


def _local(connection: sqlite3.Connection, due: int) -> str:
    return str(connection.execute("SELECT strftime('%Y-%m-%dT%H:%M', ?, 'unixepoch')", (due,)).fetchone()[0])


def _add_file(connection: sqlite3.Connection, shelf: Shelf, post_id: int, random: Random, at: int) -> int:
    file = shelf.files[post_id % len(shelf.files)]
    values = {
        "post_id": post_id,
        "position": 0,
        "name": file.name,
        "mime": file.mime,
        "bytes": file.bytes,
        "width": file.width,
        "height": file.height,
        "sha256": file.sha256,
        "thumb_width": shelf.thumb[0],
        "thumb_height": shelf.thumb[1],
        "phash": f"{random.getrandbits(64):016x}",
        "derived_at": at,
        "metadata": json.dumps({"prompt": " ".join(random.choices(WORDS, k=40)), "model": "base", "seed": post_id}),
        "created_at": at,
    }
    return insert(connection, "file", values)


def _publication(
    post_id: int, file_id: int, account: int, status: str, title: str, due: int | None, published: int | None
) -> dict[str, object]:
    values: dict[str, object] = {
        "post_id": post_id,
        "file_id": file_id,
        "account_id": account,
        "state": status,
        "stored_title": title,
        "due_at": due,
    }
    if status == "scheduled":
        return values | {"ready_at": due}
    if status == "failed":
        said = "DeviantArt refused the upload: the title holds a word that it does not take."
        return values | {"failure_step": "submit", "failure_kind": "refused", "failure_message": said, "attempts": 1}
    url = f"https://www.deviantart.com/mira/art/Work-{post_id}"
    item = {"item_id": str(post_id), "publish_sent_at": published, "published_at": published}
    return values | item | {"deviation_id": f"{post_id:032X}", "deviation_url": url}


def _history(status: str) -> Iterator[tuple[str, str]]:
    yield "created", "Arrived from the browser."
    if status != "review":
        yield "approved", "Approved."
    if status in ("scheduled", "published", "failed"):
        yield "scheduled", "Scheduled."
    if status == "published":
        yield "published", "Published."


def insert(connection: sqlite3.Connection, table: str, values: dict[str, object]) -> int:
    names = ", ".join(values)
    asked = f"INSERT INTO {table} ({names}) VALUES ({', '.join(':' + name for name in values)})"
    return int(connection.execute(asked, values).lastrowid or 0)
