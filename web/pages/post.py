"""The post's own page: every field, its files, whether it is ready, when it goes out, and its history."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from core.account import Account
from core.events import Event
from core.posts.edits import way_back
from core.posts.files import PostFile
from core.posts.post import Post, PostStatus, Verb
from core.posts.readiness import FIELD_OF, NO_PICTURE, warnings
from web.keys import READS
from web.pages import actions, history
from web.pages.actions import Action, Link, may
from web.pages.flash import Flash
from web.pages.folder_choices import FolderPicker, Wanted, account_of, folder_names, folder_picker
from web.pages.history import Entry
from web.pages.list_kinds import KINDS
from web.pages.metadata import Made, made_of
from web.pages.moments import Moment
from web.pages.post_form import LICENSES, RESOLUTIONS, Typed, mark_of, marks_of, split_commas, typed_of
from web.pages.post_pictures import FileView, Several, file_view, may_arrange, several_of
from web.pages.post_stored import Stored, stored_of
from web.pages.post_times import ScheduleBox, schedule_box
from web.pages.post_trouble import DoubtView, FailureView, LinkBox, Wrong, doubt_of, failure_of, links_of, waiting_of
from web.pages.rows import name_of
from web.pages.states import StateView, state_of
from web.pages.visit import Visit, visit

S = PostStatus
HISTORY_SHOWN = 50
HISTORY_PAGE = 200
MADE_TRIED = 10


@dataclass(frozen=True, slots=True)
class MadeFile:
    name: str
    url: str
    is_this: bool


@dataclass(frozen=True, slots=True)
class PostPage:
    id: int
    version: int
    name: str
    back: Link
    state: StateView
    account: Account | None
    time: Moment | None
    time_label: str
    zone_note: str
    link: str | None
    link_note: str
    head_actions: tuple[Action, ...]
    more_actions: tuple[Action, ...]
    files: tuple[FileView, ...]
    several: Several | None
    can_arrange: bool
    can_edit: bool
    can_note: bool
    mark: str
    marks: str
    news_url: str
    can_add_files: bool
    locked_text: str
    values: Typed
    errors: Mapping[str, str]
    folders: FolderPicker
    error: str
    stale: tuple[tuple[str, str], ...]
    stored: Stored
    stored_tags: tuple[str, ...]
    failure: FailureView | None
    can_settle: bool
    doubts: tuple[DoubtView, ...]
    links: tuple[LinkBox, ...]
    show_ready: bool
    missing: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]
    ai_fix: Action | None
    schedule: ScheduleBox | None
    made: Made | None
    made_files: tuple[MadeFile, ...]
    history: tuple[Entry, ...]
    history_url: str
    resolutions: tuple[tuple[str, str], ...]
    licenses: tuple[tuple[str, str], ...]


def add_routes(app: web.Application) -> None:
    app.router.add_get(r"/posts/{post_id:\d+}", show, name="post")
    app.router.add_get(r"/posts/{post_id:\d+}/side", side, name="post-side")


async def show(request: web.Request) -> web.Response:
    here = await visit(request)
    post = await request.app[READS].post(int(request.match_info["post_id"]), user_id=here.user.id)
    return await render(here, post)


async def render(
    here: Visit,
    post: Post,
    *,
    typed: Typed | None = None,
    wrong: Wrong | None = None,
    schedule: Mapping[str, str] | None = None,
    flash: Flash | None = None,
    status: int = 200,
) -> web.Response:
    """The page of *post*; after a refusal with what was *typed* and what is *wrong* with it."""
    page = await page_of(here, post, typed=typed, wrong=wrong, schedule=schedule)
    more = {"flash": flash} if flash else {}
    return here.show("post.html", _section(post), page, status=status, **more)


def news_url(post: Post) -> str:
    """Where an open page asks after a change; it says what it has seen."""
    return f"/posts/{post.id}/side?seen={post.version}&mark={mark_of(post)}"


async def side(request: web.Request) -> web.Response:
    """After a change: the panel beside the form, and a word when the form itself is out of date."""
    here = await visit(request)
    post = await request.app[READS].post(int(request.match_info["post_id"]), user_id=here.user.id)
    page = await page_of(here, post)
    is_behind = request.query.get("seen", "") != str(post.version)
    # Where only its files, its time or its state changed, what is being typed is as true as before.
    is_other = request.query.get("mark", "") != page.mark
    shell = here.context(_section(post), page)["shell"]
    return here.fragment("_post_news.html", page=page, shell=shell, is_behind=is_behind, is_other=is_other)


def _section(post: Post) -> str:
    return {S.REVIEW: "review", S.DRAFT: "draft", S.FAILED: "failed", S.PUBLISHED: "published"}.get(
        post.status, "discarded" if post.status is S.DISCARDED else "scheduled"
    )


async def page_of(
    here: Visit,
    post: Post,
    *,
    typed: Typed | None = None,
    wrong: Wrong | None = None,
    schedule: Mapping[str, str] | None = None,
) -> PostPage:
    events, history_url = await _history(here, post)
    open_edits = await _open_edits(here, post)
    shown, made = await _made(here, post)
    wrong = wrong or Wrong()
    values = typed or typed_of(post)
    folders = await folder_picker(here, folders_of(here, post), split_commas(values.galleries), words=wrong.folder)
    path = f"/posts/{post.id}"
    may_edit = here.reader.may_edit(post)
    names = {str(file.id): file.name for file in post.files} if len(post.files) > 1 else {}
    time, label = _time(here, post)
    head, more = _actions(here, post, path)
    worries = warnings(post.details, post.files)
    can_arrange = may_edit and may_arrange(post)
    return PostPage(
        id=post.id,
        version=post.version,
        name=name_of(post),
        back=_back(post),
        state=state_of(post),
        account=here.reader.accounts.get(post.account_id),
        time=time,
        time_label=label,
        zone_note=_zone_note(here, post),
        link=actions.deviation_url(post),
        link_note=_link_note(post),
        head_actions=head,
        more_actions=more,
        files=tuple(file_view(post, file, can_arrange=can_arrange) for file in post.files),
        several=several_of(post, can_arrange=can_arrange),
        can_arrange=can_arrange,
        can_edit=may_edit and may(post, Verb.EDIT),
        can_note=not may_edit and may(post, Verb.EDIT),
        mark=mark_of(post),
        marks=marks_of(typed_of(post)),
        news_url=news_url(post),
        can_add_files=may_edit and may(post, Verb.EDIT) and post.status is not S.PUBLISHED,
        locked_text=_locked(here, post),
        values=values,
        errors=wrong.errors,
        error=wrong.sentence,
        stale=await _stale(here, wrong, post),
        folders=folders,
        stored=stored_of(values.title, values.tags, values.description),
        stored_tags=post.details.stored_tags,
        failure=failure_of(here, post, path) or waiting_of(here, post, path),
        can_settle=may_edit,
        doubts=tuple(doubt_of(here, post, q, wrong) for q in post.publications if q.needs_person),
        links=links_of(post, wrong) if may_edit else (),
        show_ready=post.status in {S.REVIEW, S.DRAFT, S.SCHEDULED},
        missing=_missing(post, can_edit=may_edit),
        warnings=worries,
        ai_fix=actions.ai_fix(post, path) if may_edit else None,
        schedule=schedule_box(here, post, path, schedule or {}) if may_edit else None,
        made=made,
        made_files=_made_files(post, shown, path) if shown else (),
        history=tuple(history.entry(event, here.reader, names, open_edits=open_edits) for event in events),
        history_url=history_url,
        resolutions=RESOLUTIONS,
        licenses=LICENSES,
    )


async def _open_edits(here: Visit, post: Post) -> frozenset[int]:
    """The versions that edits led to which can be taken back."""
    if not may(post, Verb.EDIT) or not here.reader.may_edit(post):
        return frozenset()
    edits = await here.request.app[READS].edits(post.id)
    return frozenset(edit.version for edit in edits if way_back(edit, post))


async def _history(here: Visit, post: Post) -> tuple[tuple[Event, ...], str]:
    """What happened lately, or with `?history=all` everything, page by page; and where the rest stands."""
    shows_all = here.request.query.get("history") == "all"
    most = HISTORY_PAGE if shows_all else HISTORY_SHOWN
    given = here.request.query.get("before", "") if shows_all else ""
    before = int(given) if given.isdecimal() and len(given) < 19 else None
    events = await here.request.app[READS].history(post.id, limit=most + 1, before=before)
    if len(events) <= most:
        return events, ""
    further = f"&before={events[most - 1].id}" if shows_all else ""
    return events[:most], f"/posts/{post.id}?history=all{further}#history"


def folders_of(here: Visit, post: Post) -> Wanted:
    return Wanted("galleries", account_of(here, post.account_id))


async def _stale(here: Visit, wrong: Wrong, post: Post) -> tuple[tuple[str, str], ...]:
    if not wrong.stale:
        return ()
    names = await folder_names(here, account_of(here, post.account_id), post.details.galleries)
    named = ", ".join(names.values()) or "not set"
    return tuple((label, named if name == "galleries" else now) for name, label, now in wrong.stale)


async def _made(here: Visit, post: Post) -> tuple[PostFile | None, Made | None]:
    """The making of the file that was asked for, else of the first that tells anything; no file where none does."""
    reads, asked = here.request.app[READS], here.request.query.get("made", "")
    if wanted := next((file for file in post.files if str(file.id) == asked), None):
        return wanted, made_of((await reads.file(wanted.id, user_id=here.user.id)).metadata)
    for file in post.files[:MADE_TRIED]:
        if made := made_of((await reads.file(file.id, user_id=here.user.id)).metadata):
            return file, made
    return None, None


def _made_files(post: Post, shown: PostFile, path: str) -> tuple[MadeFile, ...]:
    """To look at another picture's making; for one picture there is nothing to choose."""
    if len(post.files) < 2:
        return ()
    return tuple(MadeFile(file.name, f"{path}?made={file.id}#made", file == shown) for file in post.files)


