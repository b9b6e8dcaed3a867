"""What the bot uses of the application. Handlers find it on the client that owns them."""

from __future__ import annotations

from dataclasses import dataclass

from core.bus import Bus
from core.clock import Clock
from core.discord_links import DiscordLinks
from core.discord_ports import DiscordMemory
from core.operations.check_up import CheckUp
from core.pausing import Pausing
from core.people.people import People
from core.planning.office import Planning
from core.planning.planner import Planner
from core.ports import Reads, Store
from core.posts.intake import Intake
from core.posts.pictures import ImageStore, PictureInspector
from core.posts.review import Review
from core.publishing.resolve import Resolve
from core.rooms import Rooms
from core.users import PeopleReads


@dataclass(frozen=True, slots=True)
class Services:
    store: Store
    reads: Reads
    memory: DiscordMemory
    people: People
    people_reads: PeopleReads
    review: Review
    links: DiscordLinks
    intake: Intake
    images: ImageStore
    inspector: PictureInspector
    bus: Bus
    clock: Clock
    pausing: Pausing
    planning: Planning
    rooms: Rooms
    resolve: Resolve
    public_url: str
    check_up: CheckUp | None = None

    @property
    def planner(self) -> Planner:
        return self.planning.planner

    def page(self, path: str) -> str:
        return f"{self.public_url.rstrip('/')}/{path.lstrip('/')}"

    def post_page(self, post_id: int) -> str:
        return self.page(f"posts/{post_id}")
