"""The least that an answer can cost: bare aiohttp and bare sqlite3 on the same file, sending the same bytes.

A process of its own, on the loop, without sessions, rights, templates or checks. Bodies are the product's.
"""

import asyncio
import hashlib
import os
import sqlite3
import sys
from collections.abc import Mapping
from pathlib import Path

from aiohttp import web

from benchmarks.processes import Running, started

# What each answer needs to know of the database, by name; the posts are those of one person.
STATEMENTS: Mapping[str, tuple[str, ...]] = {
    "list": (
        "SELECT * FROM post WHERE user_id = 1 AND status <> 'discarded' ORDER BY id DESC LIMIT 20",
        "SELECT * FROM file WHERE post_id IN (SELECT id FROM post WHERE user_id = 1 AND status <> 'discarded'"
        " ORDER BY id DESC LIMIT 20)",
    ),
    "post": (
        "SELECT * FROM post WHERE id = :post",
        "SELECT * FROM file WHERE post_id = :post ORDER BY position",
        "SELECT * FROM publication WHERE post_id = :post",
        "SELECT * FROM post_event WHERE post_id = :post ORDER BY id DESC LIMIT 20",
    ),
    "calendar": (
        "SELECT id, title, status, due_at FROM post WHERE user_id = 1 AND due_at BETWEEN :start AND :end LIMIT 500",
        "SELECT id, title, published_at FROM post WHERE user_id = 1 AND published_at BETWEEN :start AND :end"
        " LIMIT 500",
    ),
    "nothing": (),
}


async def start_floor(
    directory: Path, database: Path, bodies: Mapping[str, bytes], *, post: int = 1, start: int = 0, end: int = 0
) -> Running:
    """Answers `/list`, `/post` and `/calendar` with those of *bodies*, and takes uploads where the product does."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, body in bodies.items():
        (directory / name).write_bytes(body)
    ready = directory / "ready"
    facts = [str(number) for number in (post, start, end)]
    arguments = [sys.executable, "-m", "benchmarks.floor", str(directory), str(database), str(ready), *facts]
    return await started(arguments, ready, os.environ, directory / "log")


def application(directory: Path, database: Path, facts: dict[str, int]) -> web.Application:
    db = sqlite3.connect(database, isolation_level=None)
    db.execute("PRAGMA query_only=ON")
    bodies = {name: path.read_bytes() for name in STATEMENTS if (path := directory / name).exists()}

    async def answer(request: web.Request) -> web.Response:
        name = request.match_info["name"]
        for statement in STATEMENTS[name]:
            db.execute(statement, facts).fetchall()
        return web.Response(body=bodies.get(name, b"ok"), content_type="text/html")

    async def upload(request: web.Request) -> web.Response:
        """Hashed while it streams, safe on the disk, one row committed."""
        digest, size = hashlib.sha256(), 0
        target = directory / f"arrived-{id(request)}"
        with target.open("wb") as file:
            async for chunk in request.content.iter_any():
                digest.update(chunk)
                size += file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        kept.execute("INSERT INTO arrived VALUES (?, ?, ?)", (target.name, digest.hexdigest(), size))
        return web.Response(status=201)

    kept = sqlite3.connect(directory / "arrived.db", isolation_level=None)
    kept.executescript(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE IF NOT EXISTS arrived (name, sha256, bytes);"
    )
    app = web.Application(client_max_size=1 << 30)
    app.router.add_get("/{name}", answer)
    app.router.add_post("/api/comfyui/upload", upload)
    return app


async def main(directory: Path, database: Path, ready: Path, post: int, start: int, end: int) -> None:
    facts = {"post": post, "start": start, "end": end}
    runner = web.AppRunner(application(directory, database, facts), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    ready.write_text(f"http://127.0.0.1:{runner.addresses[0][1]}\n")
    await asyncio.Event().wait()


if __name__ == "__main__":
    given = [Path(path) for path in sys.argv[1:4]]
    asyncio.run(main(*given, *map(int, sys.argv[4:7])))
