"""A signed-in connection to a running instance: what an answer took, weighed and cost the server."""

import asyncio
import gzip
import json
import re
import time
import urllib.parse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.processes import Running

LINKED = re.compile(r'(?:<script src|<link rel="stylesheet" href|<use href)="([^"#]+)')
_FINE = ("200", "201", "204", "303")


@dataclass(frozen=True, slots=True)
class Answer:
    """`cpu` is what all threads of the server's process ran meanwhile: other processes do not add to it."""

    seconds: float
    cpu: float
    status: int
    head: str
    packed: int
    body: bytes

    @property
    def location(self) -> str:
        found = re.search(r"^location: (\S+)", self.head, re.MULTILINE | re.IGNORECASE)
        return found[1] if found else ""


class Browser:
    """One connection that asks for packed answers, one at a time, so that the time of a request is the server's."""

    def __init__(self, isekai: Running, cookie: str) -> None:
        self._isekai = isekai
        self.host, port = isekai.url.removeprefix("http://").split(":")
        self.port = int(port)
        self._head = f"Host: {self.host}:{port}\r\nCookie: isekai_session={cookie}\r\nAccept-Encoding: gzip\r\n"
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._linked: dict[str, int] = {}
        self.csrf = ""

    async def get(self, path: str) -> Answer:
        return await self._ask(f"GET {path} HTTP/1.1\r\n{self._head}\r\n".encode())

    async def send(self, method: str, path: str, payload: object) -> dict[str, object]:
        """JSON to the API."""
        answer = await self._carry(method, path, "application/json", json.dumps(payload).encode())
        return dict(json.loads(answer.body)) if answer.body else {}

    async def post(self, path: str, form: Mapping[str, str | Sequence[str]]) -> Answer:
        """A form of a page."""
        body = urllib.parse.urlencode(form, doseq=True).encode()
        return await self._carry("POST", path, "application/x-www-form-urlencoded", body)

    async def me(self) -> dict[str, object]:
        me = json.loads((await self.get("/api/me")).body)
        self.csrf = me["csrf_token"]
        return dict(me)

    async def stream(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection(self.host, self.port)
        writer.write(f"GET /live HTTP/1.1\r\n{self._head}\r\n".encode())
        await reader.readuntil(b"retry: 1000\n\n")
        return reader, writer

    async def weight_of_linked(self, page: str) -> int:
        """Bytes of the style sheets, scripts and icons that a page asks for, packed."""
        asked = {urllib.parse.unquote(found.replace("&amp;", "&")) for found in LINKED.findall(page)}
        for path in sorted(asked - set(self._linked)):
            self._linked[path] = (await self.get(path)).packed
        return sum(self._linked[path] for path in asked)

    async def _carry(self, method: str, path: str, kind: str, body: bytes) -> Answer:
        head = f"{method} {path} HTTP/1.1\r\n{self._head}X-CSRF-Token: {self.csrf}\r\nContent-Type: {kind}\r\n"
        return await self._ask(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)

    async def _ask(self, request: bytes) -> Answer:
        if self._streams is None:
            self._streams = await asyncio.open_connection(self.host, self.port, limit=1 << 24)
        reader, writer = self._streams
        began, ran = time.perf_counter(), self._isekai.cpu_seconds()
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        packed = await _body(reader, head.lower())
        seconds, cpu = time.perf_counter() - began, self._isekai.cpu_seconds() - ran
        status = head[9:12]
        if status not in _FINE:
            raise SystemExit(f"not answered: {request[:200]!r}\n{head}\n{packed[:500]!r}")
        body = gzip.decompress(packed) if "content-encoding: gzip" in head.lower() else packed
        return Answer(seconds, cpu, int(status), head, len(packed), body)


async def _body(reader: asyncio.StreamReader, head: str) -> bytes:
    if (length := re.search(r"content-length: (\d+)", head)) is not None:
        return await reader.readexactly(int(length[1]))
    if "transfer-encoding: chunked" not in head:
        return b""
    pieces = []
    while size := int((await reader.readline()).strip(), 16):
        pieces.append(await reader.readexactly(size))
        await reader.readexactly(2)
    await reader.readexactly(2)
    return b"".join(pieces)
