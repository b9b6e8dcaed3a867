"""Templates, tag suggestions and gallery folders over the API."""

from aiohttp import web

from core.errors import InvalidInput
from core.users import Identity
from web.answers import json_answer
from web.api.params import expected_version, path_id, read_flag, read_id
from web.api.posts import answer
from web.api.room_json import (
    deviation_json,
    drop_channel_json,
    folder_json,
    folders_json,
    suggestion_json,
    template_json,
)
from web.api.room_requests import (
    ApplyTemplates,
    ChangeFolder,
    ChangeTemplate,
    CommentPost,
    DoorTemplates,
    FolderOrder,
    FolderWorks,
    NewFolder,
    NewTemplate,
    TryTemplates,
    WorkOrder,
)
from web.auth import actor_of
from web.bodies import read_model
from web.keys import KEYS, ROOMS, SERVICES


async def templates(request: web.Request, identity: Identity) -> web.Response:
    found = await request.app[ROOMS].library.templates(identity.user.id)
    return json_answer({"items": [template_json(template) for template in found]})


async def create_template(request: web.Request, identity: Identity) -> web.Response:
    wanted = await read_model(request, NewTemplate)
    made = await request.app[ROOMS].templates.create(wanted.kind, wanted.name, wanted.body, by=actor_of(identity))
    return json_answer(template_json(made), status=201)


async def change_template(request: web.Request, identity: Identity) -> web.Response:
    wanted = await read_model(request, ChangeTemplate)
    changed = await request.app[ROOMS].templates.change(
        path_id(request),
        wanted.name,
        wanted.body,
        by=actor_of(identity),
        expected_version=expected_version(request, wanted.version),
    )
    return json_answer(template_json(changed))


async def remove_template(request: web.Request, identity: Identity) -> web.Response:
    return json_answer(
        template_json(await request.app[ROOMS].templates.remove(path_id(request), by=actor_of(identity)))
    )


async def restore_template(request: web.Request, identity: Identity) -> web.Response:
    back = await request.app[ROOMS].templates.restore(path_id(request), by=actor_of(identity))
    return json_answer(template_json(back))


async def preview(request: web.Request, identity: Identity) -> web.Response:
    wanted = await read_model(request, TryTemplates)
    found = await request.app[ROOMS].templates.preview(
        [read_id(word) for word in wanted.templates],
        by=actor_of(identity),
        post_id=read_id(wanted.post_id) if wanted.post_id is not None else None,
    )
    return json_answer(
        {
            "tags": found.details.tags,
            "stored_tags": found.kept,
            "over": found.over,
            "description": found.details.description,
        }
    )


async def apply(request: web.Request, identity: Identity) -> web.Response:
    wanted = await read_model(request, ApplyTemplates)
    post = await request.app[ROOMS].templates.apply(
        path_id(request),
        [read_id(word) for word in wanted.templates],
        by=actor_of(identity),
        expected_version=expected_version(request, wanted.version),
    )
    return answer(request, post)


async def comment(request: web.Request, identity: Identity) -> web.Response:
    wanted = await read_model(request, CommentPost)
    template_id = read_id(wanted.template_id) if wanted.template_id is not None else None
    post = await request.app[ROOMS].wishes.comment(path_id(request), template_id, by=actor_of(identity))
    return answer(request, post)


async def use_at_key(request: web.Request, identity: Identity) -> web.Response:
    """What everything that arrives with that key is made with."""
    wanted, key_id = await read_model(request, DoorTemplates), path_id(request)
    if all(key.id != key_id for key in await request.app[KEYS].of(identity.user)):
        raise web.HTTPNotFound
    ids = [read_id(word) for word in wanted.templates]
    await request.app[ROOMS].templates.use_at_door("key", key_id, ids, by=actor_of(identity))
    return json_answer({"templates": [str(template_id) for template_id in ids]})


async def drop_channels(request: web.Request, identity: Identity) -> web.Response:
    """Those whose pictures become this person's posts, with what they are filled in from."""
    use, links = request.app[ROOMS].templates, request.app[SERVICES].links
    found = await links.drop_channels_of(identity.user.id) if links is not None else ()
    items = [drop_channel_json(one, await use.of_door("channel", one.channel_id)) for one in found]
    return json_answer({"items": items})


