"""The calendar: month, week and day by script, the list on the server, and moving posts between days."""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode

from aiohttp import web

from core.errors import InvalidInput, UserError
from core.planning.clashes import Shade, clashes, holiday_shades, pause_shades
from core.planning.on_day import time_on_day
from core.planning.pacing import PacingBroken
from core.planning.wall_clock import YEARS, Planned, Wish, instant_of, parse_local, read_day, resolve
from core.ports import PostQuery
from core.posts.post import Plan, Post, PostStatus
from core.posts.tile import Tile
from web.keys import PLANNER, PLANNING, READS
from web.pages.flash import Flash
from web.pages.forms import Answer, Form, answer, json, objection, read_form, refusal
from web.pages.full_month import tiles_shown
from web.pages.lists import Pages, agenda_row, shown_at
from web.pages.pictures import Thumb, thumb_of
from web.pages.rows import Row, name_of, quoted
from web.pages.states import state_of_tile
from web.pages.verbs import wish_fields
from web.pages.visit import Visit, visit

VIEWS = ("month", "week", "day")
SPAN_MOST = timedelta(days=70)
POOL = 24
LIST_ROWS = 30
A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class PoolItem:
    id: int
    version: int
    name: str
    url: str
    thumb: Thumb | None


@dataclass(frozen=True, slots=True)
class CalendarPage:
    view: str
    date: str
    month_now: str  # a day of the month that is shown where none is asked for
    query: str
    pool: tuple[PoolItem, ...]
    early: tuple[str, ...]  # what the month will ask for, letter by letter


@dataclass(frozen=True, slots=True)
class Day:
    name: str
    relative: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class ListPage:
    title: str
    nothing: str
    here: str
    prev_url: str
    next_url: str
    today_url: str
    is_today: bool
    view_url: str
    pages: Pages
    shades: tuple[str, ...]
    days: tuple[Day, ...]


def add_routes(app: web.Application) -> None:
    app.router.add_get("/calendar", calendar, name="calendar")
    app.router.add_get("/calendar/events", events, name="calendar-events")
    app.router.add_get("/calendar/shades", shades, name="calendar-shades")
    app.router.add_get("/calendar/list", as_list, name="calendar-list")
    app.router.add_post(r"/calendar/{post_id:\d+}/move", move, name="calendar-move")


async def calendar(request: web.Request) -> web.Response:
    here = await visit(request)
    view = request.query.get("view", "month")
    drafts = await request.app[READS].posts(
        PostQuery(here.user.id, (PostStatus.DRAFT,), account_id=here.account_id, limit=POOL)
    )
    pool = tuple(
        PoolItem(post.id, post.version, name_of(post), f"/posts/{post.id}", thumb_of(post))
        for post in drafts.posts
        if not post.missing and here.reader.may_edit(post)
    )
    view, now = view if view in VIEWS else "month", month_now(here.now.astimezone(here.place).date()).isoformat()
    shown = _date_given(request) or (now if view == "month" else "")
    early = _first_asked(here, date.fromisoformat(shown)) if view == "month" else ()
    return here.show("calendar.html", "calendar", CalendarPage(view, shown, now, _narrowed(here), pool, early))


def _first_asked(here: Visit, shown: date) -> tuple[str, ...]:
    """Fetched while the scripts still come: the six weeks of FullCalendar's month, and how it asks for them."""
    first = shown.replace(day=1)
    monday = first - first.weekday() * A_DAY
    midnights = [datetime.combine(day, time(), here.place).isoformat() for day in (monday, monday + 42 * A_DAY)]
    span = dict(zip(("start", "end"), (at.replace("+00:00", "Z") for at in midnights), strict=True))
    asked = urlencode({**_account(here), **span, "timeZone": here.place.key})
    return tuple(f"/calendar/{feed}?{asked}" for feed in ("events", "faint", "shades"))


def month_now(today: date) -> date:
    """A day of the month to begin with: the next one as soon as its grid begins with this week, for what is
    planned lies ahead."""
    following = _month_after(today.replace(day=1))
    return following if following - today <= timedelta(days=6 - today.weekday()) else today


def _date_given(request: web.Request) -> str:
    try:
        return read_day(request.query.get("date", "")).isoformat()
    except ValueError:
        return ""


def _narrowed(here: Visit) -> str:
    return f"?{urlencode(_account(here))}" if here.account_id else ""


def _account(here: Visit) -> dict[str, object]:
    return {"account_id": here.account_id} if here.account_id else {}


async def events(request: web.Request) -> web.Response:
    """What FullCalendar draws: posts due or published between `start` and `end`, as instants."""
    here = await visit(request)
    start, end = span_of(here)
    tiles, rest = await tiles_shown(here, start, end)
    against = await _against(here, tiles)
    return json([_event(here, tile, against.get(tile.id, ())) for tile in tiles] + rest)


async def _tiles(here: Visit, start: datetime, end: datetime, *, limit: int | None = None) -> tuple[Tile, ...]:
    reads = here.request.app[READS]
    return await reads.tiles(here.user.id, start, end, account_id=here.account_id, limit=limit)


