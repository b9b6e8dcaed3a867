"""What is done with a post, one verb a call."""

from aiohttp import web

from core.errors import InvalidInput
from core.planning.planner import read_moment
from core.users import Identity
from web.api.params import expected_version, path_id
from web.api.posts import answer
from web.api.schemas import Reject, Schedule, Versioned
from web.auth import actor_of
from web.bodies import read_model
from web.keys import PLANNER, PLANNING, REVIEW


async def approve(request: web.Request, identity: Identity) -> web.Response:
    seen = expected_version(request, (await read_model(request, Versioned)).version)
    post = await request.app[REVIEW].approve(
        path_id(request), by=actor_of(identity), time_zone=identity.user.time_zone, expected_version=seen
    )
    return answer(request, post)


async def send_back(request: web.Request, identity: Identity) -> web.Response:
    seen = expected_version(request, (await read_model(request, Versioned)).version)
    return answer(
        request,
        await request.app[REVIEW].send_back(path_id(request), by=actor_of(identity), expected_version=seen),
    )


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
