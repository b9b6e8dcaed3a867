"""Exclusives: the sale queue, price presets, and the helper for putting works on sale by hand."""

from dataclasses import dataclass
from urllib.parse import quote

from aiohttp import hdrs, web

from core.errors import InvalidInput, UserError
from core.exclusives.price import CURRENCIES, Preset
from core.exclusives.sale import Sale, SaleStatus
from web.keys import ROOMS
from web.pages.flash import Flash, FlashLink, Undo
from web.pages.forms import Answer, Form, answer, read_form, refusal
from web.pages.lists import Pages
from web.pages.moments import Moment
from web.pages.states import StateView
from web.pages.visit import Visit, go, visit

PAGE = 40
STATES = {
    SaleStatus.PENDING: StateView("draft", "draft", "Waiting"),
    SaleStatus.PROCESSING: StateView("uploading", "busy", "In work"),
    SaleStatus.COMPLETED: StateView("published", "published", "On sale"),
    SaleStatus.FAILED: StateView("failed", "failed", "Failed"),
    SaleStatus.SKIPPED: StateView("discarded", "discarded", "Skipped"),
}


@dataclass(frozen=True, slots=True)
class Row:
    id: int
    title: str
    price: str
    state: StateView
    thumb: str
    post_url: str
    url: str
    when: Moment
    note: str
    can_skip: bool
    can_queue: bool
    has_link: bool


@dataclass(frozen=True, slots=True)
class Tab:
    label: str
    url: str
    count: int
    is_here: bool


@dataclass(frozen=True, slots=True)
class PresetRow:
    id: int
    name: str
    words: str
    is_default: bool
    is_archived: bool


@dataclass(frozen=True, slots=True)
class QueuePage:
    rows: tuple[Row, ...]
    tabs: tuple[Tab, ...]
    pages: Pages
    waiting: int
    presets: tuple[PresetRow, ...]
    here: str  # where its forms lead back to


@dataclass(frozen=True, slots=True)
class PresetPage:
    presets: tuple[PresetRow, ...]
    currencies: tuple[tuple[str, str], ...]
    values: dict[str, str]
    errors: dict[str, str]
    editing: int | None = None


@dataclass(frozen=True, slots=True)
class HelperPage:
    sale: Sale | None
    thumb: str
    price: str
    price_words: str
    left: int
    taken: int  # being sold in another window, or by a program
    done: int


def add_routes(app: web.Application) -> None:
    add = app.router
    add.add_get("/exclusives", queue, name="exclusives")
    add.add_post("/exclusives/bulk", bulk, name="exclusives-bulk")
    add.add_get("/exclusives/presets", presets, name="presets")
    add.add_post("/exclusives/presets", save_preset, name="presets-create")
    add.add_get(r"/exclusives/presets/{id:\d+}", one_preset, name="preset")
    add.add_post(r"/exclusives/presets/{id:\d+}", save_preset, name="preset-save")
    add.add_post(r"/exclusives/presets/{id:\d+}/{verb:archive|restore|default}", preset_act, name="preset-act")
    add.add_get("/exclusives/helper", helper, name="sale-helper")
    add.add_post("/exclusives/helper", take_next, name="sale-helper-next")
    add.add_post(r"/exclusives/{id:\d+}/{verb:take|done|fail|skip|queue|back|beat}", act, name="sale-act")
    add.add_get(r"/exclusives/{id:\d+}/screenshot", screenshot, name="sale-screenshot")


async def queue(request: web.Request) -> web.Response:
    here = await visit(request)
    asked = request.query.get("status", "")
    status = SaleStatus(asked) if asked in set(SaleStatus) else None
    try:
        found = await request.app[ROOMS].sale_reads.sales(
            here.user.id, status=status, cursor=request.query.get("cursor") or None, limit=PAGE
        )
    except InvalidInput:
        raise web.HTTPSeeOther("/exclusives") from None
    base = f"/exclusives?status={status}" if status else "/exclusives"
    more = f"{base}{'&' if status else '?'}cursor={quote(found.next_cursor)}" if found.next_cursor else None
    page = QueuePage(
        rows=tuple(_row(here, sale) for sale in found.sales),
        tabs=_tabs(found.counts, status),
        pages=Pages(base if "cursor" in request.query else None, more),
        waiting=found.counts.get(SaleStatus.PENDING, 0) + found.counts.get(SaleStatus.PROCESSING, 0),
        presets=tuple(map(_preset, await request.app[ROOMS].sale_reads.presets(here.user.id))),
        here=here.here,
    )
    return here.show("exclusives.html", "exclusives", page)


