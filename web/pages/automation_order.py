"""The artist's own order of an automation's drafts: by drag, by keys, and by buttons where there are no scripts."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from core.errors import UserError
from core.planning.automation import Order
from core.planning.world import Draft
from web.keys import PLANNING, READS
from web.pages.flash import Flash
from web.pages.forms import Answer, answer, read_form, refusal
from web.pages.pictures import Thumb, thumb_of
from web.pages.stepping import step_of
from web.pages.visit import Visit, visit

SHOWN = 150  # the first ones; who has more than that in one pool moves those first


@dataclass(frozen=True, slots=True)
class Entry:
    id: int
    name: str
    url: str
    thumb: Thumb | None
    facts: str
    is_first: bool
    is_last: bool


@dataclass(frozen=True, slots=True)
class OrderPage:
    id: int
    name: str
    is_manual: bool
    entries: tuple[Entry, ...]
    more: int


def add_routes(app: web.Application) -> None:
    app.router.add_get(r"/automations/{id:\d+}/order", show, name="automation-order")
    app.router.add_post(r"/automations/{id:\d+}/order", arrange, name="automation-arrange")


async def show(request: web.Request) -> web.Response:
    here = await visit(request)
    return await _page(here, int(request.match_info["id"][:18]))


async def _page(here: Visit, automation_id: int) -> web.Response:
    automations = here.request.app[PLANNING].automations
    automation = await automations.get(automation_id, user_id=here.user.id)
    drafts = await automations.pool(automation_id, user_id=here.user.id)
    shown = drafts[:SHOWN]
    posts = await here.request.app[READS].some([draft.id for draft in shown], user_id=here.user.id)
    thumbs = {post.id: thumb_of(post) for post in posts}
    page = OrderPage(
        id=automation.id,
        name=automation.name,
        is_manual=automation.order is Order.MANUAL,
        entries=tuple(_entry(draft, thumbs.get(draft.id), place, len(shown)) for place, draft in enumerate(shown)),
        more=len(drafts) - len(shown),
    )
    return here.show("automation_order.html", "automations", page)


def _entry(draft: Draft, thumb: Thumb | None, place: int, count: int) -> Entry:
    return Entry(
        id=draft.id,
        name=draft.details.title or "Untitled",
        url=f"/posts/{draft.id}",
        thumb=thumb,
        facts=f"Part {draft.part.number} of a series" if draft.part else ", ".join(draft.details.tags[:4]),
        is_first=place == 0,
        is_last=place == count - 1,
    )


async def arrange(request: web.Request) -> web.Response:
    """`draft` fields are a whole new order, `up` or `down` one step; drafts not named keep their order behind."""
    here = await visit(request)
    form = await read_form(request)
    automation_id = int(request.match_info["id"][:18])
    back = f"/automations/{automation_id}/order"
    automations = request.app[PLANNING].automations
    try:
        order = [draft.id for draft in await automations.pool(automation_id, user_id=here.user.id)]
        wanted = step_of(form, order) or _wanted(order, form.numbers("draft"))
        await automations.arrange_drafts(automation_id, wanted, by=here.actor)
    except UserError as error:
        return refusal(request, error, back=back)
    return answer(request, Answer(Flash("The order is saved."), {"order": [str(one) for one in wanted]}), back=back)


def _wanted(order: Sequence[int], named: Sequence[int]) -> list[int]:
    """Those named first, in that order; names of what is no longer in the pool are passed over."""
    pool = set(order)
    return list(dict.fromkeys((*(one for one in named if one in pool), *order)))
