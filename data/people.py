"""Users, sessions, API keys and sign-ins under way."""

import asyncio
import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime

from core.scopes import Scope, join_scopes
from core.users import ApiKey, Role, Session, SignIn, User
from data.database import Connection, Database, Row
from data.times import instant, seconds

_USER = """
SELECT u.id, u.name, u.role, u.time_zone, u.zone_chosen, u.email, u.theme, u.settings, u.paused_at,
       u.created_at, u.disabled_at, u.leaving_at
  FROM user u
"""
_SESSION = """
SELECT s.token_hash, s.user_id, s.csrf_token, s.user_agent, s.created_at AS session_created_at, s.seen_at,
       s.expires_at, u.id, u.name, u.role, u.time_zone, u.zone_chosen, u.email, u.theme, u.settings,
       u.paused_at, u.created_at, u.disabled_at, u.leaving_at
  FROM session s JOIN user u ON u.id = s.user_id
"""
_KEY = """
SELECT k.id AS key_id, k.user_id AS key_user_id, k.name AS key_name, k.prefix, k.scopes,
       k.created_at AS key_created_at, k.expires_at AS key_expires_at, k.used_at, k.revoked_at,
       k.addresses, k.calls_per_minute, k.replaced_by, k.exposed_at, k.exposure_accepted,
       u.id, u.name, u.role, u.time_zone, u.zone_chosen, u.email, u.theme, u.settings, u.paused_at,
       u.created_at, u.disabled_at, u.leaving_at
  FROM api_key k JOIN user u ON u.id = k.user_id
"""

ELSEWHERE_LOOKED_EVERY_SECONDS = 0.25


