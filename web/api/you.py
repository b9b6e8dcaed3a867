"""Oneself by program: how things are, settings, notices, pausing, accounts, browsers and Discord."""

from typing import Any

from aiohttp import web

from core.account import COLORS
from core.discord_ports import DiscordPerson
from core.errors import NotFound
from core.notice_choices import FOR_ADMINS, Channel, Notice, channels_of
from core.ports import Overview
from core.posts.fields import DISPLAY_RESOLUTIONS
from core.posts.habits import SETTING, habits_of, read_habits
from core.posts.post import PostStatus
from core.users import Identity, Session, User
from web.answers import json_answer
from web.api.answers_schema import ID, NUMBER, TEXT, TIME, YES, listed, maybe, ref, thing
from web.api.me import account_json
from web.api.params import path_id, read_id
from web.api.times import instant_json
from web.api.you_requests import ChangeAccount, ChangeHabits, ChangeNotices, WhatPauses
from web.auth import actor_of
from web.bodies import read_model
from web.browsers import device, session_key
from web.keys import ACCOUNTS, PAUSING, PEOPLE, PEOPLE_READS, READS, SERVICES, SIGN_INS
from web.trial_mail import notices_of, send_trial


async def status(request: web.Request, identity: Identity) -> web.Response:
    return json_answer(_status_json(await request.app[READS].overview(identity.user.id)))


# --- settings


async def habits(request: web.Request, identity: Identity) -> web.Response:
    return json_answer(habits_json(identity.user))


async def change_habits(request: web.Request, identity: Identity) -> web.Response:
    wanted, kept = await read_model(request, ChangeHabits), habits_of(identity.user.settings)
    mark = kept.add_watermark if wanted.add_watermark is None else wanted.add_watermark
    keep = kept.keep_metadata if wanted.keep_metadata is None else wanted.keep_metadata
    width = wanted.display_resolution if "display_resolution" in wanted.model_fields_set else kept.display_resolution
    chosen = read_habits(
        add_watermark=mark, display_resolution="" if width is None else str(width), keep_metadata=keep
    )
    user = await request.app[PEOPLE].change_settings(identity.user.id, **{SETTING: chosen.as_setting()})
    return json_answer(habits_json(user))


async def notices(request: web.Request, identity: Identity) -> web.Response:
    return json_answer(_notices_json(request, identity.user))


async def change_notices(request: web.Request, identity: Identity) -> web.Response:
    wanted = await read_model(request, ChangeNotices)
    offered = {str(notice) for notice in _offered(identity.user)}
    told = {
        name: told.model_dump(exclude_none=True)
        for name, told in wanted.notices.items()
        # One that there is not is refused below; one for administrators is no news for anybody else.
        if name in offered or name not in set(Notice)
    }
    user = await notices_of(request.app).choose(identity.user.id, wanted=told)
    return json_answer(_notices_json(request, user))


async def test_mail(request: web.Request, identity: Identity) -> web.Response:
    return json_answer({"email": await send_trial(request.app, identity.user)}, status=202)


# --- pausing


async def paused(request: web.Request, identity: Identity) -> web.Response:
    return json_answer(_paused_json(await request.app[READS].overview(identity.user.id)))


async def pause(request: web.Request, identity: Identity) -> web.Response:
    await request.app[PAUSING].pause(by=actor_of(identity), account_id=await _which(request))
    return await paused(request, identity)


async def resume(request: web.Request, identity: Identity) -> web.Response:
    await request.app[PAUSING].resume(by=actor_of(identity), account_id=await _which(request))
    return await paused(request, identity)


async def _which(request: web.Request) -> int | None:
    given = (await read_model(request, WhatPauses)).account_id
    return None if given is None else read_id(given)


# --- accounts


async def accounts(request: web.Request, identity: Identity) -> web.Response:
    found = await request.app[READS].accounts(identity.user.id)
    return json_answer({"items": [account_json(account) for account in found], "colors": list(COLORS)})


async def change_account(request: web.Request, identity: Identity) -> web.Response:
    wanted = await read_model(request, ChangeAccount)
    changed = await request.app[ACCOUNTS].recolor(path_id(request), wanted.color, by=actor_of(identity))
    return json_answer(account_json(changed))


async def disconnect(request: web.Request, identity: Identity) -> web.Response:
    gone = await request.app[PAUSING].disconnect(path_id(request), by=actor_of(identity))
    return json_answer(account_json(gone))


# --- who is let in


async def sessions(request: web.Request, identity: Identity) -> web.Response:
    found = await request.app[PEOPLE_READS].sessions(identity.user.id)
    return json_answer({"items": [_session_json(one, identity) for one in found]})


async def end_session(request: web.Request, identity: Identity) -> web.Response:
    found = await request.app[PEOPLE_READS].sessions(identity.user.id)
    session = next((one for one in found if session_key(one) == request.match_info["id"]), None)
    if session is None:
        raise NotFound("That browser is not signed in any more.")
    await request.app[SIGN_INS].end_one_session(session)
    return web.Response(status=204)


