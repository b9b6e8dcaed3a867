"""Pictures coming in: what 50 MB uploads cost in memory and in answers, and how many 2 MB ones fit in a second.

python -m benchmarks.intake [--large 8] [--small 160]

The floor is the work that cannot be left out (decoding, SHA-256, a durable file) on both cores, measured in
the same run and with nothing else running.
"""

import argparse
import asyncio
import hashlib
import http.client
import io
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.library import add_person, library
from benchmarks.processes import Running, against, percentile, scratch, start_isekai, start_sandbox, stopping
from core.scopes import Scope

MB = 1024 * 1024
LARGE_SIZE, SMALL_SIZE = (4096, 4230), (836, 836)
MEMORY_LIMIT, HEALTH_LIMIT, FLOOR_SHARE = 150 * MB, 0.100, 0.5
SMALL_AT_ONCE = 4
BOUNDARY = "isekai-benchmark"
SEND_BYTES = 256 * 1024


def noise_png(size: tuple[int, int]) -> bytes:
    """What cannot be compressed, different each time."""
    from PIL import Image

    packed = io.BytesIO()
    Image.frombytes("RGB", size, os.urandom(size[0] * size[1] * 3)).save(packed, "PNG", compress_level=1)
    return packed.getvalue()


def upload(running: Running, key: str, picture: bytes) -> int:
    """One multipart upload, sent with as little work on this side as possible; the status."""
    head = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="image"; filename="noise.png"\r\n'
        "Content-Type: image/png\r\n\r\n"
    ).encode()
    tail = f"\r\n--{BOUNDARY}--\r\n".encode()
    address = urlsplit(running.url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=120)
    headers = {
        "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
        "Content-Length": str(len(head) + len(picture) + len(tail)),
        "Authorization": f"Bearer {key}",
    }
    try:
        connection.request("POST", "/api/comfyui/upload", body=_blocks(head, picture, tail), headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 201:
            raise SystemExit(f"the upload was answered with {answer.status}: {body[:500]!r}")
        return answer.status
    finally:
        connection.close()


def _blocks(*parts: bytes) -> Iterator[memoryview]:
    for part in parts:
        for start in range(0, len(part), SEND_BYTES):
            yield memoryview(part)[start : start + SEND_BYTES]


class HealthProbe:
    """Asks `/health` every 20 ms on a connection of its own and keeps how long each answer took."""

    def __init__(self, running: Running) -> None:
        self._address = urlsplit(running.url)
        self.seconds: list[float] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "HealthProbe":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        connection = http.client.HTTPConnection(self._address.hostname or "", self._address.port, timeout=30)
        while not self._ended.wait(0.02):
            started = time.perf_counter()
            connection.request("GET", "/health")
            connection.getresponse().read()
            self.seconds.append(time.perf_counter() - started)
        connection.close()


@contextmanager
def peak_memory(running: Running) -> Iterator[Callable[[], int]]:
    """By how many bytes the resident set grew at its highest since the context began."""
    Path(f"/proc/{running.pid}/clear_refs").write_text("5")
    before = running.rss_bytes()
    yield lambda: _high_water(running) - before


def _high_water(running: Running) -> int:
    for line in Path(f"/proc/{running.pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise SystemExit("this system does not tell VmHWM")


async def set_up(home: Path, sandbox: Running) -> str:
    """A person with an account; a key that may upload."""
    async with library(home, sandbox.url) as app:
        account = await add_person(app, sandbox.url, "artist01")
        person = await app.people_reads.user(account.user_id)
        assert person is not None
        _, secret = await app.keys.create(person, name="benchmark", scopes=[Scope.UPLOAD])
        return secret


def wait_for_thumbnails(home: Path, wanted: int) -> None:
    """What is drawn after the answers belongs to the cost as well."""
    deadline = time.monotonic() + 120
    while len(list((home / "images" / "thumbs").glob("*/*"))) < wanted and time.monotonic() < deadline:
        time.sleep(0.05)


def large_uploads(running: Running, key: str, home: Path, count: int) -> bool:
    pictures = [noise_png(LARGE_SIZE) for _ in range(count)]
    upload(running, key, noise_png((64, 64)))  # what is imported once is not part of an upload's cost
    wait_for_thumbnails(home, 1)
    with peak_memory(running) as growth, HealthProbe(running) as probe, ThreadPoolExecutor(count) as pool:
        started = time.perf_counter()
        list(pool.map(lambda picture: upload(running, key, picture), pictures))
        took = time.perf_counter() - started
        wait_for_thumbnails(home, count + 1)
        grew = growth()
    slowest, p99 = max(probe.seconds), percentile(probe.seconds, 0.99)
    print(f"{count} uploads of {len(pictures[0]) / MB:.0f} MB at once: {took:.1f} s until the last answer")
    print(f"  memory grew by {grew / MB:.0f} MB at most (limit {MEMORY_LIMIT / MB:.0f})")
    print(f"  /health: slowest {slowest * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms of {len(probe.seconds)} (limit 100)")
    return grew < MEMORY_LIMIT and slowest < HEALTH_LIMIT


def floor_of(pictures: list[bytes]) -> None:
    """Decode, hash, and a durable file: nothing else."""
    from PIL import Image

    with tempfile.TemporaryDirectory() as directory:
        for number, picture in enumerate(pictures):
            Image.open(io.BytesIO(picture)).load()
            hashlib.sha256(picture).hexdigest()
            with (Path(directory) / str(number)).open("wb") as file:
                file.write(picture)
                file.flush()
                os.fsync(file.fileno())


def floor_rate(pictures: list[bytes]) -> float:
    with ProcessPoolExecutor(2) as pool:
        list(pool.map(floor_of, [pictures[:2], pictures[2:4]]))  # imports are not part of it
        started = time.perf_counter()
        list(pool.map(floor_of, [pictures[::2], pictures[1::2]]))
        return len(pictures) / (time.perf_counter() - started)


def small_uploads(running: Running, key: str, count: int) -> bool:
    pictures = [noise_png(SMALL_SIZE) for _ in range(count)]
    floor = floor_rate(pictures)
    with ThreadPoolExecutor(SMALL_AT_ONCE) as pool:
        started = time.perf_counter()
        list(pool.map(lambda picture: upload(running, key, picture), pictures))
        rate = count / (time.perf_counter() - started)
    print(f"{count} uploads of {len(pictures[0]) / MB:.1f} MB, {SMALL_AT_ONCE} at once: {rate:.1f} a second")
    print(f"  floor {floor:.1f} a second: {rate / floor:.2f} of it (at least {FLOOR_SHARE})")
    return rate >= FLOOR_SHARE * floor


async def main(large: int, small: int) -> bool:
    with scratch() as directory:
        sandbox = await start_sandbox(directory / "sandbox", artists=1)
        async with stopping(sandbox):
            key = await set_up(directory / "home", sandbox)
            isekai = await start_isekai(directory / "home", **against(sandbox.url))
            async with stopping(isekai):
                holds = await asyncio.to_thread(large_uploads, isekai, key, directory / "home", large)
                return await asyncio.to_thread(small_uploads, isekai, key, small) and holds


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large", type=int, default=8)
    parser.add_argument("--small", type=int, default=160)
    arguments = parser.parse_args()
    sys.exit(0 if asyncio.run(main(arguments.large, arguments.small)) else 1)
