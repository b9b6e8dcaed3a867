"""Words in braces that a template fills in; pure.

`{title}` becomes the title; `{{` and `}}` are plain braces. A name that is not known is refused with the list.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from core.errors import InvalidInput

VARIABLES: Mapping[str, str] = {
    "title": "the post’s title",
    "date": "the day, as 2026-11-23",
    "year": "the year",
    "month": "the month’s name",
    "time": "the time of day, as 18:00",
    "seq": "a number that grows with every use of the template",
    "part": "which of the posts that arrived together, from 1",
    "parts": "how many arrived together",
    "artist": "the DeviantArt account’s name",
    "model": "the model the picture was made with",
    "seed": "the seed it was made with",
    "prompt": "the prompt it was made with",
}
_PIECE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|\{|\}")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Facts:
    """What the variables stand for. `moment` is local to the artist: when the post goes out, else now."""

    moment: datetime
    title: str = ""
    artist: str = ""
    seq: int = 1
    part: int = 1
    parts: int = 1
    model: str = ""
    seed: str = ""
    prompt: str = ""

    def value(self, name: str) -> str:
        match name:
            case "date":
                return self.moment.strftime("%Y-%m-%d")
            case "time":
                return self.moment.strftime("%H:%M")
            case "year":
                return str(self.moment.year)
            case "month":
                return _MONTHS[self.moment.month - 1]
            case _:
                return str(getattr(self, name))


def check_variables(text: str) -> None:
    """Raises `InvalidInput` for `body`, naming the first word in braces that is no variable."""
    for match in _PIECE.finditer(text):
        piece = match.group()
        if piece in ("{{", "}}"):
            continue
        if match.group(1) is None:
            raise InvalidInput({"body": f"There is a single “{piece}”. Write “{piece * 2}” for a plain brace."})
        if match.group(1) not in VARIABLES:
            known = ", ".join(f"{{{name}}}" for name in VARIABLES)
            raise InvalidInput({"body": f"“{{{match.group(1)[:40]}}}” is not a variable. There are: {known}."})


def fill(text: str, facts: Facts) -> str:
    """*text* with its variables filled in; what a value holds is never read as a variable."""

    def replaced(match: re.Match[str]) -> str:
        piece = match.group()
        if piece in ("{{", "}}"):
            return piece[0]
        name = match.group(1)
        return facts.value(name) if name in VARIABLES else piece

    return _PIECE.sub(replaced, text)


def uses(text: str, name: str) -> bool:
    return any(match.group(1) == name for match in _PIECE.finditer(text))
