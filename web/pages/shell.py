"""The frame around every page: navigation with its numbers, accounts, pause, what comes next."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from core.account import COLORS, Account
from core.ports import Overview
from core.users import User
from web.pages.moments import Moment
from web.pages.rows import Reader


@dataclass(frozen=True, slots=True)
class NavLink:
    key: str
    label: str
    url: str
    icon: str
    count: str = ""
    counted: str = ""
    asks: bool = False
    rule: bool = False  # a line below


@dataclass(frozen=True, slots=True)
class LinkGroup:
    """Rooms that belong together, in the sheet behind "More"."""

    label: str
    links: tuple[NavLink, ...]


@dataclass(frozen=True, slots=True)
class Nav:
    """`more`: what a phone has no tab for; `is_elsewhere` when the page shown is one of those."""

    id: str
    label: str
    css: str
    icon_css: str
    links: tuple[NavLink, ...]
    section: str
    refresh_url: str
    show_next: bool
    next_due: Moment | None
    is_paused: bool = False  # altogether: then nothing is next
    more: tuple[LinkGroup, ...] = ()
    more_asks: str = ""
    is_elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class AccountChoice:
    id: int
    username: str
    url: str
    status: str
    status_word: str
    is_paused: bool = False
    owner: str = ""  # who shares it
    may_pause: bool = True


@dataclass(frozen=True, slots=True)
class Paused:
    """What stands still: everything, or the account whose id it has. `button` lets it go on."""

    text: str
    button: str
    url: str
    account_id: int | None = None

    @property
    def fields(self) -> dict[str, int]:
        return {} if self.account_id is None else {"account_id": self.account_id}


@dataclass(frozen=True, slots=True)
class Shell:
    user_name: str
    time_zone: str
    section: str
    accounts: tuple[AccountChoice, ...]
    account: AccountChoice | None
    all_accounts_url: str
    rail: Nav
    tabs: Nav
    next_due: Moment | None
    paused: tuple[Paused, ...]
    path: str
    sandbox_url: str
    query: str
    live_after: int
    colors_version: str

    @property
    def account_id(self) -> int | None:
        return self.account.id if self.account else None

    @property
    def all_accounts(self) -> str:
        """What is shown where no account is chosen: never what others share."""
        return "My accounts" if any(account.owner for account in self.accounts) else "All accounts"

    @property
    def pausable(self) -> tuple[AccountChoice, ...]:
        return tuple(account for account in self.accounts if account.may_pause)

    @property
    def all_paused(self) -> bool:
        return is_all_paused(self.paused)


STATUS_WORDS = {"connected": "", "reconnect": "reconnect", "paused": "paused"}


def shell_of(
    user: User,
    overview: Overview,
    reader: Reader,
    *,
    section: str,
    path: str = "/",
    here: str = "",
    account_id: int | None = None,
    query: str = "",
    sandbox_url: str = "",
) -> Shell:
    owners = {one.account.id: one.owner for one in overview.shared}
    paused = pauses(user, overview, reader)
    choices = tuple(
        replace(_choice(account, path, owners.get(account.id, "")), may_pause=account.id not in reader.only_reviewed)
        for account in overview.visible
    )
    return Shell(
        user_name=user.name,
        time_zone=reader.place.key,
        section=section,
        accounts=choices,
        account=next((choice for choice in choices if choice.id == account_id), None),
        all_accounts_url=path,
        rail=rail(overview, reader, section=section, account_id=account_id, is_paused=is_all_paused(paused)),
        tabs=tabs(overview, reader, section=section, account_id=account_id),
        next_due=next_due(overview, reader),
        paused=paused,
        path=here or path,
        sandbox_url=sandbox_url,
        query=query,
        live_after=overview.last_event_id,
        colors_version=colors_version(overview.visible),
    )


def rail(overview: Overview, reader: Reader, *, section: str, account_id: int | None, is_paused: bool = False) -> Nav:
    links = _rooms(overview, account_id)
    nav = _nav("rail", "Main", links, section, account_id, next_due(overview, reader), css="", show_next=True)
    return replace(nav, is_paused=is_paused)


def tabs(overview: Overview, reader: Reader, *, section: str, account_id: int | None) -> Nav:
    """Four places and, behind "More", every other room."""
    rooms = {link.key: link for link in _rooms(overview, account_id)}
    links = tuple(_bare(rooms.pop(key)) for key in TABS)
    nav = _nav("tabs", "Pages", links, section, account_id, None, css="tabs", show_next=False)
    asks = rooms["failed"].count
    return replace(nav, more=_groups(rooms), more_asks=asks, is_elsewhere=section in rooms)


def _bare(link: NavLink) -> NavLink:
    """A tab has room for a number only where it asks for something."""
    return link if link.asks else replace(link, count="")


TABS = ("home", "review", "draft", "calendar")
_GROUPS = (
    ("Posts", ("scheduled", "published", "failed", "discarded")),
    ("Planning", ("automations", "series", "slots")),
    ("Gallery", ("folders", "templates", "exclusives", "inspiration")),
)


def _groups(rooms: Mapping[str, NavLink]) -> tuple[LinkGroup, ...]:
    """A room that no group names stands with the last, so that none can be forgotten."""
    named = {key for _, keys in _GROUPS for key in keys}
    rest = tuple(link for key, link in rooms.items() if key not in named)
    found = [LinkGroup(label, tuple(rooms[key] for key in keys if key in rooms)) for label, keys in _GROUPS]
    return (*found, LinkGroup("Isekai", rest))


def _rooms(overview: Overview, account_id: int | None) -> tuple[NavLink, ...]:
    counts = overview.numbers
    return (
        _link("home", "Home", "/", "home", account_id),
        _link("review", "Review", "/review", "inbox", account_id, counts, asks=True),
        _link("draft", "Drafts", "/drafts", "pencil", account_id, counts),
        _link("calendar", "Calendar", "/calendar", "calendar", account_id),
        _link("scheduled", "Scheduled", "/scheduled", "calendar-clock", account_id, counts),
        _link("published", "Published", "/published", "circle-check", account_id, counts),
        _link("failed", "Failed", "/failed", "triangle-alert", account_id, counts, asks=True),
        _link("discarded", "Trash", "/trash", "trash-2", account_id, counts, rule=True),
        _link("automations", "Automations", "/automations", "repeat", None),
        _link("series", "Series", "/series", "list", None),
        _link("slots", "Slots", "/slots", "clock", account_id),
        _link("folders", "Folders", "/folders", "folder", account_id),
        _link("templates", "Templates", "/templates", "layout-template", None),
        _link("exclusives", "Exclusives", "/exclusives", "gem", None),
        _link("inspiration", "Inspiration", "/inspiration", "compass", None, rule=True),
        _link("keys", "Keys", "/keys", "key-round", None),
        _link("settings", "Settings", "/settings", "settings", None),
        *([_link("admin", "Admin", "/admin", "shield", None)] if overview.is_admin else []),
    )


def _nav(
    name: str,
    label: str,
    links: tuple[NavLink, ...],
    section: str,
    account_id: int | None,
    due: Moment | None,
    *,
    css: str,
    show_next: bool,
) -> Nav:
    asked = {"section": section} | ({"account_id": str(account_id)} if account_id else {})
    return Nav(
        id=f"{name}-nav",
        label=label,
        css=css,
        icon_css="l" if css else "",
        links=links,
        section=section,
        refresh_url=f"/nav/{name}?{urlencode(asked)}",
        show_next=show_next,
        next_due=due,
    )


def _link(
    key: str,
    label: str,
    path: str,
    icon: str,
    account_id: int | None,
    counts: Mapping[str, int] | None = None,
    *,
    asks: bool = False,
    rule: bool = False,
) -> NavLink:
    number = (counts or {}).get(key, 0)
    url = f"{path}?account_id={account_id}" if account_id else path
    count = "" if not number else short_number(number)
    return NavLink(key, label, url, icon, count, _COUNTED.get(key, ""), asks, rule)


def short_number(number: int) -> str:
    """999, 1.2k, 45k: room for four characters."""
    if number < 1000:
        return str(number)
    return f"{number / 1000:.1f}k".replace(".0k", "k") if number < 10_000 else f"{number // 1000}k"


_COUNTED = {
    "review": "to review",
    "draft": "drafts",
    "scheduled": "scheduled",
    "published": "published",
    "failed": "failed",
    "discarded": "in the trash",
}


def next_due(overview: Overview, reader: Reader) -> Moment | None:
    plans = [post.plan for post in overview.next_up if post.plan is not None and not post.held]
    return reader.moment(plans[0].due_at) if plans else None


def pauses(user: User, overview: Overview, reader: Reader) -> tuple[Paused, ...]:
    """Why nothing, or not everything, goes out at present; empty when all runs."""
    if overview.instance_paused:
        text = "Restored from a backup: nothing goes out until an administrator releases it."
        return (Paused(text, "Release", "/instance/release"),)
    if user.paused_at is not None:
        text = f"Publishing is paused since {reader.moment(user.paused_at).named}. Nothing goes out until you resume."
        return (Paused(text, "Resume", "/resume"),)
    return tuple(
        Paused(f"{account.username} is paused.", f"Resume {account.username}", "/resume", account.id)
        for account in overview.editable
        if account.paused_at is not None
    )


def is_all_paused(paused: Sequence[Paused]) -> bool:
    return any(one.account_id is None for one in paused)


def _choice(account: Account, path: str, owner: str) -> AccountChoice:
    separator = "&" if "?" in path else "?"
    return AccountChoice(
        account.id,
        account.username,
        f"{path}{separator}account_id={account.id}",
        account.shown_status,
        STATUS_WORDS[account.shown_status],
        account.paused_at is not None,
        owner,
    )


def account_colors(accounts: Sequence[Account]) -> str:
    """A small style sheet: the policy allows no colour in an attribute."""
    offered = "".join(f".color-{color[1:]}{{--account:{color}}}\n" for color in COLORS)
    return offered + "".join(f".account-{account.id}{{--account:{account.color}}}\n" for account in accounts)


def colors_version(accounts: Sequence[Account]) -> str:
    return hashlib.sha256(account_colors(accounts).encode()).hexdigest()[:8]
