"""The ledger and the switches over HTTP, for tests and for people at play; loopback only (`docs/sandbox.md`)."""

import ipaddress
from dataclasses import asdict, fields
from typing import Any
from urllib.parse import urlsplit

import orjson
from aiohttp import web

from data.sandbox import pages
from data.sandbox.answers import Refusal, invalid_request, plain_answer
from data.sandbox.keys import FAULTS, WORLD
from data.sandbox.records import Artist, Switches
from data.sandbox.render import page_url
from data.sandbox.world import World


def routes() -> list[web.RouteDef]:
    return [
        web.get("/_sandbox", _to_page),
        web.get("/_sandbox/", show_page),
        web.get("/_sandbox/ledger", ledger),
        web.get("/_sandbox/faults", list_faults),
        web.post("/_sandbox/faults", arm),
        web.delete("/_sandbox/faults", disarm),
        web.get("/_sandbox/state", show_state),
        web.post("/_sandbox/state", set_state),
        web.post("/_sandbox/reset", reset),
        web.post("/_sandbox/grant", grant),
    ]


def is_local(request: web.Request) -> bool:
    """From this machine, by a loopback name, and not from a page of another site."""
    if not _is_loopback(request.remote or ""):
        return False
    if not _is_loopback(urlsplit(f"//{request.host}").hostname or ""):
        return False
    origin = request.headers.get("Origin")
    return origin is None or origin == f"{request.scheme}://{request.host}"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def _to_page(request: web.Request) -> web.Response:
    raise web.HTTPFound("/_sandbox/")


async def show_page(request: web.Request) -> web.Response:
    return pages.faults_page(request)


async def ledger(request: web.Request) -> web.Response:
    """What happened: works, items, orphans, tokens' use, and the last requests (`?requests=0` leaves them out)."""
    world = request.app[WORLD]
    base = f"{request.scheme}://{request.host}"
    body: dict[str, Any] = {
        "deviations": [asdict(work) | {"url": page_url(base, work)} for work in world.deviations],
        "items": [asdict(item) for item in world.items],
        "orphans": [item.itemid for item in world.orphans],
        "published_items": world.published_items,
        "duplicates": _duplicates(world),
        "comments": [asdict(comment) for comment in world.comments],
        "refreshes": [_without_token(asdict(note)) for note in world.refreshes],
        "accounts": _accounts(world),
    }
    if request.query.get("requests") != "0":
        body["requests"] = [asdict(note) for note in world.requests]
    return plain_answer(body)


def _duplicates(world: World) -> list[str]:
    seen: set[str] = set()
    return [itemid for itemid in world.published_items if itemid in seen or seen.add(itemid)]  # type: ignore[func-returns-value]


def _without_token(note: dict[str, Any]) -> dict[str, Any]:
    return note | {"token": note["token"][:6]}


def _accounts(world: World) -> dict[str, Any]:
    """For each artist with tokens: whether a refresh token is still good."""
    live: dict[str, bool] = {}
    for token in world.tokens.refresh.values():
        good = not token.used and not token.revoked and token.expires_at > world.now()
        live[token.username] = live.get(token.username, False) or good
    return {username: {"has_live_refresh_token": good} for username, good in live.items()}


async def list_faults(request: web.Request) -> web.Response:
    return plain_answer({"faults": [fault.facts() for fault in request.app[FAULTS].armed]})


async def arm(request: web.Request) -> web.Response:
    """One order or a list of them; a form from the page arms one or clears all."""
    faults = request.app[FAULTS]
    if request.content_type != "application/json":
        form = await request.post()
        if form.get("clear"):
            faults.clear()
        else:
            _arm_all(request, [{name: value for name, value in form.items() if isinstance(value, str)}])
        raise web.HTTPSeeOther("/_sandbox/")
    orders = await _json(request)
    armed = _arm_all(request, orders if isinstance(orders, list) else [orders])
    return plain_answer({"faults": armed})


def _arm_all(request: web.Request, orders: list[Any]) -> list[dict[str, Any]]:
    armed = []
    for order in orders:
        if not isinstance(order, dict):
            raise _bad("A fault is an object with “on” and “do”.")
        try:
            armed.append(request.app[FAULTS].arm(order).facts())
        except (ValueError, TypeError) as error:
            raise _bad(str(error)) from error
    return armed


async def disarm(request: web.Request) -> web.Response:
    request.app[FAULTS].clear()
    return plain_answer({"faults": []})


async def show_state(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    return plain_answer(asdict(world.switches) | {"now": world.now(), "artists": list(world.artists)})


async def set_state(request: web.Request) -> web.Response:
    """Switches by name, and a few deeds: see `_act`."""
    world = request.app[WORLD]
    orders = await _json(request)
    if not isinstance(orders, dict):
        raise _bad("The state is an object.")
    names = {field.name for field in fields(Switches)}
    for name, value in orders.items():
        if name in names:
            kind = type(getattr(world.switches, name))
            if not isinstance(value, kind) and not (kind is float and isinstance(value, int)):
                raise _bad(f"“{name}” has the wrong type.")
            setattr(world.switches, name, value)
        else:
            _act(world, name, value)
    world.keep_switches()
    return await show_state(request)


def _act(world: World, name: str, value: Any) -> None:
    match name:
        case "revoke":
            world.tokens.revoke_all(str(value))
        case "revoke_refresh":
            world.tokens.revoke_refresh_tokens_of(str(value))
        case "expire_access":
            world.tokens.expire_access_tokens_of(str(value))
        case "delete":
            work = world.find_work(str(value))
            if work is None or work.itemid == "":
                raise _bad("There is no such deviation.")
            world.delete(work)
        case "premium_folder":
            folder = world.folders.get(str(value).upper())
            if folder is None:
                raise _bad("There is no such folder.")
            folder.premium = True
            world.keep_folder(folder)
        case "publish_by_hand":
            item = world.find_item(str(value))
            if item is None or item.deviationid is not None:
                raise _bad("There is no such unpublished item.")
            world.publish_by_hand(item.itemid)
        case "artist":
            _set_artist(world, value)
        case _:
            raise _bad(f"There is no switch “{name}”.")


def _set_artist(world: World, order: Any) -> None:
    if not isinstance(order, dict) or not order.get("username"):
        raise _bad("“artist” needs a “username”.")
    artist: Artist = world.artist(str(order["username"]))
    artist.policy_accepted = bool(order.get("policy_accepted", artist.policy_accepted))
    artist.terms_accepted = bool(order.get("terms_accepted", artist.terms_accepted))
    world.keep_artist(artist)


async def reset(request: web.Request) -> web.Response:
    """Forget everything, disarm everything."""
    request.app[FAULTS].clear()
    request.app[WORLD].reset()
    return plain_answer({"status": "success"})


async def grant(request: web.Request) -> web.Response:
    """Tokens without the browser's dance: `{"username", "scopes"?}`."""
    order = await _json(request)
    if not isinstance(order, dict) or not order.get("username"):
        raise _bad("A grant needs a “username”.")
    made = request.app[WORLD].grant(str(order["username"]), str(order.get("scopes", "")))
    return plain_answer(asdict(made))


async def _json(request: web.Request) -> Any:
    try:
        return orjson.loads(await request.read() or b"{}")
    except ValueError:
        raise _bad("The body is not JSON.") from None


def _bad(sentence: str) -> Refusal:
    return invalid_request(sentence)
