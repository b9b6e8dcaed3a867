"""How many pictures are decoded side by side."""

import asyncio
import threading

from data.c_memory import give_memory_back
from data.images.gate import BIG_PIXELS, DecodeGate
from tests.support.waiting import eventually


class Work:
    """Counts how many of it run at once, until it is let go."""

    def __init__(self) -> None:
        self.running = 0
        self.most = 0
        self.let_go = threading.Event()
        self._lock = threading.Lock()

    def __call__(self) -> None:
        with self._lock:
            self.running += 1
            self.most = max(self.most, self.running)
        self.let_go.wait(10)
        with self._lock:
            self.running -= 1


async def test_one_big_picture_and_two_small_ones_are_decoded_at_once() -> None:
    gate, big, small = DecodeGate(), Work(), Work()

    waiting = [asyncio.ensure_future(gate.run(big, pixels=BIG_PIXELS + 1)) for _ in range(4)]
    waiting += [asyncio.ensure_future(gate.run(small, pixels=100)) for _ in range(4)]
    await eventually(lambda: big.running == 1 and small.running == 2)
    big.let_go.set()
    small.let_go.set()
    await asyncio.gather(*waiting)

    assert (big.most, small.most) == (1, 2)


async def test_a_sender_that_gives_up_does_not_let_a_second_big_picture_in() -> None:
    gate, given_up, next_one = DecodeGate(), Work(), Work()
    first = asyncio.ensure_future(gate.run(given_up, pixels=BIG_PIXELS + 1))
    await eventually(lambda: given_up.running == 1)

    first.cancel()
    await asyncio.wait({first})
    second = asyncio.ensure_future(gate.run(next_one, pixels=BIG_PIXELS + 1))
    await gate.run(lambda: None, pixels=1)
    assert (given_up.running, next_one.running) == (1, 0)

    given_up.let_go.set()
    next_one.let_go.set()
    await second
    assert next_one.most == 1


def test_asking_for_memory_back_never_fails() -> None:
    give_memory_back()
