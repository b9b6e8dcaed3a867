"""Protocols for what is kept and reached outside. `data/` satisfies them; `core/` calls them.

Inside a transaction there are repositories and nothing else: no call to a network can be made by mistake.
DeviantArt's own ports are in `core/deviantart.py`, those for pictures in `core/posts/pictures.py`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from core.account import Account, AccountTokens, Pace
from core.deviantart import Artist, TokenPair
from core.events import Event
from core.people.access import AccountRole, Right, Shared, allows
from core.people.audit import AuditRows
from core.posts.edits import Edit, EditRepository
from core.posts.fields import Details
from core.posts.files import NewFile, PostFile
from core.posts.post import Post, PostStatus
from core.posts.tile import FullDay, Tile
from core.publishing.publication import Publication, PublicationState


@dataclass(frozen=True, slots=True)
class NewPost:
    """A post about to be inserted, with its files in order."""

    user_id: int
    account_id: int
    status: PostStatus
    details: Details
    files: tuple[NewFile, ...] = ()
    notes: str = ""
    wish: str | None = None
    source: str = ""
    batch: str = ""


class PostRepository(Protocol):
    async def get(self, post_id: int) -> Post:
        """With its files and publications. Raises `NotFound`."""
        ...

    async def several(self, post_ids: Sequence[int]) -> Mapping[int, Post]:
        """As `get`, by id; those that are no more are left out."""
        ...

    async def add(self, new: NewPost, *, at: datetime) -> Post: ...

    async def save(self, post: Post, *, expected_version: int) -> None:
        """Writes everything but files and publications; raises `Stale`."""
        ...

    async def save_status(self, post: Post, *, expected_version: int) -> None:
        """As `save`, for status, version, `published_at` and `updated_at` alone."""
        ...

    async def add_file(self, post_id: int, new: NewFile, *, at: datetime) -> PostFile: ...

    async def remove_file(self, file_id: int, *, at: datetime) -> None:
        """And its publication, which must be idle or absent. It can be put back as long as the trash is kept."""
        ...

    async def put_back_file(self, post_id: int, file_id: int) -> int | None:
        """Behind the others, as it was; the place it had, or None when it is not among the removed."""
        ...

    async def forget_removed_files(self, *, before: datetime, limit: int) -> None: ...

    async def keep_both(self, post_id: int, other_id: int, *, at: datetime) -> None:
        """They look alike and are both wanted: neither is shown as the other's near twin again."""
        ...

    async def forget_kept_both(self, post_id: int, other_id: int) -> None: ...

    async def arrange_files(self, post_id: int, order: Sequence[int], chosen: Iterable[int]) -> None:
        """Set positions by *order* (file ids) and which of them go out."""
        ...

    async def whose(self, post_ids: Sequence[int]) -> Mapping[int, tuple[int, int]]:
        """(person, account) of each that is there, without reading it."""
        ...

    async def expired_trash(self, *, before: datetime, limit: int) -> tuple[int, ...]: ...

    async def needed_pictures(self, sha256s: Collection[str]) -> frozenset[str]:
        """Those of them that any row refers to."""
        ...

    async def delete(self, post_id: int) -> None:
        """For good, with files and publications; its events stay."""
        ...


class PublicationRepository(Protocol):
    async def get(self, publication_id: int) -> Publication: ...

    async def add(self, publication: Publication) -> Publication:
        """Insert; `publication.id` is ignored."""
        ...

    async def save(self, publication: Publication, *, lease_token: int, expected: PublicationState) -> None:
        """`WHERE id AND lease_token AND state`: raises `LeaseLost` when no row is that."""
        ...

    async def claim(self, *, now: datetime, owner: str, expires_at: datetime) -> Publication | None:
        """Lease what is due most on the account that was served least recently.

        Skips accounts that are paused, disconnected, paced, with an open circuit or one lease already;
        titles that another publication in doubt has on the account; while the instance is paused everything
        that could make a work public; and while the circuit of the whole service is open, everything.
        """
        ...

    async def extend(self, publication_id: int, *, lease_token: int, expires_at: datetime) -> bool: ...

    async def expired(self, *, now: datetime) -> tuple[Publication, ...]:
        """Those whose lease has run out."""
        ...

    async def leased(self) -> tuple[Publication, ...]: ...

    async def is_bound(self, account_id: int, deviation_id: str) -> bool: ...

    async def holds_link(self, account_id: int, url: str) -> bool:
        """Whether some publication of the account has this link already."""
        ...

    async def deviation_ids(self, account_id: int, among: Sequence[str]) -> frozenset[str]:
        """Which of *among* some publication already holds."""
        ...

    async def next_action_at(self, *, now: datetime) -> datetime | None:
        """When `claim` may next find something that it does not find now; None when nothing waits."""
        ...


