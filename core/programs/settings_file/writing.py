"""A person's settings as the file has them; pure. Secrets and keys are not in it."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from core.exclusives.price import Money, Preset
from core.library.template import Template
from core.notice_choices import FOR_ADMINS, Channel, Notice, channels_of
from core.planning.as_given import automation_as_given, pacing_as_given, slot_as_given
from core.planning.automation import TEMPLATE_FIELDS, Automation
from core.planning.pacing import Holiday
from core.planning.ports import AccountPlanning, Series
from core.posts.habits import habits_of
from core.programs.settings_file.state import Kept, State
from core.users import User
from core.webhooks.envelope import stamp
from core.webhooks.webhook import Webhook

FORMAT = 2  # 1 held no more than time zone, theme, what Settings keeps, and webhooks


def written(state: State) -> dict[str, Any]:
    user = state.user
    return {
        "format": FORMAT,
        "user": user.name,
        "exported_at": stamp(state.at),
        "time_zone": user.time_zone,
        "theme": user.theme,
        "new_posts": asdict(habits_of(user.settings)),
        "notices": notices_written(user),
        "templates": [template_written(one) for one in state.templates],
        "price_presets": [preset_written(one) for one in state.live_presets],
        "holidays": [holiday_written(one.holiday) for one in state.holidays if one.holiday.last >= state.at.date()],
        "series": [series_written(one) for one in state.series],
        "accounts": [
            {"name": one.username, "color": one.color} | planning_written(state.planning[one.id])
            for one in state.accounts
        ],
        "automations": [automation_written(one, state) for one in state.automations],
        "webhooks": [webhook_written(one) for one in state.webhooks],
        "drop_channels": [
            {"channel": str(one.channel_id), "templates": list(one.templates)} for one in state.drop_channels
        ],
        "keep_lists": [kept_written(one) for one in state.keep_lists],
    }


def notices_written(user: User) -> dict[str, dict[str, bool]]:
    offered = [one for one in Notice if user.is_admin or one not in FOR_ADMINS]
    return {str(one): {str(c): c in channels_of(user.settings, one) for c in Channel} for one in offered}


def template_written(template: Template) -> dict[str, Any]:
    return {"kind": str(template.kind), "name": template.name, "body": template.body}


def preset_written(preset: Preset) -> dict[str, Any]:
    highest = None if preset.highest is None else Money(preset.highest, preset.currency).plain
    return {
        "name": preset.name,
        "currency": preset.currency,
        "lowest": Money(preset.lowest, preset.currency).plain,
        "highest": highest,
        "is_default": preset.is_default,
    }


def holiday_written(holiday: Holiday) -> dict[str, Any]:
    return {
        "first": holiday.first.isoformat(),
        "last": holiday.last.isoformat(),
        "mode": str(holiday.mode),
        "name": holiday.name,
    }


def series_written(series: Series) -> dict[str, Any]:
    """Without its parts, which are posts."""
    return {"name": series.name, "gap_hours": None if series.gap_minutes is None else series.gap_minutes / 60}


def kept_written(kept: Kept) -> dict[str, Any]:
    """Without what only shows them: pictures are fetched anew."""
    return {
        "name": kept.name,
        "works": [
            {
                "id": one.deviation_id,
                "title": one.title,
                "author": one.author,
                "url": one.url,
                "width": one.width,
                "height": one.height,
                "is_mature": one.is_mature,
            }
            for one in kept.works
        ],
    }


def planning_written(account: AccountPlanning) -> dict[str, Any]:
    return {
        "slots": [slot_as_given(one) for one in account.slots],
        "pacing": pacing_as_given(account.pacing) | {"move_up": account.move_up},
    }


def webhook_written(webhook: Webhook) -> dict[str, Any]:
    return {
        "name": webhook.name,
        "url": webhook.url,
        "events": [str(kind) for kind in webhook.kinds],
        "enabled": webhook.is_enabled,
    }


def automation_written(automation: Automation, state: State) -> dict[str, Any]:
    """A default from a template that is gone is left out: it does nothing any more."""
    given = automation_as_given(automation)
    account_id, preset_id = given.pop("account_id"), given.pop("price_preset_id")
    pool = given["pool"]
    templates = {one.id: one.name for one in state.templates}
    for rule in given["rules"]:
        if "anchor" in rule:
            rule["anchor"] = stamp(rule["anchor"])
    defaults = []
    for one in given["defaults"]:
        if one["field"] == "galleries":
            one["value"] = _folders(one["value"], state)
        elif one["field"] in TEMPLATE_FIELDS:
            one["value"] = templates.get(one["value"])
        if one["value"] is not None or one["field"] not in TEMPLATE_FIELDS:
            defaults.append(one | {"mode": str(one["mode"])})
    return given | {
        "account": next((one.username for one in state.accounts if one.id == account_id), None),
        "order": str(given["order"]),
        "missed": str(given["missed"]),
        "pool": {
            "tags": list(pool["tags"]),
            "folders": _folders(pool["galleries"], state),
            "not_flagged": list(pool["not_flagged"]),
            "template": pool["template"],
        },
        "defaults": defaults,
        "price_preset": next((one.name for one in state.presets if one.id == preset_id), None),
    }


def _folders(ids: Sequence[str], state: State) -> list[dict[str, Any]]:
    """With DeviantArt's id beside the name, for an instance that has not read the gallery yet."""
    names = {one.id: one.username for one in state.accounts}
    places = {
        folder: (names.get(n), path) for n, paths in state.folder_paths.items() for folder, path in paths.items()
    }
    return [
        {"account": account, "name": path, "id": folder_id}
        for folder_id in ids
        for account, path in [places.get(folder_id, (None, None))]
    ]
