"""Steady mixed traffic on a running instance: what people, programs, broken clients and networks do all day."""

import asyncio
import contextlib
import json
import socket
import struct
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import quote, urlsplit

import aiohttp

from benchmarks.library import a_picture
from tests.support.app import Caller, authorize
from tests.support.receiver import Receiver, a_receiver

PAGES = (
    "/",
    "/review",
    "/drafts",
    "/scheduled",
    "/published",
    "/failed",
    "/trash",
    "/calendar",
    "/automations",
    "/slots",
    "/folders",
    "/templates",
    "/exclusives",
    "/settings",
    "/settings/notices",
    "/admin/health",
    "/admin/log",
    "/admin/people",
    "/connect",
    "/api/posts",
    "/api/posts?status=published&limit=50",
    "/api/posts?q=work",
    "/api/status",
    "/health",
    "/ready",
    "/no-such-page",
)
BROKEN = b"\x89PNG\r\n\x1a\n and nothing more"
# (method, path, what is sent, the status that is due)
WRONG: tuple[tuple[str, str, dict[str, Any], int], ...] = (
    ("POST", "/api/posts", {"data": b"{", "headers": {"Content-Type": "application/json"}}, 400),
    ("POST", "/api/posts", {"json": {"no_such_field": 1}}, 422),
    ("GET", "/api/posts?limit=x", {}, 422),
    ("GET", "/api/posts/999999999", {}, 404),
    ("GET", "/files/999999999", {}, 404),
    ("POST", "/api/posts/999999999/approve", {"json": {}}, 404),
    ("POST", "/hook/isk_nobody", {"data": b"x", "headers": {"Content-Type": "image/png"}}, 401),
    ("POST", "/api/comfyui/upload", {"data": b"<html>", "headers": {"Content-Type": "text/html"}}, 415),
    (
        "POST",
        "/api/comfyui/upload",
        {"data": BROKEN, "headers": {"Content-Type": "image/png"}},
        422,
    ),
)
TIRED_SECONDS = 30.0

Deed = tuple[float, Callable[[], Awaitable[None]]]  # every so many seconds


