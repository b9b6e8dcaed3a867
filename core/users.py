"""People, their sessions and their keys as values, and what keeps them.

Secrets (session tokens, keys, sign-in states) exist only in the hands of their bearer; what is kept is
their SHA-256. They are long random strings, so a plain digest cannot be searched backwards.
"""

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from core.errors import ScopeMissing
from core.scopes import Scope


class Role(StrEnum):
    ADMIN = "admin"
    MEMBER = "member"


@dataclass(frozen=True, slots=True)
class User:
    id: int
    name: str
    role: Role
    time_zone: str
    created_at: datetime
    zone_chosen: bool = False
    email: str | None = None
    theme: str = "auto"
    settings: Mapping[str, Any] = field(default_factory=dict)
    paused_at: datetime | None = None
    disabled_at: datetime | None = None
    leaving_at: datetime | None = None  # their removal has begun

    @property
    def is_admin(self) -> bool:
        return self.role is Role.ADMIN

    @property
    def is_disabled(self) -> bool:
        return self.disabled_at is not None


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that is signed in."""

    token_hash: bytes = field(repr=False)
    user_id: int
    csrf_token: str = field(repr=False)
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    user_agent: str = ""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """`prefix` is shown so that people recognise a key; the rest of it is known to its bearer alone."""

    id: int
    user_id: int
    name: str
    prefix: str
    scopes: frozenset[Scope]
    created_at: datetime
    expires_at: datetime | None = None
    used_at: datetime | None = None
    revoked_at: datetime | None = None
    # Networks that may use it; none given = any. Calls a minute: None = as the instance has it.
    addresses: tuple[str, ...] = ()
    calls_per_minute: int | None = None
    replaced_by: int | None = None
    exposed_at: datetime | None = None  # when it was found inside an uploaded file; None once that was accepted


@dataclass(frozen=True, slots=True)
class SignIn:
    """A sign-in under way at DeviantArt. `link_user_id`: who adds an account, None for signing in."""

    state_hash: bytes = field(repr=False)
    verifier: str = field(repr=False)
    browser_hash: bytes = field(repr=False)
    link_user_id: int | None
    next_path: str
    expires_at: datetime
    invite_hash: bytes | None = field(default=None, repr=False)
    account_id: int | None = None  # the account to reconnect, and no other


@dataclass(frozen=True, slots=True)
class Identity:
    """Who makes a request: a person in a browser (`session`) or a program (`key`)."""

    user: User
    session: Session | None = None
    key: ApiKey | None = None

    @property
    def actor(self) -> str:
        """As the history names them."""
        return f"{self.user.name} ({self.key.name})" if self.key else self.user.name

    def may(self, scope: Scope) -> bool:
        return self.key is None or scope in self.key.scopes

    def need(self, scope: Scope) -> None:
        if not self.may(scope):
            raise ScopeMissing(scope)


def digest(secret: str) -> bytes:
    """What is kept of a secret that we made. Whatever is shown to us has one, also what is no text."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


class PeopleRows(Protocol):
    """Users, sessions, keys and sign-ins inside a transaction."""

    async def user(self, user_id: int) -> User | None: ...

    async def user_named(self, name: str) -> User | None: ...

    async def users(self) -> Sequence[User]: ...

    async def count_users(self) -> int:
        """People who may sign in: the disabled are not counted."""
        ...

    async def has_users(self) -> bool: ...

    async def add_user(self, *, name: str, role: Role, time_zone: str, at: datetime) -> User: ...

    async def save_user(self, user: User) -> None: ...

    async def add_session(self, session: Session) -> None: ...

    async def touch_session(self, token_hash: bytes, *, seen_at: datetime, expires_at: datetime) -> None: ...

    async def remove_session(self, token_hash: bytes) -> None: ...

    async def remove_sessions(self, user_id: int, *, but: bytes | None = None) -> None: ...

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
    ) -> ApiKey: ...

    async def key(self, user_id: int, key_id: int) -> ApiKey | None: ...

    async def count_keys(self, user_id: int) -> int:
        """Keys that are not revoked."""
        ...

    async def touch_key(self, key_id: int, *, at: datetime) -> None: ...

    async def revoke_key(self, key_id: int, *, at: datetime) -> None: ...

    async def add_sign_in(self, sign_in: SignIn) -> None: ...

    async def take_sign_in(self, state_hash: bytes) -> SignIn | None:
        """Remove and answer it: a state works once, whatever comes of it."""
        ...

    async def remove_expired(self, *, now: datetime) -> None:
        """Sessions and sign-ins that are over."""
        ...


class PeopleTransaction(Protocol):
    @property
    def people(self) -> PeopleRows: ...


class PeopleStore(Protocol):
    def transaction(self) -> AbstractAsyncContextManager[PeopleTransaction]: ...


class PeopleReads(Protocol):
    """Reads outside a transaction, one hop each."""

    def version(self) -> int:
        """Changes with every commit of this process at once, with those of others within a quarter of a second.

        Costs microseconds and never blocks. What was read before it moved may be out of date.
        """
        ...

    async def session(self, token_hash: bytes) -> tuple[Session, User] | None: ...

    async def key(self, key_hash: bytes) -> tuple[ApiKey, User] | None: ...

    async def keys(self, user_id: int) -> Sequence[ApiKey]:
        """A person's keys that are not revoked, newest first."""
        ...

    async def sessions(self, user_id: int) -> Sequence[Session]: ...

    async def user(self, user_id: int) -> User | None: ...

    async def users(self) -> Sequence[User]: ...
