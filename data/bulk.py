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
_COUNTS = "SELECT outcome, count(*) AS posts FROM bulk_item WHERE bulk_id = :id GROUP BY outcome"
_ITEM = "i.position, i.post_id, i.outcome, i.sentence, i.before, i.version"


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
    return _bulk_from(row, _counts(connection, bulk_id))


def _counts(connection: sqlite3.Connection, bulk_id: int) -> dict[str, int]:
    return {row["outcome"]: row["posts"] for row in connection.execute(_COUNTS, {"id": bulk_id})}


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
        await self._db.many(
            "INSERT INTO bulk_item (bulk_id, position, post_id) VALUES (:bulk_id, :position, :post_id)",
            [
                {"bulk_id": bulk_id, "position": position, "post_id": post_id}
                for position, post_id in enumerate(post_ids)
            ],
        )
        return await self._counted(bulk_id, len(post_ids))

    async def choose_matching(self, bulk_id: int, query: PostQuery) -> int:
        sql, params = ids_statement(query)
        chosen = await self._db.run(
            f"INSERT INTO bulk_item (position, post_id, bulk_id) SELECT *, :bulk_id FROM ({sql})",
            params | {"bulk_id": bulk_id},
        )
        return await self._counted(bulk_id, chosen)

    async def _counted(self, bulk_id: int, chosen: int) -> int:
        await self._db.run("UPDATE bulk SET total = :chosen WHERE id = :id", {"id": bulk_id, "chosen": chosen})
        return chosen

    async def get(self, bulk_id: int, *, user_id: int) -> Bulk:
        return await self._db.call(lambda connection: _one(connection, bulk_id, user_id))

    async def save(self, bulk_id: int, state: BulkState, *, change: Change | None = None) -> None:
        packed = json.dumps(change.packed()) if change is not None else None
        await self._db.run(
            "UPDATE bulk SET state = :state, change = coalesce(:change, change) WHERE id = :id",
            {"id": bulk_id, "state": state, "change": packed},
        )

    async def next(self, bulk_id: int, outcome: Outcome, *, limit: int) -> tuple[Item, ...]:
        rows = await self._db.all(
            f"SELECT {_ITEM} FROM bulk_item i WHERE i.bulk_id = :id AND i.outcome = :outcome"
            " ORDER BY i.position LIMIT :limit",
            {"id": bulk_id, "outcome": outcome, "limit": limit},
        )
        return tuple(map(_item_from, rows))

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
        def read(connection: sqlite3.Connection) -> tuple[Item, ...]:
            rows = connection.execute(
                f"SELECT {_ITEM} FROM bulk_item i WHERE i.bulk_id = :id AND i.position > :after"
                " AND (:any OR i.outcome IN (SELECT value FROM json_each(:outcomes)))"
                " ORDER BY i.position LIMIT :limit",
                {
                    "id": bulk_id,
                    "after": after,
                    "any": not outcomes,
                    "outcomes": json.dumps(list(outcomes)),
                    "limit": limit,
                },
            )
            return tuple(map(_item_from, rows))

        return await self._db.read(read)

    async def recent(self, user_id: int, *, limit: int = 30) -> tuple[Bulk, ...]:
        def read(connection: sqlite3.Connection) -> tuple[Bulk, ...]:
            rows = connection.execute(
                f"SELECT {_COLUMNS} FROM bulk b WHERE b.user_id = :user_id AND b.state <> 'open'"
                " ORDER BY b.id DESC LIMIT :limit",
                {"user_id": user_id, "limit": limit},
            ).fetchall()
            return tuple(_bulk_from(row, _counts(connection, row["id"])) for row in rows)

        return await self._db.read(read)
