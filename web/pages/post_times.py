"""When a post goes out: the box on its page, and what words for a time mean while they are typed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web

from core.errors import InvalidInput
from core.planning.natural_times import MAX_LENGTH, label
from core.planning.queue import Reading
from core.planning.wall_clock import Planned, planned_at, zone
from core.posts.post import Post, PostStatus, Verb
from web.keys import PLANNING, READS
from web.pages.actions import Action, may, post_action
from web.pages.moments import Moment, local_input, suggestions
from web.pages.visit import Visit, visit

S = PostStatus
JITTERS = (
    ("0", "Nothing: exactly then"),
    ("5", "5 minutes"),
    ("15", "15 minutes"),
    ("30", "30 minutes"),
    ("60", "an hour"),
)


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
class Understood:
    """`exact` is the whole instant as it parses back, `here` what the reader's own clock shows when it differs."""

    exact: str
    at: Moment
    time_zone: str
    here: str
    notes: tuple[str, ...]


def add_routes(app: web.Application) -> None:
    app.router.add_get(r"/posts/{post_id:\d+}/when", when, name="post-when")


async def when(request: web.Request) -> web.Response:
    """Always a sentence with 200: what is still being typed is no error."""
    here = await visit(request)
    # Whose post it is comes first, whatever the words.
    post = await request.app[READS].post(int(request.match_info["post_id"]), user_id=here.user.id)
    text = request.query.get("when", "")[: MAX_LENGTH + 1]
    place = request.query.get("time_zone", "").strip() or here.user.time_zone
    if not text.strip():
        return here.fragment("_when.html", understood=None, problem="")
    try:
        reading = await request.app[PLANNING].queue.read_words(text, by=here.actor, time_zone=place, post_id=post.id)
    except InvalidInput as error:
        return here.fragment("_when.html", understood=None, problem=error.sentence)
    return here.fragment("_when.html", understood=_understood(here, reading), problem="")


def _understood(here: Visit, reading: Reading) -> Understood | None:
    if reading.planned is None:
        return None
    shown = _as_it_comes(reading.planned)
    elsewhere = shown.time_zone != here.place.key
    notes = ["This is your next free slot."] if reading.is_next_slot else []
    if reading.planned.adjusted:
        notes.append("The clocks change then: this is the next time that exists.")
    return Understood(
        exact=label(shown),
        at=here.reader.moment(shown.due_at),
        time_zone=shown.time_zone,
        here=label(planned_at(shown.due_at, here.place)) if elsewhere else "",
        notes=(*notes, *reading.objections),
    )


def _as_it_comes(planned: Planned) -> Planned:
    """With the wall clock that the instant shows: in a gap the wish names a time that does not exist."""
    return planned_at(planned.due_at, zone(planned.time_zone))


def schedule_box(here: Visit, post: Post, path: str, given: Mapping[str, str]) -> ScheduleBox | None:
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
