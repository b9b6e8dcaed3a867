"""What stands in an address: ids, limits, filters."""

from aiohttp import hdrs, web

from core.errors import InvalidInput, NotFound
from core.ports import PostQuery
from core.posts.post import PostStatus

LIMIT = 20
LIMIT_MOST = 100
TEXT_MOST = 200
SORTS = ("newest", "oldest", "title", "changed", "due", "latest", "published", "discarded")


def path_id(request: web.Request, name: str = "id") -> int:
    """Ids are opaque outside: whatever is no id of ours names nothing."""
    return read_id(request.match_info[name])


def read_id(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 18:
        raise NotFound
    return int(text)


def post_query(request: web.Request, user_id: int) -> PostQuery:
    """Raises `InvalidInput` naming what cannot be used."""
    query = request.query
    statuses = _statuses(query.getall("status", []))
    text, tag = query.get("q", "").strip(), query.get("tag", "").strip()
    for name, value in (("q", text), ("tag", tag)):
        if len(value) > TEXT_MOST:
            raise InvalidInput({name: f"At most {TEXT_MOST} characters."})
    return PostQuery(
        user_id=user_id,
        statuses=statuses,
        text=text,
        tag=tag,
        account_id=account_in(query.get("account_id")),
        batch=query.get("batch", "")[:TEXT_MOST],
        is_mature=_maybe(request, "is_mature"),
        is_ai=_maybe(request, "is_ai_generated"),
        held=_maybe(request, "held"),
        ready=_maybe(request, "ready"),
        sort=_sort(query.get("sort"), statuses),
        limit=read_limit(request),
        cursor=query.get("cursor") or None,
    )


def read_limit(request: web.Request) -> int:
    given = request.query.get("limit")
    if given is None:
        return LIMIT
    if not given.isdecimal() or len(given) > 3 or not 1 <= int(given) <= LIMIT_MOST:
        raise InvalidInput({"limit": f"The limit is a number from 1 to {LIMIT_MOST}."})
    return int(given)


def read_offset(request: web.Request) -> int:
    """For lists whose cursor is how many came before."""
    given = request.query.get("cursor", "0")
    if not given.isascii() or not given.isdecimal() or len(given) > 6:
        raise InvalidInput({"cursor": "This is no cursor of ours."})
    return int(given)


def read_before(given: str | None) -> int | None:
    """A cursor that is the last id of the page before. Raises `InvalidInput` for what no list gave out."""
    if not given:
        return None
    if not given.isascii() or not given.isdecimal() or len(given) > 18:
        raise InvalidInput({"cursor": "This is not a cursor that a list gave out. Start again without it."})
    return int(given)


def read_flag(request: web.Request, name: str) -> bool:
    """No when it is absent. Raises `InvalidInput` for what is neither yes nor no."""
    given = request.query.get(name, "0").strip().lower()
    if given not in ("1", "true", "0", "false"):
        raise InvalidInput({name: "This is true or false."})
    return given in ("1", "true")


def _maybe(request: web.Request, name: str) -> bool | None:
    return read_flag(request, name) if name in request.query else None


def _sort(given: str | None, statuses: tuple[PostStatus, ...]) -> str:
    if given is None:
        return "due" if statuses == (PostStatus.SCHEDULED,) else "newest"
    if given not in SORTS:
        raise InvalidInput({"sort": f"One of: {', '.join(SORTS)}."})
    return given


def _statuses(given: list[str]) -> tuple[PostStatus, ...]:
    words = [word.strip() for value in given for word in value.split(",") if word.strip()]
    known = set(PostStatus)
    if unknown := [word for word in words if word not in known]:
        raise InvalidInput({"status": f"“{unknown[0][:40]}” is no status. There are: {', '.join(PostStatus)}."})
    return tuple(dict.fromkeys(PostStatus(word) for word in words))


def account_in(given: str | None) -> int | None:
    if not given:
        return None
    # An account that cannot be anybody's: the list is empty, as for one of somebody else.
    return int(given) if given.isdecimal() and len(given) <= 18 else -1


def expected_version(request: web.Request, given: int | None) -> int | None:
    """The version that was seen: from the body, else from `If-Match: "<version>"`."""
    if given is not None:
        return given
    match = request.headers.get(hdrs.IF_MATCH)
    if match is None or match.strip() == "*":
        return None
    number = match.strip().removeprefix("W/").strip('"')
    if not number.isdecimal() or len(number) > 18:
        raise InvalidInput({"version": "If-Match holds the version in quotes."})
    return int(number)
