"""An entry of the sale queue and its moves; pure.

pending ──take──> processing ──complete──> completed
   ^                  │ ──fail──> pending again, or failed at the third attempt
   └──── expired ─────┘          skipped: a person said so, and may take it back
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from core.errors import InvalidInput, WrongState
from core.exclusives.price import Money

ATTEMPTS = 3
LEASE = timedelta(minutes=2)
# A person with the sale helper open reads, clicks and types.
HAND_LEASE = timedelta(minutes=15)
MESSAGE_KEPT = 500
CLIENT_KEPT = 100


class SaleStatus(StrEnum):
    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    SKIPPED = "skipped"


S = SaleStatus


@dataclass(frozen=True, slots=True)
class Sale:
    """`attempts` counts how often it was taken. `deviation_url` is None until DeviantArt has told the link."""

    id: int
    user_id: int
    post_id: int
    publication_id: int
    price: Money
    status: SaleStatus
    created_at: datetime
    updated_at: datetime
    attempts: int = 0
    price_preset_id: int | None = None
    deviation_url: str | None = None
    title: str = ""
    file_id: int | None = None
    client_id: str | None = None
    lease_token: str | None = None
    lease_expires_at: datetime | None = None
    error_message: str | None = None
    done_at: datetime | None = None

    def holds(self, lease_token: str) -> None:
        """Raises `WrongState` unless that lease is the one it has now."""
        if self.status is not S.PROCESSING or self.lease_token != lease_token:
            raise WrongState("This entry is no longer yours: its lease ended, or somebody else finished it.")


def taken(sale: Sale, *, client_id: str, lease_token: str, now: datetime, lease: timedelta) -> Sale:
    return replace(
        sale,
        status=S.PROCESSING,
        attempts=sale.attempts + 1,
        client_id=client_id[:CLIENT_KEPT],
        lease_token=lease_token,
        lease_expires_at=now + lease,
        updated_at=now,
    )


def extended(sale: Sale, lease_token: str, *, now: datetime, lease: timedelta) -> Sale:
    sale.holds(lease_token)
    return replace(sale, lease_expires_at=now + lease, updated_at=now)


def completed(sale: Sale, lease_token: str, *, now: datetime) -> Sale:
    sale.holds(lease_token)
    return replace(_free(sale), status=S.COMPLETED, done_at=now, updated_at=now, error_message=None)


def failed(sale: Sale, lease_token: str, message: str, *, now: datetime) -> Sale:
    """Back to the queue, for good at the third attempt. Raises `InvalidInput` without a reason."""
    sale.holds(lease_token)
    said = " ".join(message.split())
    if not said or len(said) > MESSAGE_KEPT:
        raise InvalidInput({"error_message": f"Say what went wrong, in at most {MESSAGE_KEPT} characters."})
    return _given_up_or_again(sale, said, now)


def expired(sale: Sale, *, now: datetime) -> Sale:
    """Whoever had it went away: its token is void, and the entry comes back."""
    return _given_up_or_again(sale, "The program that worked on it stopped answering.", now)


def released(sale: Sale, lease_token: str, *, now: datetime) -> Sale:
    """Given back untouched: that was no attempt."""
    sale.holds(lease_token)
    return replace(_free(sale), status=S.PENDING, attempts=max(0, sale.attempts - 1), updated_at=now)


def skipped(sale: Sale, *, now: datetime) -> Sale:
    if sale.status is S.COMPLETED:
        raise WrongState("This is on sale already.")
    return replace(_free(sale), status=S.SKIPPED, updated_at=now)


def queued_again(sale: Sale, *, now: datetime) -> Sale:
    """What was skipped, failed or even done by mistake goes back to the queue, with fresh attempts."""
    if sale.status is S.PROCESSING:
        raise WrongState("Somebody is working on it right now.")
    return replace(_free(sale), status=S.PENDING, attempts=0, error_message=None, done_at=None, updated_at=now)


def _given_up_or_again(sale: Sale, message: str, now: datetime) -> Sale:
    status = S.PENDING if sale.attempts < ATTEMPTS else S.FAILED
    return replace(_free(sale), status=status, error_message=message, updated_at=now)


def _free(sale: Sale) -> Sale:
    """Without a lease; `client_id` stays, to tell who had it last."""
    return replace(sale, lease_token=None, lease_expires_at=None)
