"""What a library of a thousand, ten thousand, a hundred thousand and a million posts costs.

    python -m benchmarks.growth [--posts 1000 10000 100000 1000000] [--requests 40] [--keep DIRECTORY]

Pages and uploads: processor time of the real process, and of a floor on the same file in the same run. Jobs and the
publisher's tick: steps of SQLite's machine, which no load of the computer changes. Each beside what it is times that
of the smallest size. `--keep` leaves the libraries there, and takes those that it finds.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks.filling import Shelf
from benchmarks.growth_inside import inside
from benchmarks.growth_outside import outside
from benchmarks.library import a_picture, add_person, keep_picture, library
from benchmarks.multiplied import fill_many
from benchmarks.processes import Running, scratch, start_sandbox, stopping
from core.scopes import Scope

# Only told. These show what lies in a period or matches a word, up to a limit, and a larger library has more of it
# there; looks that are alike become more; a file becomes larger.
TOLD = ("home", "calendar events", "search", "near twins", "database", "memory", "start")
WANTED_GROWTH = 2.0


async def made(home: Path, sandbox: Running, posts: int) -> dict[str, str]:
    """A library of *posts* in *home*, unless it is there; the session and the key of its owner."""
    facts = home / "facts.json"
    if facts.exists():
        return dict(json.loads(facts.read_text()))
    async with library(home, sandbox.url) as app:
        one = await add_person(app, sandbox.url, "artist01")
        other = await add_person(app, sandbox.url, "artist02", user_id=one.user_id)
        files = tuple([await keep_picture(app, a_picture(number)) for number in range(24)])
        user = await app.people.named("artist01")
        token = await app.sign_ins.start_session(user, "benchmark")
        _, key = await app.keys.create(user, name="benchmark", scopes=[Scope.UPLOAD])
        shelf = Shelf(user.id, (one.id, other.id), files)
        began = time.perf_counter()
        await asyncio.to_thread(fill_many, app.database.path, shelf, posts, now=int(time.time()))
    print(f"{posts:,} posts made in {time.perf_counter() - began:.0f} s", flush=True)
    facts.write_text(json.dumps({"token": token, "key": key}))
    return {"token": token, "key": key}


async def measured(directory: Path, sizes: Sequence[int], requests: int) -> list[dict[str, float]]:
    columns = []
    for posts in sizes:
        home = directory / f"{posts}" / "home"
        sandbox = await start_sandbox(directory / f"{posts}" / "sandbox", artists=2)
        async with stopping(sandbox):
            who = await made(home, sandbox, posts)
            steps, backup = await inside(home, sandbox.url)
            found = await outside(home, sandbox, who["token"], who["key"], requests)
        found["backup, CPU ms for a MB"] = backup * 1000
        columns.append(found | {f"{name}, steps": count for name, count in steps.items()})
        print(f"{posts:,} posts measured", flush=True)
    return columns


def report(sizes: Sequence[int], columns: Sequence[dict[str, float]]) -> bool:
    """A line for each figure, and whether all that should stay the same does."""
    print("| | " + " | ".join(f"{posts:,}" for posts in sizes) + " | grows |")
    print("|---" * (len(sizes) + 2) + "|")
    growing = []
    for name, first in columns[0].items():
        values = [column[name] for column in columns]
        grown = values[-1] / first if first else 1.0
        floor = columns[0].get(f"floor of {name}")
        beside = f" ({first / floor:.1f} × the floor)" if floor else ""
        print(f"| {name}{beside} | " + " | ".join(f"{value:,.4g}" for value in values) + f" | {grown:.2f} × |")
        if grown > WANTED_GROWTH and not name.startswith((*TOLD, "floor")):
            growing.append(name)
    print(f"grow by more than {WANTED_GROWTH:g} ×: {', '.join(growing) or 'nothing'}")
    return not growing


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--posts", type=int, nargs="+", default=[1_000, 10_000, 100_000, 1_000_000])
    parser.add_argument("--requests", type=int, default=40)
    parser.add_argument("--keep", type=Path, help="where the libraries are, and stay")
    chosen = parser.parse_args()
    with ExitStack() as stack:
        directory = chosen.keep or stack.enter_context(scratch())
        columns = asyncio.run(measured(directory, chosen.posts, chosen.requests))
    sys.exit(0 if report(chosen.posts, columns) else 1)


if __name__ == "__main__":
    main()
