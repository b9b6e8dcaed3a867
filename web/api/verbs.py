"""What is done with a post, one verb a call; `batch` does one verb to many."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from core.actor import Actor
from core.errors import AppError, InvalidInput, NotSignedIn
from core.planning.planner import read_moment
from core.posts.post import Post
from core.scopes import Scope
from core.users import Identity
from web.answers import json_answer, problem_of
from web.api.params import expected_version, path_id, read_id
from web.api.post_json import post_json
from web.api.posts import answer
from web.api.schemas import Batch, Reject, Schedule, Versioned, given_fields
from web.auth import actor_of
from web.bodies import read_model
from web.keys import PLANNER, PLANNING, REVIEW, SITE

Handler = Callable[[web.Request, Identity], Awaitable[web.Response]]


async def approve(request: web.Request, identity: Identity) -> web.Response:
    seen = expected_version(request, (await read_model(request, Versioned)).version)
    post = await request.app[REVIEW].approve(
        path_id(request), by=actor_of(identity), time_zone=identity.user.time_zone, expected_version=seen
    )
    return answer(request, post)


async def reject(request: web.Request, identity: Identity) -> web.Response:
    wanted = await read_model(request, Reject)
    post = await request.app[REVIEW].reject(
        path_id(request),
        by=actor_of(identity),
        reason=wanted.reason,
        expected_version=expected_version(request, wanted.version),
    )
    return answer(request, post)


async def restore(request: web.Request, identity: Identity) -> web.Response:
    seen = expected_version(request, (await read_model(request, Versioned)).version)
    return answer(
        request,
        await request.app[REVIEW].restore(path_id(request), by=actor_of(identity), expected_version=seen),
    )


async def schedule(request: web.Request, identity: Identity) -> web.Response:
    wanted = await read_model(request, Schedule)
    if wanted.when is not None:
        return await _schedule_words(request, identity, wanted, wanted.when)
    zone = wanted.time_zone or (identity.user.time_zone if wanted.at is not None else None)
    scheduled = await request.app[PLANNER].schedule(
        path_id(request),
        read_moment(at=wanted.at, local=wanted.local, time_zone=zone),
        by=actor_of(identity),
        jitter_seconds=wanted.jitter_seconds,
        expected_version=expected_version(request, wanted.version),
        override_pacing=wanted.override_pacing,
    )
    return answer(request, scheduled.post, adjusted=scheduled.adjusted)


async def _schedule_words(request: web.Request, identity: Identity, wanted: Schedule, when: str) -> web.Response:
    if wanted.at is not None or wanted.local is not None:
        raise InvalidInput({"when": "Say when in one way: “at”, “local” or “when”."})
    scheduled = await request.app[PLANNING].queue.schedule_words(
        path_id(request),
        when,
        by=actor_of(identity),
        time_zone=wanted.time_zone or identity.user.time_zone,
        jitter_seconds=wanted.jitter_seconds,
        expected_version=expected_version(request, wanted.version),
        override_pacing=wanted.override_pacing,
    )
    return answer(request, scheduled.post, adjusted=scheduled.adjusted)


async def unschedule(request: web.Request, identity: Identity) -> web.Response:
    seen = expected_version(request, (await read_model(request, Versioned)).version)
    return answer(
        request,
        await request.app[PLANNER].unschedule(path_id(request), by=actor_of(identity), expected_version=seen),
    )


async def publish(request: web.Request, identity: Identity) -> web.Response:
    seen = expected_version(request, (await read_model(request, Versioned)).version)
    post = await request.app[PLANNER].publish_now(
        path_id(request), by=actor_of(identity), time_zone=identity.user.time_zone, expected_version=seen
    )
    return answer(request, post)


async def hold(request: web.Request, identity: Identity) -> web.Response:
    seen = expected_version(request, (await read_model(request, Versioned)).version)
    return answer(
        request,
        await request.app[PLANNER].hold(path_id(request), by=actor_of(identity), expected_version=seen),
    )


async def unhold(request: web.Request, identity: Identity) -> web.Response:
    seen = expected_version(request, (await read_model(request, Versioned)).version)
    return answer(
        request,
        await request.app[PLANNER].unhold(path_id(request), by=actor_of(identity), expected_version=seen),
    )


async def batch(request: web.Request, identity: Identity) -> web.Response:
    """One verb to many posts, each on its own: what fails for one does not stop the others."""
    wanted = await read_model(request, Batch)
    if wanted.action == "publish":
        identity.need(Scope.PUBLISH)
    if wanted.action == "edit" and wanted.fields is None:
        raise InvalidInput({"fields": "Say what to change."})
    act = _verb(request, identity, wanted)
    public_url = request.app[SITE].public_url
    results = []
    for given in wanted.ids:
        results.append({"id": given} | await _result(act, given, public_url))
    return json_answer({"results": results})


async def _result(act: Callable[[int], Awaitable[Post]], given: str, public_url: str) -> dict[str, Any]:
    try:
        return {"ok": True, "post": post_json(await act(read_id(given)), public_url)}
    except NotSignedIn:
        raise
    except AppError as error:
        return {"ok": False, "error": problem_of(error).body()}


def _verb(request: web.Request, identity: Identity, wanted: Batch) -> Callable[[int], Awaitable[Post]]:
    """The verb as something to do to one post. What cannot be read is refused here, before the first."""
    by: Actor = actor_of(identity)
    review, planner, zone = request.app[REVIEW], request.app[PLANNER], identity.user.time_zone
    match wanted.action:
        case "approve":
            return lambda post_id: review.approve(post_id, by=by, time_zone=zone)
        case "reject":
            return lambda post_id: review.reject(post_id, by=by, reason=wanted.reason)
        case "restore":
            return lambda post_id: review.restore(post_id, by=by)
        case "discard" | "delete":
            return lambda post_id: review.discard(post_id, by=by)
        case "edit":
            fields = given_fields(wanted.fields) if wanted.fields is not None else {}
            return lambda post_id: review.edit(post_id, fields, by=by, tags_mode=wanted.tags_mode)
        case "schedule":
            return _schedule_each(request, identity, wanted)
        case "unschedule":
            return lambda post_id: planner.unschedule(post_id, by=by)
        case "publish":
            return lambda post_id: planner.publish_now(post_id, by=by, time_zone=zone)
        case "hold":
            return lambda post_id: planner.hold(post_id, by=by)
        case "unhold":
            return lambda post_id: planner.unhold(post_id, by=by)


def _schedule_each(request: web.Request, identity: Identity, wanted: Batch) -> Callable[[int], Awaitable[Post]]:
    zone = wanted.time_zone or (identity.user.time_zone if wanted.at is not None else None)
    planned = read_moment(at=wanted.at, local=wanted.local, time_zone=zone)
    planner, by = request.app[PLANNER], actor_of(identity)

    async def act(post_id: int) -> Post:
        scheduled = await planner.schedule(
            post_id,
            planned,
            by=by,
            jitter_seconds=wanted.jitter_seconds,
            override_pacing=wanted.override_pacing,
        )
        return scheduled.post

    return act