def _back(post: Post) -> Link:
    if post.status is S.REVIEW:
        return Link("/review", "Review")
    kind = next(kind for kind in KINDS if post.status in kind.statuses)
    return Link(kind.path, kind.title)


def _time(here: Visit, post: Post) -> tuple[Moment | None, str]:
    if post.status is S.PUBLISHED and post.published_at:
        return here.reader.moment(post.published_at), "Published"
    if post.plan is not None:
        past = post.plan.due_at <= here.now
        return here.reader.moment(post.plan.due_at), "Was due" if past else "Goes out"
    return here.reader.moment(post.created_at), "Arrived"


def _zone_note(here: Visit, post: Post) -> str:
    plan = post.plan
    if plan is None or post.status is S.PUBLISHED or plan.due_at <= here.now:
        return ""
    note = "" if plan.time_zone == here.place.key else f"{plan.due_local:%H:%M} in {plan.time_zone}"
    jitter = f"varied by up to {plan.jitter_seconds // 60} min" if plan.jitter_seconds else ""
    return ", ".join(part for part in (note, jitter) if part)


def _link_note(post: Post) -> str:
    if post.status is S.PUBLISHED and post.details.stash_only:
        return "Only in Sta.sh, as you wished."
    if any(q.link_pending for q in post.publications):
        return "DeviantArt has it. Isekai is still looking for its link."
    return ""


