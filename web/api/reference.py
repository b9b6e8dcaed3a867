"""The API's description as people read it: one room a group, made of the OpenAPI document and of nothing else."""

import json
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

from web.api.groups import GROUPS
from web.api.schema_words import kind_of, merged, names_in

JSON = "application/json"
FORM = "multipart/form-data"
SHOWN_KEY = "YOUR_KEY"
LINE = 72  # characters that fit beside the text
# Said once, on the first page; beside each call stand its own.
COMMON: Final = frozenset({"400", "401", "403", "413", "415", "429", "503"})


@dataclass(frozen=True, slots=True)
class Row:
    """A parameter or a field. `shape` names the shape on the same page that says more."""

    name: str
    kind: str
    text: str = ""
    is_required: bool = False
    shape: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    status: str
    text: str
    shape: str = ""
    example: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """`scope` is "" where no key is needed. `sent` says what kinds of body it takes."""

    id: str
    method: str
    path: str
    summary: str
    scope: str
    places: tuple[Row, ...]
    asked: tuple[Row, ...]
    headers: tuple[Row, ...]
    sent: tuple[str, ...]
    fields: tuple[Row, ...]
    body_text: str
    body: str
    good: tuple[Outcome, ...]
    problems: tuple[Outcome, ...]
    also: tuple[str, ...]
    curls: tuple[str, ...]

    @property
    def words(self) -> str:
        """What a search looks through."""
        return f"{self.method} {self.path} {self.summary} {self.scope}".lower()


@dataclass(frozen=True, slots=True)
class Shape:
    name: str
    text: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Room:
    slug: str
    name: str
    text: str
    calls: tuple[Call, ...]
    shapes: tuple[Shape, ...]


@lru_cache(maxsize=1)
def rooms(public_url: str) -> tuple[Room, ...]:
    """Every group with its calls, in their order. A fifth of a second the first time: call it in a thread."""
    # Here, because the rooms of the API that it describes also import pages.
    from web.api.openapi import document

    described = document()
    found: dict[str, list[Call]] = {group.slug: [] for group in GROUPS}
    used: dict[str, list[str]] = {group.slug: [] for group in GROUPS}
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            slug = operation["tags"][0]
            call = _call(path, method.upper(), operation, described["components"], public_url)
            found[slug].append(call)
            used[slug] += names_in(_shown_schemas(operation))
    schemas = described["components"]["schemas"]
    return tuple(
        Room(group.slug, group.name, group.text, tuple(found[group.slug]), _shapes(used[group.slug], schemas))
        for group in GROUPS
    )


def matching(all_rooms: tuple[Room, ...], text: str) -> tuple[tuple[Room, tuple[Call, ...]], ...]:
    """The calls that hold every word of *text*, by their rooms; rooms without any are left out."""
    wanted = text.lower().split()
    found = (
        (room, tuple(call for call in room.calls if all(word in call.words for word in wanted))) for room in all_rooms
    )
    return tuple((room, calls) for room, calls in found if calls)


def _call(path: str, method: str, operation: Mapping[str, Any], components: Mapping[str, Any], url: str) -> Call:
    schemas = components["schemas"]
    content = operation.get("requestBody", {}).get("content", {})
    body = merged(content.get(JSON, {}).get("schema", {}), schemas)
    answers = [(status, _answer(status, answer, components)) for status, answer in operation["responses"].items()]
    problems = [(status, outcome) for status, outcome in answers if status >= "400"]
    return Call(
        id=operation["operationId"],
        method=method,
        path=path,
        summary=operation["summary"],
        scope=operation.get("x-scope", ""),
        places=_parameters(operation, "path"),
        asked=_parameters(operation, "query"),
        headers=_parameters(operation, "header"),
        sent=tuple(content),
        fields=tuple(_rows(body)) or tuple(_rows(merged(content.get(FORM, {}).get("schema", {}), schemas))),
        body_text=body.get("description", ""),
        body=_pretty(content[JSON]["example"]) if JSON in content else "",
        good=_told_once(outcome for status, outcome in answers if status < "400"),
        problems=tuple(outcome for status, outcome in problems if status not in COMMON),
        also=tuple(status for status, _ in problems if status in COMMON),
        curls=tuple(_curls(path, method, operation, url)),
    )


def _told_once(outcomes: Iterable[Outcome]) -> tuple[Outcome, ...]:
    """What looks the same whatever the status is shown with the last one alone, which is what ordinarily comes."""
    found = list(outcomes)
    later = [{one.example for one in found[at + 1 :]} for at in range(len(found))]
    return tuple(
        replace(one, example="") if one.example in after else one for one, after in zip(found, later, strict=True)
    )


