"""Admin → Instance: what its administrators set, over what the environment says."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from aiohttp import web

from core.errors import InvalidInput
from core.operations.instance_settings import RANGES
from web.keys import OPERATIONS
from web.pages.admin import admin_visit
from web.pages.flash import Flash
from web.pages.forms import Form, read_form
from web.pages.visit import Visit, go


@dataclass(frozen=True, slots=True)
class FieldView:
    name: str
    label: str
    value: str
    hint: str
    error: str
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class SwitchView:
    name: str
    label: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class Part:
    """A heading, its fields and its switches."""

    title: str
    fields: tuple[FieldView, ...]
    switches: tuple[SwitchView, ...] = ()


@dataclass(frozen=True, slots=True)
class InstancePage:
    name: str
    name_error: str
    parts: tuple[Part, ...]
    changed: bool
    errors: Mapping[str, str] = field(default_factory=dict)


SWITCHES = {
    "open_signup": "anybody may sign in, without an invitation",
    "backup_pictures": "with the pictures on this machine",
}
LABELS = {
    "max_users": ("People at most", "0: as many as come."),
    "max_file_mb": ("Megabytes a file", ""),
    "max_files_per_post": ("Files a post", ""),
    "max_pixels": (
        "Pixels a picture",
        "All frames of an animation together. More need more memory: about 4 bytes each.",
    ),
    "trash_days": ("Days in the trash", "Then a post is gone for good."),
    "originals_days": (
        "Days an original is kept after publishing",
        "0: for ever. Thumbnails always stay; a removed original cannot be published or downloaded again.",
    ),
    "events_days": ("Days of history", "0: for ever. What happened to each post, in words."),
    "backups_kept": ("Daily backups kept", ""),
}
PARTS = (
    ("People", ("max_users",), ("open_signup",)),
    ("Uploads", ("max_file_mb", "max_files_per_post", "max_pixels"), ()),
    ("What is kept", ("trash_days", "originals_days", "events_days"), ()),
    ("Backups", ("backups_kept",), ("backup_pictures",)),
)


def add_routes(app: web.Application) -> None:
    app.router.add_get("/admin/instance", show, name="admin-instance")
    app.router.add_post("/admin/instance", save, name="admin-instance-save")
    app.router.add_post("/admin/instance/reset", reset, name="admin-instance-reset")


async def show(request: web.Request) -> web.Response:
    here = await admin_visit(request)
    return here.show("admin_instance.html", "admin", _page(here, _as_kept(here)))


async def save(request: web.Request) -> web.Response:
    here = await admin_visit(request)
    form = await read_form(request)
    book = request.app[OPERATIONS].book
    try:
        before = asdict(book.current)
        wanted = {name: value for name, value in _wanted(form).items() if value != before[name]}
        await book.change(wanted, by=here.actor)
    except InvalidInput as error:
        given = {name: form.text(name) for name in ("name", *RANGES)}
        given |= {name: "yes" if form.has(name) else "" for name in SWITCHES}
        return here.show("admin_instance.html", "admin", _page(here, given, error.fields), status=422)
    return go("/admin/instance", Flash("Saved. It holds from now on."), request=request)


async def reset(request: web.Request) -> web.Response:
    """Back to the environment, all of it."""
    here = await admin_visit(request)
    await read_form(request)
    book = request.app[OPERATIONS].book
    await book.change(dict.fromkeys(book.overrides), by=here.actor)
    return go("/admin/instance", Flash("Everything is as the environment says."), request=request)


def _wanted(form: Form) -> dict[str, object]:
    """Raises `InvalidInput` for what is no number."""
    wanted: dict[str, object] = {"name": form.text("name")} | {name: form.has(name) for name in SWITCHES}
    problems = {}
    for name in RANGES:
        text = form.text(name).strip()
        if text.isascii() and text.isdecimal() and len(text) < 12:
            wanted[name] = int(text)
        else:
            problems[name] = "A whole number."
    if problems:
        raise InvalidInput(problems)
    return wanted


def _as_kept(here: Visit) -> Mapping[str, str]:
    current = asdict(here.request.app[OPERATIONS].book.current)
    return {
        name: ("yes" if value else "") if isinstance(value, bool) else str(value) for name, value in current.items()
    }


def _page(here: Visit, values: Mapping[str, str], errors: Mapping[str, str] | None = None) -> InstancePage:
    book, problems = here.request.app[OPERATIONS].book, errors or {}
    defaults = asdict(book.defaults)

    def one(name: str) -> FieldView:
        label, hint = LABELS[name]
        if name in book.overrides:
            hint = f"{hint} Without a change here: {defaults[name]}.".strip()
        return FieldView(name, label, values[name], hint, problems.get(name, ""), *RANGES[name])

    parts = tuple(
        Part(
            title,
            tuple(one(name) for name in fields),
            tuple(SwitchView(name, SWITCHES[name], bool(values[name])) for name in switches),
        )
        for title, fields, switches in PARTS
    )
    return InstancePage(values["name"], problems.get("name", ""), parts, bool(book.overrides), problems)
