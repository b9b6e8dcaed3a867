"""What is old enough to go."""

from collections.abc import Sequence
from datetime import datetime

from core.operations.retention import OldWork
from data.database import Connection
from data.times import instant, seconds


class RetentionRows:
    """`core.operations.retention.RetentionRows` over the one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def old_works(self, *, after: tuple[int, int], before: datetime, limit: int) -> Sequence[OldWork]:
        rows = await self._db.all(
            """
            SELECT p.id, p.published_at,
                   (SELECT group_concat(f.sha256)
                      FROM file f
                     WHERE f.post_id = p.id
                       AND NOT EXISTS (SELECT 1
                                         FROM file g JOIN post q ON q.id = g.post_id
                                        WHERE g.sha256 = f.sha256
                                          AND (q.status <> 'published' OR q.published_at >= :before))) AS pictures
              FROM post p
             WHERE p.status = 'published'
               AND p.published_at < :before
               AND (p.published_at, p.id) > (:after_at, :after_id)
             ORDER BY p.published_at, p.id
             LIMIT :limit
            """,
            {"before": seconds(before), "after_at": after[0], "after_id": after[1], "limit": limit},
        )
        return [
            OldWork(
                row["id"], instant(row["published_at"]), tuple(row["pictures"].split(",")) if row["pictures"] else ()
            )
            for row in rows
        ]

    async def remove_events(self, *, before: datetime, limit: int) -> int:
        """From the beginning of the log: it grows with time."""
        return await self._db.run(
            """
            DELETE FROM post_event
             WHERE id IN (SELECT id FROM (SELECT id, at FROM post_event ORDER BY id LIMIT :limit) WHERE at < :before)
            """,
            {"before": seconds(before), "limit": limit},
        )
