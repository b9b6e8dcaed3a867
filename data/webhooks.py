"""Webhooks and their deliveries."""

import json
import sqlite3
from dataclasses import replace
from datetime import datetime

from core.events import Event
from core.webhooks.envelope import Kind
from core.webhooks.webhook import Delivery, DeliveryState, Webhook
from data.database import Connection, Database, Row
from data.event_log import COLUMNS as EVENT_COLUMNS
from data.event_log import event_from
from data.times import instant, seconds
from data.vault import CannotOpen, Vault

_WEBHOOK = """
SELECT w.id, w.user_id, w.name, w.url, w.kinds, w.secret, w.old_secret, w.old_until, w.from_event_id,
       w.failing_since, w.disabled_at, w.disabled_why, w.created_at
  FROM webhook w
"""
_DELIVERY = """
SELECT d.id, d.webhook_id, d.message_id, d.event_id, d.post_id, d.kind, d.body, d.state, d.attempts, d.next_at,
       d.created_at, d.tried_at, d.status, d.error, d.answer, d.took_ms
  FROM webhook_delivery d
"""
# An older delivery about the same post goes first, however long it has to be tried again.
_UNBLOCKED = """
    d.state = 'waiting' AND (d.post_id IS NULL OR NOT EXISTS (
        SELECT 1 FROM webhook_delivery older
         WHERE older.webhook_id = d.webhook_id AND older.post_id = d.post_id AND older.state = 'waiting'
           AND older.id < d.id))
"""


