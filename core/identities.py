"""Who is calling: sessions and keys, remembered until people data changes."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from core.clock import Clock
from core.errors import NotSignedIn
from core.users import ApiKey, Identity, PeopleReads, PeopleStore, Session, digest

SESSION_KEPT = timedelta(days=30)
SESSION_NOTED_EVERY = timedelta(minutes=10)
KEY_NOTED_EVERY = timedelta(minutes=1)
REMEMBERED = 10_000

ReadIdentity = Callable[[bytes], Awaitable[Identity | None]]


class Identities:
    """Looks callers up. A known caller costs no query while `PeopleReads.version` stands still."""

    def __init__(self, store: PeopleStore, reads: PeopleReads, clock: Clock) -> None:
        self._store = store
        self._reads = reads
        self._clock = clock
        self._version = -1
        self._known: dict[bytes, Identity] = {}

    async def of_session(self, token: str) -> Identity | None:
        """The person whose browser holds *token*, or None when it is unknown or over."""
        identity = await self._find(digest(token), self._read_session)
        if identity is None or identity.session is None or identity.user.is_disabled:
            return None
        now = self._clock.now()
        if identity.session.expires_at <= now:
            return None
        if now - identity.session.seen_at >= SESSION_NOTED_EVERY:
            await self._note_session(identity.session, now)
        return identity

    async def of_key(self, secret: str) -> Identity:
        """The bearer of an API key; raises `NotSignedIn` saying why it opens nothing."""
        identity = await self._find(digest(secret), self._read_key)
        if identity is None or identity.key is None:
            raise NotSignedIn("This API key is not known here.")
        now = self._clock.now()
        check_key(identity, now)
        if identity.key.used_at is None or now - identity.key.used_at >= KEY_NOTED_EVERY:
            await self._note_key(identity.key, now)
        return identity

    async def _find(self, secret_hash: bytes, read: ReadIdentity) -> Identity | None:
        version = self._reads.version()
        if version != self._version:
            self._known.clear()
            self._version = version
        known = self._known.get(secret_hash)
        if known is None:
            known = await read(secret_hash)
            # Somebody may have changed while we read: what we hold may then already be old.
            if known is not None and self._version == version:
                self._remember(secret_hash, known)
        return known

    def _remember(self, secret_hash: bytes, identity: Identity) -> None:
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        self._known[secret_hash] = identity

    async def _read_session(self, token_hash: bytes) -> Identity | None:
        found = await self._reads.session(token_hash)
        return Identity(user=found[1], session=found[0]) if found else None

    async def _read_key(self, key_hash: bytes) -> Identity | None:
        found = await self._reads.key(key_hash)
        return Identity(user=found[1], key=found[0]) if found else None

    async def _note_session(self, session: Session, now: datetime) -> None:
        async with self._store.transaction() as tx:
            await tx.people.touch_session(session.token_hash, seen_at=now, expires_at=now + SESSION_KEPT)

    async def _note_key(self, key: ApiKey, now: datetime) -> None:
        async with self._store.transaction() as tx:
            await tx.people.touch_key(key.id, at=now)


def check_key(identity: Identity, now: datetime) -> None:
    """Raises `NotSignedIn` when the key opens nothing any more."""
    key = identity.key
    if key is None:
        raise NotSignedIn("This API key is not known here.")
    if key.revoked_at is not None:
        raise NotSignedIn("This API key was revoked.")
    if key.expires_at is not None and key.expires_at <= now:
        raise NotSignedIn("This API key has expired.")
    if identity.user.is_disabled:
        raise NotSignedIn("The owner of this API key is disabled.")
