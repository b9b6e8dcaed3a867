"""Tickets of direct uploads."""

import json
from collections.abc import Sequence
from datetime import datetime

from core.posts.direct_uploads import Ticket
from data.database import Connection
from data.times import instant, seconds


class UploadTickets:
    """`core.posts.direct_uploads.TicketRows` over the one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def add(self, ticket: Ticket, *, at: datetime) -> None:
        await self._db.run(
            """
            INSERT INTO upload_ticket (token_hash, user_id, name, bytes, mime, created_at, expires_at)
            VALUES (:token_hash, :user_id, :name, :bytes, :mime, :at, :expires_at)
            """,
            {
                "token_hash": ticket.object_name,
                "user_id": ticket.user_id,
                "name": ticket.name,
                "bytes": ticket.bytes,
                "mime": ticket.mime,
                "at": seconds(at),
                "expires_at": seconds(ticket.expires_at),
            },
        )

    async def open_of(self, user_id: int, *, now: datetime) -> int:
        row = await self._db.one(
            """
            SELECT count(*) AS count
              FROM upload_ticket
             WHERE user_id = :user_id
               AND expires_at > :now
               AND used_at IS NULL
            """,
            {"user_id": user_id, "now": seconds(now)},
        )
        return int(row["count"]) if row is not None else 0

    async def use(self, object_name: str, *, user_id: int, now: datetime) -> Ticket | None:
        row = await self._db.one(
            """
            UPDATE upload_ticket
               SET used_at = :now
             WHERE token_hash = :token_hash
               AND user_id = :user_id
               AND used_at IS NULL
               AND expires_at > :now
            RETURNING token_hash, user_id, name, bytes, mime, expires_at
            """,
            {"token_hash": object_name, "user_id": user_id, "now": seconds(now)},
        )
        if row is None:
            return None
        expires_at = instant(row["expires_at"])
        return Ticket(row["token_hash"], row["user_id"], row["name"], row["bytes"], row["mime"], expires_at)

    async def is_known(self, object_name: str, *, user_id: int) -> bool:
        row = await self._db.one(
            "SELECT 1 FROM upload_ticket WHERE token_hash = :token_hash AND user_id = :user_id",
            {"token_hash": object_name, "user_id": user_id},
        )
        return row is not None

    async def over(self, *, now: datetime, limit: int) -> Sequence[str]:
        rows = await self._db.all(
            "SELECT token_hash FROM upload_ticket WHERE expires_at <= :now ORDER BY expires_at LIMIT :limit",
            {"now": seconds(now), "limit": limit},
        )
        return [row["token_hash"] for row in rows]

    async def remove(self, object_names: Sequence[str]) -> None:
        await self._db.run(
            "DELETE FROM upload_ticket WHERE token_hash IN (SELECT value FROM json_each(:names))",
            {"names": json.dumps(list(object_names))},
        )
