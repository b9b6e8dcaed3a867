"""The steps for templates, price presets, holidays, series, webhooks, drop channels and kept works; pure."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from core.errors import InvalidInput
from core.exclusives.presets import PRESETS_EACH
from core.exclusives.price import Preset
from core.inspiration.keeping import LISTS_EACH, WORKS_EACH, read_list_name
from core.library.template import LAYERS_MOST, Template
from core.library.templates import TEMPLATES_EACH
from core.planning.guard import MOST_HOLIDAYS
from core.planning.ports import NamedHoliday, Series
from core.programs.settings_file import reading
from core.programs.settings_file.state import DropChannel, Kept, Names, State
from core.programs.settings_file.steps import Action, Kind, Part, Step, compared
from core.programs.settings_file.writing import (
    holiday_written,
    preset_written,
    series_written,
    template_written,
    webhook_written,
)
from core.webhooks.addresses import read_url
from core.webhooks.envelope import read_kinds
from core.webhooks.webhook import Webhook
from core.webhooks.webhooks import OFF_BY_OWNER, WEBHOOKS_EACH, read_name

SERIES_MOST = 1000
CHANNELS_NAMED = 100  # that are none of theirs; each is told
NO_CHANNEL = "This is no drop channel of yours here. Choose it with /setup in Discord, then bring the file in again."


def template_steps(state: State, given: Mapping[str, Any]) -> Iterator[Step]:
    def read(item: Mapping[str, Any], before: Template | None) -> Template:
        wanted = reading.template(item)
        if before is not None and before.kind is not wanted.kind:
            raise InvalidInput({"kind": f"There is a {before.kind} template of that name; the kind stays."})
        base = before or Template(0, state.user.id, wanted.kind, "", "", state.at, state.at)
        return replace(base, name=wanted.name, body=wanted.body)

    kind = Kind(Part.TEMPLATE, TEMPLATES_EACH, _folded, lambda one: one.name.casefold(), read, template_written)
    return compared(kind, reading.things(given.get("templates"), "templates"), state.templates)


def preset_steps(state: State, given: Mapping[str, Any]) -> Iterator[Step]:
    items = reading.things(given.get("price_presets"), "price_presets")
    defaults = [item for item in items if isinstance(item, Mapping) and item.get("is_default") is True]

    def read(item: Mapping[str, Any], before: Preset | None) -> Preset:
        wanted, is_default = reading.preset(item)
        base = before or Preset(0, state.user.id, wanted.name, wanted.currency, wanted.lowest, state.at)
        return replace(
            base,
            name=wanted.name,
            currency=wanted.currency,
            lowest=wanted.lowest,
            highest=wanted.highest,
            # Of several in the file the first counts, and takes it away from the one that is.
            is_default=base.is_default or (is_default and item is defaults[0]),
        )

    kind = Kind(Part.PRICE_PRESET, PRESETS_EACH, _folded, lambda one: one.name.casefold(), read, preset_written)
    return compared(kind, items, state.live_presets)


def holiday_steps(state: State, given: Mapping[str, Any]) -> Iterator[Step]:
    def read(item: Mapping[str, Any], before: NamedHoliday | None) -> NamedHoliday:
        return NamedHoliday(before.id if before else 0, reading.holiday(item))

    def key(item: Mapping[str, Any]) -> str:
        return f"{item.get('first')} {item.get('last') or item.get('first')}"

    kind = Kind(
        Part.HOLIDAY,
        MOST_HOLIDAYS,
        key,
        lambda one: f"{one.holiday.first} {one.holiday.last}",
        read,
        lambda one: holiday_written(one.holiday),
    )
    for step in compared(kind, reading.things(given.get("holidays"), "holidays"), state.holidays):
        if step.action is Action.MAKE and step.wanted.holiday.last < state.at.date():
            yield replace(step, action=Action.KEEP, text="They are over.")
        else:
            yield step


def series_steps(state: State, given: Mapping[str, Any]) -> Iterator[Step]:
    def read(item: Mapping[str, Any], before: Series | None) -> Series:
        name, gap = reading.series(item)
        return Series(before.id if before else 0, name, gap, before.parts if before else ())

    kind = Kind(Part.SERIES, SERIES_MOST, _folded, lambda one: one.name.casefold(), read, series_written)
    return compared(kind, reading.things(given.get("series"), "series"), state.series)


def webhook_steps(state: State, given: Mapping[str, Any]) -> Iterator[Step]:
    def read(item: Mapping[str, Any], before: Webhook | None) -> Webhook:
        url = read_url(reading.text(item, "url"), private_allowed=state.private_hooks)
        events = reading.things(item.get("events"), "events")
        base = before or Webhook(0, state.user.id, "", url, (), state.at)
        is_on = reading.flag(item, "enabled", absent=True)
        changed = replace(
            base, name=read_name(reading.text(item, "name")), kinds=read_kinds([str(one) for one in events])
        )
        if is_on == base.is_enabled:
            return changed
        return replace(changed, disabled_at=None if is_on else state.at, disabled_why=None if is_on else OFF_BY_OWNER)

    def key(item: Mapping[str, Any]) -> str:
        return reading.text(item, "url").strip()

    kind = Kind(Part.WEBHOOK, WEBHOOKS_EACH, key, lambda one: one.url, read, webhook_written, repeats=True)
    return compared(kind, reading.things(given.get("webhooks"), "webhooks"), state.webhooks)


def drop_channel_steps(state: State, given: Mapping[str, Any], names: Names) -> Iterator[Step]:
    """*names* know what the steps before these will make. Channels are made in Discord, by `/setup`."""

    def read(item: Mapping[str, Any], before: DropChannel | None) -> DropChannel:
        wanted = [str(one) for one in reading.things(item.get("templates"), "templates")]
        if unknown := [one for one in wanted if one.casefold() not in names.templates]:
            raise InvalidInput({"templates": f"There is no template “{unknown[0][:80]}”."})
        if len(wanted) > LAYERS_MOST:
            raise InvalidInput({"templates": f"At most {LAYERS_MOST} templates at once."})
        return DropChannel(before.channel_id if before else 0, tuple(dict.fromkeys(wanted)))

    kind = Kind(
        Part.DROP_CHANNEL,
        len(state.drop_channels) + CHANNELS_NAMED,
        lambda item: reading.text(item, "channel"),
        lambda one: str(one.channel_id),
        read,
        lambda one: {"templates": [name.casefold() for name in one.templates]},
    )
    for step in compared(kind, reading.things(given.get("drop_channels"), "drop_channels"), state.drop_channels):
        yield step if step.action is not Action.MAKE else replace(step, action=Action.CANNOT, text=NO_CHANNEL)


def keep_steps(state: State, given: Mapping[str, Any]) -> Iterator[Step]:
    """Works are added to those that a list holds."""

    def read(item: Mapping[str, Any], before: Kept | None) -> Kept:
        works = {work.deviation_id: work for work in before.works} if before else {}
        for one in reading.things(item.get("works"), "works"):
            work = reading.kept_work(one)
            works.setdefault(work.deviation_id, work)
        if len(works) > WORKS_EACH:
            raise InvalidInput({"works": f"A list holds {WORKS_EACH:,} works at most."})
        name = before.name if before else read_list_name(reading.text(item, "name"))
        return Kept(before.id if before else 0, name, tuple(works.values()))

    def write(kept: Kept) -> Mapping[str, Any]:
        return {"works": [work.deviation_id for work in kept.works]}

    kind = Kind(Part.KEEP_LIST, LISTS_EACH, _folded, lambda one: one.name.casefold(), read, write)
    return compared(kind, reading.things(given.get("keep_lists"), "keep_lists"), state.keep_lists)


def _folded(item: Mapping[str, Any]) -> str:
    return " ".join(reading.text(item, "name").split()).casefold()
