"""Uploads byte for byte as known clients write them: each has habits of its own in boundaries, names and headers."""

import asyncio
import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from tests.support.app import AppHarness, Caller
from tests.support.pictures import a_png


@dataclass(frozen=True)
class Sent:
    """A request below its first line; `title` is what the post is called afterwards."""

    headers: tuple[str, ...]
    body: bytes
    title: str
    chunked: bool = False
    path: str = "/hook/{key}"


def parts(boundary: str, *given: tuple[str, bytes]) -> bytes:
    """Each: its head, its content."""
    body = b"".join(b"--%s\r\n%s\r\n\r\n%s\r\n" % (boundary.encode(), h.encode(), c) for h, c in given)
    return body + b"--%s--\r\n" % boundary.encode()


def form(boundary: str, title: str, *given: tuple[str, bytes], quoted: bool = False, chunked: bool = False) -> Sent:
    shown = f'"{boundary}"' if quoted else boundary
    return Sent((f"Content-Type: multipart/form-data; boundary={shown}",), parts(boundary, *given), title, chunked)


def curl(png: bytes) -> Sent:
    sent = form(
        "------------------------d74496d66958873e", "From curl",
        ('Content-Disposition: form-data; name="title"', b"From curl"),
        ('Content-Disposition: form-data; name="file"; filename="dawn.png"\r\nContent-Type: image/png', png),
    )  # fmt: skip
    return Sent(
        ("User-Agent: curl/7.88.1", "Accept: */*", *sent.headers, "Expect: 100-continue"), sent.body, sent.title
    )


def python_requests(png: bytes) -> Sent:
    return form(
        "9f3a2f1c8f1b4b0e8b7a6d5c4e3f2a1b", "dämmerung",
        ('Content-Disposition: form-data; name="image"; filename="dämmerung.png"\r\nContent-Type: image/png', png),
    )  # fmt: skip


def older_requests(png: bytes) -> Sent:
    """A file name that is not ASCII, as urllib3 before version 2 writes it."""
    return form(
        "0a1b2c3d4e5f60718293a4b5c6d7e8f9", "dämmerung",
        ("Content-Disposition: form-data; name=\"image\"; filename*=utf-8''d%C3%A4mmerung.png", png),
    )  # fmt: skip


def dotnet(png: bytes) -> Sent:
    return form(
        "7f0e4a52-5a35-4f43-9d6e-1f1a9a3a0a11", "From NET",
        ("Content-Type: text/plain; charset=utf-8\r\nContent-Disposition: form-data; name=title", b"From NET"),
        ("Content-Type: image/png\r\nContent-Disposition: form-data; name=file; filename=dawn.png;"
         " filename*=utf-8''dawn.png", png),
        quoted=True,
    )  # fmt: skip


def okhttp(png: bytes) -> Sent:
    return form(
        "3a9f1f0c-1d0b-4c0e-8a51-7f0d9d7b6a55", "From OkHttp",
        ('Content-Disposition: form-data; name="title"\r\nContent-Length: 11', b"From OkHttp"),
        (f'Content-Disposition: form-data; name="picture"; filename="dawn.png"\r\nContent-Type: image/png\r\n'
         f"Content-Length: {len(png)}", png),
    )  # fmt: skip


def undici(png: bytes) -> Sent:
    return form(
        "----formdata-undici-043819563125", "From fetch",
        ('Content-Disposition: form-data; name="title"', b"From fetch"),
        ('Content-Disposition: form-data; name="blob"; filename="blob"\r\nContent-Type: image/png', png),
        chunked=True,
    )  # fmt: skip


def go(png: bytes) -> Sent:
    return form(
        "2d9f2f3c7f9e6b1a0c5d4e3f2a1b9c8d7e6f5a4b3c2d1e0f9a8b7c6d5e4f", "dawn",
        ('Content-Disposition: form-data; name="upload"; filename="dawn.png"\r\n'
         "Content-Type: application/octet-stream", png),
    )  # fmt: skip


def browser(png: bytes) -> Sent:
    return form(
        "----WebKitFormBoundary7MA4YWxkTrZu0gW", "dawn (1)",
        ('Content-Disposition: form-data; name="files[]"; filename="dawn (1).png"\r\nContent-Type: image/png',
         png),
    )  # fmt: skip


def discord_library(png: bytes) -> Sent:
    payload = json.dumps({"content": "Seen in passing\nby the sea #light", "username": "bot", "embeds": []}).encode()
    return form(
        "5f0b8a2b3f4c4d5e9a7b6c5d4e3f2a10", "Seen in passing",
        ('Content-Disposition: form-data; name="payload_json"\r\nContent-Type: application/json', payload),
        ('Content-Type: application/octet-stream\r\nContent-Disposition: form-data; name="files[0]";'
         ' filename="dawn.png"', png),
    )  # fmt: skip


