"""The sale queue for programs on DeviantArt's site, and price presets."""

from aiohttp import hdrs, web

from core.errors import InvalidInput, NotFound
from core.exclusives.sale import SaleStatus
from core.exclusives.sales import SCREENSHOT_MOST
from core.users import Identity
from web.answers import json_answer
from web.api.params import path_id, read_id, read_limit
from web.api.posts import answer
from web.api.room_json import page_json, preset_json, sale_item, sale_json
from web.api.room_requests import FailSale, LeaseToken, NewPreset, OfferPost
from web.auth import actor_of
from web.bodies import read_bytes, read_model
from web.keys import READS, ROOMS


async def next_entry(request: web.Request, identity: Identity) -> web.Response:
    """Leases the oldest waiting entry: asking again before finishing gives another one."""
    client_id = request.query.get("client_id", "")
    if client_id.startswith("hand:"):
        raise InvalidInput({"client_id": "This name is taken by the sale helper."})
    sale = await request.app[ROOMS].sales.next(identity.user.id, client_id=client_id)
    return json_answer({"item": sale_item(sale) if sale else None})


async def heartbeat(request: web.Request, identity: Identity) -> web.Response:
    wanted = await read_model(request, LeaseToken)
    sale = await request.app[ROOMS].sales.heartbeat(path_id(request), wanted.lease_token, user_id=identity.user.id)
    return json_answer({"item": sale_item(sale)})


async def complete(request: web.Request, identity: Identity) -> web.Response:
    wanted = await read_model(request, LeaseToken)
    sale = await request.app[ROOMS].sales.complete(path_id(request), wanted.lease_token, user_id=identity.user.id)
    return json_answer(sale_json(sale))


async def fail(request: web.Request, identity: Identity) -> web.Response:
    wanted = await read_model(request, FailSale)
    sale = await request.app[ROOMS].sales.fail(
        path_id(request), wanted.lease_token, wanted.error_message, user_id=identity.user.id
    )
    return json_answer(sale_json(sale))


async def screenshot(request: web.Request, identity: Identity) -> web.Response:
    """The picture is the body; `?lease_token=` says whose lease it belongs to."""
    content = await read_bytes(request, most=SCREENSHOT_MOST)
    token = request.query.get("lease_token", "")
    sale = await request.app[ROOMS].sales.keep_screenshot(path_id(request), token, content, user_id=identity.user.id)
    return json_answer(sale_json(sale))


async def release(request: web.Request, identity: Identity) -> web.Response:
    wanted = await read_model(request, LeaseToken)
    sale = await request.app[ROOMS].sales.give_back(path_id(request), wanted.lease_token, user_id=identity.user.id)
    return json_answer(sale_json(sale))


async def seen(request: web.Request, identity: Identity) -> web.Response:
    found = await request.app[ROOMS].sale_reads.screenshot(identity.user.id, path_id(request))
    if found is None:
        raise NotFound
    headers = {hdrs.CACHE_CONTROL: "private, no-cache", "Content-Security-Policy": "default-src 'none'; sandbox"}
    return web.Response(body=found.content, content_type=found.mime, headers=headers)


async def every(request: web.Request, identity: Identity) -> web.Response:
    status = request.query.get("status") or None
    if status is not None and status not in set(SaleStatus):
        raise InvalidInput({"status": f"The status is one of: {', '.join(SaleStatus)}."})
    page = await request.app[ROOMS].sale_reads.sales(
        identity.user.id,
        status=SaleStatus(status) if status else None,
        cursor=request.query.get("cursor") or None,
        limit=read_limit(request),
    )
    total = page.counts.get(status, 0) if status else sum(page.counts.values())
    return json_answer(page_json([sale_json(sale) for sale in page.sales], page.next_cursor, total))


async def skip(request: web.Request, identity: Identity) -> web.Response:
    return json_answer(sale_json(await request.app[ROOMS].sales.skip(path_id(request), by=actor_of(identity))))


async def queue_again(request: web.Request, identity: Identity) -> web.Response:
    return json_answer(sale_json(await request.app[ROOMS].sales.queue_again(path_id(request), by=actor_of(identity))))


async def presets(request: web.Request, identity: Identity) -> web.Response:
    found = await request.app[ROOMS].sale_reads.presets(identity.user.id, archived=True)
    return json_answer({"items": [preset_json(preset) for preset in found]})


async def create_preset(request: web.Request, identity: Identity) -> web.Response:
    wanted = await read_model(request, NewPreset)
    preset = await request.app[ROOMS].presets.create(
        wanted.name, wanted.currency, wanted.lowest, wanted.highest, by=actor_of(identity)
    )
    return json_answer(preset_json(preset), status=201)


async def change_preset(request: web.Request, identity: Identity) -> web.Response:
    wanted = await read_model(request, NewPreset)
    preset = await request.app[ROOMS].presets.change(
        path_id(request), wanted.name, wanted.currency, wanted.lowest, wanted.highest, by=actor_of(identity)
    )
    return json_answer(preset_json(preset))


async def archive_preset(request: web.Request, identity: Identity) -> web.Response:
    return json_answer(preset_json(await request.app[ROOMS].presets.archive(path_id(request), by=actor_of(identity))))


async def restore_preset(request: web.Request, identity: Identity) -> web.Response:
    return json_answer(preset_json(await request.app[ROOMS].presets.restore(path_id(request), by=actor_of(identity))))


async def make_default(request: web.Request, identity: Identity) -> web.Response:
    preset = await request.app[ROOMS].presets.make_default(path_id(request), by=actor_of(identity))
    return json_answer(preset_json(preset))


async def wishes(request: web.Request, identity: Identity) -> web.Response:
    post = await request.app[READS].post(path_id(request), user_id=identity.user.id)
    wish = await request.app[ROOMS].sale_reads.wish(post.id)
    preset, comment = wish.price_preset_id, wish.comment_template_id
    return json_answer(
        {
            "price_preset_id": str(preset) if preset is not None else None,
            "comment_template_id": str(comment) if comment is not None else None,
        }
    )


async def offer(request: web.Request, identity: Identity) -> web.Response:
    """Put a post on sale once it is published; null takes that back."""
    wanted = await read_model(request, OfferPost)
    preset_id = read_id(wanted.price_preset_id) if wanted.price_preset_id is not None else None
    post = await request.app[ROOMS].presets.offer(path_id(request), preset_id, by=actor_of(identity))
    return answer(request, post)
