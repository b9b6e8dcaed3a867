"""One picture of one post on one account: the unit that is claimed, sent, and proven once."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum


class PublicationState(StrEnum):
    IDLE = "idle"  # known, not wanted at present
    SCHEDULED = "scheduled"
    UPLOADING = "uploading"
    PUBLISHING = "publishing"  # a publish request may have left
    PUBLISHED = "published"
    FAILED = "failed"


class Step(StrEnum):
    SUBMIT = "submit"
    PUBLISH = "publish"
    SETTLE = "settle"


class FailureKind(StrEnum):
    NOT_SENT = "not_sent"
    BUSY = "busy"
    REFUSED = "refused"
    AUTHORIZATION_LOST = "authorization_lost"
    OUTCOME_UNKNOWN = "outcome_unknown"
    NOT_READY = "not_ready"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a publication has not gone out. `retry_at` is None when a person has to act."""

    step: Step
    kind: FailureKind
    message: str
    retry_at: datetime | None


class Doubt(StrEnum):
    """What makes an unresolved publish request special."""

    ANSWER_LOST = "answer_lost"  # the ordinary case: seek proof, then repeat the same item
    FOREIGN = "foreign"  # code 9 on a first send: somebody else published it, so code 9 proves nothing
    ITEM_LOST = "item_lost"  # code 7 on a repeat: the item is gone, only a person may order a new one


@dataclass(frozen=True, slots=True)
class Publication:
    """`ready_at`: when the publisher should next act on it; None means not by itself.

    `publish_sent_at` is committed before the first unresolved publish request leaves and cleared only by
    a definite answer: while it is set, nothing but this `item_id` may be published for this picture.
    """

    id: int
    post_id: int
    file_id: int
    account_id: int
    state: PublicationState
    due_at: datetime | None = None
    ready_at: datetime | None = None
    stored_title: str = ""
    item_id: str | None = None
    item_hash: str | None = None
    publish_sent_at: datetime | None = None
    last_sent_at: datetime | None = None
    doubt: Doubt | None = None
    rounds: int = 0
    deviation_id: str | None = None
    deviation_url: str | None = None
    published_at: datetime | None = None
    attempts: int = 0
    orphans: int = 0
    confirmed_offline: int = 0
    failure: Failure | None = None
    lease_token: int = 0
    lease_owner: str | None = None
    lease_expires_at: datetime | None = None

    @property
    def in_doubt(self) -> bool:
        """A publish request left, and nobody knows what became of it."""
        return self.publish_sent_at is not None and self.state is not PublicationState.PUBLISHED

    @property
    def needs_person(self) -> bool:
        return self.in_doubt and self.state is PublicationState.FAILED

    @property
    def link_pending(self) -> bool:
        """Proven published, without its link: code 9 brings none."""
        return self.state is PublicationState.PUBLISHED and self.deviation_id is None and self.ready_at is not None

    @property
    def is_leased(self) -> bool:
        return self.lease_owner is not None

    def released(self) -> "Publication":
        """Without a lease; the token stays, so that a late writer finds it used up."""
        return replace(self, lease_owner=None, lease_expires_at=None)

    def fenced(self) -> "Publication":
        """Whoever holds the lease loses it: the next write of theirs changes no row."""
        return replace(self.released(), lease_token=self.lease_token + 1)

    def without_item(self) -> "Publication":
        """Forget the Sta.sh item, which stays behind as an orphan in the artist's Sta.sh."""
        if self.item_id is None:
            return self
        return replace(self, item_id=None, item_hash=None, orphans=self.orphans + 1)
