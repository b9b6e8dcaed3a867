"""Administrators are told once when something breaks, and once when it is over.

What is going on is kept in the database, so a restart repeats nothing. The news itself is an event for each
administrator, written in the same transaction: mail and Discord carry it like any other.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from core.clock import Clock
from core.errors import StorageUnavailable
from core.events import Event
from core.operations.check_up import CheckUp
from core.operations.findings import Finding, span
from core.ports import EventRepository
from core.users import PeopleRows

logger = logging.getLogger(__name__)

LOOKED_EVERY = timedelta(minutes=1)
# A hiccup is no news, neither is a moment of health.
BELIEVED_AFTER = timedelta(minutes=2)
OVER_AFTER = timedelta(minutes=5)
KEPT = timedelta(days=90)
ALERT, OVER = "instance.alert", "instance.recovered"


@dataclass(frozen=True, slots=True)
class Incident:
    """Something wrong, from when it was seen until it was over. `absent_at`: not seen since."""

    finding: str
    began_at: datetime
    sentence: str
    advice: str = ""
    told_at: datetime | None = None
    absent_at: datetime | None = None
    over_at: datetime | None = None
    id: int = 0


class IncidentRows(Protocol):
    async def open(self) -> Sequence[Incident]: ...

    async def save(self, incident: Incident) -> None:
        """Inserts one whose id is 0."""
        ...

    async def forget(self, incident: Incident) -> None: ...

    async def recent(self, *, limit: int) -> Sequence[Incident]:
        """Those that were told, newest first."""
        ...

    async def remove_over(self, *, before: datetime) -> None: ...


class AlertTransaction(Protocol):
    @property
    def incidents(self) -> IncidentRows: ...
    @property
    def people(self) -> PeopleRows: ...
    @property
    def events(self) -> EventRepository: ...


class AlertStore(Protocol):
    def transaction(self) -> AbstractAsyncContextManager[AlertTransaction]: ...


@dataclass(frozen=True, slots=True)
class Turn:
    """What one look makes of one finding: the incident as it is now, and whether people are told of it."""

    incident: Incident
    tell: str | None = None  # ALERT or OVER
    told_already: int | None = None  # a person who heard of it otherwise


def turns(open_now: Iterable[Incident], found: Sequence[Finding], *, now: datetime) -> list[Turn]:
    """What changes at this look; nothing for what goes on as it was."""
    seen: Mapping[str, Finding] = {finding.key: finding for finding in found if finding.alerts}
    known = {incident.finding: incident for incident in open_now}
    begun = [
        Turn(Incident(key, now, finding.sentence, finding.advice))
        for key, finding in seen.items()
        if key not in known
    ]
    changes = (_turn(incident, seen.get(incident.finding), now) for incident in known.values())
    return begun + [turn for turn in changes if turn is not None]


def _turn(incident: Incident, finding: Finding | None, now: datetime) -> Turn | None:
    if finding is None:
        return _absent(incident, now)
    present = replace(incident, absent_at=None)
    if incident.told_at is None and now - incident.began_at >= BELIEVED_AFTER:
        told = replace(present, told_at=now, sentence=finding.sentence, advice=finding.advice)
        return Turn(told, tell=ALERT, told_already=finding.told_already)
    return Turn(present) if present != incident else None


def _absent(incident: Incident, now: datetime) -> Turn | None:
    if incident.absent_at is None:
        return Turn(replace(incident, absent_at=now))
    if now - incident.absent_at < OVER_AFTER:
        return None
    over = replace(incident, over_at=incident.absent_at)
    return Turn(over, tell=OVER if incident.told_at is not None else None)


class Aloud(Protocol):
    """Tells administrators while nothing can be kept, nor sent by way of the database."""

    async def trouble(self, found: Sequence[Finding]) -> None: ...

    async def written(self) -> None: ...


class Alerts:
    def __init__(self, store: AlertStore, check_up: CheckUp, clock: Clock, aloud: Aloud | None = None) -> None:
        self._store = store
        self._check_up = check_up
        self._clock = clock
        self._aloud = aloud

    async def run(self) -> None:
        """For ever, once a minute."""
        while True:
            await self._clock.sleep(LOOKED_EVERY.total_seconds())
            await self.look()

    async def look(self) -> None:
        found = await self._check_up.findings()
        try:
            await self._keep(found)
        except StorageUnavailable as error:
            logger.error("problems cannot be kept now", extra={"reason": str(error)})
            if self._aloud is not None:
                await self._aloud.trouble(found)
        else:
            if self._aloud is not None:
                await self._aloud.written()

    async def _keep(self, found: Sequence[Finding]) -> None:
        async with self._store.transaction() as tx:
            now = self._clock.now()
            for turn in turns(await tx.incidents.open(), found, now=now):
                await self._take(tx, turn, now)

    async def recent(self, limit: int = 20) -> Sequence[Incident]:
        """What administrators were told of, newest first."""
        async with self._store.transaction() as tx:
            return await tx.incidents.recent(limit=limit)

    async def clean(self) -> None:
        async with self._store.transaction() as tx:
            await tx.incidents.remove_over(before=self._clock.now() - KEPT)

    async def _take(self, tx: AlertTransaction, turn: Turn, now: datetime) -> None:
        incident = turn.incident
        if incident.over_at is not None and incident.told_at is None:
            await tx.incidents.forget(incident)
            return
        await tx.incidents.save(incident)
        if turn.tell is None:
            return
        log = logger.error if turn.tell == ALERT else logger.info
        log("administrators are told", extra={"finding": incident.finding, "news": turn.tell})
        for user in await tx.people.users():
            if user.is_admin and not user.is_disabled and user.id != turn.told_already:
                data = {"finding": incident.finding}
                await tx.events.add(Event(turn.tell, words(incident), now, user.id, data=data))


def words(incident: Incident) -> str:
    if incident.over_at is None:
        return f"{incident.sentence} {incident.advice}".strip()
    return f"This is over after {span(incident.over_at - incident.began_at)}: {incident.sentence}"
