"""From what a test says to the options of an application command, held to the registered command."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .model import ADMINISTRATOR, Attachment, Channel, Role, User

if TYPE_CHECKING:
    from .server import LoopbackDiscord

STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT = range(3, 12)


class NotShown(AssertionError):
    """Discord would not offer this command to this person."""


@dataclass(frozen=True)
class Picked:
    """The value of the option that is being typed."""

    value: str


@dataclass(frozen=True)
class Command:
    data: dict[str, Any]


def resolve_command(
    discord: LoopbackDiscord,
    user: User,
    channel: Channel,
    name: str,
    given: dict[str, Any],
    *,
    partial: bool = False,
    force: bool = False,
) -> Command:
    """The `data` of an interaction, checked against the command the bot registered."""
    first, *rest = name.split(" ")
    command = next((c for c in discord.commands if c["type"] == 1 and c["name"] == first), None)
    if command is None:
        raise AssertionError(f"there is no /{first}; there are {[c['name'] for c in discord.commands]}")
    if not force:
        _check_permissions(command, user, channel)
    resolved: dict[str, dict[str, Any]] = {}
    known = command["options"]
    path = []
    for step in rest:
        found = next((o for o in known if o["name"] == step and o["type"] in (1, 2)), None)
        if found is None:
            raise AssertionError(f"/{first} has no {step!r}")
        path.append(found)
        known = found.get("options", [])
    assert not any(o["type"] in (1, 2) for o in known), f"/{name} needs a subcommand"
    options = _options(discord, channel, known, given, resolved, partial=partial)
    for step in reversed(path):
        options = [{"name": step["name"], "type": step["type"], "options": options}]
    data: dict[str, Any] = {"id": command["id"], "name": first, "type": 1, "options": options}
    if "guild_id" in command:
        data["guild_id"] = command["guild_id"]
    if resolved:
        data["resolved"] = resolved
    return Command(data)


def _check_permissions(command: dict[str, Any], user: User, channel: Channel) -> None:
    if channel.guild is None:
        if command.get("dm_permission") is False or command.get("contexts") == [0]:
            raise NotShown(f"/{command['name']} is for servers")
        return
    needed = int(command["default_member_permissions"] or 0)
    have = channel.guild.permissions_of(user)
    if command["default_member_permissions"] is not None and not (
        have & ADMINISTRATOR or (have & needed == needed and needed)
    ):
        raise NotShown(f"/{command['name']} is not shown to {user.name}")


def _options(
    discord: LoopbackDiscord,
    channel: Channel,
    known: list[dict[str, Any]],
    given: dict[str, Any],
    resolved: dict[str, dict[str, Any]],
    *,
    partial: bool,
) -> list[dict[str, Any]]:
    by_name = {option["name"]: option for option in known}
    for name in given:
        assert name in by_name, f"there is no option {name!r}; there are {list(by_name)}"
    if not partial:
        missing = [o["name"] for o in known if o.get("required") and o["name"] not in given]
        assert not missing, f"required options are missing: {missing}"
    return [
        _option(discord, channel, by_name[name], value, resolved)
        for name, value in given.items()
        if value is not None
    ]


def _option(
    discord: LoopbackDiscord,
    channel: Channel,
    known: dict[str, Any],
    value: Any,
    resolved: dict[str, dict[str, Any]],
) -> dict[str, Any]:
    made: dict[str, Any] = {"name": known["name"], "type": known["type"]}
    if isinstance(value, Picked):
        assert known.get("autocomplete"), f"{known['name']!r} has no autocomplete"
        return made | {"value": value.value, "focused": True}
    if known["type"] in (USER, CHANNEL, ROLE, MENTIONABLE, ATTACHMENT):
        return made | {"value": _resolve(discord, channel, value, resolved)}
    if known.get("choices"):
        fits = [c["value"] for c in known["choices"] if value in (c["value"], c["name"])]
        assert fits, f"{value!r} is not a choice of {known['name']!r}"
        value = fits[0]
    wanted: dict[int, Any] = {STRING: str, INTEGER: int, BOOLEAN: bool, NUMBER: (int, float)}
    assert isinstance(value, wanted[known["type"]]), f"{known['name']!r} takes another type than {value!r}"
    return made | {"value": value}


def _resolve(discord: LoopbackDiscord, channel: Channel, value: Any, resolved: dict[str, dict[str, Any]]) -> str:
    if isinstance(value, tuple):
        value = discord.attach(channel, *value)
    key = str(value.id)
    if isinstance(value, Attachment):
        resolved.setdefault("attachments", {})[key] = value.json()
    elif isinstance(value, Channel):
        resolved.setdefault("channels", {})[key] = value.json() | {"permissions": "0"}
    elif isinstance(value, Role):
        resolved.setdefault("roles", {})[key] = value.json()
    else:
        resolved.setdefault("users", {})[key] = value.json()
        if channel.guild is not None:
            member = {k: v for k, v in channel.guild.member_json(value).items() if k != "user"}
            member["permissions"] = str(channel.guild.permissions_of(value))
            resolved.setdefault("members", {})[key] = member
    return key
