"""The moves of a publication, one function each; pure. What they keep true is the schema's CHECKs as well."""

from dataclasses import replace
from datetime import datetime

from core.deviantart import Deviation
from core.publishing.publication import Failure, FailureKind, Publication, PublicationState, Step

P = PublicationState


def uploading(publication: Publication) -> Publication:
    """An item made from other bytes or fields is forgotten here."""
    return replace(publication.without_item(), state=P.UPLOADING, failure=None)


def uploaded(publication: Publication, item_id: str, fingerprint: str) -> Publication:
    return replace(publication, item_id=item_id, item_hash=fingerprint, failure=None)


def staged(publication: Publication) -> Publication:
    """Uploaded ahead of time: only the publish request is left, at its instant."""
    return replace(publication.released(), state=P.SCHEDULED, ready_at=publication.due_at)


def sending(publication: Publication, *, now: datetime) -> Publication:
    """Committed before the request leaves: after a crash, this time is the only sign that it may have."""
    return replace(
        publication,
        state=P.PUBLISHING,
        publish_sent_at=publication.publish_sent_at or now,
        last_sent_at=now,
        failure=None,
    )


def not_sent_after_all(publication: Publication) -> Publication:
    """A definite answer to the first request ends the doubt before it began."""
    return replace(publication, publish_sent_at=None, last_sent_at=None, doubt=None)


def published(publication: Publication, deviation: Deviation | None, *, now: datetime) -> Publication:
    """Proven public. Without *deviation* (code 9 brings no link) the link is looked for from now on."""
    return replace(
        publication.released(),
        state=P.PUBLISHED,
        deviation_id=deviation.deviation_id.upper() if deviation else None,
        deviation_url=deviation.url if deviation else None,
        published_at=publication.last_sent_at or now,
        ready_at=None if deviation else now,
        failure=None,
    )


def kept_in_stash(publication: Publication, *, now: datetime) -> Publication:
    return replace(publication.released(), state=P.PUBLISHED, published_at=now, ready_at=None, failure=None)


def waiting(publication: Publication, failure: Failure) -> Publication:
    """Told to wait: no attempt, no failure of the post; it goes on by itself."""
    return replace(
        publication.released(), state=P.SCHEDULED, ready_at=failure.retry_at or publication.ready_at, failure=failure
    )


def failed(publication: Publication, failure: Failure, *, attempts: int) -> Publication:
    """`failure.retry_at` says whether it comes back by itself."""
    return replace(
        publication.released(),
        state=P.FAILED,
        ready_at=failure.retry_at,
        attempts=attempts,
        rounds=publication.rounds + 1,
        failure=failure,
    )


def needs_person(publication: Publication, message: str) -> Publication:
    """In doubt, and no timer goes on: only the two answers of a person do."""
    return replace(
        publication.released(),
        state=P.FAILED,
        ready_at=None,
        failure=Failure(Step.SETTLE, FailureKind.OUTCOME_UNKNOWN, message, None),
    )
