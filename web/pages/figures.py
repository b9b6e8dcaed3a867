"""How published works fare: sortable, and month by month."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from aiohttp import web

from core.account import Account
from core.errors import InvalidInput
from core.published.ports import Month, WorkRow
from web.keys import ROOMS
from web.pages import work_figures
from web.pages.lists import Pages
from web.pages.moments import Moment
from web.pages.pictures import Thumb
from web.pages.visit import Visit, visit

PAGE = 40
SORTS = (("published", "Newest"), ("favourites", "Favourites"), ("comments", "Comments"), ("views", "Views"))
MEASURES = (("works", "Works"), ("favourites", "Favourites"), ("comments", "Comments"), ("views", "Views"))
NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
BAR, HEIGHT, GAP = 24, 120, 8  # of the chart, in its own units


@dataclass(frozen=True, slots=True)
class Row:
    title: str
    post_url: str
    over_time_url: str
    url: str
    thumb: Thumb
    published: Moment
    favourites: str
    comments: str
    views: str
    sampled: Moment | None
    account: Account | None


@dataclass(frozen=True, slots=True)
class Bar:
    x: int
    y: int
    height: int
    label: str
    value: str
    is_january: bool


@dataclass(frozen=True, slots=True)
class Chart:
    bars: tuple[Bar, ...]
    width: int
    height: int
    highest: str
    measure: str


@dataclass(frozen=True, slots=True)
class Choice:
    key: str
    label: str
    url: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class Page:
    rows: tuple[Row, ...]
    pages: Pages
    sorts: tuple[Choice, ...]
    measures: tuple[Choice, ...]
    chart: Chart | None
    totals: tuple[tuple[str, str], ...]
    here_sort: str


def add_routes(app: web.Application) -> None:
    app.router.add_get("/published/figures", show, name="figures")
    work_figures.add_routes(app)


async def show(request: web.Request) -> web.Response:
    here = await visit(request)
    sort = request.query.get("sort", "published")
    sort = sort if sort in dict(SORTS) else "published"
    measure = request.query.get("measure", "favourites")
    measure = measure if measure in dict(MEASURES) else "favourites"
    reads = request.app[ROOMS].figures
    try:
        found = await reads.works(
            here.user.id,
            sort=sort,
            account_id=here.account_id,
            cursor=request.query.get("cursor") or None,
            limit=PAGE,
        )
    except InvalidInput:
        raise web.HTTPSeeOther("/published/figures") from None
    months = await reads.months(here.user.id, account_id=here.account_id, place=here.place)
    page = Page(
        rows=tuple(_row(here, work) for work in found.works),
        pages=Pages(
            _url(here, cursor="") if "cursor" in request.query else None,
            _url(here, cursor=found.next_cursor) if found.next_cursor else None,
        ),
        sorts=tuple(Choice(key, word, _url(here, sort=key, cursor=""), key == sort) for key, word in SORTS),
        measures=tuple(Choice(key, word, _url(here, measure=key), key == measure) for key, word in MEASURES),
        chart=_chart(months, measure) if months else None,
        totals=tuple((word, f"{sum(getattr(month, key) for month in months):,}") for key, word in MEASURES),
        here_sort=sort,
    )
    return here.show("figures.html", "published", page)


def _url(here: Visit, **changes: str) -> str:
    asked = {name: value for name, value in (dict(here.request.query) | changes).items() if value}
    return f"{here.request.path}?{urlencode(asked)}" if asked else here.request.path


def _row(here: Visit, work: WorkRow) -> Row:
    account = here.reader.accounts.get(work.account_id) if len(here.reader.accounts) > 1 else None
    return Row(
        title=work.title,
        post_url=f"/posts/{work.post_id}",
        over_time_url=f"/published/figures/{work.post_id}",
        url=work.url,
        thumb=Thumb(f"/files/{work.file_id}/thumb", 96, 72, work.title, is_mature=work.is_mature),
        published=here.reader.moment(work.published_at),
        favourites=_number(work.favourites, work.sampled_at),
        comments=_number(work.comments, work.sampled_at),
        views=_number(work.views, work.sampled_at),
        sampled=here.reader.moment(work.sampled_at) if work.sampled_at else None,
        account=account,
    )


def _number(value: int, sampled_at: datetime | None) -> str:
    return f"{value:,}" if sampled_at else "–"


def _chart(months: tuple[Month, ...], measure: str) -> Chart:
    values = [int(getattr(month, measure)) for month in months]
    highest = max(values) or 1
    bars = []
    for at, (month, value) in enumerate(zip(months, values, strict=True)):
        height = round(HEIGHT * value / highest)
        bars.append(
            Bar(
                x=at * (BAR + GAP),
                y=HEIGHT - height,
                height=height,
                label=f"{NAMES[month.month - 1]} {month.year}",
                value=f"{value:,}",
                is_january=month.month == 1 or at == 0,
            )
        )
    return Chart(tuple(bars), len(bars) * (BAR + GAP), HEIGHT, f"{highest:,}", measure)
