"""An instance with something in every room, made through the doors that everybody uses; names are hostile."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import aiohttp

from tests.support.app import Answer, AppHarness, Caller
from tests.support.pictures import a_drawing, encoded

LONG = "Supercalifragilistic" * 2 + "expialidoc"
HOSTILE = f"<b onmouseover=alert(1)>&amp; “{LONG}”</b> 夜の港"
LONG_TAG = "anuninterruptedtagofthirtycharsx"
EVERY_DAY = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


@dataclass(frozen=True)
class Filled:
    """The ids by which its pages are reached."""

    waiting: str
    draft: str
    scheduled: str
    failed: str
    published: str
    key: str
    account: str
    folder: str
    work: str
    user: str
    invite: str
    share: str
    link: str
    change: str
    opened: str


async def made(answer: Answer) -> dict[str, Any]:
    assert answer.status in {200, 201}, answer.text
    return dict(answer.body)


async def send(who: Caller, path: str, **fields: str) -> Answer:
    answer = await who.post(path, data={"csrf_token": who.headers["X-CSRF-Token"], **fields}, follow=True)
    assert answer.status < 400, answer.text
    return answer


async def fill(app: AppHarness, mira: Caller) -> Filled:
    """Everything of *mira*, who has just signed in for the first time."""
    await _planning(mira)
    await _library(mira)
    account = (await mira.get("/api/me")).body["accounts"][0]["id"]
    folder = await made(await mira.post(f"/api/accounts/{account}/folders", json={"name": LONG}))
    posts = await _posts(app, mira)
    await made(await mira.post("/api/series", json={"name": LONG, "ids": [posts[1]], "gap_hours": 24}))
    change, opened = await _changes(mira, posts[1])
    work = (await mira.get("/api/inspiration?sight=home")).body["items"][0]["id"]
    await send(mira, f"/inspiration/works/{work}/keep", list="")
    await mira.post("/api/webhooks", json={"url": f"https://hooks.example/{LONG}", "name": LONG})
    key = (await mira.get("/api/keys")).body["items"][0]["id"]
    invited = await send(mira, "/admin/invites", role="member", days="7", note=LONG)
    guest = await app.sign_in("juno")
    juno = (await guest.get("/api/me")).body["user"]["id"]
    taken, share = [
        (await made(await mira.post(f"/api/accounts/{account}/people", json={"role": role})))["url"].split("/share/")[
            1
        ]
        for role in ("reviewer", "editor")
    ]
    await guest.post(f"/share/{taken}")
    token = invited.text.split("/invite/", 1)[1].split('"')[0].split("<")[0]
    link = await app.app.links.begin(77, LONG)
    return Filled(*posts, key, account, folder["id"], work, juno, token, share, link, change, opened)


async def _planning(mira: Caller) -> None:
    rule = {"kind": "fixed_time", "time": "18:00", "days": EVERY_DAY}
    quota = {"kind": "daily_quota", "per_day": 3, "start": "09:00", "end": "21:00"}
    await made(await mira.post("/api/automations", json={"name": LONG, "rules": [rule, quota], "order": "manual"}))
    await made(await mira.post("/api/holidays", json={"first": "2099-12-24", "last": "2100-01-02", "name": LONG}))
    account = (await mira.get("/api/me")).body["accounts"][0]["id"]
    slots = {"slots": [{"days": EVERY_DAY, "time": time} for time in ("08:00", "18:30")]}
    await made(await mira("PUT", f"/api/accounts/{account}/slots", json=slots))


async def _library(mira: Caller) -> None:
    await made(await mira.post("/api/templates", json={"kind": "tags", "name": LONG, "body": "sky, " + LONG_TAG}))
    await made(
        await mira.post("/api/templates", json={"kind": "description", "name": "Words", "body": "{title} {seq}"})
    )
    await made(await mira.post("/api/templates", json={"kind": "comment", "name": "Thanks", "body": "Thank you"}))
    await made(await mira.post("/api/price-presets", json={"name": LONG, "lowest": "49", "highest": "99"}))


async def _posts(app: AppHarness, mira: Caller) -> tuple[str, str, str, str, str]:
    """One of each state, and a batch from one message of a program."""
    program = await app.program(mira, "upload")
    sent = [await _sent(program, number) for number in range(6)]
    waiting, draft, scheduled, failed, published, trashed = sent
    for post in (draft, scheduled, failed, published):
        await made(await mira.post(f"/api/posts/{post}/approve", json={}))
    await made(await mira.post(f"/api/posts/{trashed}/reject", json={"reason": HOSTILE}))
    later = (app.app.clock.now() + timedelta(days=2)).isoformat()
    await made(await mira.post(f"/api/posts/{scheduled}/schedule", json={"at": later}))
    await made(await mira.post(f"/api/posts/{published}/offer", json={"price_preset_id": "1"}))
    await publish_it(mira, published, "published")
    assert app.app.sandbox is not None
    app.app.sandbox.faults.on("stash/submit").refuses_with_code(2)
    await publish_it(mira, failed, "failed")
    return waiting, draft, scheduled, failed, published


async def _changes(mira: Caller, post: str) -> tuple[str, str]:
    """One change of many that was made, and one that is being written."""
    fields = {"title": HOSTILE}
    await made(await mira.post("/api/posts/batch", json={"ids": [post], "action": "edit", "fields": fields}))
    opened = await send(mira, "/posts/bulk", action="choose", ids=post)
    return (await mira.get("/api/changes")).body["items"][-1]["id"], opened.url.split("/")[-2]


async def _sent(program: Caller, number: int) -> str:
    form = aiohttp.FormData(
        {
            "title": HOSTILE if number % 2 else "Harbour at dusk",
            "description": f"{LONG} <script>alert(1)</script>",
            "tags": f"harbour, {LONG_TAG}, night sky",
            "is_mature": "true" if number == 1 else "false",
        }
    )
    width, height = (320 + 8 * number, 200) if number % 2 else (200, 320 + 8 * number)
    picture = encoded(a_drawing(width, height, shift=number), "PNG")
    form.add_field("file", picture, filename=f"{LONG}.png", content_type="image/png")
    return str((await made(await program.post("/api/comfyui/upload", data=form)))["id"])


async def publish_it(mira: Caller, post: str, wanted: str = "published") -> None:
    """Now, and wait until it is so."""
    await made(await mira.post(f"/api/posts/{post}/publish", json={}))
    async with asyncio.timeout(20):
        # Asked over HTTP, as a person would see it.
        while (await mira.get(f"/api/posts/{post}")).body["status"] != wanted:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
