"""Use case: a picture arrives. Every door (programs, dashboard, Discord, a watched folder) leads here.

Files are checked while they lie in a `Tray`; only when all of them are good are they kept, and then one
transaction inserts the posts. Whatever is refused leaves nothing behind.
"""

import hashlib
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from core.account import Account
from core.actor import Actor
from core.clock import Clock
from core.errors import InvalidInput, NotAllowed, NotFound, WrongState
from core.library.templates import lay_on_arrival, layers_for
from core.people.access import Right, allows
from core.ports import NewPost, Transaction
from core.posts.beside import Beside, over
from core.posts.desk import Happened, log
from core.posts.fields import Details, apply_changes, read_notes
from core.posts.files import NewFile
from core.posts.habits import habits_of
from core.posts.names import shown_name, title_from_name
from core.posts.pictures import GenerationMetadata, ImageStore, IncomingFile, PictureInspector
from core.posts.post import Post, PostStatus
from core.posts.scrub import parse_json, scrubbed
from core.users import PeopleRows

logger = logging.getLogger(__name__)

RECEIPT_KEPT = timedelta(days=1)
OwnKeysFound = Callable[[Sequence[str]], Awaitable[None]]
GIVEN_METADATA_KEPT = 64_000  # characters of what a program says about its picture


@dataclass(frozen=True, slots=True)
class Arrival:
    """Pictures that came in together, or a post without any yet.

    `fields` by field name, as JSON gives them; `metadata` is what a program said about the making; `batch` names
    what arrived together; `wish` is when a program wants it out. `one_post` puts all pictures in one post.
    `batch_by_prompt`: of what arrived together only those pictures belong together that one prompt made.
    `beside` is what lies beside each file, in their order. `unless_here`: pictures of which the very same bytes are
    in a post outside the trash are answered with that post.
    """

    user_id: int
    files: Sequence[NewFile]
    fields: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""
    batch: str = ""
    batch_by_prompt: bool = False
    notes: str = ""
    wish: str | None = None
    account_id: int | None = None
    one_post: bool = False
    to_draft: bool = False
    metadata: Any = None
    templates: tuple[str, ...] = ()  # names, laid over it in order
    door: tuple[str, int] | None = None  # where it came in, when templates are set for that: `key` and its id
    beside: Sequence[Beside | None] = ()
    unless_here: bool = False


@dataclass(frozen=True, slots=True)
class Retry:
    """What makes an upload recognisable when it is sent again: whose it is, its own name, and its bytes.

    `key_id` is negative for a door of a person: no key has such a number.
    """

    key_id: int
    idempotency_key: str | None = None
    by_bytes: bool = True


@dataclass(frozen=True, slots=True)
class Received:
    """`is_new` is False when every post was there already; `known` are those that held the same pictures."""

    posts: tuple[Post, ...]
    is_new: bool
    known: frozenset[int] = frozenset()


class ReceiptRepository(Protocol):
    async def find(self, key_id: int, door: str, digest: str, *, now: datetime) -> tuple[int, ...] | None: ...

    async def add(
        self, key_id: int, door: str, digest: str, post_ids: Sequence[int], *, expires_at: datetime
    ) -> None: ...

    async def remove_expired(self, *, now: datetime) -> int: ...

    async def holder(self, user_id: int, sha256s: Sequence[str]) -> int | None:
        """The newest post outside the trash that holds all of these pictures, byte for byte."""
        ...


class IntakeTransaction(Transaction, Protocol):
    @property
    def receipts(self) -> ReceiptRepository: ...
    @property
    def people(self) -> PeopleRows: ...


class IntakeStore(Protocol):
    def transaction(self) -> AbstractAsyncContextManager[IntakeTransaction]: ...


