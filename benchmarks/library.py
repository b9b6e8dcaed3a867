"""Fills a home with people, accounts and posts through the product's own store, while nothing serves it."""

import hashlib
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from benchmarks.processes import against, call, environment
from core.account import Account
from core.actor import Actor
from core.app import App, build
from core.clock import SystemClock
from core.deviantart import Artist, TokenPair
from core.planning.wall_clock import planned_at, zone
from core.ports import NewPost
from core.posts.fields import Details
from core.posts.files import NewFile
from core.posts.post import Post, PostStatus
from core.settings import load_settings
from core.users import Role
from data.migrate import bring_up_to_date


@asynccontextmanager
async def library(home: Path, sandbox_url: str, **settings: str) -> AsyncIterator[App]:
    """The parts of the product on *home*, opened but not serving."""
    loaded = load_settings(environment(home, **against(sandbox_url), **settings), {})
    clock = SystemClock()
    bring_up_to_date(loaded.database, backups=home / "backups", now=clock.now())
    app = build(loaded, public_url="http://127.0.0.1", deviantart_url=sandbox_url, clock=clock, random=Random(1))
    await app.database.open()
    app.images.prepare()
    try:
        yield app
    finally:
        await app.transport.close()
        await app.database.close()
        app.people_reads.close()


async def add_person(app: App, sandbox_url: str, username: str, *, user_id: int | None = None) -> Account:
    """An artist of the sandbox with fresh tokens; a person of their own unless *user_id* says whose it is."""
    granted = call(f"{sandbox_url}/_sandbox/grant", {"username": username})
    pair = TokenPair(
        granted["access_token"],
        granted["refresh_token"],
        timedelta(hours=1),
        frozenset(granted["scopes"].split() if isinstance(granted["scopes"], str) else granted["scopes"]),
    )
    artist = Artist(granted["userid"], username, "")
    async with app.store.transaction() as tx:
        if user_id is None:
            role = Role.MEMBER if await tx.people.has_users() else Role.ADMIN
            person = await tx.people.add_user(name=username, role=role, time_zone="UTC", at=app.clock.now())
            user_id = person.id
        return await app.accounts.link(tx, user_id=user_id, artist=artist, pair=pair)


def a_picture(number: int, *, width: int = 64, height: int = 48) -> bytes:
    """A small PNG, different for each number."""
    from PIL import Image

    shade = (number * 37 % 256, number * 91 % 256, number // 256 % 256)
    packed = io.BytesIO()
    Image.new("RGB", (width, height), shade).save(packed, "PNG")
    return packed.getvalue()


async def keep_picture(
    app: App, content: bytes, *, name: str = "picture.png", size: tuple[int, int] = (64, 48)
) -> NewFile:
    sha256 = hashlib.sha256(content).hexdigest()
    async with app.images.incoming(max_bytes=1 << 30) as incoming:
        await incoming.write(content)
        await incoming.finish()
        await app.images.keep(incoming.path, sha256, "image/png")
    return NewFile(name, "image/png", len(content), *size, sha256)


async def add_post(app: App, account: Account, file: NewFile, title: str, *, tags: tuple[str, ...] = ()) -> Post:
    details = Details(title=title, tags=tags, is_ai_generated=True, is_mature=False)
    async with app.store.transaction() as tx:
        return await tx.posts.add(
            NewPost(account.user_id, account.id, PostStatus.DRAFT, details, (file,), source="benchmark"),
            at=app.clock.now(),
        )


async def schedule(app: App, post: Post, due_at: datetime) -> None:
    await app.planner.schedule(post.id, planned_at(due_at, zone("UTC")), by=Actor(post.user_id, "benchmark"))


def seconds_from_now(seconds: float) -> datetime:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).replace(microsecond=0)
