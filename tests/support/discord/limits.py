"""Discord's documented limits, as checks over payloads. Each returns sentences; none means it is fine.

Source: the reference pages on application commands, messages, components and interactions, read 2026-11-23.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Any

Payload = dict[str, Any]

_LOCALES = """
    id da de en-GB en-US es-ES es-419 fr hr it lt hu nl no pl pt-BR ro fi sv-SE vi tr cs el bg ru uk hi th
    zh-CN ja zh-TW ko
"""
LOCALES = frozenset(_LOCALES.split())
COMPONENTS_V2 = 1 << 15
SUBCOMMAND, SUBCOMMAND_GROUP = 1, 2
BUTTON, ROW, TEXT_INPUT, LABEL = 2, 1, 4, 18
SELECTS = {3, 5, 6, 7, 8}


def commands(payload: list[Payload]) -> list[str]:
    """A bulk overwrite of commands."""
    found = []
    for kind, most in ((1, 100), (2, 15), (3, 15)):
        names = [c["name"] for c in payload if c.get("type", 1) == kind]
        if len(names) > most:
            found.append(f"{len(names)} commands of type {kind}, at most {most}")
        if len(set(names)) != len(names):
            found.append(f"two commands of type {kind} share a name")
    for each in payload:
        found += _command(each)
    return found


def _command(command: Payload) -> list[str]:
    where = f"command {command.get('name')!r}"
    is_slash = command.get("type", 1) == 1
    found = list(_names(command, where, is_slash=is_slash))
    if is_slash:
        found += _descriptions(command, where)
        found += _options(command.get("options", []), where)
    elif command.get("description"):
        found.append(f"{where}: a menu has no description")
    for locale in ["", *LOCALES]:
        size = _command_size(command, locale)
        if size > 8000:
            found.append(f"{where}: {size} characters in all ({locale or 'default'}), at most 8000")
    return found


def _names(thing: Payload, where: str, *, is_slash: bool) -> Iterator[str]:
    spoken = {"": thing.get("name", ""), **(thing.get("name_localizations") or {})}
    for locale, name in spoken.items():
        if locale and locale not in LOCALES:
            yield f"{where}: unknown locale {locale}"
        if not 1 <= len(name) <= 32:
            yield f"{where}: name {name!r} is not 1 to 32 characters"
        if is_slash and (name != name.lower() or not all(_may_stand_in_a_name(c) for c in name)):
            yield f"{where}: name {name!r} has characters that are not allowed"


def _may_stand_in_a_name(character: str) -> bool:
    return character in "-_'" or unicodedata.category(character)[0] in "LN"


def _descriptions(thing: Payload, where: str) -> Iterator[str]:
    for text in [thing.get("description", ""), *(thing.get("description_localizations") or {}).values()]:
        if not 1 <= len(text) <= 100:
            yield f"{where}: description {text!r} is not 1 to 100 characters"


def _options(options: list[Payload], where: str) -> Iterator[str]:
    if len(options) > 25:
        yield f"{where}: {len(options)} options, at most 25"
    names = [option["name"] for option in options]
    if len(set(names)) != len(names):
        yield f"{where}: two options share a name"
    seen_optional = False
    for option in options:
        inside = f"{where} option {option.get('name')!r}"
        yield from _names(option, inside, is_slash=True)
        yield from _descriptions(option, inside)
        if option["type"] in (SUBCOMMAND, SUBCOMMAND_GROUP):
            yield from _options(option.get("options", []), inside)
            continue
        if option.get("required") and seen_optional:
            yield f"{inside}: a required option after an optional one"
        seen_optional = seen_optional or not option.get("required")
        yield from choices(option.get("choices", []), inside)
        if option.get("autocomplete") and option.get("choices"):
            yield f"{inside}: both autocomplete and choices"


def choices(offered: list[Payload], where: str = "autocomplete") -> list[str]:
    """The choices of an option, or an autocomplete's answer."""
    found = []
    if len(offered) > 25:
        found.append(f"{where}: {len(offered)} choices, at most 25")
    for choice in offered:
        for name in [choice.get("name", ""), *(choice.get("name_localizations") or {}).values()]:
            if not 1 <= len(name) <= 100:
                found.append(f"{where}: choice name {name!r} is not 1 to 100 characters")
        if isinstance(choice.get("value"), str) and not 1 <= len(choice["value"]) <= 100:
            found.append(f"{where}: choice value {choice['value']!r} is not 1 to 100 characters")
    return found


