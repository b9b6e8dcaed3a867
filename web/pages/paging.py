"""Rooms that may hold thousands of things: shown a page at a time, and offered by the most used."""

from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from typing import TypeVar
from urllib.parse import urlencode

from core.library.template import Template
from web.pages.lists import Pages
from web.pages.visit import Visit

OFFERED = 100
NO_PAGES = Pages(None, None)

T = TypeVar("T")
Key = TypeVar("Key", bound=Hashable)


def start_of(here: Visit) -> int:
    """How many things the address passes over; what is no number passes over none."""
    given = here.request.query.get("start", "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 7 else 0


def page_of(here: Visit, things: Sequence[T], size: int) -> tuple[Sequence[T], Pages]:
    """Those that the address asks for, and the ways to the first page and to the next."""
    start = start_of(here)
    shown = things[start : start + size]
    more = len(things) > start + size
    return shown, Pages(_url(here, 0) if start else None, _url(here, start + size) if more else None)


def _url(here: Visit, start: int) -> str:
    asked = {name: value for name, value in here.request.query.items() if name != "start"}
    asked |= {"start": str(start)} if start else {}
    return f"{here.request.path}?{urlencode(asked)}" if asked else here.request.path


def arranged(here: Visit, known: Sequence[Key], wanted: Iterable[Key]) -> list[Key]:
    """*known* with those of *wanted* in that order, where the page begins that they were arranged on."""
    there = set(known)
    named = [one for one in dict.fromkeys(wanted) if one in there]
    placed = set(named)
    others = [one for one in known if one not in placed]
    start = start_of(here)
    return others[:start] + named + others[start:]


def offered(
    templates: Sequence[Template],
    chosen: Collection[object] = (),
    by: Callable[[Template], object] = lambda one: one.id,
) -> list[Template]:
    """The most used ones and what is chosen, in their own order: nobody looks through thousands in one field."""
    if len(templates) <= OFFERED:
        return list(templates)
    most = {one.id for one in sorted(templates, key=lambda one: -one.used)[:OFFERED]}
    return [one for one in templates if one.id in most or by(one) in chosen]


def unchosen(word: str, templates: Sequence[Template]) -> tuple[str, str]:
    """The choice of none, which says when not all are offered."""
    more = len(templates) > OFFERED
    return "", f"{word} (here: the {OFFERED} most used of {len(templates):,})" if more else word
