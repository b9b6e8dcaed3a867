"""Administrators are told once when something breaks and once when it is over, whatever restarts in between."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.bus import Bus
from core.errors import StorageUnavailable
from core.notices import Notices
from core.operations.alerts import BELIEVED_AFTER, OVER_AFTER, Alerts, Incident, turns
from core.operations.aloud import Aloud
from core.operations.findings import Finding, Severity
from core.users import Role
from data.database import Database, connect_sync
from data.mail import SmtpMailer
from data.migrate import migrate
from data.people import PeopleReader
from data.reads import DatabaseReads
from data.store import DatabaseStore
from data.vault import Vault
from tests.support.clock import NOON, FakeClock
from tests.support.mailbox import Mailbox, a_mailbox, a_mailer

DISK = Finding("disk", Severity.WARN, "The disk is nearly full.", "Make room.", alerts=True)
PAUSED = Finding("paused", Severity.NOTE, "Publishing is paused.")
MINUTE = timedelta(minutes=1)


@dataclass
class CheckUp:
    found: tuple[Finding, ...] = ()

    async def findings(self) -> tuple[Finding, ...]:
        return self.found


@dataclass
class Watch:
    store: DatabaseStore
    database: Database
    clock: FakeClock
    mailbox: Mailbox
    notices: Notices
    mailer: SmtpMailer
    check_up: CheckUp = field(default_factory=CheckUp)

    async def minutes(self, count: int, *found: Finding) -> None:
        """So many looks, by a process that is a new one each time."""
        self.check_up.found = found
        for _ in range(count):
            alerts: Any = Alerts(self.store, self.check_up, self.clock)  # type: ignore[arg-type]
            await alerts.look()
            await self.clock.advance(MINUTE)

    async def mail(self) -> list[tuple[str, str]]:
        """Who was told what since."""
        before = len(self.mailbox.letters)
        while await self.notices.write():
            pass
        while await self.notices.send_due():
            pass
        return [(str(letter["To"]), str(letter["Subject"])) for letter in self.mailbox.letters[before:]]


@pytest.fixture
async def watch(tmp_path: Path) -> AsyncIterator[Watch]:
    connection = connect_sync(tmp_path / "isekai.db")
    migrate(connection, applied_at=0)
    connection.close()
    clock, bus = FakeClock(), Bus()
    database = Database(tmp_path / "isekai.db", readers=1)
    await database.open()
    store = DatabaseStore(database, Vault(("a key of the tests",)), bus)
    with a_mailbox() as mailbox:
        mailer = a_mailer(mailbox.port, clock, public_url="https://art.example.org")
        notices = Notices(store, DatabaseReads(database), mailer, bus, clock, public_url="https://art.example.org")
        for name, role in (("mira", Role.ADMIN), ("juno", Role.MEMBER)):
            async with store.transaction() as tx:
                user = await tx.people.add_user(name=name, role=role, time_zone="UTC", at=clock.now())
            await notices.choose(user.id, email=f"{name}@example.org")
        yield Watch(store, database, clock, mailbox, notices, mailer)
    await database.close()


async def test_administrators_are_told_once_and_again_when_it_is_over(watch: Watch) -> None:
    await watch.minutes(20, DISK)
    told = await watch.mail()
    await watch.minutes(10)
    over = await watch.mail()

    assert told == [("mira@example.org", "Your Isekai needs you")]
    assert over == [("mira@example.org", "Your Isekai is well again")]
    text = watch.mailbox.letters[0].get_body(("plain",))
    assert text is not None
    assert "The disk is nearly full. Make room." in text.get_content()
    assert "https://art.example.org/admin/health" in text.get_content()


async def test_it_is_told_again_when_it_comes_back_after_it_was_over(watch: Watch) -> None:
    await watch.minutes(5, DISK)
    await watch.minutes(10)
    await watch.minutes(5, DISK)

    async with watch.store.transaction() as tx:
        incidents = await tx.incidents.recent(limit=10)

    assert [incident.over_at is None for incident in incidents] == [True, False]
    assert len(await watch.mail()) == 1, "written at once, they are one letter"


async def test_a_hiccup_and_what_does_not_alert_are_told_to_nobody(watch: Watch) -> None:
    await watch.minutes(1, DISK)
    await watch.minutes(10, PAUSED)

    assert await watch.mail() == []
    async with watch.store.transaction() as tx:
        assert await tx.incidents.open() == []


def test_a_moment_of_health_in_between_is_no_recovery() -> None:
    told = Incident("disk", NOON, "…", told_at=NOON, id=1)

    (absent,) = turns([told], [], now=NOON + MINUTE)
    (back,) = turns([absent.incident], [DISK], now=NOON + 3 * MINUTE)

    assert (absent.tell, back.tell) == (None, None)
    assert back.incident == told


def test_it_is_believed_when_it_lasts_and_over_when_that_lasts() -> None:
    (begun,) = turns([], [DISK], now=NOON)
    (believed,) = turns([begun.incident], [DISK], now=NOON + BELIEVED_AFTER)
    (absent,) = turns([believed.incident], [], now=NOON + timedelta(hours=1))
    (over,) = turns([absent.incident], [], now=NOON + timedelta(hours=1) + OVER_AFTER)

    assert [turn.tell for turn in (begun, believed, absent, over)] == [
        None,
        "instance.alert",
        None,
        "instance.recovered",
    ]
    assert over.incident.over_at == NOON + timedelta(hours=1)


class Full:
    """A store on a full disk."""

    def transaction(self) -> Any:
        raise StorageUnavailable("database or disk is full")


async def test_a_database_that_cannot_be_written_is_told_straight_by_mail(watch: Watch) -> None:
    aloud = Aloud(PeopleReader(watch.database), watch.mailer, watch.clock, public_url="https://art.example.org")
    watch.check_up.found = (
        Finding("database", Severity.BAD, "The database cannot be written.", "Make room.", alerts=True),
        PAUSED,
    )

    async def minutes(count: int, store: Any) -> None:
        for _ in range(count):
            await Alerts(store, watch.check_up, watch.clock, aloud).look()  # type: ignore[arg-type]
            await watch.clock.advance(MINUTE)

    await minutes(2, Full())
    await minutes(1, watch.store)
    assert watch.mailbox.letters == [], "a hiccup is no news"
    watch.mailbox.refusals = ["451 later"]
    await minutes(9, Full())
    watch.check_up.found = ()
    await minutes(3, watch.store)
    await minutes(2, Full())
    await minutes(8, watch.store)

    said = [(letter["To"], letter["Subject"]) for letter in watch.mailbox.letters]
    assert said == [("mira@example.org", "Your Isekai needs you"), ("mira@example.org", "Your Isekai is well again")]
    text = watch.mailbox.letters[0].get_body(("plain",))
    assert text is not None
    assert "The database cannot be written. Make room.\r\n" in text.get_content()
    assert await watch.mail() == []
