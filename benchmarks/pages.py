"""Every page with a large library: how long the server takes and how much it sends before pictures.

python -m benchmarks.pages [--posts 100000] [--requests 40] [--streams 200]

One request at a time, so that the time of a request is the server's. `sent` is the page itself, packed; `weight` adds
the style sheets, scripts and icons that it asks for, packed, as on a first visit.
"""

import argparse
import asyncio
import gzip
import json
import re
import sys
import time
import urllib.parse
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.filling import Shelf, fill_posts
from benchmarks.library import a_picture, add_person, keep_picture, library
from benchmarks.processes import Running, against, percentile, scratch, start_isekai, start_sandbox, stopping

WANTED_P95 = 0.060
WANTED_WEIGHT, WANTED_CALENDAR_WEIGHT = 60_000, 260_000
WANTED_STREAMS = 30e6
LINKED = re.compile(r'(?:<script src|<link rel="stylesheet" href|<use href)="([^"#]+)')


@dataclass(frozen=True, slots=True)
class Answer:
    seconds: float
    packed: int
    body: bytes


class Browser:
    """One signed-in connection that asks for packed answers."""

    def __init__(self, url: str, cookie: str) -> None:
        self.host, port = url.removeprefix("http://").split(":")
        self.port = int(port)
        self._head = f"Host: {self.host}:{port}\r\nCookie: isekai_session={cookie}\r\nAccept-Encoding: gzip\r\n"
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self.csrf = ""

    async def get(self, path: str) -> Answer:
        return await self._ask(f"GET {path} HTTP/1.1\r\n{self._head}\r\n".encode())

    async def send(self, method: str, path: str, payload: object) -> dict[str, object]:
        body = json.dumps(payload).encode()
        head = (
            f"{method} {path} HTTP/1.1\r\n{self._head}X-CSRF-Token: {self.csrf}\r\nContent-Type: application/json\r\n"
        )
        answer = await self._ask(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        return dict(json.loads(answer.body)) if answer.body else {}

    async def stream(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection(self.host, self.port)
        writer.write(f"GET /live HTTP/1.1\r\n{self._head}\r\n".encode())
        await reader.readuntil(b"retry: 1000\n\n")
        return reader, writer

    async def _ask(self, request: bytes) -> Answer:
        if self._streams is None:
            self._streams = await asyncio.open_connection(self.host, self.port, limit=1 << 24)
        reader, writer = self._streams
        began = time.perf_counter()
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        packed = await _body(reader, head)
        seconds = time.perf_counter() - began
        if " 200 " not in head[:20] and " 201 " not in head[:20]:
            raise SystemExit(f"not answered: {request[:100]!r}\n{head}\n{packed[:500]!r}")
        return Answer(seconds, len(packed), gzip.decompress(packed) if "content-encoding: gzip" in head else packed)


async def _body(reader: asyncio.StreamReader, head: str) -> bytes:
    if (length := re.search(r"content-length: (\d+)", head)) is not None:
        return await reader.readexactly(int(length[1]))
    pieces = []
    while size := int((await reader.readline()).strip(), 16):
        pieces.append(await reader.readexactly(size))
        await reader.readexactly(2)
    await reader.readexactly(2)
    return b"".join(pieces)


async def fill(home: Path, sandbox: Running, posts: int) -> str:
    """A person with two accounts, a large library and something in every room; the cookie of their session."""
    async with library(home, sandbox.url) as app:
        one = await add_person(app, sandbox.url, "mira")
        other = await add_person(app, sandbox.url, "juno", user_id=one.user_id)
        files = tuple([await keep_picture(app, a_picture(number)) for number in range(24)])
        user = await app.people.named("mira")
        token = await app.sign_ins.start_session(user, "benchmark")
        shelf = Shelf(user.id, (one.id, other.id), files)
        counts = await asyncio.to_thread(fill_posts, app.database.path, shelf, posts, now=int(time.time()))
    print(f"{posts:,} posts: " + ", ".join(f"{count:,} {status}" for status, count in sorted(counts.items())))
    return token


async def furnish(browser: Browser) -> None:
    """Templates, presets, automations, keys and slots, through the API."""
    me = json.loads((await browser.get("/api/me")).body)
    browser.csrf = me["csrf_token"]
    account = me["accounts"][0]["id"]
    for number in range(30):
        kind = ("tags", "description", "comment")[number % 3]
        body = "forest, night, lantern" if kind == "tags" else "Made with care. {title}"
        await browser.send("POST", "/api/templates", {"kind": kind, "name": f"Template {number}", "body": body})
    for number in range(5):
        await browser.send("POST", "/api/price-presets", {"name": f"Preset {number}", "lowest": f"{number + 5}"})
        await browser.send("POST", "/api/keys", {"name": f"Key {number}", "scopes": ["upload"]})
        rules = [{"kind": "fixed_time", "time": f"{number + 8:02}:30"}]
        rule = {"name": f"Automation {number}", "account_id": account, "rules": rules, "enabled": False}
        await browser.send("POST", "/api/automations", rule)
    slots = [{"weekday": day, "time": f"{hour:02}:00"} for day in range(7) for hour in (9, 18)]
    await browser.send("PUT", f"/api/accounts/{account}/slots", {"slots": slots})
    published = json.loads((await browser.get("/api/posts?status=published&limit=40")).body)["items"]
    for post in published:
        await browser.send("POST", f"/api/posts/{post['id']}/offer", {})


async def addresses(browser: Browser) -> dict[str, str]:
    """Every page by name, with the ids that it needs."""

    async def newest(status: str) -> str:
        return str(json.loads((await browser.get(f"/api/posts?status={status}&limit=1")).body)["items"][0]["id"])

    automation = json.loads((await browser.get("/api/automations")).body)["items"][0]["id"]
    template = json.loads((await browser.get("/api/templates")).body)["items"][0]["id"]
    month = datetime.now(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)

    def events(days: int) -> str:
        return (
            f"/calendar/events?start={month:%Y-%m-%dT%H:%M:%SZ}&end={month + timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"
        )

    review, draft, published = await newest("review"), await newest("draft"), await newest("published")
    deep = json.loads((await browser.get("/api/posts?status=published&limit=100")).body)["next_cursor"]
    return {
        "home": "/",
        "review": "/review",
        "review, one": f"/review/{review}",
        "review, twins": f"/review/{review}/twins",
        "drafts": "/drafts",
        "scheduled": "/scheduled",
        "published": "/published",
        "published, later page": f"/published?cursor={deep}",
        "published, one account": f"/published?account_id={await _second_account(browser)}",
        "figures": "/published/figures",
        "failed": "/failed",
        "trash": "/trash",
        "search, frequent word": "/search?q=lantern",
        "search, rare word": "/search?q=lantern+99",
        "search, tag": "/search?tag=ambercloud",
        "calendar month": "/calendar",
        "calendar week": "/calendar?view=week",
        "calendar list": "/calendar/list",
        "events, month": events(42),
        "events, week": events(7),
        "post, draft": f"/posts/{draft}",
        "post, published": f"/posts/{published}",
        "post, more": f"/posts/{draft}/more",
        "folders": "/folders",
        "automations": "/automations",
        "automation": f"/automations/{automation}",
        "automations, preview": "/automations/preview",
        "slots": "/slots",
        "spread": "/spread",
        "exclusives": "/exclusives",
        "presets": "/exclusives/presets",
        "templates": "/templates",
        "template": f"/templates/{template}",
        "inspiration": "/inspiration",
        "inspiration lists": "/inspiration/lists",
        "keys": "/keys",
        "connect": "/connect",
        "webhooks": "/webhooks",
        "settings": "/settings",
        "upload": "/upload",
        "import": "/import",
        "navigation": "/nav/rail",
    }


async def _second_account(browser: Browser) -> str:
    return str(json.loads((await browser.get("/api/me")).body)["accounts"][1]["id"])


async def measure(browser: Browser, pages: dict[str, str], requests: int) -> bool:
    """Prints one line a page; whether all are within the limits."""
    linked: dict[str, int] = {}
    good = True
    print(f"{'page':<24}{'p50 ms':>8}{'p95 ms':>8}{'p99 ms':>8}{'sent kB':>9}{'weight kB':>11}")
    for name, path in pages.items():
        await browser.get(path)
        answers = [await browser.get(path) for _ in range(requests)]
        times = [answer.seconds for answer in answers]
        weight = answers[0].packed + await _weight_of_linked(browser, answers[0].body.decode(), linked)
        most = WANTED_CALENDAR_WEIGHT if path.startswith("/calendar") else WANTED_WEIGHT
        within = percentile(times, 0.95) <= WANTED_P95 and weight <= most
        good = good and within
        p50, p95, p99 = (percentile(times, share) * 1000 for share in (0.5, 0.95, 0.99))
        sizes = f"{answers[0].packed / 1000:>9.1f}{weight / 1000:>11.1f}"
        print(f"{name:<24}{p50:>8.1f}{p95:>8.1f}{p99:>8.1f}{sizes}{'' if within else '   <- over'}", flush=True)
    return good


async def _weight_of_linked(browser: Browser, page: str, known: dict[str, int]) -> int:
    asked = {urllib.parse.unquote(found.replace("&amp;", "&")) for found in LINKED.findall(page)}
    for path in sorted(asked - set(known)):
        known[path] = (await browser.get(path)).packed
    return sum(known[path] for path in asked)


async def streams(isekai: Running, browser: Browser, count: int) -> bool:
    """Memory of open live streams, each of which is told one thing."""
    post = json.loads((await browser.get("/api/posts?status=draft&limit=1")).body)["items"][0]
    before = isekai.rss_bytes()
    opened = [await browser.stream() for _ in range(count)]
    await browser.send("PATCH", f"/api/posts/{post['id']}", {"version": post["version"], "notes": "told to all"})
    began = time.perf_counter()
    await asyncio.gather(*(reader.readuntil(b"event: posts") for reader, _ in opened))
    took, grown = time.perf_counter() - began, isekai.rss_bytes() - before
    print(f"{count} open streams: {grown / 1e6:.1f} MB more; all told within {took * 1000:.0f} ms")
    for _, writer in opened:
        writer.close()
    return grown <= WANTED_STREAMS


async def run(posts: int, requests: int, stream_count: int) -> bool:
    with scratch() as directory:
        sandbox = await start_sandbox(directory / "sandbox")
        async with stopping(sandbox):
            token = await fill(directory / "home", sandbox, posts)
            isekai = await start_isekai(directory / "home", **against(sandbox.url))
            async with stopping(isekai):
                browser = Browser(isekai.url, token)
                await furnish(browser)
                pages = await addresses(browser)
                good = await measure(browser, pages, requests)
                print(f"resident {isekai.rss_bytes() / 1e6:.0f} MB")
                return await streams(isekai, browser, stream_count) and good


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=100_000)
    parser.add_argument("--requests", type=int, default=40)
    parser.add_argument("--streams", type=int, default=200)
    chosen = parser.parse_args()
    good = asyncio.run(run(chosen.posts, chosen.requests, chosen.streams))
    print("within the limits" if good else "NOT within the limits")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
