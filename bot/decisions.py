"""Who brought a post to where it is: read off its history. Pure."""

from collections.abc import Iterable

from bot.cards import Decision
from bot.text import plain
from bot.times import stamp
from core.events import Event
from core.posts.post import PostStatus

_WORDS = {
    "post.approved": "approved",
    "post.rejected": "rejected",
    "post.discarded": "moved to the trash",
    "post.restored": "taken back",
    "post.scheduled": "scheduled",
    "post.unscheduled": "unscheduled",
    "post.held": "put on hold",
    "post.unheld": "released",
}
# What says best how a post came to be in its state; otherwise the newest decision.
_SAYS = {
    PostStatus.DRAFT: ("post.approved", "post.unscheduled", "post.restored"),
    PostStatus.DISCARDED: ("post.rejected", "post.discarded"),
}


def decision_in(history: Iterable[Event], status: PostStatus) -> Decision | None:
    """The latest decision of a person that led to *status*. *history* is newest first."""
    if status is PostStatus.REVIEW:
        return None
    wanted = _SAYS.get(status, tuple(_WORDS))
    for event in history:
        if event.kind in wanted and event.actor:
            return Decision(event.actor, event.at, _WORDS[event.kind])
    return None


def already(history: Iterable[Event], status: PostStatus) -> str:
    """What to tell somebody who came second: who was first. Empty when nobody was."""
    decision = decision_in(history, status)
    if decision is None:
        return ""
    return f"Already {decision.word} by {plain(decision.by, 80)} {stamp(decision.at, 'R')}."
