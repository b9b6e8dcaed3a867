"""Streams attachments from the address that Discord gave."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import discord

from core.errors import UserError

CHUNK = 64 * 1024
TIMEOUT = aiohttp.ClientTimeout(total=180, sock_connect=15, sock_read=30)
ATTEMPTS = 3


class DownloadFailed(UserError):
    """The file could not be fetched; trying again may help."""


class Downloads:
    """One session for all; opened when first needed."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None
        self._is_closed = False

    async def close(self) -> None:
        self._is_closed = True
        if self._session is not None:
            await self._session.close()

    async def stream(self, attachment: discord.Attachment) -> AsyncIterator[bytes]:
        """Its bytes. Raises `DownloadFailed` when they end early, late or never come."""
        if self._is_closed:
            raise DownloadFailed("Isekai is stopping. Please post it again in a minute.")
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=TIMEOUT)
        seen = 0
        try:
            async with self._session.get(attachment.url) as response:
                if response.status != 200:
                    raise DownloadFailed(f"Discord no longer has “{attachment.filename[:60]}”. Please post it again.")
                async for chunk in response.content.iter_chunked(CHUNK):
                    seen += len(chunk)
                    yield chunk
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise DownloadFailed(
                f"“{attachment.filename[:60]}” could not be fetched from Discord. Please post it again."
            ) from error
        if attachment.size and seen != attachment.size:
            raise DownloadFailed(f"“{attachment.filename[:60]}” arrived incomplete. Please post it again.")

    async def read(self, attachment: discord.Attachment, *, most: int) -> bytes:
        """A small file as a whole; empty when it is larger than *most*."""
        if attachment.size > most:
            return b""
        return b"".join([chunk async for chunk in self.stream(attachment)])
