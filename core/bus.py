"""Wakes consumers after a commit. It may lose a wake-up: each consumer has its position in the log."""

from collections.abc import Callable, Sequence

from core.events import Event

Listener = Callable[[Sequence[Event]], None]


class Bus:
    """Calls every listener with the events of a commit. Listeners set a flag and return at once."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []
        self._closing: list[Callable[[], None]] = []
        self.is_closed = False

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Returns what stops the listening."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    def on_close(self, callback: Callable[[], None]) -> Callable[[], None]:
        """For streams that should end when the process drains; returns what takes it back."""
        if self.is_closed:
            callback()
        self._closing.append(callback)
        return lambda: self._closing.remove(callback) if callback in self._closing else None

    def announce(self, events: Sequence[Event]) -> None:
        for listener in tuple(self._listeners):
            listener(events)

    def close(self) -> None:
        self.is_closed = True
        for callback in tuple(self._closing):
            callback()
