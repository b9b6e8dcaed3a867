"""Small calls to DeviantArt that follow a publication and wait their turn behind the next ones.

Each is in the database until it is done, so that a restart loses none. None may hold up publishing: they are asked
for without patience. What cannot be repeated (a comment) is marked before it is sent.
"""

import logging
from datetime import datetime, timedelta

from core.clock import Clock
from core.errors import (
    AuthorizationLost,
    Busy,
    ExternalError,
    NotFound,
    NotSent,
    OutcomeUnknown,
    RefusalCode,
    Refused,
)
from core.library.folder_order import find
from core.library.ports import GalleryApi
from core.library.template import comment_text
from core.library.templates import Templates
from core.line import Line
from core.posts.desk import Happened, log
from core.posts.post import Post, PostStatus
from core.published.ports import AfterStore, AfterTransaction, Errand, ErrandKind, EventFeed, WorksApi
from core.publishing.publication import Publication

logger = logging.getLogger(__name__)

COMMENT_SCOPE = "comment.post"
CONSUMER = "errands"
AT_ONCE = 20
ATTEMPTS = 12
WAITS = tuple(timedelta(minutes=m) for m in (1, 5, 15, 30, 60, 120, 240))
_FRESH = timedelta(hours=6)  # DeviantArt may not find what it has just published (fact sheet, 5.4)
_ASK_SCOPE_AGAIN = timedelta(hours=6)


