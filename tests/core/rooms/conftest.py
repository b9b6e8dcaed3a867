"""The rooms over a real database and the sandbox, without the web."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

import pytest

from core.actor import Actor
from core.app.parts import App, build
from core.app.server import prepare
from core.deviantart import TokenPair
from core.exclusives.ports import Wish
from core.ports import NewPost
from core.posts.fields import Details
from core.posts.files import NewFile
from core.posts.post import Post, PostStatus
from core.rooms import Rooms
from core.settings import load_settings
from core.users import Role
from data.sandbox.app import Sandbox
from tests.support.clock import FakeClock
from tests.support.pictures import a_png
from tests.support.sandbox import a_sandbox


class HurriedClock(FakeClock):
    """Sleeping moves it: waits for room take no real time."""

    async def sleep(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)
        self._monotonic += seconds
        await super().sleep(0)


@dataclass
class Lodge:
    app: App
    sandbox: Sandbox
    clock: HurriedClock
    user_id: int
    account_id: int

    @property
    def rooms(self) -> Rooms:
        return self.app.rooms

    @property
    def me(self) -> Actor:
        return Actor(self.user_id, "mira")

    def calls(self, endpoint: str) -> int:
        """How often the sandbox was asked for it."""
        return sum(note.endpoint == endpoint for note in self.sandbox.world.requests)

    async def another_person(self, artist: str = "juno") -> tuple[int, int]:
        return await move_in(self.app, self.sandbox, artist)


async def move_in(app: App, sandbox: Sandbox, artist: str) -> tuple[int, int]:
    """A person with a linked account; their ids."""
    grant = sandbox.world.grant(artist)
    found = await app.deviantart.whoami(grant.access_token)
    pair = TokenPair(grant.access_token, grant.refresh_token, timedelta(hours=1), frozenset(grant.scopes))
    async with app.store.transaction() as tx:
        user = await tx.people.add_user(name=artist, role=Role.ADMIN, time_zone="UTC", at=app.clock.now())
        account = await app.accounts.link(tx, user_id=user.id, artist=found, pair=pair)
    return user.id, account.id


@pytest.fixture
async def lodge(tmp_path: Path) -> AsyncIterator[Lodge]:
    clock = HurriedClock()
    environment = {
        "ISEKAI_HOME": str(tmp_path),
        "ISEKAI_SECRET_KEY": "a secret key of the tests",
        "RATE_LIMITER_BASE_DELAY_MS": "0",
    }
    settings = load_settings(environment, {})
    prepare(settings, clock)
    async with a_sandbox(clock) as sandbox:
        app = build(settings, public_url="http://h", deviantart_url=sandbox.base_url, clock=clock, random=Random(1))
        await app.database.open()
        app.images.prepare()
        user_id, account_id = await move_in(app, sandbox, "mira")
        yield Lodge(app, sandbox, clock, user_id, account_id)
        await app.transport.close()
        await app.database.close()
        app.people_reads.close()


async def published(lodge: Lodge, *titles: str, **details: Any) -> list[Post]:
    """Posts that are public: made as drafts, published by the real publisher."""
    source = BytesIO(a_png())
    sha256 = hashlib.sha256(source.getvalue()).hexdigest()
    async with lodge.app.images.incoming(max_bytes=10**6) as incoming:
        await incoming.write(source.getvalue())
        await incoming.finish()
        await lodge.app.images.keep(incoming.path, sha256, "image/png")
    fields = {"is_mature": False, "is_ai_generated": False, "tags": ("sky",)} | details
    wish = fields.pop("wish", Wish())
    ids = []
    for title in titles:
        async with lodge.app.store.transaction() as tx:
            file = NewFile("a.png", "image/png", 100, 96, 64, sha256)
            post = await tx.posts.add(
                NewPost(
                    lodge.user_id, lodge.account_id, PostStatus.DRAFT, Details(title=title, **fields), files=(file,)
                ),
                at=lodge.clock.now(),
            )
            await tx.rooms.wishes.save(post.id, wish)
        await lodge.app.planner.publish_now(post.id, by=lodge.me, time_zone="UTC")
        ids.append(post.id)
    await lodge.app.publisher.run_once()
    return [await lodge.app.reads.post(post_id, user_id=lodge.user_id) for post_id in ids]


async def history(lodge: Lodge, post_id: int) -> list[str]:
    return [event.text for event in await lodge.app.reads.history(post_id)]