class People:
    """`PeopleRows` over the one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def user(self, user_id: int) -> User | None:
        row = await self._connection.one(_USER + "WHERE u.id = :id", {"id": user_id})
        return _user(row) if row else None

    async def user_named(self, name: str) -> User | None:
        row = await self._connection.one(_USER + "WHERE u.name = :name COLLATE NOCASE", {"name": name})
        return _user(row) if row else None

    async def users(self) -> Sequence[User]:
        rows = await self._connection.all(_USER + "ORDER BY u.id")
        return [_user(row) for row in rows]

    async def count_users(self) -> int:
        row = await self._connection.one("SELECT count(*) AS n FROM user WHERE disabled_at IS NULL")
        return int(row["n"]) if row else 0

    async def has_users(self) -> bool:
        return await self._connection.one("SELECT id FROM user LIMIT 1") is not None

    async def add_user(self, *, name: str, role: Role, time_zone: str, at: datetime) -> User:
        user_id = await self._connection.insert(
            "INSERT INTO user (name, role, time_zone, created_at) VALUES (:name, :role, :time_zone, :at)",
            {"name": name, "role": role, "time_zone": time_zone, "at": seconds(at)},
        )
        return User(id=user_id, name=name, role=role, time_zone=time_zone, created_at=at)

    async def save_user(self, user: User) -> None:
        await self._connection.run(
            """
            UPDATE user
               SET name = :name, role = :role, time_zone = :time_zone, zone_chosen = :zone_chosen,
                   email = :email, theme = :theme, settings = :settings, paused_at = :paused_at,
                   disabled_at = :disabled_at, leaving_at = :leaving_at
             WHERE id = :id
            """,
            {
                "id": user.id,
                "name": user.name,
                "role": user.role,
                "time_zone": user.time_zone,
                "zone_chosen": int(user.zone_chosen),
                "email": user.email,
                "theme": user.theme,
                "settings": json.dumps(dict(user.settings)),
                "paused_at": seconds(user.paused_at),
                "disabled_at": seconds(user.disabled_at),
                "leaving_at": seconds(user.leaving_at),
            },
        )

    async def add_session(self, session: Session) -> None:
        await self._connection.run(
            """
            INSERT INTO session (token_hash, user_id, csrf_token, user_agent, created_at, seen_at, expires_at)
            VALUES (:token_hash, :user_id, :csrf_token, :user_agent, :created_at, :seen_at, :expires_at)
            """,
            {
                "token_hash": session.token_hash,
                "user_id": session.user_id,
                "csrf_token": session.csrf_token,
                "user_agent": session.user_agent,
                "created_at": seconds(session.created_at),
                "seen_at": seconds(session.seen_at),
                "expires_at": seconds(session.expires_at),
            },
        )

    async def touch_session(self, token_hash: bytes, *, seen_at: datetime, expires_at: datetime) -> None:
        await self._connection.run(
            "UPDATE session SET seen_at = :seen, expires_at = :expires WHERE token_hash = :hash",
            {"hash": token_hash, "seen": seconds(seen_at), "expires": seconds(expires_at)},
        )

    async def remove_session(self, token_hash: bytes) -> None:
        await self._connection.run("DELETE FROM session WHERE token_hash = :hash", {"hash": token_hash})

    async def remove_sessions(self, user_id: int, *, but: bytes | None = None) -> None:
        await self._connection.run(
            "DELETE FROM session WHERE user_id = :user_id AND token_hash IS NOT :but",
            {"user_id": user_id, "but": but},
        )

    async def add_key(
        self,
        *,
        user_id: int,
        name: str,
        prefix: str,
        key_hash: bytes,
        scopes: frozenset[Scope],
        at: datetime,
        expires_at: datetime | None,
    ) -> ApiKey:
        key_id = await self._connection.insert(
            """
            INSERT INTO api_key (user_id, name, prefix, key_hash, scopes, created_at, expires_at)
            VALUES (:user_id, :name, :prefix, :key_hash, :scopes, :at, :expires_at)
            """,
            {
                "user_id": user_id,
                "name": name,
                "prefix": prefix,
                "key_hash": key_hash,
                "scopes": join_scopes(scopes),
                "at": seconds(at),
                "expires_at": seconds(expires_at),
            },
        )
        return ApiKey(
            id=key_id,
            user_id=user_id,
            name=name,
            prefix=prefix,
            scopes=scopes,
            created_at=at,
            expires_at=expires_at,
        )

    async def key(self, user_id: int, key_id: int) -> ApiKey | None:
        row = await self._connection.one(
            _KEY + "WHERE k.id = :id AND k.user_id = :user_id",
            {"id": key_id, "user_id": user_id},
        )
        return _key(row) if row else None

    async def count_keys(self, user_id: int) -> int:
        row = await self._connection.one(
            "SELECT count(*) AS n FROM api_key WHERE user_id = :user_id AND revoked_at IS NULL",
            {"user_id": user_id},
        )
        return int(row["n"]) if row else 0

    async def touch_key(self, key_id: int, *, at: datetime) -> None:
        await self._connection.run(
            "UPDATE api_key SET used_at = :at WHERE id = :id", {"id": key_id, "at": seconds(at)}
        )

    async def revoke_key(self, key_id: int, *, at: datetime) -> None:
        await self._connection.run(
            "UPDATE api_key SET revoked_at = :at WHERE id = :id AND revoked_at IS NULL",
            {"id": key_id, "at": seconds(at)},
        )

    async def add_sign_in(self, sign_in: SignIn) -> None:
        await self._connection.run(
            """
            INSERT INTO sign_in (state_hash, verifier, browser_hash, link_user_id, next_path, expires_at, invite_hash,
                                 account_id)
            VALUES (:state_hash, :verifier, :browser_hash, :link_user_id, :next_path, :expires_at, :invite_hash,
                    :account_id)
            """,
            {
                "state_hash": sign_in.state_hash,
                "verifier": sign_in.verifier,
                "browser_hash": sign_in.browser_hash,
                "link_user_id": sign_in.link_user_id,
                "next_path": sign_in.next_path,
                "expires_at": seconds(sign_in.expires_at),
                "invite_hash": sign_in.invite_hash,
                "account_id": sign_in.account_id,
            },
        )

    async def take_sign_in(self, state_hash: bytes) -> SignIn | None:
        row = await self._connection.one(
            """
            DELETE FROM sign_in WHERE state_hash = :hash
            RETURNING state_hash, verifier, browser_hash, link_user_id, next_path, expires_at, invite_hash, account_id
            """,
            {"hash": state_hash},
        )
        if row is None:
            return None
        return SignIn(
            state_hash=row["state_hash"],
            verifier=row["verifier"],
            browser_hash=row["browser_hash"],
            link_user_id=row["link_user_id"],
            next_path=row["next_path"],
            expires_at=instant(row["expires_at"]),
            invite_hash=row["invite_hash"],
            account_id=row["account_id"],
        )

    async def remove_expired(self, *, now: datetime) -> None:
        params = {"now": seconds(now)}
        await self._connection.run("DELETE FROM session WHERE expires_at <= :now", params)
        await self._connection.run("DELETE FROM sign_in WHERE expires_at <= :now", params)


class PeopleReader:
    """`PeopleReads`. Call `close` at the end: it keeps one connection of its own for `version`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._watch = _Watch(database)

    def close(self) -> None:
        self._watch.close()

    def version(self) -> int:
        return self._watch.version()

    async def session(self, token_hash: bytes) -> tuple[Session, User] | None:
        row = await self._one(
            _SESSION + "WHERE s.token_hash = :hash",
            {"hash": token_hash},
        )
        return (_session(row), _user(row)) if row else None

    async def key(self, key_hash: bytes) -> tuple[ApiKey, User] | None:
        row = await self._one(
            _KEY + "WHERE k.key_hash = :hash",
            {"hash": key_hash},
        )
        return (_key(row), _user(row)) if row else None

    async def keys(self, user_id: int) -> Sequence[ApiKey]:
        rows = await self._all(
            _KEY + "WHERE k.user_id = :user_id AND k.revoked_at IS NULL ORDER BY k.id DESC",
            {"user_id": user_id},
        )
        return [_key(row) for row in rows]

    async def sessions(self, user_id: int) -> Sequence[Session]:
        rows = await self._all(
            _SESSION + "WHERE s.user_id = :user_id ORDER BY s.seen_at DESC",
            {"user_id": user_id},
        )
        return [_session(row) for row in rows]

    async def user(self, user_id: int) -> User | None:
        row = await self._one(_USER + "WHERE u.id = :id", {"id": user_id})
        return _user(row) if row else None

    async def users(self) -> Sequence[User]:
        return [_user(row) for row in await self._all(_USER + "ORDER BY u.id", {})]

    async def _all(self, sql: str, params: dict[str, object]) -> list[Row]:
        return await self._database.read(lambda connection: connection.execute(sql, params).fetchall())

    async def _one(self, sql: str, params: dict[str, object]) -> Row | None:
        rows = await self._all(sql, params)
        return rows[0] if rows else None