async def _against(here: Visit, tiles: Sequence[Tile]) -> Mapping[int, Sequence[str]]:
    """What speaks against the time of a post: pacing, or an account that stands still."""
    found = dict(await clashes(here.request.app[PLANNING].reads, here.user.id, tiles, now=here.now))
    paused = {a.id: f"{a.username} is paused: this waits." for a in here.overview.accounts if a.paused_at is not None}
    for tile in tiles if paused else ():
        if tile.account_id in paused and tile.status is PostStatus.SCHEDULED:
            found[tile.id] = (paused[tile.account_id], *found.get(tile.id, ()))
    return found


async def shades(request: web.Request) -> web.Response:
    """Holidays and pauses, as FullCalendar's background events."""
    here = await visit(request)
    start, end = span_of(here)
    return json([_background(here, number, shade) for number, shade in enumerate(await _shades(here, start, end))])


async def _shades(here: Visit, start: datetime, end: datetime) -> list[Shade]:
    """Cut to the period asked for."""
    found = holiday_shades(await here.request.app[PLANNING].reads.holidays(here.user.id), here.place)
    found += pause_shades(
        [account for account in here.overview.accounts if here.account_id in (None, account.id)],
        paused_at=here.user.paused_at,
        is_held=here.overview.instance_paused,
        until=end,
        now=here.now,
    )
    cut = [replace(shade, start=max(shade.start, start), end=min(shade.end, end)) for shade in found]
    return [shade for shade in cut if shade.start < shade.end]


def _background(here: Visit, number: int, shade: Shade) -> dict[str, object]:
    """Whole days: a month draws nothing else behind its tiles."""
    first, last = shade.start.astimezone(here.place), (shade.end - timedelta(seconds=1)).astimezone(here.place)
    return {
        "id": f"shade-{number}",
        "title": shade.text,
        "start": f"{first:%Y-%m-%d}",
        "end": f"{last.date() + A_DAY:%Y-%m-%d}",
        "allDay": True,
        "display": "background",
        "editable": False,
        "extendedProps": {"shade": shade.kind},
    }


def span_of(here: Visit) -> tuple[datetime, datetime]:
    def read(name: str) -> datetime:
        try:
            given = datetime.fromisoformat(here.request.query.get(name, ""))
            if given.year not in YEARS:
                raise ValueError
            return (given if given.tzinfo else given.replace(tzinfo=here.place)).astimezone(UTC)
        except ValueError:
            raise web.HTTPBadRequest(text="start and end are times.") from None

    start, end = read("start"), read("end")
    if not timedelta(0) < end - start <= SPAN_MOST:
        raise web.HTTPBadRequest(text="At most seventy days at once.")
    return start, end


def _event(here: Visit, tile: Tile, against: Sequence[str]) -> dict[str, object]:
    state = state_of_tile(tile)
    account = here.reader.accounts.get(tile.account_id)
    can_move = tile.can_move and tile.account_id not in here.reader.only_reviewed
    local = tile.at.astimezone(here.place)
    return {
        "id": str(tile.id),
        "title": tile.name,
        "start": tile.at,
        "editable": can_move,
        "extendedProps": {
            "thumb": f"/files/{tile.thumb}/thumb" if tile.thumb else None,
            "is_mature": tile.is_mature,
            "account_id": tile.account_id,
            "account": account.username if account else "",
            "state": state.key,
            "shape": state.shape,
            "word": state.word,
            "version": tile.version,
            "can_move": can_move,
            "against": " ".join(against),
            "time": f"{local.hour:02}:{local.minute:02}",
        },
    }


async def as_list(request: web.Request) -> web.Response:
    """A month as a list: from its first day, or from `day`, whole days until there are `LIST_ROWS` posts.

    Without a month what lies ahead: from today to the end of the next month.
    """
    here = await visit(request)
    given, today = _month_given(here), here.now.astimezone(here.place).date()
    month = given or today.replace(day=1)
    following = _month_after(month)
    first, end_of_list = (_day_given(here, month), following) if given else (today, _month_after(following))
    start = _midnight(here, first)
    earliest = await _tiles(here, start, _midnight(here, end_of_list), limit=LIST_ROWS + 1)
    until = _days_shown(here, earliest, end_of_list)
    end = _midnight(here, until)
    posts = list(await request.app[READS].between(here.user.id, start, end, account_id=here.account_id))
    against = await _against(here, await _tiles(here, start, end))
    page = ListPage(
        title=f"{month:%B %Y}" if given else "From today",
        nothing=f"Nothing in {month:%B %Y}" if given else f"Nothing from today to the end of {until - A_DAY:%B}",
        here=here.here,
        prev_url=_month_url(here, (month - A_DAY).replace(day=1) if given else month),
        next_url=_month_url(here, following),
        today_url=f"/calendar/list{_narrowed(here)}",
        is_today=given is None,
        view_url=f"/calendar?{urlencode(_account(here) | {'date': first.isoformat()})}",
        pages=Pages(
            _month_url(here, month) if given and first != month else None,
            _month_url(here, until.replace(day=1), until) if until != end_of_list else None,
        ),
        shades=tuple(_said(here, shade) for shade in await _shades(here, start, end)),
        days=_days(here, posts, against),
    )
    return here.show("calendar_list.html", "calendar", page)


