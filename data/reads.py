"""Queries for pages, cards and the API: one hop to a reader for everything a page needs."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from core.account import Account
from core.errors import NotFound
from core.events import Event
from core.ports import Overview, OwnedFile, PostPage, PostQuery
from core.posts.files import PostFile
from core.posts.post import Post, PostStatus
from core.posts.tile import Tile
from core.publishing.publication import Publication
from data import accounts, event_log, looks, post_lists, posts, publications, tiles
from data.database import Database, Row
from data.times import instant, seconds

CALENDAR_MOST = 2000
# In the words of `post_coming_idx`: in a large library most of what has a due time is published.
_COMING = "p.status IN ('scheduled', 'uploading', 'publishing')"


class DatabaseReads:
    def __init__(self, database: Database) -> None:
        self._db = database

    async def posts(self, query: PostQuery) -> PostPage:
        return await self._db.read(lambda connection: _page(connection, query))

    async def count(self, query: PostQuery) -> int:
        def read(connection: sqlite3.Connection) -> int:
            return int(connection.execute(*post_lists.count_statement(query)).fetchone()[0])

        return await self._db.read(read)

    async def post(self, post_id: int, *, user_id: int | None) -> Post:
        def read(connection: sqlite3.Connection) -> Post:
            rows = connection.execute(
                f"SELECT {posts.COLUMNS} FROM post p WHERE p.id = :id AND (:user_id IS NULL OR p.user_id = :user_id)",
                {"id": post_id, "user_id": user_id},
            ).fetchall()
            if not rows:
                raise NotFound
            return _complete(connection, rows)[0]

        return await self._db.read(read)

    async def some(self, post_ids: Sequence[int], *, user_id: int) -> tuple[Post, ...]:
        def read(connection: sqlite3.Connection) -> tuple[Post, ...]:
            rows = connection.execute(
                f"SELECT {posts.COLUMNS} FROM post p"
                " WHERE p.id IN (SELECT value FROM json_each(:ids)) AND p.user_id = :user_id",
                {"ids": json.dumps(list(post_ids)), "user_id": user_id},
            ).fetchall()
            found = {post.id: post for post in _complete(connection, rows)}
            return tuple(found[post_id] for post_id in dict.fromkeys(post_ids) if post_id in found)

        return await self._db.read(read)

    async def beside(self, post: Post, status: PostStatus) -> tuple[int | None, int | None]:
        def read(connection: sqlite3.Connection) -> tuple[int | None, int | None]:
            row = connection.execute(  # both ends of `post_list_idx`
                """
                SELECT (SELECT min(p.id) FROM post p
                         WHERE p.user_id = :user_id AND p.status = :status AND p.id > :id) AS newer,
                       (SELECT max(p.id) FROM post p
                         WHERE p.user_id = :user_id AND p.status = :status AND p.id < :id) AS older
                """,
                {"user_id": post.user_id, "status": status, "id": post.id},
            ).fetchone()
            return row["newer"], row["older"]

        return await self._db.read(read)

    async def history(self, post_id: int, *, limit: int = 200) -> tuple[Event, ...]:
        return await self._events(
            f"SELECT {event_log.COLUMNS} FROM post_event e WHERE e.post_id = :id ORDER BY e.id DESC LIMIT :limit",
            {"id": post_id, "limit": limit},
        )

    async def file(self, file_id: int) -> OwnedFile:
        def read(connection: sqlite3.Connection) -> OwnedFile:
            row = connection.execute(
                f"SELECT {posts.FILE_COLUMNS}, f.metadata, p.user_id FROM file f JOIN post p ON p.id = f.post_id"
                " WHERE f.id = :id",
                {"id": file_id},
            ).fetchone()
            if row is None:
                raise NotFound
            return OwnedFile(posts.file_from(row), row["user_id"], row["metadata"])

        return await self._db.read(read)

    async def between(self, user_id: int, start: datetime, end: datetime) -> tuple[Post, ...]:
        def read(connection: sqlite3.Connection) -> tuple[Post, ...]:
            rows = connection.execute(
                f"""
                SELECT {posts.COLUMNS} FROM post p
                 WHERE p.user_id = :user_id AND p.status <> 'discarded' AND p.due_at >= :start AND p.due_at < :end
                UNION ALL
                SELECT {posts.COLUMNS} FROM post p
                 WHERE p.user_id = :user_id AND p.status = 'published' AND p.due_at IS NULL
                   AND p.published_at >= :start AND p.published_at < :end
                 LIMIT :most
                """,
                {"user_id": user_id, "start": seconds(start), "end": seconds(end), "most": CALENDAR_MOST},
            ).fetchall()
            found = _complete(connection, rows)
            return tuple(sorted(found, key=lambda post: (_calendar_instant(post), post.id)))

        return await self._db.read(read)

    async def tiles(self, user_id: int, start: datetime, end: datetime) -> tuple[Tile, ...]:
        return await self._db.read(lambda connection: tiles.tiles(connection, user_id, start, end))

    async def overview(self, user_id: int) -> Overview:
        return await self._db.read(lambda connection: _overview(connection, user_id))

    async def accounts(self, user_id: int) -> tuple[Account, ...]:
        return await self._db.read(lambda connection: _accounts(connection, user_id))

    async def count_posts(self) -> dict[str, int]:
        def read(connection: sqlite3.Connection) -> dict[str, int]:
            rows = connection.execute("SELECT status, sum(posts) AS posts FROM post_count GROUP BY status")
            return {status.value: 0 for status in PostStatus} | {row["status"]: int(row["posts"]) for row in rows}

        return await self._db.read(read)

    async def events_after(self, event_id: int, *, user_id: int | None, limit: int = 500) -> tuple[Event, ...]:
        whose = "" if user_id is None else "AND e.user_id = :user_id"
        return await self._events(
            f"SELECT {event_log.COLUMNS} FROM post_event e WHERE e.id > :after {whose} ORDER BY e.id LIMIT :limit",
            {"after": event_id, "user_id": user_id, "limit": limit},
        )

    async def last_event_id(self) -> int:
        def read(connection: sqlite3.Connection) -> int:
            row = connection.execute("SELECT coalesce(max(id), 0) FROM post_event").fetchone()
            return int(row[0])

        return await self._db.read(read)

    async def near_twins(self, user_id: int, phash: str, *, except_post: int, limit: int = 5) -> tuple[int, ...]:
        return await self._db.read(
            lambda connection: looks.near_twins(connection, user_id, phash, except_post=except_post, limit=limit)
        )

    async def underived_files(self, *, after: int, limit: int) -> tuple[PostFile, ...]:
        def read(connection: sqlite3.Connection) -> tuple[PostFile, ...]:
            rows = connection.execute(
                f"SELECT {posts.FILE_COLUMNS} FROM file f WHERE f.derived_at IS NULL AND f.id > :after"
                " ORDER BY f.id LIMIT :limit",
                {"after": after, "limit": limit},
            )
            return tuple(map(posts.file_from, rows))

        return await self._db.read(read)

    async def _events(self, sql: str, params: dict[str, Any]) -> tuple[Event, ...]:
        def read(connection: sqlite3.Connection) -> tuple[Event, ...]:
            return tuple(map(event_log.event_from, connection.execute(sql, params)))

        return await self._db.read(read)


def _page(connection: sqlite3.Connection, query: PostQuery) -> PostPage:
    sql, params = post_lists.page_statement(query)
    rows = connection.execute(sql, params).fetchall()
    page, more = rows[: query.limit], len(rows) > query.limit
    cursor = post_lists.cursor_after(page[-1], post_lists.order_of(query)) if more else None
    return PostPage(_complete(connection, page), cursor, _total(connection, query))


def _total(connection: sqlite3.Connection, query: PostQuery) -> int | None:
    """From counters; None where only counting the rows could tell."""
    if post_lists.is_narrowed(query):
        return None
    wanted = {str(status) for status in query.statuses}
    return sum(
        int(row["posts"])
        for row in connection.execute(
            "SELECT account_id, status, posts FROM post_count WHERE user_id = :user_id", {"user_id": query.user_id}
        )
        if (row["status"] in wanted if wanted else row["status"] != "discarded")
        and (query.account_id is None or row["account_id"] == query.account_id)
    )


def _complete(connection: sqlite3.Connection, rows: Sequence[Row]) -> tuple[Post, ...]:
    """Posts with their files and publications, two statements for all of them."""
    if not rows:
        return ()
    ids = json.dumps([row["id"] for row in rows])
    files: dict[int, list[PostFile]] = defaultdict(list)
    of_post: dict[int, list[Publication]] = defaultdict(list)
    within = "IN (SELECT value FROM json_each(:ids))"
    for row in connection.execute(
        f"SELECT {posts.FILE_COLUMNS} FROM file f WHERE f.post_id {within} ORDER BY f.post_id, f.position",
        {"ids": ids},
    ):
        files[row["post_id"]].append(posts.file_from(row))
    for row in connection.execute(
        f"SELECT {publications.COLUMNS} FROM publication q WHERE q.post_id {within} ORDER BY q.id", {"ids": ids}
    ):
        of_post[row["post_id"]].append(publications.publication_from(row))
    return tuple(posts.post_from(row, files[row["id"]], of_post[row["id"]]) for row in rows)


def _accounts(connection: sqlite3.Connection, user_id: int) -> tuple[Account, ...]:
    rows = connection.execute(
        f"SELECT {accounts.COLUMNS} FROM account a WHERE a.user_id = :user_id ORDER BY a.id", {"user_id": user_id}
    )
    return tuple(map(accounts.account_from, rows))


def _overview(connection: sqlite3.Connection, user_id: int) -> Overview:
    me = {"user_id": user_id}
    counts: dict[str, int] = {}
    for row in connection.execute("SELECT status, posts FROM post_count WHERE user_id = :user_id", me):
        counts[row["status"]] = counts.get(row["status"], 0) + row["posts"]
    user = connection.execute("SELECT paused_at, role FROM user WHERE id = :user_id", me).fetchone()
    released = connection.execute("SELECT value FROM instance_state WHERE name = 'publishing_paused'").fetchone()
    if user is None:
        raise NotFound
    last = connection.execute("SELECT coalesce(max(id), 0) FROM post_event").fetchone()
    return Overview(
        counts=counts,
        accounts=_accounts(connection, user_id),
        next_up=_some(
            connection,
            me,
            f"{_COMING} AND p.status <> 'publishing' AND p.due_at IS NOT NULL ORDER BY p.due_at, p.id",
            10,
        ),
        needs_person=_some(connection, me, "p.status = 'failed' ORDER BY p.id DESC", 10),
        instance_paused=bool(released) and released["value"] not in {"null", "false"},
        paused_at=instant(user["paused_at"]),
        last_event_id=int(last[0]),
        is_admin=user["role"] == "admin",
    )


def _some(connection: sqlite3.Connection, me: dict[str, int], which: str, most: int) -> tuple[Post, ...]:
    rows = connection.execute(
        f"SELECT {posts.COLUMNS} FROM post p WHERE p.user_id = :user_id AND {which} LIMIT :most", me | {"most": most}
    ).fetchall()
    return _complete(connection, rows)


def _calendar_instant(post: Post) -> datetime:
    moment = post.plan.due_at if post.plan else post.published_at
    assert moment is not None  # noqa: S101 - `between` selects by one of the two
    return moment
