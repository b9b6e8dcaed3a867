"""What administrators set, by program."""

from dataclasses import asdict
from typing import Any

from aiohttp import web

from core.scopes import Scope
from core.users import Identity
from web.answers import json_answer
from web.api.answers_schema import NUMBER, TEXT, YES, ref, thing
from web.api.endpoint import Endpoint
from web.auth import actor_of, administrators_only
from web.bodies import read_model
from web.keys import OPERATIONS
from web.requests import Field, Request


class ChangeInstance(Request):
    """Only what is named changes; null goes back to what the environment says."""

    name: str | None = Field(default=None, max_length=200)
    open_signup: bool | None = None
    max_users: int | None = None
    max_file_mb: int | None = None
    max_files_per_post: int | None = None
    max_pixels: int | None = None
    trash_days: int | None = None
    originals_days: int | None = Field(default=None, description="0: for ever")
    events_days: int | None = Field(default=None, description="0: for ever")
    backups_kept: int | None = None
    backup_pictures: bool | None = None


async def show(request: web.Request, identity: Identity) -> web.Response:
    administrators_only(identity)
    return json_answer(_json(request))


async def change(request: web.Request, identity: Identity) -> web.Response:
    administrators_only(identity)
    wanted = await read_model(request, ChangeInstance)
    given = {name: getattr(wanted, name) for name in wanted.model_fields_set}
    await request.app[OPERATIONS].book.change(given, by=actor_of(identity))
    return json_answer(_json(request))


def _json(request: web.Request) -> dict[str, Any]:
    book = request.app[OPERATIONS].book
    return {**asdict(book.current), "defaults": asdict(book.defaults), "changed": sorted(book.overrides)}


_VALUES: dict[str, dict[str, Any]] = {
    "name": TEXT, "open_signup": YES, "max_users": NUMBER, "max_file_mb": NUMBER, "max_files_per_post": NUMBER,
    "max_pixels": NUMBER, "trash_days": NUMBER, "originals_days": NUMBER, "events_days": NUMBER,
    "backups_kept": NUMBER, "backup_pictures": YES,
}  # fmt: skip


def schemas() -> dict[str, Any]:
    return {
        "InstanceValues": thing((), **_VALUES),
        "InstanceSettings": {
            "allOf": [
                ref("InstanceValues"),
                thing(defaults=ref("InstanceValues"), changed={"type": "array", "items": TEXT}),
            ]
        },
    }


_AT = "/api/instance/settings"
INSTANCE_ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint("GET", _AT, show, Scope.ADMIN, "What administrators set", "InstanceSettings"),
    Endpoint("PATCH", _AT, change, Scope.ADMIN, "Change what administrators set", "InstanceSettings",
             body=ChangeInstance, errors=(422,)),
)  # fmt: skip
