"""Taking back the last decision of a person."""

from __future__ import annotations

from bot.access import Somebody
from bot.services import Services
from bot.text import plain
from core.errors import UserError
from core.events import Event

LOOKED_BACK = 500
_BACK = {
    "post.approved": "back in review",
    "post.rejected": "out of the trash",
    "post.discarded": "out of the trash",
    "post.scheduled": "off the schedule",
    "post.held": "released",
    "post.unheld": "on hold again",
    "post.edited": "as it was before your edit",
}
_NOTHING = "There is nothing of yours that can be taken back."
_DECISIONS = {*_BACK, "post.restored", "post.sent_back", "post.unscheduled"}


async def undo_last(services: Services, somebody: Somebody) -> str:
    """A sentence about what was taken back. Raises what the use case raises, when things moved on meanwhile."""
    last = await services.reads.last_event_id()
    events = await services.reads.events_after(max(0, last - LOOKED_BACK), user_id=somebody.user.id)
    mine = [e for e in events if e.kind in _DECISIONS and e.actor == somebody.user.name and e.post_id is not None]
    if not mine:
        return _NOTHING
    event = mine[-1]
    assert event.post_id is not None  # noqa: S101 - filtered above
    if event.kind not in _BACK:
        return f"Your last decision was “{event.text}” It cannot be taken back; reject the post or plan it anew."
    await _take_back(services, somebody, event, event.post_id)
    post = await services.reads.post(event.post_id, user_id=somebody.user.id)
    return f"**{plain(post.details.title, 80) or 'Untitled'}** (`#{post.id}`) is {_BACK[event.kind]}."


async def _take_back(services: Services, somebody: Somebody, event: Event, post_id: int) -> None:
    by = somebody.actor
    match event.kind:
        case "post.approved":
            await services.review.send_back(post_id, by=by)
        case "post.rejected" | "post.discarded":
            await services.review.restore(post_id, by=by)
        case "post.scheduled":
            await services.planner.unschedule(post_id, by=by)
        case "post.edited":
            await services.review.take_back(post_id, event.version or 0, by=by)
        case "post.held":
            await services.planner.unhold(post_id, by=by)
        case "post.unheld":
            await services.planner.hold(post_id, by=by)
        case _:
            raise UserError(_NOTHING)