@dataclass
class Traffic:
    """Two artists, a program, and everything that goes wrong on the way. `done` counts, `odd` is what was not due."""

    url: str
    owner: Caller
    program: Caller
    patience: float = 1.0  # the longest pause of a rude client, in seconds
    random: Random = field(default_factory=lambda: Random(1))
    done: Counter[str] = field(default_factory=Counter)
    odd: Counter[str] = field(default_factory=Counter)
    posts: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    number: int = 0

    async def run(self, seconds: float, pace: float = 1.0, also: tuple[Deed, ...] = ()) -> None:
        """Each kind at its own beat (*pace* 2: half as often), one at a time."""
        kinds: tuple[Deed, ...] = (
            (2.0, self.upload_and_publish),
            (0.5, self.look),
            (3.0, self.read_picture),
            (2.5, self.watch_briefly),
            (4.0, self.ask_wrongly),
            (5.0, self.break_off_upload),
            (5.0, self.break_off_download),
            (7.0, self.send_rubbish),
            (9.0, self.change_mind),
            (20.0, self.edit_many),
            (45.0, self.export),
            (60.0, self.sign_in_and_out),
            (300.0, self.back_up),
            *also,
        )
        until = time.monotonic() + seconds
        async with asyncio.TaskGroup() as group:
            for every, act in kinds:
                group.create_task(self._beat(every * pace, act, until))

    async def _beat(self, every: float, act: Callable[[], Awaitable[None]], until: float) -> None:
        while time.monotonic() < until:
            try:
                await asyncio.wait_for(act(), TIRED_SECONDS)
                self.done[act.__name__] += 1
            except (aiohttp.ClientError, OSError, TimeoutError) as error:
                self.odd[f"{act.__name__}: {type(error).__name__}"] += 1
            await asyncio.sleep(min(every * self.random.uniform(0.7, 1.3), max(0.0, until - time.monotonic())))

    def _due(self, what: str, status: int, *expected: int) -> None:
        if status not in expected:
            self.odd[f"{what}: {status}"] += 1

    # What people and programs do

    async def upload_and_publish(self) -> None:
        self.number += 1
        width = 1200 if self.number % 10 == 0 else 64
        picture = a_picture(self.number, width=width, height=width * 3 // 4)
        # Two pictures of one colour would be taken for a repeated call.
        picture += self.number.to_bytes(4, "big")
        headers = {"Content-Type": "image/png"}
        title = f"Work {self.number}"
        answer = await self.program.post(f"/api/comfyui/upload?title={quote(title)}", data=picture, headers=headers)
        self._due("upload", answer.status, 201)
        if answer.status != 201:
            return
        post_id = answer.body["id"]
        self.posts = [*self.posts[-200:], post_id]
        edit = {"version": 1, "title": title, "is_mature": False, "tags": ["sea", f"n{self.number}"]}
        edited = await self.owner.patch(f"/api/posts/{post_id}", json=edit)
        self._due("edit", edited.status, 200)
        if edited.status == 200:
            self.files = [*self.files[-200:], *(file["url"] for file in edited.body["files"])]
        match self.number % 5:
            case 0:
                verb, body = "schedule", {"when": "in 2h"}
            case 1:
                verb, body = "approve", {}
            case _:
                verb, body = "publish", {}
        self._due(verb, (await self.owner.post(f"/api/posts/{post_id}/{verb}", json=body)).status, 200)

    async def look(self) -> None:
        path = self.random.choice((*PAGES, *(f"/posts/{post_id}" for post_id in self.posts[-6:])))
        answer = await self.owner.get(path)
        self._due(path if not path.startswith("/posts/") else "/posts/…", answer.status, 200, 404)

    async def read_picture(self) -> None:
        if self.files:
            url = self.random.choice(self.files)
            self._due("thumb", (await self.owner.get(f"{urlsplit(url).path}/thumb")).status, 200, 404)

    async def change_mind(self) -> None:
        if not self.posts:
            return
        post_id = self.random.choice(self.posts)
        verb = self.random.choice(("hold", "unhold", "unschedule", "reject", "restore", "retry"))
        answer = await self.owner.post(f"/api/posts/{post_id}/{verb}", json={})
        self._due(verb, answer.status, 200, 404, 409, 422)

    async def edit_many(self) -> None:
        body = {"ids": self.posts[-20:], "action": "edit", "fields": {"tags": ["many"]}, "tags_mode": "add"}
        if self.posts:
            self._due("batch", (await self.owner.post("/api/posts/batch", json=body)).status, 200)

    async def export(self) -> None:
        self._due("export", (await self.owner.get("/api/export?pictures=none")).status, 200)

    async def back_up(self) -> None:
        form = {"csrf_token": self.owner.headers["X-CSRF-Token"]}
        answer = await self.owner.post("/admin/backups", data=form)
        self._due("backup", answer.status, 303)

    async def sign_in_and_out(self) -> None:
        browser = Caller(self.url)
        try:
            answer = await authorize(browser, "artist02")
            self._due("sign in", answer.status, 303)
            me = await browser.get("/api/me")
            token = me.body["csrf_token"] if me.status == 200 else ""
            self._due("sign out", (await browser.post("/auth/logout", data={"csrf_token": token})).status, 303)
        finally:
            await browser.close()

    # What goes wrong

    async def watch_briefly(self) -> None:
        """A page that is open for a while and then closed without a word, or after a missed stretch."""
        headers = {"Last-Event-ID": "1"} if self.random.random() < 0.3 else {}
        timeout = aiohttp.ClientTimeout(total=TIRED_SECONDS)
        with contextlib.suppress(TimeoutError):
            async with self.owner.session.get(f"{self.url}/live", headers=headers, timeout=timeout) as answer:
                async with asyncio.timeout(self.random.uniform(0.1, 8.0) * self.patience):
                    async for _ in answer.content:
                        pass

    async def ask_wrongly(self) -> None:
        method, path, options, due = self.random.choice(WRONG)
        caller = self.program if path.startswith("/api/comfyui") else self.owner
        self._due(f"{method} {path}", (await caller(method, path, **options)).status, due)

    async def break_off_upload(self) -> None:
        """Half a picture, then silence: by closing, or by a reset."""
        key = self.program.headers["Authorization"]
        head = (
            f"POST /api/comfyui/upload HTTP/1.1\r\nHost: x\r\nAuthorization: {key}\r\n"
            "Content-Type: image/png\r\nContent-Length: 4000000\r\n\r\n"
        ).encode()
        await self._rudely(head + a_picture(self.number) + bytes(300_000))

    async def break_off_download(self) -> None:
        path = urlsplit(self.random.choice(self.files)).path if self.files else "/"
        path = self.random.choice((path, "/api/export", "/live", "/published"))
        await self._rudely(f"GET {path} HTTP/1.1\r\nHost: x\r\n{self._cookie()}\r\n\r\n".encode(), read=200)

    async def send_rubbish(self) -> None:
        rubbish = (b"\x16\x03\x01\x02\x00", b"GET / HTTP/9.9\r\n\r\n", b"POST /api/posts HTTP/1.1\r\nHost:", b"")
        await self._rudely(self.random.choice(rubbish))

    def _cookie(self) -> str:
        return "Cookie: " + "; ".join(f"{cookie.key}={cookie.value}" for cookie in self.owner.jar)

    async def _rudely(self, sent: bytes, *, read: int = 0) -> None:
        """Send, perhaps read a little, wait a moment, and be gone."""
        address = urlsplit(self.url)
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        try:
            writer.write(sent)
            if read:
                with contextlib.suppress(asyncio.IncompleteReadError):
                    await reader.readexactly(read)
            await asyncio.sleep(self.random.uniform(0.0, self.patience))
            if self.random.random() < 0.5:
                connection = writer.get_extra_info("socket")
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()


@contextlib.asynccontextmanager
async def visiting(url: str) -> AsyncIterator[tuple["Traffic", Receiver]]:
    """People signed in, a key made, a webhook listening; all through the front door."""
    owner, program = Caller(url), Caller(url)
    async with a_receiver() as receiver:
        try:
            answer = await authorize(owner, "artist01")
            if answer.status != 303:
                raise SystemExit(f"nobody could sign in: {answer.status} {answer.text[:500]}")
            owner.headers["X-CSRF-Token"] = (await owner.get("/api/me")).body["csrf_token"]
            key = await owner.post("/api/keys", json={"name": "soak", "scopes": ["upload"]})
            program.headers["Authorization"] = f"Bearer {key.body['key']}"
            allowed = await owner("PUT", "/api/instance/programs", json={"allow_private_webhooks": True})
            hook = await owner.post("/api/webhooks", json={"url": receiver.url, "name": "soak"})
            if (key.status, allowed.status, hook.status) != (201, 200, 201):
                raise SystemExit(f"not set up: {json.dumps([key.body, allowed.body, hook.body])}")
            yield Traffic(url, owner, program), receiver
        finally:
            await owner.close()
            await program.close()
