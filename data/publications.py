"""Publications: the queue, its leases and its fence."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from core.errors import LeaseLost, NotFound
from core.publishing.publication import Doubt, Failure, FailureKind, Publication, PublicationState, Step
from data.database import Connection, Row
from data.times import instant, instant_of_ms, milliseconds, seconds

COLUMNS = """
    q.id, q.post_id, q.file_id, q.account_id, q.state, q.due_at, q.ready_at, q.stored_title, q.item_id,
    q.item_hash, q.publish_sent_at, q.last_sent_at, q.doubt, q.rounds, q.confirmed_offline, q.deviation_id,
    q.deviation_url, q.published_at, q.attempts, q.orphans, q.failure_step, q.failure_kind,
    q.failure_message, q.retry_at, q.lease_owner, q.lease_token, q.lease_expires_at
"""

# An upload of another work does not begin this shortly before a staged one is due on the same account:
# only one request at a time goes out for an account, and the upload would hold up the publication.
STAGING_GUARD = timedelta(seconds=10)

_SAVED = (
    "post_id", "file_id", "account_id", "state", "due_at", "ready_at", "stored_title", "item_id", "item_hash",
    "publish_sent_at", "last_sent_at", "doubt", "rounds", "confirmed_offline", "deviation_id", "deviation_url",
    "published_at", "attempts", "orphans", "failure_step", "failure_kind", "failure_message", "retry_at",
    "lease_owner", "lease_token", "lease_expires_at",
)  # fmt: skip
_INSERT = f"INSERT INTO publication ({', '.join(_SAVED)}) VALUES ({', '.join(':' + name for name in _SAVED)})"
_UPDATE = (
    "UPDATE publication SET "
    + ", ".join(f"{name} = :{name}" for name in _SAVED)
    + " WHERE id = :id AND lease_token = :held_token AND state = :expected"
)

# The account that was served least recently goes first; on it, a publish request before proof-seeking,
# before the look for a link, before an upload. A paused instance holds back whatever could make a work public.
_CLAIM = f"""
UPDATE publication
   SET lease_owner = :owner, lease_token = lease_token + 1, lease_expires_at = :expires_at
 WHERE lease_owner IS NULL
   AND NOT EXISTS (SELECT 1
                     FROM instance_state
                    WHERE name = 'service_circuit_open_until'
                      AND CAST(value AS REAL) > :now)
   AND id = (
    SELECT q.id
      FROM account a
      JOIN user u ON u.id = a.user_id AND u.leaving_at IS NULL
      JOIN publication q ON q.id = (
        SELECT c.id
          FROM publication c
         WHERE c.account_id = a.id
           AND c.ready_at <= :now
           AND (c.state IN ('publishing', 'published')
                OR (a.paused_at IS NULL AND u.paused_at IS NULL AND u.disabled_at IS NULL
                    AND NOT EXISTS (SELECT 1
                                      FROM instance_state
                                     WHERE name = 'publishing_paused'
                                       AND value NOT IN ('null', 'false'))))
           AND (c.state IN ('publishing', 'published')
                OR NOT EXISTS (SELECT 1
                                 FROM publication d
                                WHERE d.account_id = a.id
                                  AND d.stored_title = c.stored_title COLLATE NOCASE
                                  AND d.publish_sent_at IS NOT NULL
                                  AND d.state <> 'published'
                                  AND d.id <> c.id))
           AND (c.item_id IS NOT NULL
                OR c.due_at <= :now
                OR NOT EXISTS (SELECT 1
                                 FROM publication s
                                WHERE s.account_id = a.id
                                  AND s.state = 'scheduled'
                                  AND s.item_id IS NOT NULL
                                  AND s.ready_at > :now
                                  AND s.ready_at <= :guard))
           AND (c.due_at > :now OR coalesce(a.pace_until, 0) <= :now_ms)
         ORDER BY CASE WHEN c.state = 'publishing' THEN 1
                       WHEN c.state = 'published' THEN 2
                       WHEN c.due_at <= :now THEN 0
                       ELSE 3 END, c.ready_at, c.id
         LIMIT 1)
     WHERE a.next_ready_at <= :now
       AND a.status = 'connected'
       AND coalesce(a.breaker_until, 0) <= :now
       AND NOT EXISTS (SELECT 1 FROM publication l WHERE l.account_id = a.id AND l.lease_owner IS NOT NULL)
     ORDER BY a.served, a.next_ready_at
     LIMIT 1)
