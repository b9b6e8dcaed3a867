"""What an automation does to the drafts it takes, in words; pure."""

from collections.abc import Mapping
from typing import Any

from core.planning.automation import COMMENT_TEMPLATE, DESCRIPTION_TEMPLATE, Automation, Mode
from core.posts.fields import DETAIL_NAMES, Details

WORDS = {
    "title": "title",
    "description": "description",
    "tags": "tags",
    "galleries": "folders",
    "is_mature": "mature",
    "mature_level": "how mature",
    "mature_classification": "mature because of",
    "is_ai_generated": "made with AI",
    "no_ai": "no AI training",
    "allow_comments": "comments allowed",
    "allow_free_download": "free download",
    "add_watermark": "watermark",
    "display_resolution": "size shown",
    "license": "licence",
    "feature": "featured",
    "stash_only": "Sta.sh only",
}
TEXT_SHOWN = 60


def changed_fields(before: Details, after: Details) -> tuple[str, ...]:
    """By name, in the order of the editor."""
    return tuple(name for name in DETAIL_NAMES if getattr(before, name) != getattr(after, name))


def in_words(
    automation: Automation, before: Details, templates: Mapping[int, str], *, has_comment: bool = False
) -> tuple[str, ...]:
    """Each field that taking the draft would change, as “tags: forest, mist”. *templates*: names by id."""
    after = automation.with_effects(before)
    said = [f"{WORDS[name]}: {_value(name, getattr(after, name))}" for name in changed_fields(before, after)]
    text = automation.template_default(DESCRIPTION_TEMPLATE)
    if text and text.value in templates and (text.mode is Mode.ALWAYS or not after.description):
        said.append(f"description: from “{templates[text.value]}”")
    comment = automation.template_default(COMMENT_TEMPLATE)
    if comment and comment.value in templates and (comment.mode is Mode.ALWAYS or not has_comment):
        said.append(f"first comment: “{templates[comment.value]}”")
    if automation.price_preset_id:
        said.append("put on sale")
    return tuple(said)


def _value(name: str, value: Any) -> str:
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name == "galleries":
        return "1 folder" if len(value) == 1 else f"{len(value)} folders"
    if name == "display_resolution":
        return "original" if value == 0 else f"{value} pixels wide"
    if isinstance(value, tuple):
        return _short(", ".join(str(one) for one in value))
    return _short(str(value).replace("_", " ") if name == "license" else str(value))


def _short(text: str) -> str:
    return text if len(text) <= TEXT_SHOWN else f"{text[: TEXT_SHOWN - 1]}…"
