"""Changes of many posts, wired together once."""

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from core.bulk.bulks import Bulks, Left
from core.bulk.ports import BulkReads, BulkStore
from core.bulk.preview import Previews
from core.bulk.single import Single
from core.bulk.surroundings import Surroundings
from core.clock import Clock
from core.planning.planner import Planner
from core.posts.review import Review
from core.users import PeopleReads


@dataclass(frozen=True, slots=True)
class BulkOffice:
    bulks: Bulks
    previews: Previews
    reads: BulkReads


def open_bulk(
    store: BulkStore,
    rows: BulkReads,
    people: PeopleReads,
    review: Review,
    planner: Planner,
    clock: Clock,
    *,
    lead: timedelta,
    on_left: Left,
) -> BulkOffice:
    async def zone_of(user_id: int) -> str:
        user = await people.user(user_id)
        return user.time_zone if user else "UTC"

    async def place_of(user_id: int) -> ZoneInfo:
        return ZoneInfo(await zone_of(user_id))

    surroundings = Surroundings(place_of)
    single = Single(review, planner, zone_of, lead=lead)
    return BulkOffice(
        Bulks(store, rows, single, surroundings, clock, lead=lead, on_left=on_left),
        Previews(store, rows, surroundings, clock, lead=lead),
        rows,
    )
