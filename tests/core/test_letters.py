"""The outbox: every letter on its own, none twice, none for ever."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from core.bus import Bus
from core.errors import NotSent, Refused
from core.events import Event
from core.letters import (
    FIRST_RETRY,
    GIVEN_UP_AFTER,
    KEPT,
    LONGEST_RETRY,
    Letter,
    Outbox,
    Waiting,
    after_attempt,
    wait_before,
)
from core.notices import CONSUMER, Notices
from core.users import Role
from data.database import Database, connect_sync
from data.migrate import migrate
from data.reads import DatabaseReads
from data.store import DatabaseStore
from data.vault import Vault
from tests.support.clock import NOON, FakeClock
from tests.support.waiting import eventually

LETTER = Letter(
    "", "A post was not published", ("It needs you.",), "Look at it", "https://a.example/posts/1", "1.failed"
)


@dataclass
class Server:
    """A mail server that takes everything but what is for `deaf` addresses."""

    taken: list[Letter] = field(default_factory=list)
    deaf: dict[str, Exception] = field(default_factory=dict)
    tried: list[str] = field(default_factory=list)

    async def send(self, letter: Letter) -> None:
        self.tried.append(letter.to)
        if letter.to in self.deaf:
            raise self.deaf[letter.to]
        self.taken.append(letter)


@dataclass
class Office:
    store: DatabaseStore
    database: Database
    clock: FakeClock
    bus: Bus
    server: Server
    people: dict[str, int]

    @property
    def outbox(self) -> Outbox:
        return Outbox(self.store, self.server, self.clock)

    async def write(self, name: str, key: str = "1.failed") -> None:
        async with self.store.transaction() as tx:
            letter = Letter("", f"News {key}", ("…",), "Look", "https://a.example", key)
            await tx.letters.add(self.people[name], letter, at=self.clock.now())

    def notices(self) -> Notices:
        reads = DatabaseReads(self.database)
        return Notices(self.store, reads, self.server, self.bus, self.clock, public_url="https://a.example")


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    connection = connect_sync(tmp_path / "isekai.db")
    migrate(connection, applied_at=0)
    connection.close()
    clock, bus = FakeClock(), Bus()
    database = Database(tmp_path / "isekai.db", readers=1)
    await database.open()
    store = DatabaseStore(database, Vault(("a key of the tests",)), bus)
    people = {}
    async with store.transaction() as tx:
        for name in ("mira", "juno"):
            user = await tx.people.add_user(name=name, role=Role.MEMBER, time_zone="UTC", at=clock.now())
            people[name] = user.id
    made = Office(store, database, clock, bus, Server(), people)
    for name in people:
        await made.notices().choose(people[name], email=f"{name}@example.org")
    yield made
    await database.close()


async def test_one_letter_that_nobody_takes_holds_up_no_other(office: Office) -> None:
    office.server.deaf["mira@example.org"] = NotSent("mail", "the mail server asks us to try later (451)")
    await office.write("mira")
    await office.write("juno")

    while await office.outbox.send_due():
        pass

    assert [letter.to for letter in office.server.taken] == ["juno@example.org"]
    state = await office.outbox.state()
    assert (state.waiting, state.failing, state.failing_since) == (1, 1, NOON)
    assert state.problem == "the mail server asks us to try later (451)"


async def test_a_letter_is_tried_again_later_and_later_for_a_day(office: Office) -> None:
    office.server.deaf["mira@example.org"] = NotSent("mail", "could not be reached")
    await office.write("mira")

    for _ in range(26 * 12):
        await office.outbox.send_due()
        await office.clock.advance(timedelta(minutes=5))

    state = await office.outbox.state()
    assert (state.waiting, state.given_up) == (0, 1)
    assert 25 <= len(office.server.tried) <= 32


async def test_what_is_refused_for_good_is_not_tried_again(office: Office) -> None:
    office.server.deaf["mira@example.org"] = Refused("mail", "the mail server does not take mail for this address")
    await office.write("mira")

    assert await office.outbox.send_due() == 1
    await office.clock.advance(timedelta(hours=2))

    assert await office.outbox.send_due() == 0
    assert (await office.outbox.state()).given_up == 1


async def test_a_letter_follows_a_new_address_and_goes_nowhere_without_one(office: Office) -> None:
    await office.write("mira", "1.failed")
    await office.write("juno", "2.failed")
    await office.notices().choose(office.people["mira"], email="new@example.org")
    await office.notices().choose(office.people["juno"], email="")

    await office.outbox.send_due()

    assert [letter.to for letter in office.server.taken] == ["new@example.org"]
    state = await office.outbox.state()
    # Nobody wanted it any more: that is no trouble of the mail.
    assert (state.waiting, state.given_up) == (0, 0)


async def test_the_same_news_is_one_letter_however_often_it_is_written(office: Office) -> None:
    await office.write("mira")
    await office.write("mira")

    await office.outbox.send_due()
    await office.write("mira")
    await office.outbox.send_due()

    assert len(office.server.taken) == 1


async def test_a_crash_before_anything_is_sent_repeats_nothing_and_loses_nothing(office: Office) -> None:
    async with office.store.transaction() as tx:
        event = Event("account.disconnected", "Connect it again.", office.clock.now(), office.people["mira"])
        await tx.events.add(event)

    assert await office.notices().write() == 1
    # The process ends here; its successor finds the letter written and the position moved.
    after = office.notices()
    assert await after.write() == 0
    await after.send_due()
    await office.notices().send_due()

    assert [letter.subject for letter in office.server.taken] == ["A DeviantArt account needs you"]
    async with office.store.transaction() as tx:
        assert await tx.instance.position(CONSUMER) == 1


async def test_what_is_over_is_kept_for_a_week(office: Office) -> None:
    await office.write("mira")
    await office.outbox.send_due()

    await office.outbox.clean()
    kept = await office.database.read(lambda c: c.execute("SELECT count(*) FROM letter").fetchone()[0])
    await office.clock.advance(KEPT + timedelta(hours=1))
    await office.outbox.clean()
    left = await office.database.read(lambda c: c.execute("SELECT count(*) FROM letter").fetchone()[0])

    assert (kept, left) == (1, 0)


async def test_the_outbox_wakes_when_something_is_written_and_when_a_retry_is_due(office: Office) -> None:
    outbox = office.outbox
    running = asyncio.create_task(outbox.run())
    office.server.deaf["mira@example.org"] = NotSent("mail", "later")
    await office.write("mira")
    outbox.ring()
    await eventually(lambda: office.server.tried)
    del office.server.deaf["mira@example.org"]

    while not office.server.taken:
        await office.clock.advance(FIRST_RETRY)
        await office.database.read(lambda c: c.execute("SELECT 1").fetchone())

    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert office.server.taken[0].to == "mira@example.org"


@pytest.mark.parametrize(("attempts", "minutes"), [(1, 1), (2, 2), (4, 8), (7, 60), (500, 60)])
def test_waits_double_from_a_minute_to_an_hour(attempts: int, minutes: int) -> None:
    assert wait_before(attempts) == timedelta(minutes=minutes)


def test_nothing_is_tried_again_that_would_be_a_day_old() -> None:
    old = Waiting(1, 1, LETTER, NOON, attempts=20, next_at=NOON)
    now = NOON + GIVEN_UP_AFTER - LONGEST_RETRY

    tried = after_attempt(old, NotSent("mail", "later"), now=now)

    assert (tried.next_at, tried.given_up_at) == (None, now)
