"""The steps for what Settings itself keeps: zone, looks, what new posts begin with, who is told what; pure."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, replace
from typing import Any

from core.errors import InvalidInput
from core.notice_choices import FOR_ADMINS
from core.notice_choices import SETTING as NOTICES
from core.notice_choices import changed as notices_changed
from core.planning.wall_clock import zone
from core.posts.habits import SETTING as HABITS
from core.posts.habits import habits_of
from core.programs.settings_file import reading
from core.programs.settings_file.steps import Action, Part, Step, difference
from core.programs.settings_file.writing import notices_written
from core.users import User


def steps(user: User, given: Mapping[str, Any]) -> Iterator[Step]:
    """Each `wanted` is the person with that one thing changed; `changed` puts them together."""
    for part, read, write in _PARTS:
        if (said := given.get(part)) is None:
            continue
        try:
            wanted = read(user, said)
        except InvalidInput as error:
            yield Step(part, "", Action.CANNOT, error.sentence)
            continue
        action, text = difference(write(user), write(wanted))
        yield Step(part, "", action, text, said, user)


def changed(user: User, step: Step) -> User:
    read = next(read for part, read, _ in _PARTS if part is step.part)
    return read(user, step.wanted)


def _zone(user: User, said: Any) -> User:
    return replace(user, time_zone=zone(str(said)).key, zone_chosen=True)


def _theme(user: User, said: Any) -> User:
    return replace(user, theme=reading.theme(said))


def _habits(user: User, said: Any) -> User:
    kept = reading.habits(_mapping(said)).as_setting()
    others = {name: value for name, value in user.settings.items() if name != HABITS}
    return replace(user, settings=others if kept is None else others | {HABITS: kept})


def _notices(user: User, said: Any) -> User:
    """What only administrators are told is no choice of anybody else's."""
    offered = {
        name: _switches(channels)
        for name, channels in _mapping(said).items()
        if user.is_admin or name not in set(FOR_ADMINS)
    }
    return replace(user, settings={**user.settings, NOTICES: notices_changed(user.settings, offered)})


def _switches(said: Any) -> Mapping[str, bool]:
    channels = _mapping(said)
    return {name: reading.flag(channels, name) for name in channels}


def _mapping(said: Any) -> Mapping[str, Any]:
    if not isinstance(said, Mapping):
        raise InvalidInput({"settings": "It cannot be read."})
    return said


_PARTS: tuple[tuple[Part, Callable[[User, Any], User], Callable[[User], Mapping[str, Any]]], ...] = (
    (Part.TIME_ZONE, _zone, lambda user: {"time zone": user.time_zone}),
    (Part.THEME, _theme, lambda user: {"theme": user.theme}),
    (Part.NEW_POSTS, _habits, lambda user: asdict(habits_of(user.settings))),
    (Part.NOTICES, _notices, notices_written),
)
