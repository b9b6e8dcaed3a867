"""Admin → Audit: what administrators and owners did, newest first."""

from dataclasses import dataclass

from aiohttp import web

from web.api.params import read_before
from web.keys import OFFICE
from web.pages.admin import admin_visit
from web.pages.moments import Moment

PAGE = 50


@dataclass(frozen=True, slots=True)
class Line:
    at: Moment
    actor: str
    about: str


@dataclass(frozen=True, slots=True)
class AuditPage:
    lines: tuple[Line, ...]
    first_url: str
    next_url: str


def add_routes(app: web.Application) -> None:
    app.router.add_get("/admin/audit", show, name="admin-audit")


async def show(request: web.Request) -> web.Response:
    here = await admin_visit(request)
    before = read_before(request.query.get("cursor"))
    found = await request.app[OFFICE].log.audit(before=before, limit=PAGE + 1)
    shown = found[:PAGE]
    page = AuditPage(
        tuple(Line(here.reader.moment(entry.at), entry.actor, entry.about) for entry in shown),
        first_url="/admin/audit" if before is not None else "",
        next_url=f"/admin/audit?cursor={shown[-1].id}" if len(found) > PAGE else "",
    )
    return here.show("admin_audit.html", "admin", page)
