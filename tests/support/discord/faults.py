"""What may go wrong between the bot and Discord, ordered by tests before it happens."""

from __future__ import annotations

import re
from dataclasses import dataclass, field


@dataclass
class Fault:
    """One thing that goes wrong with the next requests that match."""

    method: str
    path: re.Pattern[str]
    times: int
    kind: str
    retry_after: float = 0.05
    seconds: float = 0.0
    is_global: bool = False


@dataclass
class Faults:
    """Faults for REST. *path* is a regular expression searched in the path after /api/v10."""

    orders: list[Fault] = field(default_factory=list)
    met: list[tuple[str, str, str]] = field(default_factory=list)

    def rate_limit(
        self, method: str, path: str, *, times: int = 1, retry_after: float = 0.05, is_global: bool = False
    ) -> None:
        """Answer 429 before anything happens."""
        self._order(method, path, times, "rate_limit", retry_after=retry_after, is_global=is_global)

    def server_error(self, method: str, path: str, *, times: int = 1) -> None:
        """Answer 500 before anything happens."""
        self._order(method, path, times, "server_error")

    def server_error_after_effect(self, method: str, path: str, *, times: int = 1) -> None:
        """Do what was asked, then answer 500."""
        self._order(method, path, times, "server_error_after")

    def lose_answer(self, method: str, path: str, *, times: int = 1) -> None:
        """Do what was asked, then cut the connection."""
        self._order(method, path, times, "lose_answer")

    def drop_request(self, method: str, path: str, *, times: int = 1) -> None:
        """Cut the connection before anything happens."""
        self._order(method, path, times, "drop_request")

    def slow(self, method: str, path: str, *, seconds: float, times: int = 1) -> None:
        self._order(method, path, times, "slow", seconds=seconds)

    def clear(self) -> None:
        self.orders.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """The fault that this request meets, if any; counts it down."""
        for fault in self.orders:
            if fault.method in ("*", method) and fault.path.search(path):
                fault.times -= 1
                if fault.times <= 0:
                    self.orders.remove(fault)
                self.met.append((fault.kind, method, path))
                return fault
        return None

    def _order(
        self,
        method: str,
        path: str,
        times: int,
        kind: str,
        *,
        retry_after: float = 0.05,
        seconds: float = 0.0,
        is_global: bool = False,
    ) -> None:
        self.orders.append(Fault(method, re.compile(path), times, kind, retry_after, seconds, is_global))