def _locked(here: Visit, post: Post) -> str:
    if post.in_doubt:
        return "It can be edited again once it is clear whether it is online."
    if not here.reader.may_edit(post):
        return f"You review for {here.reader.owner(post)}: you may approve, reject and write notes."
    return {
        S.UPLOADING: "It is being uploaded. Unschedule it to edit it.",
        S.PUBLISHING: "It is being published right now.",
        S.DISCARDED: "It is in the trash. Restore it to edit it.",
    }.get(post.status, "")


def _actions(here: Visit, post: Post, path: str) -> tuple[tuple[Action, ...], tuple[Action, ...]]:
    """In the head: the second likeliest, then the primary one. The rest in the menu."""
    is_owner = not here.reader.owner(post)
    offered = actions.offer(post, path, may_edit=here.reader.may_edit(post), is_owner=is_owner)
    every = [a for a in ((offered.primary,) if offered.primary else ()) + offered.rest if a.url != path]
    every.sort(key=lambda action: action.danger)
    head = tuple(reversed([action for action in every[:2] if not action.danger]))
    return head, tuple(every[len(head) :])


def _missing(post: Post, *, can_edit: bool) -> tuple[tuple[str, str], ...]:
    """Each with where on the page it is settled, where it can be."""
    if not can_edit or not may(post, Verb.EDIT):
        return tuple((text, "") for text in post.missing)
    places = {text: f"#f-{name}" for text, name in FIELD_OF.items()} | {NO_PICTURE: "#add-file"}
    return tuple((text, places.get(text, "")) for text in post.missing)
