"""Use cases: an artist gives the link of a work that Isekai could not find, or that they published themselves.

What has a link without DeviantArt's id got it from a person; only such a link may be given anew or taken back. Once
the gallery shows the work, it is proven.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

from core.actor import Actor
from core.clock import Clock
from core.deviantart import Deviation
from core.errors import InFlight, InvalidInput, NotFound, WrongState
from core.ports import Store, Transaction
from core.posts.desk import Desk, Happened, write
from core.posts.files import PostFile
from core.posts.post import Post, PostStatus
from core.published.afterwards import follow_up
from core.publishing.proof import Prover
from core.publishing.publication import Publication, PublicationState
from core.publishing.queueing import with_status

S, P = PostStatus, PublicationState
NO_LINK = "Paste the link of the work on DeviantArt, such as …/you/art/title-123."
TAKEN = "Another picture of yours already has this link."
_BEFORE = frozenset((S.REVIEW, S.DRAFT, S.SCHEDULED, S.FAILED))


def checked_link(url: str, hosts: frozenset[str]) -> str:
    """*url* of a work at one of *hosts*, without what follows its path. Raises `InvalidInput`."""
    parts = urlsplit(url.strip())
    host = next((host for host in hosts if parts.netloc.casefold() in {host, host.removeprefix("www.")}), None)
    _, is_work, name = parts.path.partition("/art/")
    if parts.scheme not in {"http", "https"} or host is None or not is_work or not name.strip("/"):
        raise InvalidInput({"url": NO_LINK})
    return f"{parts.scheme}://{host}{parts.path}"


def may_link(post: Post, file: PostFile) -> bool:
    """Whether a person may say where *file* is: nothing is under way, and no gallery has shown it."""
    publication = post.publication_of(file)
    if post.status not in {*_BEFORE, S.PUBLISHED} or post.in_doubt or not file.chosen:
        return False
    return publication is None or (publication.deviation_id is None and not publication.is_leased)


def given_by_hand(publication: Publication) -> bool:
    return publication.deviation_url is not None and publication.deviation_id is None


class Linking:
    """`hosts`: where a link to a work may point. `on_left` is told of a scheduled post that goes out no more."""

    def __init__(self, store: Store, desk: Desk, prover: Prover, clock: Clock, *, hosts: frozenset[str]) -> None:
        self._store = store
        self._desk = desk
        self._prover = prover
        self._clock = clock
        self._hosts = hosts
        self.on_left: Callable[[Post, Actor], Awaitable[None]] | None = None

    async def link(self, post_id: int, *, url: str, by: Actor, file_id: int | None = None) -> Post:
        """The picture is on DeviantArt, at *url*. Raises `InvalidInput`, `WrongState`, `InFlight`."""
        async with self._store.transaction() as tx:
            before = await self._desk.own(tx, post_id, by)
        link = checked_link(url, self._hosts)
        file = _pick(before, file_id)
        found = await self._prover.work_at(before.account_id, link)
        async with self._store.transaction() as tx:
            post = await self._desk.own(tx, post_id, by)
            file = _pick(post, file.id)
            known = post.publication_of(file)
            await self._must_be_free(tx, post, link, found, known)
            now = self._clock.now()
            if known is not None and known.state is P.PUBLISHED:
                return await _found(tx, post, known, link, found, by=by, at=now)
            after = await _published_by_hand(tx, post, file, link, found, by=by, at=now)
        if post.status is S.SCHEDULED and after.status is not S.SCHEDULED and self.on_left is not None:
            await self.on_left(post, by)
        return after

    async def unlink(self, post_id: int, *, by: Actor, file_id: int | None = None) -> Post:
        """Take back a link that was given by hand; what had never been sent is a draft again."""
        async with self._store.transaction() as tx:
            post = await self._desk.own(tx, post_id, by)
            linked = [q for q in post.publications if given_by_hand(q) and file_id in {None, q.file_id}]
            if not linked:
                raise WrongState("There is no link here that was pasted and could be taken back.")
            if len(linked) > 1:
                raise InvalidInput({"file_id": "Several pictures have such a link; say which one."})
            now = self._clock.now()
            known = linked[0]
            was_sent = known.item_id is not None
            if was_sent:
                bare, text = replace(known.fenced(), deviation_url=None), "Its link is taken back."
            else:
                bare = replace(known.fenced(), state=P.IDLE, deviation_url=None, published_at=None)
                text = "Its link is taken back: it has not been published."
            after = replace(post, publications=_with(post, bare))
            if not was_sent:
                after = with_status(after)
                after = after if after.status is S.PUBLISHED else replace(after, published_at=None)
            happened = Happened("publication.unlinked", text, {"file_id": str(known.file_id)})
            return await write(tx, post, after, happened, by=by, at=now)

    @staticmethod
    async def _must_be_free(
        tx: Transaction, post: Post, link: str, found: Deviation | None, known: Publication | None
    ) -> None:
        is_bound = found is not None and await tx.publications.is_bound(post.account_id, found.deviation_id.upper())
        is_same = known is not None and known.deviation_url == link
        if is_bound or (not is_same and await tx.publications.holds_link(post.account_id, link)):
            raise InvalidInput({"url": TAKEN})


def _pick(post: Post, file_id: int | None) -> PostFile:
    if file_id is not None and all(file.id != file_id for file in post.files):
        raise NotFound
    if post.in_doubt:
        raise WrongState("Nobody knows yet whether this post is online. Settle that first.")
    if post.status not in {*_BEFORE, S.PUBLISHED}:
        raise WrongState("Its link can be given once nothing is under way.")
    open_files = [file for file in post.files if may_link(post, file) and file_id in {None, file.id}]
    if not open_files and any(q.is_leased for q in post.publications):
        raise InFlight("Isekai is looking for it right now. Try again in a moment.")
    if not open_files:
        raise WrongState("Its link is known.")
    without = [
        file for file in open_files if not ((q := post.publication_of(file)) and q.deviation_url)
    ] or open_files
    if len(without) > 1 and file_id is None:
        raise InvalidInput({"file_id": "Several pictures have no link yet; say which one."})
    return without[0]


async def _found(
    tx: Transaction, post: Post, known: Publication, link: str, found: Deviation | None, *, by: Actor, at: datetime
) -> Post:
    """It was published, and only nobody knew where."""
    bound = replace(known.fenced(), deviation_id=_id(found), deviation_url=link, ready_at=None)
    happened = Happened("publication.linked", "Its link was pasted.", {"url": link, "file_id": str(known.file_id)})
    after = await write(tx, post, replace(post, publications=_with(post, bound)), happened, by=by, at=at)
    await follow_up(tx, known, bound, after, at=at)
    return after


async def _published_by_hand(
    tx: Transaction, post: Post, file: PostFile, link: str, found: Deviation | None, *, by: Actor, at: datetime
) -> Post:
    known = post.publication_of(file) or Publication(0, post.id, file.id, post.account_id, P.IDLE)
    waiting = {q.file_id for q in post.publications if q.state is not P.IDLE}
    if any(other.chosen and other.id not in waiting for other in post.files if other.id != file.id):
        raise InvalidInput(
            {"url": "More than one picture would go out. First let only the one go out that is online."}
        )
    out = replace(
        known.fenced().without_item(),
        account_id=post.account_id,
        state=P.PUBLISHED,
        due_at=None,
        ready_at=None,
        stored_title=post.details.stored_title,
        deviation_id=_id(found),
        deviation_url=link,
        published_at=(found.published_at if found else None) or at,
        failure=None,
    )
    after = with_status(replace(post, publications=_with(post, out)))
    if after.status is S.PUBLISHED:
        after = replace(after, plan=None, held=False, wish=None, published_at=out.published_at)
    happened = Happened(
        "publication.by_hand", f"{by.name} published it by hand.", {"url": link, "file_id": str(file.id)}
    )
    after = await write(tx, post, after, happened, by=by, at=at)
    written = next(q for q in after.publications if q.file_id == file.id)
    await follow_up(tx, known, written, after, at=at)
    return after


def _with(post: Post, publication: Publication) -> tuple[Publication, ...]:
    others = tuple(q for q in post.publications if q.file_id != publication.file_id)
    return (*others, publication)


def _id(found: Deviation | None) -> str | None:
    return found.deviation_id.upper() if found else None
