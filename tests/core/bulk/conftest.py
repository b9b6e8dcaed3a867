"""A running instance with a handful of drafts, spoken to below its doors."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from core.actor import Actor
from core.app.parts import App
from core.bulk.change import Action, Change
from core.bulk.ports import Bulk
from core.posts.post import Post
from tests.support.app import AppHarness, Caller, running_app


@dataclass
class Room:
    """mira's posts and what she does to many of them."""

    app: App
    caller: Caller
    by: Actor
    ids: tuple[int, ...]

    async def post(self, number: int) -> Post:
        return await self.app.reads.post(self.ids[number], user_id=self.by.user_id)

    async def edit(self, fields: dict[str, Any], **how: Any) -> Bulk:
        return await self.do(Change(Action.EDIT, fields, **how))

    async def do(self, change: Change, ids: tuple[int, ...] | None = None) -> Bulk:
        return (await self.app.bulk.bulks.carry_out(self.ids if ids is None else ids, change, by=self.by)).bulk

    async def undo(self, bulk: Bulk) -> Bulk:
        return await self.app.bulk.bulks.undo(bulk.id, by=self.by)


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[AppHarness]:
    async with running_app(tmp_path / "home", OPEN_SIGNUP="yes") as running:
        yield running


@pytest.fixture
async def room(harness: AppHarness) -> Room:
    """The first three of the samples, approved."""
    caller = await harness.sign_in("mira")
    me = (await caller.get("/api/me")).body["user"]
    waiting = (await caller.get("/api/posts?status=review")).body["items"][:3]
    for post in waiting:
        assert (await caller.post(f"/api/posts/{post['id']}/approve", json={})).status == 200
    by = Actor(int(me["id"]), me["name"])
    return Room(harness.app, caller, by, tuple(int(post["id"]) for post in waiting))
