"""Two pictures that look alike, side by side: what differs, which to keep, and the way back."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from core.errors import NotFound, UserError
from core.planning.wall_clock import Wish, instant_of, parse_local
from core.posts.post import Post, PostStatus, Verb
from web.keys import PLANNER, READS, REVIEW
from web.pages import verbs
from web.pages.actions import may
from web.pages.flash import Flash, Undo
from web.pages.forms import Answer, Form, answer, read_form, refusal
from web.pages.metadata import Made, made_of
from web.pages.moments import Moment
from web.pages.pictures import Thumb, size_words, whole_picture
from web.pages.rows import name_of
from web.pages.states import StateView, state_of
from web.pages.verbs import Call, wish_fields
from web.pages.visit import Visit, visit

PATH = r"/review/{post_id:\d+}/beside/{twin_id:\d+}"


@dataclass(frozen=True, slots=True)
class Side:
    id: int
    version: int
    name: str
    url: str
    state: StateView
    arrived: Moment
    picture: Thumb | None


@dataclass(frozen=True, slots=True)
class Piece:
    """A phrase of a longer text; `is_own` when the other text does not have it."""

    text: str
    is_own: bool


@dataclass(frozen=True, slots=True)
class Line:
    """What one thing is here and there."""

    label: str
    differs: bool
    sides: tuple[tuple[Piece, ...], tuple[Piece, ...]]


@dataclass(frozen=True, slots=True)
class Choice:
    """`keep`: this, other or both. `text` says what will happen; no button where `is_possible` is false."""

    keep: str
    label: str
    text: str
    key: str
    is_possible: bool = True


@dataclass(frozen=True, slots=True)
class BesidePage:
    url: str
    back: str
    sides: tuple[Side, Side]
    lines: tuple[Line, ...]
    choices: tuple[Choice, ...]
    same: str


def add_routes(app: web.Application) -> None:
    app.router.add_get(PATH, show, name="review-beside")
    app.router.add_post(PATH, keep, name="review-beside-keep")
    app.router.add_post(PATH + "/undo", undo, name="review-beside-undo")


async def show(request: web.Request) -> web.Response:
    here = await visit(request)
    this, other = await _both(here)
    made = [await _made(here, post) for post in (this, other)]
    lines = _lines(here, this, other, made)
    page = BesidePage(
        url=f"/review/{this.id}/beside/{other.id}",
        back=_back(this),
        sides=(_side(here, this), _side(here, other)),
        lines=tuple(line for line in lines if line.differs),
        choices=_choices(this, other),
        same=", ".join(line.label.lower() for line in lines if not line.differs),
    )
    return here.show("review_beside.html", "review", page)


async def _both(here: Visit) -> tuple[Post, Post]:
    reads, given = here.request.app[READS], here.request.match_info
    this = await reads.post(int(given["post_id"]), user_id=here.user.id)
    other = await reads.post(int(given["twin_id"]), user_id=here.user.id)
    if this.id == other.id:
        raise NotFound
    return this, other


def _back(post: Post) -> str:
    return f"/review/{post.id}" if post.status is PostStatus.REVIEW else f"/posts/{post.id}"


def _side(here: Visit, post: Post) -> Side:
    shown = next(iter(post.files), None)
    return Side(
        id=post.id,
        version=post.version,
        name=name_of(post),
        url=_back(post),
        state=state_of(post),
        arrived=here.reader.moment(post.published_at or post.created_at),
        picture=whole_picture(post, shown) if shown else None,
    )


async def _made(here: Visit, post: Post) -> Made | None:
    if not post.files:
        return None
    return made_of((await here.request.app[READS].file(post.files[0].id, user_id=here.user.id)).metadata)


# --- what differs


def _lines(here: Visit, this: Post, other: Post, made: Sequence[Made | None]) -> list[Line]:
    """Everything that both or one of them say, in the order in which people compare."""
    facts = [_facts(here, post, how) for post, how in zip((this, other), made, strict=True)]
    labels = dict.fromkeys(label for one in facts for label in one)
    return [_line(label, facts[0].get(label, ""), facts[1].get(label, "")) for label in labels]


def _facts(here: Visit, post: Post, made: Made | None) -> dict[str, str]:
    account = here.reader.accounts.get(post.account_id)
    found = {"Title": post.details.title, "Account": account.username if account else ""}
    if post.files:
        file = post.files[0]
        found["Size"] = f"{file.width} × {file.height}" if file.width else ""
        found["File"] = f"{file.mime.partition('/')[2].upper()}, {size_words(file.bytes)}"
    if made:
        found |= {"Prompt": made.prompt, "Negative prompt": made.negative, "Seed": made.seed}
        found |= dict(made.facts) | dict(made.settings)
    found |= {"Tags": ", ".join(post.details.tags), "Description": post.details.description}
    return {label: value for label, value in found.items() if value}


def _line(label: str, this: str, other: str) -> Line:
    return Line(label, this != other, (pieces(this, other), pieces(other, this)))


def pieces(text: str, other: str) -> tuple[Piece, ...]:
    """*text* in its phrases, between commas, each told apart from what stands anywhere in *other*."""
    theirs = {phrase.strip() for phrase in other.split(",")}
    phrases = text.split(",")
    last = len(phrases) - 1
    return tuple(
        Piece(phrase + ("," if at < last else ""), bool(phrase.strip()) and phrase.strip() not in theirs)
        for at, phrase in enumerate(phrases)
        if phrase
    )


# --- which to keep


def _choices(this: Post, other: Post) -> tuple[Choice, ...]:
    return (
        _keep_one("this", this, other, "1"),
        _keep_one("other", other, this, "2"),
        Choice("both", "Keep both", _both_text(this, other), "3"),
    )


def _keep_one(keep: str, kept: Post, gone: Post, key: str) -> Choice:
    label = "Keep this" if keep == "this" else "Keep the other"
    if not _may_go(gone):
        return Choice(keep, label, f"“{name_of(gone)[:60]}” {_WHY_IT_STAYS}", key, is_possible=False)
    left = "The other one" if keep == "this" else "This one"
    said = f"It is approved, and {left.lower()}" if kept.status is PostStatus.REVIEW else left
    return Choice(keep, label, f"{said} goes to the trash.", key)


_WHY_IT_STAYS = "is online or on its way: it can no longer be rejected."


def _both_text(this: Post, other: Post) -> str:
    waiting = sum(post.status is PostStatus.REVIEW for post in (this, other))
    approves = {0: "", 1: "The one in review is approved. "}.get(waiting, "Both are approved. ")
    return f"{approves}They are not shown as near twins again."


def _may_go(post: Post) -> bool:
    """Not what is online: throwing away its post would not take it off DeviantArt."""
    return may(post, Verb.DISCARD) and post.status not in {PostStatus.PUBLISHED, PostStatus.UPLOADING}


async def keep(request: web.Request) -> web.Response:
    """First the one that goes, which may be refused; then the approvals."""
    here = await visit(request)
    form = await read_form(request)
    this, other = await _both(here)
    back = f"/review/{this.id}/beside/{other.id}"
    seen = {this.id: form.number("version"), other.id: form.number("twin_version")}
    gone = {"this": other, "other": this}.get(form.text("keep"))
    try:
        if gone is not None and _may_go(gone):
            await _let_go(here, gone, seen)
        elif gone is not None:
            return _refused(request, f"“{name_of(gone)[:60]}” {_WHY_IT_STAYS}", back)
        approved = [
            (await verbs.approve(Call(request.app, here.user, post.id, seen[post.id]))).id
            for post in (this, other)
            if post is not gone and post.status is PostStatus.REVIEW
        ]
        if gone is None:
            await request.app[REVIEW].keep_both(this.id, other.id, by=here.actor)
    except UserError as error:
        return refusal(request, error, back=back)
    following = await _following(here, this)
    flash = Flash(_said(this, other, gone, approved), undo=_undo(this, other, gone, approved))
    return answer(request, Answer(flash, {}), back=following)


def _refused(request: web.Request, text: str, back: str) -> web.Response:
    return answer(request, Answer(Flash(text, bad=True), {}), back=back)


async def _let_go(here: Visit, gone: Post, seen: dict[int, int | None]) -> None:
    call = Call(here.request.app, here.user, gone.id, seen[gone.id])
    await (verbs.reject if gone.status is PostStatus.REVIEW else verbs.discard)(call)


async def _following(here: Visit, this: Post) -> str:
    """The next picture that waits, as after any decision in Review."""
    around = await here.request.app[READS].beside(this, PostStatus.REVIEW, account_id=here.shared_account(this))
    return f"/review/{around.following}" if around.following else "/review"


def _said(this: Post, other: Post, gone: Post | None, approved: Sequence[int]) -> str:
    if gone is None:
        return "Both stay. They are not shown as near twins again."
    kept = other if gone is this else this
    return f"“{name_of(kept)[:60]}” stays; “{name_of(gone)[:60]}” is in the trash."


def _undo(this: Post, other: Post, gone: Post | None, approved: Sequence[int]) -> Undo:
    fields: dict[str, str | int] = {"approved": ",".join(map(str, approved))}
    if gone is None:
        fields |= {"both": "yes"}
    else:
        fields |= {"gone": gone.id}
        if gone.status is PostStatus.SCHEDULED:
            fields |= wish_fields(gone)
    return Undo(f"/review/{this.id}/beside/{other.id}/undo", fields=fields)


async def undo(request: web.Request) -> web.Response:
    """What was approved waits again; what went is back, at its time when that is still ahead."""
    here = await visit(request)
    form = await read_form(request)
    this, other = await _both(here)
    back = f"/review/{this.id}/beside/{other.id}"
    both = {this.id, other.id}
    try:
        for post_id in both.intersection(form.ids("approved")):
            await verbs.send_back(Call(request.app, here.user, post_id, None))
        if form.has("both"):
            await here.request.app[REVIEW].forget_kept_both(this.id, other.id, by=here.actor)
        if (gone := form.number("gone")) in both:
            await verbs.restore(Call(request.app, here.user, gone, None))
            if form.has("local"):
                await _as_it_was_planned(here, gone, form)
    except UserError as error:
        return refusal(request, error, back=back)
    return answer(request, Answer(Flash("Both are back as they were."), {}), back=back)


async def _as_it_was_planned(here: Visit, post_id: int, form: Form) -> None:
    planned = instant_of(Wish(parse_local(form.text("local")), form.text("time_zone")))
    if planned.due_at > here.now:
        jitter = 60 * (form.number("jitter_minutes") or 0)
        await here.request.app[PLANNER].schedule(
            post_id, planned, by=here.actor, jitter_seconds=jitter, override_pacing=True
        )
