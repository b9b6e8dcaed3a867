"""What a program says beside its pictures, in our words: known fields, and the rest as private notes. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from core.planning.planner import plan_from_wish
from core.posts.fields import DETAIL_NAMES, NOTES_KEPT
from core.posts.scrub import scrubbed

# The camelCase and older spellings, and what they are called here.
SPELLINGS = {
    "isMature": "is_mature",
    "mature": "is_mature",
    "matureLevel": "mature_level",
    "matureClassification": "mature_classification",
    "isAiGenerated": "is_ai_generated",
    "isAIGenerated": "is_ai_generated",
    "noAi": "no_ai",
    "noAI": "no_ai",
    "galleryIds": "galleries",
    "gallery_ids": "galleries",
    "allowComments": "allow_comments",
    "allowFreeDownload": "allow_free_download",
    "addWatermark": "add_watermark",
    "displayResolution": "display_resolution",
    "stashOnly": "stash_only",
    "scheduleAt": "schedule_at",
    "externalUid": "external_uid",
    "promptId": "prompt_id",
    "accountId": "account_id",
}
# Understood, but neither a field of a post nor a note.
_QUIET = {"csrf_token", "respond", "key", "wait", "thread_id"}
_AS_NOTES = ("template", "automation", "external_uid", "prompt_id")
NOTE_KEPT = 2000  # characters of one unknown field


@dataclass(frozen=True, slots=True)
class Said:
    """`warnings` are sentences for the answer's message."""

    fields: dict[str, Any]
    notes: str
    warnings: tuple[str, ...]
    wish: str | None
    metadata: Any
    source: str
    one_post: bool
    account_id: str | None
    templates: tuple[str, ...] = ()
    batch: str = ""  # what came from one prompt, so that the best of it can be picked


def understand(
    given: Mapping[str, Any], *, time_zone: str, now: datetime, templates: frozenset[str] = frozenset()
) -> Said:
    """Values stay as they were sent: what cannot be used is refused where it is applied.

    *templates*: the names, case folded, of those that there are.
    """
    named = {SPELLINGS.get(name, name): value for name, value in given.items()}
    fields = {name: named.pop(name) for name in DETAIL_NAMES if name in named}
    for quiet in _QUIET:
        named.pop(quiet, None)
    wish, warnings = _wish(named.get("schedule_at"), time_zone, now)
    if wish is not None or named.get("schedule_at") in (None, ""):
        named.pop("schedule_at", None)
    metadata = named.pop("metadata", None)
    source = _text(named.pop("source", None))
    one_post = _text(named.pop("group", None)).casefold() == "post"
    account_id = _text(named.pop("account_id", None)) or None
    wanted = tuple(name.strip() for name in _text(named.get("template")).split(",") if name.strip())
    if wanted and all(" ".join(name.split()).casefold() in templates for name in wanted):
        named.pop("template")
    for name in ("template", "automation"):
        if _text(named.get(name)):
            warnings.append(f"There is no {name} called “{_text(named[name])[:60]}”; it was kept as a note.")
    return Said(
        fields=fields,
        notes=_notes(_text(named.pop("notes", None)), named),
        warnings=tuple(warnings),
        wish=wish,
        metadata=metadata,
        source=source[:200],
        one_post=one_post,
        account_id=account_id,
        templates=wanted,
        batch=_text(given.get("prompt_id") or given.get("promptId"))[:200],
    )


def _wish(given: Any, time_zone: str, now: datetime) -> tuple[str | None, list[str]]:
    if given is None or given == "":
        return None, []
    text = _text(given)
    if plan_from_wish(text, time_zone, now=now) is None:
        return None, ["The time to publish could not be used; it was kept as a note."]
    return text, []


def _notes(own: str, rest: Mapping[str, Any]) -> str:
    ordered = sorted(rest, key=lambda name: (name not in _AS_NOTES, name))
    lines = [f"{_line(name)[:80]}: {_line(_text(rest[name]))}" for name in ordered if _text(rest[name])]
    text = "\n".join(part for part in (own, "\n".join(lines)) if part)
    cleaned = scrubbed(text)
    return str(cleaned)[:NOTES_KEPT]


def _line(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= NOTE_KEPT else flat[:NOTE_KEPT] + "…"


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    try:
        return orjson.dumps(value, default=str).decode()
    except TypeError:  # a number beyond 64 bits
        return str(value)


_TAG = re.compile(r"(?<![\w#&/])#(\w[\w\-]*)")


def caption_fields(content: str) -> dict[str, Any]:
    """A chat message as fields: its first line the title, the rest the description, `#words` the tags."""
    tags = _TAG.findall(content)
    text = _TAG.sub("", content)
    lines = [line.strip() for line in text.strip().splitlines()]
    title = lines[0][:500].strip() if lines else ""
    description = "\n".join(lines[1:]).strip()
    fields: dict[str, Any] = {}
    if title:
        fields["title"] = title
    if description:
        fields["description"] = description
    if tags:
        fields["tags"] = tags
    return fields


def webhook_fields(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Discord's webhook message as fields; its first embed speaks where there is no content."""
    content = payload.get("content")
    fields = caption_fields(content) if isinstance(content, str) and content.strip() else {}
    embeds = payload.get("embeds")
    embed = embeds[0] if isinstance(embeds, list) and embeds and isinstance(embeds[0], dict) else {}
    for name in ("title", "description"):
        if name not in fields and isinstance(embed.get(name), str) and embed[name].strip():
            fields[name] = embed[name]
    if isinstance(payload.get("username"), str):
        fields["source"] = payload["username"]
    return fields


# Names of Discord's message that say nothing about a picture.
WEBHOOK_NAMES = frozenset(
    {
        "content",
        "username",
        "avatar_url",
        "tts",
        "embeds",
        "allowed_mentions",
        "components",
        "attachments",
        "flags",
        "thread_name",
        "applied_tags",
        "poll",
    }
)


def is_webhook(body: Mapping[str, Any]) -> bool:
    return "content" in body or "embeds" in body


def from_webhook(body: Mapping[str, Any]) -> dict[str, Any]:
    """What is ours in it as sent, and what Discord's names say; ours wins."""
    own = {name: value for name, value in body.items() if name not in WEBHOOK_NAMES}
    return webhook_fields(body) | own
