"""Forms. Like buttons, a sent form finds us by its custom id: it may be sent after a restart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import discord

from bot.custom_ids import Verb, of_modal
from bot.payload import data_of
from bot.text import clip
from core.posts.fields import TITLE_KEPT
from core.posts.post import Post

DESCRIPTION_MOST = 4000  # Discord's own limit for a text field
REASON_MOST = 500

Field = discord.ui.Label[Any]

MATURE = (("unset", "Not said"), ("no", "No"), ("moderate", "Mature: moderate"), ("strict", "Mature: strict"))
AI = (("unset", "Not said"), ("yes", "Yes"), ("no", "No"))


def edit_form(post: Post) -> discord.ui.Modal:
    """A description that is longer than a form may hold is not offered, so that it is never cut."""
    details = post.details
    form = _form("Edit", post, Verb.EDIT)
    form.add_item(_text("Title", "title", details.title, most=min(TITLE_KEPT, 500), required=False))
    if len(details.description) <= DESCRIPTION_MOST:
        form.add_item(_text("Description", "description", details.description, most=DESCRIPTION_MOST, long=True))
    tags = ", ".join(details.tags)
    if len(tags) <= DESCRIPTION_MOST:
        form.add_item(_text("Tags, separated by commas", "tags", tags, most=DESCRIPTION_MOST, long=True))
    form.add_item(_choice("Mature content", "mature", MATURE, _mature(post)))
    form.add_item(_choice("Made with AI", "ai", AI, _three(details.is_ai_generated)))
    return form


def reject_form(post: Post) -> discord.ui.Modal:
    form = _form("Reject", post, Verb.REJECT)
    form.add_item(_text("Reason (may stay empty)", "reason", "", most=REASON_MOST, long=True))
    return form


def when_form(post: Post) -> discord.ui.Modal:
    form = _form("Schedule", post, Verb.OTHER)
    form.add_item(
        _text("When", "when", "", most=100, hint="fri 18:00 · in 3h · tomorrow 9 · next slot", required=True)
    )
    return form


def online_form(post: Post) -> discord.ui.Modal:
    form = _form("It is online", post, Verb.ONLINE)
    form.add_item(
        _text("Its link on DeviantArt", "url", "", most=500, hint="https://www.deviantart.com/…", required=True)
    )
    return form


def changes_in(values: dict[str, str]) -> dict[str, Any]:
    """Field changes of a sent edit form, as the API names them."""
    changes: dict[str, Any] = {name: values[name] for name in ("title", "description", "tags") if name in values}
    match values.get("mature"):
        case "unset":
            changes |= {"is_mature": None, "mature_level": None}
        case "no":
            changes |= {"is_mature": False, "mature_level": None}
        case "moderate" | "strict" as level:
            changes |= {"is_mature": True, "mature_level": level}
    match values.get("ai"):
        case "unset":
            changes["is_ai_generated"] = None
        case "yes" | "no" as word:
            changes["is_ai_generated"] = word == "yes"
    return changes


def values_in(interaction: discord.Interaction) -> dict[str, str]:
    """What was filled in, by the fields' custom ids."""
    components = data_of(interaction).get("components") or []
    return dict(_values(list(components)))


def _values(components: list[Any]) -> Iterator[tuple[str, str]]:
    for component in components:
        if "custom_id" in component:
            chosen = component.get("values")
            yield component["custom_id"], str(chosen[0]) if chosen else str(component.get("value") or "")
        yield from _values(component.get("components") or [])
        if "component" in component:
            yield from _values([component["component"]])


def _form(title: str, post: Post, verb: Verb) -> discord.ui.Modal:
    named = f"{title}: {post.details.title}" if post.details.title else title
    return discord.ui.Modal(title=clip(named, 45), custom_id=of_modal(post.id, verb, post.version), timeout=900)


def _text(
    label: str,
    name: str,
    value: str,
    *,
    most: int,
    long: bool = False,
    required: bool = False,
    hint: str | None = None,
) -> Field:
    return discord.ui.Label(
        text=label,
        component=discord.ui.TextInput(
            custom_id=name,
            style=discord.TextStyle.paragraph if long else discord.TextStyle.short,
            default=value or None,
            placeholder=hint,
            required=required,
            max_length=most,
        ),
    )


def _choice(label: str, name: str, options: tuple[tuple[str, str], ...], current: str) -> Field:
    select: discord.ui.Select[Any] = discord.ui.Select(custom_id=name, required=False)
    for value, text in options:
        select.add_option(label=text, value=value, default=value == current)
    return discord.ui.Label(text=label, component=select)


def _mature(post: Post) -> str:
    match post.details.is_mature:
        case None:
            return "unset"
        case False:
            return "no"
        case True:
            return str(post.details.mature_level or "moderate")


def _three(flag: bool | None) -> str:
    return "unset" if flag is None else "yes" if flag else "no"
