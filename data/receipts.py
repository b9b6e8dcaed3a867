"""Answers already given to programs, so that asking again changes nothing."""

import json
from collections.abc import Sequence
from datetime import datetime

from data.database import Connection
from data.times import seconds


class Receipts:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def find(self, key_id: int, door: str, digest: str, *, now: datetime) -> tuple[int, ...] | None:
        """Posts of that upload which are still there; None when it is new or all of them are gone."""
        row = await self._db.one(
            """
            SELECT post_ids FROM upload_receipt
             WHERE key_id = :key_id AND door = :door AND digest = :digest AND expires_at > :now
            """,
            {"key_id": key_id, "door": door, "digest": digest, "now": seconds(now)},
        )
        if row is None:
            return None
        there = await self._db.all(
            "SELECT id FROM post WHERE id IN (SELECT value FROM json_each(:ids))", {"ids": row["post_ids"]}
        )
        known = {post["id"] for post in there}
        return tuple(post_id for post_id in json.loads(row["post_ids"]) if post_id in known) or None

    async def add(
        self, key_id: int, door: str, digest: str, post_ids: Sequence[int], *, expires_at: datetime
    ) -> None:
        await self._db.run(
            """
            INSERT INTO upload_receipt (key_id, door, digest, post_ids, expires_at)
            VALUES (:key_id, :door, :digest, :post_ids, :expires_at)
            ON CONFLICT DO UPDATE SET post_ids = excluded.post_ids, expires_at = excluded.expires_at
            """,
            {
                "key_id": key_id,
                "door": door,
                "digest": digest,
                "post_ids": json.dumps(list(post_ids)),
                "expires_at": seconds(expires_at),
            },
        )

    async def remove_expired(self, *, now: datetime) -> int:
        return await self._db.run("DELETE FROM upload_receipt WHERE expires_at <= :now", {"now": seconds(now)})

    async def holder(self, user_id: int, sha256s: Sequence[str]) -> int | None:
        wanted = sorted(set(sha256s))
        row = await self._db.one(
            """
            SELECT p.id
              FROM file f
              JOIN post p ON p.id = f.post_id
             WHERE f.sha256 IN (SELECT value FROM json_each(:wanted))
               AND p.user_id = :user_id
               AND p.status <> 'discarded'
             GROUP BY p.id
            HAVING count(DISTINCT f.sha256) = :count
             ORDER BY p.id DESC
             LIMIT 1
            """,
            {"wanted": json.dumps(wanted), "user_id": user_id, "count": len(wanted)},
        )
        return int(row["id"]) if row else None