class WebhookRows:
    """The secrets are sealed, each for its own row."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._db = connection
        self._vault = vault

    async def add(self, webhook: Webhook) -> Webhook:
        webhook_id = await self._db.insert(
            """
            INSERT INTO webhook (user_id, name, url, kinds, secret, from_event_id, created_at)
            VALUES (:user_id, :name, :url, :kinds, x'', :from_event_id, :created_at)
            """,
            {
                "user_id": webhook.user_id,
                "name": webhook.name,
                "url": webhook.url,
                "kinds": json.dumps(webhook.kinds),
                "from_event_id": webhook.from_event_id,
                "created_at": seconds(webhook.created_at),
            },
        )
        added = replace(webhook, id=webhook_id)
        await self.save(added)
        return added

    async def get(self, webhook_id: int) -> Webhook | None:
        row = await self._db.one(_WEBHOOK + "WHERE w.id = :id", {"id": webhook_id})
        return self._open(row) if row else None

    async def of_user(self, user_id: int) -> tuple[Webhook, ...]:
        rows = await self._db.all(_WEBHOOK + "WHERE w.user_id = :user_id ORDER BY w.id", {"user_id": user_id})
        return tuple(map(self._open, rows))

    async def enabled(self) -> tuple[Webhook, ...]:
        rows = await self._db.all(_WEBHOOK + "WHERE w.disabled_at IS NULL ORDER BY w.id")
        return tuple(map(webhook_from, rows))

    async def save(self, webhook: Webhook) -> None:
        row = f"webhook:{webhook.id}"
        await self._db.run(
            """
            UPDATE webhook
               SET name = :name, url = :url, kinds = :kinds, secret = coalesce(:secret, secret),
                   old_secret = :old_secret, old_until = :old_until, from_event_id = :from_event_id,
                   failing_since = :failing_since, disabled_at = :disabled_at, disabled_why = :disabled_why
             WHERE id = :id
            """,
            {
                "id": webhook.id,
                "name": webhook.name,
                "url": webhook.url,
                "kinds": json.dumps(webhook.kinds),
                "secret": self._vault.seal(webhook.secret, row=row) if webhook.secret else None,
                "old_secret": self._vault.seal(webhook.old_secret, row=row) if webhook.old_secret else None,
                "old_until": seconds(webhook.old_until),
                "from_event_id": webhook.from_event_id,
                "failing_since": seconds(webhook.failing_since),
                "disabled_at": seconds(webhook.disabled_at),
                "disabled_why": webhook.disabled_why,
            },
        )

    async def delete(self, webhook_id: int) -> None:
        await self._db.run("DELETE FROM webhook WHERE id = :id", {"id": webhook_id})

    async def add_delivery(self, delivery: Delivery) -> Delivery:
        delivery_id = await self._db.insert(
            """
            INSERT INTO webhook_delivery (webhook_id, message_id, event_id, post_id, kind, body, state, next_at,
                                          created_at)
            VALUES (:webhook_id, :message_id, :event_id, :post_id, :kind, :body, :state, :next_at, :created_at)
            ON CONFLICT (webhook_id, message_id) DO NOTHING
            """,
            {
                "webhook_id": delivery.webhook_id,
                "message_id": delivery.message_id,
                "event_id": delivery.event_id,
                "post_id": delivery.post_id,
                "kind": delivery.kind,
                "body": delivery.body,
                "state": delivery.state,
                "next_at": seconds(delivery.next_at),
                "created_at": seconds(delivery.created_at),
            },
        )
        return await self.delivery(delivery_id) or delivery

    async def delivery(self, delivery_id: int) -> Delivery | None:
        row = await self._db.one(_DELIVERY + "WHERE d.id = :id", {"id": delivery_id})
        return delivery_from(row) if row else None

    async def save_delivery(self, delivery: Delivery) -> None:
        await self._db.run(
            """
            UPDATE webhook_delivery
               SET state = :state, attempts = :attempts, next_at = :next_at, created_at = :created_at,
                   tried_at = :tried_at, status = :status, error = :error, answer = :answer, took_ms = :took_ms
             WHERE id = :id
            """,
            {
                "id": delivery.id,
                "state": delivery.state,
                "attempts": delivery.attempts,
                "next_at": seconds(delivery.next_at),
                "created_at": seconds(delivery.created_at),
                "tried_at": seconds(delivery.tried_at),
                "status": delivery.status,
                "error": delivery.error,
                "answer": delivery.answer,
                "took_ms": delivery.took_ms,
            },
        )

    async def due(self, *, now: datetime, limit: int) -> tuple[Delivery, ...]:
        rows = await self._db.all(
            f"""
            {_DELIVERY}
             WHERE d.id IN (
                   SELECT min(d.id) FROM webhook_delivery d
                    WHERE d.next_at <= :now AND {_UNBLOCKED}
                    GROUP BY d.webhook_id)
             ORDER BY d.next_at, d.id
             LIMIT :limit
            """,
            {"now": seconds(now), "limit": limit},
        )
        return tuple(map(delivery_from, rows))

    async def next_at(self) -> datetime | None:
        row = await self._db.one(f"SELECT min(d.next_at) AS at FROM webhook_delivery d WHERE {_UNBLOCKED}")
        return instant(row["at"]) if row else None

    async def give_up_waiting(self, webhook_id: int, *, error: str) -> None:
        await self._db.run(
            "UPDATE webhook_delivery"
            "   SET state = 'given_up', next_at = NULL, error = coalesce(error || ' ', '') || :error"
            " WHERE webhook_id = :id AND state = 'waiting'",
            {"id": webhook_id, "error": error},
        )

    async def last_event_id(self) -> int:
        row = await self._db.one("SELECT coalesce(max(id), 0) AS id FROM post_event")
        return int(row["id"]) if row else 0

    async def events_after(self, event_id: int, *, limit: int) -> tuple[Event, ...]:
        rows = await self._db.all(
            f"SELECT {EVENT_COLUMNS} FROM post_event e WHERE e.id > :after ORDER BY e.id LIMIT :limit",
            {"after": event_id, "limit": limit},
        )
        return tuple(map(event_from, rows))

    async def remove_deliveries(self, *, before: datetime) -> int:
        return await self._db.run(
            "DELETE FROM webhook_delivery WHERE created_at < :before AND state <> 'waiting'",
            {"before": seconds(before)},
        )

    def _open(self, row: Row) -> Webhook:
        webhook = webhook_from(row)
        name = f"webhook:{webhook.id}"
        try:
            secret, old = self._vault.open(row["secret"], row=name), row["old_secret"]
            return replace(webhook, secret=secret, old_secret=self._vault.open(old, row=name) if old else None)
        except CannotOpen:
            # The instance key changed without the old one beside it; the row keeps what it has.
            return webhook


class WebhookReader:
    """For pages and the API: no secrets."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def webhooks(self, user_id: int) -> tuple[Webhook, ...]:
        def query(connection: sqlite3.Connection) -> tuple[Webhook, ...]:
            rows = connection.execute(_WEBHOOK + "WHERE w.user_id = :user_id ORDER BY w.id", {"user_id": user_id})
            return tuple(map(webhook_from, rows))

        return await self._database.read(query)

    async def deliveries(
        self, webhook_id: int, *, user_id: int, before: int | None = None, limit: int = 50
    ) -> tuple[Delivery, ...]:
        def query(connection: sqlite3.Connection) -> tuple[Delivery, ...]:
            rows = connection.execute(
                f"""
                {_DELIVERY}
                  JOIN webhook w ON w.id = d.webhook_id
                 WHERE d.webhook_id = :webhook_id AND w.user_id = :user_id AND (:before IS NULL OR d.id < :before)
                 ORDER BY d.id DESC
                 LIMIT :limit
                """,
                {"webhook_id": webhook_id, "user_id": user_id, "before": before, "limit": limit},
            )
            return tuple(map(delivery_from, rows))

        return await self._database.read(query)


def webhook_from(row: Row) -> Webhook:
    known = set(Kind)
    return Webhook(
        id=row["id"],
        user_id=row["user_id"],
        name=row["name"],
        url=row["url"],
        kinds=tuple(Kind(name) for name in json.loads(row["kinds"]) if name in known),
        created_at=instant(row["created_at"]),
        from_event_id=row["from_event_id"],
        failing_since=instant(row["failing_since"]),
        disabled_at=instant(row["disabled_at"]),
        disabled_why=row["disabled_why"],
        old_until=instant(row["old_until"]),
    )


def delivery_from(row: Row) -> Delivery:
    return Delivery(
        id=row["id"],
        webhook_id=row["webhook_id"],
        message_id=row["message_id"],
        kind=row["kind"],
        body=row["body"],
        state=DeliveryState(row["state"]),
        created_at=instant(row["created_at"]),
        event_id=row["event_id"],
        post_id=row["post_id"],
        attempts=row["attempts"],
        next_at=instant(row["next_at"]),
        tried_at=instant(row["tried_at"]),
        status=row["status"],
        error=row["error"],
        answer=row["answer"],
        took_ms=row["took_ms"],
    )
