"""Review: the grid, and one picture at a time."""

from dataclasses import dataclass, replace

from aiohttp import web

from core.ports import Neighbours, PostQuery
from core.posts.post import Post, PostStatus
from core.posts.readiness import warnings
from web.keys import READS
from web.pages import actions
from web.pages.actions import Action
from web.pages.list_kinds import REVIEW as KIND
from web.pages.lists import Bar, Pages, bar_of, pages_of, posts_of
from web.pages.metadata import Made, made_of
from web.pages.moments import Moment
from web.pages.pictures import Thumb, size_words, thumb_of, whole_picture
from web.pages.rows import Shot, name_of, shot_of
from web.pages.states import StateView, state_of
from web.pages.visit import Visit, visit

GRID = 30
BATCH_MOST = 60


@dataclass(frozen=True, slots=True)
class GridPage:
    text: str
    here: str
    first_url: str | None
    shots: tuple[Shot, ...]
    pages: Pages
    is_live: bool
    bar: Bar
    drafts: int  # what to go on with when nothing waits


@dataclass(frozen=True, slots=True)
class Sibling:
    id: int
    url: str
    name: str
    is_this: bool
    thumb: Thumb | None


@dataclass(frozen=True, slots=True)
class SinglePage:
    id: int
    version: int
    name: str
    here: str
    place: str
    state: StateView
    is_open: bool
    picture: Thumb | None
    is_mature: bool
    is_video: bool
    back_url: str
    prev_url: str | None
    next_url: str | None
    after_url: str
    batch: tuple[Sibling, ...]
    narrowed: str
    warnings: tuple[str, ...]
    ai_fix: Action | None
    twins_url: str
    description: str
    tags: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    arrived: Moment
    made: Made | None
    approve: Action
    reject: Action
    schedule: Action | None
    edit: Action


def add_routes(app: web.Application) -> None:
    app.router.add_get("/review", grid, name="review")
    app.router.add_get(r"/review/{post_id:\d+}", single, name="review-one")
    app.router.add_get(r"/review/{post_id:\d+}/twins", twins, name="review-twins")


async def grid(request: web.Request) -> web.Response:
    here = await visit(request)
    found = await posts_of(here, KIND, limit=GRID)
    return here.show(
        "review.html",
        "review",
        GridPage(
            text=_waiting(found.total),
            here=here.here,
            first_url=_one_url(here, found.posts[0].id) if found.posts else None,
            shots=tuple(shot_of(post, here.reader, back=here.here) for post in found.posts),
            pages=pages_of(here, KIND, found.next_cursor),
            is_live="cursor" not in request.query and here.account_id is None,
            bar=bar_of(here, KIND, found),
            drafts=here.overview.counts.get("draft", 0),
        ),
    )


def _waiting(total: int | None) -> str:
    if not total:
        return ""
    return "One picture waits." if total == 1 else f"{total:,} pictures wait."


async def single(request: web.Request) -> web.Response:
    here = await visit(request)
    reads = request.app[READS]
    post = await reads.post(int(request.match_info["post_id"]), user_id=here.user.id)
    narrowed = here.account_id or here.shared_account(post)
    around = await reads.beside(post, PostStatus.REVIEW, account_id=narrowed)
    batch = await _batch(request, post)
    metadata = (await reads.file(post.files[0].id, user_id=here.user.id)).metadata if post.files else None
    page = _single(here, post, around, batch)
    return here.show("review_one.html", "review", replace(page, made=made_of(metadata)))


async def _batch(request: web.Request, post: Post) -> tuple[Post, ...]:
    """Those that arrived together and still wait, in the order of the grid; empty unless there is a choice."""
    if not post.batch or post.status is not PostStatus.REVIEW:
        return ()
    query = PostQuery(post.user_id, (PostStatus.REVIEW,), batch=post.batch, limit=BATCH_MOST)
    found = (await request.app[READS].posts(query)).posts
    return found if len(found) > 1 else ()


def _one_url(here: Visit, post_id: int) -> str:
    """One at a time, within the account that the reader has narrowed the pages to."""
    return f"/review/{post_id}" + _narrowed(here)


