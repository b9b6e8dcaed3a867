"""What can be looked at on DeviantArt, and for how long a copy of it is good; pure."""

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from enum import StrEnum

from core.errors import InvalidInput

STALE_FOR = timedelta(hours=2)
TEXT_KEPT = 100
_NAME = re.compile(r"^[A-Za-z0-9_-]{1,64}$")
_ID = re.compile(r"^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$")


class Sight(StrEnum):
    HOME = "home"
    DAILY = "daily"
    WATCHING = "watching"
    TAG = "tag"
    TOPICS = "topics"
    TOPIC = "topic"
    GALLERY = "gallery"
    SIMILAR = "similar"
    WORK = "work"
    METADATA = "metadata"
    TAG_SEARCH = "tag_search"


@dataclass(frozen=True, slots=True)
class Look:
    """One thing to look at. `name` is a search, a tag, a topic, an artist or a work's id, as the sight needs it.

    `day` is always said for the daily ones: “today” must not be kept under a name that means another day tomorrow.
    """

    sight: Sight
    name: str = ""
    day: date | None = None
    cursor: str = ""
    mature: bool = False
    popular: bool = False

    @property
    def is_personal(self) -> bool:
        """Needs a person's own token: what they watch, and mature works, which an app may not be shown."""
        return self.sight is Sight.WATCHING or self.mature

    @property
    def good_for(self) -> timedelta:
        match self.sight:
            case Sight.TAG_SEARCH:
                return timedelta(hours=24)
            case Sight.DAILY | Sight.TOPICS:
                return timedelta(hours=1)
            case Sight.METADATA:
                return timedelta(minutes=15)
            case _:
                return timedelta(minutes=5 if self.is_personal else 10)

    def key(self, viewer: int | None) -> bytes:
        """Names the copy: every parameter, and the viewer where the look is personal."""
        packed = json.dumps([asdict(self), viewer if self.is_personal else None], sort_keys=True, default=str)
        return hashlib.sha256(packed.encode()).digest()


def checked(look: Look, *, today: date) -> Look:
    """*look* as DeviantArt can be asked for it. Raises `InvalidInput`."""
    name = " ".join(look.name.split())
    if len(name) > TEXT_KEPT or len(look.cursor) > 500 or not name.isprintable():
        raise InvalidInput({"name": f"At most {TEXT_KEPT} characters."})
    match look.sight:
        case Sight.TAG:
            name = re.sub(r"[^\w]", "", name.lstrip("#")).lower()
            if not name:
                raise InvalidInput({"name": "A tag is made of letters and digits."})
        case Sight.TAG_SEARCH:
            name = re.sub(r"[^\w]", "", name.lstrip("#")).lower()
            if len(name) < 3:
                raise InvalidInput({"name": "Type at least three letters."})
        case Sight.TOPIC | Sight.GALLERY:
            if not _NAME.match(name):
                raise InvalidInput({"name": "This is not a name on DeviantArt."})
            name = name.lower()
        case Sight.SIMILAR | Sight.WORK | Sight.METADATA:
            if not _ID.match(name):
                raise InvalidInput({"name": "This is not the id of a work."})
            name = name.upper()
        case _:
            pass
    day = look.day
    if look.sight is Sight.DAILY:
        day = day or today
        if not date(2000, 8, 7) <= day <= today + timedelta(days=1):
            raise InvalidInput({"day": "There are daily deviations from August 2000 until today."})
    return Look(look.sight, name, day, look.cursor, look.mature, look.popular)
