"""`python -m tests.support.discord --port N`: a Discord to play with by hand.

Point the application at it with the two variables it prints, then drive people with JSON:
`POST /play/message {"content", "files": {"a.png": base64}}`, `/play/slash {"name", "options"}`,
`/play/click {"message", "label"}`, `/play/modal {"interaction", "fields"}`; `GET /play` shows all.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import sys
from typing import Any

from aiohttp import web

from .errors import DiscordError, answer
from .interactions import Interaction
from .model import Message
from .server import LoopbackDiscord


class Play:
    """HTTP in place of hands: one guild, two channels, one artist who owns it."""

    def __init__(self, discord: LoopbackDiscord) -> None:
        self.discord = discord
        self.mira = discord.add_user("mira")
        self.guild = discord.add_guild("Studio", owner=self.mira)
        for name in ("drops", "review", "notices"):
            self.guild.add_text_channel(name)
        self.handles: dict[str, Interaction] = {}

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/play", self.show)
        for name in ("message", "slash", "click", "modal"):
            app.router.add_post(f"/play/{name}", getattr(self, name))

    async def show(self, _: web.Request) -> web.Response:
        channels = [*self.guild.channels, *self.discord.dms.values()]
        return answer(
            {
                "commands": [c["name"] for c in self.discord.commands],
                "violations": self.discord.violations,
                "channels": {c.name: [_shown(m) for m in c.messages] for c in channels},
            }
        )

    async def message(self, request: web.Request) -> web.Response:
        body = await request.json()
        files = [(name, base64.b64decode(data)) for name, data in body.get("files", {}).items()]
        sent = await self.discord.send_message(
            self._channel(body), self.mira, content=body.get("content", ""), attachments=files
        )
        return answer(_shown(sent))

    async def slash(self, request: web.Request) -> web.Response:
        body = await request.json()
        options = {name: self._value(value) for name, value in body.get("options", {}).items()}
        try:
            handle = await self.discord.slash(self.mira, self._channel(body), body["name"], options)
        except AssertionError as error:
            return answer({"error": str(error)}, status=400)
        return await self._answered(handle)

    async def click(self, request: web.Request) -> web.Response:
        body = await request.json()
        wanted = int(body["message"])
        places = [c.messages for c in self.discord.channels.values()] + [self.discord.ephemerals.values()]
        message = next((m for place in places for m in place if m.id == wanted), None)
        if message is None:
            return answer({"error": "no such message"}, status=404)
        try:
            handle = await self.discord.click(message, body["label"], self.mira)
        except AssertionError as error:
            return answer({"error": str(error)}, status=400)
        return await self._answered(handle)

    async def modal(self, request: web.Request) -> web.Response:
        body = await request.json()
        opened = self.handles[body["interaction"]]
        return await self._answered(await self.discord.submit_modal(opened, body.get("fields", {})))

    async def _answered(self, handle: Interaction) -> web.Response:
        self.handles[str(handle.id)] = handle
        try:
            await handle.wait_response()
            if handle.response is not None and handle.response.is_loading:
                await handle.wait_message(10)
        except AssertionError as error:
            return answer({"interaction": str(handle.id), "error": str(error)}, status=504)
        return answer(
            {
                "interaction": str(handle.id),
                "type": handle.response_type,
                "said": [_shown(message) for message in handle.said],
                "modal": handle.modal,
            }
        )

    def _channel(self, body: dict[str, Any]) -> Any:
        name = body.get("channel", "drops")
        return next(c for c in self.guild.channels if c.name == name)

    def _value(self, value: Any) -> Any:
        if isinstance(value, str) and value.startswith("#"):
            return self._channel({"channel": value[1:]})
        if isinstance(value, dict):
            return (value["name"], base64.b64decode(value["data"]))
        return value


def _shown(message: Message) -> dict[str, Any]:
    return {
        "id": str(message.id),
        "by": message.author.name,
        "text": message.text,
        "buttons": message.labels(),
        "reactions": list(message.reactions),
        "ephemeral": message.is_ephemeral,
    }


async def main(port: int) -> None:
    discord = LoopbackDiscord()
    play = Play(discord)
    discord.extra_routes.append(play.add_routes)
    base = await discord.start(port)
    sys.stdout.write(f"DISCORD_API_BASE={base} DISCORD_TOKEN={discord.token}\n")
    sys.stdout.flush()
    try:
        await asyncio.Event().wait()
    finally:
        discord.allow_violations()
        await discord.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    try:
        asyncio.run(main(parser.parse_args().port))
    except (KeyboardInterrupt, DiscordError):
        sys.exit(0)
