"""How often one address may knock."""

from datetime import timedelta

import pytest

from core.door_pace import DoorPace, neighbourhood

MINUTE = timedelta(minutes=1)


def test_so_many_at_once_and_then_one_by_one() -> None:
    door = DoorPace(6, MINUTE)

    refused = [door.take("192.0.2.1", now=100.0) for _ in range(8)]

    assert refused[:6] == [None] * 6
    assert refused[6:] == [timedelta(seconds=10)] * 2, "a refused knock costs nothing"
    assert door.take("192.0.2.1", now=110.0) is None
    assert door.take("192.0.2.1", now=110.0) is not None
    assert door.take("192.0.2.2", now=110.0) is None


def test_waiting_fills_it_to_the_brim_and_no_further() -> None:
    door = DoorPace(3, MINUTE)
    door.take("192.0.2.1", now=0.0)

    taken = [door.take("192.0.2.1", now=86_400.0) for _ in range(4)]

    assert [wait is None for wait in taken] == [True, True, True, False]


def test_ever_new_addresses_take_no_more_memory() -> None:
    door = DoorPace(3, MINUTE, addresses_most=100)

    for number in range(1000):
        door.take(f"198.51.{number // 250}.{number % 250}", now=0.0)

    assert len(door) == 100


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:0db8:0001:0002"),
        ("2001:db8:1:2:ffff::1", "2001:0db8:0001:0002"),
        ("nonsense" * 40, ("nonsense" * 40)[:64]),
    ],
)
def test_neighbours_count_as_one(address: str, kept: str) -> None:
    assert neighbourhood(address) == kept
