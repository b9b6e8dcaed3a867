"""Changes of many posts: rows while they are carried out, and for pages."""

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from core.bulk.change import Change, unpacked
from core.bulk.deeds import Before
from core.bulk.ports import Bulk, BulkState, Item, Outcome
from core.errors import NotFound
from core.ports import PostQuery
from core.posts.fields import License, MatureClassification, MatureLevel
from core.posts.post import Plan, PostStatus
from data.database import Connection, Database, Row
from data.post_lists import ids_statement
from data.posts import LOCAL_FORMAT
from data.times import instant, seconds

_COLUMNS = "b.id, b.user_id, b.actor, b.via, b.state, b.change, b.total, b.created_at"
_COUNTS = (
    "SELECT outcome, count(*) AS posts FROM bulk_item WHERE bulk_id = :id AND outcome <> 'waiting' GROUP BY outcome"
)
_ITEM = "i.position, i.post_id, i.outcome, i.sentence, i.before, i.version"
# Chosen, and no row made of it yet.
_TO_COME = """
  FROM bulk_choice c
  JOIN json_each(c.ids) e
 WHERE c.bulk_id = :id
   AND e.key > (SELECT coalesce(max(position), -1) FROM bulk_item WHERE bulk_id = :id)
"""


def _bulk_from(row: Row, counts: dict[str, int]) -> Bulk:
    return Bulk(
        id=row["id"],
        user_id=row["user_id"],
        actor=row["actor"],
        via=row["via"],
        state=BulkState(row["state"]),
        total=row["total"],
        created_at=instant(row["created_at"]),
        change=unpacked(json.loads(row["change"])) if row["change"] else None,
        counts=counts,
    )


def _item_from(row: Row) -> Item:
    before = _before_from(json.loads(row["before"])) if row["before"] else None
    return Item(row["position"], row["post_id"], Outcome(row["outcome"]), row["sentence"], before, row["version"])


def _before_json(before: Before) -> str:
    plan = before.plan
    return json.dumps(
        {
            "account_id": before.account_id,
            "status": before.status,
            "held": before.held,
            "plan": None
            if plan is None
            else [seconds(plan.due_at), f"{plan.due_local:{LOCAL_FORMAT}}", plan.time_zone, plan.jitter_seconds],
            "notes": before.notes,
            "values": dict(before.values or {}),
            "became": dict(before.became or {}),
        }
    )


def _before_from(kept: dict[str, Any]) -> Before:
    values, became = (
        {name: _value(name, value) for name, value in kept.get(part, {}).items()} for part in ("values", "became")
    )
    plan = _plan(kept["plan"]) if kept["plan"] else None
    return Before(
        kept["account_id"], PostStatus(kept["status"]), kept["held"], plan, kept["notes"], values, became or None
    )


def _plan(kept: list[Any]) -> Plan:
    due_at, local, zone, jitter = kept
    return Plan(instant(due_at), datetime.strptime(local, LOCAL_FORMAT), zone, jitter)  # noqa: DTZ007


def _value(name: str, value: Any) -> Any:
    if value is None:
        return None
    match name:
        case "tags" | "galleries":
            return tuple(value)
        case "mature_classification":
            return tuple(map(MatureClassification, value))
        case "mature_level":
            return MatureLevel(value)
        case "license":
            return License(value)
        case _:
            return value


def _one(connection: sqlite3.Connection, bulk_id: int, user_id: int) -> Bulk:
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM bulk b WHERE b.id = :id AND b.user_id = :user_id",
        {"id": bulk_id, "user_id": user_id},
    ).fetchone()
    if row is None:
        raise NotFound
    return _counted(connection, row)


def _counted(connection: sqlite3.Connection, row: Row) -> Bulk:
    counts = {one["outcome"]: one["posts"] for one in connection.execute(_COUNTS, {"id": row["id"]})}
    return _bulk_from(row, counts | {Outcome.WAITING.value: row["total"] - sum(counts.values())})


