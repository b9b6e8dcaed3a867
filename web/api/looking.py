"""Inspiration, and how published works fare, over the API."""

from datetime import date
from zoneinfo import ZoneInfo

from aiohttp import web

from core.errors import InvalidInput
from core.inspiration.browser import Viewer
from core.inspiration.looks import Look, Sight
from core.planning.wall_clock import read_day
from core.users import Identity
from web.answers import json_answer
from web.api.params import path_id, read_flag, read_limit
from web.api.room_json import QUERY, month_json, page_json, samples_json, seen_json, work_json
from web.auth import actor_of
from web.keys import READS, ROOMS


async def inspiration(request: web.Request, identity: Identity) -> web.Response:
    asked = request.query
    sight = asked.get("sight", "home")
    if sight not in QUERY["sight"]["enum"]:
        raise InvalidInput({"sight": f"One of: {', '.join(QUERY['sight']['enum'])}."})
    look = Look(
        Sight(sight),
        asked.get("name", ""),
        day_in(asked.get("date", "")),
        asked.get("cursor", ""),
        mature=read_flag(request, "mature"),
        popular=read_flag(request, "popular"),
    )
    seen = await request.app[ROOMS].browser.look(look, await viewer_of(request, identity.user.id))
    return json_answer(seen_json(seen))


async def viewer_of(request: web.Request, user_id: int) -> Viewer:
    """With the account asked for, else the first of theirs that is connected."""
    accounts = await request.app[READS].accounts(user_id)
    wanted = request.query.get("account_id", "")
    usable = [account for account in accounts if account.shown_status != "reconnect"]
    chosen = next((a for a in usable if str(a.id) == wanted), usable[0] if usable else None)
    return Viewer(user_id, chosen.id if chosen else None)


def day_in(text: str) -> date | None:
    if not text:
        return None
    try:
        return read_day(text)
    except ValueError:
        raise InvalidInput({"date": "A date is written like 2026-11-23."}) from None


async def figures(request: web.Request, identity: Identity) -> web.Response:
    sort = request.query.get("sort", "published")
    if sort not in QUERY["sort"]["enum"]:
        raise InvalidInput({"sort": f"One of: {', '.join(QUERY['sort']['enum'])}."})
    page = await request.app[ROOMS].figures.works(
        identity.user.id,
        sort=sort,
        account_id=await _account(request, identity),
        cursor=request.query.get("cursor") or None,
        limit=read_limit(request),
    )
    return json_answer(page_json([work_json(work) for work in page.works], page.next_cursor))


async def months(request: web.Request, identity: Identity) -> web.Response:
    found = await request.app[ROOMS].figures.months(
        identity.user.id, account_id=await _account(request, identity), place=ZoneInfo("UTC")
    )
    return json_answer({"items": [month_json(month) for month in found]})


async def samples(request: web.Request, identity: Identity) -> web.Response:
    """One post's figures, day by day, of each of its works. 404 for a post that is not theirs."""
    post = await request.app[READS].post(path_id(request), user_id=identity.user.id)
    found = await request.app[ROOMS].figures.samples(identity.user.id, post.id)
    urls = {one.id: one.deviation_url for one in post.publications}
    return json_answer({"items": [samples_json(urls.get(which), its) for which, its in found.items()]})


async def ask_now(request: web.Request, identity: Identity) -> web.Response:
    await request.app[ROOMS].figure_keeper.ask_now(path_id(request), by=actor_of(identity))
    return await samples(request, identity)


async def _account(request: web.Request, identity: Identity) -> int | None:
    wanted = request.query.get("account_id")
    if not wanted:
        return None
    accounts = await request.app[READS].accounts(identity.user.id)
    return next((account.id for account in accounts if str(account.id) == wanted), -1)
