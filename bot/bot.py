"""The bot's life: it starts with the process, comes back by itself, and never holds anything else up."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

import aiohttp
import discord
from discord.http import Route

from bot.client import IsekaiClient
from bot.services import Services

logger = logging.getLogger(__name__)

FIRST_WAIT, LONGEST_WAIT = 5.0, 900.0
BAD_TOKEN = "Discord refused DISCORD_TOKEN. The bot stays away; everything else runs. Check the token and restart."  # noqa: S105
NO_CONTENT = (
    "Discord does not give this bot the message content. Drop channels do not work until “Message Content Intent” is"
    " switched on in the developer portal; /upload and the message menu do."
)


@dataclass(frozen=True, slots=True)
class BotOptions:
    """`api_base` with `gateway_from_api` is for a Discord elsewhere; the two times are shorter in tests."""

    token: str = field(repr=False)
    api_base: str = "https://discord.com/api/v10"
    gateway_from_api: bool = False
    guild_id: int | None = None
    ready_seconds: float = 2.0
    identify_seconds: float = 5.0
    first_wait_seconds: float = FIRST_WAIT


class Bot:
    """`run` until cancelled. `state` is connecting, connected, refused or away."""

    def __init__(
        self, services: Services, options: BotOptions, report: Callable[[bool], None] = lambda _: None
    ) -> None:
        self._services = services
        self._options = options
        self._report = report
        self._client: IsekaiClient | None = None
        self._with_content = True
        self._trouble: str | None = None

    @property
    def is_connected(self) -> bool:
        return self._client is not None and self._client.is_connected

    @property
    def state(self) -> str:
        if self.is_connected:
            return "connected"
        return self._trouble or "connecting"

    @property
    def client(self) -> IsekaiClient | None:
        return self._client

    async def run(self) -> None:
        """Connect, and connect again with growing waits whatever Discord does."""
        if self._options.gateway_from_api:
            # discord.py keeps the base in a class attribute, read by every request.
            Route.BASE = self._options.api_base.rstrip("/")
        wait = self._options.first_wait_seconds
        while True:
            if await self._connect():
                wait = self._options.first_wait_seconds
                continue
            await self._services.clock.sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT)

    async def _connect(self) -> bool:
        """One connection to its end; whether the next should follow at once."""
        options = self._options
        self._client = client = IsekaiClient(
            self._services,
            guild_id=options.guild_id,
            gateway_from_api=options.gateway_from_api,
            with_content=self._with_content,
            ready_seconds=options.ready_seconds,
            identify_seconds=options.identify_seconds,
            report=self._report,
        )
        try:
            await client.start(options.token)
        except discord.LoginFailure:
            self._refused()
        except discord.PrivilegedIntentsRequired:
            logger.error(NO_CONTENT)
            again, self._with_content = self._with_content, False
            return again
        except discord.ConnectionClosed as error:
            if error.code == 4004:
                self._refused()
            else:
                self._away(error)
        except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError) as error:
            self._away(error)
        finally:
            self._client = None
            self._report(False)
            # Also when cancelled: sessions and sockets are closed, not dropped.
            await asyncio.shield(client.close())
        return False

    def _refused(self) -> None:
        self._trouble = "refused"
        logger.error(BAD_TOKEN)

    def _away(self, error: Exception) -> None:
        self._trouble = "away"
        logger.warning("Discord is away", extra={"reason": f"{type(error).__name__}: {error}"[:300]})
