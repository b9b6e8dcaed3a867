"""What administrators decide about programs, the watched folder apart."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from core.actor import Actor
from core.clock import Clock
from core.errors import NotAllowed
from core.people.audit import AuditRows, audit
from core.ports import InstanceRepository
from core.programs.settings import ALLOW_PRIVATE
from core.users import User


class InstanceTransaction(Protocol):
    @property
    def audit(self) -> AuditRows: ...
    @property
    def instance(self) -> InstanceRepository: ...


class InstanceStore(Protocol):
    def transaction(self) -> AbstractAsyncContextManager[InstanceTransaction]: ...


class ProgramSettings:
    def __init__(self, store: InstanceStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def private_allowed(self) -> bool:
        """Whether webhooks may call loopback and private addresses."""
        async with self._store.transaction() as tx:
            return bool(await tx.instance.get(ALLOW_PRIVATE))

    async def allow_private(self, user: User, allowed: bool) -> None:
        if not user.is_admin:
            raise NotAllowed("Only an administrator can allow webhooks into private networks.")
        async with self._store.transaction() as tx:
            if bool(await tx.instance.get(ALLOW_PRIVATE)) == allowed:
                return
            await tx.instance.put(ALLOW_PRIVATE, allowed)
            said = f"Webhooks may {'' if allowed else 'no longer '}call private networks."
            await audit(tx, Actor(user.id, user.name), "programs.private", said, at=self._clock.now())
