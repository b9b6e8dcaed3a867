"""Pictures that look almost the same, over the API: which they are, and that both are meant."""

from aiohttp import web

from core.errors import NotFound
from core.users import Identity
from web.answers import json_answer
from web.api.params import path_id
from web.api.post_json import post_json
from web.auth import actor_of
from web.keys import READS, REVIEW, SITE


async def twins(request: web.Request, identity: Identity) -> web.Response:
    """Queued or published; at most five."""
    reads, user_id = request.app[READS], identity.user.id
    post = await reads.post(path_id(request), user_id=user_id)
    phash = next((file.phash for file in post.files if file.phash), None)
    ids = await reads.near_twins(user_id, phash, except_post=post.id) if phash else ()
    found = [post_json(await reads.post(one, user_id=user_id), request.app[SITE].public_url) for one in ids]
    return json_answer({"items": found})


async def keep_both(request: web.Request, identity: Identity) -> web.Response:
    await request.app[REVIEW].keep_both(*_both(request), by=actor_of(identity))
    return web.Response(status=204)


async def forget(request: web.Request, identity: Identity) -> web.Response:
    await request.app[REVIEW].forget_kept_both(*_both(request), by=actor_of(identity))
    return web.Response(status=204)


def _both(request: web.Request) -> tuple[int, int]:
    this, other = path_id(request), path_id(request, "twin_id")
    if this == other:
        raise NotFound
    return this, other
