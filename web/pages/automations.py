"""Automations: the list, one with its form, what it will do, and what it did."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from aiohttp import web

from core.errors import InvalidInput, UserError
from core.planning.automation import NAME_KEPT, Automation, describe
from core.planning.automations import Automations
from core.planning.pacing import PacingBroken
from core.planning.preview import Preview, PreviewItem
from core.planning.world import Result
from web.keys import PLANNING
from web.pages.automation_choices import folders_for, pickers, presets, templates
from web.pages.automation_form import FOLDER_FIELDS, AutomationForm, as_typed, form_of, given_by
from web.pages.flash import Flash, FlashLink, Undo
from web.pages.folder_choices import FolderPicker, Named, named_folders
from web.pages.forms import Answer, Form, answer, objection, read_form, refusal
from web.pages.lists import Pages
from web.pages.moments import Moment
from web.pages.paging import NO_PAGES, arranged, page_of, start_of
from web.pages.visit import Visit, go, visit

PREVIEW_SHOWN = 60
SHOWN_NOT_READY = 10
SITUATIONS = {
    "": "",
    "working": "",
    "empty": "Its pool is empty.",
    "not_ready": "None of its drafts is ready.",
    "waiting": "Waits for the next part of a series.",
    "paced": "Pacing left no room for its last slot.",
    "holiday": "Holidays.",
}


@dataclass(frozen=True, slots=True)
class Card:
    id: int
    version: int
    name: str
    hue: str
    enabled: bool
    rules: tuple[str, ...]
    next: Moment | None
    sentence: str
    forecast: str
    is_first: bool


@dataclass(frozen=True, slots=True)
class ListPage:
    """`place`: the part of the address that says which page is put in order. `q`: it stands in the name of each."""

    cards: tuple[Card, ...]
    pages: Pages = NO_PAGES
    place: str = ""
    q: str = ""
    has_search: bool = False


@dataclass(frozen=True, slots=True)
class SlotRow:
    when: Moment
    automation: str
    hue: str
    text: str
    url: str | None
    tone: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class LineView:
    when: Moment
    text: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class DetailPage:
    id: int | None
    title: str
    hue: str
    enabled: bool
    form: AutomationForm
    accounts: tuple[tuple[str, str], ...]
    errors: dict[str, str]
    presets: tuple[tuple[str, str], ...] = ()
    pickers: Mapping[str, FolderPicker] = field(default_factory=dict)
    templates: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    slots: tuple[SlotRow, ...] = ()
    forecast: str = ""
    preview_note: str = ""
    not_ready: tuple[tuple[str, str, str], ...] = ()
    lines: tuple[LineView, ...] = ()
    uses: tuple[LineView, ...] = ()


@dataclass(frozen=True, slots=True)
class PreviewPage:
    """`truncated`: there are more slots than any page shows."""

    slots: tuple[SlotRow, ...]
    pages: Pages
    truncated: bool


def add_routes(app: web.Application) -> None:
    app.router.add_get("/automations", every, name="automations")
    app.router.add_get("/automations/preview", preview_all, name="automations-preview")
    app.router.add_post("/automations/order", arrange, name="automations-arrange")
    app.router.add_get("/automations/new", new, name="automations-new")
    app.router.add_post("/automations/new", create, name="automations-create")
    app.router.add_get(r"/automations/{id:\d+}", one, name="automation")
    app.router.add_post(r"/automations/{id:\d+}", save, name="automation-save")
    app.router.add_post(r"/automations/{id:\d+}/{verb:[a-z]+}", act, name="automation-act")


CARDS, SLOTS = 30, 150  # on a page


def hue(color: str) -> str:
    """The class that gives an automation its colour: the policy allows none in an attribute."""
    return "hue-" + color.removeprefix("#")


async def every(request: web.Request) -> web.Response:
    here = await visit(request)
    planning = request.app[PLANNING]
    automations = await planning.automations.all(here.user.id)
    shown = await planning.automations.preview(here.user.id) if automations else None
    q = request.query.get("q", "").strip()[:NAME_KEPT]
    found = [one for one in automations if q.casefold() in one.name.casefold()]
    there, pages = page_of(here, found, CARDS)
    first = automations[0].id if automations else None
    cards = tuple(_card(here, one, shown, is_first=one.id == first) for one in there)
    place = f"?start={start_of(here)}" if start_of(here) else ""
    page = ListPage(cards, pages, place, q, has_search=len(automations) > CARDS)
    return here.show("automations.html", "automations", page)


def _card(here: Visit, automation: Automation, shown: Preview | None, *, is_first: bool) -> Card:
    return Card(
        automation.id,
        automation.version,
        automation.name,
        hue(automation.color),
        automation.enabled,
        tuple(describe(rule) for rule in automation.rules),
        here.reader.moment(automation.next_at) if automation.next_at else None,
        SITUATIONS.get(automation.situation, "") if automation.enabled else "",
        forecast_of(here, automation, shown) if automation.enabled else "",
        is_first,
    )


def forecast_of(here: Visit, automation: Automation, shown: Preview | None) -> str:
    forecast = shown.forecasts.get(automation.id) if shown else None
    if forecast is None:
        return ""
    if forecast.runs_out_at is None:
        return "Enough drafts for the next 30 days."
    day = forecast.runs_out_at.astimezone(here.place)
    return f"Drafts run out on {day.day} {day:%B}."


async def preview_all(request: web.Request) -> web.Response:
    here = await visit(request)
    shown = await request.app[PLANNING].automations.preview(here.user.id)
    there, pages = page_of(here, shown.items, SLOTS)
    rows = tuple(_slot(here, item) for item in there)
    is_cut = shown.truncated and pages.next_url is None
    return here.show("automation_preview.html", "automations", PreviewPage(rows, pages, is_cut))


async def arrange(request: web.Request) -> web.Response:
    """`automation` fields come where the page begins that they stand on, in that order; the others keep theirs."""
    here = await visit(request)
    form = await read_form(request)
    automations = request.app[PLANNING].automations
    known = [one.id for one in await automations.all(here.user.id)]
    wanted = arranged(here, known, form.numbers("automation"))
    await automations.arrange(wanted, by=here.actor)
    said = Answer(Flash("The order is saved: the first chooses first."), {"order": [str(one) for one in wanted]})
    return answer(request, said, back="/automations")


async def new(request: web.Request) -> web.Response:
    here = await visit(request)
    return await _show(here, None, form_of(None, time_zone=here.user.time_zone), {})


async def create(request: web.Request) -> web.Response:
    here = await visit(request)
    named = await _with_folders(here, await read_form(request))
    form = named.form
    try:
        _expect_named(named)
        made = await request.app[PLANNING].automations.create(
            given_by(form, None), by=here.actor, time_zone=here.user.time_zone
        )
    except InvalidInput as error:
        typed = as_typed(form, time_zone=here.user.time_zone)
        return await _show(here, None, typed, error.fields, status=422, words=named.words)
    said = Flash("Made, and switched off. Look at what it would do, then switch it on.")
    return go(f"/automations/{made.id}", said, request=request)


async def one(request: web.Request) -> web.Response:
    here = await visit(request)
    automation = await request.app[PLANNING].automations.get(_id(request), user_id=here.user.id)
    return await _detail(here, automation, form_of(automation, time_zone=here.user.time_zone), {})


async def save(request: web.Request) -> web.Response:
    here = await visit(request)
    named = await _with_folders(here, await read_form(request))
    form, planning = named.form, request.app[PLANNING]
    automation = await planning.automations.get(_id(request), user_id=here.user.id)
    try:
        _expect_named(named)
        await planning.automations.change(
            automation.id, given_by(form, automation), by=here.actor, expected_version=form.number("version")
        )
    except InvalidInput as error:
        typed = as_typed(form, time_zone=here.user.time_zone)
        return await _detail(here, automation, typed, error.fields, status=422, words=named.words)
    except UserError as error:
        return refusal(request, error, back=f"/automations/{automation.id}")
    return go(f"/automations/{automation.id}", Flash("Saved."), request=request)


async def _with_folders(here: Visit, form: Form) -> Named:
    account_id = form.text("account_id")
    return await named_folders(here, form, *(folders_for(here, field, account_id) for field in FOLDER_FIELDS))


def _expect_named(named: Named) -> None:
    if named.errors:
        raise InvalidInput(dict(named.errors))


async def act(request: web.Request) -> web.Response:
    here = await visit(request)
    form = await read_form(request)
    verb = VERBS.get(request.match_info["verb"])
    if verb is None:
        raise web.HTTPNotFound
    back = form.next_path("/automations")
    try:
        path, flash = await verb(Asked(here, _id(request), back, is_sure=form.has("override_pacing")))
    except PacingBroken as error:
        return objection(request, error, form, back=back, label="Run all the same")
    except UserError as error:
        return refusal(request, error, back=back)
    return go(path, flash, request=request)


@dataclass(frozen=True, slots=True)
class Asked:
    """What was pressed for which automation. `is_sure`: pacing may be overridden."""

    here: Visit
    id: int
    back: str
    is_sure: bool = False

    @property
    def automations(self) -> Automations:
        return self.here.request.app[PLANNING].automations


Done = tuple[str, Flash]


async def _enable(asked: Asked) -> Done:
    done = await asked.automations.enable(asked.id, True, by=asked.here.actor)
    first = f" Its first slot: {asked.here.reader.moment(done.next_at).text}." if done.next_at else ""
    return asked.back, Flash(f"“{done.name}” is on.{first}", undo=_undo(asked.id, "pause", asked.back))


async def _pause(asked: Asked) -> Done:
    done = await asked.automations.enable(asked.id, False, by=asked.here.actor)
    return asked.back, Flash(f"“{done.name}” is off.", undo=_undo(asked.id, "enable", asked.back))


async def _run(asked: Asked) -> Done:
    ticking = asked.here.request.app[PLANNING].ticking
    post = await ticking.run_now(asked.id, by=asked.here.actor, override_pacing=asked.is_sure)
    name = post.details.title or "Untitled"
    return asked.back, Flash(f"“{name[:80]}” goes out now.", link=FlashLink(f"/posts/{post.id}", "Look at it"))


async def _duplicate(asked: Asked) -> Done:
    copy = await asked.automations.duplicate(asked.id, by=asked.here.actor)
    return f"/automations/{copy.id}", Flash("This is the copy. It is switched off.")


async def _remove(asked: Asked) -> Done:
    await asked.automations.remove(asked.id, by=asked.here.actor)
    said = "Removed. Posts that it scheduled stay scheduled."
    return "/automations", Flash(said, undo=_undo(asked.id, "restore", "/automations"))


async def _restore(asked: Asked) -> Done:
    restored = await asked.automations.restore(asked.id, by=asked.here.actor)
    return asked.back, Flash(f"“{restored.name}” is back, switched off.")


async def _up(asked: Asked) -> Done:
    order = [one.id for one in await asked.automations.all(asked.here.user.id)]
    place = order.index(asked.id) if asked.id in order else 0
    if place:
        order[place - 1], order[place] = order[place], order[place - 1]
        await asked.automations.arrange(order, by=asked.here.actor)
    return asked.back, Flash("Moved up: it chooses earlier.")


VERBS: dict[str, Callable[[Asked], Awaitable[Done]]] = {
    "enable": _enable,
    "pause": _pause,
    "run": _run,
    "duplicate": _duplicate,
    "remove": _remove,
    "restore": _restore,
    "up": _up,
}


def _undo(automation_id: int, verb: str, back: str) -> Undo:
    return Undo(f"/automations/{automation_id}/{verb}", fields={"next": back})


def _id(request: web.Request) -> int:
    return int(request.match_info["id"][:18])


async def _detail(
    here: Visit,
    automation: Automation,
    form: AutomationForm,
    errors: dict[str, str],
    *,
    status: int = 200,
    words: Mapping[str, str] | None = None,
) -> web.Response:
    planning = here.request.app[PLANNING]
    lines, uses = await planning.automations.history(automation.id, user_id=here.user.id)
    shown, note = None, ""
    try:
        shown = await planning.automations.preview(here.user.id, automation_id=automation.id)
    except InvalidInput as error:
        note = error.sentence
    return await _show(
        here,
        automation,
        form,
        errors,
        status=status,
        words=words,
        shown=shown,
        preview_note=note,
        lines=tuple(LineView(here.reader.moment(line.at), line.text) for line in lines),
        uses=tuple(
            LineView(here.reader.moment(use.due_at), use.title or "Untitled", f"/posts/{use.post_id}") for use in uses
        ),
    )


async def _show(
    here: Visit,
    automation: Automation | None,
    form: AutomationForm,
    errors: dict[str, str],
    *,
    status: int = 200,
    words: Mapping[str, str] | None = None,
    shown: Preview | None = None,
    preview_note: str = "",
    lines: tuple[LineView, ...] = (),
    uses: tuple[LineView, ...] = (),
) -> web.Response:
    accounts = (("", "Every account"), *((str(a.id), a.username) for a in here.overview.editable))
    page = DetailPage(
        id=automation.id if automation else None,
        title=automation.name if automation else "New automation",
        hue=hue(automation.color if automation else form.values["color"]),
        enabled=bool(automation and automation.enabled),
        form=form,
        accounts=accounts,
        errors=errors,
        presets=await presets(here, form.values.get("price_preset_id", "")),
        pickers=await pickers(here, form, words or {}),
        templates=await templates(here, form),
        slots=tuple(_slot(here, item) for item in shown.items[:PREVIEW_SHOWN]) if shown else (),
        forecast=forecast_of(here, automation, shown) if automation else "",
        preview_note=preview_note,
        not_ready=tuple(
            (f"/posts/{draft.draft_id}", draft.title or "Untitled", " ".join(draft.missing))
            for draft in (shown.not_ready if shown else ())[:SHOWN_NOT_READY]
        ),
        lines=lines,
        uses=uses,
    )
    return here.show("automation.html", "automations", page, status=status)


def _slot(here: Visit, item: PreviewItem) -> SlotRow:
    at = item.at or item.slot_at
    takes = item.result is Result.SCHEDULED
    text = (item.title or "Untitled") if takes and not item.is_random else item.sentence
    url = f"/posts/{item.draft_id}" if takes and not item.is_random else None
    is_moved = takes and item.at is not None and item.at - item.slot_at > timedelta(hours=2)
    notes = (*(() if item.is_random else item.changes), *(["moved by pacing"] if is_moved else []))
    return SlotRow(
        here.reader.moment(at),
        item.automation,
        hue(item.color),
        text,
        url,
        "" if takes else "needs",
        " · ".join(notes) if takes else "",
    )
