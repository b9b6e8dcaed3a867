"""Outgoing webhooks: made, changed, tried out, read about."""

from aiohttp import hdrs, web

from core.users import Identity
from web.answers import json_answer
from web.api.params import path_id, read_before
from web.api.program_json import delivery_json, webhook_json
from web.api.program_requests import ChangeWebhook, NewWebhook
from web.bodies import read_model
from web.keys import PROGRAMS

PAGE = 50


async def every(request: web.Request, identity: Identity) -> web.Response:
    webhooks = await request.app[PROGRAMS].webhooks.of(identity.user.id)
    items = [webhook_json(webhook) for webhook in webhooks]
    return json_answer({"items": items, "next_cursor": None, "total": len(items)})


async def create(request: web.Request, identity: Identity) -> web.Response:
    wanted = await read_model(request, NewWebhook)
    webhook = await request.app[PROGRAMS].webhooks.create(
        identity.user.id, url=wanted.url, kinds=wanted.events, name=wanted.name
    )
    body = webhook_json(webhook) | {"secret": webhook.secret}
    return json_answer(body, status=201, headers={hdrs.LOCATION: f"/api/webhooks/{webhook.id}"})


async def one(request: web.Request, identity: Identity) -> web.Response:
    return json_answer(webhook_json(await request.app[PROGRAMS].webhooks.get(identity.user.id, path_id(request))))


async def change(request: web.Request, identity: Identity) -> web.Response:
    wanted = await read_model(request, ChangeWebhook)
    webhook = await request.app[PROGRAMS].webhooks.change(
        identity.user.id,
        path_id(request),
        url=wanted.url,
        kinds=wanted.events,
        name=wanted.name,
        enabled=wanted.enabled,
    )
    return json_answer(webhook_json(webhook))


async def remove(request: web.Request, identity: Identity) -> web.Response:
    await request.app[PROGRAMS].webhooks.delete(identity.user.id, path_id(request))
    return web.Response(status=204)


async def rotate_secret(request: web.Request, identity: Identity) -> web.Response:
    """The old secret signs beside the new one for a day."""
    webhook = await request.app[PROGRAMS].webhooks.rotate_secret(identity.user.id, path_id(request))
    return json_answer(webhook_json(webhook) | {"secret": webhook.secret})


async def try_out(request: web.Request, identity: Identity) -> web.Response:
    delivery = await request.app[PROGRAMS].webhooks.try_out(identity.user.id, path_id(request))
    return json_answer(delivery_json(delivery), status=202)


async def deliveries(request: web.Request, identity: Identity) -> web.Response:
    found = await request.app[PROGRAMS].webhooks.deliveries(
        identity.user.id, path_id(request), before=read_before(request.query.get("cursor"))
    )
    following = str(found[-1].id) if len(found) == PAGE else None
    return json_answer({"items": [delivery_json(one) for one in found], "next_cursor": following, "total": None})


async def replay(request: web.Request, identity: Identity) -> web.Response:
    delivery = await request.app[PROGRAMS].webhooks.replay(
        identity.user.id, path_id(request), path_id(request, "delivery_id")
    )
    return json_answer(delivery_json(delivery), status=202)
