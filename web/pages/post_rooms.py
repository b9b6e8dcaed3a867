"""What the rooms add to a post: templates with a preview, sale and first comment."""

from dataclasses import dataclass

from aiohttp import web

from core.actor import Actor
from core.errors import UserError
from core.library.template import Template, TemplateKind
from core.posts.post import Post, PostStatus, Verb
from core.rooms import Rooms
from web.keys import PLANNING, READS, ROOMS
from web.pages.actions import may
from web.pages.flash import Flash
from web.pages.forms import Form, read_form, refusal
from web.pages.paging import offered, unchosen
from web.pages.rows import name_of
from web.pages.visit import Visit, go, visit


@dataclass(frozen=True, slots=True)
class Choice:
    id: int
    name: str
    kind: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Before:
    """What the chosen templates would make of it."""

    tags: tuple[tuple[str, bool], ...]
    over: tuple[str, ...]
    description: str


@dataclass(frozen=True, slots=True)
class Added:
    """What one template would add to what the post has."""

    name: str
    tags: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Page:
    id: int
    version: int
    name: str
    can_edit: bool
    templates: tuple[Choice, ...]
    preview: Before | None
    presets: tuple[tuple[str, str], ...]
    preset: str
    comments: tuple[tuple[str, str], ...]
    comment: str
    series: tuple[tuple[str, str], ...]
    in_series: str
    is_published: bool


def add_routes(app: web.Application) -> None:
    app.router.add_get(r"/posts/{post_id:\d+}/more", show, name="post-more")
    app.router.add_get(r"/posts/{post_id:\d+}/insert", insertion, name="post-insert")
    app.router.add_post(r"/posts/{post_id:\d+}/insert", inserted, name="post-inserted")
    app.router.add_post(r"/posts/{post_id:\d+}/more/templates", lay, name="post-lay-templates")
    app.router.add_post(r"/posts/{post_id:\d+}/more/after", afterwards, name="post-afterwards")


async def show(request: web.Request) -> web.Response:
    here = await visit(request)
    post = await _post(here)
    rooms = request.app[ROOMS]
    wanted = [int(word) for word in request.query.getall("template", [])[:10] if word.isdecimal() and len(word) < 18]
    templates = await rooms.library.templates(here.user.id)
    usable = [template for template in templates if template.kind is not TemplateKind.COMMENT]
    comments = [template for template in templates if template.kind is TemplateKind.COMMENT]
    known = {template.id for template in usable}
    chosen = [template_id for template_id in wanted if template_id in known]
    wish = await rooms.sale_reads.wish(post.id)
    presets = await rooms.sale_reads.presets(here.user.id)
    is_theirs = post.user_id == here.user.id
    series, in_series = (
        await request.app[PLANNING].series.around(post.id, user_id=here.user.id) if is_theirs else ((), None)
    )
    page = Page(
        id=post.id,
        version=post.version,
        name=name_of(post),
        can_edit=may(post, Verb.EDIT),
        templates=tuple(_choice(template, chosen) for template in offered(usable, chosen)),
        preview=await _preview(rooms, post, chosen, here.actor) if chosen else None,
        presets=(("", "Not for sale"), *((str(p.id), f"{p.name}: {p.words}") for p in presets)),
        preset=str(wish.price_preset_id or ""),
        comments=(
            unchosen("None", comments),
            *((str(t.id), t.name) for t in offered(comments, {wish.comment_template_id})),
        ),
        comment=str(wish.comment_template_id or ""),
        series=(("", "None"), *((str(series_id), name) for series_id, name in series)),
        in_series=str(in_series or ""),
        is_published=post.status is PostStatus.PUBLISHED,
    )
    return here.show("post_more.html", "draft", page)


async def _post(here: Visit) -> Post:
    return await here.request.app[READS].post(int(here.request.match_info["post_id"]), user_id=here.user.id)


def _choice(template: Template, chosen: list[int]) -> Choice:
    return Choice(template.id, template.name, template.kind, template.id in chosen)


async def _preview(rooms: Rooms, post: Post, chosen: list[int], by: Actor) -> Before:
    preview = await rooms.templates.preview(chosen, by=by, post_id=post.id)
    had = set(post.details.stored_tags)
    description = preview.details.description
    return Before(
        tuple((tag, tag not in had) for tag in preview.kept),
        preview.over,
        description if description != post.details.description else "",
    )


async def insertion(request: web.Request) -> web.Response:
    """A template to choose, and what it would add with its variables filled in: a script puts that into the form."""
    here = await visit(request)
    post = await _post(here)
    rooms = request.app[ROOMS]
    templates = [t for t in await rooms.library.templates(here.user.id) if t.kind is not TemplateKind.COMMENT]
    wanted = request.query.get("template", "")
    chosen = next((template for template in templates if str(template.id) == wanted), None)
    ids = [chosen.id] if chosen else []
    choices = [_choice(template, ids) for template in offered(templates, ids)]
    added = await _added(rooms, post, chosen, here.actor) if chosen else None
    return here.fragment("_insert.html", post_id=post.id, choices=choices, added=added)


async def inserted(request: web.Request) -> web.Response:
    """The script has put it into the form; nothing else is saved."""
    here, form, post_id = await _begin(request)
    await request.app[ROOMS].templates.used(form.ids("template"), by=here.actor, post_id=post_id)
    return web.Response(status=204)


async def _added(rooms: Rooms, post: Post, chosen: Template, by: Actor) -> Added:
    details = (await rooms.templates.preview([chosen.id], by=by, post_id=post.id)).details
    had = set(post.details.tags)
    return Added(
        chosen.name,
        tuple(tag for tag in details.tags if tag not in had),
        details.description.removeprefix(post.details.description).strip(),
    )


async def lay(request: web.Request) -> web.Response:
    here, form, post_id = await _begin(request)
    back = f"/posts/{post_id}/more"
    try:
        await request.app[ROOMS].templates.apply(
            post_id, form.ids("template"), by=here.actor, expected_version=form.number("version")
        )
    except UserError as error:
        return refusal(request, error, back=back)
    return go(f"/posts/{post_id}", Flash("Filled in from your templates."), request=request)


async def afterwards(request: web.Request) -> web.Response:
    """Sale and first comment: only what changed is written."""
    here, form, post_id = await _begin(request)
    rooms = request.app[ROOMS]
    await request.app[READS].post(post_id, user_id=here.user.id)
    wish = await rooms.sale_reads.wish(post_id)
    try:
        preset, comment = form.number("preset"), form.number("comment")
        if preset != wish.price_preset_id:
            await rooms.presets.offer(post_id, preset, by=here.actor)
        if comment != wish.comment_template_id:
            await rooms.wishes.comment(post_id, comment, by=here.actor)
    except UserError as error:
        return refusal(request, error, back=f"/posts/{post_id}/more")
    return go(f"/posts/{post_id}", Flash("Saved."), request=request)


async def _begin(request: web.Request) -> tuple[Visit, Form, int]:
    here = await visit(request)
    return here, await read_form(request), int(request.match_info["post_id"])
