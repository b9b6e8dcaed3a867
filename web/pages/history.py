"""The log of a post in plain words."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.events import Event
from web.pages.moments import Moment
from web.pages.rows import Reader


@dataclass(frozen=True, slots=True)
class Entry:
    text: str
    at: Moment
    actor: str
    shape: str


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


def entry(event: Event, reader: Reader, pictures: Mapping[str, str]) -> Entry:
    """`shape` is that of the state it led to; a name that the sentence says already is not said twice.

    *pictures*: the names of a post's files by id, where it has several to tell apart.
    """
    actor = event.actor or ""
    picture = pictures.get(str(event.data.get("file_id", "")), "")
    return Entry(
        f"“{picture}”: {event.text}" if picture else event.text,
        reader.moment(event.at),
        "" if actor and actor in event.text else actor,
        _SHAPES.get(event.status or "", "draft"),
    )
