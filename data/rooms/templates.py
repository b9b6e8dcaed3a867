"""Templates, where they are used, and the artist's own tags."""

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from core.errors import NotFound
from core.library.ports import Arrived, OwnTag
from core.library.template import Template, TemplateKind, Wanted
from data.database import Connection, Database, Row
from data.times import instant, seconds

_KINDS = {str(kind): kind for kind in TemplateKind}
COLUMNS = "t.id, t.user_id, t.kind, t.name, t.body, t.used, t.version, t.created_at, t.updated_at, t.removed_at"
_OF_USER = f"""
SELECT {COLUMNS}
  FROM template t
 WHERE t.user_id = :user_id
   AND t.removed_at IS NULL
 ORDER BY CASE t.kind WHEN 'tags' THEN 0 WHEN 'description' THEN 1 ELSE 2 END, t.name COLLATE NOCASE
"""

_BEST_FIRST = "GROUP BY t.tag ORDER BY favourites DESC, posts DESC, t.tag LIMIT :limit"
_TAGS_FROM = f"""
SELECT t.tag, count(*) AS posts, coalesce(avg(w.favourites), 0) AS favourites
  FROM post_tag t
  LEFT JOIN work_figures w ON w.post_id = t.post_id
 WHERE t.user_id = :user_id
   AND t.tag >= :start
   AND t.tag < :end
 {_BEST_FIRST}
"""
# Without a beginning there may be half a million rows: what the latest posts had is enough.
_TAGS_LATELY = f"""
SELECT t.tag, count(*) AS posts, coalesce(avg(w.favourites), 0) AS favourites
  FROM (SELECT id FROM post WHERE user_id = :user_id ORDER BY id DESC LIMIT 500) p
 CROSS JOIN post_tag t ON t.post_id = p.id
  LEFT JOIN work_figures w ON w.post_id = t.post_id
 {_BEST_FIRST}
"""


def template_from(row: Row) -> Template:
    """From `COLUMNS`, in their order: forms read all of a person, and there may be thousands."""
    template_id, user_id, kind, name, body, used, version, created_at, updated_at, removed_at = row
    return Template(
        id=template_id,
        user_id=user_id,
        kind=_KINDS[kind],
        name=name,
        body=body,
        created_at=instant(created_at),
        updated_at=instant(updated_at),
        used=used,
        version=version,
        removed_at=instant(removed_at),
    )


