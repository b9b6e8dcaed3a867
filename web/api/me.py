"""Who is calling, and their keys."""

from typing import Any

from aiohttp import hdrs, web

from core.account import Account
from core.planning.wall_clock import zone
from core.scopes import Scope
from core.users import ApiKey, Identity
from web.answers import json_answer
from web.api.params import path_id
from web.api.schemas import CreateKey
from web.api.times import instant_json, read_instant
from web.api.you_requests import ChangeMe
from web.bodies import read_model
from web.keys import KEYS, PEOPLE, PROGRAMS, READS
from web.trial_mail import notices_of


async def me(request: web.Request, identity: Identity) -> web.Response:
    return json_answer(await _me_json(request, identity))


async def change_me(request: web.Request, identity: Identity) -> web.Response:
    """What is wrong is refused before anything is changed."""
    wanted, user = await read_model(request, ChangeMe), identity.user
    if wanted.email is not None:
        # Where alarms go: a key that edits posts must not be able to turn them away.
        identity.need(Scope.ADMIN)
    if wanted.time_zone is not None:
        zone(wanted.time_zone)
    if wanted.email is not None:
        user = await notices_of(request.app).choose(user.id, email=wanted.email)
    if wanted.time_zone is not None:
        user = await request.app[PEOPLE].choose_time_zone(user.id, wanted.time_zone)
    if wanted.theme is not None:
        user = await request.app[PEOPLE].choose_theme(user.id, wanted.theme)
    return json_answer(await _me_json(request, Identity(user, identity.session, identity.key)))


async def _me_json(request: web.Request, identity: Identity) -> dict[str, Any]:
    user = identity.user
    accounts = await request.app[READS].accounts(user.id)
    shared = await request.app[READS].shared(user.id)
    return {
        "user": {
            "id": str(user.id),
            "name": user.name,
            "role": user.role,
            "time_zone": user.time_zone,
            "theme": user.theme,
            "email": user.email,
            "paused_at": instant_json(user.paused_at),
        },
        "accounts": [account_json(account) for account in accounts],
        "shared": [account_json(one.account) | {"role": one.role, "owner": one.owner} for one in shared],
        "csrf_token": identity.session.csrf_token if identity.session else None,
    }


def account_json(account: Account) -> dict[str, Any]:
    return {
        "id": str(account.id),
        "username": account.username,
        "color": account.color,
        "status": account.shown_status,
        "token_expires_at": instant_json(account.access_expires_at),
        "refresh_token_expires_at": instant_json(account.refresh_expires_at),
    }


async def create_key(request: web.Request, identity: Identity) -> web.Response:
    wanted = await read_model(request, CreateKey)
    expires_at = read_instant(wanted.expires_at, field="expires_at") if wanted.expires_at is not None else None
    key, secret = await request.app[PROGRAMS].key_care.create(
        request.app[KEYS],
        identity.user,
        name=wanted.name,
        scopes=wanted.scopes,
        expires_at=expires_at,
        addresses=wanted.addresses,
        calls_per_minute=wanted.calls_per_minute,
    )
    return json_answer(key_json(key) | {"key": secret}, status=201, headers={hdrs.LOCATION: f"/api/keys/{key.id}"})


async def every_key(request: web.Request, identity: Identity) -> web.Response:
    keys = await request.app[KEYS].of(identity.user)
    return json_answer({"items": [key_json(key) for key in keys], "next_cursor": None, "total": len(keys)})


async def revoke_key(request: web.Request, identity: Identity) -> web.Response:
    await request.app[KEYS].revoke(identity.user, path_id(request))
    return web.Response(status=204)


def key_json(key: ApiKey) -> dict[str, Any]:
    return {
        "id": str(key.id),
        "name": key.name,
        "prefix": key.prefix,
        "scopes": sorted(key.scopes),
        "created_at": instant_json(key.created_at),
        "expires_at": instant_json(key.expires_at),
        "used_at": instant_json(key.used_at),
        "addresses": list(key.addresses),
        "calls_per_minute": key.calls_per_minute,
        "replaced_by": str(key.replaced_by) if key.replaced_by is not None else None,
        "revoked_at": instant_json(key.revoked_at),
        "exposed_at": instant_json(key.exposed_at),
    }
