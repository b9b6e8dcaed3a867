"""One thing of a settings file as what it stands for. Each raises `InvalidInput` with a sentence; pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from core.errors import InvalidInput
from core.exclusives.price import WantedPreset, read_preset
from core.inspiration.works import Shown
from core.library.template import TemplateKind, Wanted, read_wanted
from core.planning.automation import COMMENT_TEMPLATE, DESCRIPTION_TEMPLATE, TEMPLATE_FIELDS, Automation, check
from core.planning.automation_input import with_changes
from core.planning.guard import read_holiday
from core.planning.pacing import Holiday
from core.planning.rules import FixedInterval, Rule
from core.planning.series import read_gap, read_name
from core.planning.wall_clock import parse_instant
from core.posts.habits import Habits, read_habits
from core.programs.settings_file.state import Names

WORDS_KEPT, URL_KEPT = 500, 2000
_DEVIATION = re.compile(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}")
THEMES = ("auto", "light", "dark")
_KIND_OF = {DESCRIPTION_TEMPLATE: TemplateKind.DESCRIPTION, COMMENT_TEMPLATE: TemplateKind.COMMENT}


def current_form(given: Mapping[str, Any]) -> dict[str, Any]:
    """A file of the first format as the second has it."""
    kept = given.get("settings")
    if given.get("format") != 1 or not isinstance(kept, Mapping):
        return dict(given)
    moved = {"new_posts": kept.get("habits"), "notices": kept.get("notices")}
    return {name: value for name, value in {**given, **moved}.items() if value is not None and name != "settings"}


def text(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise InvalidInput({name: f"“{name}” is text."})
    return str(value)


def flag(given: Mapping[str, Any], name: str, *, absent: bool = False) -> bool:
    value = given.get(name, absent)
    if not isinstance(value, bool):
        raise InvalidInput({name: f"“{name}” is true or false."})
    return value


def things(given: Any, name: str) -> Sequence[Any]:
    if given is None:
        return ()
    if not isinstance(given, list):
        raise InvalidInput({name: f"“{name}” is a list."})
    return given


def theme(given: Any) -> str:
    if given not in THEMES:
        raise InvalidInput({"theme": f"The theme is one of: {', '.join(THEMES)}."})
    return str(given)


def habits(given: Mapping[str, Any]) -> Habits:
    return read_habits(
        add_watermark=flag(given, "add_watermark"),
        display_resolution=text(given, "display_resolution"),
        keep_metadata=flag(given, "keep_metadata"),
    )


def template(given: Mapping[str, Any]) -> Wanted:
    return read_wanted(text(given, "kind"), text(given, "name"), text(given, "body"))


def holiday(given: Mapping[str, Any]) -> Holiday:
    return read_holiday({name: text(given, name) for name in ("first", "last", "mode", "name")})


def preset(given: Mapping[str, Any]) -> tuple[WantedPreset, bool]:
    """With whether it is to be the default."""
    wanted = read_preset(text(given, "name"), text(given, "currency"), text(given, "lowest"), text(given, "highest"))
    return wanted, flag(given, "is_default")


def series(given: Mapping[str, Any]) -> tuple[str, int | None]:
    """Its name and the gap between its parts in minutes."""
    gap = given.get("gap_hours")
    if gap is not None and (isinstance(gap, bool) or not isinstance(gap, int | float)):
        raise InvalidInput({"gap_hours": "“gap_hours” is a number of hours."})
    return read_name(text(given, "name")), read_gap(gap)


def kept_work(given: Any) -> Shown:
    """A work of DeviantArt: a link that leads elsewhere is none."""
    if not isinstance(given, Mapping):
        raise InvalidInput({"works": "A work cannot be read."})
    deviation_id, url = text(given, "id").strip().upper(), text(given, "url").strip()
    parts = urlsplit(url)
    if not _DEVIATION.fullmatch(deviation_id) or parts.scheme not in {"http", "https"} or not parts.hostname:
        raise InvalidInput({"works": f"“{text(given, 'title')[:80]}” is no work of DeviantArt."})
    return Shown(
        deviation_id,
        text(given, "title")[:WORDS_KEPT],
        text(given, "author")[:WORDS_KEPT],
        url[:URL_KEPT],
        width=_side(given, "width"),
        height=_side(given, "height"),
        is_mature=flag(given, "is_mature"),
    )


def _side(given: Mapping[str, Any], name: str) -> int:
    value = given.get(name, 1)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 100_000 else 1


def automation(
    given: Mapping[str, Any], base: Automation, names: Names, *, switch_on: bool, now: datetime
) -> Automation:
    """*base* as the file has it; what the file leaves out stays. Whether it is on stays as well, unless *switch_on*
    and the file says that it was."""
    wanted = {name: value for name, value in given.items() if name not in {"account", "price_preset", "enabled"}}
    if "account" in given:
        account = text(given, "account")
        sentence = f"No account “{account}” is linked here. Connect it first."
        wanted["account_id"] = _named(names.accounts, account, "account", sentence)
    if "price_preset" in given:
        sold = text(given, "price_preset")
        sentence = f"There is no price preset “{sold}”."
        wanted["price_preset_id"] = _named(names.presets, sold, "price_preset", sentence)
    if "rules" in given:
        wanted["rules"] = [_anchored(rule) for rule in things(given["rules"], "rules")]
    if isinstance(pool := given.get("pool"), Mapping):
        rest = {name: value for name, value in pool.items() if name != "folders"}
        wanted["pool"] = rest | {"galleries": _folders(pool.get("folders"), names)}
    if "defaults" in given:
        wanted["defaults"] = [_default(one, names) for one in things(given["defaults"], "defaults")]
    read = with_changes(base, wanted, now=now)
    enabled = base.enabled or (switch_on and flag(given, "enabled"))
    return check(replace(read, rules=_kept(read.rules, base.rules), enabled=enabled), now=now)


def _named(ids: Mapping[str, int], name: str, field: str, sentence: str) -> int | None:
    if not name:
        return None
    found = ids.get(name.casefold())
    if found is None:
        raise InvalidInput({field: sentence})
    return found


def _anchored(rule: Any) -> dict[str, Any]:
    """Rules are known by what they say: a number from elsewhere would mean another one here."""
    if not isinstance(rule, Mapping):
        raise InvalidInput({"rules": "A rule cannot be read."})
    wanted = {name: value for name, value in rule.items() if name != "id"}
    if wanted.get("anchor") is not None:
        wanted["anchor"] = parse_instant(text(wanted, "anchor"))
    return wanted


def _kept(rules: Sequence[Rule], before: Sequence[Rule]) -> tuple[Rule, ...]:
    """A rule that is there already stays the one it is, with the slots that it has used."""
    left = list(before)
    found = []
    for rule in rules:
        same = next((one for one in left if _without_id(one) == _without_id(rule)), None)
        if same is not None:
            left.remove(same)
        found.append(same or rule)
    return tuple(found)


def _without_id(rule: Rule) -> Rule:
    plain = replace(rule, id=0)
    return replace(plain, anchor=plain.anchor.replace(microsecond=0)) if isinstance(plain, FixedInterval) else plain


def _default(given: Any, names: Names) -> dict[str, Any]:
    if not isinstance(given, Mapping) or not isinstance(given.get("field"), str):
        raise InvalidInput({"defaults": "A default value cannot be read."})
    if given["field"] == "galleries":
        return {**given, "value": _folders(given.get("value"), names)}
    if given["field"] in TEMPLATE_FIELDS:
        name = text(given, "value")
        kind, number = names.templates.get(name.casefold(), (None, 0))
        if kind is not _KIND_OF[given["field"]]:
            raise InvalidInput({"defaults": f"There is no {_KIND_OF[given['field']]} template “{name}”."})
        return {**given, "value": number}
    return dict(given)


def _folders(given: Any, names: Names) -> list[str]:
    return [_folder(one, names) for one in things(given, "folders")]


def _folder(given: Any, names: Names) -> str:
    """The folder of that id, else of that name. One of a gallery that was never read here is believed."""
    if not isinstance(given, Mapping):
        raise InvalidInput({"folders": "A folder cannot be read."})
    account, path, folder_id = (text(given, name) for name in ("account", "name", "id"))
    if folder_id and any(folder_id in folders.values() for folders in names.folders.values()):
        return folder_id
    number = names.accounts.get(account.casefold()) if account else None
    by_path = names.folders.get(number, {}) if number is not None else {}
    if path and path.casefold() in by_path:
        return by_path[path.casefold()]
    if folder_id and not by_path and (number is not None or not account):
        return folder_id
    where = f" of {account}" if account else ""
    raise InvalidInput(
        {"folders": f"There is no folder “{path or folder_id}” in the gallery{where}. Open Folders first."}
    )
