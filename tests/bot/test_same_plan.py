"""One scenario through pages, through Discord and through the API: three artists end up with the same plan."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.support.app import Answer, AppHarness, Caller
from tests.support.bot import World, a_world
from tests.support.discord import Message
from tests.web.test_planning_api import a_draft

PARIS = ZoneInfo("Europe/Paris")
TITLES = ("Ash", "Birch", "Cedar", "Dogwood", "Elder", "Fir", "Ginkgo", "Hazel")


@dataclass(frozen=True)
class Days:
    """Times that are half a day away, so that nothing comes due while the test runs. Today and two more are off."""

    now: datetime

    def day(self, ahead: int) -> str:
        return (self.now.date() + timedelta(days=ahead)).isoformat()

    def words(self, ahead: int, clock: str) -> str:
        return f"{(self.now + timedelta(days=ahead)):%a} {clock}".lower()

    def clock(self, hours: int, minute: int = 0) -> str:
        return f"{(self.now.hour + hours) % 24:02}:{minute:02}"


@dataclass
class Door:
    """The dashboard; the other two do in their own way what they can do."""

    who: Caller
    posts: dict[str, dict[str, Any]] = field(default_factory=dict)
    automation: str = ""

    async def settle(self, days: Days) -> None:
        """Slots, pacing and holidays."""
        slots = {day: days.clock(12) for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
        await self.form(f"/slots/{self.account}", slots)
        await self.form(f"/slots/{self.account}/pacing", {"min_gap_minutes": "60", "move_up": "on"})
        await self.form("/slots/holidays", {"first": days.day(0), "last": days.day(2), "mode": "shift"})

    async def queue(self, title: str) -> None:
        assert "added to the queue" in (await self.form("/queue", {"ids": self.id(title)})).text

    async def leave_the_queue(self, title: str) -> None:
        assert "Taken out" in (await self.form(f"/queue/{self.id(title)}/remove", {})).text

    async def schedule(self, title: str, words: str) -> None:
        assert "goes out" in (await self.form(f"/posts/{self.id(title)}/schedule", {"when": words})).text

    async def insist(self, title: str, words: str) -> str:
        """The guard objects, and the person does it anyway; what the guard said."""
        path, fields = f"/posts/{self.id(title)}/schedule", {"when": words}
        refused = (await self.form(path, fields)).text
        assert "goes out" in (await self.form(path, fields | {"override_pacing": "yes"})).text
        return refused

    async def spread(self, titles: tuple[str, ...], days: Days) -> None:
        how = {"first": days.day(8), "last": days.day(9), "start": "10:00", "end": "12:00", "seed": "7"}
        fields = how | {"ids": ",".join(map(self.id, titles)), "min_gap_minutes": "60", "order": "given"}
        pairs = [*fields.items(), *(("days", str(day)) for day in range(7)), ("do", "apply")]
        assert "spread" in (await self.form("/spread", pairs)).text

    async def automate(self, days: Days) -> None:
        """Made, switched off, looked at, then switched on."""
        fields = {"name": "Mornings", "color": "#3b82c4", "time_zone": "Europe/Paris", "order": "fifo"}
        fields |= {"missed": "skip", "rule-0-kind": "fixed_time", "rule-0-time": days.clock(20), "notice_days": "7"}
        pairs = [*fields.items(), *(("rule-0-days", str(day)) for day in range(7))]
        made = await self.form("/automations/new", pairs)
        self.automation = made.url.split("?")[0].rsplit("/", 1)[1]
        assert "is on" in (await self.form(f"/automations/{self.automation}/enable", {})).text

    async def preview(self) -> list[tuple[int, str]]:
        page = (await self.who.get("/automations/preview")).text.split("<tbody>")[1]
        found = re.findall(r'<time datetime="([^"]+)".*?<a href="/posts/\d+">([^<]+)</a>', page, re.DOTALL)
        return [(int(datetime.fromisoformat(at).timestamp()), title) for at, title in found]

    # what all of them need

    async def form(self, path: str, fields: Any) -> Answer:
        pairs = list(fields.items()) if isinstance(fields, dict) else list(fields)
        token = ("csrf_token", self.who.headers["X-CSRF-Token"])
        return await self.who.post(path, data=[*pairs, token], follow=True)

    def id(self, title: str) -> str:
        return str(self.posts[title]["id"])

    @property
    def account(self) -> str:
        return str(self.posts["Ash"]["account_id"])

    async def plan(self) -> list[tuple[str, str]]:
        items = (await self.who.get("/api/posts?status=scheduled&limit=100")).body["items"]
        return [(post["title"], post["due_local"]) for post in items]


@dataclass
class ApiDoor(Door):
    async def settle(self, days: Days) -> None:
        slots = [{"days": list(range(7)), "time": days.clock(12)}]
        await self.ask("PUT", f"/api/accounts/{self.account}/slots", {"slots": slots})
        await self.ask("PATCH", f"/api/accounts/{self.account}/pacing", {"min_gap_minutes": 60, "move_up": True})
        await self.ask("POST", "/api/holidays", {"first": days.day(0), "last": days.day(2)})

    async def queue(self, title: str) -> None:
        await self.ask("POST", "/api/queue", {"ids": [self.id(title)]})

    async def leave_the_queue(self, title: str) -> None:
        await self.ask("DELETE", f"/api/queue/{self.id(title)}")

    async def schedule(self, title: str, words: str) -> None:
        await self.ask("POST", f"/api/posts/{self.id(title)}/schedule", {"when": words})

    async def insist(self, title: str, words: str) -> str:
        path, body = f"/api/posts/{self.id(title)}/schedule", {"when": words}
        refused = await self.who.post(path, json=body)
        assert refused.status == 422
        await self.ask("POST", path, body | {"override_pacing": True})
        return refused.text

    async def spread(self, titles: tuple[str, ...], days: Days) -> None:
        how = {"first": days.day(8), "last": days.day(9), "start": "10:00", "end": "12:00", "seed": 7}
        more = {"ids": [self.id(title) for title in titles], "min_gap_minutes": 60, "order": "given"}
        await self.ask("POST", "/api/spread", how | more)

    async def automate(self, days: Days) -> None:
        rule = {"kind": "fixed_time", "time": days.clock(20)}
        made = await self.ask("POST", "/api/automations", {"name": "Mornings", "rules": [rule], "order": "fifo"})
        self.automation = made["id"]
        await self.ask("POST", f"/api/automations/{self.automation}/enable")

    async def preview(self) -> list[tuple[int, str]]:
        shown = await self.ask("GET", f"/api/automations/{self.automation}/preview")
        taken = [item for item in shown["items"] if item["post_id"]]
        return [(int(datetime.fromisoformat(item["at"]).timestamp()), item["title"]) for item in taken]

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = await self.who(method, path, json=body) if body is not None else await self.who(method, path)
        assert answer.status in {200, 201}, answer.text
        return answer.body


@dataclass
class DiscordDoor(Door):
    """Slots, spreading and making automations happen in the dashboard: Discord has no commands for them."""

    world: World | None = None
    answers: dict[str, Message] = field(default_factory=dict)

    async def queue(self, title: str) -> None:
        await self.schedule(title, "next slot")

    async def leave_the_queue(self, title: str) -> None:
        await self.press(self.answers[title], "Undo")

    async def schedule(self, title: str, words: str) -> None:
        self.answers[title] = await self.say("schedule", {"post": title, "when": words})
        assert "Scheduled for" in self.answers[title].text

    async def insist(self, title: str, words: str) -> str:
        refused = await self.say("schedule", {"post": title, "when": words})
        assert refused.labels()[-1] == "Schedule anyway"
        assert "Scheduled for" in (await self.press(refused, "Schedule anyway")).text
        return refused.text

    async def automate(self, days: Days) -> None:
        await super().automate(days)
        await self.say("automation pause", {"rule": "Mornings"})
        assert "on again" in (await self.say("automation pause", {"rule": "Mornings"})).text

    async def preview(self) -> list[tuple[int, str]]:
        text = (await self.say("automation preview", {"rule": "Mornings"})).text
        return [(int(at), title) for at, title in re.findall(r"<t:(\d+):f> \*\*([^*]+)\*\*", text)]

    async def say(self, command: str, options: dict[str, object]) -> Message:
        assert self.world is not None
        return await (
            await self.world.discord.slash(self.world.mira, self.world.drops, command, options)
        ).wait_message()

    async def press(self, message: Message, button: str) -> Message:
        assert self.world is not None
        return await (await self.world.discord.click(message, button, self.world.mira)).wait_message()


async def walk_through(door: Door, days: Days) -> str:
    for title in TITLES:
        door.posts[title] = await a_draft(door.who, title)
    await door.settle(days)
    for title in ("Ash", "Birch", "Cedar"):
        await door.queue(title)
    objection = await door.insist("Dogwood", days.words(4, days.clock(12, 30)))
    await door.schedule("Elder", days.words(6, days.clock(17, 15)))
    await door.spread(("Fir", "Ginkgo"), days)
    await door.leave_the_queue("Ash")
    await door.automate(days)
    return objection


async def test_pages_discord_and_api_give_the_same_plan(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        assert world.server is not None
        app = AppHarness(world.server, world.app)
        try:
            for name in ("taro", "ines"):
                await world.add_person(name)
            doors = (
                Door(await app.sign_in("taro")),
                ApiDoor(await app.sign_in("ines")),
                DiscordDoor(await app.sign_in("mira"), world=world),
            )
            days = Days(datetime.now(UTC).astimezone(PARIS))  # noqa: TID251 - the application runs in real time
            said = [await walk_through(door, days) for door in doors]
            plans = [await door.plan() for door in doors]
            previews = [await door.preview() for door in doors]
        finally:
            await app.send_home()

    assert all("minimum gap is 1 h" in one for one in said)
    assert plans[0] == plans[1] == plans[2]
    assert previews[0] == previews[1] == previews[2]
    slot = days.clock(12)
    places = dict(plans[0])
    assert (places["Birch"], places["Cedar"]) == (f"{days.day(3)}T{slot}", f"{days.day(4)}T{slot}")
    assert places["Dogwood"] == f"{days.day(4)}T{days.clock(12, 30)}"
    assert [title for _, title in previews[0]] == ["Ash", "Hazel"]
    assert datetime.fromtimestamp(previews[0][0][0], PARIS).date().isoformat() >= days.day(3)


@pytest.mark.parametrize("choice", ["Next allowed", "Schedule anyway"])
async def test_discord_offers_what_pacing_allows_and_to_do_it_anyway(world: World, choice: str) -> None:
    assert world.server is not None and world.person is not None
    app = AppHarness(world.server, world.app)
    door = DiscordDoor(await app.sign_in("mira"), world=world)
    try:
        for title in ("Ash", "Birch"):
            door.posts[title] = await a_draft(door.who, title)
        await door.form(f"/slots/{door.account}/pacing", {"min_gap_minutes": "60"})
        await door.schedule("Ash", "in 30 hours")
        refused = await door.say("schedule", {"post": "Birch", "when": "in 30 hours"})
        button = next(label for label in refused.labels() if label.startswith(choice))
        stranger = await (await world.discord.click(refused, button, world.visitor)).wait_message()
        await door.press(refused, button)
        first, second = [(await door.who.get(f"/api/posts/{door.id(t)}")).body["due_at"] for t in ("Ash", "Birch")]
    finally:
        await app.send_home()

    apart = datetime.fromisoformat(second) - datetime.fromisoformat(first)
    assert "minimum gap" in refused.text and "may decide" in stranger.text
    assert apart >= timedelta(minutes=60) if choice == "Next allowed" else apart < timedelta(minutes=5)


async def test_an_automation_runs_anyway_when_its_person_says_so(world: World) -> None:
    assert world.server is not None
    app = AppHarness(world.server, world.app)
    door = DiscordDoor(await app.sign_in("mira"), world=world)
    try:
        for title in ("Ash", "Birch"):
            door.posts[title] = await a_draft(door.who, title)
        await door.form(f"/slots/{door.account}/pacing", {"min_gap_minutes": "120"})
        await door.schedule("Birch", "in 1 hour")
        await door.automate(Days(datetime.now(UTC).astimezone(PARIS)))  # noqa: TID251 - as above
        refused = await door.say("automation run", {"rule": "Mornings"})
        done = await door.press(refused, "Run anyway")
    finally:
        await app.send_home()

    assert refused.labels() == ["Run anyway"] and "is scheduled" in done.text


async def test_a_preview_in_discord_says_what_chance_decides_what_is_set_and_when_drafts_run_out(
    world: World,
) -> None:
    assert world.server is not None
    app = AppHarness(world.server, world.app)
    door = DiscordDoor(await app.sign_in("mira"), world=world)
    try:
        for title in ("Ash", "Birch"):
            door.posts[title] = await a_draft(door.who, title)
        rule = {"kind": "daily_quota", "per_day": 1}
        defaults = [{"field": "tags", "value": ["forest"], "mode": "always"}]
        wanted = {"name": "Chance", "rules": [rule], "order": "random", "defaults": defaults}
        await door.who.post("/api/automations", json=wanted)
        text = (await door.say("automation preview", {"rule": "Chance"})).text
    finally:
        await app.send_home()

    assert "One of 2 drafts." in text
    assert "forest)" in text
    assert "Drafts run out <t:" in text