def _narrowed(here: Visit) -> str:
    return f"?account_id={here.account_id}" if here.account_id else ""


def following_url(here: Visit, around: Neighbours) -> str:
    """Where a decision leads on to."""
    return _one_url(here, around.following) if around.following else "/review" + _narrowed(here)


def _place(post: Post, around: Neighbours) -> str:
    if post.status is not PostStatus.REVIEW:
        return _waiting(around.ahead + around.behind)
    return f"{around.ahead + 1:,} of {around.ahead + 1 + around.behind:,}"


def _single(here: Visit, post: Post, around: Neighbours, batch: tuple[Post, ...]) -> SinglePage:
    after = following_url(here, around)
    shown = next(iter(post.files), None)
    may_edit = here.reader.may_edit(post)
    return SinglePage(
        id=post.id,
        version=post.version,
        name=name_of(post),
        here=here.here,
        place=_place(post, around),
        state=state_of(post),
        is_open=post.status is PostStatus.REVIEW,
        picture=whole_picture(post, shown) if shown else None,
        is_mature=bool(post.details.is_mature),
        is_video=bool(shown and shown.is_video),
        back_url=f"/review{_narrowed(here)}#post-{post.id}",
        prev_url=_one_url(here, around.newer) if around.newer else None,
        next_url=_one_url(here, around.older) if around.older else None,
        after_url=after,
        batch=tuple(replace(_sibling(other, post), url=_one_url(here, other.id)) for other in batch),
        narrowed=_narrowed(here),
        warnings=warnings(post.details, post.files),
        ai_fix=actions.ai_fix(post, here.here) if may_edit else None,
        twins_url=f"/review/{post.id}/twins" if shown and shown.phash else "",
        description=post.details.description,
        tags=post.details.tags,
        facts=_facts(here, post),
        arrived=here.reader.moment(post.created_at),
        made=None,
        # Whole forms: they lead on to the next picture, and the message with Undo comes along.
        approve=_deciding(actions.approve(post, after), here),
        reject=_deciding(actions.reject(post, after), here),
        schedule=actions.schedule(post) if may_edit else None,
        edit=actions.edit(post) if may_edit else replace(actions.edit(post), label="Notes", icon="list"),
    )


def _deciding(action: Action, here: Visit) -> Action:
    """`stay`: where a refusal is told, and where taking it back leads."""
    return replace(action, quick=False, fields={**action.fields, "stay": here.here})


def _sibling(post: Post, this: Post | None = None) -> Sibling:
    is_this = this is not None and post.id == this.id
    url = f"/review/{post.id}" if post.status is PostStatus.REVIEW else f"/posts/{post.id}"
    return Sibling(post.id, url, name_of(post), is_this, thumb_of(post))


def _facts(here: Visit, post: Post) -> tuple[tuple[str, str], ...]:
    account = here.reader.accounts.get(post.account_id)
    facts = [("Account", account.username if account else ""), ("From", post.source)]
    if post.files:
        file = post.files[0]
        size = f"{file.width} × {file.height}, " if file.width else ""
        facts = [("File", file.name), ("Size", size + size_words(file.bytes)), *facts]
    if len(post.files) > 1:
        facts.append(("Pictures", str(len(post.files))))
    facts.append(("Flags", ", ".join(_flags(post))))
    return tuple((name, value) for name, value in facts if value)


def _flags(post: Post) -> list[str]:
    said = [("made with AI", post.details.is_ai_generated), ("mature", post.details.is_mature)]
    return [word for word, is_set in said if is_set]


async def twins(request: web.Request) -> web.Response:
    """Queued or published pictures that look almost the same; looked for after the page is there."""
    here = await visit(request)
    reads = request.app[READS]
    post = await reads.post(int(request.match_info["post_id"]), user_id=here.user.id)
    phash = next((file.phash for file in post.files if file.phash), None)
    ids = await reads.near_twins(here.user.id, phash, except_post=post.id) if phash else ()
    found = [_sibling(await reads.post(twin, user_id=here.user.id)) for twin in ids]
    return here.fragment("_twins.html", twins=found, post_id=post.id)