class _Watch:
    """Notices commits: our own at once, by their count; other processes' within a quarter of a second.

    `PRAGMA data_version` takes no lock of ours and reads no disk, but its system calls would be the dearest
    part of a small request.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: sqlite3.Connection | None = None
        self._looked_at = -ELSEWHERE_LOOKED_EVERY_SECONDS
        self._seen = 0
        self._elsewhere = 0

    def version(self) -> int:
        now = asyncio.get_running_loop().time()
        if now - self._looked_at >= ELSEWHERE_LOOKED_EVERY_SECONDS:
            self._looked_at = now
            seen = self._data_version()
            self._elsewhere += seen != self._seen
            self._seen = seen
        return self._database.commits + self._elsewhere

    def _data_version(self) -> int:
        if self._connection is None:
            self._connection = sqlite3.connect(self._database.path, isolation_level=None, timeout=0)
            self._connection.execute("PRAGMA query_only = ON")
        return int(self._connection.execute("PRAGMA data_version").fetchone()[0])

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _user(row: Row) -> User:
    return User(
        id=row["id"],
        name=row["name"],
        role=Role(row["role"]),
        time_zone=row["time_zone"],
        created_at=instant(row["created_at"]),
        zone_chosen=bool(row["zone_chosen"]),
        email=row["email"],
        theme=row["theme"],
        settings=json.loads(row["settings"]),
        paused_at=instant(row["paused_at"]),
        disabled_at=instant(row["disabled_at"]),
        leaving_at=instant(row["leaving_at"]),
    )


def _session(row: Row) -> Session:
    return Session(
        token_hash=row["token_hash"],
        user_id=row["user_id"],
        csrf_token=row["csrf_token"],
        created_at=instant(row["session_created_at"]),
        seen_at=instant(row["seen_at"]),
        expires_at=instant(row["expires_at"]),
        user_agent=row["user_agent"],
    )


def _key(row: Row) -> ApiKey:
    known = set(Scope)
    return ApiKey(
        id=row["key_id"],
        user_id=row["key_user_id"],
        name=row["key_name"],
        prefix=row["prefix"],
        scopes=frozenset(Scope(name) for name in row["scopes"].split() if name in known),
        created_at=instant(row["key_created_at"]),
        expires_at=instant(row["key_expires_at"]),
        used_at=instant(row["used_at"]),
        revoked_at=instant(row["revoked_at"]),
        addresses=tuple(json.loads(row["addresses"])),
        calls_per_minute=row["calls_per_minute"],
        replaced_by=row["replaced_by"],
        exposed_at=None if row["exposure_accepted"] else instant(row["exposed_at"]),
    )
