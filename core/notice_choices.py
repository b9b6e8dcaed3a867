"""What a person may be told of, and by which channels: one truth for mail, the bot and Settings; pure."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from core.errors import InvalidInput
from core.events import Event

SETTING = "notices"  # in a person's settings: {notice: {channel: bool}}; what is absent is as by default


class Notice(StrEnum):
    """What can be switched on and off."""

    FAILED = "failed"
    UNKNOWN = "unknown"
    CONNECTION = "connection"
    QUEUE_DRY = "queue_dry"
    PAUSED = "paused"
    ALERT = "alert"  # for administrators: something of the instance needs them
    KEY_FOUND = "key_found"
    WEBHOOK_OFF = "webhook_off"
    REVIEW = "review"
    PUBLISHED = "published"


class Channel(StrEnum):
    MAIL = "mail"
    DM = "dm"
    CHANNEL = "channel"


# Switched by administrators alone; nobody else is told of them.
FOR_ADMINS = frozenset({Notice.ALERT})
_NEEDS_SOMEBODY = frozenset({Channel.MAIL, Channel.DM})
# What needs a person is told unless they say otherwise; what went well only where it does not pile up.
DEFAULTS: Mapping[Notice, frozenset[Channel]] = dict.fromkeys(Notice, _NEEDS_SOMEBODY) | {
    Notice.REVIEW: frozenset(),
    Notice.PUBLISHED: frozenset({Channel.DM}),
}
_KINDS = {
    "publication.failed": Notice.FAILED,
    "publication.needs_person": Notice.UNKNOWN,
    "account.token_ends": Notice.CONNECTION,
    "account.disconnected": Notice.CONNECTION,
    "automation.runs_dry": Notice.QUEUE_DRY,
    "instance.alert": Notice.ALERT,
    "instance.recovered": Notice.ALERT,
    "key.exposed": Notice.KEY_FOUND,
    "webhook.disabled": Notice.WEBHOOK_OFF,
}
_OUT = frozenset({"publication.published", "publication.proven", "publication.kept_private"})
_PAUSES = frozenset({"account.paused", "user.paused", "instance.paused"})


def notice_of(event: Event) -> Notice | None:
    """Which notice an event belongs to; None when it is nobody's news.

    A post of several pictures is told when all of them are out, and a pause when no person asked for it.
    """
    if event.kind in _OUT:
        return Notice.PUBLISHED if event.status == "published" else None
    if event.kind in _PAUSES:
        return Notice.PAUSED if event.data.get("via") == "isekai" or event.actor is None else None
    if event.kind == "post.created":
        return Notice.REVIEW if event.status == "review" else None
    return _KINDS.get(event.kind)


def channels_of(settings: Mapping[str, Any], notice: Notice) -> frozenset[Channel]:
    """Where somebody with these settings is told of it."""
    kept = settings.get(SETTING)
    chosen = kept.get(notice) if isinstance(kept, Mapping) else None
    if not isinstance(chosen, Mapping):
        return DEFAULTS[notice]
    return frozenset(c for c in Channel if bool(chosen.get(c, c in DEFAULTS[notice])))


def changed(settings: Mapping[str, Any], wanted: Mapping[str, Mapping[str, bool]]) -> dict[str, dict[str, bool]]:
    """The new value of `SETTING`: what *wanted* names changes, the rest stays. Raises `InvalidInput`."""
    for name in wanted:
        if name not in set(Notice):
            raise InvalidInput({"notices": f"There is no notice called “{name}”."})
    table = {notice: channels_of(settings, notice) for notice in Notice}
    return {
        str(notice): {str(c): bool(wanted.get(notice, {}).get(c, c in channels)) for c in Channel}
        for notice, channels in table.items()
    }
