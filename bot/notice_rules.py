"""What each notice is called in Discord. Which there are, and who wants them where, is core's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.notice_choices import Channel, Notice, channels_of

EVENTS: Mapping[Notice, str] = {
    Notice.PUBLISHED: "Published",
    Notice.FAILED: "Failed",
    Notice.UNKNOWN: "Nobody knows whether it is online",
    Notice.REVIEW: "Something waits for review",
    Notice.CONNECTION: "A connection ends",
    Notice.QUEUE_DRY: "The queue runs dry",
    Notice.PAUSED: "Paused",
    Notice.KEY_FOUND: "A key was found in a picture",
    Notice.WEBHOOK_OFF: "A webhook was switched off",
    Notice.ALERT: "The instance needs you",
}
# What `/settings` offers: each sets both switches of Discord, and leaves mail as it is.
WHERE: Mapping[str, frozenset[Channel]] = {
    "dm": frozenset({Channel.DM}),
    "channel": frozenset({Channel.CHANNEL}),
    "both": frozenset({Channel.DM, Channel.CHANNEL}),
    "none": frozenset(),
}


def where_of(settings: Mapping[str, Any], notice: Notice) -> str:
    """A key of `WHERE`."""
    found = channels_of(settings, notice) - {Channel.MAIL}
    return next(where for where, channels in WHERE.items() if channels == found)


def switched(notices: list[Notice], where: str) -> dict[str, dict[str, bool]]:
    """As `core.notice_choices.changed` wants it."""
    return {str(n): {str(c): c in WHERE[where] for c in (Channel.DM, Channel.CHANNEL)} for n in notices}
