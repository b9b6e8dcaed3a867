"""What everything that arrives at one door is made with: a form of templates, laid over each other in order."""

from dataclasses import dataclass

from core.library.template import TemplateKind
from web.keys import ROOMS
from web.pages.forms import Form
from web.pages.paging import offered, unchosen
from web.pages.visit import Visit

SPARE = 2  # empty places behind those chosen; saving brings new ones
MOST = 10


@dataclass(frozen=True, slots=True)
class DoorTemplates:
    """`options` are (id, name); `chosen` are ids in order, with "" for the places still free."""

    options: tuple[tuple[str, str], ...]
    chosen: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        return len(self.options) < 2


async def templates_at(here: Visit, door: str, door_id: int) -> DoorTemplates:
    """`door`: `key` or `channel`; the caller has checked that it is the visitor's."""
    rooms = here.request.app[ROOMS]
    known = [one for one in await rooms.library.templates(here.user.id) if one.kind is not TemplateKind.COMMENT]
    ids = {one.id for one in known}
    chosen = [str(one) for one in await rooms.templates.of_door(door, door_id) if one in ids]
    places = min(MOST, len(known), len(chosen) + SPARE)
    free = [""] * (places - len(chosen))
    options = ((str(one.id), one.name) for one in offered(known, chosen, by=lambda one: str(one.id)))
    return DoorTemplates((unchosen("None", known), *options), (*chosen, *free))


async def use_at(here: Visit, form: Form, door: str, door_id: int) -> str:
    """Keep what the form says. Returns a sentence; raises `NotFound` for a template that is not the visitor's."""
    chosen = form.ids("template")
    await here.request.app[ROOMS].templates.use_at_door(door, door_id, chosen, by=here.actor)
    return "Saved. It holds for what arrives from now on." if chosen else "Saved: what arrives stays as it is."
