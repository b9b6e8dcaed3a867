"""Works of others as they are shown here, and their form on disk; pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Shown:
    """A work in a list. Picture addresses are signed and end: they live no longer than the copy they are in."""

    deviation_id: str
    title: str
    author: str
    url: str
    thumb_url: str = ""
    width: int = 1
    height: int = 1
    picture_url: str = ""
    is_mature: bool = False
    is_downloadable: bool = False
    favourites: int = 0
    comments: int = 0
    published_at: int = 0  # seconds


@dataclass(frozen=True, slots=True)
class Topic:
    name: str
    canonical_name: str
    examples: tuple[Shown, ...] = ()


@dataclass(frozen=True, slots=True)
class About:
    """What `deviation/metadata` says. `description` is DeviantArt's HTML: shown as plain text only."""

    tags: tuple[str, ...] = ()
    description: str = ""
    license: str = ""
    views: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """What one look gives; `next_cursor` is empty at the end."""

    works: tuple[Shown, ...] = ()
    next_cursor: str = ""
    topics: tuple[Topic, ...] = ()
    tags: tuple[str, ...] = ()
    about: About | None = None


def to_json(page: Page) -> dict[str, Any]:
    return asdict(page)


def from_json(kept: Mapping[str, Any]) -> Page:
    about = kept.get("about")
    return Page(
        works=tuple(Shown(**work) for work in kept["works"]),
        next_cursor=kept["next_cursor"],
        topics=tuple(
            Topic(topic["name"], topic["canonical_name"], tuple(Shown(**work) for work in topic["examples"]))
            for topic in kept["topics"]
        ),
        tags=tuple(kept["tags"]),
        about=About(**{**about, "tags": tuple(about["tags"])}) if about else None,
    )
