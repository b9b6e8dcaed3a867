"""Admin → Log: the last problem lines, by level and by words."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from aiohttp import web

from core.errors import NotFound
from core.operations.problems import KEPT, LEVELS, ProblemLine, matching
from web.keys import OPERATIONS, READS
from web.pages.admin import admin_visit
from web.pages.moments import Moment
from web.pages.visit import Visit

PAGE = 100
TEXT_MOST = 200


@dataclass(frozen=True, slots=True)
class LineView:
    """`facts`: name, value and where it leads ("" for nowhere)."""

    at: Moment
    level: str
    logger: str
    message: str
    facts: tuple[tuple[str, str, str], ...]
    trouble: str


@dataclass(frozen=True, slots=True)
class LogPage:
    lines: tuple[LineView, ...]
    levels: tuple[tuple[str, str], ...]
    level: str
    text: str
    words: str
    first_url: str
    next_url: str


def add_routes(app: web.Application) -> None:
    app.router.add_get("/admin/log", show, name="admin-log")


async def show(request: web.Request) -> web.Response:
    here = await admin_visit(request)
    level = request.query.get("level", "")
    level = level if level in LEVELS else ""
    text = request.query.get("q", "").strip()[:TEXT_MOST]
    start = _start(request.query.get("start", ""))
    found = matching(request.app[OPERATIONS].problems.lines(), level=level, text=text)
    shown = found[start : start + PAGE]
    mine = await _own_posts(here, shown)
    page = LogPage(
        tuple(_line(here, line, mine) for line in shown),
        (("", "Warnings and errors"), ("error", "Errors only")),
        level,
        text,
        f"{len(found)} of the last {KEPT:,} problem lines" if found else "",
        first_url=_url(level, text) if start else "",
        next_url=_url(level, text, start + PAGE) if len(found) > start + PAGE else "",
    )
    return here.show("admin_log.html", "admin", page)


def _start(given: str) -> int:
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 5 else 0


def _url(level: str, text: str, start: int = 0) -> str:
    asked = {"level": level, "q": text, "start": str(start) if start else ""}
    said = urlencode({name: value for name, value in asked.items() if value})
    return f"/admin/log?{said}" if said else "/admin/log"


async def _own_posts(here: Visit, lines: Sequence[ProblemLine]) -> frozenset[str]:
    """Posts that may be opened: other people's stay theirs, administrator or not."""
    asked = {str(line.facts["post_id"]) for line in lines if "post_id" in line.facts}
    mine = set()
    for post_id in sorted(asked)[:PAGE]:
        if not post_id.isdecimal() or len(post_id) > 18:
            continue
        try:
            await here.request.app[READS].post(int(post_id), user_id=here.user.id)
        except NotFound:
            continue
        mine.add(post_id)
    return frozenset(mine)


def _line(here: Visit, line: ProblemLine, mine: frozenset[str]) -> LineView:
    facts = tuple((name, str(value), _leads(name, str(value), mine)) for name, value in line.facts.items())
    return LineView(here.reader.moment(line.at), line.level, line.logger, line.message, facts, line.trouble)


def _leads(name: str, value: str, mine: frozenset[str]) -> str:
    if name == "request_id":
        return _url("", value)
    return f"/posts/{value}" if name == "post_id" and value in mine else ""
