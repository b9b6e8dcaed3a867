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
from core.people.access import AccountRole, Shared
from core.ports import Neighbours, Overview, OwnedFile, PostPage, PostQuery
from core.posts.edits import Edit
from core.posts.files import PostFile
from core.posts.post import Post, PostStatus
from core.posts.tile import FullDay, Tile
from core.publishing.publication import Publication
from data import accounts, event_log, looks, post_edits, post_lists, posts, publications, tiles
from data.database import Database, Row
from data.times import instant, seconds
from data.whose import SEEN, WHOSE

CALENDAR_MOST = 2000
LAST_ID = 2**63 - 1
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
                f"SELECT {posts.COLUMNS} FROM post p WHERE p.id = :id AND {SEEN}",
                {"id": post_id, "user_id": user_id},
            ).fetchall()
            if not rows:
                raise NotFound
            return _complete(connection, rows)[0]

        return await self._db.read(read)

    async def some(self, post_ids: Sequence[int], *, user_id: int) -> tuple[Post, ...]:
        def read(connection: sqlite3.Connection) -> tuple[Post, ...]:
            rows = connection.execute(
                f"SELECT {posts.COLUMNS} FROM post p WHERE p.id IN (SELECT value FROM json_each(:ids)) AND {SEEN}",
                {"ids": json.dumps(list(post_ids)), "user_id": user_id},
            ).fetchall()
            found = {post.id: post for post in _complete(connection, rows)}
            return tuple(found[post_id] for post_id in dict.fromkeys(post_ids) if post_id in found)

        return await self._db.read(read)

    async def beside(self, post: Post, status: PostStatus, *, account_id: int | None = None) -> Neighbours:
        def read(connection: sqlite3.Connection) -> Neighbours:
            among = "p.user_id = :user_id" if account_id is None else "p.account_id = :account_id"
            row = connection.execute(  # two stretches of `post_list_idx`, or of `post_account_idx`
                f"""
                SELECT newer.id AS newer, newer.many AS ahead, older.id AS older, older.many AS behind
                  FROM (SELECT min(p.id) AS id, count(*) AS many
                          FROM post p WHERE {among} AND p.status = :status AND p.id > :id) newer,
                       (SELECT max(p.id) AS id, count(*) AS many
                          FROM post p WHERE {among} AND p.status = :status AND p.id < :id) older
                """,
                {"user_id": post.user_id, "account_id": account_id, "status": status, "id": post.id},
            ).fetchone()
            return Neighbours(row["newer"], row["older"], row["ahead"], row["behind"])

        return await self._db.read(read)

    async def history(self, post_id: int, *, limit: int = 200, before: int | None = None) -> tuple[Event, ...]:
        return await self._events(
            f"SELECT {event_log.COLUMNS} FROM post_event e WHERE e.post_id = :id AND e.id < :before"
            " ORDER BY e.id DESC LIMIT :limit",
            {"id": post_id, "limit": limit, "before": LAST_ID if before is None else before},
        )

    async def edits(self, post_id: int, *, limit: int = 50) -> tuple[Edit, ...]:
        return await self._db.read(lambda connection: post_edits.latest(connection, post_id, limit))

    async def file(self, file_id: int, *, user_id: int | None) -> OwnedFile:
        def read(connection: sqlite3.Connection) -> OwnedFile:
            row = connection.execute(
                f"SELECT {posts.FILE_COLUMNS}, f.metadata FROM file f JOIN post p ON p.id = f.post_id"
                f" WHERE f.id = :id AND {SEEN}",
                {"id": file_id, "user_id": user_id},
            ).fetchone()
            if row is None:
                raise NotFound
            return OwnedFile(posts.file_from(row), row["metadata"])

        return await self._db.read(read)

    async def between(
        self, user_id: int, start: datetime, end: datetime, *, account_id: int | None = None
    ) -> tuple[Post, ...]:
        def read(connection: sqlite3.Connection) -> tuple[Post, ...]:
            narrowed = "AND (:account_id IS NULL OR p.account_id = :account_id)"
            rows = connection.execute(
                f"""
                SELECT {posts.COLUMNS} FROM post p
                 WHERE p.user_id = {WHOSE} AND p.status <> 'discarded' AND p.due_at >= :start AND p.due_at < :end
                       {narrowed}
                UNION ALL
                SELECT {posts.COLUMNS} FROM post p
                 WHERE p.user_id = {WHOSE} AND p.status = 'published' AND p.due_at IS NULL
                   AND p.published_at >= :start AND p.published_at < :end {narrowed}
                 LIMIT :most
                """,
                {"start": seconds(start), "end": seconds(end), "most": CALENDAR_MOST}
                | {"user_id": user_id, "account_id": account_id},
            ).fetchall()
            found = _complete(connection, rows)
            return tuple(sorted(found, key=lambda post: (_calendar_instant(post), post.id)))

        return await self._db.read(read)

    async def tiles(
        self,
        user_id: int,
        start: datetime,
        end: datetime,
        *,
        account_id: int | None = None,
        limit: int | None = None,
    ) -> tuple[Tile, ...]:
        return await self._db.read(
            lambda connection: tiles.tiles(connection, user_id, start, end, account_id=account_id, limit=limit)
        )

    async def full_days(
        self, user_id: int, days: Sequence[tuple[datetime, datetime]], *, account_id: int | None, each: int
    ) -> tuple[FullDay, ...]:
        return await self._db.read(
            lambda connection: tiles.full_days(connection, user_id, days, account_id=account_id, each=each)
        )

    async def overview(self, user_id: int, *, account_id: int | None = None) -> Overview:
        return await self._db.read(lambda connection: _overview(connection, user_id, account_id))

    async def shared(self, user_id: int) -> tuple[Shared, ...]:
        return await self._db.read(lambda connection: _shared(connection, user_id))

    async def accounts(self, user_id: int) -> tuple[Account, ...]:
        return await self._db.read(lambda connection: _accounts(connection, user_id))

    async def count_posts(self) -> dict[str, int]:
        def read(connection: sqlite3.Connection) -> dict[str, int]:
            rows = connection.execute("SELECT status, sum(posts) AS posts FROM post_count GROUP BY status")
            return {status.value: 0 for status in PostStatus} | {row["status"]: int(row["posts"]) for row in rows}

        return await self._db.read(read)

    async def events_after(self, event_id: int, *, user_id: int | None, limit: int = 500) -> tuple[Event, ...]:
        if user_id is None:
            of_all = f"SELECT {event_log.COLUMNS} FROM post_event e WHERE e.id > :after ORDER BY e.id LIMIT :limit"
            return await self._events(of_all, {"after": event_id, "limit": limit})
        # Theirs, and those of the owners who share accounts with them. Where one person has nearly all of the log the
        # planner would rather read it whole, for every page anew: both halves are told their index.
        return await self._events(
            f"""
            SELECT {event_log.COLUMNS} FROM post_event e INDEXED BY post_event_user_idx
             WHERE e.user_id = :user_id AND e.id > :after
            UNION ALL
            SELECT {event_log.COLUMNS} FROM post_event e INDEXED BY post_event_user_idx
             WHERE e.user_id IN (SELECT x.user_id FROM account_share y JOIN account x ON x.id = y.account_id
                                  WHERE y.user_id = :user_id)
               AND e.id > :after
               AND e.account_id IN (SELECT y.account_id FROM account_share y WHERE y.user_id = :user_id)
             ORDER BY 1 LIMIT :limit
            """,
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
    rows: list[Row] = []
    if glance := post_lists.glance_statement(query):
        rows = connection.execute(*glance).fetchall()
    if len(rows) <= query.limit:
        rows = connection.execute(*post_lists.page_statement(query)).fetchall()
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
            f"SELECT account_id, status, posts FROM post_count WHERE user_id = {WHOSE}",
            {"user_id": query.user_id, "account_id": query.account_id},
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


def _shared(connection: sqlite3.Connection, user_id: int) -> tuple[Shared, ...]:
    rows = connection.execute(
        f"""
        SELECT {accounts.COLUMNS}, s.role, u.name AS owner
          FROM account_share s
          JOIN account a ON a.id = s.account_id
          JOIN user u ON u.id = a.user_id
         WHERE s.user_id = :user_id
         ORDER BY s.account_id
        """,
        {"user_id": user_id},
    )
    return tuple(Shared(accounts.account_from(row), AccountRole(row["role"]), row["owner"]) for row in rows)


def _overview(connection: sqlite3.Connection, user_id: int, account_id: int | None) -> Overview:
    shared = _shared(connection, user_id)
    narrowed = account_id if any(one.account.id == account_id for one in shared) else None
    me = {"user_id": user_id, "account_id": narrowed}
    counts: dict[str, int] = {}
    for row in connection.execute(
        f"SELECT status, posts FROM post_count WHERE user_id = {WHOSE}"
        " AND (:account_id IS NULL OR account_id = :account_id)",
        me,
    ):
        counts[row["status"]] = counts.get(row["status"], 0) + row["posts"]
    user = connection.execute("SELECT paused_at, role FROM user WHERE id = :user_id", me).fetchone()
    released = connection.execute("SELECT value FROM instance_state WHERE name = 'publishing_paused'").fetchone()
    if user is None:
        raise NotFound
    last = connection.execute("SELECT coalesce(max(id), 0) FROM post_event").fetchone()
    return Overview(
        counts=counts,
        accounts=_accounts(connection, user_id),
        shared=shared,
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


def _some(connection: sqlite3.Connection, me: dict[str, int | None], which: str, most: int) -> tuple[Post, ...]:
    whose = (
        "p.user_id = :user_id" if me["account_id"] is None else f"p.user_id = {WHOSE} AND p.account_id = :account_id"
    )
    rows = connection.execute(
        f"SELECT {posts.COLUMNS} FROM post p WHERE {whose} AND {which} LIMIT :most", me | {"most": most}
    ).fetchall()
    return _complete(connection, rows)


def _calendar_instant(post: Post) -> datetime:
    moment = post.plan.due_at if post.plan else post.published_at
    assert moment is not None  # noqa: S101 - `between` selects by one of the two
    return moment
