"""A post's state as a word with a shape: the same in every list, tile and page."""

from dataclasses import dataclass

from core.posts.post import Post, PostStatus
from core.posts.tile import Tile


@dataclass(frozen=True, slots=True)
class StateView:
    """`key` names the colour, `shape` the figure in `shapes.svg`, `word` what is read."""

    key: str
    shape: str
    word: str


REVIEW = StateView("review", "review", "Review")
DRAFT = StateView("draft", "draft", "Draft")
SCHEDULED = StateView("scheduled", "scheduled", "Scheduled")
HELD = StateView("held", "held", "On hold")
UPLOADING = StateView("uploading", "busy", "Uploading")
PUBLISHING = StateView("publishing", "busy", "Publishing")
PUBLISHED = StateView("published", "published", "Published")
FAILED = StateView("failed", "failed", "Failed")
NEEDS_YOU = StateView("needs", "needs", "Needs you")
TRASH = StateView("discarded", "discarded", "Trash")


_VIEWS = {
    PostStatus.REVIEW: REVIEW,
    PostStatus.DRAFT: DRAFT,
    PostStatus.SCHEDULED: SCHEDULED,
    PostStatus.UPLOADING: UPLOADING,
    PostStatus.PUBLISHING: PUBLISHING,
    PostStatus.PUBLISHED: PUBLISHED,
    PostStatus.FAILED: FAILED,
    PostStatus.DISCARDED: TRASH,
}


def status_view(status: PostStatus) -> StateView:
    return _VIEWS[status]


def state_of(post: Post) -> StateView:
    """Its status; what waits for a person and what is held say so instead."""
    return _state(post.status, post.held, any(publication.needs_person for publication in post.publications))


def state_of_tile(tile: Tile) -> StateView:
    return _state(tile.status, tile.held, tile.needs_person)


def _state(status: PostStatus, is_held: bool, needs_person: bool) -> StateView:
    if needs_person:
        return NEEDS_YOU
    if is_held and status is PostStatus.SCHEDULED:
        return HELD
    return status_view(status)
