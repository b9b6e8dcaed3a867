"""One HTTP request to DeviantArt: identified, bounded in time and size, never redirected, never repeated.

Errors of aiohttp end here. `NotSent` means that no connection was made; `AnswerLost` that the request may have
arrived. What the answer itself means is decided in `errors.py`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import quote, urlsplit

import aiohttp

from core.clock import Clock
from core.errors import NotSent, RefusalCode, Refused

SERVICE = "DeviantArt"
API_PATH = "/api/v1/oauth2/"
API_VERSION = "20240701"
CONNECT_SECONDS = 10.0
READ_SECONDS = 30.0
ANSWER_MOST_BYTES = 16 * 1024 * 1024

# (endpoint with ids replaced, status or "not_sent" or "lost", seconds) for every request.
Observe = Callable[[str, str, float], None]
Fields = list[tuple[str, str]]

_ID = re.compile(r"^(\d{4,}|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})$")


class AnswerLost(Exception):
    """The request may have arrived; nobody knows what came of it. Never leaves this package."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    content_type: str
    body: bytes
    retry_after: timedelta | None = None
    date: datetime | None = None


class Transport:
    """Owns the session. `observe` hears of every request; `user_agent` should say where its operator is found."""

    def __init__(self, base_url: str, clock: Clock, *, user_agent: str, observe: Observe | None = None) -> None:
        self._base_url = base_url.rstrip("/")
        self._clock = clock
        self._user_agent = user_agent
        self._observe = observe
        self._session: aiohttp.ClientSession | None = None
        self._is_closed = False
        self.clock_offset = timedelta()
        self.clock_heard_at: datetime | None = None

    def url(self, path: str) -> str:
        return self._base_url + path

    async def close(self) -> None:
        """For good: what is sent afterwards is `NotSent`, so that no connection outlives the process."""
        self._is_closed = True
        if self._session is not None:
            await self._session.close()

    async def send(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        fields: Fields | None = None,
        body: aiohttp.FormData | None = None,
        timeout: timedelta | None = None,
    ) -> Answer:
        """*fields* go into the query of a GET and the form of a POST. Raises `NotSent` or `AnswerLost`."""
        started = self._clock.monotonic()
        outcome = "lost"
        try:
            answer = await self._exchange(method, path, token, fields, body, timeout)
            outcome = str(answer.status)
        except NotSent:
            outcome = "not_sent"
            raise
        finally:
            if self._observe is not None:
                self._observe(endpoint_label(path), outcome, self._clock.monotonic() - started)
        self._learn_time(answer)
        return answer

    async def _exchange(
        self,
        method: str,
        path: str,
        token: str | None,
        fields: Fields | None,
        body: aiohttp.FormData | None,
        timeout: timedelta | None,
    ) -> Answer:
        headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
        if path.startswith(API_PATH):
            headers["dA-minor-version"] = API_VERSION
        is_get = method == "GET"
        try:
            async with self._opened().request(
                method,
                self._base_url + path,
                params=fields if is_get else None,
                data=body if body is not None else (None if is_get else aiohttp.FormData(fields or [])),
                headers=headers,
                # A redirect would carry the token to wherever it points.
                allow_redirects=False,
                timeout=_limits(timeout),
            ) as response:
                return await self._read(response)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotSent(SERVICE, "no connection could be made") from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise AnswerLost(type(error).__name__) from error

    async def _read(self, response: aiohttp.ClientResponse) -> Answer:
        body = bytearray()
        async for chunk in response.content.iter_any():
            body += chunk
            if len(body) > ANSWER_MOST_BYTES:
                raise AnswerLost("answer too long")
        return Answer(
            status=response.status,
            content_type=response.content_type,
            body=bytes(body),
            retry_after=self._retry_after(response.headers),
            # A cached answer carries the date of its making.
            date=_http_date(response.headers.get("Date")) if "Age" not in response.headers else None,
        )

    def _retry_after(self, headers: Mapping[str, str]) -> timedelta | None:
        given = headers.get("Retry-After", "").strip()
        if given.isdecimal() and len(given) < 10:
            return timedelta(seconds=min(int(given), 86400))
        at = _http_date(given)
        if at is None:
            return None
        wait = at - (self._clock.now() + self.clock_offset)
        return min(max(wait, timedelta()), timedelta(days=1))

    def _learn_time(self, answer: Answer) -> None:
        if answer.date is not None:
            self.clock_heard_at = self._clock.now()
            self.clock_offset = answer.date - self.clock_heard_at

    def _opened(self) -> aiohttp.ClientSession:
        if self._is_closed:
            raise NotSent(SERVICE, "Isekai is stopping")
        if self._session is None:
            self._session = aiohttp.ClientSession(
                # Both are mandatory: without them the edge answers 403 with a page (fact sheet, section 2).
                headers={"User-Agent": self._user_agent, "Accept-Encoding": "gzip, deflate"},
                connector=aiohttp.TCPConnector(limit=200),
                cookie_jar=aiohttp.DummyCookieJar(),
                # A proxy named by the environment, but never for the sandbox beside us.
                trust_env=not _is_loopback(self._base_url),
            )
        return self._session


def api_path(endpoint: str) -> str:
    """The path of an endpoint such as `gallery/all`. Raises `Refused` for what cannot be part of one."""
    parts = endpoint.split("/")
    if any(part in (".", "..") for part in parts) or not parts[0]:
        raise Refused(SERVICE, "DeviantArt has nothing at this address.", code=RefusalCode.BAD_FIELD)
    return API_PATH + "/".join(quote(part, safe="") for part in parts)


def endpoint_label(path: str) -> str:
    """The path as metrics name it: below the API's root, ids and names of people replaced."""
    parts = path.removeprefix(API_PATH).strip("/").split("/")
    if parts[:2] == ["user", "profile"]:
        return "user/profile/{username}"
    return "/".join("{id}" if _ID.match(part) else part for part in parts)


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host in ("localhost", "::1") or host.startswith("127.")


def _limits(timeout: timedelta | None) -> aiohttp.ClientTimeout:
    if timeout is None:
        return aiohttp.ClientTimeout(total=60, sock_connect=CONNECT_SECONDS, connect=20, sock_read=READ_SECONDS)
    total = timeout.total_seconds()
    return aiohttp.ClientTimeout(total=total, sock_connect=min(CONNECT_SECONDS, total), connect=min(20, total))


def _http_date(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    return at if at.tzinfo is not None else None
