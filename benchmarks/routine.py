"""What happens on an instance in one day: pictures come and go out, people look, programs call, things go wrong."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import aiohttp

from benchmarks.library import a_picture
from benchmarks.simulated import Instance
from benchmarks.traffic import Traffic
from tests.support.waiting import eventually

ARRIVALS, REJECTED = 10, 2
# One of each a day, met by the first publication after it was armed.
MISFORTUNES: tuple[dict[str, Any], ...] = (
    {"on": "stash/publish", "do": "lose_answer", "times": 1},
    {"on": "stash/publish", "do": "status", "status": 503, "times": 1},
    {"on": "stash/publish", "do": "rate_limit", "retry_after": 30, "times": 1},
    {"on": "stash/submit", "do": "drop", "times": 1},
    {"on": "stash/submit", "do": "error_code", "code": 3, "times": 1},
    {"on": "oauth2/token/refresh_token", "do": "status", "status": 503, "times": 1},
)


@dataclass
class Routine:
    """One artist's habits. Every picture that came is published, thrown away or still on its way at the end."""

    instance: Instance
    traffic: Traffic
    open_streams: Callable[[], int]
    account_id: str = ""
    arrived: list[str] = field(default_factory=list)
    streams: list[aiohttp.ClientResponse] = field(default_factory=list)
    number: int = 0

    async def settle_in(self) -> None:
        """Slots, an automation that takes three drafts a day, a price, short retentions: once."""
        me = await self._ask("GET", "/api/me")
        self.account_id = me["accounts"][0]["id"]
        slots = [{"days": None, "weekday": day, "time": "18:00"} for day in range(7)]
        await self._ask("PUT", f"/api/accounts/{self.account_id}/slots", {"slots": slots})
        preset = await self._ask("POST", "/api/price-presets", {"name": "usual", "lowest": "20"})
        automation = await self._ask(
            "POST",
            "/api/automations",
            {
                "name": "three a day",
                "account_id": self.account_id,
                "rules": [{"kind": "daily_quota", "per_day": 3, "start": "09:00", "end": "21:00"}],
                "order": "fifo",
                "missed": "catch_up",  # the clock leaps over the minutes in which slots fall
                "price_preset_id": preset["id"],
            },
        )
        await self._ask("POST", f"/api/automations/{automation['id']}/enable", {})
        retention = {"trash_days": 2, "originals_days": 7, "backups_kept": 2}
        await self._ask("PATCH", "/api/instance/settings", retention)

    async def day(self, step: timedelta) -> None:
        """From midnight to midnight, *step* at a time."""
        plan: dict[int, tuple[Callable[[], Awaitable[None]], ...]] = {
            7: (self.pictures_arrive, self.rude_clients),
            8: (self.review,),
            9: (self.misfortune, self.look_round),
            10: (self.plan,),
            12: (self.misfortune, self.programs_call),
            13: (self.tidy_programs,),
            15: (self.misfortune, self.look_round),
            17: (self.change_many,),
            20: (self.settle_failures, self.sell),
            22: (self.look_round,),
        }
        passed, done = timedelta(), 0
        while passed < timedelta(days=1):
            await self.instance.pass_time(step)
            passed += step
            while done < passed // timedelta(hours=1):
                for act in plan.get(done, ()):
                    await act()
                await self.come_and_go()
                done += 1

    # What people do

    async def pictures_arrive(self) -> None:
        for _ in range(ARRIVALS):
            self.number += 1
            picture = a_picture(self.number) + self.number.to_bytes(4, "big")
            headers = {"Content-Type": "image/png"}
            for expected in (201, 200):  # the same once more, as clients do that saw no answer
                answer = await self.traffic.program.post("/api/comfyui/upload", data=picture, headers=headers)
                _expect(answer.status, expected, answer.text)
            self.arrived.append(answer.body["id"])

    async def review(self) -> None:
        for number, post in enumerate(await self._posts("review")):
            verb, body = ("reject", {"reason": "blurred"}) if number < REJECTED else ("approve", {})
            details = {"version": post["version"], "title": f"Work {post['id']}", "is_mature": False, "tags": ["sea"]}
            await self._ask("PATCH", f"/api/posts/{post['id']}", details)
            await self._ask("POST", f"/api/posts/{post['id']}/{verb}", body)

    async def plan(self) -> None:
        """Of the drafts, some by hand and some by slot; the rest is the automation's."""
        drafts = [post["id"] for post in await self._posts("draft")]
        for post_id, hours in zip(drafts[:3], (1, 4, 7), strict=False):
            await self._ask("POST", f"/api/posts/{post_id}/schedule", {"when": f"in {hours}h"})
        if drafts[3:]:
            await self._ask("POST", "/api/queue", {"ids": drafts[3:4]})
        if drafts[4:]:
            await self._ask("POST", f"/api/posts/{drafts[4]}/publish", {})

    async def change_many(self) -> None:
        """An edit of everything that matches, and its undo."""
        many = {"action": "edit", "fields": {"tags": ["evening"]}, "tags_mode": "add"}
        change = await self._ask("POST", "/api/posts/batch/matching", {"match": {"status": "draft"}, **many})
        await self.instance.pass_time(timedelta(minutes=1))
        await self._ask("POST", f"/api/changes/{change['id']}/undo", {})

    async def settle_failures(self) -> None:
        """What failed for good is thrown away; what is in doubt is answered."""
        for post in await self._posts("failed"):
            doubts = await self._ask("GET", f"/api/posts/{post['id']}/resolve")
            if doubts["publications"]:
                continue  # a later day finds the proof
            if not (post["failure"] or {}).get("retry_at"):
                await self._ask("DELETE", f"/api/posts/{post['id']}")

    async def sell(self) -> None:
        item = (await self._ask("GET", "/api/sale-queue/next?client_id=soak"))["item"]
        if item is not None:
            await self._ask("POST", f"/api/sale-queue/{item['id']}/complete", {"lease_token": item["lease_token"]})

    async def look_round(self) -> None:
        await asyncio.gather(
            *(self.traffic.look() for _ in range(12)), *(self.traffic.read_picture() for _ in range(4))
        )
        await self._ask("GET", "/api/automations/1/preview?days=30")

    async def come_and_go(self) -> None:
        """Two pages open their streams; those of the hours before are closed without a word."""
        for stream in self.streams[:-2]:
            stream.close()
        self.streams = self.streams[-2:]
        owner = self.traffic.owner
        for headers in ({}, {"Last-Event-ID": "1"}):
            self.streams.append(await owner.session.get(f"{owner.base_url}/live", headers=headers))

    async def stir(self) -> None:
        """One event for every open page: the server notices those that are gone when it writes to them."""
        newest = (await self._ask("GET", "/api/posts?limit=1"))["items"][0]
        await self._ask("PATCH", f"/api/posts/{newest['id']}", {"version": newest["version"], "title": "Evening"})
        await eventually(lambda: self.open_streams() <= len(self.streams))

    # What programs and broken clients do

    async def programs_call(self) -> None:
        await self.traffic.export()
        await self.traffic.sign_in_and_out()
        await asyncio.gather(*(self.traffic.ask_wrongly() for _ in range(8)))

    async def tidy_programs(self) -> None:
        """A key, an invitation, a template and a webhook are made and taken away again."""
        key = await self._ask("POST", "/api/keys", {"name": "passing", "scopes": ["read"]})
        await self._ask("DELETE", f"/api/keys/{key['id']}")
        invite = await self._ask("POST", "/api/invites", {"note": "passing"})
        await self._ask("DELETE", f"/api/invites/{invite['id']}")
        hook = await self._ask("POST", "/api/webhooks", {"url": "http://127.0.0.1:9/gone", "name": "passing"})
        await self._ask("POST", f"/api/webhooks/{hook['id']}/test", {})
        await self.instance.pass_time(timedelta(minutes=1))
        await self._ask("DELETE", f"/api/webhooks/{hook['id']}")

    async def rude_clients(self) -> None:
        rude = (self.traffic.break_off_upload, self.traffic.break_off_download, self.traffic.send_rubbish)
        await asyncio.gather(*(act() for act in rude * 3))

    async def misfortune(self) -> None:
        owner, sandbox = self.traffic.owner, self.instance.sandbox
        index = self.number + self.instance.clock.now().hour
        order = MISFORTUNES[index % len(MISFORTUNES)]
        async with owner.session.post(f"{sandbox.url}/_sandbox/faults", json=order) as answer:
            answer.raise_for_status()

    # Asking

    async def _posts(self, status: str) -> list[dict[str, Any]]:
        return list((await self._ask("GET", f"/api/posts?status={status}&limit=100"))["items"])

    async def _ask(self, method: str, path: str, body: object = None) -> Any:
        options: dict[str, Any] = {} if body is None else {"json": body}
        answer = await self.traffic.owner(method, path, **options)
        _expect(answer.status // 100, 2, f"{method} {path}: {answer.status} {answer.text[:500]}")
        return answer.body


def _expect(status: int, expected: int, said: str) -> None:
    if status != expected:
        raise SystemExit(f"{status} instead of {expected}: {said}")
