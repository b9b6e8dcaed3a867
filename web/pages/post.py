"""The post's own page: every field, its files, whether it is ready, when it goes out, and its history."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from aiohttp import web

from core.account import Account
from core.events import Event
from core.posts.edits import way_back
from core.posts.fields import DISPLAY_RESOLUTIONS
from core.posts.files import PostFile
from core.posts.post import Post, PostStatus, Verb
from core.posts.readiness import FIELD_OF, NO_PICTURE, warnings
from core.publishing.linking import may_link
from core.publishing.publication import FailureKind, Publication
from web.keys import READS
from web.pages import actions, failures, history
from web.pages.actions import Action, Link, may, post_action
from web.pages.flash import Flash
from web.pages.folder_choices import FolderPicker, Wanted, account_of, folder_names, folder_picker
from web.pages.history import Entry
from web.pages.list_kinds import KINDS
from web.pages.metadata import Made, made_of
from web.pages.moments import Moment, local_input, suggestions
from web.pages.pictures import Thumb, size_words, thumb_of, whole_picture
from web.pages.post_form import Typed, mark_of, marks_of, split_commas, typed_of
from web.pages.post_stored import Stored, stored_of
from web.pages.rows import name_of, waits_for
from web.pages.states import StateView, state_of, status_view
from web.pages.visit import Visit, visit

S = PostStatus
HISTORY_SHOWN = 50
HISTORY_PAGE = 200
MADE_TRIED = 10


@dataclass(frozen=True, slots=True)
class FileView:
    id: int
    name: str
    full_url: str
    thumb: Thumb | None
    facts: tuple[str, ...]
    state: StateView | None
    link: str | None
    goes_out: bool
    choosing: tuple[Action, ...]
    moving: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class Several:
    """What is said above several files; `every` lets them all go out."""

    text: str
    every: Action | None


@dataclass(frozen=True, slots=True)
class FailureView:
    title: str
    text: str
    next: str
    tone: str
    step: str
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class DoubtView:
    id: int
    text: str
    url: str
    error: str
    candidates_url: str


@dataclass(frozen=True, slots=True)
class LinkBox:
    """Where the link of a work is pasted: for what was published by hand, or was not found."""

    file_id: int
    title: str
    text: str
    button: str
    url: str
    error: str
    is_open: bool
    unlink: Action | None


@dataclass(frozen=True, slots=True)
class ScheduleBox:
    title: str
    verb: str
    local: str
    words: str
    time_zone: str
    jitter_minutes: str
    jitters: tuple[tuple[str, str], ...]
    quick: tuple[tuple[str, str], ...]
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class MadeFile:
    name: str
    url: str
    is_this: bool


@dataclass(frozen=True, slots=True)
class Wrong:
    """What was refused: sentences by field, one for the whole, and what others changed meanwhile
    as (field, label, what it is now). `url`: the link that was given; `folder`: words that name no single folder."""

    errors: Mapping[str, str] = field(default_factory=dict)
    sentence: str = ""
    stale: tuple[tuple[str, str, str], ...] = ()
    url: str = ""
    folder: str = ""
    doubted: int | None = None  # the publication that the link was given for
    linked: int | None = None  # or the file


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


RESOLUTIONS = (
    ("", "Not set"),
    *((str(width), "Original size" if width == 0 else f"{width} pixels wide") for width in DISPLAY_RESOLUTIONS),
)
LICENSES = (
    ("", "Not set"),
    ("all_rights", "All rights reserved"),
    ("cc_by", "CC BY"),
    ("cc_by_sa", "CC BY-SA"),
    ("cc_by_nd", "CC BY-ND"),
    ("cc_by_nc", "CC BY-NC"),
    ("cc_by_nc_sa", "CC BY-NC-SA"),
    ("cc_by_nc_nd", "CC BY-NC-ND"),
)
JITTERS = (
    ("0", "Nothing: exactly then"),
    ("5", "5 minutes"),
    ("15", "15 minutes"),
    ("30", "30 minutes"),
    ("60", "an hour"),
)


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
    can_arrange = may_edit and _may_arrange(post)
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
        files=tuple(_file(post, file, can_arrange=can_arrange) for file in post.files),
        several=_several(post, can_arrange=can_arrange),
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
        failure=_failure(here, post, path) or _waiting(here, post, path),
        can_settle=may_edit,
        doubts=tuple(_doubt(here, post, q, wrong) for q in post.publications if q.needs_person),
        links=_links(post, wrong) if may_edit else (),
        show_ready=post.status in {S.REVIEW, S.DRAFT, S.SCHEDULED},
        missing=_missing(post, can_edit=may_edit),
        warnings=worries,
        ai_fix=actions.ai_fix(post, path) if may_edit else None,
        schedule=_schedule(here, post, path, schedule or {}) if may_edit else None,
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


def _file(post: Post, file: PostFile, *, can_arrange: bool) -> FileView:
    publication = next((q for q in post.publications if q.file_id == file.id), None)
    facts = [f"{file.width} × {file.height}" if file.width else "", size_words(file.bytes)]
    facts += [file.mime.partition("/")[2].upper(), "" if file.chosen else "Stays here"]
    is_shown = publication is not None and publication.state != "idle" and len(post.files) > 1
    return FileView(
        id=file.id,
        name=file.name,
        full_url=f"/files/{file.id}",
        thumb=whole_picture(post, file) if len(post.files) == 1 and not file.is_video else thumb_of(post, file),
        facts=tuple(fact for fact in facts if fact),
        state=_publication_state(publication) if publication and is_shown else None,
        link=publication.deviation_url if publication else None,
        goes_out=file.chosen,
        choosing=_choosing(post, file) if can_arrange else (),
        moving=_moving(post, file) if can_arrange else (),
    )


def _publication_state(publication: Publication) -> StateView | None:
    return status_view(S(publication.state)) if publication.state != "idle" else None


def _several(post: Post, *, can_arrange: bool) -> Several | None:
    """How many of several pictures go out. DeviantArt takes one picture a deviation."""
    count, chosen = len(post.files), [file for file in post.files if file.chosen]
    if count < 2:
        return None
    if post.status is S.PUBLISHED:
        return Several(f"{len(chosen)} of {count} pictures went out, each as a deviation of its own.", None)
    if len(chosen) == count:
        text = f"All {count} pictures go out, each as a deviation of its own."
    elif len(chosen) == 1:
        text = f"Only “{chosen[0].name}” goes out. The others stay here."
    elif chosen:
        text = f"{len(chosen)} of {count} pictures go out, each as a deviation of its own. The others stay here."
    else:
        text = "No picture goes out: choose one."
    every = Action("All go out", f"/posts/{post.id}/files/all", icon="images", verb="all")
    return Several(text, every if can_arrange and len(chosen) < count else None)


def _choosing(post: Post, file: PostFile) -> tuple[Action, ...]:
    """Whether it goes out, and whether it alone."""
    if _is_out(post, file):
        return ()
    out, icon = ("Leave it here", "eye-off") if file.chosen else ("Let it go out too", "eye")
    toggle = _file_action(post, file, "toggle", out, icon)
    alone = [other.id for other in post.files if other.chosen] == [file.id]
    return (toggle,) if alone else (toggle, _file_action(post, file, "only", "Only this one", "star"))


def _moving(post: Post, file: PostFile) -> tuple[Action, ...]:
    """Order by buttons, and removal."""
    ids = [other.id for other in post.files]
    found = []
    if file.id != ids[0]:
        found.append(_file_action(post, file, "earlier", "Move earlier", "arrow-left"))
    if file.id != ids[-1]:
        found.append(_file_action(post, file, "later", "Move later", "arrow-right"))
    if _is_out(post, file):
        return tuple(found)
    removal = _file_action(post, file, "remove", "Remove this picture", "trash-2")
    return (*found, replace(removal, danger=True))


def _may_arrange(post: Post) -> bool:
    return len(post.files) > 1 and may(post, Verb.EDIT) and post.status is not S.PUBLISHED


def _is_out(post: Post, file: PostFile) -> bool:
    """Already on DeviantArt: it stays with its post."""
    return any(q.file_id == file.id and q.deviation_id for q in post.publications)


def _file_action(post: Post, file: PostFile, verb: str, label: str, icon: str) -> Action:
    return Action(label, f"/posts/{post.id}/files/{file.id}/{verb}", icon=icon, about=file.name, verb=verb)


def _missing(post: Post, *, can_edit: bool) -> tuple[tuple[str, str], ...]:
    """Each with where on the page it is settled, where it can be."""
    if not can_edit or not may(post, Verb.EDIT):
        return tuple((text, "") for text in post.missing)
    places = {text: f"#f-{name}" for text, name in FIELD_OF.items()} | {NO_PICTURE: "#add-file"}
    return tuple((text, places.get(text, "")) for text in post.missing)


def _failure(here: Visit, post: Post, path: str) -> FailureView | None:
    failure = post.failure
    if failure is None:
        return None
    owner = here.reader.owner(post)
    is_settled = post.status is S.FAILED and not post.in_doubt and here.reader.may_edit(post)
    helps = None if owner else actions.connect_again(post)
    again = actions.publish_now(post, path, "Try again") if is_settled else None
    return FailureView(
        title=failures.TITLES[failure.kind],
        text=failure.message,
        next=failures.what_next(
            failure, here.reader.moment(failure.retry_at) if failure.retry_at else None, here.now, owner=owner
        ),
        # Where it may be online nothing has gone wrong yet that anybody could put right.
        tone="needs" if failure.kind is FailureKind.OUTCOME_UNKNOWN else "bad",
        step=failures.STEPS[failure.step],
        actions=tuple(action for action in (helps, again) if action),
    )


def _waiting(here: Visit, post: Post, path: str) -> FailureView | None:
    """Scheduled, and nothing has gone wrong, but its account is paused or has lost its connection."""
    words = waits_for(post, here.reader)
    account = here.reader.accounts.get(post.account_id)
    if not words or account is None:
        return None
    if account.shown_status == "paused":
        fields: dict[str, str | int] = {"account_id": account.id, "next": path}
        helps = Action(f"Resume {account.username}", "/resume", icon="play", quick=False, fields=fields)
        may_help = here.reader.may_edit(post)
    else:
        helps, may_help = actions.reconnect(account.id), not here.reader.owner(post)
    return FailureView("It waits", words, "It does not fail meanwhile.", "needs", "", (helps,) if may_help else ())


def _links(post: Post, wrong: Wrong) -> tuple[LinkBox, ...]:
    return tuple(_link_box(post, file, wrong) for file in post.files if may_link(post, file))


def _link_box(post: Post, file: PostFile, wrong: Wrong) -> LinkBox:
    publication = next((q for q in post.publications if q.file_id == file.id), None)
    url = publication.deviation_url if publication else None
    is_out = publication is not None and publication.state == "published"
    named = f" (“{file.name}”)" if len(post.files) > 1 else ""
    if url:
        title, text = "Another link", f"You gave its link{named}."
    elif is_out and post.details.stash_only:
        title, text = "Published it from Sta.sh?", f"Paste its link{named}."
    elif is_out:
        title, text = "Its link is missing", f"Isekai has not found it in your gallery{named}. Paste it here."
    else:
        title = "Published it yourself?"
        text = f"Paste its link{named}: it is marked as published, and Isekai does not send it."
    taken_back = post_action(post, "unlink", "Take the link back", icon="undo-2", back=f"/posts/{post.id}")
    unlink = replace(taken_back, quick=False, fields={"file_id": file.id}) if url else None
    is_wrong = wrong.linked == file.id
    return LinkBox(
        file_id=file.id,
        title=title,
        text=text,
        button="Save the link" if is_out else "It is online",
        url=wrong.url if is_wrong else url or "",
        error=" ".join(wrong.errors.values()) if is_wrong else "",
        is_open=is_wrong or (not url and (file.is_video or (is_out and not post.details.stash_only))),
        unlink=unlink,
    )


def _doubt(here: Visit, post: Post, publication: Publication, wrong: Wrong) -> DoubtView:
    is_wrong = wrong.doubted == publication.id
    sent = publication.publish_sent_at
    when = f" {here.reader.moment(sent).text}" if sent else ""
    which = next((file.name for file in post.files if file.id == publication.file_id), "")
    named = f" (“{which}”)" if len(post.files) > 1 else ""
    text = f"Isekai asked DeviantArt to publish it{named}{when} and got no clear answer. Look in your gallery."
    error = wrong.errors.get("url", "") if is_wrong else ""
    url = wrong.url if is_wrong else ""
    return DoubtView(publication.id, text, url, error, f"/posts/{post.id}/candidates?publication_id={publication.id}")


def _schedule(here: Visit, post: Post, path: str, given: Mapping[str, str]) -> ScheduleBox | None:
    if not may(post, Verb.SCHEDULE):
        return None
    plan = post.plan if post.status is S.SCHEDULED else None
    local = local_input(here.now + timedelta(days=1), here.place)[:11] + "09:00"
    more: tuple[Action, ...] = ()
    if post.status is S.SCHEDULED:
        hold = ("unhold", "Release", "play") if post.held else ("hold", "Hold", "pause")
        more = (
            post_action(post, hold[0], hold[1], icon=hold[2], back=path),
            post_action(post, "unschedule", "Unschedule", icon="calendar", back=path),
        )
    return ScheduleBox(
        title="Move to another time" if plan else "Schedule",
        verb="Move" if plan else "Schedule",
        local=given.get("local") or (f"{plan.due_local:%Y-%m-%dT%H:%M}" if plan else local),
        words=given.get("when", ""),
        time_zone=given.get("time_zone") or (plan.time_zone if plan else here.user.time_zone),
        jitter_minutes=given.get("jitter_minutes") or str(plan.jitter_seconds // 60 if plan else 0),
        jitters=JITTERS,
        quick=suggestions(here.now, here.place),
        actions=more,
    )
