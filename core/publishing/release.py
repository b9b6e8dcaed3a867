"""Use case: after a restore, what went public since the backup is found first, then a person lets publishing go on.

A backup knows nothing of what was published after it was taken, so nothing goes out on its word alone.
"""

import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from core.account import Account, AccountStatus
from core.accounts import Accounts
from core.actor import Actor
from core.clock import Clock
from core.deviantart import DeviantArt, Deviation
from core.errors import ExternalError, WrongState
from core.events import Event
from core.people.audit import audit
from core.ports import PostQuery, Reads, Store, Transaction
from core.posts.desk import Happened, write
from core.posts.post import Post, PostStatus
from core.publishing import moves
from core.publishing.publication import Publication, PublicationState
from core.publishing.recovery import SEARCH_TOLERANCE, confirms

logger = logging.getLogger(__name__)
PAGE = 24
MOST_PAGES = 400
UNPUBLISHED = (
    PostStatus.REVIEW,
    PostStatus.DRAFT,
    PostStatus.SCHEDULED,
    PostStatus.UPLOADING,
    PostStatus.PUBLISHING,
    PostStatus.FAILED,
)


@dataclass(frozen=True, slots=True)
class Restored:
    """`unchecked`: accounts whose galleries could not be looked through yet."""

    is_paused: bool
    restored_at: datetime | None
    backup_taken_at: datetime | None
    unchecked: tuple[str, ...]