def _parameters(operation: Mapping[str, Any], place: str) -> tuple[Row, ...]:
    return tuple(
        Row(
            one["name"],
            kind_of(one["schema"]),
            one.get("description") or one["schema"].get("description", ""),
            one.get("required", False),
        )
        for one in operation.get("parameters", ())
        if one["in"] == place
    )


def _rows(schema: Mapping[str, Any]) -> Iterator[Row]:
    required = schema.get("required", ())
    for name, field in schema.get("properties", {}).items():
        shapes = names_in(field)
        yield Row(name, kind_of(field), field.get("description", ""), name in required, shapes[0] if shapes else "")


def _answer(status: str, answer: Mapping[str, Any], components: Mapping[str, Any]) -> Outcome:
    reference = answer.get("$ref", "").rpartition("/")[2]
    if reference:
        return Outcome(status, components["responses"][reference]["description"])
    media = answer.get("content", {}).get(JSON, {})
    names = names_in(media.get("schema", {}))
    example = _pretty(media["example"]) if "example" in media else ""
    return Outcome(status, answer["description"], names[0] if names else "", example)


def _shown_schemas(operation: Mapping[str, Any]) -> list[Any]:
    """What a page has to explain beside the call: what it answers, and what stands inside its body."""
    answered = [answer.get("content", {}) for answer in operation["responses"].values()]
    return [*answered, operation.get("requestBody", {})]


def _shapes(used: list[str], schemas: Mapping[str, Any]) -> tuple[Shape, ...]:
    """The shapes of those names and of what stands in them, in the order in which a reader meets them."""
    waiting, seen = list(used), dict[str, None]()
    while waiting:
        name = waiting.pop(0)
        if name in seen or name == "Problem":
            continue
        seen[name] = None
        waiting += names_in(schemas[name])
    found = (Shape(name, schemas[name].get("description", ""), tuple(_rows(merged(schemas[name], schemas))))
             for name in sorted(seen))  # fmt: skip
    return tuple(shape for shape in found if shape.rows)


def _pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _curls(path: str, method: str, operation: Mapping[str, Any], url: str) -> Iterator[str]:
    """One line a kind of body, each fit to be pasted into a shell once the key stands in it."""
    content = operation.get("requestBody", {}).get("content", {})
    start = ["curl"] if method in {"GET", "POST"} and (method == "GET" or content) else ["curl", "-X", method]
    head = [*start, shlex.quote(url + _filled(path, operation)), *_key(operation), *_kept(operation)]
    if not content:
        yield _line(head)
    if FORM in content:
        name = next(iter(content[FORM]["schema"]["properties"]), "file")
        yield _line([*head, "-F", f"{name}=@{'plan.csv' if name == 'plan' else 'picture.png'}"])
    raw = next((kind for kind in content if kind.startswith("image/")), None)
    if raw is not None and FORM not in content:
        yield _line([*head, "-H", "'Content-Type: image/png'", "--data-binary", "@picture.png"])
    if JSON in content:
        body = json.dumps(content[JSON]["example"], ensure_ascii=False)
        yield _line([*head, "-H", "'Content-Type: application/json'", "-d", shlex.quote(body)])


def _line(words: list[str]) -> str:
    """In several lines where it is long, as a shell takes them."""
    whole = " ".join(words)
    if len(whole) <= LINE:
        return whole
    return " ".join(f"\\\n  {word}" if word in {"-H", "-F", "-d", "-o", "--data-binary"} else word for word in words)


def _kept(operation: Mapping[str, Any]) -> list[str]:
    """What is no text goes into a file."""
    kinds = {kind for answer in operation["responses"].values() for kind in answer.get("content", {})}
    return next((["-o", name] for kind, name in _FILES.items() if kind in kinds), [])


_FILES = {"application/zip": "isekai.zip", "application/octet-stream": "isekai.backup", "image/*": "picture.png"}


def _key(operation: Mapping[str, Any]) -> list[str]:
    return [] if operation.get("security") == [] else ["-H", f"'Authorization: Bearer {SHOWN_KEY}'"]


def _filled(path: str, operation: Mapping[str, Any]) -> str:
    """The address with something in place of every brace, and with what must be asked."""
    asked = []
    for one in operation.get("parameters", ()):
        if one["in"] == "path":
            path = path.replace(f"{{{one['name']}}}", str(one.get("example", "41")))
        elif one["in"] == "query" and one.get("required"):
            asked.append(f"{one['name']}={one.get('example', '')}")
    return f"{path}?{'&'.join(asked)}" if asked else path
