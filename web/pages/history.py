"""The log of a post in plain words."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from core.events import Event
from web.pages.actions import Action
from web.pages.moments import Moment
from web.pages.rows import Reader


@dataclass(frozen=True, slots=True)
class Entry:
    text: str
    at: Moment
    actor: str
    shape: str
    undo: Action | None = None


_SHAPES = {
    "review": "review",
    "draft": "draft",
    "scheduled": "scheduled",
    "uploading": "busy",
    "publishing": "busy",
    "published": "published",
    "failed": "failed",
    "discarded": "discarded",
}


def entry(event: Event, reader: Reader, pictures: Mapping[str, str], *, open_edits: Collection[int] = ()) -> Entry:
    """`shape` is that of the state it led to; a name that the sentence says already is not said twice.

    *pictures*: the names of a post's files by id, where it has several to tell apart. *open_edits*: the versions
    that edits led to which can be taken back.
    """
    actor = event.actor or ""
    picture = pictures.get(str(event.data.get("file_id", "")), "")
    return Entry(
        f"“{picture}”: {event.text}" if picture else event.text,
        reader.moment(event.at),
        "" if actor and actor in event.text else actor,
        _SHAPES.get(event.status or "", "draft"),
        _take_back(event) if event.kind == "post.edited" and event.version in open_edits else None,
    )


def _take_back(event: Event) -> Action:
    path = f"/posts/{event.post_id}"
    return Action(
        "Take back",
        f"{path}/take-back",
        verb="take-back",
        about=event.text,
        fields={"edit": event.version or 0, "next": path},
    )
