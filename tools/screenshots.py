"""The pictures of docs/screenshots, taken again: `python -m tools.screenshots` (needs Chromium; about a minute).

An instance is filled as an artist's would be, against the sandbox, and looked at in a browser.
"""

import asyncio
import io
import tempfile
from datetime import timedelta
from pathlib import Path

import aiohttp
from PIL import Image
from playwright.async_api import Page, async_playwright

from data.sandbox import art
from tests.browser.conftest import chromium
from tests.browser.house import ARGUMENTS, DESK, PHONE, House
from tests.support.app import AppHarness, Caller, running_app
from tests.support.filled import EVERY_DAY, made, publish_it
from tests.support.pictures import encoded

TARGET = Path(__file__).resolve().parents[1] / "docs" / "screenshots"
WORKS = (
    "Harbour before the rain", "Three quiet moons", "The lamplighter’s walk", "Low tide, late gold", "Salt road",
    "A garden under glass", "Winter market", "Where the river bends", "Paper kites", "The observatory stairs",
    "Night train north", "Copper hills", "First frost", "The cartographer’s window", "Driftwood choir",
)  # fmt: skip
SHAPES = ((1200, 800), (900, 1200), (1000, 1000), (1280, 720))
PAGES = {
    "home": "/",
    "review": "/review",
    "calendar": "/calendar",
    "scheduled": "/scheduled",
    "post": "/posts/{post}",
    "review-one": "/review/{waiting}",
    "automation": "/automations/1",
    "inspiration": "/inspiration",
}
ON_A_PHONE = ("home", "review", "calendar", "post")
IN_THE_DARK = ("home", "review", "calendar")


async def sent(program: Caller, number: int, title: str) -> str:
    width, height = SHAPES[number % len(SHAPES)]
    picture = encoded(art.draw(f"{title} {number}", width, height), "PNG")
    form = aiohttp.FormData({"title": title, "tags": "landscape, light, painting, series", "is_mature": "false"})
    form.add_field("file", picture, filename=f"{number}.png", content_type="image/png")
    return str((await made(await program.post("/api/comfyui/upload", data=form)))["id"])


async def fill(app: AppHarness, mira: Caller) -> dict[str, str]:
    """Published, scheduled, drafts and waiting, with slots and an automation. The ids that pages need."""
    program = await app.program(mira, "upload")
    await made(await mira.post("/api/posts/batch", json={"ids": await waiting(mira), "action": "approve"}))
    posts = [await sent(program, number, title) for number, title in enumerate(WORKS)]
    await made(await mira.post("/api/posts/batch", json={"ids": posts[:10], "action": "approve"}))
    for post in posts[:3]:
        await publish_it(mira, post)
    account = (await mira.get("/api/me")).body["accounts"][0]["id"]
    slots = {"slots": [{"days": EVERY_DAY, "time": "18:30"}]}
    await made(await mira("PUT", f"/api/accounts/{account}/slots", json=slots))
    today = app.app.clock.now().replace(hour=0, minute=0, second=0)
    for number, post in enumerate(posts[3:9]):
        at = today + timedelta(days=1 + number, hours=(9, 12, 18)[number % 3], minutes=30 * (number % 2))
        await made(await mira.post(f"/api/posts/{post}/schedule", json={"at": at.isoformat()}))
    rule = {"kind": "daily_quota", "per_day": 2, "start": "10:00", "end": "21:00"}
    await made(await mira.post("/api/automations", json={"name": "Two a day", "rules": [rule], "order": "fifo"}))
    return {"post": posts[3], "waiting": posts[-1]}


async def waiting(mira: Caller) -> list[str]:
    return [post["id"] for post in (await mira.get("/api/posts?status=review&limit=100")).body["items"]]


async def take(page: Page, name: str) -> None:
    """What the window shows, once every picture in it is there."""
    await page.wait_for_function("() => [...document.images].every((i) => i.loading === 'lazy' || i.complete)")
    await page.wait_for_timeout(600)
    shot = Image.open(io.BytesIO(await page.screenshot()))
    shot.convert("RGB").save(TARGET / f"{name}.webp", quality=76, method=6)


async def main() -> None:
    TARGET.mkdir(exist_ok=True)
    settings = {"OPEN_SIGNUP": "yes", "PUBLISH_LEAD_SECONDS": "5", "LOG_LEVEL": "error"}
    with tempfile.TemporaryDirectory() as home:
        async with running_app(Path(home) / "home", **settings) as app, async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
            house = House(app, browser)
            page, mira = await house.artist(width=DESK)
            await mira.post("/steps/away")
            ids = await fill(app, mira)
            phone, _ = await house.artist(width=PHONE)
            for name, path in PAGES.items():
                await page.goto(path.format(**ids))
                await take(page, name)
                if name in IN_THE_DARK:
                    await page.emulate_media(color_scheme="dark", reduced_motion="reduce")
                    await take(page, f"{name}-dark")
                    await page.emulate_media(color_scheme="light")
            for name in ON_A_PHONE:
                await phone.goto(PAGES[name].format(**ids))
                await take(phone, f"{name}-phone")
            await house.close()
            await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
