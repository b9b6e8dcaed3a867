"""Home: what needs a person, what comes next, this week, and the numbers."""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from aiohttp import web

from core.account import Account, reconnect_path
from core.planning.wall_clock import resolve
from core.ports import PostQuery
from core.posts.post import Post, PostStatus
from core.posts.tile import Tile
from web.keys import KEYS, READS
from web.pages import states
from web.pages.actions import Link
from web.pages.first_steps import Step, steps_of
from web.pages.lists import shown_at
from web.pages.moments import Moment
from web.pages.pictures import Thumb, thumb_of
from web.pages.rows import name_of, quoted
from web.pages.states import StateView, state_of_tile
from web.pages.visit import Visit, visit

DAY_SHOWS = 3
DOUBTS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Ask:
    title: str
    text: str
    link: Link
    shape: str = "needs"
    tone: str = ""
    thumbs: tuple[Thumb, ...] = ()


@dataclass(frozen=True, slots=True)
class Upcoming:
    name: str
    url: str
    time: Moment
    account: Account | None
    thumb: Thumb | None


@dataclass(frozen=True, slots=True)
class Slot:
    time: str
    name: str
    title: str
    url: str
    state: StateView
    account: Account | None


@dataclass(frozen=True, slots=True)
class WeekDay:
    name: str
    number: int
    url: str
    is_today: bool
    slots: tuple[Slot, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Number:
    value: str
    label: str
    url: str
    state: StateView


@dataclass(frozen=True, slots=True)
class AccountView:
    id: int
    username: str
    words: str
    tone: str
    reconnect: bool
    color: str
    is_paused: bool

    @property
    def reconnect_url(self) -> str:
        return reconnect_path(self.id)


@dataclass(frozen=True, slots=True)
class HomePage:
    here: str
    greeting: str
    lead: str
    asks: tuple[Ask, ...]
    steps: tuple[Step, ...]
    next_up: tuple[Upcoming, ...]
    week: tuple[WeekDay, ...]
    numbers: tuple[Number, ...]
    accounts: tuple[AccountView, ...]

    @property
    def week_has_any(self) -> bool:
        return any(day.slots for day in self.week)


def add_routes(app: web.Application) -> None:
    app.router.add_get("/", home, name="home")


async def home(request: web.Request) -> web.Response:
    here = await visit(request)
    reads = request.app[READS]
    today = here.now.astimezone(here.place).date()
    start, end = (resolve(datetime.combine(day, time()), here.place)[0] for day in (today, today + timedelta(days=7)))
    week = await reads.tiles(here.user.id, start, end, account_id=here.shared_id)
    waiting = here.overview.counts.get("review", 0)
    waits = PostQuery(here.user.id, (PostStatus.REVIEW,), account_id=here.shared_id, limit=4)
    newest = (await reads.posts(waits)).posts if waiting else ()
    page = HomePage(
        here=here.here,
        greeting=f"{here.now.astimezone(here.place):%A}, {today.day} {today:%B}",
        lead=_lead(here),
        asks=_asks(here, newest) + await _exposed(here),
        steps=await steps_of(here),
        next_up=tuple(_upcoming(here, post) for post in here.overview.next_up if post.plan),
        week=_week(here, week, today),
        numbers=_numbers(here),
        accounts=tuple(account_view(here, account) for account in here.overview.accounts),
    )
    return here.show("home.html", "home", page)


def _lead(here: Visit) -> str:
    due = [post for post in here.overview.next_up if post.plan and not post.held]
    if not due or due[0].plan is None:
        return "Nothing is scheduled."
    said = here.reader.moment(due[0].plan.due_at).text
    if here.overview.paused_at is not None or here.overview.instance_paused:
        return f"Publishing is paused. The next in line is {quoted(due[0])}, planned for {said}."
    return f"The next publication is {said}: {quoted(due[0])}."


def _asks(here: Visit, newest: tuple[Post, ...]) -> tuple[Ask, ...]:
    """Only what a person can do, the worst first."""
    doubtful = [post for post in here.overview.needs_person if any(q.needs_person for q in post.publications)]
    asks = [_doubt(post) for post in doubtful[:DOUBTS_SHOWN]]
    if (more := len(doubtful) - DOUBTS_SHOWN) > 0:
        title = f"{more} more {'post' if more == 1 else 'posts'} may be online, or not"
        asks.append(Ask(title, "Each says so in Failed.", Link("/failed", "Decide")))
    asks += [_reconnect(account) for account in here.overview.accounts if account.shown_status == "reconnect"]
    failed = here.overview.counts.get("failed", 0) - len(doubtful)
    if failed > 0:
        asks.append(_failed(failed, [post for post in here.overview.needs_person if post not in doubtful]))
    if waiting := here.overview.counts.get("review", 0):
        title = "One picture waits for review" if waiting == 1 else f"{waiting:,} pictures wait for review"
        text = f"The newest arrived {here.reader.moment(newest[0].created_at).text}." if newest else ""
        thumbs = tuple(t for post in newest if (t := thumb_of(post)))
        asks.append(Ask(title, text, Link("/review", "Review"), "review", "", thumbs))
    return tuple(asks)


def _failed(count: int, shown: list[Post]) -> Ask:
    """With the reason of the newest; a single one is a step away."""
    thumbs = tuple(t for post in shown if (t := thumb_of(post)))[:4]
    newest = shown[0] if shown else None
    why = newest.failure.message if newest and newest.failure else ""
    if count == 1 and newest:
        return Ask(f"{quoted(newest)} failed", why, Link(f"/posts/{newest.id}", "Look"), "failed", "bad", thumbs)
    text = f"The newest, {quoted(newest)}: {why}" if newest and why else ""
    return Ask(f"{count:,} posts failed", text, Link("/failed", "Look"), "failed", "bad", thumbs)


async def _exposed(here: Visit) -> tuple[Ask, ...]:
    """Keys that stand inside uploaded pictures."""
    found = [key for key in await here.request.app[KEYS].of(here.user) if key.exposed_at and not key.revoked_at]
    text = "Whoever has that picture can use the key."
    return tuple(Ask(f"The key “{key.name}” stands inside a picture", text, Link("/keys", "Decide")) for key in found)


def _doubt(post: Post) -> Ask:
    thumb = thumb_of(post)
    return Ask(
        f"{quoted(post)} may be online, or not",
        "DeviantArt did not answer, and its gallery does not show it. Look and decide.",
        Link(f"/posts/{post.id}", "Decide"),
        thumbs=(thumb,) if thumb else (),
    )


def _reconnect(account: Account) -> Ask:
    return Ask(
        f"{account.username} has to be connected again",
        "Its scheduled posts wait. None of them fails.",
        Link(reconnect_path(account.id), "Reconnect"),
    )


def _upcoming(here: Visit, post: Post) -> Upcoming:
    return Upcoming(
        name_of(post),
        f"/posts/{post.id}",
        here.reader.moment(shown_at(post)),
        here.reader.account(post),
        thumb_of(post),
    )


def _week(here: Visit, tiles: tuple[Tile, ...], today: date) -> tuple[WeekDay, ...]:
    by_day: defaultdict[date, list[Tile]] = defaultdict(list)
    for tile in tiles:
        by_day[tile.at.astimezone(here.place).date()].append(tile)
    return tuple(_week_day(here, today + timedelta(days=n), by_day[today + timedelta(days=n)], n) for n in range(7))


def _week_day(here: Visit, day: date, tiles: list[Tile], away: int) -> WeekDay:
    return WeekDay(
        name=f"{day:%a}",
        number=day.day,
        url=f"/calendar?view=day&date={day.isoformat()}",
        is_today=away == 0,
        slots=tuple(_slot(here, tile) for tile in tiles[:DAY_SHOWS]),
        more=max(0, len(tiles) - DAY_SHOWS),
    )


def _slot(here: Visit, tile: Tile) -> Slot:
    at = tile.at.astimezone(here.place)
    account = here.reader.account(tile)
    title = f"{at:%H:%M}, {tile.name}" + (f", {account.username}" if account else "")
    return Slot(f"{at:%H:%M}", tile.name, title, f"/posts/{tile.id}", state_of_tile(tile), account)


def _numbers(here: Visit) -> tuple[Number, ...]:
    shown = (
        ("review", "to review", "/review", states.REVIEW),
        ("draft", "drafts", "/drafts", states.DRAFT),
        ("scheduled", "scheduled", "/scheduled", states.SCHEDULED),
        ("published", "published", "/published", states.PUBLISHED),
        ("failed", "failed", "/failed", states.FAILED),
    )
    counts = here.overview.numbers
    return tuple(Number(f"{counts.get(key, 0):,}", label, url, state) for key, label, url, state in shown)


def account_view(here: Visit, account: Account) -> AccountView:
    """Its health in words; the end of its connection is said where it is known."""
    view = AccountView(
        account.id, account.username, "Connected", "good", False, account.color, bool(account.paused_at)
    )
    if account.shown_status == "reconnect":
        return replace(view, words="Has to be connected again", tone="needs", reconnect=True)
    if account.paused_at:
        return replace(view, words="Paused", tone="needs")
    if (ends := account.refresh_expires_at) is not None:
        local = ends.astimezone(here.place)
        return replace(view, words=f"Connected until {local.day} {local:%B}")
    return view
