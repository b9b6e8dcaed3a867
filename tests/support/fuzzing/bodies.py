"""Bodies of requests: forms, JSON and raw pictures, whole and cut short."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import Mock
from urllib.parse import quote

from aiohttp import StreamReader, web
from aiohttp.test_utils import make_mocked_request
from hypothesis import strategies as st

from core.errors import UserError
from tests.support.fuzzing import texts
from tests.support.pictures import a_png
from web.bodies import read_object
from web.hooks.reading import read_upload
from web.keys import SITE, Site

MOST = 4 * 1024 * 1024  # bytes that a body of a few kilobytes may become
PICTURE = a_png(8, 8)
PACKED = base64.b64encode(PICTURE).decode()


@dataclass(frozen=True, slots=True)
class Body:
    kind: str
    content: bytes
    query: str = ""


@dataclass
class Tray:
    """Counts what it is given."""

    files: list[tuple[str | None, int]] = field(default_factory=list)

    async def add(self, name: str | None, chunks: AsyncIterator[bytes]) -> None:
        self.files.append((name, sum([len(chunk) async for chunk in chunks])))


@st.composite
def uploads(draw: st.DrawFn) -> Body:
    query = draw(st.sampled_from(["", "filename=a.png", "title=x&title=y", "filename=" + quote("a\r\nb")]))
    match draw(st.sampled_from(["form", "json", "plain", "raw"])):
        case "form":
            return Body(draw(_FORM_KINDS), _form(draw), query)
        case "json":
            return Body("application/json", _damaged(draw, json.dumps(_with_picture(draw)).encode()), query)
        case "plain":
            pairs = draw(st.lists(st.tuples(texts.words(), texts.words()), max_size=4))
            text = "&".join(f"{quote(a, errors='replace')}={quote(b, errors='replace')}" for a, b in pairs)
            said = quote(json.dumps(draw(texts.json_values())))
            return Body(
                "application/x-www-form-urlencoded", _damaged(draw, f"{text}&payload_json={said}".encode()), query
            )
        case _:
            kinds = st.sampled_from(
                ["image/png", "video/mp4", "application/octet-stream", "text/plain", "", "image/"]
            )
            return Body(draw(kinds), PICTURE, query)


_FORM_KINDS = st.sampled_from(
    ["multipart/form-data; boundary=b", 'multipart/form-data; boundary="b"', "multipart/form-data",
    "multipart/mixed; boundary=b",
     "multipart/form-data; boundary=" + "b" * 80, "multipart/form-data; boundary="]
)  # fmt: skip
_PART_HEADERS = st.sampled_from(
    ["Content-Disposition: form-data; name=\"title\"",
    "Content-Disposition: form-data; name=\"file\"; filename=\"a.png\"",
     "Content-Disposition: form-data; name=\"payload_json\"", "Content-Disposition: form-data",
     "Content-Disposition: ;;;",
     "Content-Disposition: form-data; name=\"x\"; filename*=UTF-8''%ff%0d%0a", "Content-Type: image/png",
     "Content-Type: multipart/mixed; boundary=c", "Content-Transfer-Encoding: base64", "Content-Transfer-Encoding: x",
     "Content-Encoding: gzip", "Content-Length: 5", "Content-Type: text/plain; charset=nonsense",
     "X: " + "y" * 9_000, "no colon"]
)  # fmt: skip


def _form(draw: st.DrawFn) -> bytes:
    lines = b""
    for _ in range(draw(st.integers(0, 4))):
        headers = "\r\n".join(draw(st.lists(_PART_HEADERS, max_size=3)))
        content = draw(
            st.sampled_from([PICTURE, PACKED.encode(), b"", b"--b", b"{", b'{"a":' * 2_000]) | st.binary(max_size=60)
        )
        lines += b"--b\r\n" + headers.encode() + b"\r\n\r\n" + content + b"\r\n"
    return _damaged(draw, lines + b"--b--\r\n")


def _with_picture(draw: st.DrawFn) -> Any:
    body = draw(texts.json_values())
    pictures = st.sampled_from(
        [PACKED, f"data:image/png;base64,{PACKED}", "###", {"data": PACKED, "filename": "a"}, [[PACKED]], 5]
    )
    for name in draw(st.sets(st.sampled_from(["image", "images", "data", "file", "files", "base64"]), max_size=2)):
        body[name] = draw(pictures | st.lists(pictures, max_size=3))
    return draw(st.sampled_from([body, [body], [PACKED]]))


def _damaged(draw: st.DrawFn, content: bytes) -> bytes:
    """As it is, cut short, or with bytes of another."""
    match draw(st.sampled_from(["whole", "whole", "cut", "set"])):
        case "cut":
            return content[: draw(st.integers(0, len(content)))]
        case "set" if content:
            at = draw(st.integers(0, len(content) - 1))
            return content[:at] + draw(st.binary(min_size=1, max_size=4)) + content[at + 1 :]
        case _:
            return content


def json_bodies() -> st.SearchStrategy[Body]:
    text = texts.json_values().map(lambda value: json.dumps(value).encode()) | st.binary(max_size=60)
    deep = st.sampled_from(
        [b"[" * 60_000, b'{"a":' * 100_000, b'{"a":' + b"[" * 900 + b"]" * 900 + b"}", b"\xff", b"NaN"]
    )
    return st.builds(Body, st.sampled_from(["application/json", "text/plain", "application/x+json"]), text | deep)


def check_upload(body: Body) -> None:
    """Files on the tray and fields, or a refusal with a sentence; never more than came."""
    tray = Tray()
    try:
        sent = asyncio.run(_read(body, tray))
    except UserError as refusal:
        assert refusal.sentence
        return
    assert sum(size for _, size in tray.files) < MOST
    texts.check_said(sent.given)


async def _read(body: Body, tray: Tray) -> Any:
    return await read_upload(_request(body), tray)  # type: ignore[arg-type]  # only `add` and `files` are used


def check_object(body: Body) -> None:
    async def read() -> dict[str, Any]:
        return await read_object(_request(body))

    try:
        found = asyncio.run(read())
    except UserError as refusal:
        assert refusal.sentence
    else:
        texts.check_said(found)


def _request(body: Body) -> web.Request:
    stream = StreamReader(Mock(_reading_paused=False), 2**20, loop=asyncio.get_running_loop())
    stream.feed_data(body.content)
    stream.feed_eof()
    app = web.Application()
    app[SITE] = Site("http://isekai.example")
    headers = {"Content-Type": body.kind, "Content-Length": str(len(body.content))}
    return make_mocked_request("POST", f"/hook/key?{body.query}", headers=headers, payload=stream, app=app)
