"""Every call of the API in one table: where it is, who may make it, what it takes. OpenAPI is read off it."""

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web

from core.scopes import Scope
from web.answers import json_answer
from web.api import batch, doubts, instance, me, post_files, posts, schemas, twins, uploads, verbs
from web.api.endpoint import Endpoint
from web.api.instance_settings import INSTANCE_ENDPOINTS
from web.api.people_routes import PEOPLE_ENDPOINTS
from web.api.planning_routes import PLANNING_ENDPOINTS
from web.api.program_routes import PROGRAM_ENDPOINTS
from web.api.room_routes import ROOM_ENDPOINTS
from web.api.you_routes import YOU_ENDPOINTS
from web.auth import caller, programs_or_forms

_POST = "/api/posts/{id}"
_CHANGED = (404, 409, 422)
ENDPOINTS: tuple[Endpoint, ...] = (
    *YOU_ENDPOINTS,
    Endpoint(
        "GET", "/api/instance", instance.state, Scope.READ, "Whether publishing waits after a restore", "Instance"
    ),
    Endpoint(
        "POST",
        "/api/instance/release",
        instance.release,
        Scope.ADMIN,
        "Let publishing go on after a restore",
        "Instance",
        errors=(409,),
    ),
    Endpoint("GET", "/api/keys", me.every_key, Scope.ADMIN, "Your keys", "Keys"),
    Endpoint(
        "POST",
        "/api/keys",
        me.create_key,
        Scope.ADMIN,
        "Make a key; its secret is shown once",
        "NewKey",
        201,
        body=schemas.CreateKey,
        errors=(422,),
    ),
    Endpoint(
        "DELETE",
        "/api/keys/{id}",
        me.revoke_key,
        Scope.ADMIN,
        "Revoke a key",
        "",
        204,
        errors=(404,),
    ),
    Endpoint(
        "GET",
        "/api/posts",
        posts.every,
        Scope.READ,
        "Posts, newest first; scheduled ones by due time",
        "Posts",
        errors=(422,),
        query=(
            "status",
            "q",
            "tag",
            "account_id",
            "batch",
            "held",
            "ready",
            "is_mature",
            "is_ai_generated",
            "posts.sort",
            "limit",
            "cursor",
        ),
    ),
    Endpoint(
        "POST",
        "/api/posts",
        posts.create,
        Scope.WRITE,
        "Make a post",
        "Post",
        201,
        body=schemas.CreatePost,
        form=True,
        idempotent=True,
        errors=(404, 409, 413, 415, 422),
    ),
    Endpoint(
        "POST",
        "/api/posts/batch",
        batch.batch,
        Scope.WRITE,
        "One verb to many posts",
        "Results",
        body=schemas.Batch,
        errors=(404, 422),
    ),
    Endpoint(
        "POST",
        "/api/posts/batch/matching",
        batch.matching,
        Scope.WRITE,
        "One verb to all that match; goes on after the answer",
        "Change",
        202,
        body=schemas.BatchMatching,
        errors=(404, 422),
    ),
    Endpoint(
        "POST",
        "/api/posts/batch/preview",
        batch.preview,
        Scope.READ,
        "What an edit of many posts would change",
        "BatchPreview",
        body=schemas.Batch,
        errors=(404, 422),
    ),
    Endpoint(
        "POST",
        "/api/uploads",
        uploads.begin,
        Scope.WRITE,
        "Begin a direct upload: an address that takes one file, where the instance offers that",
        "Upload",
        201,
        body=schemas.BeginUpload,
        errors=(409, 413, 415, 422),
    ),
    Endpoint(
        "POST",
        "/api/uploads/{id}/complete",
        uploads.complete,
        Scope.WRITE,
        "Make a post of what arrived at that address; once",
        "Post",
        201,
        body=schemas.CreatePost,
        errors=(404, 409, 410, 413, 415, 422),
    ),
    Endpoint("GET", "/api/changes", batch.every, Scope.READ, "Your changes of many posts, newest first", "Changes"),
    Endpoint("GET", "/api/changes/{id}", batch.one, Scope.READ, "What became of each post", "Change", errors=(404,)),
    Endpoint(
        "POST",
        "/api/changes/{id}/undo",
        batch.undo,
        Scope.WRITE,
        "Take it back, for 30 days; what changed since is left alone",
        "Change",
        errors=_CHANGED,
    ),
    Endpoint(
        "POST",
        "/api/changes/{id}/stop",
        batch.stop,
        Scope.WRITE,
        "Stop it; what is done stays",
        "Change",
        errors=(404, 409),
    ),
    Endpoint("GET", _POST, posts.one, Scope.READ, "A post", errors=(404,), tagged=True),
    Endpoint("PATCH", _POST, posts.edit, Scope.WRITE, "Edit a post", body=schemas.EditPost, errors=_CHANGED),
    Endpoint("DELETE", _POST, posts.discard, Scope.WRITE, "Move a post to the trash", errors=_CHANGED),
    Endpoint(
        "POST",
        f"{_POST}/approve",
        verbs.approve,
        Scope.WRITE,
        "From review to draft",
        body=schemas.Versioned,
        errors=_CHANGED,
    ),
    Endpoint(
        "POST",
        f"{_POST}/send_back",
        verbs.send_back,
        Scope.WRITE,
        "Take an approval back: to review",
        body=schemas.Versioned,
        errors=_CHANGED,
    ),
    Endpoint(
        "POST",
        f"{_POST}/reject",
        verbs.reject,
        Scope.WRITE,
        "To the trash, with a reason",
        body=schemas.Reject,
        errors=_CHANGED,
    ),
    Endpoint(
        "POST",
        f"{_POST}/schedule",
        verbs.schedule,
        Scope.WRITE,
        "Say when it goes out",
        body=schemas.Schedule,
        errors=_CHANGED,
    ),
    Endpoint(
        "POST",
        f"{_POST}/unschedule",
        verbs.unschedule,
        Scope.WRITE,
        "Take it off the schedule",
        body=schemas.Versioned,
        errors=_CHANGED,
    ),
    Endpoint(
        "POST",
        f"{_POST}/publish",
        verbs.publish,
        Scope.PUBLISH,
        "Publish now",
        body=schemas.Versioned,
        errors=_CHANGED,
    ),
    Endpoint(
        "POST",
        f"{_POST}/hold",
        verbs.hold,
        Scope.WRITE,
        "Let a scheduled post wait",
        body=schemas.Versioned,
        errors=_CHANGED,
    ),
    Endpoint(
        "POST",
        f"{_POST}/unhold",
        verbs.unhold,
        Scope.WRITE,
        "Let it go on",
        body=schemas.Versioned,
        errors=_CHANGED,
    ),
    Endpoint(
        "POST",
        f"{_POST}/restore",
        verbs.restore,
        Scope.WRITE,
        "Out of the trash",
        body=schemas.Versioned,
        errors=_CHANGED,
    ),
    Endpoint("GET", f"{_POST}/history", posts.history, Scope.READ, "What happened to it", "History", errors=(404,)),
    Endpoint(
        "POST",
        f"{_POST}/take-back",
        posts.take_back,
        Scope.WRITE,
        "Take an edit back, for 30 days; what was changed again since stays",
        body=schemas.TakeBack,
        errors=_CHANGED,
    ),
    Endpoint("GET", f"{_POST}/resolve", doubts.doubts, Scope.READ, "What is in doubt", "Doubts", errors=(404,)),
    Endpoint(
        "POST",
        f"{_POST}/resolve",
        doubts.resolve,
        Scope.PUBLISH,
        "Say what became of it",
        body=schemas.ResolveDoubt,
        errors=_CHANGED,
    ),
    Endpoint(
        "POST",
        f"{_POST}/link",
        doubts.link,
        Scope.PUBLISH,
        "Say where it is on DeviantArt: for what was published by hand, or whose link was not found",
        body=schemas.GiveLink,
        errors=_CHANGED,
    ),
    Endpoint(
        "DELETE",
        f"{_POST}/link",
        doubts.unlink,
        Scope.PUBLISH,
        "Take back a link that a person gave and no gallery has shown",
        query=("file_id",),
        errors=_CHANGED,
    ),
    Endpoint(
        "POST",
        f"{_POST}/files",
        post_files.add,
        Scope.WRITE,
        "Add files to a post",
        "Post",
        201,
        form=True,
        raw="image/*",
        errors=(404, 409, 413, 415, 422),
    ),
    Endpoint(
        "POST",
        f"{_POST}/files/order",
        post_files.arrange,
        Scope.WRITE,
        "Arrange its files and choose which go out",
        body=schemas.ArrangeFiles,
        errors=_CHANGED,
    ),
    Endpoint(
        "GET",
        f"{_POST}/files/{{file_id}}",
        post_files.one,
        Scope.READ,
        "A file, with what it tells about how it was made",
        "FileDetail",
        errors=(404,),
    ),
    Endpoint(
        "DELETE",
        f"{_POST}/files/{{file_id}}",
        post_files.remove,
        Scope.WRITE,
        "Remove a file from a post",
        errors=_CHANGED,
    ),
    Endpoint(
        "POST",
        f"{_POST}/files/{{file_id}}/restore",
        post_files.put_back,
        Scope.WRITE,
        "Put a removed file back, at the place it had",
        errors=_CHANGED,
    ),
    Endpoint("GET", f"{_POST}/twins", twins.twins, Scope.READ, "What looks almost the same", "Twins", errors=(404,)),
    Endpoint(
        "PUT",
        f"{_POST}/twins/{{twin_id}}",
        twins.keep_both,
        Scope.WRITE,
        "Both are meant: twins no more",
        "",
        204,
        errors=(404,),
    ),
    Endpoint(
        "DELETE", f"{_POST}/twins/{{twin_id}}", twins.forget, Scope.WRITE, "Take that back", "", 204, errors=(404,)
    ),
    *PEOPLE_ENDPOINTS,
    *INSTANCE_ENDPOINTS,
    *PLANNING_ENDPOINTS,
    *ROOM_ENDPOINTS,
    *PROGRAM_ENDPOINTS,
)


def guarded(endpoint: Endpoint) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The handler, behind the check of who calls and what they may."""

    async def handle(request: web.Request) -> web.StreamResponse:
        check = programs_or_forms if endpoint.form else caller
        return await endpoint.handler(request, check(request, endpoint.scope))

    return handle


def add_api_routes(app: web.Application) -> None:
    for endpoint in ENDPOINTS:
        app.router.add_route(endpoint.method, endpoint.path, guarded(endpoint))
        if endpoint.method == "GET":
            app.router.add_head(endpoint.path, guarded(endpoint))
    app.router.add_get("/api/openapi.json", openapi)


async def openapi(request: web.Request) -> web.Response:
    from web.api.openapi import document

    return json_answer(await asyncio.to_thread(document), headers={"Cache-Control": "public, max-age=300"})
