"""Where attachments are fetched: addresses with an expiry, and downloads that die half way."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp import web

from .model import Attachment, Channel

if TYPE_CHECKING:
    from .server import LoopbackDiscord


class Cdn:
    """Serves `/attachments/<channel>/<id>/<name>`. Downloads are counted by attachment id."""

    def __init__(self, discord: LoopbackDiscord) -> None:
        self._discord = discord
        self._files: dict[int, Attachment] = {}
        self._truncated = 0
        self._stalled: asyncio.Event | None = None
        self.downloads: dict[int, int] = {}

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/attachments/{channel}/{id}/{name}", self.get)

    def add(self, channel: Channel, file: Attachment) -> str:
        self._files[file.id] = file
        expiry = f"ex={file.id:x}&is={file.id:x}&hm={'0' * 16}"
        return f"{self._discord.origin}/attachments/{channel.id}/{file.id}/{file.filename}?{expiry}&"

    def truncate(self, times: int = 1) -> None:
        """The next downloads end half way although the header promised more."""
        self._truncated += times

    def stall(self) -> asyncio.Event:
        """Downloads stop half way until the event that is given back is set."""
        self._stalled = asyncio.Event()
        return self._stalled

    def expire(self, file: Attachment) -> None:
        """The address answers 404 from now on."""
        file.expired = True

    async def get(self, request: web.Request) -> web.StreamResponse:
        file = self._files.get(int(request.match_info["id"]))
        if file is None or file.expired:
            return web.Response(status=404, text="This content is no longer available.")
        self.downloads[file.id] = self.downloads.get(file.id, 0) + 1
        response = web.StreamResponse()
        response.content_type = file.content_type or "application/octet-stream"
        response.content_length = len(file.data)
        await response.prepare(request)
        half = len(file.data) // 2
        await response.write(file.data[:half])
        if self._truncated:
            self._truncated -= 1
            if request.transport is not None:
                request.transport.close()
            return response
        if self._stalled is not None:
            await self._stalled.wait()
        await response.write(file.data[half:])
        await response.write_eof()
        return response
