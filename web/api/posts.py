"""Posts: list, read, make, edit, throw away."""

import asyncio
from typing import Any

import orjson
from aiohttp import hdrs, web

from core.errors import InvalidInput
from core.posts.edits import way_back
from core.posts.intake import Arrival, Retry, Tray
from core.posts.post import Post
from core.users import Identity
from web.answers import json_answer
from web.api.params import expected_version, path_id, post_query, read_id
from web.api.post_json import post_json
from web.api.schemas import CreatePost, EditPost, TakeBack, given_fields
from web.api.times import instant_json
from web.auth import actor_of, check_csrf
from web.bodies import checked, read_model
from web.compression import accepts_gzip, pack
from web.keys import INTAKE, READS, REMEMBERED, REVIEW, SITE
from web.uploads import read_multipart, said_again


def answer(request: web.Request, post: Post, *, status: int = 200, **more: Any) -> web.Response:
    """A post as an answer, with its version as the ETag."""
    body = post_json(post, request.app[SITE].public_url) | more
    return json_answer(body, status=status, headers={hdrs.ETAG: f'"{post.version}"'})


async def every(request: web.Request, identity: Identity) -> web.Response:
    remembered = request.app[REMEMBERED]
    is_packed = accepts_gzip(request)
    asked = (identity.user.id, request.query_string, is_packed)
    body = remembered.get(asked)
    if body is None:
        version = remembered.version()
        body = await _list(request, identity)
        if is_packed:
            body = await asyncio.to_thread(pack, body)
        remembered.put(asked, body, version=version)
    headers = {hdrs.VARY: str(hdrs.ACCEPT_ENCODING)}
    if is_packed:
        headers[hdrs.CONTENT_ENCODING] = "gzip"
    return web.Response(body=body, headers=headers, content_type="application/json", charset="utf-8")


async def _list(request: web.Request, identity: Identity) -> bytes:
    page = await request.app[READS].posts(post_query(request, identity.user.id))
    public_url = request.app[SITE].public_url
    items = [post_json(post, public_url) for post in page.posts]
    return orjson.dumps({"items": items, "next_cursor": page.next_cursor, "total": page.total})


async def one(request: web.Request, identity: Identity) -> web.Response:
    post = await request.app[READS].post(path_id(request), user_id=identity.user.id)
    if request.headers.get(hdrs.IF_NONE_MATCH, "").removeprefix("W/") == f'"{post.version}"':
        return web.Response(status=304, headers={hdrs.ETAG: f'"{post.version}"'})
    return answer(request, post)


async def create(request: web.Request, identity: Identity) -> web.Response:
    """A form with files, or JSON for a post whose files come later."""
    async with request.app[INTAKE].tray() as tray:
        if request.content_type.startswith("multipart/"):
            fields = await read_multipart(
                request, tray, before_file=lambda so_far: check_form(request, identity, so_far)
            )
            check_form(request, identity, fields)
            fields.pop("csrf_token", None)
            wanted = await checked(CreatePost, _as_json(fields))
        else:
            wanted = await read_model(request, CreatePost)
        return await made(request, identity, wanted, tray)


async def made(request: web.Request, identity: Identity, wanted: CreatePost, tray: Tray) -> web.Response:
    """The post of what lies on the *tray*, as an answer."""
    intake = request.app[INTAKE]
    arrival = Arrival(
        user_id=identity.user.id,
        files=tray.files,
        fields={name: value for name, value in given_fields(wanted).items() if name != "notes"},
        source="the dashboard" if identity.key is None else identity.key.name,
        notes=wanted.notes or "",
        account_id=read_id(wanted.account_id) if wanted.account_id else None,
        one_post=True,
        to_draft=wanted.status == "draft",
    )
    retry = _retry(request, identity)
    await intake.check(arrival)
    await tray.keep()
    received = await intake.receive_once(arrival, by=actor_of(identity), retry=retry)
    post = received.posts[0]
    location = f"{request.app[SITE].public_url}/api/posts/{post.id}"
    response = answer(request, post, status=201 if received.is_new else 200)
    response.headers[hdrs.LOCATION] = location
    return response


def _retry(request: web.Request, identity: Identity) -> Retry | None:
    """Only what is said to be the same: somebody may want two posts of one picture."""
    given = said_again(request)
    caller = identity.key.id if identity.key is not None else -identity.user.id
    return Retry(caller, f"post:{given}", by_bytes=False) if given else None


def check_form(request: web.Request, identity: Identity, fields: Any) -> None:
    """A browser's form may carry its token as a field; it has to come before the files."""
    if identity.session is not None:
        given = request.headers.get("X-CSRF-Token") or fields.get("csrf_token")
        check_csrf(identity.session, given if isinstance(given, str) else None)


def _as_json(fields: dict[str, Any]) -> dict[str, Any]:
    """A form's texts as JSON would have them: numbers and "unset" in words of their own."""
    given: dict[str, Any] = {}
    for name, value in fields.items():
        if name in _FLAGS:
            given[name] = None if value in ("", "null", "unset") else value
        elif value == "" and name in _CHOICES:
            given[name] = None
        else:
            given[name] = value
    return given


_FLAGS = (
    "is_mature",
    "is_ai_generated",
    "no_ai",
    "allow_comments",
    "allow_free_download",
    "add_watermark",
    "feature",
    "stash_only",
)
_CHOICES = ("mature_level", "license", "display_resolution", "account_id", "status")


async def edit(request: web.Request, identity: Identity) -> web.Response:
    wanted = await read_model(request, EditPost)
    version = expected_version(request, wanted.version)
    if version is None:
        raise InvalidInput({"version": "Say which version you saw: “version”, or If-Match."})
    post = await request.app[REVIEW].edit(
        path_id(request),
        given_fields(wanted),
        by=actor_of(identity),
        tags_mode=wanted.tags_mode,
        expected_version=version,
    )
    return answer(request, post)


async def discard(request: web.Request, identity: Identity) -> web.Response:
    post = await request.app[REVIEW].discard(
        path_id(request), by=actor_of(identity), expected_version=expected_version(request, None)
    )
    return answer(request, post)


async def take_back(request: web.Request, identity: Identity) -> web.Response:
    wanted = await read_model(request, TakeBack)
    post = await request.app[REVIEW].take_back(path_id(request), wanted.edit_version, by=actor_of(identity))
    return answer(request, post)


async def history(request: web.Request, identity: Identity) -> web.Response:
    reads = request.app[READS]
    post = await reads.post(path_id(request), user_id=identity.user.id)
    events = await reads.history(post.id)
    open_edits = {edit.version for edit in await reads.edits(post.id) if way_back(edit, post)}
    items = []
    for event in events:
        item: dict[str, Any] = {"at": instant_json(event.at), "kind": event.kind, "text": event.text}
        if event.kind == "post.edited" and event.version in open_edits:
            item["edit_version"] = event.version
        items.append(item | ({"actor": event.actor} if event.actor else {}))
    return json_answer({"items": items})