class Tray:
    """Files that are checked but not kept yet. Leaving it deletes what was not kept."""

    def __init__(
        self,
        images: ImageStore,
        inspector: PictureInspector,
        stack: AsyncExitStack,
        *,
        max_bytes: int,
        max_files: int,
        on_own_keys: OwnKeysFound | None = None,
    ) -> None:
        self._images = images
        self._inspector = inspector
        self._stack = stack
        self._on_own_keys = on_own_keys
        self._max_bytes = max_bytes
        self._max_files = max_files
        self._waiting: list[tuple[IncomingFile, NewFile]] = []

    @property
    def files(self) -> tuple[NewFile, ...]:
        return tuple(file for _, file in self._waiting)

    async def add(self, name: str | None, chunks: AsyncIterator[bytes]) -> NewFile:
        """Take one file in while it streams. Raises `PictureRefused` and its kinds, `InvalidInput`."""
        if len(self._waiting) >= self._max_files:
            raise InvalidInput({"files": f"At most {self._max_files} files fit in one call."})
        incoming = await self._stack.enter_async_context(self._images.incoming(max_bytes=self._max_bytes))
        async for chunk in chunks:
            await incoming.write(chunk)
        sha256 = await incoming.finish()
        info = await self._inspector.check(incoming.path)
        metadata = await self._inspector.read_metadata(incoming.path, info)
        if metadata is not None and metadata.own_keys:
            logger.warning("what looks like an API key stands in an uploaded file", extra={"sha256": sha256})
            if self._on_own_keys is not None:
                await self._on_own_keys(metadata.own_keys)
        file = NewFile(
            name=shown_name(name),
            mime=info.mime,
            bytes=incoming.size,
            width=info.width,
            height=info.height,
            sha256=sha256,
            frames=info.frames,
            metadata=metadata_json(metadata),
            says_ai=metadata is not None and metadata.says_ai,
        )
        self._waiting.append((incoming, file))
        return file

    async def keep(self) -> tuple[NewFile, ...]:
        """Move everything into the store: from here on a row has to come, or the orphan is pruned later."""
        for incoming, file in self._waiting:
            await self._images.keep(incoming.path, file.sha256, file.mime)
        return self.files