async def end_other_sessions(request: web.Request, identity: Identity) -> web.Response:
    """Every browser but the one that asks; a key is none, so then it is every one."""
    for session in await request.app[PEOPLE_READS].sessions(identity.user.id):
        if identity.session is None or session.token_hash != identity.session.token_hash:
            await request.app[SIGN_INS].end_one_session(session)
    return web.Response(status=204)


async def discord_people(request: web.Request, identity: Identity) -> web.Response:
    links = request.app[SERVICES].links
    found = await links.people_of(identity.user.id) if links is not None else ()
    return json_answer({"items": [_discord_json(person) for person in found]})


async def unlink_discord(request: web.Request, identity: Identity) -> web.Response:
    links, wanted = request.app[SERVICES].links, request.match_info["id"]
    found = await links.people_of(identity.user.id) if links is not None else ()
    person = next((person for person in found if str(person.discord_id) == wanted), None)
    if links is None or person is None:
        raise NotFound("That Discord user is not linked to you.")
    await links.untie(person.discord_id)
    return web.Response(status=204)


# --- as JSON


def _status_json(overview: Overview) -> dict[str, Any]:
    following = next((post for post in overview.next_up if post.plan is not None and not post.held), None)
    return {
        "counts": {str(one): overview.counts.get(one, 0) for one in PostStatus},
        "next": None
        if following is None or following.plan is None
        else {
            "post_id": str(following.id),
            "title": following.details.title,
            "due_at": instant_json(following.plan.due_at),
        },
        "needs_person": [str(post.id) for post in overview.needs_person],
        "accounts": [account_json(account) for account in overview.accounts],
        **_paused_json(overview),
    }


def _paused_json(overview: Overview) -> dict[str, Any]:
    return {
        "paused_at": instant_json(overview.paused_at),
        "paused_accounts": [str(one.id) for one in overview.accounts if one.paused_at is not None],
        "instance_paused": overview.instance_paused,
    }


def habits_json(user: User) -> dict[str, Any]:
    kept = habits_of(user.settings)
    return {
        "add_watermark": kept.add_watermark,
        "display_resolution": kept.display_resolution,
        "keep_metadata": kept.keep_metadata,
    }


def _offered(user: User) -> tuple[Notice, ...]:
    return tuple(notice for notice in Notice if user.is_admin or notice not in FOR_ADMINS)


def _notices_json(request: web.Request, user: User) -> dict[str, Any]:
    service = request.app[SERVICES].notices
    return {
        "email": user.email,
        "can_mail": service is not None and service.can_send,
        "notices": {
            str(notice): {str(channel): channel in channels_of(user.settings, notice) for channel in Channel}
            for notice in _offered(user)
        },
    }


def _session_json(session: Session, identity: Identity) -> dict[str, Any]:
    return {
        "id": session_key(session),
        "device": device(session.user_agent),
        "created_at": instant_json(session.created_at),
        "seen_at": instant_json(session.seen_at),
        "expires_at": instant_json(session.expires_at),
        "current": identity.session is not None and session.token_hash == identity.session.token_hash,
    }


def _discord_json(person: DiscordPerson) -> dict[str, Any]:
    return {
        "id": str(person.discord_id),
        "name": person.name,
        "linked_at": instant_json(person.linked_at),
        "takes_messages": person.dm_refused_at is None,
    }


def _with(properties: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def schemas() -> dict[str, Any]:
    pauses = {
        "paused_at": {**maybe(TIME), "description": "since when everything of yours waits"},
        "paused_accounts": {**listed(ID), "description": "those that wait by themselves"},
        "instance_paused": {**YES, "description": "after a restore, until an administrator releases it"},
    }
    following = thing(post_id=ID, title=TEXT, due_at=TIME)
    told = _with({str(channel): YES for channel in Channel})
    return {
        "Status": _with(
            {
                "counts": _with({str(status): NUMBER for status in PostStatus}),
                "next": {"oneOf": [following, {"type": "null"}]},
                "needs_person": {
                    **listed(ID),
                    "description": "the newest ten that failed, or of which only a person can say what became",
                },
                "accounts": listed(ref("Account")),
            }
            | pauses
        ),
        "Paused": _with(pauses),
        "Habits": thing(
            add_watermark=YES,
            display_resolution={**maybe(NUMBER), "enum": [None, *DISPLAY_RESOLUTIONS]},
            keep_metadata=YES,
        ),
        "NoticeChoices": thing(
            email=maybe(TEXT),
            can_mail={**YES, "description": "whether this instance sends mail"},
            notices={"type": "object", "properties": {str(notice): told for notice in Notice}},
        ),
        "TrialSent": thing(email=TEXT),
        "Accounts": thing(items=listed(ref("Account")), colors=listed(TEXT)),
        "Session": thing(
            id=ID,
            device=TEXT,
            created_at=TIME,
            seen_at=TIME,
            expires_at=TIME,
            current={**YES, "description": "the browser that asks"},
        ),
        "Sessions": thing(items=listed(ref("Session"))),
        "DiscordPerson": thing(
            id=ID,
            name=TEXT,
            linked_at=TIME,
            takes_messages={**YES, "description": "false: the bot may not write to them"},
        ),
        "DiscordPeople": thing(items=listed(ref("DiscordPerson"))),
    }
