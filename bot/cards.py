"""A post as a card: one embed, a picture, one row of buttons. Pure."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import discord

from bot.custom_ids import Verb, of_post
from bot.locales import label_in
from bot.states import State, state_of
from bot.text import block, clip, plain
from bot.times import moment, stamp
from core.posts import readiness
from core.posts.files import PostFile
from core.posts.post import Post, PostStatus
from core.publishing.publication import Publication

TITLE_MOST, FIELD_MOST, DESCRIPTION_MOST = 256, 1024, 600
TAGS_SHOWN = 30


@dataclass(frozen=True, slots=True)
class Decision:
    """Who brought the post to where it is, and when."""

    by: str
    at: datetime
    word: str  # approved, rejected …


@dataclass(frozen=True, slots=True)
class CardView:
    """Everything a card shows. `picture` names the attached file; None for a card without one.

    `twins` are ids of queued or published posts that look almost the same; `waiting_with` is how many others
    of the same arrival still wait for review.
    """

    post: Post
    account: str
    page_url: str
    picture: str | None = None
    is_spoiler: bool = False
    decision: Decision | None = None
    twins: tuple[int, ...] = ()
    waiting_with: int = 0
    locale: str = "en-US"


@dataclass(frozen=True, slots=True)
class ButtonView:
    """A button; `verb` is what it asks for."""

    label: str
    verb: Verb
    style: discord.ButtonStyle


def embed_of(card: CardView) -> discord.Embed:
    post = card.post
    state = state_of(post)
    embed = discord.Embed(
        title=clip(plain(post.details.title, TITLE_MOST) or "Untitled", TITLE_MOST),
        url=link_of(post),
        description="\n\n".join(part for part in (_state_line(card, state), _description(post)) if part),
        color=state.color,
    )
    for name, value, inline in _fields(card):
        embed.add_field(name=name, value=clip(value, FIELD_MOST), inline=inline)
    if card.picture is not None and not card.is_spoiler:
        embed.set_image(url=f"attachment://{card.picture}")
    embed.set_footer(text=clip(f"#{post.id} · {card.account}{_source(post)}", 200))
    return embed


def link_of(post: Post) -> str | None:
    """The first deviation's address."""
    return next((p.deviation_url for p in post.publications if p.deviation_url), None)


def _state_line(card: CardView, state: State) -> str:
    post, decision = card.post, card.decision
    line = state.line
    if post.plan is not None and post.status in {PostStatus.SCHEDULED, PostStatus.UPLOADING, PostStatus.PUBLISHING}:
        line += f" · {moment(post.plan.due_at)}"
    elif post.published_at is not None and post.status is PostStatus.PUBLISHED:
        line += f" · {stamp(post.published_at)}"
    if decision is not None:
        line += f" · {decision.word} by {plain(decision.by, 80)} {stamp(decision.at, 'R')}"
    return line


def _description(post: Post) -> str:
    return block(post.details.description, DESCRIPTION_MOST)


def _fields(card: CardView) -> Iterator[tuple[str, str, bool]]:
    post, details = card.post, card.post.details
    is_open = post.status not in {PostStatus.PUBLISHED, PostStatus.DISCARDED}
    if details.stored_tags:
        yield "Tags", plain(" ".join(f"#{tag}" for tag in details.stored_tags[:TAGS_SHOWN]), 700), False
    if post.files:
        yield "Picture" if len(post.files) == 1 else f"{len(post.files)} pictures", size_line(post.files), True
    if flags := flag_line(post):
        yield "Flags", flags, True
    if is_open and post.missing:
        yield "Missing", "\n".join(f"• {sentence}" for sentence in post.missing), False
    if is_open and (worth := _warnings(card)):
        yield "Worth a look", "\n".join(f"• {plain(sentence, 300)}" for sentence in worth), False
    if post.failure is not None and post.status is PostStatus.FAILED:
        yield "What happened", _failure(post), False
    if len(post.publications) > 1:
        yield "Each picture", "\n".join(_publication_line(p, post) for p in post.publications[:12]), False


def size_line(files: tuple[PostFile, ...]) -> str:
    first = files[0]
    size = f"{first.width} × {first.height}" if first.width else first.mime.removeprefix("video/").upper()
    total = sum(file.bytes for file in files)
    return f"{size} · {bytes_in_words(total)}"


def bytes_in_words(count: int) -> str:
    return f"{count / 1_000_000:.1f} MB" if count >= 100_000 else f"{max(1, round(count / 1000))} kB"


def flag_line(post: Post) -> str:
    details = post.details
    told = [
        ("Mature" + (f": {details.mature_level}" if details.mature_level else "")) if details.is_mature else "",
        "AI-generated" if details.is_ai_generated else "",
        "No AI training" if details.no_ai else "",
        "Watermark" if details.add_watermark else "",
        "Free download" if details.allow_free_download else "",
        "Comments off" if details.allow_comments is False else "",
        "Sta.sh only" if details.stash_only else "",
    ]
    return " · ".join(part for part in told if part)


