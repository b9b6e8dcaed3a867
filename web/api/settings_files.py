"""What a person has set, out as one file and in again; and the same shapes for OpenAPI."""

from typing import Any

from aiohttp import web

from core.programs.settings_file.desk import Outcome
from core.programs.settings_file.steps import Action, Part, Step
from core.programs.settings_file.writing import FORMAT
from core.scopes import Scope
from core.users import Identity
from web.answers import json_answer
from web.api.answers_schema import NUMBER, TEXT, TIME, YES, listed, ref, thing, words
from web.api.endpoint import Endpoint
from web.api.params import read_flag
from web.bodies import checked, read_object
from web.keys import PROGRAMS
from web.requests import ConfigDict, Field, Request, built

FILE_MOST = 8 * 1024 * 1024  # bytes

QUERY: dict[str, dict[str, Any]] = {
    "dry_run": {"type": "boolean", "default": False, "description": "Only say what would become of each thing"},
    "switch_on": {
        "type": "boolean",
        "default": False,
        "description": "Automations that were on are switched on here, too; new ones are off otherwise",
    },
}

_Things = list[dict[str, Any]]


class SettingsFile(Request):
    """What `GET /api/export/settings` answered, or parts of it. Where `notices` change it needs the scope `admin`."""

    model_config = ConfigDict(extra="allow")

    format: int = Field(ge=1, description=f"{FORMAT}; what wrote 1 is taken as well")
    time_zone: str | None = Field(default=None, max_length=80)
    theme: str | None = Field(default=None, max_length=20)
    new_posts: dict[str, Any] | None = Field(default=None, description="what new posts begin with")
    notices: dict[str, Any] | None = Field(default=None, description="by notice, then by channel")
    templates: _Things = Field(default=[], description="known by their names")
    price_presets: _Things = Field(default=[], description="known by their names")
    holidays: _Things = Field(default=[], description="known by their days")
    series: _Things = Field(default=[], description="known by their names; without their parts")
    accounts: _Things = Field(default=[], description="colour, slots and pacing of those that are linked here")
    automations: _Things = Field(default=[], description="known by their names, in the order in which they choose")
    webhooks: _Things = Field(default=[], description="known by their addresses; new ones get new secrets")
    drop_channels: _Things = Field(default=[], description="their templates, by the number that Discord gave them")
    keep_lists: _Things = Field(default=[], description="known by their names; works are added to them")


async def export(request: web.Request, identity: Identity) -> web.Response:
    return json_answer(await request.app[PROGRAMS].settings_files.write(identity.user.id))


async def bring_in(request: web.Request, identity: Identity) -> web.Response:
    """A file that says what one is told needs the scope that changing it by itself needs."""
    wanted = await checked(SettingsFile, await read_object(request, most=FILE_MOST))
    given, files = wanted.model_dump(exclude_unset=True), request.app[PROGRAMS].settings_files
    switch_on = read_flag(request, "switch_on")
    looked = await files.look(identity.user.id, given, switch_on=switch_on)
    if looked.changes_notices:
        identity.need(Scope.ADMIN)
    if read_flag(request, "dry_run"):
        return json_answer(outcome_json(looked))
    return json_answer(outcome_json(await files.bring_in(identity.user.id, given, switch_on=switch_on)))


def outcome_json(outcome: Outcome) -> dict[str, Any]:
    return {
        "done": outcome.is_done,
        "changes": outcome.changes,
        "problems": outcome.problems,
        "items": [_step_json(step) for step in outcome.steps],
        "secrets": [{"url": one.url, "secret": one.secret} for one in outcome.secrets],
    }


def _step_json(step: Step) -> dict[str, Any]:
    return {"part": step.part, "name": step.name, "action": step.action, "text": step.text}


def schemas() -> dict[str, Any]:
    whole = built(SettingsFile).model_json_schema()["properties"]
    parts: dict[str, dict[str, Any]] = {
        name: ({"type": "object"} if name in {"new_posts", "notices"} else listed({"type": "object"}))
        | {"description": of["description"]}
        for name, of in whole.items()
        if name not in {"format", "time_zone", "theme"}
    }
    return {
        "SettingsWritten": thing((), format=NUMBER, user=TEXT, exported_at=TIME, time_zone=TEXT, theme=TEXT, **parts),
        "BroughtIn": thing(
            done={**YES, "description": "false after a dry run"},
            changes={**NUMBER, "description": "how many things are made or changed"},
            problems={**NUMBER, "description": "how many cannot be; the others are done all the same"},
            items=listed(ref("SettingsItem")),
            secrets=listed(
                thing(url=TEXT, secret={**TEXT, "description": "of a webhook made here; shown this once"})
            ),
        ),
        "SettingsItem": thing(
            part=words([str(part) for part in Part]),
            name=TEXT,
            action=words([str(action) for action in Action]),
            text={**TEXT, "description": "what changes, or why it cannot be"},
        ),
    }


_QUERY_NAMES = ("dry_run", "switch_on")
SETTINGS_FILE_ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint("GET", "/api/export/settings", export, Scope.READ, "All that you have set, without secrets",
             "SettingsWritten"),
    Endpoint("POST", "/api/import/settings", bring_in, Scope.WRITE, "Take over such a file, or see what it would do",
             "BroughtIn", body=SettingsFile, errors=(422,), query=_QUERY_NAMES),
)  # fmt: skip
