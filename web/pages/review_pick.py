"""Picking the best of a batch from one prompt: one is approved, the others are rejected, all taken back at once."""

from aiohttp import web

from core.bulk.change import Action as Wanted
from core.bulk.change import Change
from core.errors import UserError
from core.posts.post import PostStatus
from web.keys import BULK, READS
from web.pages.changes import results_of, sentence
from web.pages.flash import Flash, Undo
from web.pages.forms import Answer, answer, read_form, refusal
from web.pages.review import following_url
from web.pages.verbs import Call, approve, send_back
from web.pages.visit import Visit, visit


def add_routes(app: web.Application) -> None:
    app.router.add_post("/review/pick", pick, name="review-pick")
    app.router.add_post("/review/pick/undo", undo, name="review-pick-undo")


async def pick(request: web.Request) -> web.Response:
    """Approve the one to keep and reject the others of its batch."""
    here = await visit(request)
    form = await read_form(request)
    back = form.next_path("/review")
    stay = form.next_path(back, field="stay")
    try:
        keep = form.number("keep")
        others = [post_id for post_id in form.ids() if post_id != keep]
        if keep is not None:
            await approve(Call(request.app, here.user, keep, None))
    except UserError as error:
        return refusal(request, error, back=stay)
    fields: dict[str, str | int] = {"next": stay} | ({"keep": keep} if keep is not None else {})
    if not others:
        return answer(
            request, Answer(Flash("Approved.", undo=Undo("/review/pick/undo", fields=fields)), {}), back=back
        )
    done = await request.app[BULK].bulks.carry_out(others, Change(Wanted.REJECT), by=here.actor)
    if keep is not None and back.startswith("/review/"):
        back = await _onward(here, keep)
    results = await results_of(request.app, done.bulk, done.items, here.user)
    undoing = Undo("/review/pick/undo", fields=fields | {"bulk": done.bulk.id})
    return answer(request, Answer(Flash(f"Kept one. {sentence(done.bulk, results)}", undo=undoing), {}), back=back)


async def _onward(here: Visit, keep: int) -> str:
    """The next that still waits: the page only knew the next picture, which may have been of the batch."""
    kept = await here.request.app[READS].post(keep, user_id=here.user.id)
    narrowed = here.account_id or here.shared_account(kept)
    around = await here.request.app[READS].beside(kept, PostStatus.REVIEW, account_id=narrowed)
    return following_url(here, around)


async def undo(request: web.Request) -> web.Response:
    """All of them wait again."""
    here = await visit(request)
    form = await read_form(request)
    back = form.next_path("/review")
    try:
        if (bulk_id := form.number("bulk")) is not None:
            await request.app[BULK].reads.one(bulk_id, user_id=here.user.id)
            await request.app[BULK].bulks.undo(bulk_id, by=here.actor)
        if (keep := form.number("keep")) is not None:
            await send_back(Call(request.app, here.user, keep, None))
    except UserError as error:
        return refusal(request, error, back=back)
    return answer(request, Answer(Flash("They wait for review again."), {}), back=back)
