"""A post: a work on its way. Its states, and the verbs that lead from one to the next."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from core.errors import InFlight, Stale, WrongState
from core.posts import readiness
from core.posts.fields import Details, apply_changes, read_notes
from core.posts.files import PostFile
from core.publishing.publication import Failure, Publication, PublicationState

TRASH_KEPT = timedelta(days=30)


class PostStatus(StrEnum):
    REVIEW = "review"
    DRAFT = "draft"
    SCHEDULED = "scheduled"
    UPLOADING = "uploading"
    PUBLISHING = "publishing"
    PUBLISHED = "published"
    FAILED = "failed"
    DISCARDED = "discarded"


class Verb(StrEnum):
    APPROVE = "approve"
    SEND_BACK = "send_back"
    REJECT = "reject"
    DISCARD = "discard"
    RESTORE = "restore"
    SCHEDULE = "schedule"
    UNSCHEDULE = "unschedule"
    HOLD = "hold"
    UNHOLD = "unhold"
    EDIT = "edit"


S = PostStatus

# (from, verb) -> to. What is not here is refused. `restore` leads to where the post was.
MOVES: dict[tuple[PostStatus, Verb], PostStatus] = {
    (S.REVIEW, Verb.APPROVE): S.DRAFT,
    (S.DRAFT, Verb.SEND_BACK): S.REVIEW,
    (S.SCHEDULED, Verb.SEND_BACK): S.REVIEW,
    (S.REVIEW, Verb.REJECT): S.DISCARDED,
    (S.DRAFT, Verb.REJECT): S.DISCARDED,
    **{
        (status, Verb.DISCARD): S.DISCARDED
        for status in (S.REVIEW, S.DRAFT, S.SCHEDULED, S.UPLOADING, S.PUBLISHED, S.FAILED)
    },
    (S.REVIEW, Verb.SCHEDULE): S.SCHEDULED,
    (S.DRAFT, Verb.SCHEDULE): S.SCHEDULED,
    (S.SCHEDULED, Verb.SCHEDULE): S.SCHEDULED,
    (S.FAILED, Verb.SCHEDULE): S.SCHEDULED,
    (S.SCHEDULED, Verb.UNSCHEDULE): S.DRAFT,
    (S.UPLOADING, Verb.UNSCHEDULE): S.DRAFT,
    (S.FAILED, Verb.UNSCHEDULE): S.DRAFT,
    (S.SCHEDULED, Verb.HOLD): S.SCHEDULED,
    (S.SCHEDULED, Verb.UNHOLD): S.SCHEDULED,
    **{(status, Verb.EDIT): status for status in (S.REVIEW, S.DRAFT, S.SCHEDULED, S.FAILED, S.PUBLISHED)},
    # Where to: `_restored_status`.
    (S.DISCARDED, Verb.RESTORE): S.DRAFT,
}

_IN_WORDS = {
    S.REVIEW: "is waiting for review",
    S.DRAFT: "is a draft",
    S.SCHEDULED: "is scheduled",
    S.UPLOADING: "is being uploaded to DeviantArt",
    S.PUBLISHING: "is being published",
    S.PUBLISHED: "is already published",
    S.FAILED: "failed and waits for a decision",
    S.DISCARDED: "is in the trash",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """When a post goes out: the instant, and the wish it came from (wall clock and zone)."""

    due_at: datetime
    due_local: datetime
    time_zone: str
    jitter_seconds: int = 0


@dataclass(frozen=True, slots=True)
class Post:
    id: int
    user_id: int
    account_id: int
    status: PostStatus
    held: bool
    version: int
    details: Details
    created_at: datetime
    updated_at: datetime
    notes: str = ""
    plan: Plan | None = None
    wish: str | None = None
    published_at: datetime | None = None
    discarded_at: datetime | None = None
    discarded_from: PostStatus | None = None
    source: str = ""
    batch: str = ""
    files: tuple[PostFile, ...] = ()
    publications: tuple[Publication, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """Sentences about what it lacks before it may go out; empty when it is ready."""
        return readiness.missing(self.details, self.files)

    @property
    def in_doubt(self) -> bool:
        return any(publication.in_doubt for publication in self.publications)

    @property
    def failure(self) -> Failure | None:
        """The failure a person should read first: one that needs them, else the latest."""
        failures = [p.failure for p in self.publications if p.failure is not None]
        return min(failures, key=lambda f: f.retry_at is not None, default=None)

    def publication_of(self, file: PostFile) -> Publication | None:
        return next((q for q in self.publications if q.file_id == file.id), None)

    def expect_version(self, version: int | None) -> None:
        if version is not None and version != self.version:
            raise Stale(self.version)

    def moved(self, verb: Verb, *, at: datetime) -> "Post":
        """This post after *verb*; raises `InFlight` or `WrongState` with a sentence."""
        if self.status is S.PUBLISHING or self.in_doubt:
            asked = any(publication.in_doubt and publication.failure for publication in self.publications)
            raise InFlight(
                "Nobody knows yet whether this post is online. Settle that first."
                if asked
                else "This post is being published right now."
            )
        to = MOVES.get((self.status, verb))
        if to is None:
            if self.status is S.UPLOADING:
                raise InFlight(f"This post {_IN_WORDS[self.status]}. Unschedule it first.")
            raise WrongState(f"This post {_IN_WORDS[self.status]}.")
        return replace(self, status=to, version=self.version + 1, updated_at=at)

    def approved(self, *, at: datetime) -> "Post":
        return self.moved(Verb.APPROVE, at=at)

    def sent_back(self, *, at: datetime) -> "Post":
        """Waiting for review again. A time that it had is wished for again when it is approved."""
        wish = f"{self.plan.due_at:%Y-%m-%dT%H:%M:%SZ}" if self.plan else self.wish
        return replace(self.moved(Verb.SEND_BACK, at=at), plan=None, held=False, wish=wish)

    def edited(self, changes: dict[str, Any], *, at: datetime) -> "Post":
        """With *changes* to the details or `notes`. Raises `InvalidInput` naming each bad field."""
        post = self.moved(Verb.EDIT, at=at)
        remaining = dict(changes)
        if "notes" in remaining:
            post = replace(post, notes=read_notes(remaining.pop("notes")))
        return replace(post, details=apply_changes(post.details, remaining))

    def scheduled(self, plan: Plan, *, at: datetime) -> "Post":
        return replace(self.moved(Verb.SCHEDULE, at=at), plan=plan, held=False, wish=None)

    def unscheduled(self, *, at: datetime) -> "Post":
        return replace(self.moved(Verb.UNSCHEDULE, at=at), plan=None, held=False)

    def discarded(self, verb: Verb, *, at: datetime) -> "Post":
        post = self.moved(verb, at=at)
        return replace(post, discarded_at=at, discarded_from=self.status, plan=None, held=False)

    def restored(self, *, at: datetime) -> "Post":
        """Back to where it was before the trash; what was on its way out becomes a draft."""
        post = self.moved(Verb.RESTORE, at=at)
        return replace(post, status=_restored_status(self.discarded_from), discarded_at=None, discarded_from=None)

    def with_hold(self, held: bool, *, at: datetime) -> "Post":
        return replace(self.moved(Verb.HOLD if held else Verb.UNHOLD, at=at), held=held)


def _restored_status(came_from: PostStatus | None) -> PostStatus:
    return came_from if came_from in {S.REVIEW, S.DRAFT, S.PUBLISHED} else S.DRAFT


def status_from(publications: Iterable[Publication]) -> PostStatus:
    """What a post on its way out is, read off its publications.

    In flight shows first, then what a person must see, then what still waits.
    """
    states = [publication.state for publication in publications if publication.state is not PublicationState.IDLE]
    for state, status in _SHOWN_FIRST:
        if state in states:
            return status
    return S.DRAFT


_SHOWN_FIRST = (
    (PublicationState.PUBLISHING, S.PUBLISHING),
    (PublicationState.UPLOADING, S.UPLOADING),
    (PublicationState.FAILED, S.FAILED),
    (PublicationState.SCHEDULED, S.SCHEDULED),
    (PublicationState.PUBLISHED, S.PUBLISHED),
)
