"""Keeps the connections to DeviantArt alive, and says in time when one will end."""

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from core.account import REFRESH_TOKEN_LIFETIME, Account, AccountStatus
from core.accounts import Accounts
from core.clock import Clock
from core.errors import ExternalError
from core.events import Event
from core.metrics import Metrics
from core.ports import Store

logger = logging.getLogger(__name__)

# At half its life, and at least monthly: a refresh token lives three months (`deviantart-api.md`, 1).
REFRESHED_AFTER = min(REFRESH_TOKEN_LIFETIME / 2, timedelta(days=30))
WARNED_AT = (14, 7, 3, 1)  # days left; each once


def wants_refresh(account: Account, *, now: datetime) -> bool:
    """Also when the answer to an earlier refresh was lost: then it is better to know."""
    if account.status is AccountStatus.RECONNECT:
        return False
    issued_at = account.refresh_issued_at
    return issued_at is None or account.refresh_started_at is not None or now - issued_at >= REFRESHED_AFTER


def warning_due(account: Account, *, now: datetime) -> int | None:
    """The warning to give now, in days left: one of `WARNED_AT` that was not given yet, or none.

    An account that waits for its artist was told of already.
    """
    ends_at = account.refresh_expires_at
    if account.status is AccountStatus.RECONNECT or ends_at is None:
        return None
    due = [days for days in WARNED_AT if ends_at - now <= timedelta(days=days)]
    if not due or (account.warned_days is not None and account.warned_days <= due[-1]):
        return None
    return due[-1]


def days_left(account: Account, *, now: datetime) -> float:
    ends_at = account.refresh_expires_at
    if account.status is AccountStatus.RECONNECT or ends_at is None:
        return 0.0
    return max(0.0, (ends_at - now) / timedelta(days=1))


class TokenCare:
    """The job `token_care`. What a refresh finds out about a dead token, `Accounts` records and tells."""

    def __init__(self, store: Store, accounts: Accounts, clock: Clock, metrics: Metrics) -> None:
        self._store = store
        self._accounts = accounts
        self._clock = clock
        self._metrics = metrics

    async def run(self) -> None:
        async with self._store.transaction() as tx:
            everyone = await tx.accounts.all()
        for known in everyone:
            account, now = known, self._clock.now()
            if wants_refresh(account, now=now):
                await self._refresh(account)
                account = await self._as_it_is_now(account)
            self._metrics.token_days_left(account.username, days_left(account, now=now))
            if warning_due(account, now=now) is not None:
                await self._warn(account.id)

    async def _refresh(self, account: Account) -> None:
        try:
            await self._accounts.refresh(account.id)
        except ExternalError as error:
            logger.warning("connection not renewed", extra={"account_id": account.id, "reason": error.reason})

    async def _as_it_is_now(self, account: Account) -> Account:
        async with self._store.transaction() as tx:
            return await tx.accounts.get(account.id)

    async def _warn(self, account_id: int) -> None:
        """The warning and the note that it was given are one transaction: each is given once."""
        async with self._store.transaction() as tx:
            account = await tx.accounts.get(account_id)
            now = self._clock.now()
            days = warning_due(account, now=now)
            if days is None:
                return
            await tx.accounts.save(replace(account, warned_days=days))
            await tx.events.add(
                Event("account.token_ends", _sentence(account, days), now, account.user_id, account_id=account.id,
                      data={"days": days})
            )  # fmt: skip


def _sentence(account: Account, days: int) -> str:
    time = "tomorrow" if days == 1 else f"in {days} days"
    return (
        f"The connection of {account.username} to DeviantArt ends {time}, and renewing it does not work."
        " Connect it again, so that its posts go out."
    )
