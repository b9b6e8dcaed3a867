"""Changes made on the post's page: saving fields, scheduling, and settling a doubt."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from aiohttp import web

from core.errors import InvalidInput, Stale, UserError
from core.planning.pacing import PacingBroken
from core.planning.planner import Scheduled
from core.planning.wall_clock import Wish, instant_of, parse_local
from core.posts.post import Post, PostStatus
from core.publishing.linking import given_by_hand
from web.answers import problem_of
from web.keys import LINKING, PLANNER, PLANNING, READS, RESOLVE, REVIEW
from web.pages.flash import Flash, Undo
from web.pages.folder_choices import named_folders
from web.pages.forms import Answer, Form, all_the_same, answer, objection, read_form, refusal
from web.pages.post import folders_of, news_url, render
from web.pages.post_form import Typed, caught_up, changes_of, differences, mark_of, marks_of, typed_in, typed_of
from web.pages.post_trouble import Wrong
from web.pages.rows import name_of, quoted
from web.pages.verbs import wish_fields
from web.pages.visit import Visit, go, is_partial, visit, wants_json


def add_routes(app: web.Application) -> None:
    app.router.add_post(r"/posts/{post_id:\d+}/edit", edit, name="post-edit")
    app.router.add_post(r"/posts/{post_id:\d+}/take-back", take_back, name="post-take-back")
    app.router.add_post(r"/posts/{post_id:\d+}/schedule", schedule, name="post-schedule")
    app.router.add_post(r"/posts/{post_id:\d+}/resolve", resolve, name="post-resolve")
    app.router.add_post(r"/posts/{post_id:\d+}/link", link, name="post-link")
    app.router.add_post(r"/posts/{post_id:\d+}/unlink", unlink, name="post-unlink")
    app.router.add_get(r"/posts/{post_id:\d+}/candidates", candidates, name="post-candidates")


async def _begin(request: web.Request) -> tuple[Visit, Form, Post]:
    here = await visit(request)
    form = await read_form(request)
    post = await request.app[READS].post(int(request.match_info["post_id"]), user_id=here.user.id)
    return here, form, post


async def edit(request: web.Request) -> web.Response:
    """Saves what differs. A refusal shows the page again, with everything that was typed."""
    here, form, post = await _begin(request)
    named = await named_folders(here, form, folders_of(here, post))
    typed = typed_in(named.form)
    if form.text("only") == "notes":
        typed = replace(typed_of(post), notes=typed.notes)
    if named.errors:
        wrong = Wrong(named.errors, folder=named.words["galleries"])
        return await render(here, post, typed=typed, wrong=wrong, status=422)
    theirs, version = typed_of(post), _seen_version(form, post)
    sent, merged = typed, False
    if version != post.version and (met := caught_up(typed, theirs, form.text("marks"))):
        typed, both = met
        if both:
            differ = tuple(one for one in differences(theirs, typed) if one[0] in both)
            return await render(here, post, typed=typed, wrong=Wrong(stale=differ), status=409)
        version, merged = post.version, True
    changes = changes_of(typed, theirs)
    after = post
    try:
        if changes:
            after = await request.app[REVIEW].edit(post.id, changes, by=here.actor, expected_version=version)
    except InvalidInput as error:
        return await render(here, post, typed=typed, wrong=Wrong(error.fields), status=422)
    except Stale:
        wrong = Wrong(stale=differences(theirs, typed))
        return await render(here, post, typed=typed, wrong=wrong, status=409)
    except UserError as error:
        wrong = Wrong(sentence=error.sentence)
        return await render(here, post, typed=typed, wrong=wrong, status=problem_of(error).status)
    seen: dict[str, object] = {
        "version": after.version,
        "mark": mark_of(after),
        "marks": marks_of(_shown_now(sent, changes, after) if merged else typed_of(after)),
        "merged": merged,
        "name": name_of(after),
        "news": news_url(after),
        "changed": bool(changes),
    }
    said = "Saved. What was changed elsewhere meanwhile stays." if merged else "Saved."
    flash = Flash(said, undo=undo_edit(after)) if changes else Flash("Nothing to save.")
    return answer(request, Answer(flash, seen), back=f"/posts/{post.id}")


def _shown_now(sent: Typed, changes: Mapping[str, object], after: Post) -> Typed:
    """What a page shows after a merge, for whoever typed on: what was saved, and the rest as it was sent."""
    saved = typed_of(after)
    mine: dict[str, Any] = {name: getattr(saved, name) for name in changes}
    return replace(sent, **mine)


def undo_edit(after: Post) -> Undo:
    """Takes the edit back that led to *after*."""
    return Undo(f"/posts/{after.id}/take-back", fields={"edit": after.version, "next": f"/posts/{after.id}"})


async def take_back(request: web.Request) -> web.Response:
    here, form, post = await _begin(request)
    back = form.next_path(f"/posts/{post.id}")
    try:
        after = await request.app[REVIEW].take_back(post.id, form.number("edit") or 0, by=here.actor)
    except UserError as error:
        return refusal(request, error, back=back)
    flash = Flash("It is as it was before.", undo=undo_edit(after))
    return answer(request, Answer(flash, {"version": after.version}), back=back)


def _seen_version(form: Form, post: Post) -> int | None:
    """The version that was seen; today's where the fields are still as they were shown: a new time or another
    order of its files takes nothing away from what was typed."""
    return post.version if form.text("shown") == mark_of(post) else form.number("version")


async def schedule(request: web.Request) -> web.Response:
    """At a wall clock in a zone. From its own page a refusal keeps what was typed; elsewhere it is a message.

    `next` is where a success leads; `stay` where a refusal does, which would else be told on another post's page.
    """
    here, form, post = await _begin(request)
    back = form.next_path(f"/posts/{post.id}")
    stay = form.next_path(back, field="stay")
    try:
        done = await _schedule(here, form, post)
    except PacingBroken as error:
        if _is_elsewhere(request, form):
            return objection(request, error, form, back=stay)
        return await _refused_schedule(here, post, form, error, all_the_same(request, error, form, back=back))
    except UserError as error:
        if _is_elsewhere(request, form):
            return refusal(request, error, back=stay)
        return await _refused_schedule(here, post, form, error)
    return answer(request, _scheduled(here, post, done.post, adjusted=done.adjusted), back=back)


async def _schedule(here: Visit, form: Form, post: Post) -> Scheduled:
    """In words ("fri 18:00", "next slot") where some were typed, else at the wall clock."""
    place = form.text("time_zone").strip() or here.user.time_zone
    how: Any = {
        "by": here.actor,
        "jitter_seconds": 60 * (form.number("jitter_minutes") or 0),
        "expected_version": form.number("version"),
        "override_pacing": form.has("override_pacing"),
    }
    if words := form.text("when").strip():
        return await here.request.app[PLANNING].queue.schedule_words(post.id, words, time_zone=place, **how)
    wish = Wish(parse_local(form.text("local")), place)
    return await here.request.app[PLANNER].schedule(post.id, instant_of(wish), **how)


def _is_elsewhere(request: web.Request, form: Form) -> bool:
    """Sent by a script, or by a button of another page."""
    return wants_json(request) or is_partial(request) or form.has("next")


async def _refused_schedule(
    here: Visit, post: Post, form: Form, error: UserError, flash: Flash | None = None
) -> web.Response:
    """The page with what was typed; what pacing says comes as a message with a button of its own."""
    given = {name: form.text(name) for name in ("local", "when", "time_zone", "jitter_minutes")}
    wrong = Wrong(error.fields) if isinstance(error, InvalidInput) else Wrong(sentence=error.sentence)
    if flash is not None:
        wrong = Wrong()
    return await render(here, post, wrong=wrong, schedule=given, flash=flash, status=problem_of(error).status)


def _scheduled(here: Visit, before: Post, after: Post, *, adjusted: bool) -> Answer:
    said = here.reader.moment(after.plan.due_at).text if after.plan else ""
    text = f"{quoted(after)} goes out {said}."
    if adjusted:
        text += " The clocks change that night: this is the next time that exists."
    common: dict[str, str | int] = {"version": after.version, "next": f"/posts/{after.id}"}
    undo = Undo(f"/posts/{after.id}/unschedule", fields=common)
    if before.plan:
        undo = Undo(f"/posts/{after.id}/schedule", fields=common | wish_fields(before))
    elif before.status is PostStatus.REVIEW:
        # Scheduling approved it: taken back, it waits for review again.
        undo = Undo(f"/posts/{after.id}/send-back", fields=common | {"next": f"/review/{after.id}"})
    return Answer(Flash(text, undo=undo), {"id": str(after.id), "version": after.version})


async def resolve(request: web.Request) -> web.Response:
    """A person says whether a publication in doubt is online."""
    here, form, post = await _begin(request)
    back = f"/posts/{post.id}"
    try:
        publication_id = form.number("publication_id")
        if form.text("outcome") == "online":
            await request.app[RESOLVE].online(
                post.id, url=form.text("url"), by=here.actor, publication_id=publication_id
            )
            said = "Thank you. It is marked as published."
        elif form.text("outcome") != "offline":
            raise InvalidInput({"outcome": "Say whether it is online."})
        else:
            await request.app[RESOLVE].offline(post.id, by=here.actor, publication_id=publication_id)
            said = "Isekai publishes the same upload again; DeviantArt refuses it if it is online after all."
    except InvalidInput as error:
        wrong = Wrong(error.fields, url=form.text("url"), doubted=form.number("publication_id"))
        return await render(here, post, wrong=wrong, status=422)
    except UserError as error:
        return refusal(request, error, back=back)
    return go(back, Flash(said), request=request)


async def link(request: web.Request) -> web.Response:
    """A person says where it is: they published it themselves, or nobody found its link."""
    here, form, post = await _begin(request)
    back, file_id = f"/posts/{post.id}", form.number("file_id")
    try:
        after = await request.app[LINKING].link(post.id, url=form.text("url"), by=here.actor, file_id=file_id)
    except InvalidInput as error:
        wrong = Wrong(error.fields, url=form.text("url"), linked=file_id)
        return await render(here, post, wrong=wrong, status=422)
    except UserError as error:
        return refusal(request, error, back=back)
    said = "The link is saved." if post.status is PostStatus.PUBLISHED else "It is marked as published."
    taken_back = Undo(f"{back}/unlink", fields={"file_id": file_id or 0})
    is_open = any(given_by_hand(one) for one in after.publications if one.file_id == file_id)
    return go(back, Flash(said, undo=taken_back if is_open else None), request=request)


async def unlink(request: web.Request) -> web.Response:
    here, form, post = await _begin(request)
    try:
        await request.app[LINKING].unlink(post.id, by=here.actor, file_id=form.number("file_id") or None)
    except UserError as error:
        return refusal(request, error, back=f"/posts/{post.id}")
    return go(f"/posts/{post.id}", Flash("The link is taken back."), request=request)


async def candidates(request: web.Request) -> web.Response:
    """Works in the gallery that could be it: DeviantArt is asked only after the page is there."""
    here = await visit(request)
    doubts = await request.app[RESOLVE].doubts(int(request.match_info["post_id"]), by=here.actor)
    wanted = request.query.get("publication_id", "")
    found = [c for doubt in doubts if str(doubt.publication.id) == wanted for c in doubt.candidates]
    return here.fragment("_candidates.html", candidates=found)
