"""What the health of an instance is judged by: facts alone, gathered by `check_up.py`, judged by `findings.py`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from core.letters import OutboxState
from core.operations.clearing import Cleared
from core.publishing.publisher import PublisherState


@dataclass(frozen=True, slots=True)
class DiskRoom:
    free: int  # bytes
    total: int


@dataclass(frozen=True, slots=True)
class Usage:
    """Bytes; None where the machine does not say."""

    memory: int | None
    database: int | None


@dataclass(frozen=True, slots=True)
class ClockReading:
    """`offset`: how far DeviantArt's clock is ahead of ours, as its last answer said. None: it never answered."""

    offset: timedelta
    heard_at: datetime | None


@dataclass(frozen=True, slots=True)
class AccountFact:
    username: str
    account_id: int
    user_id: int
    needs_reconnect: bool
    is_paused: bool  # the account, or everything of its owner
    is_disabled: bool  # its owner has no access any more
    ends_at: datetime | None
    is_renewed: bool  # renewing works, as far as anybody knows: it was not warned of
    circuit_until: datetime | None
    waiting_since: datetime | None  # something of it could go out since then

    def days_left(self, now: datetime) -> float:
        if self.needs_reconnect or self.ends_at is None:
            return 0.0
        return max(0.0, (self.ends_at - now) / timedelta(days=1))


@dataclass(frozen=True, slots=True)
class JobFact:
    name: str
    every: timedelta | None
    last_success: datetime | None
    last_error: str | None
    next_run: datetime | None


@dataclass(frozen=True, slots=True)
class BackupFact:
    """`newest`: when the last was made, of whatever kind."""

    newest: datetime | None
    is_expected: bool = True


@dataclass(frozen=True, slots=True)
class Kept:
    """What the database knows, in one look. `restored`: publishing waits after a restore."""

    accounts: tuple[AccountFact, ...] = ()
    restored: bool = False
    circuit_until: datetime | None = None
    first_user_at: datetime | None = None
    admins_with_mail: int = 0
    admins_on_discord: int = 0
    cleared: Cleared | None = None  # the last look for pictures that nothing needs

    def circuit_is_open(self, now: datetime) -> bool:
        """Whether DeviantArt is left alone: for everybody, or on some account."""
        untils = [self.circuit_until, *(account.circuit_until for account in self.accounts)]
        return any(until is not None and until > now for until in untils)


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything at one moment. None: not known here, so not judged (a command knows nothing of a process)."""

    now: datetime
    started_at: datetime
    kept: Kept | None = None
    database_problem: str | None = None
    storage_problem: str | None = None
    publisher: PublisherState | None = None
    disk: DiskRoom | None = None
    jobs: tuple[JobFact, ...] = ()
    lag_ms: float | None = None
    clock: ClockReading | None = None
    backup: BackupFact | None = None
    mail: OutboxState | None = None  # None: no mail server is set
    mail_is_known: bool = True
    discord: str | None = None  # as `/ready` says it: off, connected, connecting, away, refused
    errors_last_hour: int = 0
    usage: Usage = field(default_factory=lambda: Usage(None, None))


class HealthReads(Protocol):
    async def kept(self) -> Kept: ...


class Machine(Protocol):
    """What the machine says of itself; blocking, and quick."""

    def disk(self) -> DiskRoom | None: ...

    def usage(self) -> Usage: ...


class BackupTimes(Protocol):
    def newest(self) -> datetime | None:
        """When the last backup of this instance was made."""
        ...


def waiting(accounts: Sequence[AccountFact], *, now: datetime) -> datetime | None:
    """Since when the oldest work that nothing holds back has waited."""
    since = [
        account.waiting_since
        for account in accounts
        if account.waiting_since is not None
        and not (account.is_paused or account.is_disabled or account.needs_reconnect)
        and (account.circuit_until is None or account.circuit_until <= now)
    ]
    return min(since, default=None)