class AccountRepository(Protocol):
    async def get(self, account_id: int) -> Account: ...

    async def find_by_artist(self, artist_id: str) -> Account | None: ...

    async def of_user(self, user_id: int) -> tuple[Account, ...]: ...

    async def role_of(self, account_id: int, user_id: int) -> AccountRole | None:
        """None for whom the account is not there."""
        ...

    async def all(self) -> tuple[Account, ...]: ...

    async def add(self, *, user_id: int, artist: Artist, color: str, at: datetime) -> Account: ...

    async def save(self, account: Account) -> None:
        """Everything but tokens and pace."""
        ...

    async def tokens(self, account: Account) -> AccountTokens: ...

    async def with_tokens(self, account_id: int) -> tuple[Account, AccountTokens]:
        """Both in one go, for where every millisecond counts."""
        ...

    async def save_tokens(self, account: Account, pair: TokenPair, *, at: datetime) -> Account:
        """Both tokens, their times and scopes; clears `refresh_started_at` and warnings."""
        ...

    async def owner_is_paused(self, account_id: int) -> bool:
        """Whether the person has paused everything, or is disabled."""
        ...

    async def pace(self, account_id: int) -> Pace: ...

    async def save_pace(self, account_id: int, pace: Pace) -> None: ...

    async def open_circuits(self, *, now: datetime) -> int:
        """Of how many accounts the circuit is open."""
        ...

    async def bring_waits_forward(self, *, by: timedelta) -> None:
        """Of every account: the clock was set back by that much, and a wait is a length of time."""
        ...


class EventRepository(Protocol):
    async def add(self, event: Event) -> None:
        """Appended to the log in this transaction, announced after its commit."""
        ...

    async def add_all(self, events: Sequence[Event]) -> None:
        """The same for many, at the price of one."""
        ...

    async def edits_since(self, post_id: int, version: int) -> int:
        """To how many versions after *version* an edit of its fields or files led."""
        ...


class InstanceRepository(Protocol):
    """Small facts about the instance, as JSON values by name."""

    async def get(self, name: str) -> Any: ...

    async def put(self, name: str, value: Any) -> None: ...

    async def position(self, consumer: str) -> int: ...

    async def save_position(self, consumer: str, event_id: int) -> None: ...


class Transaction(Protocol):
    """What one decision may touch. People and other rooms extend it with repositories of their own."""

    @property
    def posts(self) -> PostRepository: ...
    @property
    def edits(self) -> EditRepository: ...
    @property
    def publications(self) -> PublicationRepository: ...
    @property
    def accounts(self) -> AccountRepository: ...
    @property
    def events(self) -> EventRepository: ...
    @property
    def instance(self) -> InstanceRepository: ...
    @property
    def audit(self) -> AuditRows: ...
    @property
    def rooms(self) -> Any:
        """What the rooms beside the posts keep; each room's own Transaction says which of it."""
        ...


class Store(Protocol):
    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """BEGIN IMMEDIATE … COMMIT; its events reach the bus after the commit and only then."""
        ...


