"""Attachments become posts: the same for drops, `/upload` and "Send to Isekai"."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import discord

from bot.downloads import ATTEMPTS, DownloadFailed, Downloads
from bot.drop_words import METADATA_MOST, Said, is_metadata, metadata_for, read_metadata
from bot.services import Services
from core.actor import Actor
from core.errors import UserError
from core.posts.files import NewFile
from core.posts.intake import Arrival, Retry
from core.posts.post import Post

logger = logging.getLogger(__name__)

SIDE_BY_SIDE = 3
PICTURES_MOST = 10


@dataclass(frozen=True, slots=True)
class Landing:
    """Where the pictures of a message go. `known` are attachments that became posts before."""

    user_id: int
    batch: str
    source: str = "discord"
    account_id: int | None = None
    one_post: bool = False
    to_draft: bool = False
    notes: str = ""
    template_ids: tuple[int, ...] = ()
    galleries: tuple[str, ...] = ()


@dataclass(slots=True)
class Landed:
    """What became of each attachment: a post, or a sentence about why not. `known` came in before."""

    posts: dict[int, Post] = field(default_factory=dict)
    refused: dict[int, str] = field(default_factory=dict)
    known: list[Post] = field(default_factory=list)

    @property
    def distinct(self) -> list[Post]:
        return list({post.id: post for post in self.posts.values()}.values())


def art(attachments: Sequence[discord.Attachment]) -> list[discord.Attachment]:
    """What is not metadata."""
    return [attachment for attachment in attachments if not is_metadata(attachment.filename)]


class Arrivals:
    def __init__(self, services: Services, downloads: Downloads) -> None:
        self._services = services
        self._downloads = downloads
        self._turns = asyncio.Semaphore(SIDE_BY_SIDE)

    async def land(
        self, attachments: Sequence[discord.Attachment], said: Said, landing: Landing, *, by: Actor
    ) -> Landed:
        """Fetch, check and keep each picture; one that is refused does not hold up the others."""
        result = Landed()
        metadata = await self._metadata(attachments)
        taken = await asyncio.gather(*(self._take(a, result) for a in art(attachments)))
        kept = [(a, file) for a, file in zip(art(attachments), taken, strict=True) if file is not None]
        groups = [kept] if landing.one_post and kept else [[one] for one in kept]
        for group in groups:
            await self._receive(group, said, metadata, landing, result, by)
        return result

    async def _receive(
        self,
        group: list[tuple[discord.Attachment, NewFile]],
        said: Said,
        metadata: Mapping[str, Mapping[str, Any]],
        landing: Landing,
        result: Landed,
        by: Actor,
    ) -> None:
        first = group[0][0]
        is_mature = any(attachment.is_spoiler() for attachment, _ in group)
        fields = {**metadata_for(first.filename, metadata), **said.fields(is_mature=is_mature)}
        if landing.galleries:
            fields["galleries"] = list(landing.galleries)
        arrival = Arrival(
            user_id=landing.user_id,
            files=[file for _, file in group],
            fields=fields,
            source=landing.source,
            batch=landing.batch,
            notes=landing.notes,
            account_id=landing.account_id,
            one_post=True,
            to_draft=landing.to_draft,
        )
        try:
            received = await self._services.intake.receive_once(arrival, by=by, retry=_retry(landing, first.id))
        except UserError as error:
            result.refused.update({attachment.id: error.sentence for attachment, _ in group})
            return
        result.posts.update({attachment.id: received.posts[0] for attachment, _ in group})
        if not received.is_new:
            result.known.append(received.posts[0])
        elif landing.template_ids:
            await self._fill_in(received.posts[0], landing)

    async def _fill_in(self, post: Post, landing: Landing) -> None:
        """A template that no longer fits leaves the post as it came."""
        by = Actor(landing.user_id, "Isekai", "discord")
        try:
            await self._services.rooms.templates.apply(post.id, landing.template_ids, by=by)
        except UserError as error:
            logger.info("template left out", extra={"post_id": post.id, "reason": error.sentence})

    async def _take(self, attachment: discord.Attachment, result: Landed) -> NewFile | None:
        async with self._turns:
            for attempt in range(ATTEMPTS):
                try:
                    return await self._services.intake.take_in(
                        attachment.filename.removeprefix("SPOILER_"), self._downloads.stream(attachment)
                    )
                except DownloadFailed as error:
                    if attempt == ATTEMPTS - 1:
                        result.refused[attachment.id] = error.sentence
                    else:
                        await self._services.clock.sleep(0.3 * 3**attempt)
                except UserError as error:
                    result.refused[attachment.id] = error.sentence
                    break
        return None

    async def _metadata(self, attachments: Sequence[discord.Attachment]) -> dict[str, dict[str, Any]]:
        found = []
        for attachment in attachments:
            if is_metadata(attachment.filename):
                try:
                    data = await self._downloads.read(attachment, most=METADATA_MOST)
                except DownloadFailed:
                    continue
                found.append((attachment.filename, data))
        return read_metadata(found)


def _retry(landing: Landing, attachment_id: int) -> Retry:
    """Discord tells of a message more than once: the same attachment, or the same bytes within a day, is one post.

    Doors of programs are numbered by their keys, from 1; each person's Discord door has their number below 0.
    """
    return Retry(-landing.user_id, f"{landing.batch}:{attachment_id}")