def _command_size(thing: Payload, locale: str) -> int:
    def spoken(of: Payload, what: str) -> str:
        told: str = (of.get(f"{what}_localizations") or {}).get(locale) or of.get(what) or ""
        return told

    size = len(spoken(thing, "name")) + len(spoken(thing, "description"))
    size += sum(len(spoken(c, "name")) + len(str(c["value"])) for c in thing.get("choices") or [])
    return size + sum(_command_size(option, locale) for option in thing.get("options") or [])


def message(payload: Payload, *, files: int = 0, is_new: bool = False) -> list[str]:
    """The body of a message that is sent or edited, by whichever road."""
    found = []
    content = payload.get("content") or ""
    is_v2 = bool((payload.get("flags") or 0) & COMPONENTS_V2)
    if len(content) > 2000:
        found.append(f"content has {len(content)} characters, at most 2000")
    if files > 10:
        found.append(f"{files} files, at most 10")
    if len(str(payload.get("nonce") or "")) > 25:
        found.append("nonce is longer than 25 characters")
    if is_v2 and (content or payload.get("embeds")):
        found.append("components v2 with content or embeds")
    shown = content.strip() or payload.get("embeds") or payload.get("components") or payload.get("poll")
    if is_new and not (shown or files):
        found.append("an empty message")
    found += _embeds(payload.get("embeds") or [])
    found += _components(payload.get("components") or [], most=40 if is_v2 else 5, is_v2=is_v2)
    return found


EMBED_PARTS = (("title", 256), ("description", 4096))


def _embeds(embeds: list[Payload]) -> Iterator[str]:
    if len(embeds) > 10:
        yield f"{len(embeds)} embeds, at most 10"
    total = 0
    for embed in embeds:
        texts = [(name, embed.get(name) or "", most) for name, most in EMBED_PARTS]
        texts.append(("footer", (embed.get("footer") or {}).get("text") or "", 2048))
        texts.append(("author", (embed.get("author") or {}).get("name") or "", 256))
        for each in embed.get("fields", []):
            texts += [("field name", each["name"], 256), ("field value", each["value"], 1024)]
            if not each["name"].strip() or not each["value"].strip():
                yield "an embed field is empty"
        if len(embed.get("fields", [])) > 25:
            yield f"{len(embed['fields'])} fields, at most 25"
        for name, text, most in texts:
            total += len(text)
            if len(text) > most:
                yield f"embed {name} has {len(text)} characters, at most {most}"
        if not 0 <= (embed.get("color") or 0) <= 0xFFFFFF:
            yield "embed colour out of range"
        yield from _embed_urls(embed)
    if total > 6000:
        yield f"embeds have {total} characters in all, at most 6000"


def _embed_urls(embed: Payload) -> Iterator[str]:
    links = [embed.get("url"), (embed.get("author") or {}).get("url")]
    pictures = [(embed.get(part) or {}).get("url") for part in ("image", "thumbnail")]
    for url in links:
        if url and not url.startswith(("http://", "https://")):
            yield f"embed url {url!r} has no web scheme"
    for url in pictures:
        if url and not url.startswith(("http://", "https://", "attachment://")):
            yield f"embed picture {url!r} has no usable scheme"
    if any(url and len(url) > 2048 for url in links + pictures):
        yield "embed url longer than 2048"


def _components(components: list[Payload], *, most: int, is_v2: bool) -> Iterator[str]:
    if len(components) > most:
        yield f"{len(components)} rows, at most {most}"
    ids = [c["custom_id"] for c in _flat(components) if "custom_id" in c]
    if len(set(ids)) != len(ids):
        yield "two components share a custom id"
    for component in components:
        if component["type"] == ROW:
            yield from _row(component)
        elif not is_v2:
            yield f"component type {component['type']} outside a row"
    for component in _flat(components):
        yield from _control(component)