class Release:
    def __init__(self, store: Store, reads: Reads, accounts: Accounts, deviantart: DeviantArt, clock: Clock) -> None:
        self._store = store
        self._reads = reads
        self._accounts = accounts
        self._deviantart = deviantart
        self._clock = clock

    async def state(self) -> Restored:
        async with self._store.transaction() as tx:
            paused = bool(await tx.instance.get("publishing_paused"))
            restored, taken = await tx.instance.get("restored_at"), await tx.instance.get("backup_taken_at")
            checked = set(await tx.instance.get("restore_checked") or ())
            accounts = await tx.accounts.all() if paused else ()
        return Restored(
            paused,
            datetime.fromtimestamp(restored, UTC) if restored else None,
            datetime.fromtimestamp(taken, UTC) if taken else None,
            tuple(account.username for account in accounts if account.id not in checked),
        )

    async def check(self) -> None:
        """Look through the gallery of every account not looked through yet; quiet when nothing was restored."""
        state = await self.state()
        if not state.is_paused or state.backup_taken_at is None:
            return
        await self._tell(state.backup_taken_at)
        async with self._store.transaction() as tx:
            done = set(await tx.instance.get("restore_checked") or ())
            waiting = [account for account in await tx.accounts.all() if account.id not in done]
        for account in waiting:
            try:
                await self._check_account(account, state.backup_taken_at)
            except ExternalError as error:
                logger.warning("gallery not checked yet", extra={"account_id": account.id, "reason": error.reason})
                continue
            async with self._store.transaction() as tx:
                known = set(await tx.instance.get("restore_checked") or ())
                await tx.instance.put("restore_checked", sorted(known | {account.id}))

    async def release(self, *, by: Actor) -> None:
        """Publishing goes on; accounts whose galleries could not be looked through are paused one by one instead.

        Raises `WrongState` when nothing waits for a release.
        """
        await self.check()
        if not (await self.state()).is_paused:
            raise WrongState("Publishing is not paused.")
        async with self._store.transaction() as tx:
            was_restored = await tx.instance.get("restored_at") is not None
            checked = set(await tx.instance.get("restore_checked") or ())
            for account in await tx.accounts.all():
                if was_restored and account.id not in checked:
                    await self._leave_out(tx, account)
            for name in ("publishing_paused", "restored_at", "backup_taken_at", "restore_checked", "restore_told"):
                await tx.instance.put(name, None)
            text = f"{by.name} released publishing after the restore."
            await tx.events.add(Event("instance.released", text, self._clock.now(), by.user_id, actor=by.name))
            await audit(tx, by, "instance.released", "Released publishing after a restore.", at=self._clock.now())
        logger.info("publishing released after a restore", extra={"user_id": by.user_id})

    async def _leave_out(self, tx: Transaction, account: Account) -> None:
        now = self._clock.now()
        await tx.accounts.save(replace(account, paused_at=account.paused_at or now))
        text = (
            f"Paused {account.username}: its gallery could not be looked through after the restore. Connect it,"
            " see which of its posts are online already, and resume it then."
        )
        await tx.events.add(Event("account.paused", text, now, account.user_id, account_id=account.id))

    async def _tell(self, taken_at: datetime) -> None:
        """Once a restore: everybody with posts here learns that nothing goes out."""
        async with self._store.transaction() as tx:
            if await tx.instance.get("restore_told"):
                return
            await tx.instance.put("restore_told", True)
            text = (
                f"Isekai was restored from a backup of {taken_at:%d %b %Y, %H:%M} UTC. Publishing is paused until an"
                " administrator releases it."
            )
            for user_id in sorted({account.user_id for account in await tx.accounts.all()}):
                await tx.events.add(Event("instance.paused", text, self._clock.now(), user_id))

    async def _check_account(self, account: Account, taken_at: datetime) -> None:
        posts = await self._unpublished(account)
        if not posts:
            return
        if account.status is AccountStatus.RECONNECT:
            raise ExternalError("deviantart", "the account has to be connected again")
        token = await self._accounts.access_token(account.id)
        works = await self._works_since(token, taken_at)
        async with self._store.transaction() as tx:
            taken = await tx.publications.deviation_ids(account.id, [work.deviation_id.upper() for work in works])
        by_title: dict[str, list[Deviation]] = defaultdict(list)
        for work in sorted(works, key=lambda work: work.published_at or taken_at):
            if work.deviation_id.upper() not in taken and not work.is_deleted:
                by_title[_folded(work.title)].append(work)
        wanting: dict[str, list[Post]] = defaultdict(list)
        for post in posts:
            wanting[_folded(post.details.stored_title)].append(post)
        for title, candidates in by_title.items():
            if title in wanting:
                await self._match(token, wanting[title], candidates)

    async def _match(self, token: str, posts: Sequence[Post], works: Sequence[Deviation]) -> None:
        """One post of that title and as many works as pictures: they are its. Else a person has to look.

        Pictures cannot be told apart from here, so three works of a post with five are nobody's to assign.
        """
        fitting = await self._fitting(token, posts[0], works)
        missing = [file for file in posts[0].files if file.chosen and file.id not in _out(posts[0])]
        if len(posts) == 1 and len(works) == len(fitting) == len(missing):
            await self._bind(posts[0], [file.id for file in missing], fitting)
            return
        for post in posts:
            # What is in doubt looks for its own proof, and repeats nothing but its own item.
            if post.status in (PostStatus.SCHEDULED, PostStatus.FAILED) and not post.in_doubt:
                await self._hold(post)

    async def _fitting(self, token: str, post: Post, works: Sequence[Deviation]) -> list[Deviation]:
        told = {
            submission.deviation_id.upper()
            for submission in await self._deviantart.submissions(token, tuple(work.deviation_id for work in works))
            if confirms(submission, tags=post.details.stored_tags, since=None)
        }
        return [work for work in works if work.deviation_id.upper() in told]

    async def _bind(self, post: Post, file_ids: Sequence[int], works: Sequence[Deviation]) -> None:
        async with self._store.transaction() as tx:
            now = self._clock.now()
            before = await tx.posts.get(post.id)
            known = {publication.file_id: publication for publication in before.publications}
            after = list(before.publications)
            for file_id, work in zip(file_ids, works, strict=False):
                publication = known.get(file_id) or Publication(
                    0,
                    post.id,
                    file_id,
                    post.account_id,
                    PublicationState.IDLE,
                    stored_title=post.details.stored_title,
                )
                sent = work.published_at or now
                bound = moves.published(replace(publication.fenced(), last_sent_at=sent), work, now=now)
                after = [other for other in after if other.file_id != file_id] + [bound]
            all_out = {q.file_id for q in after if q.state is PublicationState.PUBLISHED}
            is_out = all(file.id in all_out for file in before.files if file.chosen)
            status = PostStatus.PUBLISHED if is_out else before.status
            at = max((work.published_at or now for work in works), default=now)
            changed = replace(
                before, status=status, publications=tuple(after), published_at=at if is_out else before.published_at
            )
            text = "Found in your gallery: it was published after the backup was taken."
            happened = Happened("publication.proven", text, {"url": works[0].url})
            await write(tx, before, changed, happened, by=None, at=now)

    async def _hold(self, post: Post) -> None:
        async with self._store.transaction() as tx:
            before = await tx.posts.get(post.id)
            now = self._clock.now()
            quiet = tuple(
                replace(q.fenced(), ready_at=None)
                if q.state in (PublicationState.SCHEDULED, PublicationState.FAILED)
                else q
                for q in before.publications
            )
            text = "On hold: your gallery shows works of this title from after the backup. Look before releasing it."
            changed = replace(before, held=True, publications=quiet)
            await write(tx, before, changed, Happened("post.held", text), by=None, at=now)

    async def _unpublished(self, account: Account) -> list[Post]:
        found: list[Post] = []
        cursor: str | None = None
        while True:
            page = await self._reads.posts(
                PostQuery(account.user_id, UNPUBLISHED, account_id=account.id, limit=100, cursor=cursor)
            )
            found += [post for post in page.posts if post.files]
            cursor = page.next_cursor
            if cursor is None:
                return found

    async def _works_since(self, token: str, taken_at: datetime) -> list[Deviation]:
        found: list[Deviation] = []
        offset: int | None = 0
        for _ in range(MOST_PAGES):
            page = await self._deviantart.gallery(token, offset=offset or 0, limit=PAGE)
            since = taken_at + self._deviantart.clock_offset - SEARCH_TOLERANCE
            found += [work for work in page.deviations if work.published_at is None or work.published_at >= since]
            oldest = min((work.published_at for work in page.deviations if work.published_at), default=None)
            offset = page.next_offset
            if offset is None or (oldest is not None and oldest < since):
                break
        return found


def _folded(title: str) -> str:
    return " ".join(title.split()).casefold()


def _out(post: Post) -> set[int]:
    return {q.file_id for q in post.publications if q.state is PublicationState.PUBLISHED}
