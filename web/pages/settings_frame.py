"""What the pages of Settings share: their list at the side, one address each."""

from dataclasses import dataclass

from aiohttp import web

from web.pages.visit import Visit


@dataclass(frozen=True, slots=True)
class Section:
    key: str
    label: str
    url: str
    icon: str
    is_here: bool = False


_SECTIONS = (
    ("you", "You", "/settings", "user"),
    ("posts", "New posts", "/settings/posts", "images"),
    ("accounts", "Accounts", "/settings/accounts", "users"),
    ("notices", "Notices", "/settings/notices", "bell"),
    ("discord", "Discord", "/settings/discord", "message-circle"),
    ("sessions", "Sign-ins", "/settings/sessions", "monitor"),
    ("data", "Your data", "/settings/data", "database"),
)


def sections(current: str) -> tuple[Section, ...]:
    return tuple(Section(key, label, url, icon, key == current) for key, label, url, icon in _SECTIONS)


def show(here: Visit, current: str, page: object, *, status: int = 200) -> web.Response:
    """The page of that section, from the template named after it."""
    return here.show(f"settings_{current}.html", "settings", page, status=status, sections=sections(current))
