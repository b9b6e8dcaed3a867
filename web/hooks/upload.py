"""`POST /api/comfyui/upload` and `POST /hook/{key}`: pictures from programs, always to review."""

from collections.abc import Sequence
from typing import Any

from aiohttp import hdrs, web

from core.errors import InvalidInput
from core.posts.intake import Arrival, Received, Retry
from core.posts.post import Post
from core.scopes import Scope
from core.users import Identity
from web.answers import json_answer
from web.api.params import read_id
from web.auth import actor_of, caller
from web.hooks.reading import Sent, read_upload
from web.hooks.words import Said, understand
from web.keys import CLOCK, INTAKE, ROOMS, SITE
from web.program_keys import READ_AS, open_with_key
from web.uploads import said_again


async def upload(request: web.Request) -> web.Response:
    """Key in a header or `?key=`; a signed-in browser works too."""
    if (key := request.query.get("key")) is not None:
        await open_with_key(request, key)
    return await take_in(request, caller(request, Scope.UPLOAD))


async def hook(request: web.Request) -> web.Response:
    """The key is part of the address, for programs that know nothing else: it may only upload."""
    identity = await open_with_key(request, request.match_info["key"])
    identity.need(Scope.UPLOAD)
    return await take_in(request, identity)


async def take_in(request: web.Request, identity: Identity) -> web.Response:
    intake = request.app[INTAKE]
    respond = request.query.get("respond", "")
    async with intake.tray() as tray:
        sent = await read_upload(request, tray)
        request[READ_AS] = {**sent.given, "files": [f"{file.name}, {file.mime}" for file in tray.files]}
        said = understand(
            sent.given,
            time_zone=identity.user.time_zone,
            now=request.app[CLOCK].now(),
            templates=await _template_names(request, identity, sent),
        )
        if not tray.files:
            return _without_picture(sent)
        arrival = _arrival(identity, said, tray.files)
        await intake.check(arrival)
        await tray.keep()
        received = await intake.receive_once(arrival, by=actor_of(identity), retry=_retry(request, identity))
    return _answer(received, said, request.app[SITE].public_url, respond)


async def _template_names(request: web.Request, identity: Identity, sent: Sent) -> frozenset[str]:
    if "template" not in sent.given:
        return frozenset()
    found = await request.app[ROOMS].library.templates(identity.user.id)
    return frozenset(template.name.casefold() for template in found)


def _arrival(identity: Identity, said: Said, files: Sequence[Any]) -> Arrival:
    return Arrival(
        user_id=identity.user.id,
        files=files,
        fields={"is_ai_generated": True} | said.fields,
        source=said.source or (identity.key.name if identity.key else "the dashboard"),
        notes=said.notes,
        wish=said.wish,
        account_id=read_id(said.account_id) if said.account_id else None,
        one_post=said.one_post,
        metadata=said.metadata,
        templates=said.templates,
        door=("key", identity.key.id) if identity.key else None,
        batch=said.batch or (files[0].sha256 if len(files) > 1 and not said.one_post else ""),
    )


def _retry(request: web.Request, identity: Identity) -> Retry | None:
    if identity.key is None:
        return None
    return Retry(identity.key.id, said_again(request) or None)


def _without_picture(sent: Sent) -> web.Response:
    if not sent.may_be_empty:
        raise InvalidInput({"file": "Send at least one picture."})
    message = "Nothing to do: there was no picture in it."
    return json_answer({"success": True, "items": [], "message": message}, status=202)


def _answer(received: Received, said: Said, public_url: str, respond: str) -> web.Response:
    status = 201 if received.is_new else 200
    items = [_item(post, public_url) for post in received.posts]
    if respond == "204":
        return web.Response(status=204)
    if respond == "list":
        return json_answer(items, status=status)
    first = items[0]
    body = {
        "success": True,
        "id": first["id"],
        "deviationId": first["id"],
        "status": first["status"],
        "message": _message(received, said),
        "url": first["url"],
        "data": {"url": first["url"]},
        "items": items,
    }
    return json_answer(body, status=status, headers={hdrs.LOCATION: first["url"]})


def _message(received: Received, said: Said) -> str:
    count = len(received.posts)
    what = "1 picture waits" if count == 1 else f"{count} posts wait"
    text = f"{what} for review." if received.is_new else "This came before: here is what became of it."
    return " ".join((text, *said.warnings))


def _item(post: Post, public_url: str) -> dict[str, str]:
    return {"id": str(post.id), "status": post.status, "url": f"{public_url}/posts/{post.id}"}


def add_hook_routes(app: web.Application) -> None:
    app.router.add_post("/api/comfyui/upload", upload)
    app.router.add_post("/hook/{key}", hook)
