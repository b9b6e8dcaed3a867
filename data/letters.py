"""The outbox: letters on their way and what became of them."""

import json
from collections.abc import Sequence
from datetime import datetime

from core.letters import Letter, OutboxState, Waiting
from data.database import Connection, Row
from data.times import instant, seconds


class LetterRows:
    """`core.letters.LetterRows` over the one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def add(self, user_id: int, letter: Letter, *, at: datetime) -> None:
        content = {
            "subject": letter.subject,
            "lines": letter.lines,
            "link_text": letter.link_text,
            "link": letter.link,
        }
        await self._db.run(
            """
            INSERT INTO letter (user_id, cause, content, created_at, next_at)
            VALUES (:user_id, :cause, :content, :at, :at)
            ON CONFLICT (user_id, cause) DO NOTHING
            """,
            {"user_id": user_id, "cause": letter.key, "content": json.dumps(content), "at": seconds(at)},
        )

    async def due(self, *, now: datetime, limit: int) -> Sequence[Waiting]:
        rows = await self._db.all(
            """
            SELECT id, user_id, cause, content, created_at, attempts, next_at, sent_at, given_up_at, problem
              FROM letter
             WHERE next_at <= :now
             ORDER BY next_at, id
             LIMIT :limit
            """,
            {"now": seconds(now), "limit": limit},
        )
        return [_waiting(row) for row in rows]

    async def next_at(self) -> datetime | None:
        row = await self._db.one("SELECT min(next_at) AS at FROM letter WHERE next_at IS NOT NULL")
        return instant(row["at"]) if row else None

    async def save(self, waiting: Waiting) -> None:
        await self._db.run(
            """
            UPDATE letter
               SET attempts = :attempts, next_at = :next_at, sent_at = :sent_at, given_up_at = :given_up_at,
                   problem = :problem
             WHERE id = :id
            """,
            {
                "id": waiting.id,
                "attempts": waiting.attempts,
                "next_at": seconds(waiting.next_at),
                "sent_at": seconds(waiting.sent_at),
                "given_up_at": seconds(waiting.given_up_at),
                "problem": waiting.problem,
            },
        )

    async def state(self, *, since: datetime) -> OutboxState:
        waiting = await self._db.one(
            """
            SELECT count(*) AS waiting, coalesce(sum(attempts > 0), 0) AS failing,
                   min(CASE WHEN attempts > 0 THEN created_at END) AS failing_since
              FROM letter
             WHERE next_at IS NOT NULL
            """
        )
        over = await self._db.one(
            """
            SELECT count(*) AS given_up
              FROM letter
             WHERE next_at IS NULL
               AND coalesce(sent_at, given_up_at) >= :since
               AND given_up_at IS NOT NULL
               AND attempts > 0
            """,
            {"since": seconds(since)},
        )
        last = await self._db.one(
            """
            SELECT problem
              FROM letter
             WHERE problem IS NOT NULL
               AND attempts > 0
               AND created_at >= :since
             ORDER BY id DESC
             LIMIT 1
            """,
            {"since": seconds(since)},
        )
        return OutboxState(
            waiting=waiting["waiting"] if waiting else 0,
            failing=waiting["failing"] if waiting else 0,
            failing_since=instant(waiting["failing_since"]) if waiting else None,
            given_up=over["given_up"] if over else 0,
            problem=last["problem"] if last else None,
        )

    async def remove_over(self, *, before: datetime) -> None:
        await self._db.run(
            "DELETE FROM letter WHERE next_at IS NULL AND coalesce(sent_at, given_up_at) < :before",
            {"before": seconds(before)},
        )


def _waiting(row: Row) -> Waiting:
    content = json.loads(row["content"])
    letter = Letter(
        to="",
        subject=content["subject"],
        lines=tuple(content["lines"]),
        link_text=content["link_text"],
        link=content["link"],
        key=row["cause"],
    )
    return Waiting(
        id=row["id"],
        user_id=row["user_id"],
        letter=letter,
        created_at=instant(row["created_at"]),
        attempts=row["attempts"],
        next_at=instant(row["next_at"]),
        sent_at=instant(row["sent_at"]),
        given_up_at=instant(row["given_up_at"]),
        problem=row["problem"],
    )
