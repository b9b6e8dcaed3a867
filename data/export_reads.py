"""What an export reads beside the posts."""

import json
import sqlite3
from collections.abc import Sequence

from data.database import Database


class ExportReader:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def metadata(self, post_ids: Sequence[int]) -> dict[int, str]:
        def query(connection: sqlite3.Connection) -> dict[int, str]:
            rows = connection.execute(
                """
                SELECT id, metadata
                  FROM file
                 WHERE post_id IN (SELECT value FROM json_each(:ids)) AND metadata IS NOT NULL
                """,
                {"ids": json.dumps(list(post_ids))},
            )
            return {row["id"]: row["metadata"] for row in rows}

        return await self._database.read(query)
