"""Weekly slots, the queue, pacing and holidays."""

from datetime import timedelta
from typing import Any

from aiohttp import web

from core.planning.good_times import good_times as find_good_times
from core.planning.queue import read_slots
from core.planning.wall_clock import zone
from core.users import Identity
from web.answers import json_answer
from web.api.params import path_id, read_id
from web.api.planning_json import account_planning_json, holiday_json, replanned_json, slot_json
from web.api.planning_requests import AddHoliday, AddToQueue, SetPacing, SetSlots, ShuffleQueue, SwapInQueue
from web.api.posts import answer as post_answer
from web.api.times import read_period
from web.auth import actor_of
from web.bodies import read_model
from web.keys import CLOCK, PLANNING, SITE

SHOWN, SPAN_MOST = timedelta(days=30), timedelta(days=100)


async def every(request: web.Request, identity: Identity) -> web.Response:
    found = await request.app[PLANNING].queue.accounts(identity.user.id)
    return json_answer({"items": [account_planning_json(account) for account in found]})


async def set_slots(request: web.Request, identity: Identity) -> web.Response:
    wanted = await read_model(request, SetSlots)
    slots = read_slots([slot.model_dump(exclude_none=True) for slot in wanted.slots])
    account = await request.app[PLANNING].queue.set_slots(path_id(request), slots, by=actor_of(identity))
    return json_answer(account_planning_json(account))


async def upcoming(request: web.Request, identity: Identity) -> web.Response:
    now, query = request.app[CLOCK].now(), request.query
    start, end = read_period(request, now, shown=SHOWN, most=SPAN_MOST)
    among = {read_id(query["account_id"])} if "account_id" in query else None
    found = await request.app[PLANNING].queue.upcoming(identity.user.id, start, end, among=among)
    return json_answer({"items": [slot_json(slot) for slot in found]})


async def add(request: web.Request, identity: Identity) -> web.Response:
    ids = [read_id(given) for given in (await read_model(request, AddToQueue)).ids]
    done = await request.app[PLANNING].queue.add(ids, by=actor_of(identity))
    return json_answer(replanned_json(done, request.app[SITE].public_url))


async def remove(request: web.Request, identity: Identity) -> web.Response:
    return post_answer(request, await request.app[PLANNING].queue.remove(path_id(request), by=actor_of(identity)))


async def swap(request: web.Request, identity: Identity) -> web.Response:
    wanted = await read_model(request, SwapInQueue)
    done = await request.app[PLANNING].queue.swap(read_id(wanted.id), read_id(wanted.other), by=actor_of(identity))
    return json_answer(replanned_json(done, request.app[SITE].public_url))


async def shuffle(request: web.Request, identity: Identity) -> web.Response:
    wanted = await read_model(request, ShuffleQueue)
    done = await request.app[PLANNING].queue.shuffle(read_id(wanted.account_id), by=actor_of(identity))
    return json_answer(replanned_json(done, request.app[SITE].public_url))


async def set_pacing(request: web.Request, identity: Identity) -> web.Response:
    wanted: dict[str, Any] = (await read_model(request, SetPacing)).model_dump(exclude_unset=True)
    account = await request.app[PLANNING].guard.set_pacing(path_id(request), wanted, by=actor_of(identity))
    return json_answer(account_planning_json(account))


async def good_times(request: web.Request, identity: Identity) -> web.Response:
    """Off until somebody asks: from the person's own works, with how many that are."""
    account_id = read_id(request.query["account_id"]) if "account_id" in request.query else None
    works = await request.app[PLANNING].reads.works(identity.user.id, account_id=account_id)
    hints = find_good_times(works, zone(identity.user.time_zone), now=request.app[CLOCK].now())
    times = [
        {
            "weekday": one.weekday,
            "from": f"{one.from_hour:02}:00",
            "to": f"{one.to_hour % 24:02}:00",
            "works": one.works,
            "favourites": one.favourites,
            "ratio": one.ratio,
        }
        for one in hints.times
    ]
    return json_answer({"items": times, "works": hints.works, "text": hints.sentence})


async def holidays(request: web.Request, identity: Identity) -> web.Response:
    found = await request.app[PLANNING].guard.holidays(identity.user.id)
    return json_answer({"items": [holiday_json(one) for one in found]})


async def add_holiday(request: web.Request, identity: Identity) -> web.Response:
    wanted = (await read_model(request, AddHoliday)).model_dump()
    return json_answer(
        holiday_json(await request.app[PLANNING].guard.add_holiday(wanted, by=actor_of(identity))), status=201
    )


async def remove_holiday(request: web.Request, identity: Identity) -> web.Response:
    await request.app[PLANNING].guard.remove_holiday(path_id(request), by=actor_of(identity))
    return web.Response(status=204)
