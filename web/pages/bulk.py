"""One verb for what is selected in a list: done at once where it is a page of posts, in pieces where it is more."""

from dataclasses import replace
from datetime import datetime

from aiohttp import web

from core.actor import Actor
from core.bulk.bulks import CarriedOut, Selection
from core.bulk.change import Action, Change, Lists
from core.bulk.ports import Bulk
from core.errors import InvalidInput, UserError
from core.planning.planner import read_moment
from core.planning.wall_clock import check_horizon
from core.posts.fields import split_tags
from core.users import User
from web.keys import BULK, CLOCK
from web.pages.bulk_edit import show_form
from web.pages.bulk_form import UNTOUCHED
from web.pages.changes import results_of, sentence, undo_of
from web.pages.flash import Flash, FlashLink
from web.pages.forms import Answer, Form, answer, read_form, refusal
from web.pages.selection import selection
from web.pages.visit import go, signed_in, visit, wants_json

WHAT = "Choose what to do with the selected posts."


def add_routes(app: web.Application) -> None:
    app.router.add_post("/posts/bulk", bulk, name="posts-bulk")


async def bulk(request: web.Request) -> web.Response:
    """`action` is a verb, `choose` (edit them on a page of their own), `tag-approve` or `meant`."""
    user, _ = signed_in(request)
    form = await read_form(request)
    back = form.next_path()
    by = Actor(user.id, user.name)
    office = request.app[BULK]
    try:
        wanted = _wanted(form)
        if wanted == "choose":
            chosen = await office.bulks.choose(await selection(request, user, form), by=by)
            return go(f"/changes/{chosen.id}/edit")
        change = _change(wanted, form, user, request.app[CLOCK].now())
        selected = await selection(request, user, form)
        done = await _do(request, selected, change, by)
    except InvalidInput as error:
        if "tags" in error.fields and not wants_json(request):
            return await _corrected(request, user, form, error)
        return refusal(request, error, back=back)
    except UserError as error:
        return refusal(request, error, back=back)
    if isinstance(done, Bulk):  # more than a page: it goes on by itself, and a page follows it
        return go(f"/changes/{done.id}")
    results = await results_of(request.app, done.bulk, done.items, user)
    flash = Flash(
        sentence(done.bulk, results),
        bad=not results.done,
        undo=undo_of(done.bulk, back) if results.done else None,
        link=FlashLink(f"/changes/{done.bulk.id}", "Results") if len(done.items) > 1 else None,
    )
    return answer(request, Answer(flash, {"done": [str(post_id) for post_id in results.done]}), back=back)


def _wanted(form: Form) -> str:
    """`meant` comes of Enter in a field or on a box: tags that were typed are meant, nothing else is guessed."""
    wanted = form.text("action")
    return "tags" if wanted == "meant" and form.text("tags").strip() else wanted


async def _corrected(request: web.Request, user: User, form: Form, error: InvalidInput) -> web.Response:
    """What was typed and the selection go on to the page of every field, with the sentence beside the tags."""
    try:
        selected = await selection(request, user, form)
    except InvalidInput as nothing:
        return refusal(request, nothing, back=form.next_path())
    chosen = await request.app[BULK].bulks.choose(selected, by=Actor(user.id, user.name))
    values = {"tags": form.text("tags"), "tags_how": form.text("tags_mode")}
    typed = replace(UNTOUCHED, values={**UNTOUCHED.values, **values})
    return await show_form(await visit(request), chosen, typed, error.fields)


async def _do(request: web.Request, selected: Selection, change: Change, by: Actor) -> CarriedOut | Bulk:
    bulks = request.app[BULK].bulks
    if selected.query is None:
        return await bulks.carry_out(selected.ids, change, by=by)
    chosen = await bulks.choose(selected, by=by)
    return await bulks.start(chosen.id, change, by=by)


def _change(wanted: str, form: Form, user: User, now: datetime) -> Change:
    """Raises `InvalidInput` for what could be done to no post."""
    if wanted == "tag-approve":
        return replace(_tags(form), action=Action.APPROVE)
    if wanted == "tags":
        return _tags(form)
    if wanted == "schedule":
        return _schedule(form, user, now)
    if wanted not in set(Action) - {Action.EDIT}:
        raise InvalidInput({"action": WHAT})
    return Change(Action(wanted), reason=form.text("reason"), time_zone=user.time_zone)


def _tags(form: Form) -> Change:
    mode = form.text("tags_mode", "add")
    if mode not in set(Lists):
        raise InvalidInput({"tags_mode": "Choose whether to add, remove or replace."})
    tags = split_tags(form.text("tags"))
    if not tags and mode != Lists.REPLACE:
        raise InvalidInput({"tags": "Type at least one tag."})
    return Change(Action.EDIT, {"tags": list(tags)}, tags_mode=Lists(mode))


def _schedule(form: Form, user: User, now: datetime) -> Change:
    """The first at the time given, each further one a step later on the same wall clock."""
    if not form.text("local").strip():
        raise InvalidInput({"local": "Say when the first one goes out."})
    first = read_moment(at=None, local=form.text("local"), time_zone=user.time_zone)
    check_horizon(first.due_at, now, field="local")
    step = form.number("step_minutes") or 0
    return Change(Action.SCHEDULE, local=form.text("local"), time_zone=user.time_zone, step_minutes=step)
