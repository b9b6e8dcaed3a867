"""A post as a row of a list, a picture in Review, an item in a strip."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from core.account import Account
from core.posts.names import spoken_title
from core.posts.post import TRASH_KEPT, Post, PostStatus
from core.posts.readiness import warnings
from core.posts.tile import Tile
from core.publishing.publication import Failure
from web.pages import actions
from web.pages.actions import Action
from web.pages.failures import what_next
from web.pages.moments import Moment, moment
from web.pages.pictures import Thumb, ratio_class, size_words, thumb_of
from web.pages.states import StateView, state_of

WHY_KEPT = 160
NAME_SAID = 80


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks: when, in which zone, at whose accounts; and how long the trash is kept."""

    now: datetime
    place: ZoneInfo
    accounts: Mapping[int, Account]
    trash_kept: timedelta = TRASH_KEPT
    only_reviewed: frozenset[int] = frozenset()  # accounts of others for which they decide, and no more
    owners: Mapping[int, str] = field(default_factory=dict)  # whose the accounts of others are, by name

    def moment(self, at: datetime) -> Moment:
        return moment(at, self.now, self.place)

    def may_edit(self, post: Post) -> bool:
        return post.account_id not in self.only_reviewed

    def owner(self, post: Post) -> str:
        """Empty where the account is the reader's own."""
        return self.owners.get(post.account_id, "")

    @property
    def trash_days(self) -> str:
        """How long the trash is kept, in words."""
        return "1 day" if self.trash_kept.days == 1 else f"{self.trash_kept.days} days"

    def account(self, post: Post | Tile) -> Account | None:
        """Named only where there are several to tell apart."""
        return self.accounts.get(post.account_id) if len(self.accounts) > 1 else None


@dataclass(frozen=True, slots=True)
class Row:
    id: int
    version: int
    name: str
    url: str
    thumb: Thumb | None
    state: StateView
    account: Account | None
    facts: tuple[str, ...]  # of its pictures
    tags: str
    time: Moment | None
    time_note: str
    why: str
    why_tone: str
    what_next: str
    primary: Action | None
    actions: tuple[Action, ...]
    selectable: bool = True


@dataclass(frozen=True, slots=True)
class Shot:
    """A post in the review grid; `ratio` names the class that gives it the shape of its picture."""

    id: int
    version: int
    name: str
    url: str
    thumb: Thumb | None
    ratio: int
    many: str
    batch: str
    account: Account | None
    facts: tuple[str, ...]
    warning: str
    approve: Action
    reject: Action
    actions: tuple[Action, ...]


def name_of(post: Post) -> str:
    return spoken_title(post.details.title) or (post.files[0].name if post.files else "Untitled")


def quoted(post: Post) -> str:
    """Its name in a sentence."""
    name = name_of(post)
    return f"“{name if len(name) <= NAME_SAID else name[: NAME_SAID - 1].rstrip() + '…'}”"


def row_of(post: Post, reader: Reader, *, back: str, selectable: bool = True) -> Row:
    may_edit = reader.may_edit(post)
    offered = actions.offer(post, back, may_edit=may_edit, is_owner=not reader.owner(post))
    time, note = _time(post, reader)
    why, tone = _why(post, reader)
    return Row(
        id=post.id,
        version=post.version,
        name=name_of(post),
        url=f"/posts/{post.id}",
        thumb=thumb_of(post),
        state=state_of(post),
        account=reader.account(post),
        facts=_facts(post),
        tags=_tags(post),
        time=time,
        time_note=note,
        why=why,
        why_tone=tone,
        what_next=_what_next(post, reader.owner(post)),
        primary=offered.primary,
        actions=offered.rest,
        selectable=selectable and may_edit,
    )


