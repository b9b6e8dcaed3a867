"""What is kept of keys beside themselves: their limits, their pace, their last calls."""

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime

from core.programs.calls import Call
from core.programs.key_pace import Count
from core.programs.watch_ports import Dealt
from data.database import Connection, Database, Row
from data.times import instant, seconds

_CALL = """
SELECT c.id, c.key_id, c.at, c.method, c.path, c.address, c.agent, c.came, c.read_as, c.status, c.answer, c.took_ms
  FROM key_call c
"""


class KeyCareRows:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def restrict(self, key_id: int, *, addresses: Sequence[str], calls_per_minute: int | None) -> None:
        await self._db.run(
            "UPDATE api_key SET addresses = :addresses, calls_per_minute = :calls WHERE id = :id",
            {"id": key_id, "addresses": json.dumps(list(addresses)), "calls": calls_per_minute},
        )

    async def replace(self, old_id: int, *, new_id: int, ends_at: datetime) -> None:
        await self._db.run(
            "UPDATE api_key SET expires_at = :ends_at, replaced_by = :new_id WHERE id = :id",
            {"id": old_id, "new_id": new_id, "ends_at": seconds(ends_at)},
        )

    async def expose(self, key_hash: bytes, *, at: datetime) -> tuple[int, int, str, str] | None:
        row = await self._db.one(
            """
            UPDATE api_key
               SET exposed_at = :at
             WHERE key_hash = :hash
               AND exposed_at IS NULL
               AND revoked_at IS NULL
               AND (expires_at IS NULL OR expires_at > :at)
            RETURNING id, user_id, name, prefix
            """,
            {"hash": key_hash, "at": seconds(at)},
        )
        return (row["id"], row["user_id"], row["name"], row["prefix"]) if row else None

    async def accept_exposure(self, key_id: int) -> None:
        await self._db.run("UPDATE api_key SET exposure_accepted = 1 WHERE id = :id", {"id": key_id})


class KeyPaceRows:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def all(self) -> list[Count]:
        rows = await self._db.all("SELECT key_id, window_at, calls FROM key_pace")
        return [Count(row["key_id"], row["window_at"], row["calls"]) for row in rows]

    async def save(self, counts: Sequence[Count]) -> None:
        await self._db.many(
            """
            INSERT INTO key_pace (key_id, window_at, calls)
            SELECT :key_id, :window_at, :calls WHERE EXISTS (SELECT 1 FROM api_key WHERE id = :key_id)
            ON CONFLICT DO UPDATE SET window_at = excluded.window_at, calls = excluded.calls
            """,
            [{"key_id": count.key_id, "window_at": count.window_at, "calls": count.calls} for count in counts],
        )

    async def remove(self, *, before: int) -> None:
        await self._db.run("DELETE FROM key_pace WHERE window_at < :before", {"before": before})


class KeyCallRows:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def add(self, calls: Sequence[Call], *, keep: int) -> None:
        await self._db.many(
            """
            INSERT INTO key_call (key_id, at, method, path, address, agent, came, read_as, status, answer, took_ms)
            SELECT :key_id, :at, :method, :path, :address, :agent, :came, :read_as, :status, :answer, :took_ms
             WHERE EXISTS (SELECT 1 FROM api_key WHERE id = :key_id)
            """,
            [_params(call) for call in calls],
        )
        await self._db.many(
            """
            DELETE FROM key_call
             WHERE key_id = :key_id
               AND id <= (SELECT id FROM key_call WHERE key_id = :key_id ORDER BY id DESC LIMIT 1 OFFSET :keep)
            """,
            [{"key_id": key_id, "keep": keep} for key_id in {call.key_id for call in calls}],
        )


class WatchedPictureRows:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def add(self, dealt: Dealt, *, keep: int) -> None:
        await self._db.run(
            """
            INSERT INTO watched_picture (user_id, at, name, post_id, reason)
            SELECT :user_id, :at, :name, :post_id, :reason WHERE EXISTS (SELECT 1 FROM user WHERE id = :user_id)
            """,
            {
                "user_id": dealt.user_id,
                "at": seconds(dealt.at),
                "name": dealt.name,
                "post_id": dealt.post_id,
                "reason": dealt.reason,
            },
        )
        await self._db.run(
            "DELETE FROM watched_picture"
            " WHERE id <= (SELECT id FROM watched_picture ORDER BY id DESC LIMIT 1 OFFSET :keep)",
            {"keep": keep},
        )

    async def latest(self, *, limit: int) -> list[Dealt]:
        rows = await self._db.all(
            "SELECT user_id, at, name, post_id, reason FROM watched_picture ORDER BY id DESC LIMIT :limit",
            {"limit": limit},
        )
        return [Dealt(row["user_id"], instant(row["at"]), row["name"], row["post_id"], row["reason"]) for row in rows]


class CallReader:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_key(self, key_id: int, *, user_id: int, limit: int) -> tuple[Call, ...]:
        def query(connection: sqlite3.Connection) -> tuple[Call, ...]:
            rows = connection.execute(
                f"""
                {_CALL}
                  JOIN api_key k ON k.id = c.key_id
                 WHERE c.key_id = :key_id AND k.user_id = :user_id
                 ORDER BY c.id DESC
                 LIMIT :limit
                """,
                {"key_id": key_id, "user_id": user_id, "limit": limit},
            )
            return tuple(map(_call, rows))

        return await self._database.read(query)


def _params(call: Call) -> dict[str, object]:
    return {
        "key_id": call.key_id,
        "at": seconds(call.at),
        "method": call.method,
        "path": call.path,
        "address": call.address,
        "agent": call.agent,
        "came": call.came,
        "read_as": json.dumps(dict(call.read_as), ensure_ascii=False),
        "status": call.status,
        "answer": call.answer,
        "took_ms": call.took_ms,
    }


def _call(row: Row) -> Call:
    return Call(
        id=row["id"],
        key_id=row["key_id"],
        at=instant(row["at"]),
        method=row["method"],
        path=row["path"],
        address=row["address"],
        agent=row["agent"],
        came=row["came"],
        status=row["status"],
        answer=row["answer"],
        took_ms=row["took_ms"],
        read_as=json.loads(row["read_as"]),
    )
