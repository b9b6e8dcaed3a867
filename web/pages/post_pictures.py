"""The pictures of a post on its page: what goes out, in which order, and where each is."""

from dataclasses import dataclass, replace

from core.posts.files import PostFile
from core.posts.post import Post, PostStatus, Verb
from core.publishing.publication import Publication
from web.pages.actions import Action, may
from web.pages.pictures import Thumb, size_words, thumb_of, whole_picture
from web.pages.states import StateView, status_view

S = PostStatus


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


def file_view(post: Post, file: PostFile, *, can_arrange: bool) -> FileView:
    publication = post.publication_of(file)
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


def several_of(post: Post, *, can_arrange: bool) -> Several | None:
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


def may_arrange(post: Post) -> bool:
    return len(post.files) > 1 and may(post, Verb.EDIT) and post.status is not S.PUBLISHED


def _is_out(post: Post, file: PostFile) -> bool:
    """Already on DeviantArt: it stays with its post."""
    return any(q.file_id == file.id and q.deviation_id for q in post.publications)


def _file_action(post: Post, file: PostFile, verb: str, label: str, icon: str) -> Action:
    return Action(label, f"/posts/{post.id}/files/{file.id}/{verb}", icon=icon, about=file.name, verb=verb)
