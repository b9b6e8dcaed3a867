"""Gallery folders: make, name, nest, put in order; and the works in one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, takewhile
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from core.account import Account
from core.deviantart import Deviation, GalleryFolder
from core.errors import InvalidInput, NotFound, UserError
from core.library.folder_order import NAME_MOST, Branch, find, is_featured, siblings
from core.library.folders import CONTENTS_AT_ONCE, FolderList
from web.keys import ROOMS
from web.pages.flash import Flash
from web.pages.folder_choices import FolderPicker, Wanted, account_of, folder_picker, named_folders
from web.pages.forms import Answer, Form, answer, read_form, refusal
from web.pages.lists import Pages
from web.pages.moments import Moment
from web.pages.paging import arranged, page_of, start_of
from web.pages.pictures_elsewhere import with_pictures
from web.pages.stepping import stepped
from web.pages.visit import Visit, go, visit

ON_A_PAGE, OF_EACH = 100, 12  # a page: with those that are nested
_UUID = r"[0-9A-Fa-f-]{8,64}"


@dataclass(frozen=True, slots=True)
class Tile:
    id: str
    name: str
    description: str
    size: str
    thumb: str
    url: str
    is_fixed: bool
    is_first: bool
    is_last: bool
    can_nest: bool
    children: tuple["Tile", ...] = ()
    more_url: str = ""  # where there are more children than are shown
    total: int = 0


@dataclass(frozen=True, slots=True)
class ListPage:
    account: Account | None
    accounts: tuple[Account, ...]
    folders: tuple[Tile, ...]
    parents: FolderPicker | None
    total: int
    fetched: Moment | None
    trouble: str
    values: dict[str, str]
    errors: Mapping[str, str]
    pages: Pages
    parent: GalleryFolder | None  # whose children these are
    q: str
    is_all: bool  # everything is there to be looked through by a script
    place: str  # the part of the address that says which page is put in order


@dataclass(frozen=True, slots=True)
class WorkTile:
    id: str
    title: str
    url: str
    thumb: str
    is_mature: bool
    is_first: bool
    is_last: bool


@dataclass(frozen=True, slots=True)
class FolderPage:
    account: Account
    folder: GalleryFolder
    parent: GalleryFolder | None
    is_fixed: bool
    works: tuple[WorkTile, ...]
    order_url: str
    place: str  # "25 to 48 of 10,000", where there is more than one page
    next_url: str
    previous_url: str
    targets: FolderPicker
    ticked: frozenset[str]  # works
    parents: FolderPicker
    trouble: str
    values: Mapping[str, str]
    errors: Mapping[str, str]


def add_routes(app: web.Application) -> None:
    add = app.router
    add.add_get("/folders", every, name="folders")
    add.add_post(r"/folders/{account_id:\d+}", create, name="folders-create")
    add.add_post(r"/folders/{account_id:\d+}/refresh", refresh, name="folders-refresh")
    add.add_post(r"/folders/{account_id:\d+}/order", arrange, name="folders-order")
    one = rf"/folders/{{account_id:\d+}}/{{folder_id:{_UUID}}}"
    add.add_get(one, contents, name="folder")
    add.add_post(one, change, name="folder-change")
    add.add_post(one + "/{verb:remove|up|down}", act, name="folder-act")
    add.add_post(one + "/works", works, name="folder-works")
    add.add_post(one + "/works/order", arrange_works, name="folder-works-order")


async def every(request: web.Request) -> web.Response:
    return await _list(await visit(request), {}, {})


async def _list(
    here: Visit, values: dict[str, str], errors: Mapping[str, str], *, words: str = "", status: int = 200
) -> web.Response:
    accounts = here.overview.editable
    wanted = here.request.match_info.get("account_id", str(here.account_id or ""))
    account = next((a for a in accounts if str(a.id) == wanted), accounts[0] if accounts else None)
    found = FolderList((), None)
    if account is not None:
        found = await here.request.app[ROOMS].folders.list(account.id, by=here.actor)
    q = here.request.query.get("q", "").strip()[:NAME_MOST]
    parent = here.request.query.get("in", "").upper()
    level = _level(found.branches, parent, q)
    there, pages = page_of(here, level, _fitting(level[start_of(here) :]))
    asked = {"in": parent, "start": str(start_of(here) or "")}
    page = ListPage(
        account=account,
        accounts=accounts,
        folders=_tiles(account, there, at=start_of(here), of=len(level)) if account else (),
        parents=await _parents(here, account, values.get("parent_id", ""), words=words) if account else None,
        pages=pages,
        parent=next((b.folder for b in found.branches if b.folder.folder_id == parent), None),
        q=q,
        is_all=not (q or parent or pages.next_url or pages.first_url)
        and all(len(branch.children) <= OF_EACH for branch in there),
        place=f"?{urlencode(asked)}" if any(asked.values()) else "",
        total=len(found.folders),
        fetched=here.reader.moment(found.fetched_at) if found.fetched_at else None,
        trouble=found.trouble,
        values=values,
        errors=errors,
    )
    return with_pictures(here.request, here.show("folders.html", "folders", page, status=status))


def _inside(account: Account, but: str = "") -> Wanted:
    """The folder in which another one is to be."""
    return Wanted("parent_id", (account,), is_single=True, tops_only=True, but=but)


async def _parents(here: Visit, account: Account, chosen: str, *, but: str = "", words: str = "") -> FolderPicker:
    return await folder_picker(here, _inside(account, but), (chosen,), label="Where", words=words)


def _level(branches: Sequence[Branch], parent: str, q: str) -> Sequence[Branch]:
    """What is looked at: everything with these letters in its name, the folders in one, or those at the top."""
    if q:
        every = [folder for branch in branches for folder in (branch.folder, *branch.children)]
        return [Branch(folder, ()) for folder in every if q.casefold() in folder.name.casefold()]
    inside = next((branch for branch in branches if branch.folder.folder_id == parent), None)
    return branches if inside is None else [Branch(folder, ()) for folder in inside.children]


def _fitting(branches: Sequence[Branch]) -> int:
    """How many of them, with what is shown in each, fill a page."""
    rows = accumulate(1 + min(len(branch.children), OF_EACH) for branch in branches)
    return max(1, sum(1 for _ in takewhile(lambda count: count <= ON_A_PAGE, rows)))


def _tiles(account: Account, branches: Sequence[Branch], *, at: int, of: int) -> tuple[Tile, ...]:
    """A page of a level that has *of* folders, from *at* on."""
    tiles = []
    for place, branch in enumerate(branches, at):
        count = len(branch.children)
        children = tuple(_tile(account, child, n, count) for n, child in enumerate(branch.children[:OF_EACH]))
        tile = _tile(account, branch.folder, place, of, children)
        more = f"/folders?account_id={account.id}&in={branch.folder.folder_id}" if count > OF_EACH else ""
        tiles.append(replace(tile, more_url=more, total=count))
    return tuple(tiles)


def _tile(account: Account, folder: GalleryFolder, at: int, of: int, children: tuple[Tile, ...] = ()) -> Tile:
    return Tile(
        id=folder.folder_id,
        name=folder.name,
        description=folder.description,
        size="" if folder.size is None else f"{folder.size:,} {'work' if folder.size == 1 else 'works'}",
        thumb=folder.thumb_url or "",
        url=f"/folders/{account.id}/{folder.folder_id}",
        is_fixed=is_featured(folder),
        is_first=at == 0,
        is_last=at == of - 1,
        can_nest=not children and not is_featured(folder),
        children=children,
    )


async def _begin(request: web.Request) -> tuple[Visit, Form, int]:
    here = await visit(request)
    return here, await read_form(request), int(request.match_info["account_id"])


async def create(request: web.Request) -> web.Response:
    here, form, account_id = await _begin(request)
    named = await named_folders(here, form, *map(_inside, account_of(here, account_id)))
    typed = {name: named.form.text(name) for name in ("name", "description", "parent_id")}
    back = f"/folders?account_id={account_id}"
    if named.errors:
        return await _list(here, typed, named.errors, words=named.words["parent_id"], status=422)
    try:
        made = await request.app[ROOMS].folders.create(
            account_id,
            typed["name"],
            description=typed["description"],
            parent_id=typed["parent_id"] or None,
            by=here.actor,
        )
    except InvalidInput as error:
        return await _list(here, typed, error.fields, status=422)
    except UserError as error:
        return refusal(request, error, back=back)
    return go(back, Flash(f"Made the folder “{made.name}”."), request=request)


async def refresh(request: web.Request) -> web.Response:
    here, _, account_id = await _begin(request)
    back = f"/folders?account_id={account_id}"
    found = await request.app[ROOMS].folders.list(account_id, by=here.actor, refresh=True)
    if found.trouble:
        return go(back, Flash(found.trouble, bad=True), request=request)
    return go(back, Flash(f"{len(found.folders)} folders, as DeviantArt has them now."), request=request)


async def arrange(request: web.Request) -> web.Response:
    """From dragging: the order of one level, or of the page of it that is shown, as `folder` fields."""
    here, form, account_id = await _begin(request)
    back = f"/folders?account_id={account_id}"
    use, parent = request.app[ROOMS].folders, form.text("parent_id").upper() or None
    try:
        known = siblings((await use.list(account_id, by=here.actor)).folders, parent)
        wanted = [folder.upper() for folder in form.every("folder")]
        # Below a folder of the page that is shown stand the first of those in it.
        is_paged = bool(request.query) and (request.query.get("in", "").upper() or None) == parent
        order = arranged(here, known, wanted) if is_paged else [*wanted, *(one for one in known if one not in wanted)]
        moved = await use.arrange(account_id, parent, order, by=here.actor)
    except UserError as error:
        return refusal(request, error, back=back)
    said = "The order is saved." if moved else "The order is as it was."
    return answer(request, Answer(Flash(said), {"moved": moved}), back=back)


async def change(request: web.Request) -> web.Response:
    here, form, account_id = await _begin(request)
    folder_id, use = request.match_info["folder_id"], request.app[ROOMS].folders
    back = f"/folders/{account_id}/{folder_id.upper()}"
    typed = {name: form.text(name) for name in ("name", "description")}
    inside = [_inside(account, folder_id.upper()) for account in account_of(here, account_id)]
    named = await named_folders(here, form, *inside)
    form = named.form
    try:
        if named.errors:
            raise InvalidInput(dict(named.errors))
        found = await use.list(account_id, by=here.actor)
        folder = find(found.folders, folder_id)
        if form.has("parent_id") and (form.text("parent_id").upper() or None) != folder.parent_id:
            await use.nest(account_id, folder_id, form.text("parent_id") or None, by=here.actor)
        changed = await use.change(
            account_id, folder_id, name=form.text("name"), description=form.text("description"), by=here.actor
        )
    except InvalidInput as error:
        refused = Refused(typed | {"parent_id": form.text("parent_id")}, error.fields, named.words)
        return await _contents(here, account_id, folder_id, refused, status=422)
    except UserError as error:
        return refusal(request, error, back=back)
    return go(back, Flash(f"“{changed.name}” is saved."), request=request)


async def act(request: web.Request) -> web.Response:
    """Remove it, or move it by one place: what dragging does, with buttons."""
    here, _, account_id = await _begin(request)
    folder_id, verb = request.match_info["folder_id"].upper(), request.match_info["verb"]
    back, use = f"/folders?account_id={account_id}", request.app[ROOMS].folders
    try:
        if verb == "remove":
            gone = await use.remove(account_id, folder_id, by=here.actor)
            return go(back, Flash(f"Removed “{gone.name}”. Its works stay published."), request=request)
        folders = (await use.list(account_id, by=here.actor)).folders
        folder = find(folders, folder_id)
        row = siblings(folders, folder.parent_id)
        wanted = stepped(row, folder_id, -1 if verb == "up" else 1)
        await use.arrange(account_id, folder.parent_id, wanted, by=here.actor)
    except UserError as error:
        return refusal(request, error, back=back)
    return go(f"{back}#folder-{folder_id}", Flash(f"“{folder.name}” moved {verb}."), request=request)


async def contents(request: web.Request) -> web.Response:
    here = await visit(request)
    return await _contents(here, int(request.match_info["account_id"]), request.match_info["folder_id"])


@dataclass(frozen=True, slots=True)
class Refused:
    """A form as it was sent. `words`: by field, what names no single folder; `ticked`: works."""

    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    ticked: frozenset[str] = frozenset()


async def _contents(
    here: Visit, account_id: int, folder_id: str, refused: Refused | None = None, *, status: int = 200
) -> web.Response:
    refused = refused or Refused()
    account = next((a for a in here.overview.editable if a.id == account_id), None)
    if account is None:
        raise NotFound
    use = here.request.app[ROOMS].folders
    folders = (await use.list(account_id, by=here.actor)).folders
    folder = find(folders, folder_id)
    at = _offset(here.request)
    shown: tuple[Deviation, ...] = ()
    following, trouble = None, ""
    try:
        found = await use.contents(account_id, folder.folder_id, offset=at, by=here.actor)
        shown, following = found.deviations, found.next_offset
    except UserError as error:
        trouble = error.sentence
    base = f"/folders/{account_id}/{folder.folder_id}"
    names = {other.folder_id: other.name for other in folders}
    values = {"name": folder.name, "description": folder.description, "parent_id": folder.parent_id or ""}
    values |= refused.values
    page = FolderPage(
        account=account,
        folder=folder,
        parent=find(folders, folder.parent_id) if folder.parent_id in names else None,
        is_fixed=is_featured(folder),
        works=_work_tiles([work for work in shown if not work.is_deleted]),
        order_url=f"{base}/works/order?offset={at}",
        place=_place(at, len(shown), folder.size) if at or following is not None else "",
        next_url=f"{base}?offset={following}" if following is not None else "",
        previous_url=(f"{base}?offset={before}" if (before := at - CONTENTS_AT_ONCE) > 0 else base) if at else "",
        targets=await folder_picker(
            here,
            _target(account, folder.folder_id),
            (values.get("to", ""),),
            label="Into the folder",
            words=refused.words.get("to", ""),
        ),
        ticked=refused.ticked,
        parents=await _parents(
            here, account, values["parent_id"], but=folder.folder_id, words=refused.words.get("parent_id", "")
        ),
        trouble=trouble,
        values=values,
        errors=refused.errors,
    )
    return with_pictures(here.request, here.show("folder.html", "folders", page, status=status))


def _offset(request: web.Request) -> int:
    given = request.query.get("offset", "0")
    return int(given) if given.isdecimal() and len(given) < 7 else 0


def _work_tiles(shown: Sequence[Deviation]) -> tuple[WorkTile, ...]:
    last = len(shown) - 1
    return tuple(
        WorkTile(
            work.deviation_id,
            work.title or "Untitled",
            work.url,
            work.thumb_url or "",
            work.is_mature,
            is_first=place == 0,
            is_last=place == last,
        )
        for place, work in enumerate(shown)
    )


def _place(at: int, count: int, size: int | None) -> str:
    through = f"{at + 1:,} to {at + count:,}" if count else f"None after {at:,}"
    # The size is as old as the list of folders: one that cannot be right is not said.
    return f"{through} of {size:,}" if size is not None and size >= at + count else through


def _target(account: Account, but: str) -> Wanted:
    """The folder that works are copied or moved into."""
    return Wanted("to", (account,), is_single=True, but=but)


async def works(request: web.Request) -> web.Response:
    """Copy, move, put first or take out what is ticked; or make the one that is ticked the cover."""
    here, form, account_id = await _begin(request)
    folder_id, use = request.match_info["folder_id"].upper(), request.app[ROOMS].folders
    action, ids = form.text("action"), form.every("works")
    back = f"/folders/{account_id}/{folder_id}"
    if action in ("copy", "move"):
        named = await named_folders(here, form, *(_target(one, folder_id) for one in account_of(here, account_id)))
        if named.errors:
            refused = Refused({}, named.errors, named.words, frozenset(ids))
            return await _contents(here, account_id, folder_id, refused, status=422)
        form = named.form
    to = form.text("to")
    kinds: dict[str, Any] = {
        "copy": (lambda: use.copy_works(account_id, to, ids, by=here.actor), "Copied {} there."),
        "move": (lambda: use.move_works(account_id, folder_id, to, ids, by=here.actor), "Moved {} there."),
        "first": (lambda: use.lead_with(account_id, folder_id, ids, by=here.actor), "Put {} first."),
        "remove": (
            lambda: use.remove_works(account_id, folder_id, ids, by=here.actor),
            "Took {} out. They stay published.",
        ),
    }
    try:
        if action == "cover":
            if len(ids) != 1:
                raise InvalidInput({"works": "Select the one work that is to be the cover."})
            await use.set_cover(account_id, folder_id, ids[0], by=here.actor)
            return go(back, Flash("The cover is set."), request=request)
        if action not in kinds:
            raise InvalidInput({"action": "Choose what to do."})
        if action in ("copy", "move") and not to:
            raise InvalidInput({"to": "Choose a folder."})
        call, said = kinds[action]
        done = await call()
    except UserError as error:
        return refusal(request, error, back=back)
    return go(back, Flash(said.format(f"{done} {'work' if done == 1 else 'works'}")), request=request)


async def arrange_works(request: web.Request) -> web.Response:
    """The whole order of the page of works that begins at `offset`, as `work` fields; `up` or `down` moves one."""
    here, form, account_id = await _begin(request)
    folder_id, offset = request.match_info["folder_id"].upper(), _offset(request)
    back = f"/folders/{account_id}/{folder_id}" + (f"?offset={offset}" if offset else "")
    row, stepping = list(form.every("work")), form.text("up") or form.text("down")
    if stepping in row:
        row = stepped(row, stepping, -1 if form.text("up") else 1)
    try:
        moved = await request.app[ROOMS].folders.arrange_works(
            account_id, folder_id, row, offset=offset, by=here.actor
        )
    except UserError as error:
        return refusal(request, error, back=back)
    said = "The order is saved." if moved else "The order is as it was."
    return answer(request, Answer(Flash(said), {"moved": moved}), back=back)