class Errands:
    def __init__(
        self,
        store: AfterStore,
        feed: EventFeed,
        line: Line,
        works: WorksApi,
        gallery: GalleryApi,
        templates: Templates,
        clock: Clock,
    ) -> None:
        self._store = store
        self._feed = feed
        self._line = line
        self._works = works
        self._gallery = gallery
        self._templates = templates
        self._clock = clock

    async def notice_edits(self) -> int:
        """Ask for an errand wherever a published post was edited; how many events were read."""
        async with self._store.transaction() as tx:
            position = await tx.instance.position(CONSUMER)
        events = await self._feed.events_after(position, user_id=None)
        if not events:
            return 0
        edited = {e.post_id for e in events if e.kind == "post.edited" and e.status == PostStatus.PUBLISHED}
        async with self._store.transaction() as tx:
            now = self._clock.now()
            for post_id in edited - {None}:
                await self._ask_for_edit(tx, post_id or 0, now)
            await tx.instance.save_position(CONSUMER, events[-1].id)
        return len(events)

    async def _ask_for_edit(self, tx: AfterTransaction, post_id: int, now: datetime) -> None:
        try:
            post = await tx.posts.get(post_id)
        except NotFound:
            return
        for publication in post.publications:
            if publication.deviation_id:
                await tx.rooms.errands.ask(ErrandKind.EDIT, publication, due_at=now, at=now)

    async def run_due(self) -> int:
        """Do what is due; how many errands that were."""
        async with self._store.transaction() as tx:
            due = await tx.rooms.errands.due(now=self._clock.now(), limit=AT_ONCE)
        for errand in due:
            await self._run(errand)
        return len(due)

    async def _run(self, errand: Errand) -> None:
        async with self._store.transaction() as tx:
            post = await tx.posts.get(errand.post_id)
        publication = next((q for q in post.publications if q.id == errand.publication_id), None)
        if publication is None or publication.deviation_id is None or post.status is PostStatus.DISCARDED:
            await self._done(errand, post, None)
            return
        try:
            match errand.kind:
                case ErrandKind.FOLDERS:
                    await self._put_into_folders(errand, post, publication.deviation_id)
                case ErrandKind.COMMENT:
                    await self._comment(errand, post, publication.deviation_id)
                case ErrandKind.EDIT:
                    await self._edit(errand, post, publication)
        except ExternalError as error:
            await self._failed(errand, post, error)

    # Folders

    async def _put_into_folders(self, errand: Errand, post: Post, deviation_id: str) -> None:
        """Copy the work into those that DeviantArt left out when it was published."""
        inside = await self._line.ask(
            errand.account_id, lambda token: self._works.folders_of(token, deviation_id), patient=False
        )
        if inside is None:
            raise NotSent("deviantart", "the work is not listed yet")
        missing = [folder_id for folder_id in post.details.galleries if folder_id not in inside]
        put, refused = [], []
        for folder_id in missing:
            name = await self._folder_name(errand.account_id, folder_id)
            try:
                await self._copy_into(errand.account_id, folder_id, deviation_id)
                put.append(name)
            except Refused as error:
                refused.append(f"{name}: {error.reason}")
        await self._done(errand, post, _folder_words(put, refused))

    async def _copy_into(self, account_id: int, folder_id: str, deviation_id: str) -> None:
        await self._line.ask(
            account_id,
            lambda token: self._gallery.copy_works(token, folder_id, [deviation_id]),
            patient=False,
        )

    async def _folder_name(self, account_id: int, folder_id: str) -> str:
        async with self._store.transaction() as tx:
            copy = await tx.rooms.folders.copy(account_id)
        try:
            return f"“{find(copy.folders, folder_id).name}”"
        except NotFound:
            return "a folder that Isekai does not know"

    # The first comment

    async def _comment(self, errand: Errand, post: Post, deviation_id: str) -> None:
        if errand.sent_at is not None:
            await self._done(errand, post, _MAYBE_COMMENTED)
            return
        async with self._store.transaction() as tx:
            account = await tx.accounts.get(errand.account_id)
            text = await self._comment_text(tx, post)
        if text is None:
            await self._done(errand, post, None)
            return
        if COMMENT_SCOPE not in account.scopes:
            await self._wait_for_scope(errand, post)
            return
        async with self._store.transaction() as tx:
            # Committed before the request leaves: a comment that may stand there is never posted twice.
            await tx.rooms.errands.mark_sent(errand, at=self._clock.now())
        try:
            await self._line.ask(
                errand.account_id, lambda token: self._works.comment(token, deviation_id, text), patient=False
            )
        except OutcomeUnknown:
            await self._done(errand, post, _MAYBE_COMMENTED)
            return
        await self._done(errand, post, Happened("post.commented", "Posted the first comment."))

    async def _comment_text(self, tx: AfterTransaction, post: Post) -> str | None:
        wish = await tx.rooms.wishes.get(post.id)
        template = (
            await tx.rooms.templates.find(post.user_id, wish.comment_template_id)
            if wish.comment_template_id
            else None
        )
        if template is None:
            return None
        text = comment_text(template, await self._templates.facts(tx, post))
        await tx.rooms.templates.count_use([template.id], post_id=None)
        return text or None

    async def _wait_for_scope(self, errand: Errand, post: Post) -> None:
        async with self._store.transaction() as tx:
            now = self._clock.now()
            await tx.rooms.errands.later(errand, due_at=now + _ASK_SCOPE_AGAIN, attempts=errand.attempts + 1)
            if errand.attempts == 0:
                await log(tx, post, _NEEDS_SCOPE, by=None, at=now)

    # Edits

    async def _edit(self, errand: Errand, post: Post, publication: Publication) -> None:
        deviation_id, item_id = publication.deviation_id or "", publication.item_id
        details = post.details.but(title=publication_title(post, publication))
        await self._line.ask(
            errand.account_id, lambda token: self._works.edit(token, deviation_id, details), patient=False
        )
        if item_id is not None:
            await self._line.ask(
                errand.account_id, lambda token: self._works.describe(token, item_id, details), patient=False
            )
        await self._done(errand, post, Happened("post.sent_edits", "DeviantArt has the changes."))

    # Endings

    async def _failed(self, errand: Errand, post: Post, error: ExternalError) -> None:
        now = self._clock.now()
        fresh = now - errand.created_at < _FRESH and errand.kind is ErrandKind.EDIT
        is_final = isinstance(error, Refused) and not (fresh and error.code is RefusalCode.OTHER)
        if is_final or errand.attempts + 1 >= ATTEMPTS:
            said = f"{_GAVE_UP[errand.kind]} {_reason(error)}"
            await self._done(errand, post, Happened("post.errand_failed", said))
            logger.warning("errand given up", extra={"post_id": post.id, "kind": errand.kind, "reason": error.reason})
            return
        wait = WAITS[min(errand.attempts, len(WAITS) - 1)]
        wait = max(wait, error.retry_after or timedelta(0))
        # Being told to wait is no attempt; neither is a connection that only the artist can mend.
        counts = not isinstance(error, Busy | AuthorizationLost)
        async with self._store.transaction() as tx:
            await tx.rooms.errands.later(errand, due_at=now + wait, attempts=errand.attempts + int(counts))

    async def _done(self, errand: Errand, post: Post, happened: Happened | None) -> None:
        async with self._store.transaction() as tx:
            await tx.rooms.errands.done(errand)
            if happened is not None:
                await log(tx, await tx.posts.get(post.id), happened, by=None, at=self._clock.now())


def publication_title(post: Post, publication: Publication) -> str:
    """Pictures of one post may have gone out under titles of their own; an edit of the title changes them all."""
    return post.details.title or publication.stored_title


def _folder_words(put: list[str], refused: list[str]) -> Happened | None:
    said = []
    if put:
        said.append(f"Put into {', '.join(put)} afterwards: DeviantArt had left that out when publishing.")
    if refused:
        said.append(f"DeviantArt would not put it into {'; '.join(refused)}")
    return Happened("post.foldered", " ".join(said)) if said else None


def _reason(error: ExternalError) -> str:
    return error.reason if isinstance(error, Refused) else "DeviantArt did not answer."


_GAVE_UP = {
    ErrandKind.FOLDERS: "It could not be put into all of its folders.",
    ErrandKind.COMMENT: "The first comment could not be posted.",
    ErrandKind.EDIT: "DeviantArt does not have the changes: they are only here.",
}
_MAYBE_COMMENTED = Happened(
    "post.comment_unknown",
    "DeviantArt did not say whether it took the first comment. Look at the work: Isekai does not post it twice.",
)
_NEEDS_SCOPE = Happened(
    "post.comment_waits",
    "The first comment waits: allow Isekai to comment by connecting the account again under Templates.",
)