def _midnight(here: Visit, day: date) -> datetime:
    return resolve(datetime.combine(day, time()), here.place)[0]


def _days_shown(here: Visit, tiles: Sequence[Tile], following: date) -> date:
    """The day that the next page begins with; *following* where there is none."""
    if len(tiles) <= LIST_ROWS:
        return following
    last = tiles[LIST_ROWS - 1].at.astimezone(here.place).date()
    return min(last + A_DAY, following)


def _day_given(here: Visit, month: date) -> date:
    given = here.request.query.get("day", "")
    return (
        month.replace(day=int(given))
        if given.isdecimal() and len(given) <= 2 and 1 <= int(given) <= monthrange(month.year, month.month)[1]
        else month
    )


def _month_given(here: Visit) -> date | None:
    try:
        return read_day(here.request.query.get("month", "") + "-01")
    except ValueError:
        return None


def _month_after(month: date) -> date:
    return (month + timedelta(days=32)).replace(day=1)


def _month_url(here: Visit, month: date, first: date | None = None) -> str:
    asked: dict[str, object] = {"month": f"{month:%Y-%m}"}
    asked |= {"day": first.day} if first else {}
    asked |= _account(here)
    return f"/calendar/list?{urlencode(asked)}"


def _said(here: Visit, shade: Shade) -> str:
    first, last = shade.start.astimezone(here.place), (shade.end - timedelta(seconds=1)).astimezone(here.place)
    days = (
        f"{first.day} {first:%b}" if first.date() == last.date() else f"{first.day} {first:%b} – {last.day} {last:%b}"
    )
    return f"{shade.text}: nothing goes out {days}."


def _days(here: Visit, posts: list[Post], against: Mapping[int, Sequence[str]]) -> tuple[Day, ...]:
    today = here.now.astimezone(here.place).date()
    by_day: defaultdict[date, list[Row]] = defaultdict(list)
    for post in posts:
        by_day[shown_at(post).astimezone(here.place).date()].append(_agenda_row(here, post, against))
    return tuple(
        Day(f"{day:%a} {day.day} {day:%b}", _RELATIVE.get((day - today).days, ""), tuple(rows))
        for day, rows in sorted(by_day.items())
    )


def _agenda_row(here: Visit, post: Post, against: Mapping[int, Sequence[str]]) -> Row:
    row = agenda_row(here, post, back=here.here)
    return (
        row if row.why or post.id not in against else replace(row, why=" ".join(against[post.id]), why_tone="needs")
    )


_RELATIVE = {-1: "yesterday", 0: "today", 1: "tomorrow"}


async def move(request: web.Request) -> web.Response:
    """To another `day`, keeping the time of day, or to a wall clock (`local`, in the reader's zone)."""
    here = await visit(request)
    form = await read_form(request)
    post_id = int(request.match_info["post_id"])
    try:
        before = await request.app[READS].post(post_id, user_id=here.user.id)
        planned = await _wanted(here, before, form)
        jitter = before.plan.jitter_seconds if before.plan else 0
        done = await request.app[PLANNER].schedule(
            post_id,
            planned,
            by=here.actor,
            jitter_seconds=jitter,
            expected_version=form.number("version"),
            override_pacing=form.has("override_pacing"),
        )
    except PacingBroken as error:
        return objection(request, error, form, back="/calendar/list")
    except UserError as error:
        return refusal(request, error, back="/calendar/list")
    return answer(request, _moved(here, before, done.post), back="/calendar/list")


async def _wanted(here: Visit, post: Post, form: Form) -> Planned:
    if form.has("local"):
        return instant_of(Wish(parse_local(form.text("local")), form.text("time_zone") or here.user.time_zone))
    try:
        day = read_day(form.text("day"))
    except ValueError:
        raise InvalidInput({"day": "Name the day as YYYY-MM-DD."}) from None
    if post.plan is None:
        return await time_on_day(
            here.request.app[PLANNING].reads,
            post.id,
            day,
            time_zone=here.user.time_zone,
            user_id=here.user.id,
            now=here.now,
        )
    return instant_of(other_day(post.plan, day, here))


def other_day(plan: Plan, day: date, here: Visit) -> Wish:
    """The same time of day in the wish's own zone, as many days away as *day* is on the reader's calendar."""
    shown = plan.due_at.astimezone(here.place).date()
    return Wish(plan.due_local + (day - shown), plan.time_zone)


def _moved(here: Visit, before: Post, after: Post) -> Answer:
    if after.plan is None:
        raise AssertionError("a scheduled post has a plan")
    said = here.reader.moment(after.plan.due_at)
    undo = {name: str(value) for name, value in wish_fields(before).items()} | {"version": str(after.version)}
    data: dict[str, object] = {"id": str(after.id), "version": after.version, "undo": undo}
    return Answer(Flash(f"{quoted(after)} goes out {said.text}."), data)
