"""Publications that nobody could prove: what is in doubt, a person's answer, and links that a person gives."""

from aiohttp import web

from core.errors import InvalidInput
from core.publishing.resolve import InDoubt
from core.users import Identity
from web.answers import json_answer
from web.api.params import path_id, read_id
from web.api.posts import answer
from web.api.schemas import GiveLink, ResolveDoubt
from web.api.times import instant_json
from web.auth import actor_of
from web.bodies import read_model
from web.keys import LINKING, RESOLVE


async def doubts(request: web.Request, identity: Identity) -> web.Response:
    found = await request.app[RESOLVE].doubts(path_id(request), by=actor_of(identity))
    return json_answer({"publications": [_doubt_json(doubt) for doubt in found]})


async def resolve(request: web.Request, identity: Identity) -> web.Response:
    wanted = await read_model(request, ResolveDoubt)
    publication_id = read_id(wanted.publication_id) if wanted.publication_id is not None else None
    by, post_id = actor_of(identity), path_id(request)
    if wanted.outcome == "offline":
        post = await request.app[RESOLVE].offline(post_id, by=by, publication_id=publication_id)
    elif wanted.url is None or not wanted.url.strip():
        raise InvalidInput({"url": "Paste the link of the work on DeviantArt."})
    else:
        post = await request.app[RESOLVE].online(post_id, url=wanted.url, by=by, publication_id=publication_id)
    return answer(request, post)


async def link(request: web.Request, identity: Identity) -> web.Response:
    wanted = await read_model(request, GiveLink)
    file_id = read_id(wanted.file_id) if wanted.file_id is not None else None
    post = await request.app[LINKING].link(path_id(request), url=wanted.url, by=actor_of(identity), file_id=file_id)
    return answer(request, post)


async def unlink(request: web.Request, identity: Identity) -> web.Response:
    given = request.query.get("file_id")
    post = await request.app[LINKING].unlink(
        path_id(request), by=actor_of(identity), file_id=read_id(given) if given else None
    )
    return answer(request, post)


def _doubt_json(doubt: InDoubt) -> dict[str, object]:
    publication = doubt.publication
    return {
        "id": str(publication.id),
        "file_id": str(publication.file_id),
        "title": publication.stored_title,
        "sent_at": instant_json(doubt.sent_at),
        "candidates": [
            {
                "deviation_id": found.deviation_id,
                "url": found.url,
                "title": found.title,
                "published_at": instant_json(found.published_at),
            }
            for found in doubt.candidates
        ],
    }
