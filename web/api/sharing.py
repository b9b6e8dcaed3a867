"""Who works on an account, by program."""

from typing import Any

from aiohttp import web

from core.people.sharing import Share, ShareLink
from core.users import Identity
from web.answers import json_answer
from web.api.answers_schema import ID, TEXT, TIME, listed, ref, thing, words
from web.api.params import path_id
from web.api.people_requests import ShareAccount
from web.api.times import instant_json
from web.auth import actor_of
from web.bodies import read_model
from web.keys import OFFICE, SITE


async def people(request: web.Request, identity: Identity) -> web.Response:
    _, shares, links = await request.app[OFFICE].sharing.people(path_id(request), by=actor_of(identity))
    return json_answer({"items": list(map(_share_json, shares)), "links": list(map(_link_json, links))})


async def offer(request: web.Request, identity: Identity) -> web.Response:
    wanted = await read_model(request, ShareAccount)
    link, token = await request.app[OFFICE].sharing.offer(path_id(request), wanted.role, by=actor_of(identity))
    return json_answer(_link_json(link) | {"url": f"{request.app[SITE].public_url}/share/{token}"}, status=201)


async def take_back(request: web.Request, identity: Identity) -> web.Response:
    link_id = path_id(request, "link_id")
    await request.app[OFFICE].sharing.take_back(path_id(request), link_id, by=actor_of(identity))
    return web.Response(status=204)


async def change(request: web.Request, identity: Identity) -> web.Response:
    wanted = await read_model(request, ShareAccount)
    await request.app[OFFICE].sharing.change(
        path_id(request), path_id(request, "user_id"), wanted.role, by=actor_of(identity)
    )
    return web.Response(status=204)


async def end(request: web.Request, identity: Identity) -> web.Response:
    await request.app[OFFICE].sharing.end(path_id(request), path_id(request, "user_id"), by=actor_of(identity))
    return web.Response(status=204)


def _share_json(share: Share) -> dict[str, Any]:
    return {
        "user_id": str(share.user_id),
        "name": share.name,
        "role": share.role,
        "shared_at": instant_json(share.shared_at),
    }


def _link_json(link: ShareLink) -> dict[str, Any]:
    return {
        "id": str(link.id),
        "role": link.role,
        "made_at": instant_json(link.made_at),
        "expires_at": instant_json(link.expires_at),
    }


def schemas() -> dict[str, Any]:
    role = words(["editor", "reviewer"])
    return {
        "Sharing": thing(
            items=listed(thing(user_id=ID, name=TEXT, role=role, shared_at=TIME)), links=listed(ref("ShareLink"))
        ),
        "ShareLink": thing(id=ID, role=role, made_at=TIME, expires_at=TIME),
        "ShareLinkMade": {"allOf": [ref("ShareLink"), thing(url={**TEXT, "description": "shown this once"})]},
    }
