"""The picture on a card: clean of metadata, small enough for Discord, behind a spoiler where it must be."""

from __future__ import annotations

import io
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import discord

from core.errors import AppError
from core.posts.files import PostFile
from core.posts.pictures import ImageStore, PictureInfo, PictureInspector
from core.posts.post import Post

if TYPE_CHECKING:
    from collections.abc import Sequence

# Below what every server takes, and quick to send: cards are made by the hundred.
SENT_MOST = 4 * 1024 * 1024
THUMB_NAME = "picture.webp"


@dataclass(frozen=True, slots=True)
class CardPicture:
    """`name` as the embed refers to it."""

    name: str
    data: bytes = field(repr=False)

    def file(self) -> discord.File:
        return discord.File(io.BytesIO(self.data), filename=self.name)


def shown_file(files: Sequence[PostFile]) -> PostFile | None:
    """The first that goes out and is a picture."""
    return next((file for file in files if file.chosen and not file.is_video), None)


def picture_key(post: Post, *, is_spoiler: bool) -> str:
    """Changes when another picture has to be attached."""
    file = shown_file(post.files)
    return "" if file is None else f"{file.sha256[:24]}{'!' if is_spoiler else ''}"


class CardPictures:
    def __init__(self, images: ImageStore, inspector: PictureInspector) -> None:
        self._images = images
        self._inspector = inspector

    async def of(self, post: Post, *, is_spoiler: bool) -> CardPicture | None:
        """None for a post without a picture that could be shown."""
        file = shown_file(post.files)
        if file is None:
            return None
        found = await self._whole(file) if file.bytes <= SENT_MOST else None
        found = found or await self._thumb(file)
        if found is None or not is_spoiler:
            return found
        return CardPicture(f"SPOILER_{found.name}", found.data)

    async def _whole(self, file: PostFile) -> CardPicture | None:
        info = PictureInfo(file.mime, file.width, file.height, file.frames)
        try:
            async with self._images.local_copy(file.sha256) as path:
                with tempfile.TemporaryDirectory(prefix="isekai-card-") as into:
                    clean = await self._inspector.prepare_to_send(path, info, keep_metadata=False, into=Path(into))
                    data = clean.path.read_bytes()
        except AppError:
            return None
        return CardPicture(f"picture{clean.path.suffix or Path(clean.filename).suffix}", data) if data else None

    async def _thumb(self, file: PostFile) -> CardPicture | None:
        data = await self._images.read_thumb(file.sha256)
        return None if data is None else CardPicture(THUMB_NAME, data)
