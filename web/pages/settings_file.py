"""Settings, Your data: taking over a settings file. Looked at first, then carried out as it was shown."""

from dataclasses import dataclass, field

import orjson
from aiohttp import web

from core.errors import InvalidInput
from core.programs.settings_file.desk import Outcome
from core.programs.settings_file.steps import Part
from web.keys import PROGRAMS
from web.pages.forms import read_form
from web.pages.settings_frame import sections
from web.pages.visit import visit

FILE_MOST = 1_000_000  # characters; larger ones go through the API
WORDS = {
    Part.TIME_ZONE: "Time zone",
    Part.THEME: "Theme",
    Part.NEW_POSTS: "What new posts begin with",
    Part.NOTICES: "Notices",
    Part.TEMPLATE: "Template",
    Part.PRICE_PRESET: "Price preset",
    Part.HOLIDAY: "Holidays",
    Part.SERIES: "Series",
    Part.ACCOUNT: "Account",
    Part.SLOTS: "Slots",
    Part.PACING: "Pacing",
    Part.AUTOMATION: "Automation",
    Part.AUTOMATION_ORDER: "Order of automations",
    Part.WEBHOOK: "Webhook",
    Part.DROP_CHANNEL: "Templates of the drop channel",
    Part.KEEP_LIST: "Kept works",
    Part.UNKNOWN: "Unknown",
}
DOES = {"make": "is made", "change": "is changed", "keep": "stays as it is", "cannot": "cannot be"}
DID = {**DOES, "make": "made", "change": "changed"}


@dataclass(frozen=True, slots=True)
class Line:
    what: str
    name: str
    action: str
    does: str
    text: str


@dataclass(frozen=True, slots=True)
class FilePage:
    """`text` is the file as it was sent, so that nobody has to choose it again."""

    text: str = ""
    switch_on: bool = False
    outcome: Outcome | None = None
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def lines(self) -> tuple[Line, ...]:
        if self.outcome is None:
            return ()
        words = DID if self.outcome.is_done else DOES
        return tuple(
            Line(WORDS[step.part], step.name, step.action, words[step.action], step.text)
            for step in self.outcome.steps
        )


def add_routes(app: web.Application) -> None:
    app.router.add_get("/settings/data/import", show, name="settings-file")
    app.router.add_post("/settings/data/import", bring_in, name="settings-file-sent")


async def show(request: web.Request) -> web.Response:
    here = await visit(request)
    return here.show("settings_import.html", "settings", FilePage(), sections=sections("data"))


async def bring_in(request: web.Request) -> web.Response:
    here = await visit(request)
    form = await read_form(request)
    text, switch_on = form.text_or_file("settings"), form.has("switch_on")
    files, status = request.app[PROGRAMS].settings_files, 200
    try:
        given = _read(text)
        work = files.bring_in if form.has("carry_out") else files.look
        page = FilePage(text, switch_on, await work(here.user.id, given, switch_on=switch_on))
    except InvalidInput as error:
        page, status = FilePage(text, switch_on, errors={"settings": error.sentence}), 422
    return here.show("settings_import.html", "settings", page, status=status, sections=sections("data"))


def _read(text: str) -> dict[str, object]:
    if not text.strip():
        raise InvalidInput({"settings": "Choose a settings file first."})
    if len(text) > FILE_MOST:
        raise InvalidInput({"settings": "This file is too long for the page; send it through the API."})
    try:
        given = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise InvalidInput(
            {"settings": "This is not JSON: choose the file that “Export settings” gave you."}
        ) from None
    if not isinstance(given, dict):
        raise InvalidInput({"settings": "This is not a settings file of Isekai."})
    return given
