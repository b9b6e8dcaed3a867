"""The first look at a page in a real browser that has nothing of it yet, with a large library.

python -m benchmarks.first_view [--posts 100000] [--views 12] [--home DIR]

Chromium as the browser tests start it (CHROMIUM=… or found on PATH; Playwright is among the development
requirements), its processor not throttled. Each view has a context of its own: an empty cache, a new connection. Time
runs from the start of the navigation; `shown` is the first painted content, `loaded` the end of the page's load
event, pictures included; for the calendar when its first tile is painted. Sizes are as they were transferred.
"""

import argparse
import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.pages import Household, Person, household
from benchmarks.processes import Running, against, percentile, scratch, start_isekai, start_sandbox, stopping

WANTED_LOADED = 1.0
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
PAGES = {
    "home": "/",
    "review": "/review",
    "drafts": "/drafts",
    "scheduled": "/scheduled",
    "published": "/published",
    "figures": "/published/figures",
    "search": "/search?q=lantern",
    "calendar": "/calendar",
    "calendar, list": "/calendar/list",
    "automations": "/automations",
    "folders": "/folders",
    "templates": "/templates",
    "upload": "/upload",
    "settings": "/settings",
}
TILE = {"calendar": "#calendar [data-post]"}
# A frame is painted between two callbacks.
_PAINTED = """new MutationObserver((_, watch) => {
  if (!document.querySelector("%s")) return;
  watch.disconnect();
  requestAnimationFrame(() => requestAnimationFrame(() => { window.paintedAt = performance.now(); }));
}).observe(document, { childList: true, subtree: true });"""
_TIMINGS = """() => {
  const [page] = performance.getEntriesByType("navigation");
  const paint = performance.getEntriesByName("first-contentful-paint")[0];
  const rest = performance.getEntriesByType("resource").filter((one) => !one.name.includes("/live"));
  const isPicture = (one) => one.name.includes("/thumb") || one.name.includes("/files/");
  const bytes = (some) => some.reduce((sum, one) => sum + one.transferSize, 0);
  return {
    loaded: page.loadEventEnd, shown: paint ? paint.startTime : page.loadEventEnd, requests: rest.length + 1,
    text: page.transferSize + bytes(rest.filter((one) => !isPicture(one))), pictures: bytes(rest.filter(isPicture)),
  };
}"""


@dataclass(frozen=True, slots=True)
class View:
    """Seconds, and bytes."""

    shown: float
    loaded: float
    requests: int
    text: int
    pictures: int


async def look(browser: Any, isekai: Running, people: Household, name: str) -> View:
    context = await signed_in(browser, isekai, people.large)
    try:
        page = await context.new_page()
        if name in TILE:
            await page.add_init_script(_PAINTED % TILE[name])
        await page.goto(isekai.url + PAGES[name], wait_until="load")
        tile = 0.0
        if name in TILE:
            await page.wait_for_function("() => window.paintedAt")
            tile = await page.evaluate("() => window.paintedAt") / 1000
        # Its end is written after the event itself.
        await page.wait_for_function("() => performance.getEntriesByType('navigation')[0].loadEventEnd > 0")
        said = await page.evaluate(_TIMINGS)
    finally:
        await context.close()
    loaded = max(said["loaded"] / 1000, tile)
    return View(said["shown"] / 1000, loaded, said["requests"], said["text"], said["pictures"])


def a_chromium() -> str:
    found = os.environ.get("CHROMIUM") or shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if found is None:
        sys.exit("no Chromium: install chromium-headless-shell or set CHROMIUM")
    return found


@asynccontextmanager
async def in_chromium(home: Path, posts: int, chromium: str) -> AsyncIterator[tuple[Any, Running, Household]]:
    """A browser, and a real process whose people it may be."""
    from playwright.async_api import async_playwright

    async with AsyncExitStack() as stack:
        sandbox = await start_sandbox(home / "sandbox", artists=90)
        await stack.enter_async_context(stopping(sandbox))
        people = await household(home, sandbox, posts)
        isekai = await start_isekai(home, **against(sandbox.url))
        await stack.enter_async_context(stopping(isekai))
        playwright = await stack.enter_async_context(async_playwright())
        browser = await playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        stack.push_async_callback(browser.close)
        yield browser, isekai, people


async def signed_in(browser: Any, isekai: Running, person: Person) -> Any:
    """A context with an empty cache."""
    context = await browser.new_context(viewport={"width": 1440, "height": 900})
    await context.add_cookies([{"name": "isekai_session", "value": person.cookie, "url": isekai.url}])
    return context


async def run(home: Path, posts: int, views: int, chromium: str) -> bool:
    good = True
    async with in_chromium(home, posts, chromium) as (browser, isekai, people):
        print(
            f"{'page':<16}{'shown ms':>10}{'loaded p50':>12}{'p95':>7}{'requests':>10}{'text kB':>9}{'images kB':>11}"
        )
        for name in PAGES:
            seen = [await look(browser, isekai, people, name) for _ in range(views)]
            loaded = [view.loaded for view in seen]
            within = percentile(loaded, 0.95) <= WANTED_LOADED
            good = good and within
            shown, half, most = (
                percentile(values, share) * 1000
                for values, share in (([view.shown for view in seen], 0.5), (loaded, 0.5), (loaded, 0.95))
            )
            sizes = f"{seen[0].requests:>10}{seen[0].text / 1000:>9.1f}{seen[0].pictures / 1000:>11.1f}"
            flagged = "" if within else "   <- over"
            print(f"{name:<16}{shown:>10.0f}{half:>12.0f}{most:>7.0f}{sizes}{flagged}", flush=True)
    return good


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--posts", type=int, default=100_000)
    parser.add_argument("--views", type=int, default=12)
    parser.add_argument("--home", type=Path, help="filled once and kept; the same as of benchmarks.pages")
    chosen = parser.parse_args()
    with scratch() as directory:
        good = asyncio.run(run(chosen.home or directory, chosen.posts, chosen.views, a_chromium()))
    print("within the limits" if good else "NOT within the limits")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