def _tabs(counts: dict[str, int], status: SaleStatus | None) -> tuple[Tab, ...]:
    everything = Tab("All", "/exclusives", sum(counts.values()), status is None)
    return (
        everything,
        *(
            Tab(STATES[each].word, f"/exclusives?status={each}", counts.get(each, 0), status is each)
            for each in SaleStatus
        ),
    )


def _row(here: Visit, sale: Sale) -> Row:
    return Row(
        id=sale.id,
        title=sale.title,
        price=str(sale.price),
        state=STATES[sale.status],
        thumb=f"/files/{sale.file_id}/thumb" if sale.file_id else "",
        post_url=f"/posts/{sale.post_id}",
        url=sale.deviation_url or "",
        when=here.reader.moment(sale.done_at or sale.created_at),
        note=_note(sale),
        can_skip=sale.status not in (SaleStatus.COMPLETED, SaleStatus.SKIPPED),
        can_queue=sale.status in (SaleStatus.FAILED, SaleStatus.SKIPPED),
        has_link=sale.deviation_url is not None,
    )


def _note(sale: Sale) -> str:
    if sale.deviation_url is None:
        return "Waits for its link on DeviantArt."
    if sale.error_message and sale.status is not SaleStatus.COMPLETED:
        return f"{sale.error_message} Tried {sale.attempts} of 3 times."
    return ""


def _preset(preset: Preset) -> PresetRow:
    return PresetRow(preset.id, preset.name, preset.words, preset.is_default, preset.archived_at is not None)


async def bulk(request: web.Request) -> web.Response:
    here, form = await visit(request), await read_form(request)
    back = form.next_path("/exclusives")
    try:
        results = await request.app[ROOMS].sales.each(form.ids(), form.text("action"), by=here.actor)
    except UserError as error:
        return refusal(request, error, back=back)
    done = [str(result.sale_id) for result in results if not result.problem]
    failed = [result for result in results if result.problem]
    is_skip = form.text("action") == "skip"
    works = "1 work" if len(done) == 1 else f"{len(done)} works"
    said = f"{works} skipped." if is_skip else f"{works} back in the queue."
    if failed:
        said += f" {len(failed)} left alone: {failed[0].problem}"
    fields = {"action": "again", "ids": ",".join(done), "next": back}
    undo = Undo("/exclusives/bulk", fields=fields) if is_skip and done else None
    return go(back, Flash(said, bad=not done, undo=undo), request=request)


async def presets(request: web.Request) -> web.Response:
    return await _presets(await visit(request), {"currency": "USD"}, {})


async def _presets(
    here: Visit, values: dict[str, str], errors: dict[str, str], *, editing: int | None = None, status: int = 200
) -> web.Response:
    found = await here.request.app[ROOMS].sale_reads.presets(here.user.id, archived=True)
    currencies = tuple((name, name) for name in CURRENCIES)
    page = PresetPage(tuple(map(_preset, found)), currencies, values, errors, editing)
    return here.show("presets.html", "exclusives", page, status=status)


async def one_preset(request: web.Request) -> web.Response:
    here, preset_id = await visit(request), int(request.match_info["id"])
    found = await request.app[ROOMS].sale_reads.presets(here.user.id, archived=True)
    preset = next((preset for preset in found if preset.id == preset_id), None)
    if preset is None:
        raise web.HTTPNotFound
    return await _presets(here, _amounts(preset), {}, editing=preset.id)


def _amounts(preset: Preset) -> dict[str, str]:
    unit = 10 ** CURRENCIES.get(preset.currency, 2)

    def plain(amount: int) -> str:
        return f"{amount / unit:.2f}".removesuffix(".00") if unit > 1 else str(amount)

    highest = plain(preset.highest) if preset.highest is not None else ""
    return {"name": preset.name, "currency": preset.currency, "lowest": plain(preset.lowest), "highest": highest}


async def save_preset(request: web.Request) -> web.Response:
    here, form = await visit(request), await read_form(request)
    typed = {name: form.text(name) for name in ("name", "currency", "lowest", "highest")}
    editing = int(request.match_info["id"]) if "id" in request.match_info else None
    use = request.app[ROOMS].presets
    try:
        if editing is None:
            preset = await use.create(*typed.values(), by=here.actor)
        else:
            preset = await use.change(editing, *typed.values(), by=here.actor)
    except InvalidInput as error:
        return await _presets(here, typed, error.fields, editing=editing, status=422)
    except UserError as error:
        return refusal(request, error, back="/exclusives/presets")
    return go("/exclusives/presets", Flash(f"“{preset.name}” is saved."), request=request)


