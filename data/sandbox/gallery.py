"""Gallery reads and folder writes (fact sheet, sections 3 and 4)."""

from typing import Any

from aiohttp import web

from data.sandbox import render
from data.sandbox.answers import answer, invalid_fields, invalid_request
from data.sandbox.forms import Form, page_of, read_form
from data.sandbox.guard import Call, Handler, api
from data.sandbox.records import Deviation, Folder

NAME_MOST = 50


def routes() -> list[web.RouteDef]:
    return [
        api("GET", "gallery/all", everything, "browse"),
        api("GET", "gallery/folders", folders, "browse"),
        *(_write(path, handler) for path, handler in _WRITES.items()),
        api("POST", "gallery/folders/remove/{folderid}", remove, "browse", "gallery", user=True),
        api("GET", "gallery/folders/remove/{folderid}", remove, "browse", "gallery", user=True),
        api("GET", "gallery/", contents, "browse"),
        api("GET", "gallery/{folderid}", contents, "browse"),
    ]


def _write(path: str, handler: Handler) -> web.RouteDef:
    return api("POST", f"gallery/folders/{path}", handler, "browse", "gallery", user=True)


def for_viewer(works: list[Deviation], form: Form) -> list[Deviation]:
    """Without the mature ones, unless `mature_content` is asked for."""
    if form.flag("mature_content", False):
        return works
    return [work for work in works if not work.is_mature]


def whose(call: Call, form: Form) -> str:
    """The `username` asked for, the caller by default."""
    username = form.text("username") or call.username
    if username is None:
        raise invalid_fields({"username": "username is required"})
    if not call.world.has_person(username):
        raise invalid_request("User not found.")
    return username


async def everything(call: Call) -> web.StreamResponse:
    form = await read_form(call.request)
    works = for_viewer(call.world.gallery_of(whose(call, form)), form)
    page, facts = page_of(form, works, most=24, default=10)
    return answer({**facts, "results": [render.deviation(call.world, call.base, work) for work in page]})


async def contents(call: Call) -> web.StreamResponse:
    form = await read_form(call.request)
    username = whose(call, form)
    folderid = call.request.match_info.get("folderid", "")
    if folderid:
        folder = _folder(call, folderid, username)
        name, works = folder.name, list(render.visible_works(call.world, folder))
    else:
        name, works = "All", call.world.gallery_of(username)
        if form.text("mode") == "popular":
            works = sorted(works, key=lambda work: -render.stats(call.world, work)["favourites"])
    page, facts = page_of(form, for_viewer(works, form), most=24, default=10)
    results = [render.deviation(call.world, call.base, work) for work in page]
    return answer({"name": name, **facts, "results": results})


async def folders(call: Call) -> web.StreamResponse:
    form = await read_form(call.request)
    found = call.world.folders_of(whose(call, form))
    size, preload = bool(form.flag("calculate_size", False)), bool(form.flag("ext_preload", False))
    if form.flag("filter_empty_folder", False):
        found = [folder for folder in found if folder.works]
    page, facts = page_of(form, found, most=50, default=10)
    results = [render.folder(call.world, call.base, folder, size=size, preload=preload) for folder in page]
    return answer({**facts, "results": results})


def _folder(call: Call, folderid: str, username: str) -> Folder:
    found = call.world.find_folder(folderid, username)
    if found is None:
        raise invalid_request("The gallery folder is invalid.")
    return found


def _mine(call: Call, form: Form, name: str = "folderid") -> Folder:
    return _folder(call, form.required(name), call.me)


def _works(call: Call, form: Form) -> list[str]:
    """The caller's own deviations among `deviationids[]`; one that is not refuses the whole call."""
    wanted = [deviationid.upper() for deviationid in form.many("deviationids")]
    if not wanted:
        raise invalid_fields({"deviationids": "deviationids is required"})
    for deviationid in wanted:
        _own_work(call, deviationid)
    return list(dict.fromkeys(wanted))


def _own_work(call: Call, deviationid: str) -> Deviation:
    work = call.world.find_work(deviationid)
    if work is None or work.deleted or work.username.lower() != call.me.lower():
        raise invalid_request("Deviation not found.")
    return work


async def _done(call: Call) -> web.Response:
    await call.world.settled()
    return answer({"success": True})


