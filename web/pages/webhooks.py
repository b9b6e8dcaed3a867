"""Outgoing webhooks: who is told what, what became of each message, a test at hand."""

import json
from dataclasses import dataclass, field

from aiohttp import web

from core.errors import InvalidInput, UserError
from core.webhooks.envelope import Kind
from core.webhooks.webhook import Delivery, DeliveryState, Webhook
from core.webhooks.webhooks import OFF_BY_OWNER
from web.keys import PROGRAMS
from web.pages.flash import Flash
from web.pages.forms import read_form, refusal
from web.pages.moments import Moment
from web.pages.visit import Visit, go, signed_in, visit

KIND_WORDS = {
    Kind.CREATED: "a picture arrived",
    Kind.UPDATED: "a post changed",
    Kind.APPROVED: "a post was approved",
    Kind.SCHEDULED: "a post was scheduled",
    Kind.PUBLISHED: "a work is public",
    Kind.FAILED: "a publication failed",
    Kind.NEEDS_PERSON: "somebody has to decide",
}
# The word, and the tone it is said in.
_STATES = {
    DeliveryState.WAITING: ("on its way", ""),
    DeliveryState.DELIVERED: ("delivered", "good"),
    DeliveryState.GIVEN_UP: ("given up", "bad"),
}


@dataclass(frozen=True, slots=True)
class WebhookView:
    id: int
    title: str
    url: str
    kinds: str
    is_enabled: bool
    is_off_by_choice: bool
    trouble: str
    since: Moment | None


@dataclass(frozen=True, slots=True)
class DeliveryView:
    id: int
    kind: str
    state: str
    tone: str
    at: Moment
    attempts: int
    problem: str
    next_at: Moment | None
    body: str
    answer: str


@dataclass(frozen=True, slots=True)
class WebhooksPage:
    webhooks: tuple[WebhookView, ...]
    kinds: tuple[tuple[str, str], ...]
    url: str = ""
    name: str = ""
    wanted: tuple[str, ...] = tuple(Kind)
    errors: dict[str, str] = field(default_factory=dict)
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class DeliveriesPage:
    webhook: WebhookView
    deliveries: tuple[DeliveryView, ...]


def add_routes(app: web.Application) -> None:
    app.router.add_get("/webhooks", every)
    app.router.add_post("/webhooks", create)
    app.router.add_get(r"/webhooks/{webhook_id:\d{1,18}}", one)
    app.router.add_post(r"/webhooks/{webhook_id:\d{1,18}}/{verb:test|on|off|secret|remove}", act)
    app.router.add_post(r"/webhooks/{webhook_id:\d{1,18}}/deliveries/{delivery_id:\d{1,18}}/replay", replay)


async def every(request: web.Request) -> web.Response:
    here = await visit(request)
    return here.show("webhooks.html", "keys", await _page(here))


async def create(request: web.Request) -> web.Response:
    here = await visit(request)
    form = await read_form(request)
    url, name, wanted = form.text("url"), form.text("name"), form.every("kinds")
    try:
        made = await request.app[PROGRAMS].webhooks.create(here.user.id, url=url, kinds=wanted, name=name)
    except InvalidInput as error:
        page = await _page(here, url=url, name=name, wanted=wanted, errors=dict(error.fields))
        return here.show("webhooks.html", "keys", page, status=422)
    return _with_secret(here, await _page(here, secret=made.secret))


async def one(request: web.Request) -> web.Response:
    here = await visit(request)
    webhooks = request.app[PROGRAMS].webhooks
    webhook = await webhooks.get(here.user.id, int(request.match_info["webhook_id"]))
    deliveries = await webhooks.deliveries(here.user.id, webhook.id)
    page = DeliveriesPage(_view(here, webhook), tuple(_delivery(here, delivery) for delivery in deliveries))
    return here.show("webhook.html", "keys", page)


async def act(request: web.Request) -> web.Response:
    user, _ = signed_in(request)
    await read_form(request)
    webhooks, webhook_id = request.app[PROGRAMS].webhooks, int(request.match_info["webhook_id"])
    back = f"/webhooks/{webhook_id}"
    try:
        match request.match_info["verb"]:
            case "test":
                await webhooks.try_out(user.id, webhook_id)
                return go(back, Flash("A test message is on its way."), request=request)
            case "secret":
                changed = await webhooks.rotate_secret(user.id, webhook_id)
                here = await visit(request)
                return _with_secret(here, await _page(here, secret=changed.secret))
            case "remove":
                await webhooks.delete(user.id, webhook_id)
                return go("/webhooks", Flash("The webhook is gone, and its log with it."), request=request)
            case verb:
                await webhooks.change(user.id, webhook_id, enabled=verb == "on")
                return go(back, Flash("It is on." if verb == "on" else "It is off."), request=request)
    except UserError as error:
        return refusal(request, error, back=back)


async def replay(request: web.Request) -> web.Response:
    user, _ = signed_in(request)
    await read_form(request)
    webhook_id = int(request.match_info["webhook_id"])
    back = f"/webhooks/{webhook_id}"
    try:
        await request.app[PROGRAMS].webhooks.replay(user.id, webhook_id, int(request.match_info["delivery_id"]))
    except UserError as error:
        return refusal(request, error, back=back)
    return go(back, Flash("It goes out once more."), request=request)


async def _page(
    here: Visit,
    *,
    url: str = "",
    name: str = "",
    wanted: tuple[str, ...] = tuple(Kind),
    errors: dict[str, str] | None = None,
    secret: str = "",
) -> WebhooksPage:
    found = await here.request.app[PROGRAMS].webhooks.of(here.user.id)
    return WebhooksPage(
        webhooks=tuple(_view(here, webhook) for webhook in found),
        kinds=tuple((str(kind), KIND_WORDS[kind]) for kind in Kind),
        url=url,
        name=name,
        wanted=wanted,
        errors=errors or {},
        secret=secret,
    )


def _with_secret(here: Visit, page: WebhooksPage) -> web.Response:
    response = here.show("webhooks.html", "keys", page)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _view(here: Visit, webhook: Webhook) -> WebhookView:
    is_chosen = webhook.disabled_why == OFF_BY_OWNER
    trouble = "" if is_chosen else webhook.disabled_why or ("It has failed" if webhook.failing_since else "")
    return WebhookView(
        webhook.id,
        webhook.name or webhook.url.split("/")[2],
        webhook.url,
        "everything" if len(webhook.kinds) == len(Kind) else ", ".join(KIND_WORDS[kind] for kind in webhook.kinds),
        webhook.is_enabled,
        is_chosen,
        trouble,
        here.reader.moment(webhook.failing_since) if webhook.failing_since and webhook.is_enabled else None,
    )


def _delivery(here: Visit, delivery: Delivery) -> DeliveryView:
    return DeliveryView(
        delivery.id,
        delivery.kind,
        *_STATES[delivery.state],
        here.reader.moment(delivery.tried_at or delivery.created_at),
        delivery.attempts,
        delivery.error or "",
        here.reader.moment(delivery.next_at) if delivery.next_at else None,
        json.dumps(json.loads(delivery.body), indent=2, ensure_ascii=False),
        delivery.answer or "",
    )
