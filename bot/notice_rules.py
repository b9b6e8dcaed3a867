"""Which events are worth a notice, and where each goes. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.events import Event
from core.posts.post import PostStatus

SETTING = "discord_notices"
EVENTS = {
    "published": "Published",
    "failed": "Failed",
    "unknown": "Nobody knows whether it is online",
    "review": "Something waits for review",
    "token": "A connection ends",
    "dry": "The queue runs dry",
    "paused": "Paused",
    "programs": "A key or webhook needs you",
}
_DEFAULT = {"review": "none"}
_KINDS = {
    "publication.failed": "failed",
    "publication.needs_person": "unknown",
    "post.created": "review",
    "account.disconnected": "token",
    "account.token_ends": "token",
    "automation.runs_dry": "dry",
    "key.exposed": "programs",
    "webhook.disabled": "programs",
}
_OUT = {"publication.published", "publication.proven", "publication.kept_private"}
_PAUSES = {"account.paused", "user.paused", "instance.paused"}


def notice_for(event: Event) -> str | None:
    """The name of the notice, or None. A post of several pictures is told when all of them are out."""
    if event.kind in _OUT:
        return "published" if event.status == PostStatus.PUBLISHED else None
    if event.kind in _PAUSES:
        return "paused" if event.data.get("via") == "isekai" or event.actor is None else None
    found = _KINDS.get(event.kind)
    if found == "review" and event.status != PostStatus.REVIEW:
        return None
    return found


def where_of(settings: Mapping[str, Any], name: str) -> str:
    """dm, channel or none."""
    chosen = settings.get(SETTING)
    where = chosen.get(name) if isinstance(chosen, Mapping) else None
    return where if where in {"dm", "channel", "none"} else _DEFAULT.get(name, "dm")