def _name(form: Form, field: str) -> str:
    name = form.required(field).strip()
    if not name or len(name) > NAME_MOST:
        raise invalid_fields({field: f"{field} must have 1 to {NAME_MOST} characters"})
    return name


async def create(call: Call) -> web.StreamResponse:
    """A name that exists is created once more: the call is not idempotent."""
    form = await read_form(call.request)
    parent = _mine(call, form, "parent_folderid") if form.text("parent_folderid") else None
    made = call.world.create_folder(
        call.me,
        _name(form, "folder"),
        description=form.text("description"),
        parent=parent.folderid if parent else None,
    )
    await call.world.settled()
    return answer({"folderid": made.folderid, "name": made.name})


async def update(call: Call) -> web.StreamResponse:
    form = await read_form(call.request)
    folder = _mine(call, form)
    if "name" in form:
        folder.name = _name(form, "name")
    if "description" in form:
        folder.description = form.text("description")
    if form.text("cover_deviationid"):
        folder.cover = _own_work(call, form.text("cover_deviationid")).deviationid
    call.world.keep_folder(folder)
    return await _done(call)


async def update_order(call: Call) -> web.StreamResponse:
    form = await read_form(call.request)
    call.world.place_folder(folder := _mine(call, form), parent=folder.parent, position=_position(form))
    return await _done(call)


def _position(form: Form) -> int:
    position = form.number("position")
    if position is None or position < 0:
        raise invalid_fields({"position": "position must be an integer of 0 or more"})
    return position


async def update_deviation_order(call: Call) -> web.StreamResponse:
    form = await read_form(call.request)
    folder = _mine(call, form)
    deviationid = form.required("deviationid").upper()
    if deviationid not in folder.works:
        raise invalid_request("Deviation not found.")
    position = _position(form)
    folder.works.remove(deviationid)
    folder.works.insert(position, deviationid)
    call.world.keep_folder(folder)
    return await _done(call)


async def move(call: Call) -> web.StreamResponse:
    """Nest a folder in another; an empty `to_folderid` brings it back to the top."""
    form = await read_form(call.request)
    folder = _mine(call, form)
    target = _mine(call, form, "to_folderid") if form.text("to_folderid") else None
    above = target
    while above is not None:
        if above is folder:
            raise invalid_request("A folder cannot be moved into itself.")
        above = call.world.folders.get(above.parent or "")
    call.world.place_folder(folder, parent=target.folderid if target else None)
    return await _done(call)


async def copy_deviations(call: Call) -> web.StreamResponse:
    form = await read_form(call.request)
    _put(call, _mine(call, form, "target_folderid"), _works(call, form))
    return await _done(call)


async def move_deviations(call: Call) -> web.StreamResponse:
    form = await read_form(call.request)
    source, target = _mine(call, form, "source_folderid"), _mine(call, form, "target_folderid")
    moved = _works(call, form)
    _take(call, source, moved)
    _put(call, target, moved)
    return await _done(call)


async def remove_deviations(call: Call) -> web.StreamResponse:
    form = await read_form(call.request)
    _take(call, _mine(call, form), _works(call, form))
    return await _done(call)


def _put(call: Call, folder: Folder, works: list[str]) -> None:
    inside = set(folder.works)
    folder.works[:0] = [deviationid for deviationid in works if deviationid not in inside]
    call.world.keep_folder(folder)


def _take(call: Call, folder: Folder, works: list[str]) -> None:
    gone = set(works)
    folder.works[:] = [deviationid for deviationid in folder.works if deviationid not in gone]
    call.world.keep_folder(folder)


async def remove(call: Call) -> web.StreamResponse:
    folder = _folder(call, call.request.match_info["folderid"], call.me)
    if folder.name == "Featured" and folder.parent is None:
        raise invalid_request("The folder Featured cannot be removed.")
    call.world.remove_folder(folder)
    return await _done(call)


_WRITES: dict[str, Any] = {
    "create": create,
    "update": update,
    "update_order": update_order,
    "update_deviation_order": update_deviation_order,
    "move": move,
    "copy_deviations": copy_deviations,
    "move_deviations": move_deviations,
    "remove_deviations": remove_deviations,
}
