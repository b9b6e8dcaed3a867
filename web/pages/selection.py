"""What the bar below a list is used on: the posts that are ticked, or everything that the list finds."""

from aiohttp import web

from core.actor import Actor
from core.bulk.bulks import Selection
from core.errors import InvalidInput
from core.users import User
from web.keys import BULK, READS
from web.pages.forms import Form
from web.pages.list_kinds import SELECTABLE
from web.pages.list_query import asked_in

NOTHING = "Select at least one post."
PLACED_MOST = 500  # posts that are given places at once


async def selection(request: web.Request, user: User, form: Form) -> Selection:
    """Raises `InvalidInput` where nothing is selected."""
    if form.text("all") != "yes":
        ids = form.ids()
        if not ids:
            raise InvalidInput({"ids": NOTHING})
        return Selection(ids)
    kind = SELECTABLE.get(form.text("list"))
    if kind is None:
        raise InvalidInput({"ids": NOTHING})
    accounts = (await request.app[READS].overview(user.id)).visible
    asked = asked_in(kind, form.text("match"), [account.id for account in accounts])
    if not kind.statuses and not asked.is_narrowed:
        raise InvalidInput({"ids": "Search for something first."})
    return Selection(query=asked.query(user.id))


async def selected_ids(request: web.Request, user: User, form: Form) -> tuple[int, ...]:
    """For what gives each post a place of its own: 500 at most. Raises `InvalidInput` where nothing is selected."""
    if form.text("all") != "yes":
        if not (ids := form.ids(most=PLACED_MOST)):
            raise InvalidInput({"ids": NOTHING})
        return ids
    office = request.app[BULK]
    chosen = await office.bulks.choose(await selection(request, user, form), by=Actor(user.id, user.name))
    if chosen.total > PLACED_MOST:
        raise InvalidInput({"ids": f"These are {chosen.total:,} posts. At most {PLACED_MOST} are placed at once."})
    return tuple(item.post_id for item in await office.reads.items(chosen.id, limit=PLACED_MOST))
