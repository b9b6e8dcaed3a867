"""The instance itself: whether publishing waits after a restore, and letting it go on."""

from typing import Any

from aiohttp import web

from core.publishing.release import Restored
from core.users import Identity
from web.answers import json_answer
from web.api.times import instant_json
from web.auth import actor_of, administrators_only
from web.keys import RELEASE


async def state(request: web.Request, identity: Identity) -> web.Response:
    return json_answer(_instance_json(await request.app[RELEASE].state()))


async def release(request: web.Request, identity: Identity) -> web.Response:
    administrators_only(identity)
    await request.app[RELEASE].release(by=actor_of(identity))
    return json_answer(_instance_json(await request.app[RELEASE].state()))


def _instance_json(restored: Restored) -> dict[str, Any]:
    return {
        "publishing_paused": restored.is_paused,
        "restored_at": instant_json(restored.restored_at),
        "backup_taken_at": instant_json(restored.backup_taken_at),
        "unchecked_accounts": list(restored.unchecked),
    }
