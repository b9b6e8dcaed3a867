"""What an edit of many posts would change, before anything is changed."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from core.actor import Actor
from core.bulk.change import Around, Change, check
from core.bulk.deeds import changed_names, edited
from core.bulk.ports import BulkReads, BulkStore, Item
from core.bulk.rights import right_for
from core.bulk.surroundings import Surroundings
from core.clock import Clock
from core.errors import NotAllowed, NotFound, UserError
from core.people.access import need_for_post
from core.posts.fields import left_out
from core.posts.post import Post, PostStatus

LOOKED_AT = 200  # posts: more are counted by their first ones


@dataclass(frozen=True, slots=True)
class Difference:
    """`field` by name; the values as details hold them, for `account` its name."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Line:
    """One post: what differs, or why nothing does.

    Of what would be written DeviantArt keeps less: `loses` are the tags that it drops, `stored_title` is set where it
    keeps another title.
    """

    post: Post
    differences: tuple[Difference, ...] = ()
    sentence: str = ""
    loses: tuple[str, ...] = ()
    stored_title: str = ""

    @property
    def changes(self) -> bool:
        return bool(self.differences)


@dataclass(frozen=True, slots=True)
class Preview:
    """`lines` are those that were asked for; the counts are over `looked_at` of `total` posts.

    DeviantArt would store another title of `retitled` of them, and not all tags of `untagged`.
    """

    total: int
    looked_at: int
    changing: int
    same: int
    refused: int
    published: int = 0
    retitled: int = 0
    untagged: int = 0
    by_field: dict[str, int] = field(default_factory=dict)
    lines: tuple[Line, ...] = ()


class Previews:
    def __init__(
        self, store: BulkStore, rows: BulkReads, surroundings: Surroundings, clock: Clock, *, lead: timedelta
    ) -> None:
        self._store = store
        self._rows = rows
        self._around = surroundings
        self._clock = clock
        self._lead = lead

    async def of(self, bulk_id: int, change: Change, *, by: Actor, shown: int = 100) -> Preview:
        """Reads and changes nothing. Raises `InvalidInput` naming each field that fits no post."""
        check(change)
        bulk = await self._rows.one(bulk_id, user_id=by.user_id)
        items = await self._rows.items(bulk_id, limit=LOOKED_AT)
        lines: list[Line] = []
        for start in range(0, len(items), 50):
            lines += await self._some(items[start : start + 50], change, by)
        changing = [line for line in lines if line.changes]
        refused = [line for line in lines if not line.changes and line.sentence]
        by_field: dict[str, int] = {}
        for line in changing:
            for difference in line.differences:
                by_field[difference.field] = by_field.get(difference.field, 0) + 1
        # What will not change comes first where there is little of it: it is what surprises.
        kept = [line for line in lines if not line.changes]
        return Preview(
            total=bulk.total,
            looked_at=len(items),
            changing=len(changing),
            same=len(lines) - len(changing) - len(refused),
            refused=len(refused),
            published=sum(1 for line in changing if line.post.status is PostStatus.PUBLISHED),
            retitled=sum(1 for line in changing if line.stored_title),
            untagged=sum(1 for line in changing if line.loses),
            by_field=by_field,
            lines=(*changing[:shown], *kept[:shown]),
        )

    async def _some(self, items: tuple[Item, ...], change: Change, by: Actor) -> list[Line]:
        async with self._store.transaction() as tx:
            around = await self._around.of(tx, change, by)
            posts = await tx.posts.several([item.post_id for item in items])
            found = []
            for item in items:
                if (post := posts.get(item.post_id)) is None:
                    continue
                try:
                    await need_for_post(tx, post, by, right_for(change, post))
                except NotFound:
                    continue
                except NotAllowed as error:
                    found.append(Line(post, sentence=error.sentence))
                    continue
                now = self._clock.now()
                here = await self._around.of_post(tx, around, change, post, item.position, now)
                found.append(line_of(post, change, here, now=now, lead=self._lead))
            return found


def line_of(post: Post, change: Change, around: Around, *, now: datetime, lead: timedelta) -> Line:
    """The same decision as the change itself makes."""
    try:
        done = edited(post, change, around, now=now, lead=lead)
    except UserError as error:
        return Line(post, sentence=error.sentence)
    if done is None:
        return Line(post)
    after = done[0]
    names = changed_names(post, after)
    found = tuple(_difference(name, post, after, around) for name in names)
    title, stored = after.details.title.strip(), after.details.stored_title
    return Line(
        post,
        found,
        loses=left_out(after.details.tags) if "tags" in names else (),
        stored_title=stored if "title" in names and title and title != stored else "",
    )


def _difference(name: str, before: Post, after: Post, around: Around) -> Difference:
    if name == "account":
        names = [around.accounts[id].username if id in around.accounts else "" for id in
                 (before.account_id, after.account_id)]  # fmt: skip
        return Difference(name, *names)
    if name == "notes":
        return Difference(name, before.notes, after.notes)
    return Difference(name, getattr(before.details, name), getattr(after.details, name))
