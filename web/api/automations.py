"""Automations: make, change, switch, try out, run."""

from typing import Any

from aiohttp import hdrs, web

from core.errors import InvalidInput
from core.planning.automation import Automation
from core.planning.preview import DAYS
from core.users import Identity
from web.answers import json_answer
from web.api.params import expected_version, path_id, read_id
from web.api.planning_json import automation_json, history_json, preview_json
from web.api.planning_requests import (
    AutomationFields,
    ChangeAutomation,
    CreateAutomation,
    Ids,
    PreviewAutomation,
    RunAutomation,
)
from web.api.posts import answer as post_answer
from web.auth import actor_of
from web.bodies import read_model
from web.keys import PLANNING


async def every(request: web.Request, identity: Identity) -> web.Response:
    found = await request.app[PLANNING].automations.all(identity.user.id)
    return json_answer({"items": [automation_json(one) for one in found]})


async def create(request: web.Request, identity: Identity) -> web.Response:
    wanted = await read_model(request, CreateAutomation)
    made = await request.app[PLANNING].automations.create(
        given(wanted), by=actor_of(identity), time_zone=identity.user.time_zone
    )
    return _answer(made, status=201)


async def one(request: web.Request, identity: Identity) -> web.Response:
    return _answer(await request.app[PLANNING].automations.get(path_id(request), user_id=identity.user.id))


async def change(request: web.Request, identity: Identity) -> web.Response:
    wanted = await read_model(request, ChangeAutomation)
    changed = await request.app[PLANNING].automations.change(
        path_id(request),
        given(wanted),
        by=actor_of(identity),
        expected_version=expected_version(request, wanted.version),
    )
    return _answer(changed)


async def remove(request: web.Request, identity: Identity) -> web.Response:
    await request.app[PLANNING].automations.remove(path_id(request), by=actor_of(identity))
    return web.Response(status=204)


async def restore(request: web.Request, identity: Identity) -> web.Response:
    return _answer(await request.app[PLANNING].automations.restore(path_id(request), by=actor_of(identity)))


async def duplicate(request: web.Request, identity: Identity) -> web.Response:
    copy = await request.app[PLANNING].automations.duplicate(path_id(request), by=actor_of(identity))
    return _answer(copy, status=201)


async def enable(request: web.Request, identity: Identity) -> web.Response:
    return _answer(await request.app[PLANNING].automations.enable(path_id(request), True, by=actor_of(identity)))


async def pause(request: web.Request, identity: Identity) -> web.Response:
    return _answer(await request.app[PLANNING].automations.enable(path_id(request), False, by=actor_of(identity)))


async def run(request: web.Request, identity: Identity) -> web.Response:
    wanted = await read_model(request, RunAutomation)
    post = await request.app[PLANNING].ticking.run_now(
        path_id(request), by=actor_of(identity), override_pacing=wanted.override_pacing
    )
    return post_answer(request, post)


async def preview(request: web.Request, identity: Identity) -> web.Response:
    shown = await request.app[PLANNING].automations.preview(
        identity.user.id, automation_id=path_id(request), days=_days(request)
    )
    return json_answer(preview_json(shown))


async def preview_all(request: web.Request, identity: Identity) -> web.Response:
    shown = await request.app[PLANNING].automations.preview(identity.user.id, days=_days(request))
    return json_answer(preview_json(shown))


async def try_out(request: web.Request, identity: Identity) -> web.Response:
    """A preview with changes that are not saved."""
    wanted = await read_model(request, PreviewAutomation)
    shown = await request.app[PLANNING].automations.preview(
        identity.user.id, automation_id=path_id(request), changes=given(wanted), days=wanted.days
    )
    return json_answer(preview_json(shown))


async def history(request: web.Request, identity: Identity) -> web.Response:
    lines, uses = await request.app[PLANNING].automations.history(path_id(request), user_id=identity.user.id)
    return json_answer(history_json(lines, uses))


async def arrange(request: web.Request, identity: Identity) -> web.Response:
    ids = [read_id(given) for given in (await read_model(request, Ids)).ids]
    await request.app[PLANNING].automations.arrange(ids, by=actor_of(identity))
    return await every(request, identity)


async def arrange_drafts(request: web.Request, identity: Identity) -> web.Response:
    ids = [read_id(given) for given in (await read_model(request, Ids)).ids]
    await request.app[PLANNING].automations.arrange_drafts(path_id(request), ids, by=actor_of(identity))
    return await one(request, identity)


def given(wanted: AutomationFields) -> dict[str, Any]:
    """Only what was sent; null stands for nothing only where it means something."""
    sent = wanted.model_dump(exclude_unset=True, exclude={"version", "days"})
    nullable = {"account_id", "price_preset_id"}
    found = {name: value for name, value in sent.items() if value is not None or name in nullable}
    for name in nullable & set(found):
        found[name] = None if found[name] is None else read_id(str(found[name]))
    if "rules" in found:
        found["rules"] = [
            {key: value for key, value in rule.items() if value is not None} | {"id": _rule_id(rule.get("id"))}
            for rule in found["rules"]
        ]
    return found


def _rule_id(given: str | None) -> int:
    return read_id(given) if given else 0


def _days(request: web.Request) -> int:
    text = request.query.get("days", str(DAYS))
    if not text.isdecimal() or len(text) > 4:
        raise InvalidInput({"days": "A preview covers 1 to 366 days."})
    return int(text)


def _answer(automation: Automation, *, status: int = 200) -> web.Response:
    return json_answer(automation_json(automation), status=status, headers={hdrs.ETAG: f'"{automation.version}"'})
