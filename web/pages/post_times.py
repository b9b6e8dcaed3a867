"""Beside the words for a time: what they mean, while they are typed."""

from dataclasses import dataclass

from aiohttp import web

from core.errors import InvalidInput
from core.planning.natural_times import MAX_LENGTH, label
from core.planning.queue import Reading
from core.planning.wall_clock import Planned, planned_at, zone
from web.keys import PLANNING, READS
from web.pages.moments import Moment
from web.pages.visit import Visit, visit


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
