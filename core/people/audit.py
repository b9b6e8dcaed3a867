"""The log of what administrators and owners did: it only ever grows, and it outlives those it names."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.actor import Actor

ABOUT_KEPT = 500
COMMAND_LINE = "the command line"


@dataclass(frozen=True, slots=True)
class Entry:
    """*actor* as they were called then; *what* for programs, *about* a sentence for people."""

    id: int
    at: datetime
    actor: str
    what: str
    about: str


class AuditRows(Protocol):
    async def add(self, actor: str, what: str, about: str, *, at: datetime) -> None: ...


class AuditReads(Protocol):
    async def audit(self, *, before: int | None, limit: int) -> Sequence[Entry]:
        """Newest first; *before*: older than the entry with that id."""
        ...


class AuditTransaction(Protocol):
    @property
    def audit(self) -> AuditRows: ...


class AuditStore(Protocol):
    def transaction(self) -> AbstractAsyncContextManager[AuditTransaction]: ...


async def audit(tx: AuditTransaction, actor: Actor | None, what: str, about: str, *, at: datetime) -> None:
    """Write it down in the transaction that does it. No *actor*: somebody at the machine itself."""
    await tx.audit.add(actor.name if actor else COMMAND_LINE, what, about[:ABOUT_KEPT], at=at)
