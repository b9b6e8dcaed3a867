"""Bring in a plan, carry everything out. The forms lead to the API's own door; a plan without pictures stays here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NoReturn

from aiohttp import web

from core.actor import Actor
from core.errors import InvalidInput
from core.programs.importing import Report
from web.keys import PROGRAMS
from web.pages.forms import read_form
from web.pages.visit import visit

# What becomes of a row, before and after.
WORDS = {"create": "a new post", "change": "changes its post", "skip": "left out", "refuse": "cannot be brought in"}
PLAN_MOST = 1_500_000  # characters in the field; larger plans and pictures go through the API


@dataclass(frozen=True, slots=True)
class PlanPage:
    plan: str = ""
    report: Report | None = None
    errors: dict[str, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=lambda: WORDS)


def add_routes(app: web.Application) -> None:
    app.router.add_get("/import", show)
    app.router.add_post("/import", bring_in)


async def show(request: web.Request) -> web.Response:
    here = await visit(request)
    return here.show("import.html", "keys", PlanPage())


async def bring_in(request: web.Request) -> web.Response:
    """Looks first; the button that carries it out appears once nothing is wrong."""
    here = await visit(request)
    form = await read_form(request)
    plan = form.text_or_file("plan")
    imports = request.app[PROGRAMS].imports
    try:
        if (unfit := _unfit(plan)) is not None:
            plan = ""
            raise InvalidInput({"plan": unfit})
        if form.has("carry_out"):
            by = Actor(here.user.id, here.user.name)
            report = await imports.run(here.user, plan, files=(), opener=_nothing, by=by)
        else:
            report = await imports.preview(here.user, plan)
    except InvalidInput as error:
        return here.show("import.html", "keys", PlanPage(plan, errors=dict(error.fields)), status=422)
    return here.show("import.html", "keys", PlanPage(plan, report))


def _unfit(plan: str) -> str | None:
    """Why it is not even shown again."""
    if len(plan) > PLAN_MOST:
        return "This plan is too long for the page; send it through the API."
    if "\0" in plan or "\ufffd" in plan:
        return "This is no text. Save a table as CSV (UTF-8); a zip with pictures goes through POST /api/import."
    return None


def _nothing(name: str) -> NoReturn:
    raise InvalidInput({"files": f"“{name[:80]}” was not sent."})
