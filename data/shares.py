"""Who works on whose account, and the links that let them."""

from collections.abc import Sequence
from datetime import datetime

from core.people.access import AccountRole
from core.people.sharing import Share, ShareLink
from data.database import Connection, Row
from data.times import instant, seconds

_LINK = "SELECT i.id, i.account_id, i.role, i.made_at, i.expires_at FROM account_invite i"
_OPEN = "i.used_at IS NULL AND i.expires_at > :now"


class ShareTable:
    """`ShareRows` over the one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def of_account(self, account_id: int) -> Sequence[Share]:
        rows = await self._db.all(
            """
            SELECT s.account_id, s.user_id, u.name, s.role, s.shared_at
              FROM account_share s
              JOIN user u ON u.id = s.user_id
             WHERE s.account_id = :id
             ORDER BY s.shared_at, s.user_id
            """,
            {"id": account_id},
        )
        return [
            Share(row["account_id"], row["user_id"], row["name"], AccountRole(row["role"]), instant(row["shared_at"]))
            for row in rows
        ]

    async def keep(self, account_id: int, user_id: int, role: AccountRole, *, at: datetime) -> None:
        await self._db.run(
            """
            INSERT INTO account_share (account_id, user_id, role, shared_at)
            VALUES (:account_id, :user_id, :role, :at)
            ON CONFLICT DO UPDATE SET role = excluded.role
            """,
            {"account_id": account_id, "user_id": user_id, "role": role, "at": seconds(at)},
        )

    async def remove(self, account_id: int, user_id: int) -> bool:
        params = {"account_id": account_id, "user_id": user_id}
        return (
            await self._db.run(
                "DELETE FROM account_share WHERE account_id = :account_id AND user_id = :user_id", params
            )
            == 1
        )

    async def links(self, account_id: int, *, now: datetime) -> Sequence[ShareLink]:
        rows = await self._db.all(
            f"{_LINK} WHERE i.account_id = :id AND {_OPEN} ORDER BY i.id", {"id": account_id, "now": seconds(now)}
        )
        return list(map(_link, rows))

    async def add_link(
        self, account_id: int, token_hash: bytes, role: AccountRole, *, at: datetime, expires_at: datetime
    ) -> ShareLink:
        link_id = await self._db.insert(
            """
            INSERT INTO account_invite (account_id, token_hash, role, made_at, expires_at)
            VALUES (:account_id, :hash, :role, :at, :expires_at)
            """,
            {
                "account_id": account_id,
                "hash": token_hash,
                "role": role,
                "at": seconds(at),
                "expires_at": seconds(expires_at),
            },
        )
        return ShareLink(link_id, account_id, role, at, expires_at)

    async def remove_link(self, account_id: int, link_id: int) -> bool:
        params = {"account_id": account_id, "id": link_id}
        return (
            await self._db.run(
                "DELETE FROM account_invite WHERE account_id = :account_id AND id = :id AND used_at IS NULL", params
            )
            == 1
        )

    async def find_link(self, token_hash: bytes, *, now: datetime) -> ShareLink | None:
        row = await self._db.one(
            f"{_LINK} WHERE i.token_hash = :hash AND {_OPEN}", {"hash": token_hash, "now": seconds(now)}
        )
        return _link(row) if row else None

    async def use_link(self, link_id: int, *, at: datetime) -> bool:
        params = {"id": link_id, "at": seconds(at)}
        return (
            await self._db.run("UPDATE account_invite SET used_at = :at WHERE id = :id AND used_at IS NULL", params)
            == 1
        )


def _link(row: Row) -> ShareLink:
    return ShareLink(
        row["id"], row["account_id"], AccountRole(row["role"]), instant(row["made_at"]), instant(row["expires_at"])
    )
