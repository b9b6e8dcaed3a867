"""What calendars show of a period: one statement, a row for each post."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from core.posts.post import PostStatus
from core.posts.tile import FullDay, Tile
from data.times import instant, seconds
from data.whose import WHOSE

TILES_MOST = 4000
# Few posts can be in doubt: CASE, unlike AND, looks up the publications of those alone.
_COLUMNS = """
       p.id AS id, p.account_id, p.version, p.title, p.status, p.held, p.is_mature, p.due_at,
       CASE WHEN p.status IN ('publishing', 'failed') THEN EXISTS (
           SELECT 1 FROM publication q
            WHERE q.post_id = p.id AND q.publish_sent_at IS NOT NULL AND q.state <> 'published') END AS in_doubt,
       f.id AS file_id, f.name AS file_name, f.mime
"""
_COVER = """
  LEFT JOIN file f ON f.id = (
      SELECT c.id FROM file c WHERE c.post_id = p.id ORDER BY c.chosen DESC, c.position LIMIT 1)
"""
_NARROWED = "AND (:account_id IS NULL OR p.account_id = :account_id)"
_DUE = f"p.user_id = {WHOSE} AND p.status <> 'discarded' AND p.due_at >= :start AND p.due_at < :end {_NARROWED}"
_WENT_OUT = f"""
       p.user_id = {WHOSE} AND p.status = 'published' AND p.due_at IS NULL
   AND p.published_at >= :start AND p.published_at < :end {_NARROWED}"""
# Each half walks an index in the order wanted, so that SQLite merges them and stops at the limit.
_TILES = f"""
SELECT {_COLUMNS}, p.due_at AS at FROM post p {_COVER} WHERE {_DUE}
UNION ALL
SELECT {_COLUMNS}, p.published_at AS at FROM post p {_COVER} WHERE {_WENT_OUT}
 ORDER BY at, id
 LIMIT :most
"""
_HOW_MANY = f"""
SELECT (SELECT count(*) FROM post p WHERE {_DUE}) + (SELECT count(*) FROM post p WHERE {_WENT_OUT})
"""


def tiles(
    connection: sqlite3.Connection,
    user_id: int,
    start: datetime,
    end: datetime,
    *,
    account_id: int | None,
    limit: int | None = None,
) -> tuple[Tile, ...]:
    period = {"start": seconds(start), "end": seconds(end), "most": min(limit or TILES_MOST, TILES_MOST)}
    cursor = connection.cursor()
    cursor.row_factory = None  # thousands of rows: names cost as much as the query
    found = cursor.execute(_TILES, period | {"user_id": user_id, "account_id": account_id})
    return tuple(map(_tile, found))


def full_days(
    connection: sqlite3.Connection,
    user_id: int,
    days: Sequence[tuple[datetime, datetime]],
    *,
    account_id: int | None,
    each: int,
) -> tuple[FullDay, ...]:
    """Their covers are looked up for those alone that are shown."""
    found = []
    for start, end in days:
        shown = tiles(connection, user_id, start, end, account_id=account_id, limit=each)
        many = len(shown)
        if many == each:
            period = {"user_id": user_id, "account_id": account_id, "start": seconds(start), "end": seconds(end)}
            (many,) = connection.execute(_HOW_MANY, period).fetchone()
        found.append(FullDay(shown, many - len(shown)))
    return tuple(found)


_STATUSES = {status.value: status for status in PostStatus}


def _tile(values: tuple[Any, ...]) -> Tile:
    """From `_COLUMNS` and `at`."""
    (
        post_id, account_id, version, title, status, held, is_mature, due_at, in_doubt, file_id, file_name, mime, at
    ) = values  # fmt: skip
    is_picture = mime is not None and not mime.startswith("video/")
    shown_at = instant(at)
    return Tile(
        post_id,
        account_id,
        version,
        title or file_name or "Untitled",
        _STATUSES[status],
        bool(held),
        bool(in_doubt),
        bool(is_mature),
        shown_at,
        shown_at if due_at == at else instant(due_at),
        file_id if is_picture else None,
    )