def shot_of(post: Post, reader: Reader, *, back: str) -> Shot:
    thumb = thumb_of(post)
    worries = warnings(post.details, post.files)
    return Shot(
        id=post.id,
        version=post.version,
        name=name_of(post),
        url=f"/review/{post.id}",
        thumb=thumb,
        ratio=ratio_class(thumb.width, thumb.height) if thumb else 133,
        many=f"{len(post.files)} pictures" if len(post.files) > 1 else "",
        batch=post.batch,
        account=reader.account(post),
        facts=(f"{_pixels(post)}", *post.details.tags[:3]) if _pixels(post) else post.details.tags[:3],
        warning=worries[0] if worries else "",
        approve=actions.approve(post, back),
        reject=actions.reject(post, back),
        actions=(actions.schedule(post), actions.edit(post)) if reader.may_edit(post) else (),
    )


def _pixels(post: Post) -> str:
    file = post.files[0] if post.files else None
    return f"{file.width} × {file.height}" if file and file.width else ""


def _facts(post: Post) -> tuple[str, ...]:
    pictures = f"{len(post.files)} pictures" if len(post.files) > 1 else _pixels(post)
    size = size_words(sum(file.bytes for file in post.files)) if post.files else ""
    return tuple(fact for fact in (pictures, size) if fact)


def _tags(post: Post) -> str:
    return ", ".join(post.details.tags[:4]) + (" …" if len(post.details.tags) > 4 else "")


def _time(post: Post, reader: Reader) -> tuple[Moment | None, str]:
    """The moment that matters in this state, and what it is."""
    match post.status:
        case PostStatus.SCHEDULED | PostStatus.UPLOADING | PostStatus.PUBLISHING if post.plan:
            return reader.moment(post.plan.due_at), _zone_note(post, reader)
        case PostStatus.PUBLISHED if post.published_at:
            return reader.moment(post.published_at), "Sta.sh only" if post.details.stash_only else ""
        case PostStatus.FAILED if post.failure and post.failure.retry_at:
            return reader.moment(post.failure.retry_at), "next try"
        case PostStatus.FAILED if sent := [q.last_sent_at for q in post.publications if q.last_sent_at]:
            return reader.moment(max(sent)), "last try"
        case PostStatus.FAILED:  # before the request to publish was sent
            return reader.moment(post.updated_at), "last change"
        case PostStatus.DISCARDED if post.discarded_at:
            return reader.moment(post.discarded_at), _kept_words(post.discarded_at + reader.trash_kept - reader.now)
        case _:
            return reader.moment(post.created_at), "arrived"


def _zone_note(post: Post, reader: Reader) -> str:
    """The wish, where its zone is not the reader's own."""
    plan = post.plan
    if plan is None or plan.time_zone == reader.place.key:
        return ""
    return f"{plan.due_local:%H:%M} in {plan.time_zone}"


def _kept_words(left: timedelta) -> str:
    days = -(-left // timedelta(days=1))
    return f"deleted in {days} days" if days > 1 else "deleted within a day"


def _why(post: Post, reader: Reader) -> tuple[str, str]:
    """One line below the name: what went wrong, or what is missing."""
    if post.failure is not None:
        return _shortened(failure_sentence(post.failure)), "needs" if post.in_doubt else "bad"
    if post.status in {PostStatus.DRAFT, PostStatus.SCHEDULED} and post.missing:
        return _shortened(post.missing[0]), "needs"
    words = waits_for(post, reader)
    return (f"Waits: {words}", "needs") if words else ("", "")


def waits_for(post: Post, reader: Reader) -> str:
    """What its account lacks before a scheduled post can go out, as a sentence."""
    account = reader.accounts.get(post.account_id)
    if post.status is not PostStatus.SCHEDULED or account is None or account.shown_status == "connected":
        return ""
    if account.shown_status == "paused":
        return f"{account.username} is paused."
    if owner := reader.owner(post):
        return f"{owner} has to connect {account.username} again."
    return f"{account.username} has to be connected again."


def _what_next(post: Post, owner: str) -> str:
    """After a failure that waits for somebody; where Isekai tries again by itself, the time says when."""
    if post.failure is None or post.failure.retry_at is not None:
        return ""
    return what_next(post.failure, None, None, owner=owner)


def failure_sentence(failure: Failure) -> str:
    return failure.message


def _shortened(text: str) -> str:
    return text if len(text) <= WHY_KEPT else text[: WHY_KEPT - 1].rstrip() + "…"
