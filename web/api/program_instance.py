"""What administrators decide about programs: the watched folder, and webhooks into private networks."""

from typing import Any

from aiohttp import web

from core.programs.watch_ports import Dealt, Watched
from core.users import Identity
from web.answers import json_answer
from web.api.answers_schema import ID, TEXT, TIME, YES, listed, maybe, thing
from web.api.params import read_id
from web.api.program_requests import ProgramInstance
from web.api.times import instant_json
from web.auth import administrators_only
from web.bodies import read_model
from web.keys import PROGRAMS


async def show(request: web.Request, identity: Identity) -> web.Response:
    administrators_only(identity)
    return json_answer(await _json(request))


async def change(request: web.Request, identity: Identity) -> web.Response:
    administrators_only(identity)
    programs = request.app[PROGRAMS]
    wanted = await read_model(request, ProgramInstance)
    watched = None
    if (folder := wanted.watched_folder) is not None:
        watched = Watched(
            folder.path,
            read_id(folder.owner_id) if folder.owner_id else identity.user.id,
            folder.to_draft,
            read_id(folder.account_id) if folder.account_id else None,
            folder.enabled,
        )
    await programs.watcher.choose(identity.user, watched)
    await programs.settings.allow_private(identity.user, wanted.allow_private_webhooks)
    return json_answer(await _json(request))


async def _json(request: web.Request) -> dict[str, Any]:
    programs = request.app[PROGRAMS]
    watched = await programs.watcher.watched()
    return {
        "allow_private_webhooks": await programs.settings.private_allowed(),
        "watched_folder": None if watched is None else _watched_json(watched),
        "watched_folder_problem": programs.watcher.problem,
        "watched_pictures": [_dealt_json(one) for one in await programs.watcher.lately()],
    }


def _watched_json(watched: Watched) -> dict[str, Any]:
    return {
        "path": watched.path,
        "enabled": watched.enabled,
        "owner_id": str(watched.user_id),
        "to_draft": watched.to_draft,
        "account_id": str(watched.account_id) if watched.account_id is not None else None,
    }


def _dealt_json(dealt: Dealt) -> dict[str, Any]:
    return {
        "at": instant_json(dealt.at),
        "name": dealt.name,
        "post_id": str(dealt.post_id) if dealt.post_id is not None else None,
        "reason": dealt.reason,
    }


def schemas() -> dict[str, Any]:
    folder = thing(path=TEXT, enabled=YES, owner_id=ID, to_draft=YES, account_id=maybe(ID))
    reason = {**maybe(TEXT), "description": "why it was refused; null: it was taken"}
    return {
        "ProgramInstanceNow": thing(
            allow_private_webhooks=YES,
            watched_folder={"oneOf": [folder, {"type": "null"}]},
            watched_folder_problem={**maybe(TEXT), "description": "why the folder cannot be used now"},
            watched_pictures=listed(thing(at=TIME, name=TEXT, post_id=maybe(ID), reason=reason)),
        )
    }
