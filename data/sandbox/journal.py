"""The sandbox's memory on disk: one line a change, written in order by a thread of its own.

A line is `[kind, key, record]`, the record null when it went away. Nothing is fsynced: the file outlives a killed
process, which is all that an imitation needs. It is rewritten without the dead lines whenever it is opened.
"""

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

Records = dict[str, dict[str, Any]]


class Journal:
    """`path` None keeps nothing, and costs nothing."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._queue: queue.SimpleQueue[bytes | Callable[[], None] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._queued = 0
        self._written = 0

    def load(self) -> Records:
        """Everything kept so far, by kind and key; a line cut off by a crash is left out."""
        records: Records = {}
        if self._path is None or not self._path.exists():
            return records
        for line in self._path.read_bytes().splitlines():
            try:
                kind, key, record = orjson.loads(line)
            except ValueError:
                continue
            if record is None:
                records.get(kind, {}).pop(key, None)
            else:
                records.setdefault(kind, {})[key] = record
        return records

    def open(self, records: Records) -> None:
        """Write *records* as the new beginning, then follow it with what `put` brings."""
        if self._path is None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        lines = [orjson.dumps([kind, key, value]) for kind, kept in records.items() for key, value in kept.items()]
        fresh = self._path.with_suffix(".new")
        fresh.write_bytes(b"".join(line + b"\n" for line in lines))
        fresh.replace(self._path)
        self._thread = threading.Thread(target=self._write, name="sandbox-journal", daemon=True)
        self._thread.start()

    def put(self, kind: str, key: str, record: object) -> None:
        """Remember *record* (a dataclass, or None to forget it)."""
        if self._thread is not None:
            self._queued += 1
            self._queue.put(orjson.dumps([kind, key, record]) + b"\n")

    async def settled(self) -> None:
        """Return when all that was put so far has reached the file."""
        if self._thread is None or self._written >= self._queued:
            return
        loop = asyncio.get_running_loop()
        written: asyncio.Future[None] = loop.create_future()

        def done() -> None:
            if not written.done():
                written.set_result(None)

        self._queue.put(lambda: _tell(loop, done))
        await written

    def close(self) -> None:
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join()
            self._thread = None

    def _write(self) -> None:
        assert self._path is not None  # noqa: S101 (the thread is only started with a path)
        with self._path.open("ab", buffering=0) as file:
            while True:
                lines, callbacks, more = self._next_batch()
                if lines:
                    file.write(b"".join(lines))
                    self._written += len(lines)
                for tell in callbacks:
                    tell()
                if not more:
                    return

    def _next_batch(self) -> tuple[list[bytes], list[Callable[[], None]], bool]:
        lines: list[bytes] = []
        callbacks: list[Callable[[], None]] = []
        entry = self._queue.get()
        while True:
            match entry:
                case None:
                    return lines, callbacks, False
                case bytes():
                    lines.append(entry)
                case _:
                    callbacks.append(entry)
            try:
                entry = self._queue.get_nowait()
            except queue.Empty:
                return lines, callbacks, True


def _tell(loop: asyncio.AbstractEventLoop, done: Callable[[], None]) -> None:
    # A loop that has closed meanwhile has nobody left who waits.
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(done)
