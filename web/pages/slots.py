"""Slots, pacing and holidays; and spreading a selection."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise

from aiohttp import web

from core.errors import InvalidInput, UserError
from core.planning.good_times import good_times
from core.planning.natural_times import label
from core.planning.pacing import Holiday
from core.planning.ports import AccountPlanning
from core.planning.queue import SlotView, read_slots
from core.planning.replanning import Replanned
from core.planning.slots import WeeklySlot
from core.planning.spreading import read_spread
from core.planning.wall_clock import local_of
from web.keys import PLANNING, READS
from web.pages.automation_form import DAY_NAMES
from web.pages.calendar import span_of
from web.pages.flash import Flash, Undo
from web.pages.forms import Answer, Form, answer, json, read_form, refusal
from web.pages.lists import Pages
from web.pages.moments import Moment
from web.pages.paging import page_of
from web.pages.pictures import Thumb, thumb_of
from web.pages.rows import name_of
from web.pages.selection import selected_ids
from web.pages.verbs import undo_of
from web.pages.visit import Visit, go, visit

AHEAD = timedelta(days=14)
SHOWN, ACCOUNTS, HOLIDAYS = 30, 6, 8  # slots of an account, accounts on a page, holidays to come
DAY_KEYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PACING = ("min_gap_minutes", "max_per_day", "quiet_start", "quiet_end")
HOLIDAY = ("first", "last", "mode", "name")
PLACED_SHOWN = 60  # posts of a spread


@dataclass(frozen=True, slots=True)
class DayTimes:
    key: str
    name: str
    times: str


@dataclass(frozen=True, slots=True)
class Upcoming:
    when: Moment
    post_id: int | None
    url: str | None
    text: str
    is_free: bool
    earlier: int | None = None  # the post of the queue before it, and behind it: to change places with
    later: int | None = None


@dataclass(frozen=True, slots=True)
class AccountView:
    id: int
    username: str
    days: tuple[DayTimes, ...]
    min_gap_minutes: str
    max_per_day: str
    quiet_start: str
    quiet_end: str
    move_up: bool
    upcoming: tuple[Upcoming, ...]
    queued: int


@dataclass(frozen=True, slots=True)
class HolidayView:
    id: int
    text: str
    mode: str
    is_over: bool


@dataclass(frozen=True, slots=True)
class SlotsPage:
    """`here`: where its forms lead back to. `more_holidays`: how many are not shown, in words."""

    accounts: tuple[AccountView, ...]
    pages: Pages
    here: str
    holidays: tuple[HolidayView, ...]
    errors: dict[str, str]
    error_account: int | None = None
    hints: tuple[str, ...] | None = None  # None: not asked for
    hints_note: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)  # the dates of holidays that were refused
    more_holidays: str = ""


@dataclass(frozen=True, slots=True)
class PlacedView:
    when: Moment
    exact: str
    url: str
    name: str
    note: str
    picture: Thumb | None


@dataclass(frozen=True, slots=True)
class SpreadPage:
    ids: str
    count: int
    values: dict[str, str]
    days: frozenset[int]
    day_names: tuple[str, ...]
    errors: dict[str, str]
    back: str
    placed: tuple[PlacedView, ...] = ()
    more: str = ""


def add_routes(app: web.Application) -> None:
    app.router.add_get("/slots", slots, name="slots")
    app.router.add_post(r"/slots/{account_id:\d+}", save_slots, name="slots-save")
    app.router.add_post(r"/slots/{account_id:\d+}/pacing", save_pacing, name="slots-pacing")
    app.router.add_post(r"/slots/{account_id:\d+}/shuffle", shuffle, name="slots-shuffle")
    app.router.add_post("/slots/holidays", add_holiday, name="holidays-add")
    app.router.add_post(r"/slots/holidays/{id:\d+}/remove", remove_holiday, name="holidays-remove")
    app.router.add_post("/queue", add_to_queue, name="queue-add")
    app.router.add_post("/queue/swap", swap, name="queue-swap")
    app.router.add_post(r"/queue/{id:\d+}/remove", remove_from_queue, name="queue-remove")
    app.router.add_post("/plans/undo", undo, name="plans-undo")
    app.router.add_get("/spread", spread, name="spread")
    app.router.add_post("/spread", spread, name="spread-preview")
    app.router.add_get("/calendar/faint", faint, name="calendar-faint")


# --- slots and pacing


async def slots(request: web.Request) -> web.Response:
    return await _show(await visit(request), {})


async def _show(
    here: Visit, errors: dict[str, str], *, account_id: int | None = None, typed: Form | None = None
) -> web.Response:
    """*typed*: the form that was refused, of that account or of the holidays."""
    planning = here.request.app[PLANNING]
    narrowed = account_id or here.account_id
    accounts = [a for a in await planning.queue.accounts(here.user.id) if narrowed in (None, a.account_id)]
    shown, pages = page_of(here, accounts, ACCOUNTS)
    among = {account.account_id for account in shown}
    coming = await planning.queue.upcoming(here.user.id, here.now, here.now + AHEAD, among=among)
    holidays, more = await _holidays(here)
    views = tuple(_account(here, account, coming) for account in shown)
    if typed is not None:
        views = tuple(_as_typed(view, typed) if view.id == account_id else view for view in views)
    hints, note = await _hints(here) if "hints" in here.request.query else (None, "")
    holiday = {name: typed.text(name) for name in HOLIDAY} if typed is not None and account_id is None else {}
    back = here.here if typed is None else typed.next_path("/slots")
    page = SlotsPage(views, pages, back, holidays, errors, account_id, hints, note, holiday, more)
    return here.show("slots.html", "slots", page, status=422 if errors else 200)


async def _holidays(here: Visit) -> tuple[tuple[HolidayView, ...], str]:
    """The next ones, and how many there are besides; all of them where `?holidays=all` asks for that."""
    today = local_of(here.now, here.place).date()
    views = [
        HolidayView(
            named.id,
            _days_of(named.holiday),
            "moved behind it" if named.holiday.mode == "shift" else "left out",
            named.holiday.last < today,
        )
        for named in await here.request.app[PLANNING].guard.holidays(here.user.id)
    ]
    coming = [view for view in views if not view.is_over]
    if here.request.query.get("holidays") == "all":
        return (*coming, *(view for view in views if view.is_over)), ""
    later, over = len(coming[HOLIDAYS:]), len(views) - len(coming)
    hidden = [f"{later} later" if later else "", f"{over} that {'is' if over == 1 else 'are'} over" if over else ""]
    return tuple(coming[:HOLIDAYS]), " and ".join(filter(None, hidden))


def _days_of(holiday: Holiday) -> str:
    days = f"{holiday.first:%d %b %Y}"
    if holiday.last != holiday.first:
        days += f" – {holiday.last:%d %b %Y}"
    return f"{days}, {holiday.name}" if holiday.name else days


def _as_typed(view: AccountView, typed: Form) -> AccountView:
    """One of its two forms as it was sent."""
    if any(typed.has(name) for name in PACING):
        return replace(
            view,
            min_gap_minutes=typed.text("min_gap_minutes"),
            max_per_day=typed.text("max_per_day"),
            quiet_start=typed.text("quiet_start"),
            quiet_end=typed.text("quiet_end"),
            move_up=typed.has("move_up"),
        )
    return replace(view, days=tuple(replace(day, times=typed.text(day.key)) for day in view.days))


async def _hints(here: Visit) -> tuple[tuple[str, ...], str]:
    works = await here.request.app[PLANNING].reads.works(here.user.id, account_id=here.account_id)
    found = good_times(works, here.place, now=here.now)
    lines = tuple(
        f"{DAY_NAMES[one.weekday]} {one.from_hour}–{one.to_hour} h: {one.ratio:g} times the usual favourites"
        f" ({one.works} works)"
        for one in found.times
    )
    return lines, found.sentence


def _account(here: Visit, account: AccountPlanning, coming: tuple[SlotView, ...]) -> AccountView:
    pacing, own = account.pacing, [slot for slot in coming if slot.account_id == account.account_id]
    minutes = int(pacing.min_gap.total_seconds() // 60)
    return AccountView(
        account.account_id,
        account.username,
        tuple(DayTimes(DAY_KEYS[day], DAY_NAMES[day], _times(account.slots, day)) for day in range(7)),
        str(minutes) if minutes else "",
        str(pacing.max_per_day or ""),
        f"{pacing.quiet[0]:%H:%M}" if pacing.quiet else "",
        f"{pacing.quiet[1]:%H:%M}" if pacing.quiet else "",
        account.move_up,
        _queue(here, own[:SHOWN]),
        sum(1 for slot in own if slot.post_id is not None),
    )


def _times(slots: tuple[WeeklySlot, ...], day: int) -> str:
    return ", ".join(f"{slot.at:%H:%M}" for slot in slots if slot.weekday == day)


def _queue(here: Visit, slots: Sequence[SlotView]) -> tuple[Upcoming, ...]:
    posts = [slot.post_id for slot in slots if slot.post_id]
    after = dict(pairwise(posts))
    before = {second: first for first, second in after.items()}
    rows = (_upcoming(here, slot) for slot in slots)
    return tuple(
        replace(row, earlier=before.get(row.post_id), later=after.get(row.post_id)) if row.post_id else row
        for row in rows
    )


def _upcoming(here: Visit, slot: SlotView) -> Upcoming:
    text = slot.title or ("Untitled" if slot.post_id else slot.sentence or "Free")
    url = f"/posts/{slot.post_id}" if slot.post_id else None
    is_free = slot.post_id is None and not slot.sentence
    return Upcoming(here.reader.moment(slot.planned.due_at), slot.post_id, url, text, is_free)


async def save_slots(request: web.Request) -> web.Response:
    here = await visit(request)
    form = await read_form(request)
    account_id = int(request.match_info["account_id"][:18])
    try:
        given = [slot for key in DAY_KEYS for slot in _slots_typed(form, key)]
        await request.app[PLANNING].queue.set_slots(account_id, read_slots(given), by=here.actor)
    except InvalidInput as error:
        return await _show(here, _by_day(form) or error.fields, account_id=account_id, typed=form)
    except UserError as error:
        return refusal(request, error, back=form.next_path("/slots"))
    said = Flash("Slots saved. Posts that are scheduled stay where they are.")
    return go(form.next_path("/slots"), said, request=request)


def _slots_typed(form: Form, key: str) -> list[dict[str, object]]:
    words = form.text(key).replace(";", ",").replace(" ", ",").split(",")
    return [{"weekday": DAY_KEYS.index(key), "time": word} for word in words if word]


def _by_day(form: Form) -> dict[str, str]:
    """What is wrong with the times of each day."""
    found = {}
    for key in DAY_KEYS:
        try:
            read_slots(_slots_typed(form, key))
        except InvalidInput as error:
            found[key] = error.sentence
    return found


async def save_pacing(request: web.Request) -> web.Response:
    here = await visit(request)
    form = await read_form(request)
    account_id = int(request.match_info["account_id"][:18])
    given: dict[str, object] = {name: form.text(name).strip() or None for name in PACING}
    try:
        given["move_up"] = form.has("move_up")
        await request.app[PLANNING].guard.set_pacing(account_id, given, by=here.actor)
    except InvalidInput as error:
        return await _show(here, error.fields, account_id=account_id, typed=form)
    except UserError as error:
        return refusal(request, error, back=form.next_path("/slots"))
    said = Flash("Pacing saved. It holds for everything that is scheduled from now on.")
    return go(form.next_path("/slots"), said, request=request)


async def add_holiday(request: web.Request) -> web.Response:
    here = await visit(request)
    form = await read_form(request)
    try:
        given = {name: form.text(name).strip() for name in HOLIDAY}
        added = await request.app[PLANNING].guard.add_holiday(given, by=here.actor)
    except InvalidInput as error:
        return await _show(here, {f"holiday_{name}": said for name, said in error.fields.items()}, typed=form)
    back = form.next_path("/slots")
    undo = Undo(f"/slots/holidays/{added.id}/remove", fields={"next": back})
    return go(back, Flash("Holidays added.", undo=undo), request=request)


async def remove_holiday(request: web.Request) -> web.Response:
    here = await visit(request)
    form = await read_form(request)
    back = form.next_path("/slots")
    try:
        gone = await request.app[PLANNING].guard.remove_holiday(int(request.match_info["id"][:18]), by=here.actor)
    except UserError as error:
        return refusal(request, error, back=back)
    days = {"first": gone.first.isoformat(), "last": gone.last.isoformat(), "mode": gone.mode, "name": gone.name}
    return go(
        back, Flash("Holidays removed.", undo=Undo("/slots/holidays", fields=days | {"next": back})), request=request
    )


# --- the queue


async def add_to_queue(request: web.Request) -> web.Response:
    here = await visit(request)
    form = await read_form(request)
    back = form.next_path("/slots")
    try:
        ids = await selected_ids(request, here.user, form)
        done = await request.app[PLANNING].queue.add(ids, by=here.actor)
    except UserError as error:
        return refusal(request, error, back=back)
    return answer(request, Answer(_said(here, done, "added to the queue", back), {}), back=back)


async def remove_from_queue(request: web.Request) -> web.Response:
    here = await visit(request)
    form = await read_form(request)
    back = form.next_path("/slots")
    post_id = int(request.match_info["id"][:18])
    try:
        before = await request.app[READS].post(post_id, user_id=here.user.id)
        after = await request.app[PLANNING].queue.remove(post_id, by=here.actor)
    except UserError as error:
        return refusal(request, error, back=back)
    flash = Flash("Taken out of the queue.", undo=undo_of("unschedule", before, after, back))
    return answer(request, Answer(flash, {}), back=back)


async def swap(request: web.Request) -> web.Response:
    here = await visit(request)
    form = await read_form(request)
    back = form.next_path("/slots")
    try:
        first, second = form.number("id") or 0, form.number("with") or 0
        done = await request.app[PLANNING].queue.swap(first, second, by=here.actor)
    except UserError as error:
        return refusal(request, error, back=back)
    return answer(request, Answer(_said(here, done, "swapped", back), {}), back=back)


async def shuffle(request: web.Request) -> web.Response:
    here = await visit(request)
    form = await read_form(request)
    back = form.next_path("/slots")
    try:
        done = await request.app[PLANNING].queue.shuffle(int(request.match_info["account_id"][:18]), by=here.actor)
    except UserError as error:
        return refusal(request, error, back=back)
    return answer(request, Answer(_said(here, done, "moved", back), {}), back=back)


async def undo(request: web.Request) -> web.Response:
    here = await visit(request)
    form = await read_form(request)
    back = form.next_path("/scheduled")
    try:
        done = await request.app[PLANNING].undoing.undo(form.number("undo_id") or 0, by=here.actor)
    except UserError as error:
        return refusal(request, error, back=back)
    return answer(request, Answer(_said(here, done, "put back", back), {}), back=back)


def _said(here: Visit, done: Replanned, what: str, back: str) -> Flash:
    count = len(done.posts)
    text = f"1 post {what}." if count == 1 else f"{count} posts {what}."
    if count == 1 and done.posts[0].plan:
        text = f"1 post {what}: {here.reader.moment(done.posts[0].plan.due_at).text}."
    if done.refused:
        text += f" {len(done.refused)} left alone: {done.refused[0].sentence}"
    fields: dict[str, str | int] = {"undo_id": done.undo_id or 0, "next": back}
    return Flash(
        text, bad=not count and bool(done.refused), undo=Undo("/plans/undo", fields=fields) if done.undo_id else None
    )


# --- spread


async def spread(request: web.Request) -> web.Response:
    """GET shows the form for `?ids=`; POST shows the preview, and with `do=apply` spreads."""
    here = await visit(request)
    if request.method == "GET":
        ids = [part for part in request.query.get("ids", "").split(",") if part.isdecimal()][:500]
        first = local_of(here.now, here.place).date() + timedelta(days=1)
        values = {"first": first.isoformat(), "last": "", "weeks": "2", "start": "18:00", "end": "22:00"}
        values |= {"min_gap_minutes": "60", "order": "given", "seed": str(secrets.randbelow(2**32))}
        return _show_spread(here, ",".join(ids), len(ids), values, frozenset(range(7)), {})
    form = await read_form(request)
    try:
        selected = await selected_ids(request, here.user, form)
    except UserError as error:
        return refusal(request, error, back=form.next_path("/drafts"))
    return await _spread(here, form, selected)


async def _spread(here: Visit, form: Form, ids: Sequence[int]) -> web.Response:
    names = ("first", "last", "weeks", "start", "end", "min_gap_minutes", "order", "seed")
    values = {name: form.text(name).strip() for name in names}
    values["seed"] = values["seed"] or str(secrets.randbelow(2**32))
    days = frozenset(int(day) for day in form.every("days") if day in set("0123456"))
    joined, back = ",".join(map(str, ids)), form.next_path("/drafts")
    if not form.has("first"):  # arrived from a list, with a selection and nothing else
        first = local_of(here.now, here.place).date() + timedelta(days=1)
        values |= {"first": first.isoformat(), "weeks": "2", "start": "18:00", "end": "22:00"}
        values |= {"min_gap_minutes": "60", "order": "given"}
        days = frozenset(range(7))
    spreading = here.request.app[PLANNING].spreading
    try:
        today = local_of(here.now, here.place).date()
        given = values | {"days": sorted(days), "weeks": "" if values["last"] else values["weeks"]}
        how = read_spread(given, time_zone=here.user.time_zone, today=today)
        if form.text("do") == "apply":
            done = await spreading.apply(ids, how, by=here.actor)
            return go("/scheduled", _said(here, done, "spread", "/scheduled"), request=here.request)
        placed = await spreading.preview(ids, how, by=here.actor)
    except InvalidInput as error:
        return _show_spread(here, joined, len(ids), values, days, error.fields, back=back, status=422)
    except UserError as error:
        return refusal(here.request, error, back=back)
    views = []
    shown, rest = placed[:PLACED_SHOWN], placed[PLACED_SHOWN:]
    posts = await here.request.app[READS].some([one.post_id for one in shown], user_id=here.user.id)
    known = {post.id: (name_of(post), thumb_of(post)) for post in posts}
    for one in shown:
        moment = here.reader.moment(one.planned.due_at)
        name, picture = known.get(one.post_id, ("", None))
        views.append(PlacedView(moment, label(one.planned), f"/posts/{one.post_id}", name, one.sentence, picture))
    more = f"And {len(rest):,} more, the last {here.reader.moment(rest[-1].planned.due_at).text}." if rest else ""
    return _show_spread(here, joined, len(ids), values, days, {}, back=back, placed=tuple(views), more=more)


def _show_spread(
    here: Visit,
    ids: str,
    count: int,
    values: dict[str, str],
    days: frozenset[int],
    errors: dict[str, str],
    *,
    back: str = "/drafts",
    placed: tuple[PlacedView, ...] = (),
    more: str = "",
    status: int = 200,
) -> web.Response:
    page = SpreadPage(ids, count, values, days, DAY_NAMES, errors, back, placed, more)
    return here.show("spread.html", "draft", page, status=status)


# --- the calendar's faint tiles


async def faint(request: web.Request) -> web.Response:
    """Free slots, and what automations will do, as FullCalendar draws them: nothing that could be moved."""
    here = await visit(request)
    start, end = span_of(here)
    planning = request.app[PLANNING]
    among = None if here.account_id is None else {here.account_id}
    free = await planning.queue.upcoming(here.user.id, start, end, among=among)
    events = [_faint(here, f"slot-{n}", "Free slot", slot.planned.due_at, "slot", "") for n, slot in enumerate(free)
              if slot.post_id is None and not slot.sentence]  # fmt: skip
    days = (end - here.now).days + 1
    if days >= 1 and await planning.automations.all(here.user.id):
        shown = await planning.automations.preview(here.user.id, days=min(days, 70))
        for number, item in enumerate(shown.items):
            if item.at is not None and start <= item.at < end:
                what = item.sentence if item.is_random else item.title or "Untitled"
                events.append(_faint(here, f"run-{number}", what, item.at, "automation", item.automation))
    return json(events)


def _faint(here: Visit, key: str, title: str, at: datetime, kind: str, word: str) -> dict[str, object]:
    return {
        "id": key,
        "title": title,
        "start": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "editable": False,
        "extendedProps": {"faint": kind, "word": word, "time": f"{at.astimezone(here.place):%H:%M}"},
    }
