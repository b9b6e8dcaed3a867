"""Invites and the audit log."""

from collections.abc import Sequence
from datetime import datetime

from core.people.audit import Entry
from core.people.invites import Invite
from core.users import Role
from data.database import Connection, Database, Row
from data.times import instant, seconds

_INVITE = """
SELECT i.id, i.role, i.note, m.name AS made_by, i.made_at, i.expires_at, u.name AS used_by, i.used_at, i.revoked_at
  FROM invite i
  JOIN user m ON m.id = i.made_by
  LEFT JOIN user u ON u.id = i.used_by
"""


class InviteTable:
    """`InviteRows` over the one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def add(
        self, token_hash: bytes, *, role: Role, note: str, made_by: int, at: datetime, expires_at: datetime
    ) -> Invite:
        invite_id = await self._db.insert(
            """
            INSERT INTO invite (token_hash, role, note, made_by, made_at, expires_at)
            VALUES (:token_hash, :role, :note, :made_by, :at, :expires_at)
            """,
            {
                "token_hash": token_hash,
                "role": role,
                "note": note,
                "made_by": made_by,
                "at": seconds(at),
                "expires_at": seconds(expires_at),
            },
        )
        made = await self.get(invite_id)
        assert made is not None  # noqa: S101 - inserted a line above
        return made

    async def find(self, token_hash: bytes) -> Invite | None:
        row = await self._db.one(_INVITE + "WHERE i.token_hash = :hash", {"hash": token_hash})
        return _invite(row) if row else None

    async def get(self, invite_id: int) -> Invite | None:
        row = await self._db.one(_INVITE + "WHERE i.id = :id", {"id": invite_id})
        return _invite(row) if row else None

    async def count_open(self, *, now: datetime) -> int:
        row = await self._db.one(
            "SELECT count(*) AS n FROM invite WHERE used_at IS NULL AND revoked_at IS NULL AND expires_at > :now",
            {"now": seconds(now)},
        )
        return int(row["n"]) if row else 0

    async def use(self, token_hash: bytes, *, user_id: int, at: datetime) -> bool:
        changed = await self._db.run(
            """
            UPDATE invite SET used_by = :user_id, used_at = :at
             WHERE token_hash = :hash AND used_at IS NULL AND revoked_at IS NULL AND expires_at > :at
            """,
            {"hash": token_hash, "user_id": user_id, "at": seconds(at)},
        )
        return changed == 1

    async def revoke(self, invite_id: int, *, at: datetime) -> None:
        await self._db.run(
            "UPDATE invite SET revoked_at = :at WHERE id = :id AND used_at IS NULL AND revoked_at IS NULL",
            {"id": invite_id, "at": seconds(at)},
        )


class AuditTable:
    """`AuditRows` over the one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def add(self, actor: str, what: str, about: str, *, at: datetime) -> None:
        await self._db.run(
            "INSERT INTO audit (at, actor, what, about) VALUES (:at, :actor, :what, :about)",
            {"at": seconds(at), "actor": actor, "what": what, "about": about},
        )


class OfficeReader:
    """`InviteReads` and `AuditReads`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def invites(self, *, limit: int = 200) -> Sequence[Invite]:
        rows = await self._all(_INVITE + "ORDER BY i.id DESC LIMIT :limit", {"limit": limit})
        return [_invite(row) for row in rows]

    async def invite(self, token_hash: bytes) -> Invite | None:
        rows = await self._all(_INVITE + "WHERE i.token_hash = :hash", {"hash": token_hash})
        return _invite(rows[0]) if rows else None

    async def audit(self, *, before: int | None, limit: int) -> Sequence[Entry]:
        rows = await self._all(
            """
            SELECT id, at, actor, what, about FROM audit
             WHERE id < :before
             ORDER BY id DESC
             LIMIT :limit
            """,
            {"before": before if before is not None else 2**62, "limit": limit},
        )
        return [Entry(row["id"], instant(row["at"]), row["actor"], row["what"], row["about"]) for row in rows]

    async def _all(self, sql: str, params: dict[str, object]) -> list[Row]:
        return await self._database.read(lambda connection: connection.execute(sql, params).fetchall())


def _invite(row: Row) -> Invite:
    return Invite(
        id=row["id"],
        role=Role(row["role"]),
        note=row["note"],
        made_by=row["made_by"],
        made_at=instant(row["made_at"]),
        expires_at=instant(row["expires_at"]),
        used_by=row["used_by"],
        used_at=instant(row["used_at"]),
        revoked_at=instant(row["revoked_at"]),
    )
