"""Use cases: a person says what became of a publication that nobody could prove."""

from dataclasses import dataclass, replace
from datetime import datetime

from core.accounts import Accounts
from core.actor import Actor
from core.clock import Clock
from core.deviantart import Deviation
from core.errors import ExternalError, InFlight, InvalidInput, NotFound, WrongState
from core.people.access import Right
from core.ports import Store
from core.posts.desk import Desk, Happened
from core.posts.post import Post
from core.publishing import moves
from core.publishing.linking import TAKEN, checked_link
from core.publishing.proof import Prover
from core.publishing.publication import Doubt, Failure, FailureKind, Publication, PublicationState, Step
from core.publishing.record import record
from core.publishing.recovery import SEEKING


@dataclass(frozen=True, slots=True)
class InDoubt:
    """A publication to be decided, and the works in the gallery that could be it."""

    publication: Publication
    sent_at: datetime
    candidates: tuple[Deviation, ...]


class Resolve:
    """`hosts`: where a link to a work may point (DeviantArt's, or the sandbox's)."""

    def __init__(
        self, store: Store, desk: Desk, accounts: Accounts, prover: Prover, clock: Clock, *, hosts: frozenset[str]
    ) -> None:
        self._store = store
        self._desk = desk
        self._accounts = accounts
        self._prover = prover
        self._clock = clock
        self._hosts = hosts

    async def doubts(self, post_id: int, *, by: Actor) -> tuple[InDoubt, ...]:
        """What is in doubt, each with candidates from the gallery (none when DeviantArt does not answer)."""
        async with self._store.transaction() as tx:
            post = await self._desk.own(tx, post_id, by, Right.SEE)
        return tuple([await self._with_candidates(q, post) for q in post.publications if q.in_doubt])

    async def online(self, post_id: int, *, url: str, by: Actor, publication_id: int | None = None) -> Post:
        """It is on DeviantArt, at *url*. Raises `InvalidInput`, `WrongState`, `InFlight`."""
        link = checked_link(url, self._hosts)
        post, publication = await self._in_doubt(post_id, publication_id, by)
        deviation_id = await self._find_id(publication, post, link)
        async with self._store.transaction() as tx:
            post = await self._desk.own(tx, post_id, by)
            publication = _pick(post, publication.id)
            now = self._clock.now()
            taken = deviation_id and await tx.publications.is_bound(publication.account_id, deviation_id)
            if taken or await tx.publications.holds_link(publication.account_id, link):
                raise InvalidInput({"url": TAKEN})
            done = replace(
                moves.published(publication.fenced(), None, now=now),
                deviation_id=deviation_id,
                deviation_url=link,
                ready_at=None,
            )
            happened = Happened("publication.resolved", f"{by.name} says it is online.", {"url": link})
            return await record(tx, publication, done, happened, at=now)

    async def offline(self, post_id: int, *, by: Actor, publication_id: int | None = None) -> Post:
        """It is not on DeviantArt: the same upload is published, a new one only after a second such answer."""
        async with self._store.transaction() as tx:
            post = await self._desk.own(tx, post_id, by)
            publication = _pick(post, publication_id)
            now = self._clock.now()
            again = _publish_again(publication, now)
            what = "uploads it afresh" if again.item_id is None else "publishes the same upload again"
            happened = Happened("publication.resolved", f"{by.name} says it is not online: Isekai {what}.")
            return await record(tx, publication, again, happened, at=now)

    async def _in_doubt(self, post_id: int, publication_id: int | None, by: Actor) -> tuple[Post, Publication]:
        async with self._store.transaction() as tx:
            post = await self._desk.own(tx, post_id, by)
        return post, _pick(post, publication_id)

    async def _with_candidates(self, publication: Publication, post: Post) -> InDoubt:
        candidates: tuple[Deviation, ...] = ()
        if not publication.is_leased:
            try:
                token = await self._accounts.access_token(publication.account_id)
                candidates = (await self._prover.search(token, publication, post)).candidates
            except ExternalError:
                candidates = ()
        return InDoubt(publication, publication.publish_sent_at or self._clock.now(), candidates)

    async def _find_id(self, publication: Publication, post: Post, link: str) -> str | None:
        """The API's id of the work at *link*; the number in the link is not it. None when it is not found."""
        doubt = await self._with_candidates(publication, post)
        wanted = link.rstrip("/")
        return next(
            (found.deviation_id.upper() for found in doubt.candidates if found.url.rstrip("/") == wanted), None
        )


def _pick(post: Post, publication_id: int | None) -> Publication:
    doubtful = [q for q in post.publications if q.in_doubt]
    if publication_id is not None:
        if publication_id not in {q.id for q in post.publications}:
            raise NotFound
        doubtful = [q for q in doubtful if q.id == publication_id]
    if not doubtful:
        raise WrongState("Nothing about this post is in doubt.")
    if len(doubtful) > 1:
        raise InvalidInput({"publication_id": "Several pictures are in doubt; say which one."})
    if doubtful[0].is_leased:
        raise InFlight("Isekai is asking DeviantArt about it right now. Try again in a moment.")
    return doubtful[0]


def _publish_again(publication: Publication, now: datetime) -> Publication:
    """The same item first. A new one only when DeviantArt has lost it, and a person said so again."""
    confirmed = publication.confirmed_offline + 1
    if publication.doubt in {Doubt.ITEM_LOST, Doubt.FOREIGN} and confirmed >= 2:
        fresh = moves.not_sent_after_all(publication.fenced().without_item())
        return replace(
            fresh, state=PublicationState.SCHEDULED, ready_at=now, rounds=0, failure=None, confirmed_offline=0
        )
    return replace(
        publication.fenced(),
        state=PublicationState.PUBLISHING,
        doubt=Doubt.ANSWER_LOST if publication.doubt is Doubt.ITEM_LOST else publication.doubt,
        ready_at=now,
        rounds=0,
        confirmed_offline=confirmed,
        failure=Failure(Step.SETTLE, FailureKind.OUTCOME_UNKNOWN, SEEKING, now),
    )
