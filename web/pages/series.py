"""Series: the list, and one with its parts in order, what is next, and drafts to add."""

from dataclasses import dataclass

from aiohttp import web

from core.errors import InvalidInput, UserError
from core.planning.ports import Series, SeriesPart
from core.planning.series import SeriesDesk
from core.planning.series_progress import progress
from core.ports import PostQuery
from core.posts.fields import Details
from core.posts.post import PostStatus
from web.keys import PLANNING, READS
from web.pages.flash import Flash, Undo
from web.pages.forms import Answer, Form, answer, read_form, refusal
from web.pages.lists import Pages
from web.pages.moments import Moment
from web.pages.paging import arranged, page_of, start_of
from web.pages.pictures import Thumb, thumb_of, thumb_of_file
from web.pages.rows import name_of
from web.pages.states import StateView, status_view
from web.pages.stepping import step_of
from web.pages.visit import Visit, go, visit

OFFERED = 16
CARDS, PARTS = 30, 100  # on a page
STRIP = 8


@dataclass(frozen=True, slots=True)
class Card:
    id: int
    name: str
    gap: str
    far: str
    next: str
    thumbs: tuple[Thumb, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    id: int
    number: int
    name: str
    url: str
    thumb: Thumb | None
    state: StateView
    when: Moment | None
    is_next: bool
    is_first: bool
    is_last: bool


@dataclass(frozen=True, slots=True)
class Offer:
    id: int
    name: str
    thumb: Thumb | None


@dataclass(frozen=True, slots=True)
class ListPage:
    cards: tuple[Card, ...]
    values: dict[str, str]
    errors: dict[str, str]
    pages: Pages


@dataclass(frozen=True, slots=True)
class SeriesPage:
    id: int
    name: str
    far: str
    next: str
    order_url: str
    entries: tuple[Entry, ...]
    pages: Pages
    offers: tuple[Offer, ...]
    q: str
    more_offers: bool
    values: dict[str, str]
    errors: dict[str, str]


def add_routes(app: web.Application) -> None:
    add = app.router
    add.add_get("/series", every, name="series")
    add.add_post("/series", create, name="series-create")
    add.add_get(r"/series/{id:\d+}", one, name="series-one")
    add.add_post(r"/series/{id:\d+}", save, name="series-save")
    add.add_post(r"/series/{id:\d+}/order", arrange, name="series-arrange")
    add.add_post(r"/series/{id:\d+}/add", extend, name="series-add")
    add.add_post(r"/series/{id:\d+}/remove", remove, name="series-remove")
    add.add_post(r"/series/{id:\d+}/restore", restore, name="series-restore")
    add.add_post(r"/posts/{post_id:\d+}/series", of_post, name="post-series")


# --- looking


async def every(request: web.Request) -> web.Response:
    return await _list(await visit(request), {}, {})


async def _list(here: Visit, values: dict[str, str], errors: dict[str, str], *, status: int = 200) -> web.Response:
    found = await _desk(here).all(here.user.id)
    there, pages = page_of(here, found, CARDS)
    page = ListPage(tuple(_card(here, one) for one in there), values, errors, pages)
    return here.show("series_list.html", "series", page, status=status)


def _card(here: Visit, series: Series) -> Card:
    thumbs = [thumb for part in series.parts[:STRIP] if (thumb := _thumb(part))]
    return Card(series.id, series.name, _gap(series), _far(series), _next(here, series), tuple(thumbs))


def _gap(series: Series) -> str:
    if series.gap_minutes is None:
        return "The gap between parts is the automation's."
    return f"At least {_hours(series.gap_minutes)} between parts."


def _hours(minutes: int) -> str:
    if minutes and minutes % 1440 == 0:
        return "1 day" if minutes == 1440 else f"{minutes // 1440} days"
    return "1 hour" if minutes == 60 else f"{minutes / 60:g} hours"


def _far(series: Series) -> str:
    far = progress(series)
    return f"{far.gone} of {far.total} out or on the schedule" if far.total else "No parts yet"


def _next(here: Visit, series: Series) -> str:
    """What comes next, or what it waits for, in a sentence."""
    far = progress(series)
    if far.waits_for:
        state = "is still in Review" if far.waits_for.status is PostStatus.REVIEW else "failed"
        return f"Waits for part {far.waits_for.number}, “{_title(far.waits_for)}”: it {state}."
    if far.next is None:
        return "Every part is out or has its time." if far.total else "Add drafts to it, in the order they go out."
    said = f"Next: part {far.next.number}, “{_title(far.next)}”"
    if far.not_before is None or far.not_before <= here.now:
        return f"{said}, with the next slot of an automation that takes it."
    return f"{said}, not before {here.reader.moment(far.not_before).text}."


def _title(part: SeriesPart) -> str:
    return part.title or "Untitled"


def _thumb(part: SeriesPart) -> Thumb | None:
    return thumb_of_file(Details(title=part.title, is_mature=part.is_mature), part.file) if part.file else None


async def one(request: web.Request) -> web.Response:
    here = await visit(request)
    series = await _desk(here).get(_id(request), user_id=here.user.id)
    return await _show(here, series, _values(series), {})


def _values(series: Series) -> dict[str, str]:
    gap = "" if series.gap_minutes is None else f"{series.gap_minutes / 60:g}"
    return {"name": series.name, "gap_hours": gap}


async def _show(
    here: Visit, series: Series, values: dict[str, str], errors: dict[str, str], *, status: int = 200
) -> web.Response:
    q = here.request.query.get("q", "").strip()[:200]
    drafts = await here.request.app[READS].posts(
        PostQuery(here.user.id, (PostStatus.DRAFT,), text=q, sort="oldest", limit=OFFERED)
    )
    parts = {part.post_id for part in series.parts}
    mine = [post for post in drafts.posts if post.user_id == here.user.id and post.id not in parts]
    following = progress(series).next
    shown, pages = page_of(here, series.parts, PARTS)
    first, count = start_of(here), len(series.parts)
    page = SeriesPage(
        id=series.id,
        name=series.name,
        far=_far(series),
        next=_next(here, series),
        order_url=_url(here, series.id, "/order"),
        entries=tuple(
            Entry(
                part.post_id,
                part.number,
                _title(part),
                f"/posts/{part.post_id}",
                _thumb(part),
                status_view(part.status),
                here.reader.moment(part.at) if part.at else None,
                part == following,
                place == 0,
                place == count - 1,
            )
            for place, part in enumerate(shown, first)
        ),
        pages=pages,
        offers=tuple(Offer(post.id, name_of(post), thumb_of(post)) for post in mine),
        q=q,
        more_offers=drafts.next_cursor is not None,
        values=values,
        errors=errors,
    )
    return here.show("series.html", "series", page, status=status)


# --- changing


async def create(request: web.Request) -> web.Response:
    here = await visit(request)
    form = await read_form(request)
    try:
        gap = _gap_hours(form)
        made = await _desk(here).save(0, name=form.text("name"), posts=form.ids(), gap_hours=gap, by=here.actor)
    except InvalidInput as error:
        return await _list(here, _typed(form), error.fields, status=422)
    except UserError as error:
        return refusal(request, error, back="/series")
    return go(f"/series/{made.id}", Flash(f"“{made.name}” is made."), request=request)


async def save(request: web.Request) -> web.Response:
    here = await visit(request)
    form = await read_form(request)
    series = await _desk(here).get(_id(request), user_id=here.user.id)
    try:
        gap = _gap_hours(form)
        await _desk(here).save(series.id, name=form.text("name"), posts=None, gap_hours=gap, by=here.actor)
    except InvalidInput as error:
        return await _show(here, series, _typed(form), error.fields, status=422)
    return go(f"/series/{series.id}", Flash("Saved."), request=request)


def _typed(form: Form) -> dict[str, str]:
    return {"name": form.text("name"), "gap_hours": form.text("gap_hours")}


def _gap_hours(form: Form) -> float | None:
    text = form.text("gap_hours").strip().replace(",", ".")
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        raise InvalidInput({"gap_hours": "The gap is a number of hours, or empty."}) from None


async def arrange(request: web.Request) -> web.Response:
    """`part` fields are a whole new order, `up` or `down` one step, `out` takes one out."""
    here = await visit(request)
    form = await read_form(request)
    series_id = _id(request)
    back = _url(here, series_id)
    try:
        before = [part.post_id for part in (await _desk(here).get(series_id, user_id=here.user.id)).parts]
        out = form.number("out")
        if out is not None:
            await _desk(here).take_out(series_id, out, by=here.actor)
            undo = Undo(
                f"/series/{series_id}/add",
                fields={"ids": str(out), "order": ",".join(map(str, before[:200])), "next": back},
            )
            return answer(request, Answer(Flash("Taken out. The post stays.", undo=undo), {}), back=back)
        wanted = step_of(form, before) or arranged(here, before, form.numbers("part"))
        after = await _desk(here).arrange(series_id, wanted, by=here.actor)
    except UserError as error:
        return refusal(request, error, back=back)
    order = [str(part.post_id) for part in after.parts]
    return answer(request, Answer(Flash("The order is saved."), {"order": order}), back=back)


async def extend(request: web.Request) -> web.Response:
    """`ids` go to the end; with `order` (what an undo carries) back to where they were."""
    here = await visit(request)
    form = await read_form(request)
    back = form.next_path(f"/series/{_id(request)}")
    try:
        ids = form.ids()
        if not ids:
            raise InvalidInput({"ids": "Choose at least one draft to add."})
        series = await _desk(here).add(_id(request), ids, by=here.actor)
        if form.has("order"):
            await _desk(here).arrange(series.id, form.ids("order"), by=here.actor)
    except UserError as error:
        return refusal(request, error, back=back)
    many = "1 part" if len(ids) == 1 else f"{len(ids)} parts"
    said = Flash("It is back in its place." if form.has("order") else f"Added {many}.")
    return go(back, said, request=request)


async def remove(request: web.Request) -> web.Response:
    here = await visit(request)
    await read_form(request)
    try:
        await _desk(here).remove(_id(request), by=here.actor)
    except UserError as error:
        return refusal(request, error, back="/series")
    said = Flash("Removed. Its posts stay as they are.", undo=Undo(f"/series/{_id(request)}/restore"))
    return go("/series", said, request=request)


async def restore(request: web.Request) -> web.Response:
    here = await visit(request)
    await read_form(request)
    try:
        series = await _desk(here).restore(_id(request), by=here.actor)
    except UserError as error:
        return refusal(request, error, back="/series")
    return go(f"/series/{series.id}", Flash(f"“{series.name}” is back."), request=request)


async def of_post(request: web.Request) -> web.Response:
    """The post becomes the last part of the series chosen, or leaves the one it is in (no series chosen)."""
    here = await visit(request)
    form = await read_form(request)
    post_id = int(request.match_info["post_id"][:18])
    back = form.next_path(f"/posts/{post_id}/more")
    try:
        wanted = form.number("series")
        if wanted:
            series = await _desk(here).add(wanted, [post_id], by=here.actor)
            said = Flash(f"It is the last part of “{series.name}”.")
        else:
            for series in await _desk(here).all(here.user.id):
                if post_id in {part.post_id for part in series.parts}:
                    await _desk(here).take_out(series.id, post_id, by=here.actor)
            said = Flash("It is part of no series.")
    except UserError as error:
        return refusal(request, error, back=back)
    return go(back, said, request=request)


def _desk(here: Visit) -> SeriesDesk:
    return here.request.app[PLANNING].series


def _url(here: Visit, series_id: int, below: str = "") -> str:
    """With the page of it that is looked at."""
    start = start_of(here)
    return f"/series/{series_id}{below}" + (f"?start={start}" if start else "")


def _id(request: web.Request) -> int:
    return int(request.match_info["id"][:18])
