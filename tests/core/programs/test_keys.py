"""Keys: changed over with an overlap, narrowed, paced, and looked over the shoulder."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from core.errors import InvalidInput, NotFound, NotSignedIn
from core.identities import Identities
from core.keys import Keys
from core.programs.calls import KEPT_EACH, Call, Calls
from core.programs.key_care import KeyCare, check_address, read_networks
from core.programs.key_pace import KeyPace
from core.users import ApiKey
from data.programs import CallReader
from tests.support.clock import NOON
from tests.support.programs import House, a_house


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with a_house(tmp_path) as house:
        yield house


async def a_key(house: House, *scopes: str) -> tuple[ApiKey, str]:
    keys = Keys(house.store, house.people_reads, house.clock)
    return await keys.create(house.user, name="ComfyUI", scopes=scopes or ("upload",))


async def test_both_keys_open_during_the_overlap_and_then_only_the_new_one(house: House) -> None:
    identities = Identities(house.store, house.people_reads, house.clock)
    old, old_secret = await a_key(house, "upload", "read")

    new, new_secret = await KeyCare(house.store, house.clock).rotate(house.user, old.id, overlap=timedelta(hours=2))

    assert new.scopes == old.scopes
    assert (await identities.of_key(old_secret)).key is not None
    assert (await identities.of_key(new_secret)).key is not None
    await house.clock.advance(timedelta(hours=2))
    with pytest.raises(NotSignedIn, match="expired"):
        await identities.of_key(old_secret)
    assert (await identities.of_key(new_secret)).key is not None


async def test_rotation_keeps_the_limits_of_a_key(house: House) -> None:
    care = KeyCare(house.store, house.clock)
    old, _ = await a_key(house)
    await care.restrict(house.user, old.id, addresses=["10.0.0.0/8"], calls_per_minute=7)

    new, _ = await care.rotate(house.user, old.id)

    assert (new.addresses, new.calls_per_minute) == (("10.0.0.0/8",), 7)


async def test_other_peoples_keys_cannot_be_touched(house: House) -> None:
    care = KeyCare(house.store, house.clock)
    key, _ = await a_key(house)
    other, _ = await house.user_named("juno")

    with pytest.raises(NotFound):
        await care.rotate(other, key.id)
    with pytest.raises(NotFound):
        await care.restrict(other, key.id, addresses=[], calls_per_minute=None)


@pytest.mark.parametrize("address", ["10.1.2.3", "192.0.2.7", "2001:db8::5", "::ffff:10.1.2.3"])
def test_a_key_opens_from_its_addresses(address: str) -> None:
    check_address(_key("10.0.0.0/8", "192.0.2.7", "2001:db8::/32"), address)


@pytest.mark.parametrize("address", ["192.0.2.8", "::1", "2001:db9::5", "", "nonsense"])
def test_a_key_opens_from_nowhere_else(address: str) -> None:
    with pytest.raises(NotSignedIn):
        check_address(_key("10.0.0.0/8", "192.0.2.7", "2001:db8::/32"), address)


def test_what_is_no_address_is_refused() -> None:
    with pytest.raises(InvalidInput):
        read_networks(["10.0.0.0/8", "home"])


async def test_a_key_beyond_its_pace_waits_for_the_next_minute(house: House) -> None:
    key = await _paced(house, calls_per_minute=2)
    pace = KeyPace(house.store, house.clock)

    left = [pace.take(key).remaining for _ in range(2)]
    refused = pace.take(key)
    await house.clock.advance(60)

    assert left == [1, 0]
    assert refused.retry_after == timedelta(seconds=60)
    assert pace.take(key).retry_after is None


async def test_a_restart_gives_nobody_a_fresh_minute(house: House) -> None:
    key = await _paced(house, calls_per_minute=2)
    pace = KeyPace(house.store, house.clock)
    pace.take(key)
    await pace.save()

    restarted = KeyPace(house.store, house.clock)
    await restarted.load()

    assert restarted.take(key).remaining == 0
    assert restarted.take(key).retry_after is not None


async def test_the_last_calls_of_a_key_are_kept_and_only_its_owner_sees_them(house: House) -> None:
    key, _ = await a_key(house)
    other, _ = await house.user_named("juno")
    calls = Calls(house.store, CallReader(house.database))
    for number in range(KEPT_EACH + 5):
        calls.note(_call(key.id, number))

    kept = await calls.of_key(key.id, user_id=house.user.id)

    assert [call.took_ms for call in kept] == list(range(KEPT_EACH + 4, 4, -1))
    assert kept[0].read_as == {"fields": ["title"]}
    assert await calls.of_key(key.id, user_id=other.id) == ()


async def test_a_call_of_a_key_that_is_gone_is_forgotten(house: House) -> None:
    calls = Calls(house.store, CallReader(house.database))
    calls.note(_call(999, 1))

    await calls.save()

    assert await calls.of_key(999, user_id=house.user.id) == ()


def _key(*addresses: str) -> ApiKey:
    return ApiKey(1, 1, "x", "isk_x", frozenset(), NOON, addresses=addresses)


async def _paced(house: House, *, calls_per_minute: int) -> ApiKey:
    key, _ = await a_key(house)
    care = KeyCare(house.store, house.clock)
    return await care.restrict(house.user, key.id, addresses=[], calls_per_minute=calls_per_minute)


def _call(key_id: int, number: int) -> Call:
    return Call(
        key_id, NOON, "POST", "/api/comfyui/upload", "127.0.0.1", "ComfyUI", "image/png, 10 bytes", 201, "{}", number,
        {"fields": ["title"]},
    )  # fmt: skip
