"""A webhook and its deliveries as values, and when a delivery is tried again. Pure."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from core.webhooks.envelope import Kind

# Waits between attempts. Together about a day; then a delivery is given up.
WAITS = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=2),
    timedelta(hours=4),
    timedelta(hours=6),
    timedelta(hours=10),
)
TRIED_FOR = timedelta(days=1)
GONE = 410


class DeliveryState(StrEnum):
    WAITING = "waiting"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True)
class Webhook:
    """`secret` is empty where nobody asked for it, and where our keys do not open it: then nothing is sent."""

    id: int
    user_id: int
    name: str
    url: str
    kinds: tuple[Kind, ...]
    created_at: datetime
    from_event_id: int = 0
    failing_since: datetime | None = None
    disabled_at: datetime | None = None
    disabled_why: str | None = None
    secret: str = field(default="", repr=False)
    old_secret: str | None = field(default=None, repr=False)
    old_until: datetime | None = None

    @property
    def is_enabled(self) -> bool:
        return self.disabled_at is None

    def secrets_at(self, now: datetime) -> tuple[str, ...]:
        """Those that sign: the current one first."""
        if self.old_secret is not None and self.old_until is not None and now < self.old_until:
            return self.secret, self.old_secret
        return (self.secret,)


@dataclass(frozen=True, slots=True)
class Delivery:
    id: int
    webhook_id: int
    message_id: str
    kind: str
    body: str
    state: DeliveryState
    created_at: datetime
    event_id: int | None = None
    post_id: int | None = None
    attempts: int = 0
    next_at: datetime | None = None
    tried_at: datetime | None = None
    status: int | None = None
    error: str | None = None
    answer: str | None = None
    took_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one attempt. `status` None: no answer, and `error` says why."""

    status: int | None
    error: str | None = None
    answer: str = ""
    retry_after: timedelta | None = None
    took_ms: int = 0

    @property
    def is_success(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def sentence(self) -> str | None:
        """Why it failed; None when it did not."""
        if self.is_success:
            return None
        if self.status is None:
            return self.error or "No answer came."
        if 300 <= self.status < 400:
            return f"It answered with a redirect ({self.status}), which is not followed."
        return f"It answered {self.status}."


def next_attempt(delivery: Delivery, outcome: Outcome, *, now: datetime, jitter: float) -> datetime | None:
    """When to try again after attempt number `delivery.attempts + 1` failed; None when the day is over.

    *jitter* (0 to 1) adds up to a tenth. A wait the receiver asked for is a floor.
    """
    if delivery.attempts >= len(WAITS) or outcome.status == GONE:
        return None
    wait = WAITS[delivery.attempts] * (1 + jitter / 10)
    if outcome.retry_after is not None:
        wait = max(wait, outcome.retry_after)
    at = now + wait
    return at if at <= delivery.created_at + TRIED_FOR * 1.1 else None


def why_disable(webhook: Webhook, tried: Delivery, outcome: Outcome) -> str | None:
    """Why *webhook* should not be called any more; None while it may be.

    A delivery that was given up, after a day in which nothing else came through either, is a lasting failure.
    """
    if outcome.status == GONE:
        return "Its receiver answered 410: it wants no more calls."
    if tried.state is not DeliveryState.GIVEN_UP or webhook.failing_since is None:
        return None
    if webhook.failing_since > tried.created_at + timedelta(hours=1):
        return None
    return f"It failed for a day without one success. {outcome.sentence}"
