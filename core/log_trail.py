"""What every log line of one request, press, job or publication carries, wherever it is written from.

A trail is begun at the edge (`about`, `begin`) and learns on the way: who it is, which posts are touched. Tasks and
threads that are started on the way carry it too. `data/logs.py` writes it beside what a line says itself.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

POSTS_NAMED = 20


@dataclass(slots=True)
class Trail:
    known: dict[str, object]
    posts: dict[int, None] = field(default_factory=dict)  # in the order they were touched


_trail: ContextVar[Trail | None] = ContextVar("isekai_log_trail", default=None)


@contextmanager
def about(**known: object) -> Iterator[None]:
    """A trail for what happens inside, with what an outer one knows."""
    outer = _trail.get()
    token = _trail.set(Trail({**outer.known, **known} if outer is not None else known))
    try:
        yield
    finally:
        _trail.reset(token)


def begin(**known: object) -> None:
    """A fresh trail up to the end of the task that is running."""
    _trail.set(Trail(known))


def note(**known: object) -> None:
    """Something that was learnt on the way; nothing where no trail was begun."""
    if (trail := _trail.get()) is not None:
        trail.known |= known


def touched(post_id: int) -> None:
    if (trail := _trail.get()) is not None and len(trail.posts) < POSTS_NAMED:
        trail.posts[post_id] = None


def trail() -> Mapping[str, object]:
    """`post_id` for one post that was touched, `post_ids` for several (`POSTS_NAMED` at most)."""
    here = _trail.get()
    if here is None:
        return {}
    if not here.posts or ("post_id" in here.known and len(here.posts) == 1):
        return here.known
    if len(here.posts) == 1:
        return {**here.known, "post_id": next(iter(here.posts))}
    return {**here.known, "post_ids": list(here.posts)}
