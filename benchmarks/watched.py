"""The product as `python -m core` starts it, with an eye on its event loop.

python -m benchmarks.watched FILE serve …

Each step of the loop that runs for longer than `WORTH_TELLING` becomes a line of FILE, with how long it ran (`cpu`:
of its thread alone, so that other processes do not add to it; `wall`) and how much of that was collecting garbage.
"""

import asyncio
import asyncio.events
import gc
import json
import sys
import threading
import time
from pathlib import Path
from typing import Any, TextIO

WORTH_TELLING = 0.010  # seconds of its thread


class Watch:
    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._collecting = 0.0
        self._collected = 0.0

    def start(self) -> None:
        run, loop_thread = asyncio.events.Handle._run, threading.get_ident()

        def watched(handle: asyncio.Handle) -> None:
            if threading.get_ident() != loop_thread:
                return run(handle)
            self._collected = 0.0
            wall, cpu = time.perf_counter(), time.thread_time()
            name = _name(handle)
            run(handle)
            cpu, wall = time.thread_time() - cpu, time.perf_counter() - wall
            if cpu >= WORTH_TELLING:
                self._tell(name, cpu, wall)
            return None

        asyncio.events.Handle._run = watched  # type: ignore[method-assign]
        gc.callbacks.append(self._collect)

    def _collect(self, phase: str, info: dict[str, Any]) -> None:
        if phase == "start":
            self._collecting = time.thread_time()
        else:
            self._collected += time.thread_time() - self._collecting

    def _tell(self, name: str, cpu: float, wall: float) -> None:
        said = {"step": name, "cpu": round(cpu, 4), "wall": round(wall, 4), "gc": round(self._collected, 4)}
        self._out.write(json.dumps(said) + "\n")
        self._out.flush()


def _name(handle: asyncio.Handle) -> str:
    """What a task stands at, else the callback."""
    callback: Any = handle._callback  # type: ignore[attr-defined]
    owner = getattr(callback, "__self__", None)
    if not isinstance(owner, asyncio.Task):
        return str(getattr(callback, "__qualname__", callback))
    inner: Any = owner.get_coro()
    names = []
    while inner is not None:
        names.append(getattr(inner, "__qualname__", type(inner).__name__))
        inner = getattr(inner, "cr_await", None)
    return " > ".join(names[-6:])


def main() -> None:
    from core.__main__ import main as serve

    out = Path(sys.argv[1]).open("a")  # noqa: SIM115 - as long as the process
    sys.argv = [sys.argv[0], *sys.argv[2:]]
    Watch(out).start()
    serve()


if __name__ == "__main__":
    main()