def sharex(png: bytes) -> Sent:
    return form(
        "--------------------8dc0f1a2b3c4d5e", "ShareX 2026 11 30",
        ('Content-Disposition: form-data; name="file"; filename="ShareX_2026-11-30.png"\r\nContent-Type: image/png',
         png),
    )  # fmt: skip


def streamed_body(png: bytes) -> Sent:
    return Sent(("Content-Type: image/png",), png, "Streamed", chunked=True, path="/hook/{key}?title=Streamed")


def curl_data_binary(png: bytes) -> Sent:
    """Without a type of its own everything is a form to curl."""
    headers = ("User-Agent: curl/7.88.1", "Accept: */*", "Content-Type: application/x-www-form-urlencoded")
    return Sent(headers, png, "By hand", path="/hook/{key}?title=By%20hand")


def webui(png: bytes) -> Sent:
    """What image generators with an API of their own answer, passed on as it is."""
    body = {"images": [base64.b64encode(png).decode()], "parameters": {"steps": 20}, "info": '{"seed": 7}',
            "title": "From a web UI"}  # fmt: skip
    return Sent(("Content-Type: application/json; charset=utf-8",), json.dumps(body).encode(), "From a web UI")


def data_url(png: bytes) -> Sent:
    packed = "data:image/png;base64," + base64.encodebytes(png).decode()
    body = {"image": packed, "filename": "canvas.png", "isMature": False}
    return Sent(("Content-Type: application/json",), json.dumps(body).encode(), "canvas")


CLIENTS: tuple[Callable[[bytes], Sent], ...] = (
    curl, python_requests, older_requests, dotnet, okhttp, undici, go, browser, discord_library, sharex,
    streamed_body,
    curl_data_binary, webui, data_url,
)  # fmt: skip


async def send(url: str, key: str, sent: Sent) -> bytes:
    at = urlsplit(url)
    assert at.hostname is not None and at.port is not None
    reader, writer = await asyncio.open_connection(at.hostname, at.port)
    length = "Transfer-Encoding: chunked" if sent.chunked else f"Content-Length: {len(sent.body)}"
    head = [f"POST {sent.path.format(key=key)} HTTP/1.1", f"Host: {at.netloc}", *sent.headers, length]
    writer.write("\r\n".join([*head, "Connection: close", "", ""]).encode())
    if any(header.startswith("Expect") for header in sent.headers):
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    if sent.chunked:
        for start in range(0, len(sent.body), 50):
            piece = sent.body[start : start + 50]
            writer.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        writer.write(b"0\r\n\r\n")
    else:
        writer.write(sent.body)
    answer = await reader.read()
    writer.close()
    return answer


async def test_what_each_known_client_writes_becomes_a_post(app: AppHarness, mira: Caller) -> None:
    key = (await mira.post("/api/keys", json={"name": "x", "scopes": ["upload"]})).body["key"]

    found = {}
    for number, client in enumerate(CLIENTS):
        sent = client(a_png(8 + number, 9))
        head, _, body = (await send(app.url, key, sent)).partition(b"\r\n\r\n")
        made = json.loads(body)
        post = (await mira.get(f"/api/posts/{made['id']}")).body if made.get("id") else made
        found[client.__name__] = head[9:12], post.get("status"), post.get("title"), len(post.get("files", []))

    assert found == {client.__name__: (b"201", "review", client(b"").title, 1) for client in CLIENTS}


async def test_letters_of_old_clients_are_understood_in_headers_too(app: AppHarness, mira: Caller) -> None:
    key = await mira.post("/api/keys", json={"name": "x", "scopes": ["upload"]})
    at = urlsplit(app.url)
    heads = (
        b'Content-Type: multipart/form-data; boundary="b"\r\n',
        b"Content-Type: image/png\r\nX-Filename: caf\xe9.png\r\n",
        b"Content-Type: image/png\r\nIdempotency-Key: caf\xe9\r\n",
    )
    bodies = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="caf\xe9.png"\r\n\r\n%s\r\n--b--\r\n'
        % a_png(30),
        a_png(31),
        a_png(32),
    )
    made = []
    for head, body in zip(heads, bodies, strict=True):
        reader, writer = await asyncio.open_connection(at.hostname, at.port)
        writer.write(f"POST /hook/{key.body['key']} HTTP/1.1\r\nHost: {at.netloc}\r\n".encode() + head)
        writer.write(b"User-Agent: D\xe9veloppeur\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body))
        writer.write(body)
        made.append((await reader.read())[9:12])
        writer.close()

    assert made == [b"201", b"201", b"201"]
    named = [file["name"] for post in (await mira.get("/api/posts?limit=3")).body["items"] for file in post["files"]]
    assert sorted(named)[:2] == ["café.png", "café.png"]
    assert "Développeur" in (await mira.get(f"/keys/{key.body['id']}")).text
