"""Use cases: a key is rotated with an overlap, narrowed to addresses and a pace, and found where it should not be."""

import logging
import re
from collections.abc import Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Protocol

from core.clock import Clock
from core.errors import InvalidInput, NotFound, NotSignedIn, WrongState
from core.events import Event
from core.keys import KEY_LENGTH, KEY_START, PREFIX_SHOWN, Keys, new_secret
from core.ports import EventRepository
from core.users import ApiKey, PeopleTransaction, User, digest

OVERLAP = timedelta(days=1)
OVERLAP_MOST = timedelta(days=30)
ADDRESSES_EACH = 50
PACE_MOST = 1_000_000
EXPOSED = "key.exposed"
_WHOLE_KEY = re.compile(rf"{KEY_START}[A-Za-z0-9]{{{KEY_LENGTH}}}")

logger = logging.getLogger(__name__)


class KeyRows(Protocol):
    async def restrict(self, key_id: int, *, addresses: Sequence[str], calls_per_minute: int | None) -> None: ...

    async def replace(self, old_id: int, *, new_id: int, ends_at: datetime) -> None: ...

    async def expose(self, key_hash: bytes, *, at: datetime) -> tuple[int, int, str, str] | None:
        """Note that a living key was found; its id, user, name and prefix the first time, else None."""
        ...

    async def accept_exposure(self, key_id: int) -> None: ...


class KeyTransaction(PeopleTransaction, Protocol):
    @property
    def key_care(self) -> KeyRows: ...
    @property
    def events(self) -> EventRepository: ...


class KeyStore(Protocol):
    def transaction(self) -> AbstractAsyncContextManager[KeyTransaction]: ...


class KeyCare:
    def __init__(self, store: KeyStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def create(
        self,
        keys: Keys,
        user: User,
        *,
        name: str,
        scopes: Iterable[str],
        expires_at: datetime | None = None,
        addresses: Sequence[str] = (),
        calls_per_minute: int | None = None,
    ) -> tuple[ApiKey, str]:
        """A key with its limits, and its secret. What cannot be used is refused before the key is made.

        Raises `InvalidInput`, `NotAllowed`.
        """
        networks, pace = read_networks(addresses), read_pace(calls_per_minute)
        key, secret = await keys.create(user, name=name, scopes=scopes, expires_at=expires_at)
        if networks or pace is not None:
            # Nobody has seen the secret yet, so that it was free for a moment harms nobody.
            key = await self.restrict(user, key.id, addresses=networks, calls_per_minute=pace)
        return key, secret

    async def rotate(self, user: User, key_id: int, *, overlap: timedelta = OVERLAP) -> tuple[ApiKey, str]:
        """A new key that may what the old one may, and its secret; the old one opens for *overlap* more.

        Raises `NotFound`, `WrongState` for a key that is over, `InvalidInput`.
        """
        if not timedelta() <= overlap <= OVERLAP_MOST:
            raise InvalidInput({"overlap_hours": f"The overlap is at most {OVERLAP_MOST.days} days."})
        now = self._clock.now()
        secret = new_secret()
        async with self._store.transaction() as tx:
            old = await _living(tx, user, key_id, now)
            new = await tx.people.add_key(
                user_id=user.id,
                name=old.name,
                prefix=secret[:PREFIX_SHOWN],
                key_hash=digest(secret),
                scopes=old.scopes,
                at=now,
                expires_at=old.expires_at,
            )
            await tx.key_care.restrict(new.id, addresses=old.addresses, calls_per_minute=old.calls_per_minute)
            ends_at = min(old.expires_at or now + overlap, now + overlap)
            await tx.key_care.replace(old.id, new_id=new.id, ends_at=ends_at)
            kept = await tx.people.key(user.id, new.id)
        return kept or new, secret

    async def restrict(
        self, user: User, key_id: int, *, addresses: Sequence[str], calls_per_minute: int | None
    ) -> ApiKey:
        """From where it may be used (addresses or networks; none = anywhere), and how often."""
        networks, pace = read_networks(addresses), read_pace(calls_per_minute)
        async with self._store.transaction() as tx:
            key = await _living(tx, user, key_id, self._clock.now())
            await tx.key_care.restrict(key.id, addresses=networks, calls_per_minute=pace)
            return await tx.people.key(user.id, key.id) or key

    async def alarm(self, found: Sequence[str]) -> None:
        """Texts like our keys stood in an uploaded file, which may be shown around: tell the keys' owners, once each.

        Whose file it was does not matter, and is not told.
        """
        secrets = {match.group() for text in found for match in _WHOLE_KEY.finditer(text)}
        now = self._clock.now()
        async with self._store.transaction() as tx:
            for secret in sorted(secrets):
                key = await tx.key_care.expose(digest(secret), at=now)
                if key is None:
                    continue
                key_id, user_id, name, prefix = key
                text = (
                    f"The key “{name}” ({prefix}…) stands inside a picture that was uploaded here. Whoever has that"
                    " picture can use the key. Replace it on the page “Keys and uploads”."
                )
                await tx.events.add(Event(EXPOSED, text, now, user_id, data={"key_id": key_id}))
                logger.warning("an API key of this instance stands in an uploaded file", extra={"key_id": key_id})

    async def accept(self, user: User, key_id: int) -> ApiKey:
        """The owner knows that it was found, and keeps it. Raises `NotFound`, `WrongState`."""
        async with self._store.transaction() as tx:
            key = await _living(tx, user, key_id, self._clock.now())
            await tx.key_care.accept_exposure(key.id)
            return await tx.people.key(user.id, key.id) or key


async def _living(tx: KeyTransaction, user: User, key_id: int, now: datetime) -> ApiKey:
    key = await tx.people.key(user.id, key_id)
    if key is None:
        raise NotFound("There is no such key.")
    if key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= now):
        raise WrongState("This key is over. Make a new one.")
    return key


def read_networks(given: Sequence[str]) -> tuple[str, ...]:
    """Addresses and networks in one form; raises `InvalidInput`."""
    words = [word.strip() for word in given if word.strip()]
    if len(words) > ADDRESSES_EACH:
        raise InvalidInput({"addresses": f"At most {ADDRESSES_EACH} addresses."})
    found = []
    for word in words:
        try:
            found.append(str(ip_network(word, strict=False)))
        except ValueError:
            raise InvalidInput(
                {"addresses": f"“{word[:60]}” is not an address such as 192.0.2.7 or 10.0.0.0/8."}
            ) from None
    return tuple(dict.fromkeys(found))


def read_pace(given: int | None) -> int | None:
    """Calls a minute; raises `InvalidInput`."""
    if given is not None and not 1 <= given <= PACE_MOST:
        raise InvalidInput({"calls_per_minute": f"Calls a minute are a number from 1 to {PACE_MOST:,}."})
    return given


def check_address(key: ApiKey, address: str) -> None:
    """Raises `NotSignedIn` when the key may not be used from *address*."""
    if not key.addresses:
        return
    try:
        caller = ip_address(address.split("%", 1)[0])
    except ValueError:
        raise NotSignedIn("This API key may not be used from here.") from None
    mapped = getattr(caller, "ipv4_mapped", None)
    if not any((mapped or caller) in ip_network(network) for network in key.addresses):
        raise NotSignedIn("This API key may not be used from here.")
