"""Spreading a selection, taking plans back, series, and times in words."""

import asyncio
import secrets
from typing import Any

from aiohttp import web

from core.planning.natural_times import suggest
from core.planning.spread import Spread
from core.planning.spreading import read_spread
from core.planning.wall_clock import local_of, zone
from core.users import Identity
from web.answers import json_answer
from web.api.params import path_id, read_id
from web.api.planning_json import placed_json, reading_json, replanned_json, series_json
from web.api.planning_requests import SaveSeries, SpreadGiven
from web.api.times import instant_json
from web.auth import actor_of
from web.bodies import read_model
from web.keys import CLOCK, PLANNING, SITE

WORDS_MOST = 100


async def preview_spread(request: web.Request, identity: Identity) -> web.Response:
    """Answers the seed as well: applying with it gives the same places."""
    wanted, spread = await _spread(request, identity)
    placed = await request.app[PLANNING].spreading.preview(
        [read_id(given) for given in wanted.ids],
        spread,
        by=actor_of(identity),
        override_pacing=wanted.override_pacing,
    )
    return json_answer({"items": [placed_json(one) for one in placed], "seed": spread.seed})


async def spread(request: web.Request, identity: Identity) -> web.Response:
    wanted, how = await _spread(request, identity)
    done = await request.app[PLANNING].spreading.apply(
        [read_id(given) for given in wanted.ids], how, by=actor_of(identity), override_pacing=wanted.override_pacing
    )
    return json_answer(replanned_json(done, request.app[SITE].public_url))


async def _spread(request: web.Request, identity: Identity) -> tuple[SpreadGiven, Spread]:
    wanted = await read_model(request, SpreadGiven)
    given: dict[str, Any] = wanted.model_dump(exclude_none=True, exclude={"ids", "override_pacing"})
    given.setdefault("seed", secrets.randbelow(2**32))
    zone_name = wanted.time_zone or identity.user.time_zone
    today = local_of(request.app[CLOCK].now(), zone(zone_name)).date()
    return wanted, read_spread(given, time_zone=zone_name, today=today)


async def undo(request: web.Request, identity: Identity) -> web.Response:
    done = await request.app[PLANNING].undoing.undo(path_id(request), by=actor_of(identity))
    return json_answer(replanned_json(done, request.app[SITE].public_url))


async def every_series(request: web.Request, identity: Identity) -> web.Response:
    found = await request.app[PLANNING].series.all(identity.user.id)
    return json_answer({"items": [series_json(one) for one in found]})


async def create_series(request: web.Request, identity: Identity) -> web.Response:
    return await _save_series(request, identity, 0, status=201)


async def change_series(request: web.Request, identity: Identity) -> web.Response:
    return await _save_series(request, identity, path_id(request), status=200)


async def _save_series(request: web.Request, identity: Identity, series_id: int, *, status: int) -> web.Response:
    wanted = await read_model(request, SaveSeries)
    saved = await request.app[PLANNING].series.save(
        series_id,
        name=wanted.name,
        posts=[read_id(given) for given in wanted.ids],
        gap_hours=wanted.gap_hours,
        by=actor_of(identity),
    )
    return json_answer(series_json(saved), status=status)


async def one_series(request: web.Request, identity: Identity) -> web.Response:
    return json_answer(
        series_json(await request.app[PLANNING].series.get(path_id(request), user_id=identity.user.id))
    )


async def restore_series(request: web.Request, identity: Identity) -> web.Response:
    return json_answer(
        series_json(await request.app[PLANNING].series.restore(path_id(request), by=actor_of(identity)))
    )


async def remove_series(request: web.Request, identity: Identity) -> web.Response:
    await request.app[PLANNING].series.remove(path_id(request), by=actor_of(identity))
    return web.Response(status=204)


async def read_time(request: web.Request, identity: Identity) -> web.Response:
    """What words mean, in the zone said or the caller's own: to show before anything is scheduled."""
    query = request.query
    place = query.get("time_zone", "").strip() or identity.user.time_zone
    reading = await request.app[PLANNING].queue.read_words(
        query.get("when", ""),
        by=actor_of(identity),
        time_zone=place,
        post_id=read_id(query["post_id"]) if query.get("post_id") else None,
    )
    return json_answer(reading_json(reading, zone(place).key))


async def times(request: web.Request, identity: Identity) -> web.Response:
    """What to offer for words typed so far, in the caller's zone."""
    text = request.query.get("q", "")[:WORDS_MOST]
    offers = await asyncio.to_thread(suggest, text, request.app[CLOCK].now(), identity.user.time_zone)
    return json_answer({"items": [{"text": label, "at": instant_json(at)} for label, at in offers]})
