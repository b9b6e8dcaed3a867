"""Templates: the list with a form, one with its preview, and what they make of a post."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from aiohttp import web

from core.errors import InvalidInput, UserError
from core.library.template import Template, TemplateKind
from core.library.variables import VARIABLES
from core.published.errands import COMMENT_SCOPE
from web.keys import ROOMS
from web.pages.flash import Flash, Undo
from web.pages.forms import Form, read_form, refusal
from web.pages.lists import Pages
from web.pages.paging import NO_PAGES, page_of
from web.pages.visit import Visit, go, visit

OF_EACH, ON_A_PAGE = 20, 50
KINDS = (
    (TemplateKind.TAGS, "Tags", "tag", "None yet. Tags for many works at once, such as “fan art, {model}, digital”."),
    (
        TemplateKind.DESCRIPTION,
        "Descriptions",
        "file-text",
        "None yet. Text for many works, such as “{title}, {year}.”",
    ),
    (TemplateKind.COMMENT, "Comments", "message-circle", "None yet. What you say first below a work of yours."),
)
KIND_OPTIONS = (("tags", "Tags"), ("description", "A description"), ("comment", "A first comment"))


@dataclass(frozen=True, slots=True)
class Item:
    id: int
    name: str
    body: str
    used: int


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    icon: str
    hint: str
    items: tuple[Item, ...]
    pages: Pages = NO_PAGES
    more_url: str = ""
    total: str = ""


@dataclass(frozen=True, slots=True)
class ListPage:
    groups: tuple[Group, ...]
    values: dict[str, str]
    errors: dict[str, str]
    kinds: tuple[tuple[str, str], ...] = KIND_OPTIONS
    variables: tuple[tuple[str, str], ...] = tuple(VARIABLES.items())
    may_comment: bool = True


@dataclass(frozen=True, slots=True)
class OnePage:
    id: int
    version: int
    kind: str
    kind_word: str
    name: str
    values: dict[str, str]
    used: int
    tags: tuple[str, ...]
    over: tuple[str, ...]
    description: str
    errors: dict[str, str] = field(default_factory=dict)
    variables: tuple[tuple[str, str], ...] = tuple(VARIABLES.items())


def add_routes(app: web.Application) -> None:
    app.router.add_get("/templates", every, name="templates")
    app.router.add_post("/templates", create, name="templates-create")
    app.router.add_get(r"/templates/{id:\d+}", one, name="template")
    app.router.add_post(r"/templates/{id:\d+}", save, name="template-save")
    app.router.add_post(r"/templates/{id:\d+}/{verb:remove|restore}", act, name="template-act")


async def every(request: web.Request) -> web.Response:
    return await _list(await visit(request), {"kind": request.query.get("kind", "tags"), "body": ""}, {})


async def _list(here: Visit, values: dict[str, str], errors: dict[str, str], *, status: int = 200) -> web.Response:
    """A few of each kind, or with `?all=` a kind of its own, page by page."""
    found = await here.request.app[ROOMS].library.templates(here.user.id)
    wanted = [kind for kind in KINDS if kind[0] == here.request.query.get("all")]
    groups = tuple(_group(here, found, *kind, in_full=bool(wanted)) for kind in wanted or KINDS)
    may_comment = any(COMMENT_SCOPE in account.scopes for account in here.overview.accounts)
    page = ListPage(groups, values, errors, may_comment=may_comment)
    return here.show("templates.html", "templates", page, status=status)


def _group(
    here: Visit, found: Sequence[Template], kind: TemplateKind, title: str, icon: str, hint: str, *, in_full: bool
) -> Group:
    of_kind = [template for template in found if template.kind is kind]
    if in_full:
        shown, pages = page_of(here, of_kind, ON_A_PAGE)
        return Group(title, icon, hint, tuple(map(_item, shown)), pages)
    more = f"/templates?all={kind}" if len(of_kind) > OF_EACH else ""
    return Group(title, icon, hint, tuple(map(_item, of_kind[:OF_EACH])), more_url=more, total=f"{len(of_kind):,}")


def _item(template: Template) -> Item:
    return Item(template.id, template.name, template.body, template.used)


def _typed(form: Form) -> dict[str, str]:
    return {name: form.text(name) for name in ("kind", "name", "body")}


async def create(request: web.Request) -> web.Response:
    here, form = await visit(request), await read_form(request)
    typed = _typed(form)
    try:
        made = await request.app[ROOMS].templates.create(typed["kind"], typed["name"], typed["body"], by=here.actor)
    except InvalidInput as error:
        return await _list(here, typed, error.fields, status=422)
    return go(form.next_path(f"/templates/{made.id}"), Flash(f"“{made.name}” is ready to use."), request=request)


async def one(request: web.Request) -> web.Response:
    here = await visit(request)
    template = await request.app[ROOMS].library.template(here.user.id, int(request.match_info["id"]))
    return await _one(here, template, {"name": template.name, "body": template.body}, {})


async def _one(
    here: Visit, template: Template, values: dict[str, str], errors: dict[str, str], *, status: int = 200
) -> web.Response:
    preview = await here.request.app[ROOMS].templates.preview([template.id], by=here.actor)
    page = OnePage(
        id=template.id,
        version=template.version,
        kind=template.kind,
        kind_word=dict(KIND_OPTIONS)[template.kind],
        name=template.name,
        values=values,
        used=template.used,
        tags=preview.kept,
        over=preview.over,
        description=preview.details.description,
        errors=errors,
    )
    return here.show("template.html", "templates", page, status=status)


async def save(request: web.Request) -> web.Response:
    here, form = await visit(request), await read_form(request)
    template = await request.app[ROOMS].library.template(here.user.id, int(request.match_info["id"]))
    typed = _typed(form)
    try:
        await request.app[ROOMS].templates.change(
            template.id, typed["name"], typed["body"], by=here.actor, expected_version=form.number("version")
        )
    except InvalidInput as error:
        return await _one(here, template, typed, error.fields, status=422)
    except UserError as error:
        return refusal(request, error, back=f"/templates/{template.id}")
    return go(f"/templates/{template.id}", Flash("Saved."), request=request)


async def act(request: web.Request) -> web.Response:
    here = await visit(request)
    await read_form(request)
    template_id, use = int(request.match_info["id"]), request.app[ROOMS].templates
    try:
        if request.match_info["verb"] == "restore":
            back = await use.restore(template_id, by=here.actor)
            return go("/templates", Flash(f"“{back.name}” is back."), request=request)
        gone = await use.remove(template_id, by=here.actor)
    except UserError as error:
        return refusal(request, error, back="/templates")
    undo = Undo(f"/templates/{gone.id}/restore")
    return go("/templates", Flash(f"Removed “{gone.name}”.", undo=undo), request=request)
