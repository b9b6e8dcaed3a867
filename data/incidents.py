"""What was wrong with the instance, and until when."""

from collections.abc import Sequence
from datetime import datetime

from core.operations.alerts import Incident
from data.database import Connection, Row
from data.times import instant, seconds

_INCIDENT = """
SELECT id, finding, began_at, told_at, absent_at, over_at, sentence, advice
  FROM incident
"""


class IncidentRows:
    """`core.operations.alerts.IncidentRows` over the one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def open(self) -> Sequence[Incident]:
        return [_incident(row) for row in await self._db.all(_INCIDENT + "WHERE over_at IS NULL ORDER BY id")]

    async def save(self, incident: Incident) -> None:
        values = {
            "id": incident.id,
            "finding": incident.finding,
            "began_at": seconds(incident.began_at),
            "told_at": seconds(incident.told_at),
            "absent_at": seconds(incident.absent_at),
            "over_at": seconds(incident.over_at),
            "sentence": incident.sentence,
            "advice": incident.advice,
        }
        if not incident.id:
            await self._db.run(
                """
                INSERT INTO incident (finding, began_at, told_at, absent_at, over_at, sentence, advice)
                VALUES (:finding, :began_at, :told_at, :absent_at, :over_at, :sentence, :advice)
                """,
                values,
            )
            return
        await self._db.run(
            """
            UPDATE incident
               SET told_at = :told_at, absent_at = :absent_at, over_at = :over_at, sentence = :sentence,
                   advice = :advice
             WHERE id = :id
            """,
            values,
        )

    async def forget(self, incident: Incident) -> None:
        await self._db.run("DELETE FROM incident WHERE id = :id", {"id": incident.id})

    async def recent(self, *, limit: int) -> Sequence[Incident]:
        rows = await self._db.all(
            _INCIDENT + "WHERE told_at IS NOT NULL ORDER BY id DESC LIMIT :limit", {"limit": limit}
        )
        return [_incident(row) for row in rows]

    async def remove_over(self, *, before: datetime) -> None:
        await self._db.run("DELETE FROM incident WHERE over_at < :before", {"before": seconds(before)})


def _incident(row: Row) -> Incident:
    return Incident(
        finding=row["finding"],
        began_at=instant(row["began_at"]),
        sentence=row["sentence"],
        advice=row["advice"],
        told_at=instant(row["told_at"]),
        absent_at=instant(row["absent_at"]),
        over_at=instant(row["over_at"]),
        id=row["id"],
    )
