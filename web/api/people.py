"""People of the instance by program: invites and the audit log."""

from datetime import timedelta
from typing import Any

from aiohttp import hdrs, web

from core.errors import NotFound
from core.people.audit import Entry
from core.people.invites import LASTS, Invite, InviteState
from core.users import Identity, Role, User
from web.answers import json_answer
from web.api.answers_schema import ID, TEXT, TIME, maybe, page_of, ref, thing, words
from web.api.me import key_json
from web.api.params import path_id, read_before, read_limit
from web.api.people_requests import ChangePerson, NewInvite, RemovePerson
from web.api.plans import send_export
from web.api.times import instant_json, read_instant
from web.auth import actor_of, administrators_only
from web.bodies import read_model
from web.keys import CLOCK, KEYS, OFFICE, PEOPLE, PEOPLE_READS, SITE


async def every_invite(request: web.Request, identity: Identity) -> web.Response:
    administrators_only(identity)
    found = await request.app[OFFICE].invites.all(by=actor_of(identity))
    items = [_invite_json(request, invite) for invite in found]
    return json_answer({"items": items, "next_cursor": None, "total": len(items)})


async def make_invite(request: web.Request, identity: Identity) -> web.Response:
    administrators_only(identity)
    wanted = await read_model(request, NewInvite)
    lasts = LASTS
    if wanted.expires_at is not None:
        lasts = read_instant(wanted.expires_at, field="expires_at") - request.app[CLOCK].now()
    invite, token = await request.app[OFFICE].invites.make(
        by=actor_of(identity), role=wanted.role, note=wanted.note, lasts=max(lasts, timedelta(0))
    )
    body = _invite_json(request, invite) | {"url": f"{request.app[SITE].public_url}/invite/{token}"}
    return json_answer(body, status=201, headers={hdrs.LOCATION: f"/api/invites/{invite.id}"})


async def revoke_invite(request: web.Request, identity: Identity) -> web.Response:
    administrators_only(identity)
    await request.app[OFFICE].invites.revoke(path_id(request), by=actor_of(identity))
    return web.Response(status=204)


async def audit(request: web.Request, identity: Identity) -> web.Response:
    administrators_only(identity)
    limit = read_limit(request)
    found = await request.app[OFFICE].log.audit(before=read_before(request.query.get("cursor")), limit=limit + 1)
    shown = found[:limit]
    following = str(shown[-1].id) if len(found) > limit else None
    return json_answer({"items": [_entry_json(one) for one in shown], "next_cursor": following, "total": None})


async def everybody(request: web.Request, identity: Identity) -> web.Response:
    administrators_only(identity)
    items = [_person_json(user) for user in await request.app[PEOPLE].users()]
    return json_answer({"items": items, "next_cursor": None, "total": len(items)})


async def change(request: web.Request, identity: Identity) -> web.Response:
    administrators_only(identity)
    wanted = await read_model(request, ChangePerson)
    user = await request.app[PEOPLE].set_role(path_id(request), wanted.role, by=actor_of(identity))
    return json_answer(_person_json(user))


async def keys(request: web.Request, identity: Identity) -> web.Response:
    administrators_only(identity)
    user = await request.app[PEOPLE_READS].user(path_id(request))
    if user is None:
        raise NotFound("There is no such person.")
    found = await request.app[KEYS].of(user)
    return json_answer({"items": [key_json(key) for key in found], "next_cursor": None, "total": len(found)})


async def revoke_key(request: web.Request, identity: Identity) -> web.Response:
    administrators_only(identity)
    await request.app[PEOPLE].revoke_key(path_id(request), path_id(request, "key_id"), by=actor_of(identity))
    return web.Response(status=204)


async def export(request: web.Request, identity: Identity) -> web.StreamResponse:
    """Everything of somebody who is disabled, to be handed to them; it is written down."""
    administrators_only(identity)
    user = await request.app[PEOPLE].may_export(path_id(request), by=actor_of(identity))
    return await send_export(request, user)


async def disable(request: web.Request, identity: Identity) -> web.Response:
    administrators_only(identity)
    return json_answer(_person_json(await request.app[PEOPLE].disable(path_id(request), by=actor_of(identity))))


async def enable(request: web.Request, identity: Identity) -> web.Response:
    administrators_only(identity)
    return json_answer(_person_json(await request.app[PEOPLE].enable(path_id(request), by=actor_of(identity))))


async def remove(request: web.Request, identity: Identity) -> web.Response:
    administrators_only(identity)
    return await _remove(request, identity, path_id(request))


async def remove_me(request: web.Request, identity: Identity) -> web.Response:
    return await _remove(request, identity, identity.user.id)


async def _remove(request: web.Request, identity: Identity, user_id: int) -> web.Response:
    wanted = await read_model(request, RemovePerson)
    user = await request.app[OFFICE].removal.begin(user_id, name=wanted.name, by=actor_of(identity))
    return json_answer(_person_json(user), status=202)


def _invite_json(request: web.Request, invite: Invite) -> dict[str, Any]:
    return {
        "id": str(invite.id),
        "role": invite.role,
        "note": invite.note,
        "state": invite.state(request.app[CLOCK].now()),
        "made_by": invite.made_by,
        "made_at": instant_json(invite.made_at),
        "expires_at": instant_json(invite.expires_at),
        "used_by": invite.used_by,
        "used_at": instant_json(invite.used_at),
    }


def _person_json(user: User) -> dict[str, Any]:
    return {
        "id": str(user.id),
        "name": user.name,
        "role": user.role,
        "state": "leaving" if user.leaving_at else "disabled" if user.is_disabled else "active",
        "created_at": instant_json(user.created_at),
    }


def _entry_json(entry: Entry) -> dict[str, Any]:
    return {
        "id": str(entry.id),
        "at": instant_json(entry.at),
        "actor": entry.actor,
        "what": entry.what,
        "about": entry.about,
    }


def schemas() -> dict[str, Any]:
    return {
        "Invite": thing(
            id=ID, role=words(list(map(str, Role))), note=TEXT, state=words(list(map(str, InviteState))),
            made_by=maybe(TEXT), made_at=TIME, expires_at=TIME, used_by=maybe(TEXT), used_at=maybe(TIME),
        ),
        "Invites": page_of("Invite"),
        "Person": thing(
            id=ID, name=TEXT, role=words(list(map(str, Role))), state=words(["active", "disabled", "leaving"]),
            created_at=TIME,
        ),
        "People": page_of("Person"),
        "NewInviteMade": {"allOf": [ref("Invite"), thing(url={**TEXT, "description": "the link, shown this once"})]},
        "AuditEntry": thing(id=ID, at=TIME, actor=TEXT, what=TEXT, about=TEXT),
        "Audit": page_of("AuditEntry"),
    }  # fmt: skip
