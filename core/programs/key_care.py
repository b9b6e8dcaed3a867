"""Use cases: a key is rotated with an overlap, and narrowed to addresses and a pace."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Protocol

from core.clock import Clock
from core.errors import InvalidInput, NotFound, NotSignedIn, WrongState
from core.keys import PREFIX_SHOWN, new_secret
from core.users import ApiKey, PeopleTransaction, User, digest

OVERLAP = timedelta(days=1)
OVERLAP_MOST = timedelta(days=30)
ADDRESSES_EACH = 50
PACE_MOST = 1_000_000


class KeyRows(Protocol):
    async def restrict(self, key_id: int, *, addresses: Sequence[str], calls_per_minute: int | None) -> None: ...

    async def replace(self, old_id: int, *, new_id: int, ends_at: datetime) -> None: ...


class KeyTransaction(PeopleTransaction, Protocol):
    @property
    def key_care(self) -> KeyRows: ...


class KeyStore(Protocol):
    def transaction(self) -> AbstractAsyncContextManager[KeyTransaction]: ...


class KeyCare:
    def __init__(self, store: KeyStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

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
        networks = read_networks(addresses)
        if calls_per_minute is not None and not 1 <= calls_per_minute <= PACE_MOST:
            raise InvalidInput({"calls_per_minute": f"Calls a minute are a number from 1 to {PACE_MOST:,}."})
        async with self._store.transaction() as tx:
            key = await _living(tx, user, key_id, self._clock.now())
            await tx.key_care.restrict(key.id, addresses=networks, calls_per_minute=calls_per_minute)
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
