"""What single edits changed, for as long as they can be taken back."""

import json
import sqlite3
from datetime import datetime

from core.posts.edits import Edit
from data.database import Connection, Row
from data.times import instant, seconds

COLUMNS = "e.post_id, e.version, e.at, e.fields"


def edit_from(row: Row) -> Edit:
    fields = {name: (before, after) for name, (before, after) in json.loads(row["fields"]).items()}
    return Edit(row["post_id"], row["version"], instant(row["at"]), fields)


def latest(connection: sqlite3.Connection, post_id: int, limit: int) -> tuple[Edit, ...]:
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM post_edit e WHERE e.post_id = :id ORDER BY e.version DESC LIMIT :limit",
        {"id": post_id, "limit": limit},
    )
    return tuple(edit_from(row) for row in rows)


class PostEdits:
    """`core.posts.edits.EditRepository` over the one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def keep(self, edit: Edit) -> None:
        await self._db.run(
            "INSERT INTO post_edit (post_id, version, at, fields) VALUES (:post_id, :version, :at, :fields)",
            {
                "post_id": edit.post_id,
                "version": edit.version,
                "at": seconds(edit.at),
                "fields": json.dumps(dict(edit.fields), ensure_ascii=False),
            },
        )

    async def find(self, post_id: int, version: int) -> Edit | None:
        row = await self._db.one(
            f"SELECT {COLUMNS} FROM post_edit e WHERE e.post_id = :id AND e.version = :version",
            {"id": post_id, "version": version},
        )
        return None if row is None else edit_from(row)

    async def forget(self, *, before: datetime, limit: int) -> None:
        await self._db.run(
            "DELETE FROM post_edit WHERE (post_id, version) IN"
            " (SELECT post_id, version FROM post_edit WHERE at < :before ORDER BY at LIMIT :limit)",
            {"before": seconds(before), "limit": limit},
        )
