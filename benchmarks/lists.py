"""The list of posts, signed in: requests a second against a floor, and what a large library costs.

python -m benchmarks.lists [--posts 1000 100000] [--seconds 6]

The floor is `floor.py`: two statements of bare sqlite3 in a bare aiohttp handler, and the same bytes.
"""

import argparse
import asyncio
import json
import sys
import time
from pathlib import Path

from benchmarks.floor import start_floor
from benchmarks.library import a_picture, add_person, add_post, keep_picture, library
from benchmarks.processes import Running, against, percentile, scratch, start_isekai, start_sandbox, stopping
from data.database import connect_sync

CONCURRENCY = 8
PAGES = ("/drafts", "/scheduled", "/published", "/review", "/", "/calendar")
WANTED_RATE, WANTED_SHARE, WANTED_GROWTH, WANTED_PAGE_GROWTH = 1000, 1 / 3, 1.3, 1.5


async def fill(home: Path, sandbox: Running, posts: int) -> str:
    """A person with *posts* drafts, one of them through the front door; the cookie of their session."""
    async with library(home, sandbox.url) as app:
        account = await add_person(app, sandbox.url, "mira")
        file = await keep_picture(app, a_picture(1))
        first = await add_post(app, account, file, "Work number 1", tags=("landscape", "night sky"))
        await app.deriver.run_once()
        user = await app.people.named("mira")
        token = await app.sign_ins.start_session(user, "benchmark")
        path = app.database.path
    await asyncio.to_thread(_multiply, path, first.id, posts)
    return token


def _multiply(path: Path, first: int, posts: int) -> None:
    """Copies of the first post, row by row as the store would have written them."""
    connection = connect_sync(path)
    connection.execute("BEGIN")
    for table, key in (("post", "id"), ("file", "post_id")):
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})") if row[1] != "id"]
        picked = ", ".join(f"n.value + {first}" if name == key else name for name in columns)
        into = ", ".join(["id", *columns])
        connection.execute(
            f"WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < {posts - 1})"
            f" INSERT INTO {table} ({into}) SELECT n.value + {first}, {picked} FROM {table}, n"
            f" WHERE {table}.{key} = {first}"
        )
    connection.execute("COMMIT")
    connection.execute("ANALYZE")
    connection.close()


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> bytes:
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise SystemExit(f"not answered: {head[:200]!r}")
    length = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
    return await reader.readexactly(int(length.split(b":")[1]))


async def measure(url: str, path: str, cookie: str, seconds: float) -> tuple[float, list[float], bytes]:
    """Requests a second at `CONCURRENCY`, the time of each, and one body."""
    host, port = url.removeprefix("http://").split(":")
    request = f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nCookie: isekai_session={cookie}\r\n\r\n".encode()
    times: list[float] = []
    body = b""
    until = time.perf_counter() + seconds

    async def client() -> None:
        nonlocal body
        reader, writer = await asyncio.open_connection(host, int(port))
        while time.perf_counter() < until:
            began = time.perf_counter()
            body = await _ask(reader, writer, request)
            times.append(time.perf_counter() - began)
        writer.close()

    await asyncio.gather(*(client() for _ in range(CONCURRENCY)))
    return len(times) / seconds, times, body


async def one_size(directory: Path, sandbox: Running, posts: int, seconds: float) -> dict[str, float]:
    home = directory / f"home-{posts}"
    token = await fill(home, sandbox, posts)
    isekai = await start_isekai(home, **against(sandbox.url))
    found: dict[str, float] = {}
    async with stopping(isekai):
        await measure(isekai.url, "/api/posts", token, 1)
        rate, times, listed = await measure(isekai.url, "/api/posts", token, seconds)
        total = len(json.loads(listed)["items"])
        found["rate"] = rate
        print(f"{posts:>7,} posts: GET /api/posts ({total} items, {len(listed) / 1000:.0f} kB)")
        p50, p99 = percentile(times, 0.5) * 1000, percentile(times, 0.99) * 1000
        print(f"{'':>7}        {rate:,.0f}/s, p50 {p50:.1f} ms, p99 {p99:.1f} ms")
        for page in PAGES:
            _, times, body = await measure(isekai.url, page, token, seconds / 3)
            found[page] = percentile(times, 0.5) / CONCURRENCY
            print(f"{'':>7}        GET {page:<11} {len(body) / 1000:>4.0f} kB, {found[page] * 1000:.1f} ms of server")
        print(f"{'':>7}        resident {isekai.rss_bytes() / 1e6:.0f} MB")
    bare = await start_floor(directory / f"floor-{posts}", home / "isekai.db", {"list": listed})
    async with stopping(bare):
        found["floor"], _, _ = await measure(bare.url, "/list", "none", seconds)
    return found


async def run(sizes: list[int], seconds: float) -> bool:
    with scratch() as directory:
        sandbox = await start_sandbox(directory / "sandbox")
        async with stopping(sandbox):
            results = {posts: await one_size(directory, sandbox, posts, seconds) for posts in sizes}
    small, large = results[min(sizes)], results[max(sizes)]
    share = small["rate"] / small["floor"]
    growth = small["rate"] / large["rate"]
    pages = {page: large[page] / small[page] for page in PAGES}
    print(f"floor {small['floor']:,.0f}/s; the product reaches {share:.2f} of it")
    print(f"{max(sizes):,} posts cost {growth:.2f} × what {min(sizes):,} cost;"
          f" pages {', '.join(f'{page} {ratio:.2f}' for page, ratio in pages.items())}")  # fmt: skip
    return (
        small["rate"] >= WANTED_RATE
        and share >= WANTED_SHARE
        and growth <= WANTED_GROWTH
        and max(pages.values()) <= WANTED_PAGE_GROWTH
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, nargs=2, default=[1_000, 100_000])
    parser.add_argument("--seconds", type=float, default=6)
    chosen = parser.parse_args()
    good = asyncio.run(run(chosen.posts, chosen.seconds))
    print("within the limits" if good else "NOT within the limits")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
