"""The calendar over the API: what goes out and what went, in a period, and what speaks against its time."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from aiohttp import web

from core.planning.clashes import clashes
from core.posts.tile import Tile
from core.users import Identity
from web.answers import json_answer
from web.api.params import account_in
from web.api.times import instant_json, read_period
from web.keys import CLOCK, PLANNING, READS

SHOWN = timedelta(days=31)  # when no end is said
SPAN_MOST = timedelta(days=366)


async def calendar(request: web.Request, identity: Identity) -> web.Response:
    """In the order of time, 4,000 at most."""
    now = request.app[CLOCK].now()
    start, end = read_period(request, now, shown=SHOWN, most=SPAN_MOST)
    user_id, account_id = identity.user.id, account_in(request.query.get("account_id"))
    tiles = await request.app[READS].tiles(user_id, start, end, account_id=account_id)
    against = await clashes(request.app[PLANNING].reads, user_id, tiles, now=now)
    return json_answer({"items": [tile_json(tile, against.get(tile.id, ())) for tile in tiles]})


def tile_json(tile: Tile, against: Sequence[str]) -> dict[str, Any]:
    return {
        "post_id": str(tile.id),
        "account_id": str(tile.account_id),
        "title": tile.name,
        "status": tile.status,
        "held": tile.held,
        "at": instant_json(tile.at),
        "due_at": instant_json(tile.due_at),
        "is_mature": tile.is_mature,
        "needs_person": tile.needs_person,
        "version": tile.version,
        "objections": list(against),
    }
