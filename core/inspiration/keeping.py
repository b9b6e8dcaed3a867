"""Use cases: “watch later” lists of works seen elsewhere."""

from core.actor import Actor
from core.clock import Clock
from core.errors import InvalidInput, NotFound
from core.inspiration.ports import InspirationStore, InspirationTransaction, KeepList
from core.inspiration.works import Shown

NAME_KEPT = 80
LISTS_EACH = 50
WORKS_EACH = 1_000
FIRST_LIST = "Watch later"


class Keeping:
    def __init__(self, store: InspirationStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def create(self, name: str, *, by: Actor) -> KeepList:
        async with self._store.transaction() as tx:
            known = await tx.rooms.keeps.lists(by.user_id)
            if len(known) >= LISTS_EACH:
                raise InvalidInput({"name": f"There are {LISTS_EACH} lists already; remove one first."})
            return await tx.rooms.keeps.add(by.user_id, _read_name(name, known), at=self._clock.now())

    async def rename(self, list_id: int, name: str, *, by: Actor) -> None:
        async with self._store.transaction() as tx:
            known = await tx.rooms.keeps.lists(by.user_id)
            _own(known, list_id)
            await tx.rooms.keeps.rename(list_id, _read_name(name, known, but=list_id))

    async def remove(self, list_id: int, *, by: Actor) -> None:
        async with self._store.transaction() as tx:
            _own(await tx.rooms.keeps.lists(by.user_id), list_id)
            await tx.rooms.keeps.remove(list_id)

    async def keep(self, work: Shown, *, by: Actor, list_id: int | None = None) -> KeepList:
        """In that list, else in the first one, which is made when there is none."""
        async with self._store.transaction() as tx:
            chosen = await self._list_for(tx, list_id, by)
            if chosen.works >= WORKS_EACH:
                raise InvalidInput({"list": f"A list holds {WORKS_EACH:,} works; this one is full."})
            await tx.rooms.keeps.keep(chosen.id, work, at=self._clock.now())
            return chosen

    async def drop(self, list_id: int, deviation_id: str, *, by: Actor) -> None:
        async with self._store.transaction() as tx:
            _own(await tx.rooms.keeps.lists(by.user_id), list_id)
            await tx.rooms.keeps.drop(list_id, deviation_id.upper())

    async def _list_for(self, tx: InspirationTransaction, list_id: int | None, by: Actor) -> KeepList:
        known = await tx.rooms.keeps.lists(by.user_id)
        if list_id is not None:
            return _own(known, list_id)
        return known[0] if known else await tx.rooms.keeps.add(by.user_id, FIRST_LIST, at=self._clock.now())


def read_list_name(given: str) -> str:
    name = " ".join(given.split())
    if not 1 <= len(name) <= NAME_KEPT or not name.isprintable():
        raise InvalidInput({"name": f"Give the list a name of at most {NAME_KEPT} characters."})
    return name


def _read_name(given: str, known: tuple[KeepList, ...], *, but: int | None = None) -> str:
    name = read_list_name(given)
    if any(other.name.casefold() == name.casefold() and other.id != but for other in known):
        raise InvalidInput({"name": "Another list has this name."})
    return name


def _own(known: tuple[KeepList, ...], list_id: int) -> KeepList:
    for kept in known:
        if kept.id == list_id:
            return kept
    raise NotFound("There is no such list.")
