"""Drafts, Scheduled, Published, Failed, Trash and Search: one page, one template, told apart by what they list."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from urllib.parse import urlencode

from aiohttp import web

from core.errors import InvalidInput, NotFound
from core.ports import PostPage, PostQuery
from core.posts.post import Post, PostStatus
from web.keys import READS
from web.pages.actions import Link
from web.pages.moments import suggestions
from web.pages.rows import Row, row_of, shot_of
from web.pages.visit import Visit, visit

S = PostStatus
PAGE = 25
QUERY_KEPT = 200


@dataclass(frozen=True, slots=True)
class Empty:
    icon: str
    title: str
    text: str
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class Bulk:
    key: str
    label: str
    icon: str
    danger: bool = False
    primary: bool = False


@dataclass(frozen=True, slots=True)
class Pages:
    first_url: str | None
    next_url: str | None


@dataclass(frozen=True, slots=True)
class Kind:
    """What a list shows. `noun` counts them: singular and plural; `{days}` in texts is how long the trash is kept."""

    key: str
    path: str
    title: str
    statuses: tuple[PostStatus, ...]
    sort: str
    noun: tuple[str, str]
    empty: Empty
    bulk: tuple[Bulk, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class ListPage:
    key: str
    title: str
    text: str
    path: str
    here: str
    q: str
    rows: tuple[Row, ...]
    pages: Pages
    total: int | None
    total_text: str
    statuses: str
    is_live: bool
    is_filtered: bool
    clear_url: str
    filter_words: str
    empty: Empty
    bulk: tuple[Bulk, ...]
    suggested_local: str
    links: tuple[Link, ...] = ()
    sorts: tuple[tuple[str, str], ...] = ()
    autofocus: bool = False
    errors: dict[str, str] = field(default_factory=dict)


SCHEDULE = Bulk("schedule", "Schedule", "calendar-clock")
TAGS = Bulk("tags", "Tags", "tag")
TRASH = Bulk("discard", "Move to trash", "trash-2", danger=True)
APPROVE = Bulk("approve", "Approve", "check", primary=True)
REJECT = Bulk("reject", "Reject", "x", danger=True)

KINDS = (
    Kind(
        "drafts",
        "/drafts",
        "Drafts",
        (S.DRAFT,),
        "newest",
        ("draft", "drafts"),
        Empty(
            "pencil",
            "No drafts",
            "Approve a picture in Review and it waits here until you give it a time.",
            Link("/review", "Go to Review"),
        ),
        (SCHEDULE, TAGS, TRASH),
    ),
    Kind(
        "scheduled",
        "/scheduled",
        "Scheduled",
        (S.SCHEDULED, S.UPLOADING, S.PUBLISHING),
        "due",
        ("scheduled post", "scheduled posts"),
        Empty(
            "calendar-clock",
            "Nothing is scheduled",
            "Give a draft a time, or drag it onto a day in the calendar, and it goes out by itself.",
            Link("/drafts", "Go to Drafts"),
        ),
        (
            Bulk("hold", "Hold", "pause"),
            Bulk("unhold", "Release", "play"),
            Bulk("unschedule", "Unschedule", "calendar"),
            TAGS,
            TRASH,
        ),
    ),
    Kind(
        "published",
        "/published",
        "Published",
        (S.PUBLISHED,),
        "published",
        ("published post", "published posts"),
        Empty(
            "circle-check",
            "Nothing published yet",
            "What goes out appears here, with its link on DeviantArt.",
            Link("/calendar", "Look at the calendar"),
        ),
        (TRASH,),
    ),
    Kind(
        "failed",
        "/failed",
        "Failed",
        (S.FAILED,),
        "newest",
        ("failed post", "failed posts"),
        Empty("circle-check", "Nothing failed", "If DeviantArt refuses something, it shows here with the reason."),
        (Bulk("publish", "Try again", "refresh-cw"), Bulk("unschedule", "Back to drafts", "pencil"), TRASH),
    ),
    Kind(
        "trash",
        "/trash",
        "Trash",
        (S.DISCARDED,),
        "discarded",
        ("post in the trash", "posts in the trash"),
        Empty("trash-2", "The trash is empty", "What you reject or throw away stays here for {days}."),
        (Bulk("restore", "Restore", "undo-2"),),
        "Everything here is deleted for good after {days}.",
    ),
    Kind(
        "search",
        "/search",
        "Search",
        (),
        "newest",
        ("post", "posts"),
        Empty("search", "Search everything", "Find posts by title, tag, prompt, model or seed."),
        (TAGS, TRASH),
    ),
)
BY_KEY = {kind.key: kind for kind in KINDS}
SECTIONS = {"drafts": "draft", "trash": "discarded"}


def add_routes(app: web.Application) -> None:
    for kind in KINDS:
        app.router.add_get(kind.path, _handler(kind), name=f"list-{kind.key}")
    app.router.add_get(r"/posts/{post_id:\d+}/row", refreshed_row, name="post-row")


def _handler(kind: Kind) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        here = await visit(request)
        found = await posts_of(here, kind)
        return here.show("list.html", SECTIONS.get(kind.key, kind.key), _page(here, kind, found))

    return handle


async def posts_of(here: Visit, kind: Kind, *, limit: int = PAGE) -> PostPage:
    """The page of posts that the address asks for; a cursor that is none of ours begins again."""
    asked = here.request.query
    query = PostQuery(
        user_id=here.user.id,
        statuses=kind.statuses,
        text=asked.get("q", "")[:QUERY_KEPT],
        tag=asked.get("tag", "")[:QUERY_KEPT],
        account_id=here.account_id,
        sort=kind.sort,
        limit=limit,
        cursor=asked.get("cursor") or None,
    )
    if kind.key == "search" and not (query.text.strip() or query.tag):
        return PostPage((), None, None)
    try:
        return await here.request.app[READS].posts(query)
    except InvalidInput:
        raise web.HTTPSeeOther(kind.path) from None


def _page(here: Visit, kind: Kind, found: PostPage) -> ListPage:
    asked = here.request.query
    is_filtered = bool(asked.get("q", "").strip() or asked.get("tag"))
    return ListPage(
        key=kind.key,
        title=kind.title,
        text=kind.text.format(days=here.reader.trash_days),
        path=kind.path,
        here=here.here,
        q=asked.get("q", "")[:QUERY_KEPT],
        rows=tuple(row_of(post, here.reader, back=here.here) for post in found.posts),
        pages=pages_of(here, kind.path, found.next_cursor),
        total=found.total,
        total_text=_counted(found.total, kind.noun),
        statuses=" ".join(kind.statuses),
        is_live="cursor" not in asked and not is_filtered and here.account_id is None,
        is_filtered=is_filtered,
        clear_url=_url(kind.path, {"account_id": here.account_id}),
        filter_words=f"#{asked['tag']}" if asked.get("tag") else "Clear",
        empty=replace(kind.empty, text=kind.empty.text.format(days=here.reader.trash_days)),
        bulk=kind.bulk,
        suggested_local=suggestions(here.now, here.place)[1][1],
        autofocus=kind.key == "search" and not is_filtered,
    )


def pages_of(here: Visit, path: str, next_cursor: str | None) -> Pages:
    kept = {name: here.request.query.get(name) for name in ("q", "tag", "account_id")}
    first = _url(path, kept) if "cursor" in here.request.query else None
    return Pages(first, _url(path, kept | {"cursor": next_cursor}) if next_cursor else None)


def _url(path: str, parameters: Mapping[str, object]) -> str:
    given = {name: value for name, value in parameters.items() if value}
    return f"{path}?{urlencode(given)}" if given else path


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


def agenda_row(here: Visit, post: Post) -> Row:
    """As the calendar's list shows it: below its day, so the clock is enough."""
    row = row_of(post, here.reader, back="/calendar/list", selectable=False)
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
