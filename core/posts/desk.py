"""Where a post is changed: one transaction, one decision, one line of history."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from core.actor import Actor
from core.clock import Clock
from core.events import Event
from core.people.access import Right, need_for_post
from core.ports import Store, Transaction
from core.posts.post import Post


@dataclass(frozen=True, slots=True)
class Happened:
    """What goes into the log beside a change; `text` is a sentence for people."""

    kind: str
    text: str
    data: dict[str, Any] = field(default_factory=dict)


Decision = Callable[[Post, datetime], tuple[Post, Happened]]


class Desk:
    """Reads the post, checks whose it is and which version was seen, decides, writes, logs."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def change(
        self,
        post_id: int,
        decide: Decision,
        *,
        by: Actor,
        expected_version: int | None = None,
        right: Right = Right.EDIT,
    ) -> Post:
        """Raises `NotFound` (also for other people's), `NotAllowed` where *by* lacks *right*, `Stale`, and whatever
        *decide* raises."""
        async with self._store.transaction() as tx:
            post = await self.own(tx, post_id, by, right)
            post.expect_version(expected_version)
            now = self._clock.now()
            changed, happened = decide(post, now)
            return await write(tx, post, changed, happened, by=by, at=now)

    @staticmethod
    async def own(tx: Transaction, post_id: int, by: Actor, right: Right = Right.EDIT) -> Post:
        """The post, for whoever has that right over it: its owner, or somebody who shares its account."""
        post = await tx.posts.get(post_id)
        await need_for_post(tx, post, by, right)
        return post


async def write(
    tx: Transaction, before: Post, after: Post, happened: Happened, *, by: Actor | None, at: datetime
) -> Post:
    """Save *after* where it differs, log what happened, and return the post as it now stands."""
    if after.version == before.version:
        after = replace(after, version=before.version + 1, updated_at=at)
    await tx.posts.save(after, expected_version=before.version)
    await save_publications(tx, before, after)
    await log(tx, after, happened, by=by, at=at)
    return await tx.posts.get(after.id)


async def save_publications(tx: Transaction, before: Post, after: Post) -> None:
    known = {publication.id: publication for publication in before.publications}
    for publication in after.publications:
        old = known.get(publication.id)
        if old is None:
            await tx.publications.add(publication)
        elif publication != old:
            await tx.publications.save(publication, lease_token=old.lease_token, expected=old.state)


async def log(tx: Transaction, post: Post, happened: Happened, *, by: Actor | None, at: datetime) -> None:
    await tx.events.add(
        Event(
            kind=happened.kind,
            text=happened.text,
            at=at,
            user_id=post.user_id,
            post_id=post.id,
            account_id=post.account_id,
            actor=by.name if by else None,
            status=post.status,
            version=post.version,
            data=happened.data | ({"via": by.via} if by else {}),
        )
    )
