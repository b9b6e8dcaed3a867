"""What an API key may do. A browser session may do everything its user may."""

from collections.abc import Iterable
from enum import StrEnum

from core.errors import InvalidInput


class Scope(StrEnum):
    """None includes another: a key says everything it is for."""

    UPLOAD = "upload"  # intake only: fit for a key that stands in a URL
    READ = "read"
    WRITE = "write"  # edit and plan
    PUBLISH = "publish"  # publish now, settle doubts
    SALES = "sales"
    CALENDAR = "calendar"  # the iCalendar feed only
    ADMIN = "admin"  # keys, and for administrators the instance


def read_scopes(given: Iterable[str]) -> frozenset[Scope]:
    """The scopes of those names; raises `InvalidInput` for `scopes` when one is unknown or none is given."""
    names = [name.strip() for name in given if name.strip()]
    unknown = [name for name in names if name not in set(Scope)]
    if unknown:
        raise InvalidInput({"scopes": f"“{unknown[0][:40]}” is not a scope. There are: {', '.join(Scope)}."})
    if not names:
        raise InvalidInput({"scopes": f"Say what the key may do: {', '.join(Scope)}."})
    return frozenset(Scope(name) for name in names)


def join_scopes(scopes: Iterable[Scope]) -> str:
    """As they are kept: in the order of `Scope`, so that equal sets read alike."""
    held = set(scopes)
    return " ".join(scope for scope in Scope if scope in held)