async def use_at_channel(request: web.Request, identity: Identity) -> web.Response:
    wanted, links, channel_id = (
        await read_model(request, DoorTemplates),
        request.app[SERVICES].links,
        _snowflake(request),
    )
    found = await links.drop_channels_of(identity.user.id) if links is not None else ()
    if all(channel.channel_id != channel_id for channel in found):
        raise web.HTTPNotFound
    ids = [read_id(word) for word in wanted.templates]
    await request.app[ROOMS].templates.use_at_door("channel", channel_id, ids, by=actor_of(identity))
    return json_answer({"templates": [str(template_id) for template_id in ids]})


def _snowflake(request: web.Request) -> int:
    """Discord's numbers are longer than ours."""
    given = request.match_info["id"]
    if not given.isascii() or not given.isdecimal() or len(given) > 20:
        raise web.HTTPNotFound
    return int(given)


async def suggest_tags(request: web.Request, identity: Identity) -> web.Response:
    found = await request.app[ROOMS].tag_helper.suggest(request.query.get("q", ""), user_id=identity.user.id)
    return json_answer({"items": [suggestion_json(suggestion) for suggestion in found]})


# Folders: below an account


async def folders(request: web.Request, identity: Identity) -> web.Response:
    found = await request.app[ROOMS].folders.list(
        path_id(request), by=actor_of(identity), refresh=read_flag(request, "refresh")
    )
    return json_answer(folders_json(found))


async def create_folder(request: web.Request, identity: Identity) -> web.Response:
    wanted = await read_model(request, NewFolder)
    made = await request.app[ROOMS].folders.create(
        path_id(request),
        wanted.name,
        description=wanted.description,
        parent_id=wanted.parent_id,
        by=actor_of(identity),
    )
    return json_answer(folder_json(made), status=201)


async def change_folder(request: web.Request, identity: Identity) -> web.Response:
    wanted, account_id = await read_model(request, ChangeFolder), path_id(request)
    folder_id, by, use = _folder_id(request), actor_of(identity), request.app[ROOMS].folders
    if "parent_id" in wanted.model_fields_set:
        await use.nest(account_id, folder_id, wanted.parent_id, by=by)
    if wanted.cover is not None:
        await use.set_cover(account_id, folder_id, wanted.cover, by=by)
    changed = await use.change(account_id, folder_id, name=wanted.name, description=wanted.description, by=by)
    return json_answer(folder_json(changed))


async def remove_folder(request: web.Request, identity: Identity) -> web.Response:
    gone = await request.app[ROOMS].folders.remove(path_id(request), _folder_id(request), by=actor_of(identity))
    return json_answer(folder_json(gone))


async def arrange_folders(request: web.Request, identity: Identity) -> web.Response:
    wanted = await read_model(request, FolderOrder)
    calls = await request.app[ROOMS].folders.arrange(
        path_id(request), wanted.parent_id, wanted.folders, by=actor_of(identity)
    )
    return json_answer({"done": calls})


async def folder_contents(request: web.Request, identity: Identity) -> web.Response:
    offset = request.query.get("offset", "0")
    if not offset.isdecimal() or len(offset) > 6:
        raise InvalidInput({"offset": "The offset is a number."})
    page = await request.app[ROOMS].folders.contents(
        path_id(request), _folder_id(request), offset=int(offset), by=actor_of(identity)
    )
    following = None if page.next_offset is None else str(page.next_offset)
    return json_answer({"items": [deviation_json(work) for work in page.deviations], "next_cursor": following})


async def arrange_works(request: web.Request, identity: Identity) -> web.Response:
    wanted = await read_model(request, WorkOrder)
    calls = await request.app[ROOMS].folders.arrange_works(
        path_id(request), _folder_id(request), wanted.works, offset=wanted.offset, by=actor_of(identity)
    )
    return json_answer({"done": calls})


async def change_works(request: web.Request, identity: Identity) -> web.Response:
    wanted = await read_model(request, FolderWorks)
    account_id, folder_id, by = path_id(request), _folder_id(request), actor_of(identity)
    use = request.app[ROOMS].folders
    if wanted.action == "first":
        done = await use.lead_with(account_id, folder_id, wanted.works, by=by)
    elif wanted.action == "remove":
        done = await use.remove_works(account_id, folder_id, wanted.works, by=by)
    elif wanted.to is None:
        raise InvalidInput({"to": "Say which folder they go to."})
    elif wanted.action == "move":
        done = await use.move_works(account_id, folder_id, wanted.to, wanted.works, by=by)
    else:
        done = await use.copy_works(account_id, wanted.to, wanted.works, by=by)
    return json_answer({"done": done})


def _folder_id(request: web.Request) -> str:
    return request.match_info["folder_id"][:64]
