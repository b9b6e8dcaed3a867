"""Everything of planning, wired together once."""

from dataclasses import dataclass
from datetime import timedelta
from random import Random

from core.clock import Clock
from core.planning.automations import Automations
from core.planning.guard import Guard
from core.planning.planner import Planner
from core.planning.ports import PlanningReads, PlanningStore
from core.planning.pruning import Pruning
from core.planning.queue import Queue
from core.planning.replanning import Undoing
from core.planning.series import SeriesDesk
from core.planning.spreading import Spreading
from core.planning.ticking import Ticking
from core.posts.desk import Desk


@dataclass(frozen=True, slots=True)
class Planning:
    reads: PlanningReads
    planner: Planner
    guard: Guard
    queue: Queue
    automations: Automations
    ticking: Ticking
    spreading: Spreading
    undoing: Undoing
    series: SeriesDesk
    pruning: Pruning


def open_planning(
    store: PlanningStore, reads: PlanningReads, desk: Desk, clock: Clock, *, lead: timedelta, random: Random
) -> Planning:
    """`lead`: how early a private upload may start."""
    guard = Guard(store, reads, clock, lead=lead)
    planner = Planner(desk, clock, lead=lead, random=random, guard=guard)
    queue = Queue(store, reads, planner, clock, lead=lead, random=random)
    planner.on_left = queue.close_gap
    return Planning(
        reads=reads,
        planner=planner,
        guard=guard,
        queue=queue,
        automations=Automations(store, reads, clock, random=random),
        ticking=Ticking(store, reads, clock, lead=lead),
        spreading=Spreading(store, clock, lead=lead),
        undoing=Undoing(store, clock, lead=lead),
        series=SeriesDesk(store, reads, clock),
        pruning=Pruning(store, clock),
    )
