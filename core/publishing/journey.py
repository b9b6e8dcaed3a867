"""One publication on its way: upload, publish, settle. Several short transactions with calls between them."""

import contextlib
import logging
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import TypeVar

from core.account import Pace
from core.accounts import Accounts
from core.clock import Clock
from core.deviantart import DeviantArt, Deviation, Picture
from core.errors import (
    AccessTokenRefused,
    AppError,
    AuthorizationLost,
    Busy,
    ExternalError,
    LeaseLost,
    NotFound,
    NotReady,
    NotSent,
    OutcomeUnknown,
    RefusalCode,
    Refused,
    StorageUnavailable,
)
from core.metrics import Metrics
from core.ports import Store, Transaction
from core.posts.desk import Happened
from core.posts.files import PostFile
from core.posts.habits import Habits
from core.posts.pictures import ImageStore, PictureInfo, PictureInspector
from core.posts.post import Post
from core.publishing import moves
from core.publishing.breaker import PaceRules
from core.publishing.publication import Doubt, Failure, FailureKind, Publication, Step
from core.publishing.record import record
from core.publishing.recovery import Next, enters_doubt, next_step
from core.publishing.retry import wait_before, whole_second_after

logger = logging.getLogger(__name__)
T = TypeVar("T")
UPLOAD_TIMEOUT = timedelta(minutes=10)
STORAGE = "The picture could not be read from Isekai’s own storage."


@dataclass(frozen=True, slots=True)
class Job:
    """A claimed publication with its post, as they stand; `token` where one is good already."""

    publication: Publication
    post: Post
    step: Next
    token: str | None = None

    @property
    def file(self) -> PostFile:
        return next(file for file in self.post.files if file.id == self.publication.file_id)

    @property
    def fingerprint(self) -> str:
        return self.post.details.fingerprint(self.file.sha256)


@dataclass(frozen=True, slots=True)
class JourneyRules:
    publish_timeout: timedelta
    settle: timedelta
    max_attempts: int
    pace: PaceRules