def _flat(components: list[Payload]) -> Iterator[Payload]:
    for component in components:
        yield component
        yield from _flat(component.get("components", []))
        for nested in ("accessory", "component"):
            if nested in component:
                yield from _flat([component[nested]])


def _row(row: Payload) -> Iterator[str]:
    inside = row.get("components", [])
    selects = [c for c in inside if c["type"] in SELECTS]
    if not inside:
        yield "an empty row"
    if len(inside) > 5:
        yield f"{len(inside)} components in a row, at most 5"
    if selects and len(inside) > 1:
        yield "a select shares its row"


def _control(component: Payload) -> Iterator[str]:
    if "custom_id" in component and not 1 <= len(component["custom_id"]) <= 100:
        yield f"custom id {component['custom_id']!r} is not 1 to 100 characters"
    if component["type"] == BUTTON:
        yield from _button(component)
    elif component["type"] in SELECTS:
        yield from _select(component)


def _button(button: Payload) -> Iterator[str]:
    label = button.get("label") or ""
    if len(label) > 80:
        yield f"button label {label!r} is longer than 80"
    if not label and not button.get("emoji"):
        yield "a button without label or emoji"
    if (button["style"] == 5) != ("url" in button):
        yield f"button {label!r}: link style and url go together"
    if (button["style"] == 5) == ("custom_id" in button):
        yield f"button {label!r}: a link has no custom id, every other has one"
    if len(button.get("url", "")) > 512:
        yield f"button {label!r}: url longer than 512"


def _select(select: Payload) -> Iterator[str]:
    where = f"select {select['custom_id']!r}"
    if len(select.get("placeholder") or "") > 150:
        yield f"{where}: placeholder longer than 150"
    options = select.get("options", [])
    if select["type"] == 3 and not 1 <= len(options) <= 25:
        yield f"{where}: {len(options)} options, 1 to 25 wanted"
    values = [option["value"] for option in options]
    if len(set(values)) != len(values):
        yield f"{where}: two options share a value"
    for option in options:
        for name in ("label", "value", "description"):
            text = option.get(name) or ""
            if len(text) > 100 or (name != "description" and not text):
                yield f"{where}: option {name} {text!r} is empty or longer than 100"
    most = select.get("max_values", 1)
    if not 0 <= select.get("min_values", 1) <= most <= 25 or (options and most > len(options)):
        yield f"{where}: min and max values do not fit"


def modal(payload: Payload) -> list[str]:
    """The data of an interaction response that opens a modal."""
    found = []
    if not 1 <= len(payload.get("title") or "") <= 45:
        found.append(f"modal title {payload.get('title')!r} is not 1 to 45 characters")
    if not 1 <= len(payload.get("custom_id") or "") <= 100:
        found.append("modal custom id is not 1 to 100 characters")
    rows = payload.get("components", [])
    if not 1 <= len(rows) <= 5:
        found.append(f"modal has {len(rows)} components, 1 to 5 wanted")
    for row in rows:
        if row["type"] == LABEL:
            if not 1 <= len(row.get("label") or "") <= 45:
                found.append(f"label {row.get('label')!r} is not 1 to 45 characters")
            if len(row.get("description") or "") > 100:
                found.append(f"label {row['label']!r}: description longer than 100")
    for component in _flat(rows):
        found += _control(component)
        if component["type"] == TEXT_INPUT:
            found += _text_input(component)
    return found


def _text_input(field: Payload) -> Iterator[str]:
    where = f"text input {field.get('custom_id')!r}"
    if len(field.get("label") or "") > 45:
        yield f"{where}: label longer than 45"
    if len(field.get("placeholder") or "") > 100:
        yield f"{where}: placeholder longer than 100"
    least, most = field.get("min_length") or 0, field.get("max_length") or 4000
    if not 0 <= least <= most <= 4000:
        yield f"{where}: lengths {least} to {most} do not fit"
    if len(field.get("value") or "") > most:
        yield f"{where}: value of {len(field['value'])} characters, at most {most}"
