"""The real process on one library: processor time of a page, an upload and a start, memory, and the floor of each."""

import asyncio
import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.browsing import Browser
from benchmarks.floor import start_floor
from benchmarks.intake import noise_png, upload
from benchmarks.processes import Running, against, start_isekai, stopping

# Which answers have a floor: by page, the name that `floor.py` knows it by.
FLOORS = {"list, API": "list", "post page": "post", "calendar month": "calendar"}


async def outside(home: Path, sandbox: Running, token: str, key: str, requests: int) -> dict[str, float]:
    """Milliseconds of processor by name; `floor of …` beside them, MB and seconds where the name says so."""
    began = time.perf_counter()
    isekai = await start_isekai(home, **against(sandbox.url), LOG_LEVEL="error")
    found = {"start, s": time.perf_counter() - began, "start, CPU s": isekai.cpu_seconds()}
    async with stopping(isekai):
        found["memory after start, MB"] = isekai.rss_bytes() / 2**20
        browser = Browser(isekai, token)
        bodies: dict[str, bytes] = {}
        pages, facts = await _addresses(browser)
        for name, path in pages.items():
            bodies[name] = (await browser.get(path)).body
            found[name] = await _cost(isekai, browser, path, requests)
        found["list, API"] = await _cost_of_pages(isekai, browser, requests)
        before = isekai.cpu_seconds()
        for _ in range(requests):
            await asyncio.to_thread(upload, isekai, key, noise_png((64, 48)))
        await asyncio.sleep(2)  # thumbnails and twins are part of it
        found["upload of a small picture"] = (isekai.cpu_seconds() - before) / requests * 1000
        found["memory after all, MB"] = isekai.rss_bytes() / 2**20
    answers = {floor: bodies[name] for name, floor in FLOORS.items()}
    bare = await start_floor(home.parent / "floor", home / "isekai.db", answers, **facts)
    async with stopping(bare):
        for name, floor in FLOORS.items():
            found[f"floor of {name}"] = await _cost(bare, Browser(bare, "none"), f"/{floor}", requests)
    found["database, MB"] = (home / "isekai.db").stat().st_size / 1e6
    return found


async def _cost(running: Running, browser: Browser, path: str, requests: int) -> float:
    """Of one request after another."""
    await browser.get(path)
    before = running.cpu_seconds()
    for _ in range(requests):
        await browser.get(path)
    return (running.cpu_seconds() - before) / requests * 1000


async def _cost_of_pages(isekai: Running, browser: Browser, requests: int) -> float:
    """From page to page, for the same page once more is remembered and costs nothing."""
    before, cursor = isekai.cpu_seconds(), ""
    for _ in range(requests):
        answer = json.loads((await browser.get(f"/api/posts?limit=20{cursor}")).body)
        cursor = f"&cursor={answer['next_cursor']}"
    return (isekai.cpu_seconds() - before) / requests * 1000


async def _addresses(browser: Browser) -> tuple[dict[str, str], dict[str, int]]:
    async def newest(status: str) -> dict[str, str]:
        return dict(json.loads((await browser.get(f"/api/posts?status={status}&limit=1")).body)["items"][0])

    published = await newest("published")
    month = datetime.now(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    end = month + timedelta(days=42)
    span = f"start={month:%Y-%m-%dT%H:%M:%SZ}&end={end:%Y-%m-%dT%H:%M:%SZ}"
    middle = json.loads((await browser.get("/api/posts?status=published&limit=100")).body)["next_cursor"]
    pages = {
        "home": "/",
        "list, API": "/api/posts",
        "list of drafts": "/drafts",
        "list of published, later": f"/published?cursor={middle}",
        "post page": f"/posts/{published['id']}",
        "calendar month": "/calendar",
        "calendar events": f"/calendar/events?{span}",
        "search, rare words": "/search?q=lantern+99",
        "search, a frequent word": "/search?q=lantern",
        "search, tag": "/search?tag=ambercloud",
    }
    return pages, {"post": int(published["id"]), "start": int(month.timestamp()), "end": int(end.timestamp())}
