"""What edits of many posts need to know beside the posts: templates, accounts, folders, variables."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from core.actor import Actor
from core.bulk.change import Action, Around, Change
from core.bulk.ports import BulkTransaction
from core.errors import NotFound
from core.library.template import in_order
from core.library.templates import facts_of
from core.posts.post import Post

PlaceOf = Callable[[int], Awaitable[ZoneInfo]]


class Surroundings:
    """`place_of`: a person's time zone, for dates in variables."""

    def __init__(self, place_of: PlaceOf) -> None:
        self._place_of = place_of

    async def of(self, tx: BulkTransaction, change: Change, by: Actor) -> Around:
        """The same for every post. Raises `NotFound` for a template that is gone."""
        if change.action is not Action.EDIT:
            return Around()
        accounts = {account.id: account for account in await tx.accounts.of_user(by.user_id)}
        layers = in_order(await tx.rooms.templates.of_user(by.user_id), change.templates) if change.templates else ()
        if len(layers) != len(set(change.templates)):
            raise NotFound("One of these templates does not exist any more.")
        folders = {}
        if "galleries" in change.fields:
            for account_id in accounts:
                copy = await tx.rooms.folders.copy(account_id)
                folders[account_id] = frozenset(folder.folder_id for folder in copy.folders)
        return Around(layers=layers, accounts=accounts, folders=folders)

    async def of_post(
        self, tx: BulkTransaction, around: Around, change: Change, post: Post, position: int, now: datetime
    ) -> Around:
        """And for this one: what the variables stand for. `{seq}` counts the selection from 1.

        A template counts its own uses instead.
        """
        if not (around.layers or (change.fills_in and change.fields.keys() & {"title", "description"})):
            return around
        place = await self._place_of(post.user_id)
        moment = post.plan.due_local if post.plan else now.astimezone(place)
        arrived = await tx.rooms.templates.arrived(post.id)
        account = around.accounts.get(post.account_id) or await tx.accounts.get(post.account_id)  # or a shared one
        facts = facts_of(post.details, account, arrived, moment)
        layers = around.layers
        if layers:
            fresh = {one.id: one for one in await tx.rooms.templates.of_user(post.user_id)}
            layers = tuple(fresh.get(layer.id, layer) for layer in layers)
        return replace(around, facts=replace(facts, seq=position + 1), layers=layers)

    @staticmethod
    async def used(tx: BulkTransaction, around: Around, post: Post) -> None:
        if around.layers:
            await tx.rooms.templates.count_use([layer.id for layer in around.layers], post_id=post.id)
