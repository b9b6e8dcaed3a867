"""Pictures that a browser puts straight into the bucket: a ticket first, then what is to become of it."""

from aiohttp import web

from core.errors import WrongState
from core.posts.direct_uploads import DirectUploads
from core.users import Identity
from web.answers import json_answer
from web.api.posts import made
from web.api.schemas import BeginUpload, CreatePost
from web.api.times import instant_json
from web.bodies import read_model
from web.keys import INTAKE, SERVICES


def direct_uploads(request: web.Request) -> DirectUploads:
    found = request.app[SERVICES].direct_uploads
    if found is None:
        raise WrongState("Pictures are not uploaded directly here: send them with the post.")
    return found


async def begin(request: web.Request, identity: Identity) -> web.Response:
    wanted = await read_model(request, BeginUpload)
    begun = await direct_uploads(request).begin(
        identity.user.id, name=wanted.name, bytes_=wanted.bytes, mime=wanted.mime
    )
    body = {
        "id": begun.token,
        "url": begun.address,
        "method": "PUT",
        "headers": {"Content-Type": begun.mime},
        "expires_at": instant_json(begun.expires_at),
    }
    return json_answer(body, status=201)


async def complete(request: web.Request, identity: Identity) -> web.Response:
    """The fields are those of a new post; the picture is checked like any other."""
    wanted = await read_model(request, CreatePost)
    direct = direct_uploads(request)
    async with request.app[INTAKE].tray() as tray:
        ticket = await direct.use(identity.user.id, request.match_info["id"])
        await direct.take_in(ticket, tray)
        return await made(request, identity, wanted, tray)
