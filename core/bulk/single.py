"""Verbs that ask the pacing guard first: one post, one transaction of their own."""

from datetime import timedelta
from typing import Protocol

from core.actor import Actor
from core.bulk.change import Action, Change
from core.bulk.deeds import prepared
from core.bulk.ports import Item
from core.errors import InvalidInput
from core.planning.planner import Planner, read_moment
from core.planning.wall_clock import Planned, Wish, instant_of, parse_local
from core.posts.post import Post
from core.posts.review import Review


class PlaceName(Protocol):
    async def __call__(self, user_id: int) -> str:
        """The person's time zone by name."""
        ...


class Single:
    def __init__(self, review: Review, planner: Planner, zone_of: PlaceName, *, lead: timedelta) -> None:
        self._review = review
        self._planner = planner
        self._zone_of = zone_of
        self._lead = lead

    @staticmethod
    def takes(change: Change, post: Post) -> bool:
        """Scheduling asks for room, approving a wish too."""
        return bool(post.wish) if change.action is Action.APPROVE else change.action is Action.SCHEDULE

    async def do(self, change: Change, item: Item, *, by: Actor) -> Post:
        if change.action is Action.APPROVE:
            zone = await self._zone_of(by.user_id)
            return await self._review.approve(
                item.post_id,
                by=by,
                time_zone=zone,
                expected_version=item.version,
                prepare=(lambda post, now: prepared(post, change, now=now, lead=self._lead))
                if change.fields
                else None,
            )
        scheduled = await self._planner.schedule(
            item.post_id,
            planned_for(change, item.position),
            by=by,
            jitter_seconds=change.jitter_seconds,
            expected_version=item.version,
            override_pacing=change.override_pacing,
        )
        return scheduled.post


def planned_for(change: Change, position: int) -> Planned:
    """The first at the time given, each further one a step later on the same wall clock. Raises `InvalidInput`."""
    if change.step_minutes and change.local is not None and change.time_zone is not None:
        try:
            local = parse_local(change.local) + timedelta(minutes=change.step_minutes * position)
        except OverflowError as error:
            raise InvalidInput({"local": "This date is too far away."}) from error
        return instant_of(Wish(local, change.time_zone))
    return read_moment(at=change.at, local=change.local, time_zone=change.time_zone)