class Intake:
    """`on_files` is called after a commit that brought files in: thumbnails are made then."""

    def __init__(
        self,
        store: IntakeStore,
        images: ImageStore,
        inspector: PictureInspector,
        clock: Clock,
        *,
        max_file_bytes: int,
        max_files: int,
        on_files: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._images = images
        self._inspector = inspector
        self._clock = clock
        self.limit(max_file_bytes=max_file_bytes, max_files=max_files)
        self._on_files = on_files
        # Told what looks like keys of ours in a file, however that file came.
        self.on_own_keys: OwnKeysFound | None = None

    def limit(self, *, max_file_bytes: int, max_files: int) -> None:
        """From the next call on."""
        self._max_file_bytes = max_file_bytes
        self._max_files = max_files

    @asynccontextmanager
    async def tray(self) -> AsyncIterator[Tray]:
        async with AsyncExitStack() as stack:
            yield Tray(
                self._images,
                self._inspector,
                stack,
                max_bytes=self._max_file_bytes,
                max_files=self._max_files,
                on_own_keys=self.on_own_keys,
            )

    async def take_in(self, name: str, chunks: AsyncIterator[bytes]) -> NewFile:
        """Check and keep one file while it streams in. Raises `PictureRefused`; then nothing is kept."""
        async with self.tray() as tray:
            await tray.add(name, chunks)
            return (await tray.keep())[0]

    async def check(self, arrival: Arrival) -> None:
        """Raise what `receive` would raise about its fields and account: before anything is kept."""
        drafts_of(arrival)
        read_notes(arrival.notes)
        async with self._store.transaction() as tx:
            await _account(tx, arrival)

    async def receive(self, arrival: Arrival, *, by: Actor) -> tuple[Post, ...]:
        """One post, or one for each file in their order; without files one post that waits for them.

        The files are kept already. Raises `InvalidInput`, `NotFound` (account), `WrongState` (no account).
        """
        return (await self.receive_once(arrival, by=by, retry=None)).posts

    async def receive_once(self, arrival: Arrival, *, by: Actor, retry: Retry | None) -> Received:
        """As `receive`, but what *retry* recognises within a day is answered with the posts of the first time."""
        drafts = drafts_of(arrival)
        now = self._clock.now()
        async with self._store.transaction() as tx:
            known = await _already(tx, retry, now)
            if known is not None:
                return Received(tuple([await tx.posts.get(post_id) for post_id in known]), is_new=False)
            account = await _account(tx, arrival)
            drafts, used = await _filled_in(tx, drafts, arrival, account, now)
            drafts = await _as_usual(tx, drafts, account)
            posts, known_ids = [], set[int]()
            for draft in drafts:
                post, added = await self._add(tx, draft, arrival, account, by, retry, now)
                posts.append(post)
                if not added:
                    known_ids.add(post.id)
                if added and used:
                    await tx.rooms.templates.count_use(used, post_id=post.id)
            if retry is not None and retry.idempotency_key is not None:
                await tx.receipts.add(
                    retry.key_id,
                    "idempotency",
                    _digest(retry.idempotency_key),
                    [post.id for post in posts],
                    expires_at=now + RECEIPT_KEPT,
                )
        self._on_files()
        return Received(tuple(posts), len(known_ids) < len(posts), frozenset(known_ids))

    async def known(self, retry: Retry | None) -> Received | None:
        """The posts of the first time, when that is known already by its own name."""
        async with self._store.transaction() as tx:
            known = await _already(tx, retry, self._clock.now())
            if known is None:
                return None
            return Received(tuple([await tx.posts.get(post_id) for post_id in known]), is_new=False)

    async def _add(
        self,
        tx: IntakeTransaction,
        draft: "Draft",
        arrival: Arrival,
        account: Account,
        by: Actor,
        retry: Retry | None,
        now: datetime,
    ) -> tuple[Post, bool]:
        """The post of *draft*, and whether it is a new one."""
        digest = _digest(",".join(file.sha256 for file in draft.files))
        by_bytes = retry if retry is not None and retry.by_bytes and draft.files else None
        if arrival.unless_here and draft.files:
            holder = await tx.receipts.holder(arrival.user_id, [file.sha256 for file in draft.files])
            if holder is not None:
                return await tx.posts.get(holder), False
        if by_bytes is not None:
            known = await tx.receipts.find(by_bytes.key_id, "bytes", digest, now=now)
            if known:
                return await tx.posts.get(known[0]), False
        post = await tx.posts.add(
            NewPost(
                user_id=account.user_id,  # a post is its account's owner's, whoever brings it
                account_id=account.id,
                status=PostStatus.DRAFT if arrival.to_draft else PostStatus.REVIEW,
                details=draft.details,
                files=draft.files,
                notes=draft.notes,
                wish=draft.wish,
                source=arrival.source[:200],
                batch=_batch_of(arrival, draft.files)[:200],
            ),
            at=now,
        )
        await log(tx, post, Happened("post.created", _arrived(arrival, draft)), by=by, at=now)
        if by_bytes is not None:
            await tx.receipts.add(by_bytes.key_id, "bytes", digest, [post.id], expires_at=now + RECEIPT_KEPT)
        return post, True


@dataclass(frozen=True, slots=True)
class Draft:
    """A post that will be made of an arrival."""

    details: Details
    files: tuple[NewFile, ...]
    notes: str = ""
    wish: str | None = None


def drafts_of(arrival: Arrival) -> tuple[Draft, ...]:
    """The posts an arrival becomes. Raises `InvalidInput` naming every field that cannot be used."""
    apply_changes(Details(), arrival.fields)  # problems of what was said for all are named first
    said = [*arrival.beside, *[None] * len(arrival.files)]
    told = [_Told(_with_metadata(file, arrival, one), one) for file, one in zip(arrival.files, said, strict=False)]
    groups = [told] if arrival.one_post or not told else [[one] for one in told]
    return tuple(_draft(arrival, group) for group in groups)


@dataclass(frozen=True, slots=True)
class _Told:
    file: NewFile
    beside: Beside | None


def _with_metadata(file: NewFile, arrival: Arrival, beside: Beside | None) -> NewFile:
    metadata = with_given(file.metadata, arrival.metadata)
    return replace(file, metadata=with_given(metadata, beside.metadata) if beside is not None else metadata)


def _draft(arrival: Arrival, group: Sequence[_Told]) -> Draft:
    """Of several files in one post, what lies beside the first has the last word."""
    files = tuple(one.file for one in group)
    fields, wish, notes = dict(arrival.fields), arrival.wish, [arrival.notes]
    for beside in (one.beside for one in reversed(group)):
        if beside is not None:
            fields, wish = over(fields, beside), beside.wish or wish
            notes.append(beside.notes)
    details = _titled(apply_changes(Details(), fields), files)
    return Draft(details, files, read_notes("\n".join(filter(None, notes))), wish)


def _titled(details: Details, files: tuple[NewFile, ...]) -> Details:
    if details.title or not files:
        return details
    return details.but(title=title_from_name(files[0].name) or "Untitled")


def _batch_of(arrival: Arrival, files: tuple[NewFile, ...]) -> str:
    """Among what the best is picked. Works that somebody merely put in at the same moment are no such choice."""
    if not arrival.batch or not arrival.batch_by_prompt:
        return arrival.batch
    prompt = json.loads(files[0].metadata or "{}").get("prompt") if files else None
    return _digest(f"{arrival.batch}\n{prompt}") if prompt else ""


def metadata_json(metadata: GenerationMetadata | None) -> str | None:
    """As it is kept: `prompt`, `model`, `seed` and `loras` are what posts are found by. Never `own_keys`."""
    if metadata is None:
        return None
    found = {
        "prompt": metadata.prompt,
        "negative_prompt": metadata.negative_prompt,
        "model": metadata.model,
        "seed": metadata.seed,
        "sampler": metadata.sampler,
        "loras": " ".join(metadata.loras) or None,
        "workflow": metadata.workflow_json,
        "raw": dict(metadata.raw) or None,
        "secrets_removed": metadata.secrets_removed or None,
    }
    kept = {name: value for name, value in found.items() if value is not None}
    return json.dumps(kept, ensure_ascii=False) if kept else None


def with_given(metadata: str | None, given: Any) -> str | None:
    """*metadata* and what the sender said beside the file, under `given`; too long a text is left out."""
    if given is None or given == "" or given == {}:
        return metadata
    said = given
    if isinstance(said, str):
        said = parse_json(said) or {"text": said}
    try:
        if len(json.dumps(said, ensure_ascii=False)) > GIVEN_METADATA_KEPT:
            return metadata
        said = scrubbed(said)
    except RecursionError:
        return metadata  # nested a thousand times: no program means that
    kept = json.loads(metadata) if metadata else {}
    kept["given"] = said
    if isinstance(said, dict):
        for name in ("prompt", "model", "seed"):
            if name not in kept and isinstance(said.get(name), str | int):
                kept[name] = str(said[name])
    return json.dumps(kept, ensure_ascii=False)


def _arrived(arrival: Arrival, draft: Draft) -> str:
    what = "Made without a picture yet" if not draft.files else "Arrived"
    if len(draft.files) > 1:
        what = f"Arrived with {len(draft.files)} files"
    return f"{what} from {arrival.source[:200]}." if arrival.source else f"{what}."


async def _filled_in(
    tx: IntakeTransaction, drafts: tuple[Draft, ...], arrival: Arrival, account: Account, now: datetime
) -> tuple[tuple[Draft, ...], tuple[int, ...]]:
    """*drafts* with the templates of their door and those that were named, and which templates these are."""
    if not arrival.templates and arrival.door is None:
        return drafts, ()
    layered = await layers_for(tx, arrival.user_id, arrival.templates, arrival.door)
    if not layered.layers:
        return drafts, ()
    filled = []
    for number, draft in enumerate(drafts, start=1):
        made = draft.files[0].metadata if draft.files else None
        details = lay_on_arrival(draft.details, layered, account, made, now, part=number, parts=len(drafts))
        filled.append(replace(draft, details=details))
    return tuple(filled), tuple(layer.id for layer in layered.layers)


async def _as_usual(tx: IntakeTransaction, drafts: tuple[Draft, ...], account: Account) -> tuple[Draft, ...]:
    """*drafts* with what the owner of the account wants of every new post, where nothing was said."""
    owner = await tx.people.user(account.user_id)
    habits = habits_of(owner.settings if owner is not None else {})
    return tuple(replace(draft, details=habits.laid_under(draft.details)) for draft in drafts)


async def _already(tx: IntakeTransaction, retry: Retry | None, now: datetime) -> tuple[int, ...] | None:
    if retry is None or retry.idempotency_key is None:
        return None
    return await tx.receipts.find(retry.key_id, "idempotency", _digest(retry.idempotency_key), now=now)


async def _account(tx: IntakeTransaction, arrival: Arrival) -> Account:
    """The account asked for, else the person's first one."""
    person = await tx.people.user(arrival.user_id)
    if person is None or person.is_disabled:
        # Asked in the transaction that adds: their access may have ended while the file was on its way.
        raise NotAllowed("Your access to this instance has ended.")
    if arrival.account_id is not None:
        role = await tx.accounts.role_of(arrival.account_id, arrival.user_id)
        if role is None:
            raise NotFound("There is no such account.")
        if not allows(role, Right.EDIT):
            raise NotAllowed("Only the owner and editors of this account may add posts to it.")
        return await tx.accounts.get(arrival.account_id)
    accounts = await tx.accounts.of_user(arrival.user_id)
    if not accounts:
        raise WrongState("Connect a DeviantArt account first.")
    return accounts[0]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
