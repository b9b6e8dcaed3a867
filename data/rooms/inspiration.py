"""Copies of what DeviantArt showed, and lists of works to look at later."""

import sqlite3
import zlib
from datetime import datetime

import orjson

from core.inspiration.looks import Look
from core.inspiration.ports import Copy, KeepList
from core.inspiration.works import Shown, from_json, to_json
from data.database import Connection, Database, Row
from data.times import instant, seconds

_LISTS = """
SELECT l.id, l.user_id, l.name, l.created_at,
       (SELECT count(*) FROM kept_work w WHERE w.list_id = l.id) AS works
  FROM keep_list l
 WHERE l.user_id = :user_id
 ORDER BY l.id
"""


class CopyRows:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def put(self, key: bytes, look: Look, viewer: int | None, copy: Copy) -> None:
        content = zlib.compress(orjson.dumps(to_json(copy.page)), 3)
        await self._db.run(
            """
            INSERT INTO inspiration_copy (key, viewer, kind, fetched_at, content, bytes)
            VALUES (:key, :viewer, :kind, :fetched_at, :content, :bytes)
            ON CONFLICT DO UPDATE SET fetched_at = excluded.fetched_at, content = excluded.content,
                                      bytes = excluded.bytes
            """,
            {
                "key": key,
                "viewer": viewer,
                "kind": look.sight,
                "fetched_at": seconds(copy.fetched_at),
                "content": content,
                "bytes": len(content),
            },
        )

    async def sweep(self, *, before: datetime, most_bytes: int) -> int:
        removed = await self._db.run(
            "DELETE FROM inspiration_copy WHERE fetched_at < :before", {"before": seconds(before)}
        )
        return removed + await self._db.run(
            """
            DELETE FROM inspiration_copy
             WHERE key IN (SELECT key
                             FROM (SELECT key, sum(bytes) OVER (ORDER BY fetched_at DESC, key) AS so_far
                                     FROM inspiration_copy)
                            WHERE so_far > :most)
            """,
            {"most": most_bytes},
        )


class CopyReads:
    def __init__(self, database: Database) -> None:
        self._db = database

    async def find(self, key: bytes) -> Copy | None:
        def read(connection: sqlite3.Connection) -> Copy | None:
            row = connection.execute(
                "SELECT fetched_at, content FROM inspiration_copy WHERE key = :key", {"key": key}
            ).fetchone()
            if row is None:
                return None
            try:
                page = from_json(orjson.loads(zlib.decompress(row["content"])))
            except (ValueError, KeyError, TypeError, zlib.error):
                return None  # kept by another version: as good as nothing
            return Copy(page, instant(row["fetched_at"]))

        return await self._db.read(read)


def _list(row: Row) -> KeepList:
    return KeepList(row["id"], row["user_id"], row["name"], row["works"], instant(row["created_at"]))


class KeepRows:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def lists(self, user_id: int) -> tuple[KeepList, ...]:
        return tuple(map(_list, await self._db.all(_LISTS, {"user_id": user_id})))

    async def add(self, user_id: int, name: str, *, at: datetime) -> KeepList:
        list_id = await self._db.insert(
            "INSERT INTO keep_list (user_id, name, created_at) VALUES (:user_id, :name, :at)",
            {"user_id": user_id, "name": name, "at": seconds(at)},
        )
        return KeepList(list_id, user_id, name, 0, at)

    async def rename(self, list_id: int, name: str) -> None:
        await self._db.run("UPDATE keep_list SET name = :name WHERE id = :id", {"id": list_id, "name": name})

    async def remove(self, list_id: int) -> None:
        await self._db.run("DELETE FROM keep_list WHERE id = :id", {"id": list_id})

    async def keep(self, list_id: int, work: Shown, *, at: datetime) -> None:
        await self._db.run(
            """
            INSERT INTO kept_work (list_id, deviation_id, title, author, url, width, height, is_mature, kept_at)
            VALUES (:list_id, :deviation_id, :title, :author, :url, :width, :height, :is_mature, :at)
            ON CONFLICT DO UPDATE SET title = excluded.title, url = excluded.url
            """,
            {
                "list_id": list_id,
                "deviation_id": work.deviation_id,
                "title": work.title,
                "author": work.author,
                "url": work.url,
                "width": work.width,
                "height": work.height,
                "is_mature": work.is_mature,
                "at": seconds(at),
            },
        )

    async def drop(self, list_id: int, deviation_id: str) -> None:
        await self._db.run(
            "DELETE FROM kept_work WHERE list_id = :list_id AND deviation_id = :deviation_id",
            {"list_id": list_id, "deviation_id": deviation_id},
        )


class KeepReads:
    def __init__(self, database: Database) -> None:
        self._db = database

    async def lists(self, user_id: int) -> tuple[KeepList, ...]:
        return await self._db.read(
            lambda connection: tuple(map(_list, connection.execute(_LISTS, {"user_id": user_id})))
        )

    async def works(self, user_id: int, list_id: int, *, offset: int, limit: int) -> tuple[Shown, ...]:
        def read(connection: sqlite3.Connection) -> tuple[Shown, ...]:
            rows = connection.execute(
                """
                SELECT w.deviation_id, w.title, w.author, w.url, w.width, w.height, w.is_mature
                  FROM keep_list l
                  JOIN kept_work w ON w.list_id = l.id
                 WHERE l.id = :list_id
                   AND l.user_id = :user_id
                 ORDER BY w.kept_at DESC, w.deviation_id
                 LIMIT :limit OFFSET :offset
                """,
                {"user_id": user_id, "list_id": list_id, "limit": limit, "offset": offset},
            )
            return tuple(
                Shown(
                    row["deviation_id"],
                    row["title"],
                    row["author"],
                    row["url"],
                    width=row["width"],
                    height=row["height"],
                    is_mature=bool(row["is_mature"]),
                )
                for row in rows
            )

        return await self._db.read(read)