class Journey:
    """Carries a job as far as it gets, and records every outcome. Never raises but `LeaseLost` and storage errors."""

    def __init__(
        self,
        store: Store,
        accounts: Accounts,
        deviantart: DeviantArt,
        images: ImageStore,
        inspector: PictureInspector,
        clock: Clock,
        metrics: Metrics,
        random: Random,
        rules: JourneyRules,
        habits_of: Callable[[int], Awaitable[Habits]],
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._deviantart = deviantart
        self._images = images
        self._inspector = inspector
        self._clock = clock
        self._metrics = metrics
        self._random = random
        self._rules = rules
        self._habits_of = habits_of

    async def begin(self, tx: Transaction, job: Job) -> Job:
        """The first write of a job, in the caller's transaction: what is about to happen, before it does."""
        now = self._clock.now()
        before = job.publication
        if job.step is Next.UPLOAD:
            after, happened = (
                moves.uploading(before),
                Happened("publication.uploading", "Uploading to Sta.sh, privately."),
            )
        else:
            after, happened = (
                moves.sending(before, now=now),
                Happened("publication.sending", "Asking DeviantArt to publish."),
            )
        post = await record(tx, before, after, happened, at=now, post=job.post)
        return replace(job, publication=after, post=post)

    async def run(self, job: Job) -> None:
        """From *job*, which has begun if it has a token."""
        if job.post.missing:
            await self._not_ready(job)
            return
        if job.token is None:
            try:
                token = await self._accounts.access_token(job.publication.account_id)
            except ExternalError as error:
                await self._fail(job, _before_sending(error), Step.SUBMIT)
                return
            async with self._store.transaction() as tx:
                job = replace(await self._looked_at_again(tx, job), token=token)
                if not job.post.missing:
                    job = await self.begin(tx, job)
            if job.post.missing:
                await self._not_ready(job)
                return
        if job.step is Next.UPLOAD:
            uploaded = await self._upload(job)
            if uploaded is None:
                return
            job = uploaded
        await self._publish(job)

    async def _looked_at_again(self, tx: Transaction, job: Job) -> Job:
        """*job* as it stands now: getting a token took a while, and a failed post may be edited meanwhile."""
        post = await tx.posts.get(job.post.id)
        now = next((q for q in post.publications if q.id == job.publication.id), None)
        if now is None or now.lease_token != job.publication.lease_token:
            raise LeaseLost
        again = replace(job, publication=now, post=post)
        step = next_step(now, fingerprint=again.fingerprint, stash_only=bool(post.details.stash_only))
        if step not in {Next.UPLOAD, Next.PUBLISH}:
            raise LeaseLost
        return replace(again, step=step)

    async def keep_private(self, job: Job) -> None:
        async with self._store.transaction() as tx:
            now = self._clock.now()
            kept = moves.kept_in_stash(job.publication, now=now)
            await record(tx, job.publication, kept, _KEPT, at=now)

    async def _upload(self, job: Job) -> Job | None:
        """The job on its way to publish, or None when it stops here: staged, private for good, or failed."""
        try:
            item_id = await self._with_token(job, lambda token: self._submit(token, job))
        except ExternalError as error:
            await self._fail(job, error, Step.SUBMIT)
            return None
        except (StorageUnavailable, OSError) as error:
            # Our own disk or store, which recovers; nothing left the house.
            logger.error("picture cannot be read", extra={"post_id": job.post.id, "reason": str(error)})
            await self._fail(job, NotSent("storage", STORAGE), Step.SUBMIT)
            return None
        except AppError as error:
            await self._broken_file(job, error)
            return None
        try:
            return await self._record_upload(job, item_id)
        except LeaseLost:
            await self._count_orphan(job.publication.id)
            raise

    async def _record_upload(self, job: Job, item_id: str) -> Job | None:
        async with self._store.transaction() as tx:
            now = self._clock.now()
            before = job.publication
            after = moves.uploaded(before, item_id, job.fingerprint)
            if job.post.details.stash_only:
                await record(tx, before, moves.kept_in_stash(after, now=now), _KEPT, at=now)
                return None
            pace = await tx.accounts.pace(before.account_id)
            is_due = before.due_at is None or before.due_at <= now
            if not is_due or (pace.until is not None and pace.until > now):
                await record(tx, before, moves.staged(after), _STAGED, at=now)
                return None
            await tx.publications.save(after, lease_token=before.lease_token, expected=before.state)
            return await self.begin(
                tx, replace(job, publication=after, step=Next.PUBLISH, post=await tx.posts.get(job.post.id))
            )

    async def _submit(self, token: str, job: Job) -> str:
        file = job.file
        keep = (await self._habits_of(job.post.user_id)).keep_metadata
        info = PictureInfo(file.mime, file.width, file.height, file.frames, file.is_video)
        with tempfile.TemporaryDirectory(prefix="isekai-send-") as into:
            async with self._images.local_copy(file.sha256) as path:
                ready = await self._inspector.prepare_to_send(path, info, keep_metadata=keep, into=Path(into))
                picture = Picture(ready.path, ready.mime, ready.filename)
                return await self._deviantart.submit(token, picture, job.post.details, timeout=UPLOAD_TIMEOUT)

    async def _publish(self, job: Job) -> None:
        """The request whose moment counts. What it answers decides between done, told no, and doubt."""
        publication = job.publication
        item_id = publication.item_id
        if item_id is None or job.token is None:
            raise RuntimeError("a job without its item or its token cannot be published")
        self._note_lateness(publication)

        async def before_second() -> None:
            nonlocal publication
            publication = await self._resend(publication)

        try:
            deviation = await self._with_token(
                job, lambda token: self.send(token, item_id, job.post), before_second=before_second
            )
        except ExternalError as error:
            await self._answered_badly(replace(job, publication=publication), error)
            return
        await self.settle(
            publication, deviation, Happened("publication.published", "Published on DeviantArt."), "published"
        )

    async def _resend(self, publication: Publication) -> Publication:
        """The settling time counts from the request that really left last."""
        async with self._store.transaction() as tx:
            again = moves.sending(publication, now=self._clock.now())
            await tx.publications.save(again, lease_token=publication.lease_token, expected=publication.state)
        return again

    async def send(self, token: str, item_id: str, post: Post) -> Deviation:
        """Without its folders when they may be why it was refused: they are added by copy afterwards.

        A refusal is definite, so asking once more is the first request that can make anything public.
        """
        timeout = self._rules.publish_timeout
        try:
            return await self._deviantart.publish(token, item_id, post.details, timeout=timeout)
        except Refused as error:
            if not post.details.galleries or error.code not in _MAY_BE_A_FOLDER:
                raise
        return await self._deviantart.publish(token, item_id, post.details.but(galleries=()), timeout=timeout)

    async def settle(
        self, publication: Publication, deviation: Deviation | None, happened: Happened, outcome: str
    ) -> None:
        """Record that it is public, and let the account's pace recover."""
        async with self._store.transaction() as tx:
            now = self._clock.now()
            if deviation and await tx.publications.is_bound(publication.account_id, deviation.deviation_id.upper()):
                # One work of DeviantArt cannot be two of ours; better public without a link than bound wrongly.
                deviation = None
            done = moves.published(publication, deviation, now=now)
            data = {"url": deviation.url, "deviation_id": deviation.deviation_id} if deviation else {}
            await record(tx, publication, done, Happened(happened.kind, happened.text, happened.data | data), at=now)
            pace = await tx.accounts.pace(publication.account_id)
            after = self._rules.pace.after_success(pace, now=now, random=self._random)
            if after != pace:
                await tx.accounts.save_pace(publication.account_id, after)
        self._metrics.published(outcome)
        self._metrics.circuit(is_open=False)
        logger.info("published", extra={"post_id": publication.post_id, "publication_id": publication.id})

    async def _answered_badly(self, job: Job, error: ExternalError) -> None:
        publication = job.publication
        if isinstance(error, OutcomeUnknown):
            await self._into_doubt(publication, Doubt.ANSWER_LOST, error)
        elif isinstance(error, Refused) and error.code is RefusalCode.ALREADY_PUBLISHED:
            await self._into_doubt(publication, Doubt.FOREIGN, error)
        elif isinstance(error, Refused) and error.code is RefusalCode.ITEM_UNKNOWN:
            # Told on a first send, so nothing of it can be public: upload it afresh.
            again = replace(job, publication=publication)
            await self._fail(
                again, Refused(error.service, error.reason, code=error.code), Step.PUBLISH, forget_item=True
            )
        else:
            await self._fail(job, error, Step.PUBLISH)

    async def _into_doubt(self, publication: Publication, doubt: Doubt, error: ExternalError) -> None:
        async with self._store.transaction() as tx:
            now = self._clock.now()
            doubtful = enters_doubt(publication, doubt, now=now, settle=self._rules.settle)
            text = "DeviantArt’s answer is missing: it may be public or not. Looking for proof."
            if doubt is Doubt.FOREIGN:
                text = (
                    "DeviantArt says this was published already, though Isekai had not asked before. Looking for it."
                )
            await record(tx, publication, doubtful, Happened("publication.in_doubt", text), at=now)
            await self.note_trouble(tx, publication.account_id, error, now)
        self._metrics.published("unknown")
        logger.warning("publish outcome unknown", extra={"post_id": publication.post_id, "reason": error.reason})

    async def note_trouble(self, tx: Transaction, account_id: int, error: ExternalError, now: datetime) -> Pace:
        """Slow the account down, or open its circuit, as *error* asks for; its pace from here on."""
        pace = await tx.accounts.pace(account_id)
        if isinstance(error, Busy):
            after = self._rules.pace.after_busy(pace, told=error.retry_after, now=now, random=self._random)
        elif isinstance(error, (NotSent, OutcomeUnknown)):
            after = self._rules.pace.after_failure(pace, now=now)
        else:
            return pace
        await tx.accounts.save_pace(account_id, after)
        await self._note_service(tx, error, now)
        if after.open_until is not None and after.open_until > now:
            self._metrics.circuit(is_open=True)
        return after

    async def _note_service(self, tx: Transaction, error: ExternalError, now: datetime) -> None:
        accounts_open = await tx.accounts.open_circuits(now=now)
        if self._rules.pace.is_outage(error, accounts_open=accounts_open):
            until = now + self._rules.pace.open_for
            await tx.instance.put("service_circuit_open_until", until.timestamp())
            self._metrics.circuit(is_open=True)

    async def _fail(self, job: Job, error: ExternalError, step: Step, *, forget_item: bool = False) -> None:
        """A definite answer: nothing is public. Wait, come back later, or say why not."""
        async with self._store.transaction() as tx:
            now = self._clock.now()
            before = job.publication
            settled = moves.not_sent_after_all(before)
            if forget_item:
                settled = moves.uploading(settled)
            pace = await self.note_trouble(tx, before.account_id, error, now)
            after, happened = self._verdict(settled, error, step, now, pace, forget_item)
            await record(tx, before, after, happened, at=now)
        if after.failure is not None and (outcome := _COUNTED.get(after.failure.kind)):
            self._metrics.published(outcome)

    def _verdict(
        self, publication: Publication, error: ExternalError, step: Step, now: datetime, pace: Pace, retriable: bool
    ) -> tuple[Publication, Happened]:
        if isinstance(error, AuthorizationLost):
            failure = Failure(step, FailureKind.AUTHORIZATION_LOST, _RECONNECT, None)
            return moves.waiting(publication, failure), Happened("publication.waiting", _RECONNECT)
        if isinstance(error, Busy):
            until = whole_second_after(max(pace.until or now, now + (error.retry_after or timedelta(seconds=3))))
            failure = Failure(step, FailureKind.BUSY, "DeviantArt asked Isekai to wait.", until)
            return moves.waiting(publication, failure), Happened("publication.waiting", failure.message)
        kind, reached = _kind_of(error)
        attempts = publication.attempts + int(reached)
        if isinstance(error, OutcomeUnknown):
            publication = replace(publication, orphans=publication.orphans + 1)
        may_retry = (not isinstance(error, Refused) or retriable) and attempts < self._rules.max_attempts
        wait = wait_before(publication.rounds + 1, self._random, told_to_wait=error.retry_after)
        again = whole_second_after(now + wait) if may_retry else None
        failure = Failure(step, kind, _sentence(error, step), again)
        after = moves.failed(publication, failure, attempts=attempts)
        what = "Will be tried again." if may_retry else "It needs you."
        return after, Happened(
            "publication.retry" if may_retry else "publication.failed", f"{failure.message} {what}"
        )

    async def _not_ready(self, job: Job) -> None:
        async with self._store.transaction() as tx:
            now = self._clock.now()
            before = job.publication
            failure = Failure(Step.SUBMIT, FailureKind.NOT_READY, str(NotReady(job.post.missing)), None)
            after = moves.failed(moves.not_sent_after_all(before), failure, attempts=before.attempts)
            await record(tx, before, after, Happened("publication.failed", failure.message), at=now)

    async def _broken_file(self, job: Job, error: AppError) -> None:
        async with self._store.transaction() as tx:
            now = self._clock.now()
            failure = Failure(Step.SUBMIT, FailureKind.NOT_READY, f"The picture cannot be sent: {error}", None)
            after = moves.failed(job.publication, failure, attempts=job.publication.attempts)
            await record(tx, job.publication, after, Happened("publication.failed", failure.message), at=now)

    async def _count_orphan(self, publication_id: int) -> None:
        """The upload went through, but nobody waits for it any more."""
        async with self._store.transaction() as tx:
            with contextlib.suppress(NotFound):  # its file was taken out of the post meanwhile
                now = await tx.publications.get(publication_id)
                counted = replace(now, orphans=now.orphans + 1)
                await tx.publications.save(counted, lease_token=now.lease_token, expected=now.state)

    async def _with_token(
        self,
        job: Job,
        call: Callable[[str], Awaitable[T]],
        *,
        before_second: Callable[[], Awaitable[None]] | None = None,
    ) -> T:
        """One refresh and one more try for a token that was refused; then `/placebo` decides whether it is lost."""
        account_id, token = job.publication.account_id, job.token or ""
        try:
            return await call(token)
        except AccessTokenRefused:
            try:
                fresh = await self._accounts.refresh(account_id, refused=token)
            except ExternalError as error:
                raise _before_sending(error) from error
        if before_second is not None:
            await before_second()
        try:
            return await call(fresh)
        except AccessTokenRefused as error:
            raise await self._refused_twice(account_id, fresh) from error

    async def _refused_twice(self, account_id: int, token: str) -> ExternalError:
        """What two refusals in a row mean; whatever it is, nothing was processed."""
        try:
            if await self._accounts.confirm_lost(account_id, token):
                return AuthorizationLost("deviantart", "the token is refused everywhere")
        except ExternalError as error:
            return _before_sending(error)
        return Busy("deviantart", "a good token is refused at this endpoint")

    def _note_lateness(self, publication: Publication) -> None:
        if publication.due_at is not None:
            self._metrics.lateness(max(0.0, (self._clock.now() - publication.due_at).total_seconds()))


_COUNTED = {
    FailureKind.BUSY: "busy",
    FailureKind.REFUSED: "refused",
    FailureKind.NOT_SENT: "not_sent",
    FailureKind.OUTCOME_UNKNOWN: "unknown",
}
_KEPT = Happened("publication.kept_private", "Uploaded to Sta.sh, where it stays private as wished.")
_STAGED = Happened("publication.staged", "Uploaded ahead of time. Only the publish request is left.")
_MAY_BE_A_FOLDER = {RefusalCode.OTHER, RefusalCode.BAD_FIELD}
_RECONNECT = "Waiting: the DeviantArt account has to be connected again."


def _before_sending(error: ExternalError) -> ExternalError:
    """What a failed token refresh means for a publication: nothing of it was sent."""
    if isinstance(error, (AuthorizationLost, Busy, NotSent)):
        return error
    return NotSent(error.service, f"no token: {error.reason}", retry_after=error.retry_after)


def _kind_of(error: ExternalError) -> tuple[FailureKind, bool]:
    """The class of a failure, and whether the attempt reached DeviantArt."""
    if isinstance(error, NotSent):
        return FailureKind.NOT_SENT, False
    if isinstance(error, Refused):
        return FailureKind.REFUSED, True
    return FailureKind.OUTCOME_UNKNOWN, True


def _sentence(error: ExternalError, step: Step) -> str:
    if isinstance(error, NotSent):
        return STORAGE if error.service == "storage" else "DeviantArt could not be reached."
    if isinstance(error, Refused):
        # What its API says arrives as a whole sentence already.
        said = error.reason if error.reason.startswith("DeviantArt") else f"DeviantArt refused it: {error.reason}"
        return _REFUSALS.get(error.code) or said
    doing = "upload" if step is Step.SUBMIT else "publish request"
    return f"DeviantArt did not answer the {doing} properly."


_REFUSALS = {
    RefusalCode.POLICY: "DeviantArt wants you to accept its submission policy or terms on its site first.",
    RefusalCode.SCOPE: "Isekai lacks a permission on DeviantArt: connect the account again and allow everything.",
    RefusalCode.PREVIEW_REQUIRED: "DeviantArt wants a preview picture for this file, which its API cannot be given.",
    RefusalCode.ITEM_UNKNOWN: "DeviantArt no longer knows the upload.",
}
