"""Linked DeviantArt accounts, their sealed tokens, their pace."""

from datetime import datetime, timedelta

from core.account import Account, AccountStatus, AccountTokens, Pace
from core.deviantart import Artist, TokenPair
from core.errors import NotFound
from core.people.access import AccountRole
from data.database import Connection, Row
from data.times import instant, instant_of_ms, milliseconds, seconds
from data.vault import CannotOpen, Vault

COLUMNS = """
    a.id, a.user_id, a.artist_id, a.username, a.icon_url, a.color, a.status, a.paused_at, a.scopes,
    a.access_expires_at, a.refresh_issued_at, a.refresh_started_at, a.warned_days, a.created_at
"""


def account_from(row: Row) -> Account:
    return Account(
        id=row["id"],
        user_id=row["user_id"],
        artist_id=row["artist_id"],
        username=row["username"],
        icon_url=row["icon_url"],
        color=row["color"],
        status=AccountStatus(row["status"]),
        paused_at=instant(row["paused_at"]),
        scopes=frozenset(row["scopes"].split()),
        access_expires_at=instant(row["access_expires_at"]),
        refresh_issued_at=instant(row["refresh_issued_at"]),
        refresh_started_at=instant(row["refresh_started_at"]),
        warned_days=row["warned_days"],
        created_at=instant(row["created_at"]),
    )


