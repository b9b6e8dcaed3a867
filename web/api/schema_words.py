"""What a JSON schema says, in a few words for people."""

from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]
_KINDS = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false",
          "object": "object", "array": "list", "null": "null"}  # fmt: skip
_FORMATS = {"date-time": "time", "date": "date", "uri": "address"}
FAR = 2**53  # a bound beyond this is none that anybody meets


def kind_of(schema: Schema) -> str:
    """What fits, such as “list of text, or null” or “whole number, 1 to 100, else 20”."""
    words = _listed(_choices(schema)) or "anything"
    parts = [words, *_limits(schema)]
    default = schema.get("default")
    if default not in (None, "", [], {}):
        parts.append(f"else {str(default).lower() if isinstance(default, bool) else default}")
    return ", ".join(parts)


def _listed(choices: list[str]) -> str:
    """“text, list of text or null”; yes and no are two words already."""
    parts = [part for choice in choices for part in (("true", "false") if choice == "true or false" else (choice,))]
    return " or ".join(part for part in (", ".join(parts[:-1]), *parts[-1:]) if part)


def _choices(schema: Schema) -> list[str]:
    if "$ref" in schema:
        return [_name(schema)]
    for choice in ("anyOf", "oneOf"):
        if choice in schema:
            # A choice of its own comes before null, which is the least of what it may be.
            found = dict.fromkeys(word for part in schema[choice] for word in _choices(part))
            return sorted(found, key=lambda word: word == "null")
    if "allOf" in schema:
        return [" and ".join(word for part in schema["allOf"] for word in _choices(part))]
    if "enum" in schema:
        return [" | ".join(str(word) for word in schema["enum"])]
    kinds = schema.get("type", [])
    return [_one_kind(schema, kind) for kind in ([kinds] if isinstance(kinds, str) else kinds)]


def _one_kind(schema: Schema, kind: str) -> str:
    if kind == "array":
        inside = " or ".join(_choices(schema.get("items", {})))
        return f"list of {inside}" if inside else "list"
    if kind == "string":
        return "file" if "contentMediaType" in schema else _FORMATS.get(schema.get("format", ""), "text")
    return _KINDS[kind]


def _limits(schema: Schema) -> list[str]:
    of = next((part for part in schema.get("anyOf", ()) if part.get("type") not in {"null", None}), schema)
    found = []
    least, most = of.get("minimum"), of.get("maximum")
    if least is not None and most is not None and most < FAR:
        found.append(f"{least:,} to {most:,}")
    elif least is not None:
        found.append(f"at least {least:,}")
    elif most is not None and most < FAR:
        found.append(f"at most {most:,}")
    if "maxLength" in of:
        found.append(f"at most {of['maxLength']:,} characters")
    if "maxItems" in of:
        found.append(f"at most {of['maxItems']:,}")
    return found


def names_in(schema: Any) -> list[str]:
    """The shapes that are named anywhere inside, in their order."""
    if isinstance(schema, Mapping):
        own = [_name(schema)] if "$ref" in schema and "/schemas/" in schema["$ref"] else []
        return own + [name for key, part in schema.items() if key != "example" for name in names_in(part)]
    if isinstance(schema, list):
        return [name for part in schema for name in names_in(part)]
    return []


def merged(schema: Schema, schemas: Schema) -> dict[str, Any]:
    """As one object: a name followed, parts put together, of choices the first that has fields."""
    if "$ref" in schema:
        return merged(schemas[_name(schema)], schemas)
    parts = [merged(part, schemas) for part in schema.get("allOf", ())]
    if not parts and "properties" not in schema:
        parts = [merged(part, schemas) for part in schema.get("oneOf", ())][:1]
    whole = dict(schema)
    for part in parts:
        whole["properties"] = whole.get("properties", {}) | part.get("properties", {})
        whole["required"] = [*whole.get("required", ()), *part.get("required", ())]
    return whole


def _name(schema: Schema) -> str:
    return str(schema["$ref"]).rpartition("/")[2]
