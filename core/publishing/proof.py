"""Proof for a publication in doubt: search the gallery, then publish the same item again, then ask a person.

Facts and sources: `deviantart-api.md`, 5.3. The caller holds the account's lease, so no search runs while another
publication of the account is in flight.
"""

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.accounts import Accounts
from core.clock import Clock
from core.deviantart import DeviantArt, Deviation
from core.errors import (
    AccessTokenRefused,
    AuthorizationLost,
    Busy,
    ExternalError,
    NotSent,
    OutcomeUnknown,
    RefusalCode,
    Refused,
)
from core.metrics import Metrics
from core.ports import Store
from core.posts.desk import Happened
from core.posts.post import Post
from core.publishing import moves
from core.publishing.journey import Journey
from core.publishing.publication import Doubt, Failure, FailureKind, Publication, Step
from core.publishing.record import record
from core.publishing.recovery import (
    ASKING,
    FOREIGN,
    LINK_GIVEN_UP,
    SEEKING,
    AskPerson,
    Repeat,
    Wait,
    after_search,
    confirms,
    could_be_ours,
    sent_since,
    sent_until,
)
from core.publishing.retry import whole_second_after

logger = logging.getLogger(__name__)
PAGE = 24
MOST_PAGES = 40  # about a thousand works newer than the send: more is beyond what a search can settle
LINK_PAGES = 10  # of the gallery, when somebody waits for the answer
LINK_FIRST_WAIT = timedelta(minutes=1)
LINK_LONGEST_WAIT = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Found:
    """Works with the stored title that nobody holds; `confirmed` are those whose metadata fits too."""

    candidates: tuple[Deviation, ...]
    confirmed: tuple[Deviation, ...]


