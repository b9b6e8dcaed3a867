"""The same verb for many posts at once, with a result for each and one way back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from aiohttp import web

from core.errors import InvalidInput, UserError
from core.planning.wall_clock import Wish, instant_of, parse_local
from core.posts.post import Post
from core.users import User
from web.keys import PLANNER, READS, REVIEW
from web.pages.flash import Flash, Undo
from web.pages.forms import Answer, Form, answer, read_form, refusal
from web.pages.rows import name_of
from web.pages.verbs import VERBS, Call
from web.pages.visit import signed_in

STEP_MOST = 31 * 24 * 60  # minutes
INVERSES = {"reject": "restore", "discard": "restore", "hold": "unhold", "unhold": "hold", "schedule": "unschedule"}
DONE = {
    "approve": "approved",
    "reject": "rejected",
    "discard": "moved to the trash",
    "restore": "restored",
    "unschedule": "taken off the schedule",
    "publish": "on the way to DeviantArt",
    "hold": "on hold",
    "unhold": "released",
    "schedule": "scheduled",
    "edit": "changed",
}


@dataclass(frozen=True, slots=True)
class Results:
    """What became of each: `refused` pairs a title with the sentence."""

    done: tuple[int, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()


def add_routes(app: web.Application) -> None:
    app.router.add_post("/posts/bulk", bulk, name="posts-bulk")


async def bulk(request: web.Request) -> web.Response:
    user, _ = signed_in(request)
    form = await read_form(request)
    back = form.next_path()
    try:
        action, ids = form.text("action"), form.ids()
        if action not in DONE:
            raise InvalidInput({"action": "Choose what to do with the selected posts."})
        if not ids:
            raise InvalidInput({"ids": "Select at least one post."})
        results = await _each(request.app, user, action, ids, form)
    except UserError as error:
        return refusal(request, error, back=back)
    flash = Flash(sentence(action, results), bad=not results.done, undo=_undo(action, results.done, back))
    return answer(request, Answer(flash, {"done": [str(post_id) for post_id in results.done]}), back=back)


async def _each(app: web.Application, user: User, action: str, ids: Sequence[int], form: Form) -> Results:
    results = Results()
    for number, post_id in enumerate(ids):
        try:
            await _one(Call(app, user, post_id, None), action, number, form)
            results = replace(results, done=(*results.done, post_id))
        except UserError as error:
            name = await _name(app, post_id, user.id)
            results = replace(results, refused=(*results.refused, (name, error.sentence)))
    return results


async def _one(call: Call, action: str, number: int, form: Form) -> Post:
    if action == "edit":
        changes = {"tags": form.text("tags")}
        return await call.app[REVIEW].edit(
            call.post_id, changes, by=call.actor, tags_mode=form.text("tags_mode", "add")
        )
    if action == "schedule":
        return await _schedule(call, number, form)
    return await VERBS[action](call)


async def _schedule(call: Call, number: int, form: Form) -> Post:
    """The first at the time given, each further one a step later on the same wall clock."""
    step = form.number("step_minutes") or 0
    if not 0 <= step <= STEP_MOST:
        raise InvalidInput({"step_minutes": "The distance is at most 31 days."})
    local = parse_local(form.text("local")) + timedelta(minutes=step * number)
    planned = instant_of(Wish(local, call.user.time_zone))
    return (await call.app[PLANNER].schedule(call.post_id, planned, by=call.actor)).post


async def _name(app: web.Application, post_id: int, user_id: int) -> str:
    try:
        return name_of(await app[READS].post(post_id, user_id=user_id))
    except UserError:
        return f"Post {post_id}"


def sentence(action: str, results: Results) -> str:
    """How many went well, and why the others did not."""
    count = len(results.done)
    said = [f"{count} {'post' if count == 1 else 'posts'} {DONE[action]}."] if count else []
    said += [f"“{name[:60]}”: {why}" for name, why in results.refused[:3]]
    if len(results.refused) > 3:
        said.append(f"{len(results.refused) - 3} more could not.")
    return " ".join(said)


def _undo(action: str, done: Sequence[int], back: str) -> Undo | None:
    inverse = INVERSES.get(action)
    if inverse is None or not done:
        return None
    return Undo("/posts/bulk", fields={"action": inverse, "ids": ",".join(map(str, done)), "next": back})
