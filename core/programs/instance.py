"""What administrators decide about programs, and what a person's settings export brings back."""

import json
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from core.errors import InvalidInput, NotAllowed, UserError
from core.people.people import People
from core.ports import InstanceRepository
from core.programs.settings import ALLOW_PRIVATE
from core.users import User
from core.webhooks.webhooks import Webhooks

WEBHOOKS_MOST = 20
SETTINGS_MOST = 64_000  # characters, written as JSON


class InstanceTransaction(Protocol):
    @property
    def instance(self) -> InstanceRepository: ...


class InstanceStore(Protocol):
    def transaction(self) -> AbstractAsyncContextManager[InstanceTransaction]: ...


@dataclass(frozen=True, slots=True)
class BroughtIn:
    """What a settings import changed, and what it could not."""

    done: tuple[str, ...]
    problems: tuple[str, ...]


class ProgramSettings:
    def __init__(self, store: InstanceStore, people: People, webhooks: Webhooks) -> None:
        self._store = store
        self._people = people
        self._webhooks = webhooks

    async def private_allowed(self) -> bool:
        """Whether webhooks may call loopback and private addresses."""
        async with self._store.transaction() as tx:
            return bool(await tx.instance.get(ALLOW_PRIVATE))

    async def allow_private(self, user: User, allowed: bool) -> None:
        if not user.is_admin:
            raise NotAllowed("Only an administrator can allow webhooks into private networks.")
        async with self._store.transaction() as tx:
            await tx.instance.put(ALLOW_PRIVATE, allowed)

    async def bring_in(self, user: User, given: Mapping[str, Any]) -> BroughtIn:
        """Take over what `Exports.settings` wrote. Webhooks get new secrets; those that are there already stay."""
        if not isinstance(given.get("format"), int):
            raise InvalidInput({"settings": "This is not a settings export of Isekai."})
        done: list[str] = []
        problems: list[str] = []
        if isinstance(given.get("time_zone"), str):
            try:
                await self._people.choose_time_zone(user.id, given["time_zone"])
                done.append("time zone")
            except UserError as error:
                problems.append(error.sentence)
        if isinstance(given.get("theme"), str):
            await self._people.choose_theme(user.id, given["theme"])
            done.append("theme")
        settings = given.get("settings")
        if isinstance(settings, dict) and settings:
            known = {name: value for name, value in settings.items() if name.isidentifier() and name != "user_id"}
            if len(json.dumps(known)) > SETTINGS_MOST:
                raise InvalidInput({"settings": "These settings are larger than any of ours."})
            await self._people.change_settings(user.id, **known)
            done.append("settings")
        await self._bring_webhooks(user, given.get("webhooks"), done, problems)
        return BroughtIn(tuple(done), tuple(problems))

    async def _bring_webhooks(self, user: User, given: Any, done: list[str], problems: list[str]) -> None:
        there = {hook.url for hook in await self._webhooks.of(user.id)}
        for hook in given[:WEBHOOKS_MOST] if isinstance(given, list) else []:
            if not isinstance(hook, dict) or hook.get("url") in there:
                continue
            events = hook.get("events")
            kinds = events if isinstance(events, list) else []
            try:
                await self._webhooks.create(
                    user.id, url=str(hook.get("url")), kinds=[str(k) for k in kinds], name=str(hook.get("name") or "")
                )
                done.append(f"webhook {hook.get('url')}")
            except UserError as error:
                problems.append(f"Webhook {str(hook.get('url'))[:100]}: {error.sentence}")
