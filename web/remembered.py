"""Answers that are good until anything is committed: a client that asks again and again costs next to nothing."""

from collections.abc import Callable, Hashable

from aiohttp import web

MOST = 64  # answers of some 20 kB each


class Remembered:
    """*version* moves with every commit; what was made of rows read before it moved is not used again."""

    def __init__(self, version: Callable[[], int], *, most: int = MOST) -> None:
        self.version = version
        self._most = most
        self._at = -1
        self._answers: dict[Hashable, bytes] = {}

    def get(self, key: Hashable) -> bytes | None:
        if self.version() != self._at:
            self._answers.clear()
            return None
        return self._answers.get(key)

    def put(self, key: Hashable, answer: bytes, *, version: int) -> None:
        """*version* is from before the rows were read: a commit in between makes the answer void."""
        if version != self._at or len(self._answers) >= self._most:
            self._answers.clear()
            self._at = version
        self._answers[key] = answer


REMEMBERED = web.AppKey("remembered", Remembered)
