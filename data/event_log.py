"""The append-only log, and how far each consumer has read it."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from core.events import Event
from core.log_trail import touched
from data.database import Connection, Row
from data.times import instant, seconds

COLUMNS = "e.id, e.at, e.user_id, e.post_id, e.account_id, e.kind, e.text, e.actor, e.status, e.version, e.data"


def event_from(row: Row) -> Event:
    return Event(
        id=row["id"],
        kind=row["kind"],
        text=row["text"],
        at=instant(row["at"]),
        user_id=row["user_id"],
        post_id=row["post_id"],
        account_id=row["account_id"],
        actor=row["actor"],
        status=row["status"],
        version=row["version"],
        data=json.loads(row["data"]),
    )


_INSERT = """
INSERT INTO post_event (at, user_id, post_id, account_id, kind, text, actor, status, version, data)
VALUES (:at, :user_id, :post_id, :account_id, :kind, :text, :actor, :status, :version, :data)
"""


def _params(event: Event) -> dict[str, Any]:
    return {
        "at": seconds(event.at),
        "user_id": event.user_id,
        "post_id": event.post_id,
        "account_id": event.account_id,
        "kind": event.kind,
        "text": event.text,
        "actor": event.actor,
        "status": event.status,
        "version": event.version,
        "data": json.dumps(dict(event.data)),
    }


class EventLog:
    """Collects what was written, for the bus to announce once it is committed."""

    def __init__(self, connection: Connection, written: list[Event]) -> None:
        self._db = connection
        self._written = written

    async def add(self, event: Event) -> None:
        await self.add_all([event])

    async def add_all(self, events: Sequence[Event]) -> None:
        """One hop to the database's thread, however many they are."""
        rows = [_params(event) for event in events]
        for event in events:
            if event.post_id is not None:
                touched(event.post_id)
        ids = await self._db.call(
            lambda connection: [connection.execute(_INSERT, row).lastrowid or 0 for row in rows]
        )
        self._written += [replace(event, id=event_id) for event, event_id in zip(events, ids, strict=True)]

    async def edits_since(self, post_id: int, version: int) -> int:
        row = await self._db.one(
            "SELECT count(DISTINCT version) AS versions FROM post_event WHERE post_id = :post_id"
            " AND version > :version AND kind IN ('post.edited', 'post.files_changed')",
            {"post_id": post_id, "version": version},
        )
        return 0 if row is None else int(row["versions"])


class Instance:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def get(self, name: str) -> Any:
        row = await self._db.one("SELECT value FROM instance_state WHERE name = :name", {"name": name})
        return None if row is None else json.loads(row["value"])

    async def put(self, name: str, value: Any) -> None:
        await self._db.run(
            "INSERT INTO instance_state (name, value) VALUES (:name, :value)"
            " ON CONFLICT DO UPDATE SET value = excluded.value",
            {"name": name, "value": json.dumps(value)},
        )

    async def position(self, consumer: str) -> int:
        row = await self._db.one(
            "SELECT event_id FROM consumer_position WHERE consumer = :consumer", {"consumer": consumer}
        )
        return 0 if row is None else int(row["event_id"])

    async def save_position(self, consumer: str, event_id: int) -> None:
        await self._db.run(
            "INSERT INTO consumer_position (consumer, event_id) VALUES (:consumer, :event_id)"
            " ON CONFLICT DO UPDATE SET event_id = excluded.event_id",
            {"consumer": consumer, "event_id": event_id},
        )