class Templates:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def of_user(self, user_id: int) -> tuple[Template, ...]:
        return tuple(map(template_from, await self._db.all(_OF_USER, {"user_id": user_id})))

    async def find(self, user_id: int, template_id: int, *, removed: bool = False) -> Template | None:
        row = await self._db.one(
            f"SELECT {COLUMNS} FROM template t WHERE t.id = :id AND t.user_id = :user_id"
            " AND (:removed OR t.removed_at IS NULL)",
            {"id": template_id, "user_id": user_id, "removed": removed},
        )
        return None if row is None else template_from(row)

    async def named(self, user_id: int, name: str) -> Template | None:
        row = await self._db.one(
            f"SELECT {COLUMNS} FROM template t WHERE t.user_id = :user_id AND t.name = :name COLLATE NOCASE"
            " AND t.removed_at IS NULL",
            {"user_id": user_id, "name": name},
        )
        return None if row is None else template_from(row)

    async def add(self, user_id: int, wanted: Wanted, *, at: datetime) -> Template:
        template_id = await self._db.insert(
            """
            INSERT INTO template (user_id, kind, name, body, created_at, updated_at)
            VALUES (:user_id, :kind, :name, :body, :at, :at)
            """,
            {"user_id": user_id, "kind": wanted.kind, "name": wanted.name, "body": wanted.body, "at": seconds(at)},
        )
        found = await self.find(user_id, template_id)
        if found is None:
            raise NotFound
        return found

    async def save(self, template: Template, *, expected_version: int) -> bool:
        changed = await self._db.run(
            """
            UPDATE template
               SET name = :name, body = :body, version = :version, updated_at = :updated_at, removed_at = :removed_at
             WHERE id = :id
               AND version = :expected
            """,
            {
                "id": template.id,
                "name": template.name,
                "body": template.body,
                "version": template.version,
                "updated_at": seconds(template.updated_at),
                "removed_at": seconds(template.removed_at),
                "expected": expected_version,
            },
        )
        return bool(changed)

    async def count_use(self, template_ids: Sequence[int], *, post_id: int | None) -> None:
        await self._db.many(
            "UPDATE template SET used = used + 1 WHERE id = :id",
            [{"id": template_id} for template_id in template_ids],
        )
        if post_id is not None:
            await self._db.many(
                "INSERT OR IGNORE INTO post_template (post_id, template_id) VALUES (:post_id, :id)",
                [{"post_id": post_id, "id": template_id} for template_id in template_ids],
            )

    async def arrived(self, post_id: int) -> Arrived:
        row = await self._db.one(
            """
            SELECT p.batch,
                   (SELECT f.metadata FROM file f WHERE f.post_id = p.id ORDER BY f.position LIMIT 1) AS metadata,
                   (SELECT count(*) FROM post o WHERE o.user_id = p.user_id AND o.batch <> '' AND o.batch = p.batch)
                       AS parts,
                   (SELECT count(*) FROM post o WHERE o.user_id = p.user_id AND o.batch <> '' AND o.batch = p.batch
                                                   AND o.id <= p.id) AS part
              FROM post p
             WHERE p.id = :id
            """,
            {"id": post_id},
        )
        if row is None:
            return Arrived()
        made = json.loads(row["metadata"]) if row["metadata"] else None
        return Arrived(row["part"], row["parts"], made) if row["batch"] else Arrived(made=made)

    async def of_door(self, door: str, door_id: int) -> tuple[int, ...]:
        rows = await self._db.all(
            """
            SELECT u.template_id
              FROM template_use u
              JOIN template t ON t.id = u.template_id
             WHERE u.door = :door
               AND u.door_id = :door_id
               AND t.removed_at IS NULL
             ORDER BY u.position
            """,
            {"door": door, "door_id": door_id},
        )
        return tuple(row["template_id"] for row in rows)

    async def save_door(self, door: str, door_id: int, template_ids: Sequence[int]) -> None:
        at = {"door": door, "door_id": door_id}
        await self._db.run("DELETE FROM template_use WHERE door = :door AND door_id = :door_id", at)
        await self._db.many(
            "INSERT INTO template_use (door, door_id, position, template_id)"
            " VALUES (:door, :door_id, :position, :template_id)",
            [at | {"position": place, "template_id": template_id} for place, template_id in enumerate(template_ids)],
        )

    async def remove_old(self, *, before: datetime) -> None:
        await self._db.run("DELETE FROM template WHERE removed_at < :before", {"before": seconds(before)})


class TemplateReads:
    """For pages: one hop each."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def templates(self, user_id: int) -> tuple[Template, ...]:
        def read(connection: sqlite3.Connection) -> tuple[Template, ...]:
            return tuple(map(template_from, connection.execute(_OF_USER, {"user_id": user_id})))

        return await self._db.read(read)

    async def template(self, user_id: int, template_id: int) -> Template:
        def read(connection: sqlite3.Connection) -> Template:
            row = connection.execute(
                f"SELECT {COLUMNS} FROM template t"
                " WHERE t.id = :id AND t.user_id = :user_id AND t.removed_at IS NULL",
                {"id": template_id, "user_id": user_id},
            ).fetchone()
            if row is None:
                raise NotFound("There is no such template.")
            return template_from(row)

        return await self._db.read(read)

    async def own_tags(self, user_id: int, start: str, *, limit: int) -> tuple[OwnTag, ...]:
        params: dict[str, Any] = {"user_id": user_id, "start": start, "end": start + "\U0010ffff", "limit": limit}

        def read(connection: sqlite3.Connection) -> tuple[OwnTag, ...]:
            rows = connection.execute(_TAGS_FROM if start else _TAGS_LATELY, params)
            return tuple(OwnTag(row["tag"], row["posts"], round(row["favourites"], 1)) for row in rows)

        return await self._db.read(read)