class Prover:
    def __init__(
        self,
        store: Store,
        accounts: Accounts,
        deviantart: DeviantArt,
        journey: Journey,
        clock: Clock,
        metrics: Metrics,
        *,
        settle: timedelta,
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._deviantart = deviantart
        self._journey = journey
        self._clock = clock
        self._metrics = metrics
        self._settle = settle

    async def seek(self, publication: Publication, post: Post, *, may_publish: bool) -> None:
        """One round for a claimed publication in doubt. *may_publish* is False while everything is paused."""
        try:
            token = await self._accounts.access_token(publication.account_id)
            token, found = await self._search_if_allowed(token, publication, post)
        except ExternalError as error:
            await self._look_again(publication, error)
            return
        if len(found.confirmed) == 1:
            text = "Found in your gallery: it was published."
            await self._journey.settle(
                publication, found.confirmed[0], Happened("publication.proven", text), "proven"
            )
        elif found.candidates:
            await self._ask(publication, ASKING)
        else:
            await self._nothing_found(publication, post, token, may_publish=may_publish)

    async def _search_if_allowed(self, token: str, publication: Publication, post: Post) -> tuple[str, Found]:
        """A gallery that refuses to be read shows nothing, which proves nothing: the repeat will tell."""
        try:
            return token, await self.search(token, publication, post)
        except Refused as error:
            logger.warning("gallery refuses to be read", extra={"post_id": post.id, "reason": error.reason})
        except AccessTokenRefused:
            if await self._accounts.confirm_lost(publication.account_id, token):
                raise AuthorizationLost("deviantart", "the token is refused everywhere") from None
            token = await self._accounts.access_token(publication.account_id)
        return token, Found((), ())

    async def find_link(self, publication: Publication, post: Post) -> None:
        """It is public; look which of the gallery's works it is."""
        now = self._clock.now()
        try:
            token = await self._accounts.access_token(publication.account_id)
            found = await self.search(token, publication, post)
        except ExternalError as error:
            logger.info("link not looked up", extra={"post_id": post.id, "reason": error.reason})
            found = Found((), ())
        since = publication.published_at or now
        if len(found.confirmed) == 1:
            deviation = found.confirmed[0]
            bound = replace(
                publication.released(),
                deviation_id=deviation.deviation_id.upper(),
                deviation_url=deviation.url,
                ready_at=None,
            )
            happened = Happened("publication.linked", "Found its link in your gallery.", {"url": deviation.url})
        else:
            age = now - since
            wait = min(max(age, LINK_FIRST_WAIT), LINK_LONGEST_WAIT)
            bound = replace(publication.released(), ready_at=now + wait if age < LINK_GIVEN_UP else None)
            happened = None
        async with self._store.transaction() as tx:
            await record(tx, publication, bound, happened, at=now)

    async def work_at(self, account_id: int, link: str) -> Deviation | None:
        """The work of the account's gallery at *link*; None where it does not show among the newest, or is silent."""
        wanted, offset = link.rstrip("/"), 0
        try:
            token = await self._accounts.access_token(account_id)
            for _ in range(LINK_PAGES):
                page = await self._deviantart.gallery(token, offset=offset, limit=PAGE)
                for deviation in page.deviations:
                    if not deviation.is_deleted and deviation.url.rstrip("/") == wanted:
                        return deviation
                if page.next_offset is None:
                    break
                offset = page.next_offset
        except ExternalError as error:
            logger.info("link not looked up", extra={"account_id": account_id, "reason": error.reason})
        return None

    async def search(self, token: str, publication: Publication, post: Post) -> Found:
        """Newest first, page after page, until older than the send. Raises `ExternalError`."""
        page = await self._deviantart.gallery(token, offset=0, limit=PAGE)
        # Asked first and computed now: the answer's `Date` is what tells their clock from ours.
        offset = self._deviantart.clock_offset
        since = sent_since(publication, clock_offset=offset)
        until = sent_until(publication, clock_offset=offset, settle=self._settle)
        ours: list[Deviation] = []
        for _ in range(MOST_PAGES):
            ours += could_be_ours(publication, page.deviations, since, until)
            oldest = min((d.published_at for d in page.deviations if d.published_at), default=None)
            if page.next_offset is None or (oldest is not None and oldest < since):
                break
            page = await self._deviantart.gallery(token, offset=page.next_offset, limit=PAGE)
        candidates = await self._unbound(publication, ours)
        return Found(candidates, await self._confirmed(token, candidates, post, since))

    async def _unbound(self, publication: Publication, found: list[Deviation]) -> tuple[Deviation, ...]:
        by_id = {deviation.deviation_id.upper(): deviation for deviation in found}
        async with self._store.transaction() as tx:
            taken = await tx.publications.deviation_ids(publication.account_id, list(by_id))
        return tuple(deviation for deviation_id, deviation in by_id.items() if deviation_id not in taken)

    async def _confirmed(
        self, token: str, candidates: tuple[Deviation, ...], post: Post, since: datetime
    ) -> tuple[Deviation, ...]:
        if not candidates:
            return ()
        by_id = {deviation.deviation_id.upper(): deviation for deviation in candidates}
        fitting = set()
        for submission in await self._deviantart.submissions(token, tuple(by_id)):
            work = by_id.get(submission.deviation_id.upper())
            if work is not None and confirms(
                submission, tags=post.details.stored_tags, since=None if work.published_at else since
            ):
                fitting.add(work.deviation_id.upper())
        return tuple(deviation for deviation in candidates if deviation.deviation_id.upper() in fitting)

    async def _nothing_found(self, publication: Publication, post: Post, token: str, *, may_publish: bool) -> None:
        verdict = after_search(publication, now=self._clock.now(), settle=self._settle, may_publish=may_publish)
        match verdict:
            case Wait(until):
                await self._wait(publication, until)
            case AskPerson(message):
                await self._ask(publication, message)
            case Repeat():
                await self._repeat(publication, post, token)

    async def _repeat(self, publication: Publication, post: Post, token: str) -> None:
        """The same item once more: one item becomes at most one work."""
        item_id = publication.item_id
        if item_id is None:
            await self._ask(publication, ASKING)
            return
        async with self._store.transaction() as tx:
            now = self._clock.now()
            sent = replace(moves.sending(publication, now=now), rounds=publication.rounds + 1)
            text = "Asking DeviantArt once more to publish the same upload, which cannot make a second work."
            await record(tx, publication, sent, Happened("publication.repeat", text), at=now)
        try:
            deviation = await self._journey.send(token, item_id, post)
        except ExternalError as error:
            await self._repeat_answered(sent, error)
            return
        text = "Published on DeviantArt with the repeated request."
        await self._journey.settle(sent, deviation, Happened("publication.published", text), "published")

    async def _repeat_answered(self, sent: Publication, error: ExternalError) -> None:
        match error:
            case Refused(code=RefusalCode.ALREADY_PUBLISHED) if sent.doubt is not Doubt.FOREIGN:
                text = (
                    "DeviantArt says this upload is published already, which proves it. Its link is being looked for."
                )
                await self._journey.settle(sent, None, Happened("publication.proven", text), "proven")
            case Refused(code=RefusalCode.ITEM_UNKNOWN):
                await self._look_again(replace(sent, doubt=Doubt.ITEM_LOST), error, held=sent)
            case Refused(code=RefusalCode.ALREADY_PUBLISHED):
                await self._ask(sent, FOREIGN)
            case Refused():
                await self._ask(sent, f"{ASKING} ({error.reason})")
            case Busy() | NotSent() | AccessTokenRefused() | AuthorizationLost():
                # Not processed, so not a round of its own.
                await self._look_again(replace(sent, rounds=sent.rounds - 1), error, held=sent)
            case _:
                await self._look_again(sent, error)

    async def _look_again(
        self, publication: Publication, error: ExternalError, *, held: Publication | None = None
    ) -> None:
        logger.warning("proof not found yet", extra={"post_id": publication.post_id, "reason": error.reason})
        if isinstance(error, AccessTokenRefused):
            # Believed when `/placebo` refuses it too; then refreshed for the next round, or marked and waiting.
            try:
                token = await self._accounts.access_token(publication.account_id)
                await self._accounts.confirm_lost(publication.account_id, token)
            except ExternalError as refresh_error:
                logger.info("refresh failed", extra={"reason": refresh_error.reason})
        now = self._clock.now()
        wait = max(self._settle / 2, error.retry_after or timedelta(0))
        async with self._store.transaction() as tx:
            if not isinstance(error, OutcomeUnknown):
                await self._journey.note_trouble(tx, publication.account_id, error, now)
        await self._wait(publication, now + wait, held=held)

    async def _wait(self, publication: Publication, until: datetime, *, held: Publication | None = None) -> None:
        failure = Failure(Step.SETTLE, FailureKind.OUTCOME_UNKNOWN, SEEKING, whole_second_after(until))
        async with self._store.transaction() as tx:
            waiting = replace(publication.released(), ready_at=failure.retry_at, failure=failure)
            first = publication.failure is None or publication.rounds != (held or publication).rounds
            happened = Happened("publication.seeking", "Not in the gallery yet, which proves nothing. Looking on.")
            await record(tx, held or publication, waiting, happened if first else None, at=self._clock.now())

    async def _ask(self, publication: Publication, message: str) -> None:
        async with self._store.transaction() as tx:
            asking = moves.needs_person(publication, message)
            await record(tx, publication, asking, Happened("publication.needs_person", message), at=self._clock.now())
        logger.error("publication needs a person", extra={"post_id": publication.post_id})
