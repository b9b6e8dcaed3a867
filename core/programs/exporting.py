"""Use case: everything a person has here, as one zip that is written while it is downloaded.

`posts.jsonl` can be brought in again as a plan; its `files` name entries of the same archive.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any, Protocol

from core.clock import Clock
from core.errors import NotFound
from core.events import Event
from core.ports import PostQuery, Reads
from core.posts.fields import DETAIL_NAMES
from core.posts.files import PostFile
from core.posts.pictures import ImageStore
from core.posts.post import Post, PostStatus
from core.programs.zip_stream import ZipStream
from core.users import User
from core.webhooks.envelope import stamp

PAGE = 100
CHUNK = 256 * 1024
FORMAT = 1
POSTS = "posts.jsonl"
_SUFFIXES = {
    "image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "image/webp": "webp", "image/bmp": "bmp",
    "image/tiff": "tiff", "image/avif": "avif", "video/mp4": "mp4", "video/webm": "webm", "video/quicktime": "mov",
}  # fmt: skip


class ExportReads(Protocol):
    async def metadata(self, post_ids: Sequence[int]) -> Mapping[int, str]:
        """The private generation metadata (JSON) of those posts' files, by file id."""
        ...


class SettingsWriter(Protocol):
    async def write(self, user_id: int) -> Mapping[str, Any]: ...


class Exports:
    def __init__(
        self, reads: Reads, more: ExportReads, settings: SettingsWriter, images: ImageStore, clock: Clock
    ) -> None:
        self._reads = reads
        self._more = more
        self._settings = settings
        self._images = images
        self._clock = clock

    async def stream(self, user: User) -> AsyncIterator[bytes]:
        """The archive, piece by piece. Memory holds one page of posts and one piece of a picture."""
        async with self._images.held(), aclosing(self._archive(user)) as pieces:
            async for piece in pieces:
                yield piece

    async def _archive(self, user: User) -> AsyncGenerator[bytes]:
        zip_stream = ZipStream(at=self._clock.now())
        try:
            for name, lines in (
                ("isekai-export.json", _once(self._manifest(user))),
                ("settings.json", _once(await self._set(user))),
                (POSTS, self._posts(user)),
                ("history.jsonl", self._history(user)),
            ):
                async for piece in zip_stream.entry(name, lines, pack=True):
                    yield piece
            async for post in self._every_post(user):
                for file in post.files:
                    async for piece in self._picture(zip_stream, file):
                        yield piece
            for piece in zip_stream.end():
                yield piece
        finally:
            zip_stream.close()

    async def _set(self, user: User) -> str:
        return json.dumps(await self._settings.write(user.id), indent=2, ensure_ascii=False)

    def _manifest(self, user: User) -> str:
        return json.dumps({"format": FORMAT, "user": user.name, "exported_at": stamp(self._clock.now())})

    async def _every_post(self, user: User) -> AsyncIterator[Post]:
        cursor: str | None = None
        while True:
            page = await self._reads.posts(PostQuery(user.id, statuses=tuple(PostStatus), limit=PAGE, cursor=cursor))
            for post in page.posts:
                yield post
            cursor = page.next_cursor
            if cursor is None:
                return

    async def _posts(self, user: User) -> AsyncIterator[bytes]:
        names = {account.id: account.username for account in await self._reads.accounts(user.id)}
        cursor: str | None = None
        while True:
            page = await self._reads.posts(PostQuery(user.id, statuses=tuple(PostStatus), limit=PAGE, cursor=cursor))
            metadata = await self._more.metadata([post.id for post in page.posts])
            yield await asyncio.to_thread(_lines, page.posts, names, metadata)
            cursor = page.next_cursor
            if cursor is None:
                return

    async def _history(self, user: User) -> AsyncIterator[bytes]:
        after = 0
        while events := await self._reads.events_after(after, user_id=user.id, limit=500):
            yield "".join(_event_line(event) for event in events).encode()
            after = events[-1].id

    async def _picture(self, zip_stream: ZipStream, file: PostFile) -> AsyncIterator[bytes]:
        try:
            async with self._images.local_copy(file.sha256) as path:
                async for piece in zip_stream.entry(file_name(file), _pieces(path)):
                    yield piece
        except NotFound:
            return  # kept for its thumbnail only: the retention setting removed the picture after publishing


def file_name(file: PostFile) -> str:
    return f"files/{file.post_id}/{file.position + 1}.{_SUFFIXES.get(file.mime, 'bin')}"


def post_line(post: Post, account: str, metadata: Mapping[int, str]) -> dict[str, Any]:
    """One post as a row of a plan, and what an importer leaves alone beside it."""
    plan = post.plan
    details = {name: getattr(post.details, name) for name in DETAIL_NAMES}
    row = {name: value for name, value in details.items() if value not in (None, (), "")}
    return row | {
        "id": str(post.id),
        "account": account,
        "status": post.status,
        "notes": post.notes,
        "local": plan.due_local.strftime("%Y-%m-%dT%H:%M") if plan else None,
        "time_zone": plan.time_zone if plan else None,
        "due_at": stamp(plan.due_at) if plan else None,
        "jitter_seconds": plan.jitter_seconds if plan else 0,
        "published_at": stamp(post.published_at) if post.published_at else None,
        "created_at": stamp(post.created_at),
        "files": [_file_line(file) for file in post.files],
        "publications": [
            {"state": one.state, "deviation_id": one.deviation_id, "deviation_url": one.deviation_url}
            for one in post.publications
        ],
        "generation": {file_name(f): json.loads(metadata[f.id]) for f in post.files if f.id in metadata},
    }


def _file_line(file: PostFile) -> dict[str, Any]:
    return {
        "path": file_name(file),
        "name": file.name,
        "sha256": file.sha256,
        "mime": file.mime,
        "width": file.width,
        "height": file.height,
    }


def _lines(posts: Sequence[Post], names: Mapping[int, str], metadata: Mapping[int, str]) -> bytes:
    rows = (post_line(post, names.get(post.account_id, ""), metadata) for post in posts)
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def _event_line(event: Event) -> str:
    said = {
        "at": stamp(event.at),
        "kind": event.kind,
        "text": event.text,
        "actor": event.actor,
        "post_id": str(event.post_id) if event.post_id is not None else None,
    }
    return json.dumps(said, ensure_ascii=False) + "\n"


async def _once(text: str) -> AsyncIterator[bytes]:
    yield text.encode()


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while piece := await asyncio.to_thread(file.read, CHUNK):
            yield piece
