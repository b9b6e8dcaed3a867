"""Who may come in, what keys open, and what is remembered of callers; over a real database."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from core.bus import Bus
from core.errors import InvalidInput, NotAllowed, NotFound, NotSignedIn, WrongState
from core.identities import Identities
from core.keys import Keys
from core.people.people import People, admit
from core.users import Role, User
from data.database import Database
from data.migrate import bring_up_to_date
from data.people import PeopleReader
from data.store import DatabaseStore
from data.vault import Vault
from tests.support.clock import FakeClock


class Room:
    """What people are kept in."""

    def __init__(self, database: Database) -> None:
        self.clock = FakeClock()
        self.store = DatabaseStore(database, Vault(("a secret key of the tests",)), Bus())
        self.reads = PeopleReader(database)
        self.people = People(self.store, self.reads, self.clock)
        self.keys = Keys(self.store, self.reads, self.clock)
        self.identities = Identities(self.store, self.reads, self.clock)

    async def person(self, name: str, role: Role = Role.MEMBER) -> User:
        async with self.store.transaction() as tx:
            return await tx.people.add_user(name=name, role=role, time_zone="UTC", at=self.clock.now())


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    path = tmp_path / "isekai.db"
    bring_up_to_date(path, backups=tmp_path, now=FakeClock().now())
    database = Database(path)
    await database.open()
    made = Room(database)
    yield made
    made.reads.close()
    await database.close()


def test_the_first_person_is_administrator_whatever_the_rules() -> None:
    assert admit(is_first=True, people=0, open_signup=False, max_users=0) is Role.ADMIN


def test_others_come_in_when_the_door_is_open_and_there_is_room() -> None:
    assert admit(is_first=False, people=3, open_signup=True, max_users=0) is Role.MEMBER
    with pytest.raises(NotAllowed, match="invitation"):
        admit(is_first=False, people=3, open_signup=False, max_users=0)
    with pytest.raises(NotAllowed, match="room"):
        admit(is_first=False, people=3, open_signup=True, max_users=3)


async def test_a_key_opens_until_it_is_revoked(room: Room) -> None:
    mira = await room.person("mira")
    key, secret = await room.keys.create(mira, name="ComfyUI", scopes=["upload"])
    assert (await room.identities.of_key(secret)).user.id == mira.id

    await room.keys.revoke(mira, key.id)

    with pytest.raises(NotSignedIn, match="revoked"):
        await room.identities.of_key(secret)


async def test_a_key_ends_at_its_instant(room: Room) -> None:
    mira = await room.person("mira")
    ends = room.clock.now() + timedelta(hours=1)
    _, secret = await room.keys.create(mira, name="for an hour", scopes=["read"], expires_at=ends)

    await room.clock.advance(timedelta(minutes=59))
    await room.identities.of_key(secret)
    await room.clock.advance(timedelta(minutes=1))

    with pytest.raises(NotSignedIn, match="expired"):
        await room.identities.of_key(secret)


async def test_nobody_revokes_the_key_of_another(room: Room) -> None:
    mira, juno = await room.person("mira"), await room.person("juno")
    key, _ = await room.keys.create(mira, name="mine", scopes=["read"])

    with pytest.raises(NotFound):
        await room.keys.revoke(juno, key.id)


async def test_the_last_administrator_stays(room: Room) -> None:
    mira = await room.person("mira", Role.ADMIN)

    with pytest.raises(WrongState, match="administrator"):
        await room.people.disable(mira.id)


async def test_disabling_ends_sessions_and_keys_at_once(room: Room) -> None:
    await room.person("mira", Role.ADMIN)
    juno = await room.person("juno")
    _, secret = await room.keys.create(juno, name="mine", scopes=["read"])
    await room.identities.of_key(secret)

    await room.people.disable(juno.id)

    with pytest.raises(NotSignedIn, match="disabled"):
        await room.identities.of_key(secret)


async def test_a_caller_who_is_known_costs_no_query(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    mira = await room.person("mira")
    _, secret = await room.keys.create(mira, name="mine", scopes=["read"])
    await room.identities.of_key(secret)  # notes its first use, which is a commit
    await room.identities.of_key(secret)
    asked = []
    read = room.reads.key

    async def counted(key_hash: bytes) -> object:
        asked.append(key_hash)
        return await read(key_hash)

    monkeypatch.setattr(room.reads, "key", counted)
    await room.identities.of_key(secret)

    assert asked == []


async def test_a_zone_is_chosen_by_name_and_suggested_only_until_then(room: Room) -> None:
    mira = await room.person("mira")

    assert (await room.people.suggest_time_zone(mira.id, "Asia/Kolkata")).time_zone == "Asia/Kolkata"
    assert (await room.people.choose_time_zone(mira.id, "Europe/Paris")).time_zone == "Europe/Paris"
    assert (await room.people.suggest_time_zone(mira.id, "Asia/Kolkata")).time_zone == "Europe/Paris"
    with pytest.raises(InvalidInput):
        await room.people.choose_time_zone(mira.id, "Mars/Olympus")
