"""What administrators change while the instance runs, over what its environment says."""

import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol

from core.actor import Actor
from core.clock import Clock
from core.errors import InvalidInput
from core.people.audit import AuditRows, audit
from core.ports import InstanceRepository
from core.settings import MEBIBYTE, Settings

logger = logging.getLogger(__name__)
STATE = "settings"  # in the instance's state: what differs from the environment, by name
NAME_MOST = 40


@dataclass(frozen=True, slots=True)
class InstanceSettings:
    """`max_users` 0: no limit. `originals_days` and `events_days` 0: kept for ever."""

    name: str = "Isekai"
    open_signup: bool = False
    max_users: int = 0
    max_file_mb: int = 50
    max_files_per_post: int = 100
    max_pixels: int = 50_000_000
    trash_days: int = 30
    originals_days: int = 0
    events_days: int = 0
    backups_kept: int = 7
    backup_pictures: bool = False

    @property
    def max_file_bytes(self) -> int:
        return self.max_file_mb * MEBIBYTE


# The same limits as the environment's variables have. What 0 means "for ever" starts high enough to be no accident.
RANGES: Mapping[str, tuple[int, int]] = {
    "max_users": (0, 1_000_000),
    "max_file_mb": (1, 2000),
    "max_files_per_post": (1, 1000),
    "max_pixels": (1, 2_000_000_000),
    "trash_days": (1, 365),
    "originals_days": (0, 36_500),
    "events_days": (0, 36_500),
    "backups_kept": (1, 365),
}
# A shorter history would take away what a person needs to decide about a work in doubt.
LEAST_UNLESS_0: Mapping[str, int] = {"originals_days": 7, "events_days": 90}


class SettingsTransaction(Protocol):
    @property
    def instance(self) -> InstanceRepository: ...
    @property
    def audit(self) -> AuditRows: ...


class SettingsStore(Protocol):
    def transaction(self) -> AbstractAsyncContextManager[SettingsTransaction]: ...


def defaults_of(settings: Settings) -> InstanceSettings:
    """As the environment has them."""
    limits = settings.limits
    return InstanceSettings(
        open_signup=limits.open_signup,
        max_users=limits.max_users,
        max_file_mb=limits.max_file_bytes // MEBIBYTE,
        max_files_per_post=limits.max_files_per_post,
        max_pixels=limits.max_pixels,
    )


def checked(wanted: Mapping[str, object]) -> dict[str, Any]:
    """The same, each of its kind and in its range; None (back to the environment's) stays. Raises `InvalidInput`."""
    problems: dict[str, str] = {}
    good: dict[str, Any] = {}
    for name, value in wanted.items():
        try:
            good[name] = None if value is None else _value(name, value)
        except ValueError as error:
            problems[name] = str(error)
    if problems:
        raise InvalidInput(problems)
    return good


def _value(name: str, value: object) -> str | bool | int:
    if name == "name":
        text = " ".join(str(value).split())
        if not text or len(text) > NAME_MOST or not text.isprintable():
            raise ValueError(f"A name has 1 to {NAME_MOST} characters.")
        return text
    if name in {"open_signup", "backup_pictures"}:
        if not isinstance(value, bool):
            raise ValueError("Say yes or no.")
        return value
    if name not in RANGES:
        raise ValueError("There is no such setting.")
    low, high = RANGES[name]
    least = LEAST_UNLESS_0.get(name, low)
    if isinstance(value, bool) or not isinstance(value, int) or not (low <= value <= high):
        raise ValueError(f"A whole number from {low:,} to {high:,}.")
    if value and value < least:
        raise ValueError(f"At least {least} days, or 0 to keep everything.")
    return value


class InstanceBook:
    """`current` is what holds now. Whoever keeps a copy is told of changes by `follow`."""

    def __init__(self, store: SettingsStore, defaults: InstanceSettings, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._followers: list[Callable[[InstanceSettings], None]] = []
        self.defaults = defaults
        self.overrides: Mapping[str, Any] = {}
        self.current = defaults

    def follow(self, follower: Callable[[InstanceSettings], None]) -> None:
        """Called now, and with every change from here on."""
        self._followers.append(follower)
        follower(self.current)

    async def load(self) -> None:
        """At the start. What an older version kept and this one does not take is left alone."""
        async with self._store.transaction() as tx:
            kept = await tx.instance.get(STATE)
        good: dict[str, Any] = {}
        for name, value in kept.items() if isinstance(kept, Mapping) else ():
            try:
                good |= checked({name: value})
            except InvalidInput as error:
                logger.warning("instance setting ignored", extra={"setting": name, "reason": error.sentence})
        self._take(good)

    async def change(self, wanted: Mapping[str, object], *, by: Actor) -> InstanceSettings:
        """None goes back to what the environment says. Raises `InvalidInput`; nothing is changed then."""
        good = checked(wanted)
        async with self._store.transaction() as tx:
            kept = await tx.instance.get(STATE)
            merged = {**(kept if isinstance(kept, Mapping) else {}), **good}
            merged = {name: value for name, value in merged.items() if value is not None}
            before, after = self.current, replace(self.defaults, **_known(merged))
            said = "; ".join(_differences(before, after))
            if not said and merged == kept:
                return self.current
            await tx.instance.put(STATE, merged)
            if said:
                await audit(tx, by, "instance.settings", f"Changed the instance: {said}.", at=self._clock.now())
        self._take(merged)
        return self.current

    def _take(self, overrides: Mapping[str, Any]) -> None:
        self.overrides = _known(overrides)
        self.current = replace(self.defaults, **self.overrides)
        for follower in self._followers:
            follower(self.current)


def _known(overrides: Mapping[str, Any]) -> dict[str, Any]:
    names = set(asdict(InstanceSettings()))
    return {name: value for name, value in overrides.items() if name in names}


def _differences(before: InstanceSettings, after: InstanceSettings) -> list[str]:
    old, new = asdict(before), asdict(after)
    return [f"{name.replace('_', ' ')} from {old[name]} to {new[name]}" for name in old if old[name] != new[name]]
