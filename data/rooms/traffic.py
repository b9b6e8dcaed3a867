"""Whether the publisher needs an account: `core.line.Traffic`."""

import sqlite3
from datetime import datetime

from data.database import Database
from data.times import seconds


class Traffic:
    def __init__(self, database: Database) -> None:
        self._db = database

    async def is_publishing(self, account_id: int, *, before: datetime | None) -> bool:
        """Under way, or due before then. What waits because something is paused does not count."""

        def read(connection: sqlite3.Connection) -> bool:
            row = connection.execute(
                """
                SELECT EXISTS (SELECT 1 FROM publication WHERE account_id = :id AND lease_owner IS NOT NULL)
                    OR EXISTS (SELECT 1
                                 FROM publication q
                                 JOIN account a ON a.id = q.account_id
                                 JOIN user u ON u.id = a.user_id
                                WHERE q.account_id = :id
                                  AND q.ready_at <= :before
                                  AND a.status = 'connected'
                                  AND a.paused_at IS NULL
                                  AND u.paused_at IS NULL
                                  AND NOT EXISTS (SELECT 1 FROM instance_state
                                                   WHERE name = 'publishing_paused'
                                                     AND value NOT IN ('null', 'false'))) AS busy
                """,
                {"id": account_id, "before": seconds(before)},
            ).fetchone()
            return bool(row["busy"])

        return await self._db.read(read)
