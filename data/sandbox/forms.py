"""Reading what callers send: fields, lists in both spellings, flags, paging."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from aiohttp import web

from data.sandbox.answers import invalid_fields

_INDEXED = re.compile(r"^(?P<name>[^\[\]]+)\[(?P<key>[^\[\]]*)\]$")
_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off", ""}


class Form:
    """Fields of one request. `tags[]=a&tags[]=b` and `tags[0]=a&tags[1]=b` read alike; a JSON array does not."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._fields: dict[str, str] = {}
        self._lists: dict[str, list[str]] = {}
        self._nested: dict[str, dict[str, str]] = {}
        for name, value in pairs:
            self._add(name, value)

    def _add(self, name: str, value: str) -> None:
        indexed = _INDEXED.match(name)
        if indexed is None:
            self._fields[name] = value
        elif indexed["key"] == "" or indexed["key"].isdigit():
            self._lists.setdefault(indexed["name"], []).append(value)
        else:
            self._nested.setdefault(indexed["name"], {})[indexed["key"]] = value

    def __contains__(self, name: object) -> bool:
        return name in self._fields or name in self._lists or name in self._nested

    def text(self, name: str, default: str = "") -> str:
        return self._fields.get(name, default)

    def required(self, name: str) -> str:
        value = self._fields.get(name, "")
        if not value:
            raise invalid_fields({name: f"{name} is required"})
        return value

    def many(self, name: str) -> list[str]:
        return self._lists.get(name, [])

    def nested(self, name: str) -> dict[str, str]:
        return self._nested.get(name, {})

    def flag(self, name: str, default: bool | None = None) -> bool | None:
        """True, false or *default*; other words are refused."""
        value = self._fields.get(name)
        if value is None:
            return default
        if value.lower() in _TRUE:
            return True
        if value.lower() in _FALSE:
            return False
        raise invalid_fields({name: f"{name} must be a boolean"})

    def number(self, name: str, default: int | None = None) -> int | None:
        value = self._fields.get(name)
        if value is None or value == "":
            return default
        try:
            return int(value)
        except ValueError:
            raise invalid_fields({name: f"{name} must be an integer"}) from None


async def read_form(request: web.Request) -> Form:
    """The query and the body together; the body wins."""
    pairs = list(request.query.items())
    if request.method == "POST" and request.content_type != "multipart/form-data":
        posted = await request.post()
        pairs += [(name, value) for name, value in posted.items() if isinstance(value, str)]
    return Form(pairs)


def page_of(form: Form, found: list[Any], *, most: int, default: int) -> tuple[list[Any], dict[str, Any]]:
    """One page by `offset` and `limit`, with the fields that lead to the next."""
    offset, limit = window(form, most=most, default=default)
    page = found[offset : offset + limit]
    more = offset + limit < len(found)
    return page, {"has_more": more, "next_offset": offset + limit if more else None}


def cursor_page_of(form: Form, found: list[Any], *, most: int, default: int) -> tuple[list[Any], dict[str, Any]]:
    """The same by an opaque `cursor`; an `offset` is still accepted."""
    offset, limit = window(form, most=most, default=default)
    cursor = form.text("cursor")
    if cursor:
        offset = _offset_in(cursor)
    page = found[offset : offset + limit]
    more = offset + limit < len(found)
    facts = {
        "has_more": more,
        "next_cursor": _cursor_at(offset + limit) if more else "",
        "prev_cursor": _cursor_at(max(0, offset - limit)) if offset else "",
        "next_offset": offset + limit if more else None,
    }
    return page, facts


def window(form: Form, *, most: int, default: int) -> tuple[int, int]:
    offset = form.number("offset", 0) or 0
    limit = form.number("limit", default)
    limit = default if limit is None else limit
    if not 0 <= offset <= 50000:
        raise invalid_fields({"offset": "offset must be between 0 and 50000"})
    if not 1 <= limit <= most:
        raise invalid_fields({"limit": f"limit must be between 1 and {most}"})
    return offset, limit


def _cursor_at(offset: int) -> str:
    return f"c{offset:x}"


def _offset_in(cursor: str) -> int:
    try:
        return int(cursor.removeprefix("c"), 16)
    except ValueError:
        raise invalid_fields({"cursor": "cursor is invalid"}) from None


def stored_tags(tags: Iterable[str]) -> list[str]:
    """What the site keeps: letters, digits and underscores, each once whatever its case, thirty at most."""
    kept: dict[str, str] = {}
    for tag in tags:
        clean = re.sub(r"\W", "", tag.strip().lstrip("#").replace(" ", "_"), flags=re.UNICODE)
        if clean:
            kept.setdefault(clean.lower(), clean)
    return list(kept.values())[:30]


def true_words(values: Mapping[str, str]) -> dict[str, str]:
    """License options as sent, without the empty ones."""
    return {key: value for key, value in values.items() if value != ""}
