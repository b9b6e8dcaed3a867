"""How one published work fares over time: a line for the eye, and the same figures as a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from aiohttp import web

from core.errors import ExternalError, UserError
from core.published.ports import Sample
from web.keys import READS, ROOMS
from web.pages.flash import Flash
from web.pages.forms import read_form, refusal
from web.pages.rows import name_of
from web.pages.visit import Visit, go, visit

MEASURES = (("favourites", "Favourites"), ("comments", "Comments"), ("views", "Views"))
WIDTH, HEIGHT = 640, 120  # of a line, in its own units
EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class LineChart:
    """`points` are "x,y x,y …"; `dots` the same, one by one."""

    measure: str
    points: str
    dots: tuple[tuple[str, str], ...]
    words: str


@dataclass(frozen=True, slots=True)
class DayRow:
    iso: str
    day: str
    figures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WorkView:
    url: str
    charts: tuple[LineChart, ...]
    rows: tuple[DayRow, ...]


@dataclass(frozen=True, slots=True)
class WorkPage:
    id: int
    name: str
    is_public: bool
    works: tuple[WorkView, ...]
    width: int = WIDTH
    height: int = HEIGHT


def add_routes(app: web.Application) -> None:
    app.router.add_get(r"/published/figures/{post_id:\d{1,18}}", show, name="work-figures")
    app.router.add_post(r"/published/figures/{post_id:\d{1,18}}/ask", ask, name="work-figures-ask")


async def show(request: web.Request) -> web.Response:
    here = await visit(request)
    post = await request.app[READS].post(_id(request), user_id=here.user.id)
    samples = await request.app[ROOMS].figures.samples(here.user.id, post.id)
    urls = {one.id: one.deviation_url or "" for one in post.publications}
    works = tuple(_work(here, urls.get(which, ""), its) for which, its in samples.items())
    page = WorkPage(post.id, name_of(post), any(one.deviation_id for one in post.publications), works)
    return here.show("work_figures.html", "published", page)


async def ask(request: web.Request) -> web.Response:
    here = await visit(request)
    await read_form(request)
    back = f"/published/figures/{_id(request)}"
    try:
        await request.app[ROOMS].figure_keeper.ask_now(_id(request), by=here.actor)
    except ExternalError:
        said = Flash("DeviantArt did not answer just now. These are the figures of before.", bad=True)
        return go(back, said, request=request)
    except UserError as error:
        return refusal(request, error, back=back)
    return go(back, Flash("These are the figures of now."), request=request)


def _work(here: Visit, url: str, samples: Sequence[Sample]) -> WorkView:
    charts = tuple(line_chart(word, [(one.day, getattr(one, key)) for one in samples]) for key, word in MEASURES)
    return WorkView(url, charts, tuple(_row(one) for one in reversed(samples)))


def line_chart(measure: str, values: Sequence[tuple[int, int]]) -> LineChart:
    """*values* are (day, figure), oldest first and at least one. The ground of the chart is zero."""
    first, last, highest = values[0][0], values[-1][0], max(value for _, value in values) or 1
    span = last - first or 1
    dots = tuple(
        (f"{WIDTH * (day - first) / span:.1f}", f"{HEIGHT - HEIGHT * value / highest:.1f}") for day, value in values
    )
    words = f"{measure}: {values[0][1]:,} on {_day(first):%d %b %Y}, {values[-1][1]:,} on {_day(last):%d %b %Y}"
    return LineChart(measure, " ".join(f"{x},{y}" for x, y in dots), dots, words)


def _row(sample: Sample) -> DayRow:
    day = _day(sample.day)
    return DayRow(day.isoformat(), f"{day:%d %b %Y}", tuple(f"{getattr(sample, key):,}" for key, _ in MEASURES))


def _day(number: int) -> date:
    return EPOCH + timedelta(days=number)


def _id(request: web.Request) -> int:
    return int(request.match_info["post_id"])
