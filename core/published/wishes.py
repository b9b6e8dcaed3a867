"""Use case: a comment of the artist's own under a work, once it is published."""

from dataclasses import replace

from core.actor import Actor
from core.clock import Clock
from core.errors import InvalidInput
from core.library.template import TemplateKind
from core.posts.desk import Desk, Happened, write
from core.posts.post import Post
from core.published.ports import AfterStore, ErrandKind


class Wishes:
    def __init__(self, store: AfterStore, desk: Desk, clock: Clock) -> None:
        self._store = store
        self._desk = desk
        self._clock = clock

    async def comment(self, post_id: int, template_id: int | None, *, by: Actor) -> Post:
        """Post that comment template after publishing; None takes it back.

        What is out already gets it now. Raises `InvalidInput` for a template that is no comment.
        """
        async with self._store.transaction() as tx:
            post = await self._desk.own(tx, post_id, by)
            now = self._clock.now()
            text = "No first comment."
            if template_id is not None:
                template = await tx.rooms.templates.find(post.user_id, template_id)
                if template is None or template.kind is not TemplateKind.COMMENT:
                    raise InvalidInput({"comment_template_id": "Choose one of your comment templates."})
                text = f"First comment after publishing: “{template.name}”."
            wish = await tx.rooms.wishes.get(post_id)
            if wish.comment_template_id == template_id:
                return post
            await tx.rooms.wishes.save(post_id, replace(wish, comment_template_id=template_id))
            public = next((q for q in post.publications if q.deviation_id), None)
            if template_id is not None and public is not None:
                await tx.rooms.errands.ask(ErrandKind.COMMENT, public, due_at=now, at=now)
            return await write(tx, post, post, Happened("post.comment_wished", text), by=by, at=now)
