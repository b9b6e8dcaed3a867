"""Editing what was selected: what is left empty is left alone, and a preview comes before anything changes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from core.bulk.ports import Bulk, BulkState
from core.bulk.preview import Difference, Line, Preview
from core.errors import InvalidInput, UserError
from core.library.template import TemplateKind
from core.library.variables import VARIABLES
from web.keys import BULK, READS, ROOMS
from web.pages.bulk_form import FLAGS, HOWS, LABELS, LEAVE, UNSET, UNTOUCHED, Typed, change_of, typed_in
from web.pages.changes import bulk_id_of, counted
from web.pages.flash import Flash
from web.pages.folder_choices import FolderPicker, Wanted, folder_names, folder_picker, named_folders
from web.pages.forms import read_form
from web.pages.paging import offered
from web.pages.pictures import Thumb, thumb_of
from web.pages.post_form import LICENSES, RESOLUTIONS
from web.pages.rows import name_of
from web.pages.visit import Visit, go, visit

STRIP = 12  # pictures that say what was selected
LINES = 20  # posts of the preview that are shown
TEXT_SHOWN = 240

LEVELS = (("moderate", "Moderate"), ("strict", "Strict"))
REASONS = ("nudity", "sexual", "gore", "language", "ideology")


Names = Mapping[str, str]  # of folders, by their ids

_NOT_SET = (UNSET, "Not set")
_CHOICES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "mature_level": (LEAVE, *LEVELS, _NOT_SET),
    "license": (LEAVE, *LICENSES[1:], _NOT_SET),
    "display_resolution": (LEAVE, *RESOLUTIONS[1:], _NOT_SET),
}


@dataclass(frozen=True, slots=True)
class Tag:
    """`change` is new, gone or nothing."""

    name: str
    change: str = ""


@dataclass(frozen=True, slots=True)
class DifferenceView:
    """Of lists their parts with what became of each, of all else the words before and after."""

    label: str
    before: str = ""
    after: str = ""
    parts: tuple[Tag, ...] = ()


@dataclass(frozen=True, slots=True)
class LineView:
    name: str
    url: str
    thumb: Thumb | None
    differences: tuple[DifferenceView, ...]
    sentence: str
    loses: tuple[str, ...]
    stored_title: str


@dataclass(frozen=True, slots=True)
class PreviewView:
    summary: str
    notes: tuple[str, ...]
    fields: tuple[tuple[str, int], ...]
    changing: int
    lines: tuple[LineView, ...]
    others: tuple[LineView, ...]
    more: int
    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Page:
    id: int
    total: int
    strip: tuple[tuple[str, str, Thumb | None], ...]
    typed: Typed
    errors: Mapping[str, str]
    templates: tuple[tuple[int, str, str], ...]
    picker: FolderPicker
    accounts: tuple[tuple[str, str], ...]
    preview: PreviewView | None = None
    hows: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=lambda: HOWS)
    flags: tuple[tuple[str, str], ...] = FLAGS
    choices: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=lambda: _CHOICES)
    reasons: tuple[str, ...] = REASONS
    variables: tuple[tuple[str, str], ...] = tuple(VARIABLES.items())


def add_routes(app: web.Application) -> None:
    app.router.add_get(r"/changes/{bulk_id:\d+}/edit", show, name="change-edit")
    app.router.add_post(r"/changes/{bulk_id:\d+}/edit", save, name="change-edit-save")


async def show(request: web.Request) -> web.Response:
    here = await visit(request)
    bulk = await request.app[BULK].reads.one(bulk_id_of(request), user_id=here.user.id)
    if bulk.state is not BulkState.OPEN:
        return go(f"/changes/{bulk.id}")
    return await show_form(here, bulk, UNTOUCHED, {})


async def save(request: web.Request) -> web.Response:
    """`do` is preview or apply; what is refused comes back as it was typed."""
    here = await visit(request)
    form = await read_form(request)
    office = request.app[BULK]
    bulk = await office.reads.one(bulk_id_of(request), user_id=here.user.id)
    if bulk.state is not BulkState.OPEN:
        return go(f"/changes/{bulk.id}", Flash("This was applied already.", bad=True), request=request)
    named = await named_folders(here, form, _folders(here))
    form = named.form
    typed = typed_in(form)
    if named.errors:
        return await show_form(here, bulk, typed, named.errors, words=named.words["galleries"])
    try:
        change = change_of(typed, form)
        if form.text("do") == "apply":
            await office.bulks.start(bulk.id, change, by=here.actor)
            return go(f"/changes/{bulk.id}")
        preview = await office.previews.of(bulk.id, change, by=here.actor, shown=LINES)
    except InvalidInput as error:
        return await show_form(here, bulk, typed, error.fields)
    except UserError as error:
        return await show_form(here, bulk, typed, {"fields": error.sentence})
    return await show_form(here, bulk, typed, {}, preview)


async def show_form(
    here: Visit,
    bulk: Bulk,
    typed: Typed,
    errors: Mapping[str, str],
    preview: Preview | None = None,
    *,
    words: str = "",
) -> web.Response:
    reads, app = here.request.app[BULK].reads, here.request.app
    items = await reads.items(bulk.id, limit=STRIP)
    posts = await app[READS].some([item.post_id for item in items], user_id=here.user.id)
    templates = await app[ROOMS].library.templates(here.user.id)
    usable = [t for t in templates if t.kind is not TemplateKind.COMMENT]
    chosen = typed.many.get("template", ())
    page = Page(
        id=bulk.id,
        total=bulk.total,
        strip=tuple((f"/posts/{post.id}", name_of(post), thumb_of(post)) for post in posts),
        typed=typed,
        errors=errors,
        templates=tuple((t.id, t.name, t.kind) for t in offered(usable, chosen, by=lambda one: str(one.id))),
        picker=await folder_picker(here, _folders(here), typed.many.get("galleries", ()), words=words),
        accounts=tuple((str(account.id), account.username) for account in here.overview.accounts),
        preview=_preview(preview, typed, await _names(here, preview)) if preview else None,
    )
    return here.show("bulk_edit.html", "changes", page, status=422 if errors else 200)


def _folders(here: Visit) -> Wanted:
    return Wanted("galleries", here.overview.editable)


async def _names(here: Visit, preview: Preview) -> Names:
    """Of the folders that posts are taken out of, left in or put into."""
    found = [one for line in preview.lines for one in line.differences if one.field == "galleries"]
    ids = (folder_id for one in found for folder_id in (*one.before, *one.after))
    return await folder_names(here, here.overview.editable, ids)


# --- the preview in words


def _preview(preview: Preview, typed: Typed, names: Names) -> PreviewView:
    changing = tuple(_line(line, names) for line in preview.lines if line.changes)
    return PreviewView(
        summary=_summary(preview),
        notes=_notes(preview),
        fields=tuple((LABELS.get(name, name), count) for name, count in preview.by_field.items()),
        changing=preview.changing,
        lines=changing,
        others=tuple(_line(line, names) for line in preview.lines if not line.changes and line.sentence),
        more=preview.changing - len(changing),
        pairs=typed.pairs,
    )


def _summary(preview: Preview) -> str:
    said = [f"{preview.changing:,} of {preview.looked_at:,} would change"]
    said += [f"{preview.same:,} would stay as they are"] if preview.same else []
    said += [f"{preview.refused:,} cannot be changed"] if preview.refused else []
    return ", ".join(said) + "."


def _notes(preview: Preview) -> tuple[str, ...]:
    found = []
    if preview.looked_at < preview.total:
        found.append(f"The first {preview.looked_at:,} of {preview.total:,} posts were looked at.")
    if preview.published:
        many = "1 is" if preview.published == 1 else f"{preview.published:,} are"
        found.append(f"{many} published: what is on DeviantArt stays as it is there.")
    if preview.retitled:
        found.append(f"DeviantArt would store another title of {counted(preview.retitled)}.")
    if preview.untagged:
        found.append(f"DeviantArt would not keep all tags of {counted(preview.untagged)}.")
    return tuple(found)


def _line(line: Line, names: Names) -> LineView:
    post = line.post
    shown = tuple(_difference(one, names) for one in line.differences)
    return LineView(
        name_of(post), f"/posts/{post.id}", thumb_of(post), shown, line.sentence, line.loses, line.stored_title
    )


def _difference(one: Difference, names: Names) -> DifferenceView:
    label = LABELS.get(one.field, one.field)
    if isinstance(one.before, tuple) and isinstance(one.after, tuple):
        gone = [Tag(_part(one.field, name, names), "gone") for name in one.before if name not in one.after]
        kept = [Tag(_part(one.field, name, names), "" if name in one.before else "new") for name in one.after]
        return DifferenceView(label, parts=(*kept, *gone))
    return DifferenceView(label, said(one.field, one.before), said(one.field, one.after))


def _part(name: str, value: str, names: Names) -> str:
    return names[value] if name == "galleries" else str(value)


def said(name: str, value: Any) -> str:
    """A value as people read it."""
    if value is None or value == "":
        return "not set" if name != "description" else "empty"
    if isinstance(value, bool):
        return "yes" if value else "no"
    words = dict(_CHOICES[name]).get(str(value), str(value)) if name in _CHOICES else str(value)
    return words if len(words) <= TEXT_SHOWN else words[: TEXT_SHOWN - 1] + "…"
