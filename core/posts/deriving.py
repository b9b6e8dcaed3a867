"""Thumbnails and perceptual hashes, made after a picture was taken in; a restart goes on where it was."""

import asyncio
import logging
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from core.clock import Clock
from core.errors import NotFound, StorageUnavailable, UnreadableImage
from core.events import Event
from core.ports import Reads, Transaction
from core.posts.files import PostFile
from core.posts.pictures import Derived, ImageStore, PictureInfo, PictureInspector

logger = logging.getLogger(__name__)

AT_ONCE = 50  # files fetched a round
PAUSE_AFTER_TROUBLE_SECONDS = 10.0


class DerivationRepository(Protocol):
    async def save(self, file_id: int, derived: Derived | None, *, at: datetime) -> bool: ...


class DerivingTransaction(Transaction, Protocol):
    @property
    def derivations(self) -> DerivationRepository: ...


class DerivingStore(Protocol):
    def transaction(self) -> AbstractAsyncContextManager[DerivingTransaction]: ...


class Deriver:
    """`wake` says that files came in; `run` works until it is cancelled."""

    def __init__(
        self,
        store: DerivingStore,
        reads: Reads,
        images: ImageStore,
        inspector: PictureInspector,
        clock: Clock,
    ) -> None:
        self._store = store
        self._reads = reads
        self._images = images
        self._inspector = inspector
        self._clock = clock
        self._wanted = asyncio.Event()

    def wake(self) -> None:
        self._wanted.set()

    async def run(self) -> None:
        self._wanted.set()
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            try:
                await self.run_once()
            except StorageUnavailable:
                logger.warning("thumbnails wait for the storage")
                await self._clock.sleep(PAUSE_AFTER_TROUBLE_SECONDS)
                self._wanted.set()

    async def run_once(self) -> int:
        """Everything that waits now; how many files that was."""
        done, after = 0, 0
        while files := await self._reads.underived_files(after=after, limit=AT_ONCE):
            for file in files:
                await self.derive(file)
            done, after = done + len(files), files[-1].id
        return done

    async def derive(self, file: PostFile) -> Derived | None:
        """Make and keep what is drawn from *file*; None when nothing can be."""
        derived = await self._draw(file)
        if derived is not None:
            await self._images.keep_thumb(file.sha256, derived.thumb)
        async with self._store.transaction() as tx:
            await tx.derivations.save(file.id, derived, at=self._clock.now())
        if derived is not None:
            await self._warn_of_twins(file, derived)
        return derived

    async def _draw(self, file: PostFile) -> Derived | None:
        info = PictureInfo(file.mime, file.width, file.height, file.frames, is_video=file.is_video)
        try:
            async with self._images.local_copy(file.sha256) as path:
                return await self._inspector.derive(path, info)
        except (NotFound, UnreadableImage):
            logger.warning("no thumbnail can be made", extra={"file_id": file.id})
            return None

    async def _warn_of_twins(self, file: PostFile, derived: Derived) -> None:
        """A near twin of something queued or published is worth a line of history, never a refusal."""
        try:
            post = await self._reads.post(file.post_id, user_id=None)
        except NotFound:
            return
        twins = await self._reads.near_twins(post.user_id, derived.phash, except_post=post.id)
        if not twins:
            return
        async with self._store.transaction() as tx:
            await tx.events.add(
                Event(
                    kind="post.near_twin",
                    text="Looks almost like " + ", ".join(f"post {twin}" for twin in twins) + ".",
                    at=self._clock.now(),
                    user_id=post.user_id,
                    post_id=post.id,
                    account_id=post.account_id,
                    status=post.status,
                    version=post.version,
                    data={"twins": [str(twin) for twin in twins]},
                )
            )