def _warnings(card: CardView) -> list[str]:
    post = card.post
    found = list(readiness.warnings(post.details, post.files))
    if card.twins:
        ids = ", ".join(f"#{post_id}" for post_id in card.twins[:5])
        found.append(f"It looks almost the same as {ids}.")
    return found


def _failure(post: Post) -> str:
    failure = post.failure
    if failure is None:
        return ""
    told = plain(failure.message, 700)
    return f"{told}\nNext try {moment(failure.retry_at)}." if failure.retry_at else told


def _publication_line(publication: Publication, post: Post) -> str:
    name = next((file.name for file in post.files if file.id == publication.file_id), "picture")
    told = f"{plain(name, 40)}: {publication.state}"
    return f"[{told}]({publication.deviation_url})" if publication.deviation_url else told


def _source(post: Post) -> str:
    return f" · from {plain(post.source, 40)}" if post.source else ""


# Left to right by likelihood, Reject last; never more than one row.
_PRIMARY, _SECONDARY, _DANGER = discord.ButtonStyle.primary, discord.ButtonStyle.secondary, discord.ButtonStyle.danger
_SUCCESS = discord.ButtonStyle.success


def buttons_of(card: CardView) -> tuple[tuple[ButtonView, ...], ...]:
    """Rows of buttons that fit the state; a finished card has none."""
    post = card.post
    match post.status:
        case PostStatus.REVIEW:
            first = [
                ButtonView("Approve", Verb.APPROVE, _SUCCESS),
                ButtonView("Schedule", Verb.SCHEDULE, _PRIMARY),
                ButtonView("Edit", Verb.EDIT, _SECONDARY),
                ButtonView("Publish now", Verb.PUBLISH, _SECONDARY),
                ButtonView("Skip", Verb.SKIP, _SECONDARY),
            ]
            second = [ButtonView("Reject", Verb.REJECT, _DANGER)]
            if card.waiting_with:
                second.insert(0, ButtonView("Approve all", Verb.APPROVE_ALL, _SUCCESS))
            return tuple(first), tuple(second)
        case PostStatus.DRAFT:
            return (
                (
                    ButtonView("Schedule", Verb.SCHEDULE, _PRIMARY),
                    ButtonView("Edit", Verb.EDIT, _SECONDARY),
                    ButtonView("Publish now", Verb.PUBLISH, _SECONDARY),
                    ButtonView("Reject", Verb.REJECT, _DANGER),
                ),
            )
        case PostStatus.SCHEDULED:
            held = (
                ButtonView("Release", Verb.UNHOLD, _PRIMARY)
                if post.held
                else ButtonView("Hold", Verb.HOLD, _SECONDARY)
            )
            return (
                (
                    ButtonView("Schedule", Verb.SCHEDULE, _PRIMARY),
                    ButtonView("Edit", Verb.EDIT, _SECONDARY),
                    ButtonView("Publish now", Verb.PUBLISH, _SECONDARY),
                    held,
                    ButtonView("Unschedule", Verb.UNSCHEDULE, _SECONDARY),
                ),
            )
        case PostStatus.FAILED:
            return (_failed_buttons(post),)
        case PostStatus.UPLOADING | PostStatus.PUBLISHING | PostStatus.PUBLISHED | PostStatus.DISCARDED:
            return ()


def _failed_buttons(post: Post) -> tuple[ButtonView, ...]:
    if any(publication.needs_person for publication in post.publications):
        return (
            ButtonView("It is online", Verb.ONLINE, _PRIMARY),
            ButtonView("It is not: publish again", Verb.OFFLINE, _SECONDARY),
        )
    if post.in_doubt:
        return ()
    return (
        ButtonView("Try again", Verb.RETRY, _PRIMARY),
        ButtonView("Schedule", Verb.SCHEDULE, _SECONDARY),
        ButtonView("Edit", Verb.EDIT, _SECONDARY),
        ButtonView("Unschedule", Verb.UNSCHEDULE, _SECONDARY),
    )


def view_of(card: CardView) -> discord.ui.View | None:
    """The buttons as discord.py sends them. Nothing is kept in memory: presses find us by their custom id."""
    rows = buttons_of(card)
    if not rows:
        return None
    view = discord.ui.View(timeout=None)
    for number, row in enumerate(rows):
        for button in row:
            view.add_item(
                discord.ui.Button(
                    label=label_in(card.locale, button.label),
                    style=button.style,
                    custom_id=of_post(card.post.id, button.verb),
                    row=number,
                )
            )
    view.stop()  # a view that has ended is not stored by discord.py; our dynamic items answer for it
    return view


def fingerprint(card: CardView) -> str:
    """Equal for cards that look the same: such an edit is not worth a request."""
    buttons = [[(b.label, b.verb.value) for b in row] for row in buttons_of(card)]
    shown = json.dumps([embed_of(card).to_dict(), buttons, card.picture, card.is_spoiler], sort_keys=True)
    return hashlib.sha256(shown.encode()).hexdigest()[:32]