@dataclass(frozen=True, slots=True)
class PostQuery:
    """A list as a person asked for it.

    `sort`: `newest`, `oldest`, `title`, `changed`, `due`, `latest` (due, the last first), `published`, `discarded`.
    The flags narrow it: True wants those that are so, False those that are not (or not said to be).
    """

    user_id: int
    statuses: tuple[PostStatus, ...] = ()
    text: str = ""
    tag: str = ""
    account_id: int | None = None
    batch: str = ""
    is_mature: bool | None = None
    is_ai: bool | None = None
    held: bool | None = None
    ready: bool | None = None
    sort: str = "newest"
    limit: int = 20
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class PostPage:
    """`total` comes from counters and is None where only counting could tell."""

    posts: tuple[Post, ...]
    next_cursor: str | None
    total: int | None


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The ids of the next newer and the next older post of a list, and how many there are on either side."""

    newer: int | None
    older: int | None
    ahead: int
    behind: int

    @property
    def following(self) -> int | None:
        """Where a decision leads on to: down the list, and at its end back up."""
        return self.older or self.newer


@dataclass(frozen=True, slots=True)
class OwnedFile:
    """A file for serving it. `metadata` is the private JSON."""

    file: PostFile
    metadata: str | None = None


@dataclass(frozen=True, slots=True)
class Overview:
    """What the home page and the header need in one hop."""

    counts: dict[str, int] = field(default_factory=dict)
    accounts: tuple[Account, ...] = ()
    shared: tuple[Shared, ...] = ()  # what others let this person work on
    next_up: tuple[Post, ...] = ()
    needs_person: tuple[Post, ...] = ()
    instance_paused: bool = False  # after a restore, until it is released
    paused_at: datetime | None = None
    last_event_id: int = 0
    is_admin: bool = False

    @property
    def numbers(self) -> dict[str, int]:
        """How many each list holds: the scheduled ones until they are out."""
        going = sum(self.counts.get(status, 0) for status in ("scheduled", "uploading", "publishing"))
        return self.counts | {"scheduled": going}

    @property
    def visible(self) -> tuple[Account, ...]:
        """Theirs, then those that are shared with them."""
        return (*self.accounts, *(one.account for one in self.shared))

    @property
    def editable(self) -> tuple[Account, ...]:
        return (*self.accounts, *(one.account for one in self.shared if allows(one.role, Right.EDIT)))


class Reads(Protocol):
    """Queries for pages, cards and the API: no transaction, one hop each, the reader always named.

    A list holds the reader's own posts. Narrowed to an account that somebody shares with them, it holds that
    account's; narrowed to any other it is empty. One post, and one file, is found by whoever may see its account.
    """

    async def posts(self, query: PostQuery) -> PostPage:
        """Raises `InvalidInput` for a cursor that is not one of ours."""
        ...

    async def count(self, query: PostQuery) -> int:
        """How many the query finds, counted: `posts` tells it where counters can."""
        ...

    async def post(self, post_id: int, *, user_id: int | None) -> Post:
        """Raises `NotFound`, also for other people's; *user_id* None is the application itself."""
        ...

    async def some(self, post_ids: Sequence[int], *, user_id: int) -> tuple[Post, ...]:
        """Those of *post_ids* that are theirs and still there, in that order."""
        ...

    async def beside(self, post: Post, status: PostStatus, *, account_id: int | None = None) -> Neighbours:
        """What is in *status* around *post*, of the same person or of that account, newest first."""
        ...

    async def history(self, post_id: int, *, limit: int = 200, before: int | None = None) -> tuple[Event, ...]:
        """Newest first; *before* an event by its id."""
        ...

    async def edits(self, post_id: int, *, limit: int = 50) -> tuple[Edit, ...]:
        """Single edits that are kept for being taken back, newest first."""
        ...

    async def file(self, file_id: int, *, user_id: int | None) -> OwnedFile:
        """Raises `NotFound`, also for other people's; *user_id* None is the application itself."""
        ...

    async def between(
        self, user_id: int, start: datetime, end: datetime, *, account_id: int | None = None
    ) -> tuple[Post, ...]:
        """Posts due or published in [start, end), in order, 2,000 at most."""
        ...

    async def tiles(
        self,
        user_id: int,
        start: datetime,
        end: datetime,
        *,
        account_id: int | None = None,
        limit: int | None = None,
    ) -> tuple[Tile, ...]:
        """The same posts as calendars draw them, the earliest *limit* of them; 4,000 at most."""
        ...

    async def full_days(
        self, user_id: int, days: Sequence[tuple[datetime, datetime]], *, account_id: int | None, each: int
    ) -> tuple[FullDay, ...]:
        """The earliest *each* of every day (from, until)."""
        ...

    async def overview(self, user_id: int, *, account_id: int | None = None) -> Overview:
        """With *account_id* of a shared account its posts, else the person's own."""
        ...

    async def accounts(self, user_id: int) -> tuple[Account, ...]:
        """Their own."""
        ...

    async def shared(self, user_id: int) -> tuple[Shared, ...]:
        """Accounts of others that they may work on."""
        ...

    async def count_posts(self) -> dict[str, int]:
        """By status, over everybody, from counters."""
        ...

    async def events_after(self, event_id: int, *, user_id: int | None, limit: int = 500) -> tuple[Event, ...]:
        """Oldest first."""
        ...

    async def last_event_id(self) -> int: ...

    async def near_twins(self, user_id: int, phash: str, *, except_post: int, limit: int = 5) -> tuple[int, ...]:
        """Ids of queued or published posts with a picture that looks almost the same."""
        ...

    async def underived_files(self, *, after: int, limit: int) -> tuple[PostFile, ...]: ...
