"""What was done to many posts at once: what became of each, the way back, and the list of the last 30 days."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from aiohttp import web

from core.bulk.bulks import UNDO_KEPT
from core.bulk.change import Action, Change
from core.bulk.ports import Bulk, BulkState, Item, Outcome
from core.errors import UserError
from core.planning.ports import UndoStep
from core.planning.replanning import UNDO_KEPT as PLANS_KEPT
from core.posts.post import Post
from core.users import User
from web.keys import BULK, PLANNING, READS
from web.pages.bulk_form import LABELS
from web.pages.flash import Flash, Undo
from web.pages.forms import BULK_MOST, Answer, answer, read_form, refusal
from web.pages.lists import Pages
from web.pages.moments import Moment
from web.pages.pictures import Thumb, thumb_of
from web.pages.rows import name_of
from web.pages.states import StateView, state_of
from web.pages.visit import Visit, go, visit

SHOWN = 50
LISTED = 30
TOLD = 3  # refusals in a message at the bottom
_DONE = {
    Action.EDIT: "changed",
    Action.APPROVE: "approved",
    Action.SEND_BACK: "sent back to review",
    Action.REJECT: "rejected",
    Action.DISCARD: "moved to the trash",
    Action.RESTORE: "restored",
    Action.SCHEDULE: "scheduled",
    Action.UNSCHEDULE: "taken off the schedule",
    Action.PUBLISH: "on the way to DeviantArt",
    Action.HOLD: "on hold",
    Action.UNHOLD: "released",
}
# By outcome: its word, and the tone it is said in. In the order in which people want to read them.
OUTCOMES = {
    Outcome.REFUSED: ("Refused", "bad"),
    Outcome.LEFT: ("Left alone", "needs"),
    Outcome.DONE: ("Done", "good"),
    Outcome.UNDONE: ("Put back", ""),
    Outcome.SAME: ("Nothing to change", ""),
    Outcome.WAITING: ("Still to come", ""),
}


@dataclass(frozen=True, slots=True)
class Results:
    """What became of each: `refused` pairs a title with the sentence."""

    done: tuple[int, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Tab:
    label: str
    count: int
    url: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class ItemView:
    name: str
    url: str
    thumb: Thumb | None
    state: StateView | None
    word: str
    tone: str
    sentence: str


@dataclass(frozen=True, slots=True)
class ChangeView:
    id: int
    title: str
    counts: str
    made: Moment
    actor: str
    is_busy: bool
    can_undo: bool
    can_stop: bool
    undone: str
    done: int
    total: int
    url: str


@dataclass(frozen=True, slots=True)
class ChangePage:
    here: str
    change: ChangeView
    tabs: tuple[Tab, ...]
    items: tuple[ItemView, ...]
    pages: Pages
    unplaced: tuple[int, ...]  # could not be scheduled at the times that were wanted


@dataclass(frozen=True, slots=True)
class Listed:
    """A change of any kind in the list. `undone`: what became of its way back, where it has none any more."""

    title: str
    url: str
    made: Moment
    said: str
    undo: Undo | None
    undone: str
    is_busy: bool = False
    done: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class ChangesPage:
    here: str
    changes: tuple[Listed, ...]
    is_busy: bool


def add_routes(app: web.Application) -> None:
    app.router.add_get("/changes", every, name="changes")
    app.router.add_get(r"/changes/{bulk_id:\d+}", one, name="change")
    app.router.add_post(r"/changes/{bulk_id:\d+}/undo", undo, name="change-undo")
    app.router.add_post(r"/changes/{bulk_id:\d+}/stop", stop, name="change-stop")


async def every(request: web.Request) -> web.Response:
    here = await visit(request)
    found = await request.app[BULK].reads.recent(here.user.id)
    steps = await request.app[PLANNING].reads.undo_steps(here.user.id, since=here.now - PLANS_KEPT, limit=LISTED)
    dated = [(bulk.created_at, _listed(view_of(here, bulk))) for bulk in found]
    dated += [(step.created_at, _planned(here, step)) for step in steps]
    views = tuple(view for _, view in sorted(dated, key=lambda one: one[0], reverse=True))
    page = ChangesPage(here.here, views, any(view.is_busy for view in views))
    return here.show("changes.html", "changes", page)


async def one(request: web.Request) -> web.Response:
    here = await visit(request)
    reads = request.app[BULK].reads
    bulk = await reads.one(bulk_id_of(request), user_id=here.user.id)
    if bulk.state is BulkState.OPEN:
        return go(f"/changes/{bulk.id}/edit")
    wanted = [outcome for outcome in Outcome if outcome == request.query.get("show")]
    after = request.query.get("after", "")
    position = int(after) if after.isdecimal() and len(after) < 10 else -1
    items = await reads.items(bulk.id, outcomes=wanted, after=position, limit=SHOWN + 1)
    page = ChangePage(
        here.here,
        view_of(here, bulk),
        _tabs(bulk, wanted),
        await _items(here, items[:SHOWN]),
        _pages(bulk, wanted, items, position),
        await _unplaced(request, bulk),
    )
    return here.show("change.html", "changes", page)


async def _unplaced(request: web.Request, bulk: Bulk) -> tuple[int, ...]:
    if bulk.change is None or bulk.change.action is not Action.SCHEDULE or bulk.state is not BulkState.DONE:
        return ()
    refused = await request.app[BULK].reads.items(bulk.id, outcomes=[Outcome.REFUSED], limit=BULK_MOST)
    return tuple(item.post_id for item in refused)


def bulk_id_of(request: web.Request) -> int:
    return int(request.match_info["bulk_id"][:18])


def _tabs(bulk: Bulk, wanted: Sequence[Outcome]) -> tuple[Tab, ...]:
    path = f"/changes/{bulk.id}"
    found = [Tab(OUTCOMES[one][0], bulk.count(one), f"{path}?show={one}", one in wanted) for one in OUTCOMES]
    return Tab("All", bulk.total, path, not wanted), *(tab for tab in found if tab.count)


def _pages(bulk: Bulk, wanted: Sequence[Outcome], items: Sequence[Item], position: int) -> Pages:
    shown = {"show": str(wanted[0])} if wanted else {}
    path = f"/changes/{bulk.id}"
    first = f"{path}?{urlencode(shown)}".rstrip("?") if position >= 0 else None
    more = f"{path}?{urlencode(shown | {'after': items[SHOWN - 1].position})}" if len(items) > SHOWN else None
    return Pages(first, more)


async def _items(here: Visit, items: Sequence[Item]) -> tuple[ItemView, ...]:
    ids = [item.post_id for item in items]
    posts = {post.id: post for post in await here.request.app[READS].some(ids, user_id=here.user.id)}
    return tuple(_item(item, posts.get(item.post_id)) for item in items)


def _item(item: Item, post: Post | None) -> ItemView:
    word, tone = OUTCOMES[item.outcome]
    if post is None:
        return ItemView(f"Post {item.post_id}", "", None, None, word, tone, item.sentence)
    return ItemView(name_of(post), f"/posts/{post.id}", thumb_of(post), state_of(post), word, tone, item.sentence)


def view_of(here: Visit, bulk: Bulk) -> ChangeView:
    is_young = bulk.created_at > here.now - UNDO_KEPT
    return ChangeView(
        id=bulk.id,
        title=title_of(bulk),
        counts=_counts(bulk),
        made=here.reader.moment(bulk.created_at),
        actor="" if bulk.actor == here.user.name and bulk.via == "dashboard" else f"{bulk.actor}, {bulk.via}",
        is_busy=bulk.is_busy,
        can_undo=bulk.state is BulkState.DONE and bulk.count(Outcome.DONE) > 0 and is_young,
        can_stop=bulk.state is BulkState.RUNNING,
        undone=_undone(bulk),
        done=bulk.total - bulk.count(Outcome.WAITING),
        total=bulk.total,
        url=f"/changes/{bulk.id}",
    )


def title_of(bulk: Bulk) -> str:
    """What was wanted, in words: “Changed title and tags of 12 posts”."""
    posts = counted(bulk.total)
    if bulk.change is None:
        return posts
    if bulk.change.action is Action.EDIT:
        return f"{posts}: {_edited(bulk.change)}"
    besides = f"{_edited(bulk.change)}, " if bulk.change.fields else ""
    return f"{posts}: {besides}{_DONE[bulk.change.action]}"


def _edited(change: Change) -> str:
    names = [LABELS.get(name, name) for name in change.fields]
    names = [name[:1].lower() + name[1:] for name in names]
    names += ["templates"] if change.templates else []
    names += ["account"] if change.account_id is not None else []
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1]))) + " changed" if names else "changed"


def _listed(view: ChangeView) -> Listed:
    return Listed(
        view.title,
        view.url,
        view.made,
        " · ".join(filter(None, (view.actor, view.counts))),
        Undo(f"{view.url}/undo", fields={"next": "/changes"}) if view.can_undo else None,
        view.undone,
        view.is_busy,
        view.done,
        view.total,
    )


def _planned(here: Visit, step: UndoStep) -> Listed:
    """Times that several posts were given at once: a spread, the queue."""
    what = step.text.removeprefix(f"{counted(step.posts)} ").rstrip(".")
    return Listed(
        f"{counted(step.posts)}: {what[:1].lower()}{what[1:]}",
        "",
        here.reader.moment(step.created_at),
        "",
        None if step.is_used else Undo("/plans/undo", fields={"next": "/changes", "undo_id": step.id}),
        "Taken back" if step.is_used else "",
    )


def _undone(bulk: Bulk) -> str:
    if bulk.state is not BulkState.UNDONE:
        return ""
    return "Taken back" if bulk.count(Outcome.UNDONE) else "None taken back"


def _counts(bulk: Bulk) -> str:
    said = [
        f"{bulk.count(outcome):,} {'unchanged' if outcome is Outcome.SAME else word.lower()}"
        for outcome, (word, _) in OUTCOMES.items()
        if bulk.count(outcome)
    ]
    return ", ".join(said)


def counted(count: int) -> str:
    return "1 post" if count == 1 else f"{count:,} posts"


async def undo(request: web.Request) -> web.Response:
    here = await visit(request)
    form = await read_form(request)
    bulk_id = bulk_id_of(request)
    back = form.next_path(f"/changes/{bulk_id}")
    await request.app[BULK].reads.one(bulk_id, user_id=here.user.id)
    try:
        undone = await request.app[BULK].bulks.undo(bulk_id, by=here.actor)
    except UserError as error:
        return refusal(request, error, back=back)
    if undone.is_busy:
        return answer(request, Answer(Flash("They are being put back."), {}), back=f"/changes/{bulk_id}")
    put_back, left = undone.count(Outcome.UNDONE), undone.count(Outcome.LEFT)
    text = f"{counted(put_back)} put back." if put_back else "Nothing was put back."
    if left:
        items = await request.app[BULK].reads.items(bulk_id, outcomes=[Outcome.LEFT], limit=1)
        text += f" {left:,} left: {items[0].sentence}"
    return answer(request, Answer(Flash(text, bad=not put_back), {}), back=back)


async def stop(request: web.Request) -> web.Response:
    """What has not been done yet is not done; what was done stays, and can be taken back."""
    here = await visit(request)
    await read_form(request)
    bulk_id = bulk_id_of(request)
    await request.app[BULK].reads.one(bulk_id, user_id=here.user.id)
    try:
        await request.app[BULK].bulks.stop(bulk_id, by=here.actor)
    except UserError as error:
        return refusal(request, error, back=f"/changes/{bulk_id}")
    return go(f"/changes/{bulk_id}", Flash("Stopped."), request=request)


# --- said at once, at the bottom of the list


async def results_of(app: web.Application, bulk: Bulk, items: Sequence[Item], user: User) -> Results:
    refused = [item for item in items if item.outcome is Outcome.REFUSED]
    posts = await app[READS].some([item.post_id for item in refused[:TOLD]], user_id=user.id)
    names = {post.id: name_of(post) for post in posts}
    return Results(
        tuple(item.post_id for item in items if item.outcome in {Outcome.DONE, Outcome.SAME}),
        tuple((names.get(item.post_id, f"Post {item.post_id}"), item.sentence) for item in refused),
    )


def sentence(bulk: Bulk, results: Results) -> str:
    """How many went well, and why the others did not."""
    action = bulk.change.action if bulk.change else Action.EDIT
    said = [f"{counted(len(results.done))} {_DONE[action]}."] if results.done else []
    said += [f"“{name[:60]}”: {why}" for name, why in results.refused[:TOLD]]
    if len(results.refused) > TOLD:
        said.append(f"{len(results.refused) - TOLD} more could not.")
    return " ".join(said)


def undo_of(bulk: Bulk, back: str) -> Undo | None:
    if not bulk.count(Outcome.DONE):
        return None
    return Undo(f"/changes/{bulk.id}/undo", fields={"next": back})