class Accounts:
    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._db = connection
        self._vault = vault

    async def get(self, account_id: int) -> Account:
        row = await self._db.one(f"SELECT {COLUMNS} FROM account a WHERE a.id = :id", {"id": account_id})
        if row is None:
            raise NotFound
        return account_from(row)

    async def find_by_artist(self, artist_id: str) -> Account | None:
        row = await self._db.one(
            f"SELECT {COLUMNS} FROM account a WHERE a.artist_id = :artist_id",
            {"artist_id": artist_id.upper()},
        )
        return None if row is None else account_from(row)

    async def of_user(self, user_id: int) -> tuple[Account, ...]:
        rows = await self._db.all(
            f"SELECT {COLUMNS} FROM account a WHERE a.user_id = :user_id ORDER BY a.id",
            {"user_id": user_id},
        )
        return tuple(map(account_from, rows))

    async def all(self) -> tuple[Account, ...]:
        rows = await self._db.all(f"SELECT {COLUMNS} FROM account a ORDER BY a.id")
        return tuple(map(account_from, rows))

    async def role_of(self, account_id: int, user_id: int) -> AccountRole | None:
        row = await self._db.one(
            """
            SELECT CASE WHEN a.user_id = :user_id THEN 'owner' ELSE s.role END AS role
              FROM account a
              LEFT JOIN account_share s ON s.account_id = a.id AND s.user_id = :user_id
             WHERE a.id = :id
            """,
            {"id": account_id, "user_id": user_id},
        )
        return AccountRole(row["role"]) if row and row["role"] else None

    async def add(self, *, user_id: int, artist: Artist, color: str, at: datetime) -> Account:
        return await self.get(
            await self._db.insert(
                """
                INSERT INTO account (user_id, artist_id, username, icon_url, color, status, created_at, served)
                VALUES (:user_id, :artist_id, :username, :icon_url, :color, 'connected', :at,
                        (SELECT coalesce(max(served), 0) FROM account))
                """,
                {
                    "user_id": user_id,
                    "artist_id": artist.user_id.upper(),
                    "username": artist.username,
                    "icon_url": artist.icon_url,
                    "color": color,
                    "at": seconds(at),
                },
            )
        )

    async def save(self, account: Account) -> None:
        await self._db.run(
            """
            UPDATE account
               SET user_id = :user_id, username = :username, icon_url = :icon_url, color = :color,
                   status = :status, paused_at = :paused_at, refresh_started_at = :refresh_started_at,
                   warned_days = :warned_days
             WHERE id = :id
            """,
            {
                "id": account.id,
                "user_id": account.user_id,
                "username": account.username,
                "icon_url": account.icon_url,
                "color": account.color,
                "status": account.status,
                "paused_at": seconds(account.paused_at),
                "refresh_started_at": seconds(account.refresh_started_at),
                "warned_days": account.warned_days,
            },
        )

    async def tokens(self, account: Account) -> AccountTokens:
        row = await self._db.one("SELECT access_token, refresh_token FROM account WHERE id = :id", {"id": account.id})
        if row is None:
            raise NotFound
        return AccountTokens(
            self._open(row["access_token"], account, "access"),
            self._open(row["refresh_token"], account, "refresh"),
        )

    async def with_tokens(self, account_id: int) -> tuple[Account, AccountTokens]:
        row = await self._db.one(
            f"SELECT {COLUMNS}, a.access_token, a.refresh_token FROM account a WHERE a.id = :id", {"id": account_id}
        )
        if row is None:
            raise NotFound
        account = account_from(row)
        return account, AccountTokens(
            self._open(row["access_token"], account, "access"), self._open(row["refresh_token"], account, "refresh")
        )

    async def save_tokens(self, account: Account, pair: TokenPair, *, at: datetime) -> Account:
        await self._db.run(
            """
            UPDATE account
               SET access_token = :access_token, access_expires_at = :access_expires_at,
                   refresh_token = coalesce(:refresh_token, refresh_token),
                   refresh_issued_at = CASE WHEN :refresh_token IS NULL THEN refresh_issued_at ELSE :at END,
                   refresh_started_at = NULL, warned_days = NULL, scopes = :scopes, status = 'connected'
             WHERE id = :id
            """,
            {
                "id": account.id,
                "access_token": self._vault.seal(pair.access_token, row=_row(account, "access")),
                "access_expires_at": seconds(at + pair.expires_in),
                "refresh_token": self._vault.seal(pair.refresh_token, row=_row(account, "refresh"))
                if pair.refresh_token
                else None,
                "scopes": " ".join(sorted(pair.scopes)),
                "at": seconds(at),
            },
        )
        return await self.get(account.id)

    async def owner_is_paused(self, account_id: int) -> bool:
        row = await self._db.one(
            "SELECT u.paused_at IS NOT NULL OR u.disabled_at IS NOT NULL AS paused"
            " FROM account a JOIN user u ON u.id = a.user_id WHERE a.id = :id",
            {"id": account_id},
        )
        return row is not None and bool(row["paused"])

    async def pace(self, account_id: int) -> Pace:
        row = await self._db.one(
            "SELECT pace_delay_ms, pace_until, breaker_failures, breaker_until FROM account WHERE id = :id",
            {"id": account_id},
        )
        if row is None:
            raise NotFound
        return pace_from(row)

    async def save_pace(self, account_id: int, pace: Pace) -> None:
        await self._db.run(
            """
            UPDATE account
               SET pace_delay_ms = :delay, pace_until = :until, breaker_failures = :failures,
                   breaker_until = :open_until
             WHERE id = :id
            """,
            {
                "id": account_id,
                "delay": int(pace.delay.total_seconds() * 1000),
                "until": milliseconds(pace.until),
                "failures": pace.failures,
                "open_until": seconds(pace.open_until),
            },
        )

    async def open_circuits(self, *, now: datetime) -> int:
        row = await self._db.one(
            "SELECT count(*) AS n FROM account WHERE breaker_until > :now", {"now": seconds(now)}
        )
        return row["n"] if row else 0

    async def bring_waits_forward(self, *, by: timedelta) -> None:
        await self._db.run(
            "UPDATE account SET pace_until = pace_until - :by_ms, breaker_until = breaker_until - :by",
            {"by": int(by.total_seconds()), "by_ms": int(by.total_seconds() * 1000)},
        )

    def _open(self, sealed: bytes | None, account: Account, which: str) -> str | None:
        if sealed is None:
            return None
        try:
            return self._vault.open(sealed, row=_row(account, which))
        except CannotOpen:
            # The instance key changed without the old one beside it: the artist has to connect again.
            return None


def _row(account: Account, which: str) -> str:
    return f"account:{account.artist_id}:{which}"


def pace_from(row: Row) -> Pace:
    return Pace(
        delay=timedelta(milliseconds=row["pace_delay_ms"]),
        until=instant_of_ms(row["pace_until"]),
        failures=row["breaker_failures"],
        open_until=instant(row["breaker_until"]),
    )
