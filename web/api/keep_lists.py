"""“Watch later” lists over the API."""

import re
from typing import Any

from aiohttp import web

from core.errors import InvalidInput, NotFound
from core.inspiration.looks import Look, Sight
from core.inspiration.ports import KeepList
from core.users import Identity
from web.answers import json_answer
from web.api.looking import viewer_of
from web.api.params import path_id, read_limit, read_offset
from web.api.room_json import page_json, shown_json
from web.api.room_requests import KeepWork, NameList
from web.api.times import instant_json
from web.auth import actor_of
from web.bodies import read_model
from web.keys import ROOMS

_WORK = re.compile(r"[0-9A-Fa-f]{8}-[0-9A-Fa-f-]{27}")


async def lists(request: web.Request, identity: Identity) -> web.Response:
    found = await request.app[ROOMS].keeps.lists(identity.user.id)
    return json_answer({"items": [list_json(one) for one in found]})


async def create(request: web.Request, identity: Identity) -> web.Response:
    wanted = await read_model(request, NameList)
    made = await request.app[ROOMS].keeping.create(wanted.name, by=actor_of(identity))
    return json_answer(list_json(made), status=201)


async def rename(request: web.Request, identity: Identity) -> web.Response:
    wanted, list_id = await read_model(request, NameList), path_id(request)
    await request.app[ROOMS].keeping.rename(list_id, wanted.name, by=actor_of(identity))
    return json_answer(list_json(await _own(request, identity, list_id)))


async def remove(request: web.Request, identity: Identity) -> web.Response:
    await request.app[ROOMS].keeping.remove(path_id(request), by=actor_of(identity))
    return web.Response(status=204)


async def works(request: web.Request, identity: Identity) -> web.Response:
    """Newest first; the cursor is how many came before."""
    kept, limit, start = await _own(request, identity, path_id(request)), read_limit(request), read_offset(request)
    found = await request.app[ROOMS].keeps.works(identity.user.id, kept.id, offset=start, limit=limit + 1)
    following = str(start + limit) if len(found) > limit else None
    return json_answer(page_json([shown_json(work) for work in found[:limit]], following, kept.works))


async def keep(request: web.Request, identity: Identity) -> web.Response:
    """Looked up on DeviantArt, as whoever opens it there would see it."""
    wanted, rooms = await read_model(request, KeepWork), request.app[ROOMS]
    if _WORK.fullmatch(wanted.work) is None:
        raise InvalidInput({"work": "Name a work by its deviation id."})
    list_id = (await _own(request, identity, path_id(request))).id
    look = Look(Sight.WORK, wanted.work, mature=True)
    seen = await rooms.browser.look(look, await viewer_of(request, identity.user.id))
    if not seen.page.works:
        raise InvalidInput({"work": "This work is no longer on DeviantArt."})
    await rooms.keeping.keep(seen.page.works[0], by=actor_of(identity), list_id=list_id)
    return json_answer(list_json(await _own(request, identity, list_id)))


async def drop(request: web.Request, identity: Identity) -> web.Response:
    work = request.match_info["work_id"]
    await request.app[ROOMS].keeping.drop(path_id(request), work, by=actor_of(identity))
    return web.Response(status=204)


async def _own(request: web.Request, identity: Identity, list_id: int) -> KeepList:
    found = await request.app[ROOMS].keeps.lists(identity.user.id)
    kept = next((one for one in found if one.id == list_id), None)
    if kept is None:
        raise NotFound("There is no such list.")
    return kept


def list_json(kept: KeepList) -> dict[str, Any]:
    return {
        "id": str(kept.id),
        "name": kept.name,
        "works": kept.works,
        "created_at": instant_json(kept.created_at),
    }