class BulkRows:
    """`core.bulk.ports.BulkRows` over the one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def add(self, user_id: int, *, actor: str, via: str, at: datetime) -> int:
        return await self._db.insert(
            "INSERT INTO bulk (user_id, actor, via, created_at) VALUES (:user_id, :actor, :via, :at)",
            {"user_id": user_id, "actor": actor, "via": via, "at": seconds(at)},
        )

    async def choose(self, bulk_id: int, post_ids: Sequence[int]) -> int:
        return await self._choose(bulk_id, ":ids", {"ids": json.dumps(list(post_ids))})

    async def choose_matching(self, bulk_id: int, query: PostQuery) -> int:
        sql, params = ids_statement(query)
        # An order within is kept for every aggregate but count, min and max (sqlite.org/optoverview.html).
        return await self._choose(bulk_id, f"(SELECT json_group_array(id) FROM ({sql}))", params)

    async def _choose(self, bulk_id: int, ids: str, params: dict[str, Any]) -> int:
        await self._db.run(
            f"INSERT INTO bulk_choice (bulk_id, ids) VALUES (:bulk_id, {ids})", params | {"bulk_id": bulk_id}
        )
        total = await self._db.all(
            "UPDATE bulk SET total = (SELECT json_array_length(ids) FROM bulk_choice WHERE bulk_id = :id)"
            " WHERE id = :id RETURNING total",
            {"id": bulk_id},
        )
        return int(total[0]["total"])

    async def get(self, bulk_id: int, *, user_id: int) -> Bulk:
        return await self._db.call(lambda connection: _one(connection, bulk_id, user_id))

    async def save(self, bulk_id: int, state: BulkState, *, change: Change | None = None) -> None:
        packed = json.dumps(change.packed()) if change is not None else None
        await self._db.run(
            "UPDATE bulk SET state = :state, change = coalesce(:change, change) WHERE id = :id",
            {"id": bulk_id, "state": state, "change": packed},
        )

    async def next(self, bulk_id: int, outcome: Outcome, *, limit: int) -> tuple[Item, ...]:
        if outcome is Outcome.WAITING:
            await self._make_rows(bulk_id, limit)
        rows = await self._db.all(
            f"SELECT {_ITEM} FROM bulk_item i WHERE i.bulk_id = :id AND i.outcome = :outcome"
            " ORDER BY i.position LIMIT :limit",
            {"id": bulk_id, "outcome": outcome, "limit": limit},
        )
        return tuple(map(_item_from, rows))

    async def _make_rows(self, bulk_id: int, wanted: int) -> None:
        """So that as many wait, where as many were chosen."""
        await self._db.run(
            f"""
            INSERT INTO bulk_item (bulk_id, position, post_id)
            SELECT c.bulk_id, e.key, e.value {_TO_COME}
             ORDER BY e.key
             LIMIT max(0, :wanted - (SELECT count(*) FROM bulk_item WHERE bulk_id = :id AND outcome = 'waiting'))
            """,
            {"id": bulk_id, "wanted": wanted},
        )

    async def refuse_waiting(self, bulk_id: int, sentence: str) -> None:
        told = {"id": bulk_id, "sentence": sentence}
        await self._db.run(
            "UPDATE bulk_item SET outcome = 'refused', sentence = :sentence"
            " WHERE bulk_id = :id AND outcome = 'waiting'",
            told,
        )
        await self._db.run(
            "INSERT INTO bulk_item (bulk_id, position, post_id, outcome, sentence)"
            f" SELECT c.bulk_id, e.key, e.value, 'refused', :sentence {_TO_COME}",
            told,
        )

    async def settle(self, bulk_id: int, item: Item) -> None:
        await self._db.run(
            """
            UPDATE bulk_item
               SET outcome = :outcome, sentence = :sentence, before = :before, version = :version
             WHERE bulk_id = :bulk_id
               AND position = :position
            """,
            {
                "bulk_id": bulk_id,
                "position": item.position,
                "outcome": item.outcome,
                "sentence": item.sentence,
                "before": _before_json(item.before) if item.before is not None else None,
                "version": item.version,
            },
        )

    async def unfinished(self) -> tuple[tuple[int, int], ...]:
        rows = await self._db.all("SELECT id, user_id FROM bulk WHERE state IN ('running', 'undoing') ORDER BY id")
        return tuple((row["id"], row["user_id"]) for row in rows)

    async def remove_old(self, *, open_before: datetime, before: datetime) -> None:
        await self._db.run(
            "DELETE FROM bulk WHERE created_at < :before OR (state = 'open' AND created_at < :open_before)",
            {"before": seconds(before), "open_before": seconds(open_before)},
        )


class BulkReads:
    """For pages: one hop each."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def one(self, bulk_id: int, *, user_id: int) -> Bulk:
        return await self._db.read(lambda connection: _one(connection, bulk_id, user_id))

    async def items(
        self, bulk_id: int, *, outcomes: Sequence[Outcome] = (), after: int = -1, limit: int = 50
    ) -> tuple[Item, ...]:
        asked = {"id": bulk_id, "after": after, "any": not outcomes, "outcomes": json.dumps(list(outcomes))}

        def read(connection: sqlite3.Connection) -> tuple[Item, ...]:
            rows = connection.execute(
                f"SELECT {_ITEM} FROM bulk_item i WHERE i.bulk_id = :id AND i.position > :after"
                " AND (:any OR i.outcome IN (SELECT value FROM json_each(:outcomes)))"
                " ORDER BY i.position LIMIT :limit",
                asked | {"limit": limit},
            ).fetchall()
            found = tuple(map(_item_from, rows))
            if len(found) == limit or (outcomes and Outcome.WAITING not in outcomes):
                return found
            to_come = connection.execute(
                f"SELECT e.key AS position, e.value AS post_id {_TO_COME} AND e.key > :after"
                " ORDER BY e.key LIMIT :limit",
                asked | {"limit": limit - len(found)},
            )
            return found + tuple(Item(row["position"], row["post_id"], Outcome.WAITING) for row in to_come)

        return await self._db.read(read)

    async def recent(self, user_id: int, *, limit: int = 30) -> tuple[Bulk, ...]:
        def read(connection: sqlite3.Connection) -> tuple[Bulk, ...]:
            rows = connection.execute(
                f"SELECT {_COLUMNS} FROM bulk b WHERE b.user_id = :user_id AND b.state <> 'open'"
                " ORDER BY b.id DESC LIMIT :limit",
                {"user_id": user_id, "limit": limit},
            ).fetchall()
            return tuple(_counted(connection, row) for row in rows)

        return await self._db.read(read)
