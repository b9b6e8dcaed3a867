"""Answers that are good until anything is committed: who asks again and again costs next to nothing."""

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Answer = TypeVar("Answer")
MOST = 64


class Remembered(Generic[Answer]):
    """*version* moves with every commit; what was made of rows read before it moved is not used again."""

    def __init__(self, version: Callable[[], int], *, most: int = MOST) -> None:
        self.version = version
        self._most = most
        self._at = -1
        self._answers: dict[Hashable, Answer] = {}

    def get(self, key: Hashable) -> Answer | None:
        if self.version() != self._at:
            self._answers.clear()
            return None
        return self._answers.get(key)

    def put(self, key: Hashable, answer: Answer, *, version: int) -> None:
        """*version* is from before the rows were read: a commit in between makes the answer void."""
        if version != self._at or len(self._answers) >= self._most:
            self._answers.clear()
            self._at = version
        self._answers[key] = answer