RETURNING {COLUMNS.replace("q.", "")}
"""


def _failure(row: Row) -> Failure | None:
    if row["failure_step"] is None:
        return None
    return Failure(
        Step(row["failure_step"]),
        FailureKind(row["failure_kind"]),
        row["failure_message"],
        instant(row["retry_at"]),
    )


def publication_from(row: Row) -> Publication:
    return Publication(
        id=row["id"],
        post_id=row["post_id"],
        file_id=row["file_id"],
        account_id=row["account_id"],
        state=PublicationState(row["state"]),
        due_at=instant(row["due_at"]),
        ready_at=instant(row["ready_at"]),
        stored_title=row["stored_title"],
        item_id=row["item_id"],
        item_hash=row["item_hash"],
        publish_sent_at=instant(row["publish_sent_at"]),
        last_sent_at=instant(row["last_sent_at"]),
        doubt=Doubt(row["doubt"]) if row["doubt"] else None,
        rounds=row["rounds"],
        confirmed_offline=row["confirmed_offline"],
        deviation_id=row["deviation_id"],
        deviation_url=row["deviation_url"],
        published_at=instant(row["published_at"]),
        attempts=row["attempts"],
        orphans=row["orphans"],
        failure=_failure(row),
        lease_owner=row["lease_owner"],
        lease_token=row["lease_token"],
        lease_expires_at=instant(row["lease_expires_at"]),
    )


def _params(publication: Publication) -> dict[str, Any]:
    failure = publication.failure
    return {
        "id": publication.id,
        "post_id": publication.post_id,
        "file_id": publication.file_id,
        "account_id": publication.account_id,
        "state": publication.state,
        "due_at": seconds(publication.due_at),
        "ready_at": seconds(publication.ready_at),
        "stored_title": publication.stored_title,
        "item_id": publication.item_id,
        "item_hash": publication.item_hash,
        "publish_sent_at": seconds(publication.publish_sent_at),
        "last_sent_at": seconds(publication.last_sent_at),
        "doubt": publication.doubt,
        "rounds": publication.rounds,
        "confirmed_offline": publication.confirmed_offline,
        "deviation_id": publication.deviation_id,
        "deviation_url": publication.deviation_url,
        "published_at": seconds(publication.published_at),
        "attempts": publication.attempts,
        "orphans": publication.orphans,
        "failure_step": failure.step if failure else None,
        "failure_kind": failure.kind if failure else None,
        "failure_message": failure.message if failure else None,
        "retry_at": seconds(failure.retry_at) if failure else None,
        "lease_owner": publication.lease_owner,
        "lease_token": publication.lease_token,
        "lease_expires_at": seconds(publication.lease_expires_at),
    }


class Publications:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def get(self, publication_id: int) -> Publication:
        row = await self._db.one(
            f"SELECT {COLUMNS} FROM publication q WHERE q.id = :id",
            {"id": publication_id},
        )
        if row is None:
            raise NotFound
        return publication_from(row)

    async def add(self, publication: Publication) -> Publication:
        return await self.get(await self._db.insert(_INSERT, _params(publication)))

    async def save(self, publication: Publication, *, lease_token: int, expected: PublicationState) -> None:
        params = _params(publication) | {"held_token": lease_token, "expected": expected}
        if not await self._db.run(_UPDATE, params):
            raise LeaseLost

    async def claim(self, *, now: datetime, owner: str, expires_at: datetime) -> Publication | None:
        params = {
            "now": seconds(now),
            "now_ms": milliseconds(now),
            "guard": seconds(now + STAGING_GUARD),
            "owner": owner,
            "expires_at": seconds(expires_at),
        }

        def claim(connection: sqlite3.Connection) -> Publication | None:
            rows = connection.execute(_CLAIM, params).fetchall()
            if not rows:
                return None
            connection.execute(
                "UPDATE account SET served = (SELECT max(served) + 1 FROM account) WHERE id = :id",
                {"id": rows[0]["account_id"]},
            )
            return publication_from(rows[0])

        return await self._db.call(claim)

    async def extend(self, publication_id: int, *, lease_token: int, expires_at: datetime) -> bool:
        changed = await self._db.run(
            "UPDATE publication SET lease_expires_at = :expires_at"
            " WHERE id = :id AND lease_token = :token AND lease_owner IS NOT NULL",
            {"id": publication_id, "token": lease_token, "expires_at": seconds(expires_at)},
        )
        return bool(changed)

    async def expired(self, *, now: datetime) -> tuple[Publication, ...]:
        rows = await self._db.all(
            f"SELECT {COLUMNS} FROM publication q"
            " WHERE q.lease_owner IS NOT NULL AND q.lease_expires_at <= :now ORDER BY q.lease_expires_at, q.id",
            {"now": seconds(now)},
        )
        return tuple(map(publication_from, rows))

    async def leased(self) -> tuple[Publication, ...]:
        rows = await self._db.all(
            f"SELECT {COLUMNS} FROM publication q WHERE q.lease_owner IS NOT NULL ORDER BY q.lease_expires_at, q.id"
        )
        return tuple(map(publication_from, rows))

    async def is_bound(self, account_id: int, deviation_id: str) -> bool:
        return bool(await self.deviation_ids(account_id, [deviation_id]))

    async def holds_link(self, account_id: int, url: str) -> bool:
        row = await self._db.one(
            "SELECT 1 FROM publication WHERE account_id = :account AND deviation_url = :url LIMIT 1",
            {"account": account_id, "url": url},
        )
        return row is not None

    async def deviation_ids(self, account_id: int, among: Sequence[str]) -> frozenset[str]:
        found = set()
        for deviation_id in among:
            row = await self._db.one(
                "SELECT deviation_id FROM publication WHERE account_id = :account AND deviation_id = :id",
                {"account": account_id, "id": deviation_id},
            )
            if row is not None:
                found.add(row["deviation_id"])
        return frozenset(found)

    async def next_action_at(self, *, now: datetime) -> datetime | None:
        rows = await self._db.all(
            """
            SELECT a.pace_until, a.breaker_until,
                   (SELECT min(ready_at) FROM publication WHERE account_id = a.id AND ready_at > :now) AS ready_at,
                   a.next_ready_at <= :now AS is_waiting
              FROM account a
              JOIN user u ON u.id = a.user_id
             WHERE a.next_ready_at IS NOT NULL
               AND a.status = 'connected'
            """,
            {"now": seconds(now)},
        )
        candidates = [instant(row["ready_at"]) for row in rows if row["ready_at"] is not None]
        for row in rows:
            if row["is_waiting"]:
                blocks = (instant_of_ms(row["pace_until"]), instant(row["breaker_until"]))
                candidates += [block for block in blocks if block is not None and block > now]
        return min(candidates, default=None)
