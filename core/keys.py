"""Keys for programs: made, shown once, revoked."""

import re
import secrets
import string
from collections.abc import Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from core.clock import Clock
from core.errors import InvalidInput, NotAllowed, NotFound
from core.people.audit import AuditRows, audit
from core.scopes import Scope, read_scopes
from core.users import ApiKey, PeopleReads, PeopleRows, User, digest

KEY_START = "isk_"
KEY_LENGTH = 40  # letters and digits after the start: 238 bits
PREFIX_SHOWN = 10
KEYS_EACH = 100
NAME_KEPT = 80

_ALPHABET = string.ascii_letters + string.digits
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class KeyTransaction(Protocol):
    @property
    def people(self) -> PeopleRows: ...
    @property
    def audit(self) -> AuditRows: ...


class KeyStore(Protocol):
    def transaction(self) -> AbstractAsyncContextManager[KeyTransaction]: ...


class Keys:
    def __init__(self, store: KeyStore, reads: PeopleReads, clock: Clock) -> None:
        self._store = store
        self._reads = reads
        self._clock = clock

    async def create(
        self,
        user: User,
        *,
        name: str,
        scopes: Iterable[str],
        expires_at: datetime | None = None,
        for_another: bool = False,
    ) -> tuple[ApiKey, str]:
        """The new key and its secret, which nobody can ask for again. Raises `InvalidInput`, `NotAllowed`.

        *for_another*: somebody at the machine makes it, and the audit log says so.
        """
        held = read_scopes(scopes)
        if Scope.ADMIN in held and not user.is_admin:
            raise NotAllowed("Only an administrator can make a key with the scope “admin”.")
        now = self._clock.now()
        if expires_at is not None and expires_at <= now:
            raise InvalidInput({"expires_at": "This time is in the past."})
        secret = new_secret()
        async with self._store.transaction() as tx:
            if await tx.people.count_keys(user.id) >= KEYS_EACH:
                raise InvalidInput({"name": f"There are {KEYS_EACH} keys already; revoke one first."})
            key = await tx.people.add_key(
                user_id=user.id,
                name=_read_name(name),
                prefix=secret[:PREFIX_SHOWN],
                key_hash=digest(secret),
                scopes=held,
                at=now,
                expires_at=expires_at,
            )
            if for_another:
                await audit(tx, None, "key.made", f"Made the key “{key.name}” for {user.name}.", at=now)
        return key, secret

    async def of(self, user: User) -> Sequence[ApiKey]:
        return await self._reads.keys(user.id)

    async def revoke(self, user: User, key_id: int) -> ApiKey:
        """Works for one's own keys only; revoking a revoked one changes nothing."""
        async with self._store.transaction() as tx:
            key = await tx.people.key(user.id, key_id)
            if key is None:
                raise NotFound("There is no such key.")
            if key.revoked_at is None:
                await tx.people.revoke_key(key.id, at=self._clock.now())
        return key


def new_secret() -> str:
    return KEY_START + "".join(secrets.choice(_ALPHABET) for _ in range(KEY_LENGTH))


def _read_name(given: str) -> str:
    name = " ".join(_CONTROL.sub(" ", given).split())
    if not name:
        raise InvalidInput({"name": "Give the key a name, so that you recognise it later."})
    if len(name) > NAME_KEPT:
        raise InvalidInput({"name": f"A name has at most {NAME_KEPT} characters."})
    return name
