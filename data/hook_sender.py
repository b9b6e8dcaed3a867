"""One signed call to a receiver: no redirects, no proxies, bounded in time and size, never into a private network.

The address is checked where the socket is made, after resolution and once for every address that is tried: a name
that resolves differently the second time gains nothing, and neither does an address written in an odd form.
"""

import socket
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import aiohttp

from core.clock import Clock
from core.webhooks.addresses import is_public
from core.webhooks.webhook import Outcome

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 15.0
ANSWER_KEPT = 2_000  # bytes of the answer for the delivery log
RETRY_AFTER_MOST = timedelta(hours=12)
REFUSED = "Its address is inside a private network, which this instance does not call."


class PrivateAddress(OSError):
    """The name leads to an address that may not be called."""


def guarded_socket(info: tuple[Any, ...]) -> socket.socket:
    """Makes the socket for one resolved address. Raises `PrivateAddress`."""
    family, kind, protocol, _, address = info
    if not is_public(str(address[0])):
        raise PrivateAddress(REFUSED)
    return socket.socket(family=family, type=kind, proto=protocol)


class HookSender:
    """Keeps no connection: receivers are called seldom."""

    def __init__(
        self, clock: Clock, *, user_agent: str, resolver: aiohttp.abc.AbstractResolver | None = None
    ) -> None:
        self._clock = clock
        self._user_agent = user_agent
        self._resolver = resolver

    async def send(self, url: str, headers: Mapping[str, str], body: str, *, private_allowed: bool) -> Outcome:
        started = self._clock.monotonic()
        outcome = await self._send(url, headers, body, private_allowed)
        took = int((self._clock.monotonic() - started) * 1000)
        return Outcome(outcome.status, outcome.error, outcome.answer, outcome.retry_after, took)

    async def _send(self, url: str, headers: Mapping[str, str], body: str, private_allowed: bool) -> Outcome:
        connector = aiohttp.TCPConnector(
            socket_factory=None if private_allowed else guarded_socket,
            resolver=self._resolver,
            use_dns_cache=False,
            force_close=True,
        )
        sent = dict(headers) | {"Content-Type": "application/json", "User-Agent": self._user_agent}
        limits = aiohttp.ClientTimeout(total=ANSWER_SECONDS, sock_connect=CONNECT_SECONDS)
        try:
            async with (
                aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as session,
                session.post(
                    url, data=body.encode(), headers=sent, allow_redirects=False, timeout=limits, max_line_size=8190
                ) as response,
            ):
                answer = await response.content.read(ANSWER_KEPT)
                return Outcome(
                    response.status,
                    answer=answer.decode("utf-8", "replace"),
                    retry_after=_retry_after(response.headers.get("Retry-After", "")),
                )
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return Outcome(None, _sentence(error))


def _sentence(error: BaseException) -> str:
    if REFUSED in str(error) or isinstance(error.__cause__, PrivateAddress):
        return REFUSED
    match error:
        case TimeoutError():
            return "No answer came in time."
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientConnectorSSLError():
            return "No secure connection could be made: its certificate is not valid here."
        case aiohttp.ClientConnectorDNSError():
            return "Its name is not known."
        case aiohttp.ClientConnectorError():
            return "No connection could be made."
        case aiohttp.ServerDisconnectedError():
            return "It closed the connection without an answer."
        case _:
            return "What it answered cannot be understood."


def _retry_after(value: str) -> timedelta | None:
    if not value.strip().isdecimal() or len(value) > 9:
        return None
    return min(timedelta(seconds=min(int(value), 10**6)), RETRY_AFTER_MOST)
