"""The files of a post: add, remove, arrange."""

from aiohttp import web

from core.errors import InvalidInput, NotFound
from core.users import Identity
from web.answers import json_answer
from web.api.params import expected_version, path_id, read_id
from web.api.post_json import file_json
from web.api.posts import answer, check_form
from web.api.schemas import ArrangeFiles
from web.auth import actor_of
from web.bodies import read_model
from web.keys import INTAKE, READS, REVIEW, SERVICES, SITE
from web.uploads import body_chunks, read_multipart


async def add(request: web.Request, identity: Identity) -> web.Response:
    """A form with files, or one picture as the body."""
    post = await request.app[READS].post(path_id(request), user_id=identity.user.id)
    async with request.app[INTAKE].tray() as tray:
        if request.content_type.startswith("multipart/"):
            fields = await read_multipart(
                request, tray, before_file=lambda so_far: check_form(request, identity, so_far)
            )
            check_form(request, identity, fields)
        else:
            await tray.add(request.query.get("filename"), body_chunks(request))
        if not tray.files:
            raise InvalidInput({"file": "Send at least one picture."})
        files = await tray.keep()
        post = await request.app[REVIEW].add_files(post.id, files, by=actor_of(identity))
    request.app[SERVICES].deriver.wake()
    return answer(request, post, status=201)


async def one(request: web.Request, identity: Identity) -> web.Response:
    post = await request.app[READS].post(path_id(request), user_id=identity.user.id)
    file_id = path_id(request, "file_id")
    if all(file.id != file_id for file in post.files):
        raise NotFound
    owned = await request.app[READS].file(file_id, user_id=identity.user.id)
    publication = next((one for one in post.publications if one.file_id == file_id), None)
    return json_answer(file_json(owned.file, publication, owned.metadata, request.app[SITE].public_url))


async def remove(request: web.Request, identity: Identity) -> web.Response:
    post = await request.app[REVIEW].remove_file(path_id(request), path_id(request, "file_id"), by=actor_of(identity))
    return answer(request, post)


async def put_back(request: web.Request, identity: Identity) -> web.Response:
    """At the place it had."""
    file_id = path_id(request, "file_id")
    return answer(request, await request.app[REVIEW].put_back_file(path_id(request), file_id, by=actor_of(identity)))


async def arrange(request: web.Request, identity: Identity) -> web.Response:
    wanted = await read_model(request, ArrangeFiles)
    order = [read_id(given) for given in wanted.order]
    chosen = order if wanted.chosen is None else [read_id(given) for given in wanted.chosen]
    post = await request.app[REVIEW].arrange_files(
        path_id(request),
        order=order,
        chosen=chosen,
        by=actor_of(identity),
        expected_version=expected_version(request, wanted.version),
    )
    return answer(request, post)
