"""What the row and the evidence say should happen next; pure.

The table of architecture section 3: nothing here guesses, and time alone never returns a publication that may
have been sent to the queue.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto

from core.deviantart import Deviation, Submission
from core.posts.fields import stored_tag
from core.publishing.publication import Doubt, Failure, FailureKind, Publication, PublicationState, Step

P = PublicationState

# DeviantArt's `Date` and `published_time` count whole seconds, and so does the time we record.
SEARCH_TOLERANCE = timedelta(seconds=5)
MOST_ROUNDS = 5  # repeats of the same item before a person is asked
LINK_GIVEN_UP = timedelta(days=3)
FOREIGN_LOOKBACK = timedelta(days=7)

SEEKING = "DeviantArt did not answer. Isekai is looking in your gallery before it tries again."
ASKING = "Nobody knows whether DeviantArt published this. Look at your gallery, then say: online, or not."
FOREIGN = (
    "DeviantArt says this was published before, and not by Isekai. Look at your gallery, then say which work it is."
)
ITEM_LOST = "DeviantArt no longer knows the upload of this picture. If it is not online, it has to be uploaded again."


class Next(Enum):
    """What the publisher does with a publication that it has claimed."""

    UPLOAD = auto()
    PUBLISH = auto()
    KEEP_PRIVATE = auto()  # Sta.sh only: the upload was all
    SEEK_PROOF = auto()
    FIND_LINK = auto()


def next_step(publication: Publication, *, fingerprint: str, stash_only: bool) -> Next:
    """*fingerprint* of the picture and fields as they are now: an item made from others is not published."""
    if publication.state is P.PUBLISHED:
        return Next.FIND_LINK
    if publication.in_doubt:
        return Next.SEEK_PROOF
    if publication.item_id is not None and publication.item_hash == fingerprint:
        return Next.KEEP_PRIVATE if stash_only else Next.PUBLISH
    return Next.UPLOAD


def after_crash(publication: Publication, *, now: datetime) -> Publication:
    """A publication whose lease is void: back to where it is safe."""
    freed = publication.fenced()
    match freed.state:
        case P.UPLOADING:
            # An answer may be lost on the way: then a private orphan lies in the artist's Sta.sh.
            lost = 0 if freed.item_id else 1
            return replace(freed, state=P.SCHEDULED, ready_at=now, orphans=freed.orphans + lost)
        case P.PUBLISHING if freed.doubt is None:
            # The first request was under way. Rounds counted until here were waits before it.
            return replace(freed, ready_at=now, doubt=Doubt.ANSWER_LOST, rounds=0)
        case P.PUBLISHING:
            return replace(freed, ready_at=now)
        case _:
            return freed


def enters_doubt(publication: Publication, doubt: Doubt, *, now: datetime, settle: timedelta) -> Publication:
    """An answer to a publish request is missing: proof is sought from now on."""
    look_at = now + min(settle / 4, timedelta(seconds=5))
    return replace(
        publication.released(),
        state=P.PUBLISHING,
        doubt=doubt,
        rounds=0,
        ready_at=look_at,
        failure=Failure(Step.SETTLE, FailureKind.OUTCOME_UNKNOWN, SEEKING, look_at),
    )


@dataclass(frozen=True, slots=True)
class Wait:
    """Look again at `until`."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Repeat:
    """Publish the same item again: code 9 or success is proof."""


@dataclass(frozen=True, slots=True)
class AskPerson:
    message: str


def after_search(
    publication: Publication, *, now: datetime, settle: timedelta, may_publish: bool
) -> Wait | Repeat | AskPerson:
    """The gallery shows nothing that is ours, which proves nothing: it may lag by hours."""
    sent = publication.last_sent_at or publication.publish_sent_at or now
    # Each round waits longer for the gallery to catch up; the first repeat comes after the settling time.
    patience = settle * 2 ** min(publication.rounds, 6)
    if publication.doubt is Doubt.ITEM_LOST:
        return AskPerson(ITEM_LOST)
    if publication.rounds >= MOST_ROUNDS:
        return AskPerson(FOREIGN if publication.doubt is Doubt.FOREIGN else ASKING)
    if publication.doubt is Doubt.FOREIGN and publication.confirmed_offline == 0:
        return AskPerson(FOREIGN) if now >= sent + patience else Wait(min(now + settle / 2, sent + patience))
    if now < sent + patience:
        return Wait(min(now + max(settle / 3, timedelta(seconds=1)), sent + patience))
    return Repeat() if may_publish else Wait(now + settle)


def sent_since(publication: Publication, *, clock_offset: timedelta) -> datetime:
    """The earliest moment, in DeviantArt's time, at which this publication can have gone public."""
    sent = publication.publish_sent_at or publication.published_at
    if sent is None:
        raise ValueError("a publication that was never sent has nothing to be found")
    if publication.doubt is Doubt.FOREIGN:
        # Somebody published it on the site before we asked.
        sent -= FOREIGN_LOOKBACK
    return sent + clock_offset - SEARCH_TOLERANCE


def sent_until(publication: Publication, *, clock_offset: timedelta, settle: timedelta) -> datetime | None:
    """The latest moment, in DeviantArt's time, at which it can have gone public; None while that is open.

    Once it is proven public, works that came later are others of the same title.
    """
    if publication.in_doubt or publication.last_sent_at is None:
        return None
    return publication.last_sent_at + clock_offset + settle


def could_be_ours(
    publication: Publication, found: Sequence[Deviation], since: datetime, until: datetime | None = None
) -> tuple[Deviation, ...]:
    """Works with this stored title, public since then (and not after *until*)."""
    wanted = " ".join(publication.stored_title.split()).casefold()
    return tuple(
        deviation
        for deviation in found
        if not deviation.is_deleted
        and " ".join(deviation.title.split()).casefold() == wanted
        and (deviation.published_at is None or deviation.published_at >= since)
        and (until is None or deviation.published_at is None or deviation.published_at <= until)
    )


def confirms(submission: Submission, *, tags: Sequence[str], since: datetime | None) -> bool:
    """Whether the metadata of a work fits what we sent: tags that agree, and created since then.

    *since* is None where the gallery told when it went public: it may have been created long before, when its
    item was uploaded.
    """
    if since is not None and submission.created_at is not None and submission.created_at < since:
        return False
    sent = {tag.casefold() for tag in tags}
    shown = {stored_tag(tag).casefold() for tag in submission.tags}
    return not sent or not shown or bool(sent & shown)
