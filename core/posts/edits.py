"""What one edit changed in a post, kept so that it can be taken back; pure but for the port."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from core.posts.fields import DETAIL_NAMES
from core.posts.post import Post

KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Edit:
    """`fields`: what stood there before and after, by name and as JSON has it. It led to `version` of the post."""

    post_id: int
    version: int
    at: datetime
    fields: Mapping[str, tuple[Any, Any]]


class EditRepository(Protocol):
    async def keep(self, edit: Edit) -> None: ...

    async def find(self, post_id: int, version: int) -> Edit | None: ...

    async def forget(self, *, before: datetime, limit: int) -> None: ...


def edit_between(before: Post, after: Post, *, at: datetime) -> Edit:
    was, became = _values(before), _values(after)
    differ = {name: (was[name], became[name]) for name in was if was[name] != became[name]}
    return Edit(after.id, after.version, at, differ)


def way_back(edit: Edit, post: Post) -> dict[str, Any]:
    """The changes that take it back. What was changed again since is left out: that would take away more."""
    now = _values(post)
    return {name: was for name, (was, became) in edit.fields.items() if now.get(name) == became}


def _values(post: Post) -> dict[str, Any]:
    values = {name: getattr(post.details, name) for name in DETAIL_NAMES}
    plain = {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
    return plain | {"notes": post.notes}
