"""Garbage is looked for soon after much of it was made, and once a minute otherwise."""

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator

import pytest

from core.app import garbage
from tests.support.clock import FakeClock


class Ring:
    """Refers to itself, so that only the collector finds it."""

    def __init__(self) -> None:
        self.me = self


@pytest.fixture
async def clock() -> AsyncIterator[FakeClock]:
    clock = FakeClock()
    gc.disable()
    task = asyncio.create_task(garbage.collect(clock))
    yield clock
    task.cancel()
    gc.enable()


@pytest.mark.parametrize(("middle", "stays", "goes"), [(garbage.MUCH - 1, 58, 3), (garbage.MUCH, 0, 1)])
async def test_it_is_looked_for(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch, middle: int, stays: float, goes: float
) -> None:
    monkeypatch.setattr(gc, "get_count", lambda: (0, 0, middle))
    ring = weakref.ref(Ring())

    await clock.advance(stays)
    assert ring() is not None
    await clock.advance(goes)
    assert ring() is None
