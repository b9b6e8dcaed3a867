"""Drafts, Scheduled, Published, Failed, Trash and Search: one page, one template, told apart by what they list."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from aiohttp import web

from core.account import Account
from core.errors import InvalidInput, NotFound
from core.ports import PostPage
from core.posts.post import Post, PostStatus
from web.keys import READS
from web.pages.list_kinds import BY_KEY, KINDS, SELECTABLE, Bulk, Empty, Kind
from web.pages.list_query import Asked, Chip, Choice, asked_of, chips, choices, sorts
from web.pages.moments import suggestions
from web.pages.rows import Row, row_of, shot_of
from web.pages.visit import Visit, visit

S = PostStatus
PAGE = 25


@dataclass(frozen=True, slots=True)
class Pages:
    first_url: str | None
    next_url: str | None


@dataclass(frozen=True, slots=True)
class Bar:
    """What is done with the posts that are ticked, or with everything that the list finds (`match`).

    `total_text` is empty as long as nobody has counted.
    """

    key: str
    match: str
    here: str
    total_text: str
    has_more: bool
    actions: tuple[Bulk, ...]
    suggested_local: str


@dataclass(frozen=True, slots=True)
class ListPage:
    """`total` None: nobody has counted yet; `count_url` does."""

    key: str
    title: str
    text: str
    path: str
    here: str
    asked: Asked
    rows: tuple[Row, ...]
    pages: Pages
    total: int | None
    total_text: str
    count_url: str
    statuses: str
    is_live: bool
    clear_url: str
    chips: tuple[Chip, ...]
    choices: tuple[Choice, ...]
    sorts: tuple[tuple[str, str], ...]
    accounts: tuple[Account, ...]
    empty: Empty
    bar: Bar
    autofocus: bool = False


SECTIONS = {"drafts": "draft", "trash": "discarded"}


def add_routes(app: web.Application) -> None:
    for kind in KINDS:
        app.router.add_get(kind.path, _handler(kind), name=f"list-{kind.key}")
    app.router.add_get(r"/lists/{key}/count", counted, name="list-count")
    app.router.add_get(r"/posts/{post_id:\d+}/row", refreshed_row, name="post-row")


def _handler(kind: Kind) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        here = await visit(request)
        found = await posts_of(here, kind)
        return here.show("list.html", SECTIONS.get(kind.key, kind.key), _page(here, kind, found))

    return handle


def asked_by(here: Visit, kind: Kind) -> Asked:
    return asked_of(kind, here.request.query, here.reader.accounts.keys())


async def posts_of(here: Visit, kind: Kind, *, limit: int = PAGE) -> PostPage:
    """The page of posts that the address asks for; a cursor that is none of ours begins again."""
    asked = asked_by(here, kind)
    if kind.key == "search" and not asked.is_narrowed:
        return PostPage((), None, None)
    query = asked.query(here.user.id, limit=limit, cursor=here.request.query.get("cursor") or None)
    try:
        return await here.request.app[READS].posts(query)
    except InvalidInput:
        raise web.HTTPSeeOther(asked.url()) from None


def _page(here: Visit, kind: Kind, found: PostPage) -> ListPage:
    asked = asked_by(here, kind)
    total = total_of(here, found)
    days = here.reader.trash_days
    return ListPage(
        key=kind.key,
        title=kind.title,
        text=kind.text.format(days=days),
        path=kind.path,
        here=here.here,
        asked=asked,
        rows=tuple(row_of(post, here.reader, back=here.here) for post in found.posts),
        pages=pages_of(here, kind, found.next_cursor),
        total=total,
        total_text=_counted(total, kind.noun),
        count_url=f"/lists/{kind.key}/count?{asked.match}",
        statuses=" ".join(kind.statuses),
        is_live="cursor" not in here.request.query and not asked.is_narrowed and asked.account_id is None,
        clear_url=Asked(kind, account_id=asked.account_id).url(),
        chips=chips(asked),
        choices=choices(asked),
        sorts=sorts(asked),
        accounts=tuple(here.reader.accounts.values()),
        empty=replace(kind.empty, text=kind.empty.text.format(days=days)),
        bar=bar_of(here, kind, found),
        autofocus=kind.key == "search" and not asked.is_narrowed,
    )


def bar_of(here: Visit, kind: Kind, found: PostPage) -> Bar:
    return Bar(
        key=kind.key,
        match=asked_by(here, kind).match,
        here=here.here,
        total_text=_counted(total_of(here, found), kind.noun),
        has_more=found.next_cursor is not None or "cursor" in here.request.query,
        actions=kind.bulk,
        suggested_local=suggestions(here.now, here.place)[1][1],
    )


def total_of(here: Visit, found: PostPage) -> int | None:
    """Where counters cannot tell, a list that fits on its page does."""
    fits = found.next_cursor is None and "cursor" not in here.request.query
    return len(found.posts) if found.total is None and fits else found.total


def pages_of(here: Visit, kind: Kind, next_cursor: str | None) -> Pages:
    asked = asked_by(here, kind)
    first = asked.url() if "cursor" in here.request.query else None
    return Pages(first, asked.url(cursor=next_cursor) if next_cursor else None)


async def counted(request: web.Request) -> web.Response:
    """How many a narrowed list finds: asked for after the page is there."""
    here = await visit(request)
    kind = SELECTABLE.get(request.match_info["key"])
    if kind is None:
        raise NotFound
    total = await request.app[READS].count(asked_by(here, kind).query(here.user.id))
    return here.fragment("_total.html", total_text=_counted(total, kind.noun))


def _counted(total: int | None, noun: tuple[str, str]) -> str:
    return "" if total is None else f"{total:,} {noun[0] if total == 1 else noun[1]}"


async def refreshed_row(request: web.Request) -> web.Response:
    """One row after a change. A post that no longer belongs to the list takes its row away."""
    here = await visit(request)
    key = request.query.get("list", "")
    try:
        post = await request.app[READS].post(int(request.match_info["post_id"]), user_id=here.user.id)
    except NotFound:
        return _gone()
    if key == "review":
        if post.status is not S.REVIEW:
            return _gone()
        return here.fragment("_shot.html", shot=shot_of(post, here.reader, back="/review"))
    if not _belongs(post, key):
        return _gone()
    shown = row_of(post, here.reader, back=BY_KEY[key].path) if key in BY_KEY else agenda_row(here, post)
    return here.fragment("_row.html", row=shown, list_key=key)


def agenda_row(here: Visit, post: Post, *, back: str = "/calendar/list") -> Row:
    """As the calendar's list shows it: below its day, so the clock is enough."""
    row = row_of(post, here.reader, back=back, selectable=False)
    clock = f"{shown_at(post).astimezone(here.place):%H:%M}"
    return replace(row, time=replace(here.reader.moment(shown_at(post)), text=clock, near=False))


def shown_at(post: Post) -> datetime:
    """Where a calendar shows it: its time, or for what went out by hand when it did."""
    at = post.plan.due_at if post.plan else post.published_at or post.updated_at
    return at.astimezone(UTC)


def _belongs(post: Post, key: str) -> bool:
    if key == "calendar":
        return post.status not in {S.DISCARDED, S.DRAFT, S.REVIEW}
    kind = BY_KEY.get(key)
    if kind is None:
        return False
    return post.status in kind.statuses or (not kind.statuses and post.status is not S.DISCARDED)


def _gone() -> web.Response:
    return web.Response(text="", content_type="text/html", headers={"HX-Reswap": "delete"})