async def preset_act(request: web.Request) -> web.Response:
    here = await visit(request)
    await read_form(request)
    preset_id, verb, use = int(request.match_info["id"]), request.match_info["verb"], request.app[ROOMS].presets
    back = "/exclusives/presets"
    try:
        if verb == "archive":
            preset = await use.archive(preset_id, by=here.actor)
            undo = Undo(f"/exclusives/presets/{preset.id}/restore")
            return go(back, Flash(f"“{preset.name}” is archived.", undo=undo), request=request)
        preset = await (use.restore if verb == "restore" else use.make_default)(preset_id, by=here.actor)
    except UserError as error:
        return refusal(request, error, back=back)
    said = "is back." if verb == "restore" else "is the default now."
    return go(back, Flash(f"“{preset.name}” {said}"), request=request)


async def helper(request: web.Request) -> web.Response:
    """One entry at a time. Only starting, by a button, takes one on lease."""
    here = await visit(request)
    counts = (await request.app[ROOMS].sale_reads.sales(here.user.id, status=None, cursor=None, limit=1)).counts
    sale = None
    if (wanted := request.query.get("entry", "")).isdecimal() and len(wanted) < 18:
        found = await request.app[ROOMS].sale_reads.sale(here.user.id, int(wanted))
        is_mine = (found.client_id or "") == f"hand:{here.user.id}" and found.status is SaleStatus.PROCESSING
        sale = found if is_mine else None
    page = HelperPage(
        sale=sale,
        thumb=f"/files/{sale.file_id}/thumb" if sale and sale.file_id else "",
        price=sale.price.plain if sale else "",
        price_words=str(sale.price) if sale else "",
        left=counts.get(SaleStatus.PENDING, 0),
        taken=counts.get(SaleStatus.PROCESSING, 0),
        done=counts.get(SaleStatus.COMPLETED, 0),
    )
    return here.show("sale_helper.html", "exclusives", page)


async def take_next(request: web.Request) -> web.Response:
    here = await visit(request)
    await read_form(request)
    return await _next(here)


async def _next(here: Visit, flash: Flash | None = None) -> web.Response:
    sale = await here.request.app[ROOMS].sales.take_next(by=here.actor)
    if sale is None:
        return go("/exclusives/helper", flash or Flash("Nothing is waiting."), request=here.request)
    return go(f"/exclusives/helper?entry={sale.id}", flash, request=here.request)


async def act(request: web.Request) -> web.Response:
    here, form = await visit(request), await read_form(request)
    sale_id, verb, use = int(request.match_info["id"]), request.match_info["verb"], request.app[ROOMS].sales
    token, me = form.text("lease_token")[:200], here.user.id
    back = form.next_path("/exclusives/helper" if token else "/exclusives")
    try:
        match verb:
            case "take":
                taken = await use.take(sale_id, by=here.actor)
                return go(f"/exclusives/helper?entry={taken.id}", request=request)
            case "beat":
                await use.heartbeat(sale_id, token, user_id=me)
                return answer(request, Answer(Flash("Still yours."), {"ok": True}), back=back)
            case "done":
                sale = await use.complete(sale_id, token, user_id=me)
                undo = Undo(f"/exclusives/{sale_id}/queue", fields={"next": "/exclusives/helper"})
                return await _next(here, Flash(f"“{sale.title}” is on sale for {sale.price}.", undo=undo))
            case "fail":
                await use.fail(sale_id, token, _reason(form), user_id=me)
                return await _next(here, Flash("Noted. It comes back later."))
            case "back":
                await use.give_back(sale_id, token, user_id=me)
                return go("/exclusives", Flash("It waits in the queue again."), request=request)
            case "skip":
                sale = await use.skip(sale_id, by=here.actor)
                undo = Undo(f"/exclusives/{sale_id}/queue", fields={"next": back})
                flash = Flash(f"Skipped “{sale.title}”.", undo=undo)
                return await _next(here, flash) if token else go(back, flash, request=request)
            case _:
                sale = await use.queue_again(sale_id, by=here.actor)
                said = Flash(
                    f"“{sale.title}” waits in the queue.", link=FlashLink("/exclusives/helper", "Sale helper")
                )
                return go(back, said, request=request)
    except UserError as error:
        return refusal(request, error, back=back)


def _reason(form: Form) -> str:
    return form.text("error_message").strip() or "It did not work by hand."


async def screenshot(request: web.Request) -> web.Response:
    here = await visit(request)
    found = await request.app[ROOMS].sale_reads.screenshot(here.user.id, int(request.match_info["id"]))
    if found is None:
        raise web.HTTPNotFound
    headers = {hdrs.CACHE_CONTROL: "private, no-cache", "Content-Security-Policy": "default-src 'none'; sandbox"}
    return web.Response(body=found.content, content_type=found.mime, headers=headers)
