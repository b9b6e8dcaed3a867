"""A whole instance breaks: its administrator has one letter when it did, and one when it is over."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from core.clock import SystemClock
from core.operations.findings import ERRORS_MANY
from tests.support.app import AppHarness, Caller, running_app
from tests.support.clock import FakeClock
from tests.support.mailbox import Mailbox, a_mailbox
from tests.support.waiting import eventually
from tests.web.test_planning_api import a_draft


@dataclass
class Broken:
    app: AppHarness
    mira: Caller
    clock: FakeClock
    mailbox: Mailbox

    async def told(self, news: str) -> int:
        """How many letters say so, once there is one, however long the instance takes to write it."""

        async def has_come() -> bool:
            await self.clock.advance(timedelta(seconds=10))
            return any(news in text for text in self.letters())

        await eventually(has_come)
        return sum(news in text for text in self.letters())

    def letters(self) -> list[str]:
        bodies = [letter.get_body(("plain",)) for letter in self.mailbox.letters]
        return [body.get_content() for body in bodies if body is not None]


@pytest.fixture
async def broken(tmp_path: Path) -> AsyncIterator[Broken]:
    clock = FakeClock(SystemClock().now())  # lines of the log bear the machine's time
    with a_mailbox() as mailbox:
        mail = {"SMTP_URL": f"smtp://127.0.0.1:{mailbox.port}", "EMAIL_FROM": "isekai@example.org"}
        async with running_app(tmp_path / "home", clock, **mail) as app:
            mira = await app.sign_in()
            (person,) = await app.app.people_reads.users()
            await app.app.notices.choose(person.id, email="mira@example.org")
            yield Broken(app, mira, clock, mailbox)


async def test_many_errors_in_an_hour(broken: Broken) -> None:
    post = (await a_draft(broken.mira))["id"]
    async with broken.app.app.database.transaction() as connection:
        await connection.run("UPDATE post SET tags = '7' WHERE id = :id", {"id": int(post)})
    for _ in range(ERRORS_MANY):
        assert (await broken.mira.get(f"/api/posts/{post}")).status == 500

    assert await broken.told(f"{ERRORS_MANY} errors were logged in the last hour. The log") == 1
    assert await broken.told("This is over") == 1
    assert len(broken.letters()) == 2


async def test_a_publisher_that_looks_for_no_work(broken: Broken, monkeypatch: pytest.MonkeyPatch) -> None:
    publisher, held = broken.app.app.publisher, asyncio.Event()
    sweep = publisher._sweep

    async def held_sweep() -> timedelta:
        await held.wait()
        return await sweep()

    monkeypatch.setattr(publisher, "_sweep", held_sweep)
    publisher.wake()
    assert await broken.told("The publisher has stopped") == 1
    assert (await broken.mira.get("/ready")).status == 503
    held.set()
    assert await broken.told("This is over") == 1
    assert len(broken.letters()) == 2


async def test_a_change_that_never_ends(broken: Broken) -> None:
    database = broken.app.app.database
    database.patience = 0.05
    async with database.transaction():
        assert (await broken.mira.post("/api/pause", json={})).status == 503
        assert await broken.told("The database cannot be written: another change has been going on") == 1
    database.patience = 10
    assert await broken.told("nothing could be written") == 1
