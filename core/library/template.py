"""A template: reusable tags, description or comment. Laid over a post one after the other; pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from core.errors import InvalidInput
from core.library.variables import Facts, check_variables, fill
from core.posts.fields import (
    DESCRIPTION_KEPT,
    TAGS_KEPT,
    Details,
    edit_tags,
    split_tags,
    stored_tags,
)

NAME_KEPT = 80
BODY_KEPT = 20_000
COMMENT_KEPT = 2_000
LAYERS_MOST = 10


class TemplateKind(StrEnum):
    TAGS = "tags"
    DESCRIPTION = "description"
    COMMENT = "comment"


@dataclass(frozen=True, slots=True)
class Template:
    """`used` counts how often it was applied: `{seq}` is one more."""

    id: int
    user_id: int
    kind: TemplateKind
    name: str
    body: str
    created_at: datetime
    updated_at: datetime
    used: int = 0
    version: int = 1
    removed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A template as somebody typed it, checked."""

    kind: TemplateKind
    name: str
    body: str


def read_wanted(kind: str, name: str, body: str) -> Wanted:
    """Raises `InvalidInput` naming every field that cannot be used."""
    problems: dict[str, str] = {}
    name = " ".join(name.split())
    if not 1 <= len(name) <= NAME_KEPT or not name.isprintable() or "," in name:
        problems["name"] = f"Give it a name of at most {NAME_KEPT} characters, without a comma."
    if kind not in set(TemplateKind):
        problems["kind"] = f"The kind is one of: {', '.join(TemplateKind)}."
        raise InvalidInput(problems)
    body = body.replace("\r\n", "\n").replace("\x00", "").strip()
    try:
        _check_body(TemplateKind(kind), body)
    except InvalidInput as error:
        problems |= error.fields
    if problems:
        raise InvalidInput(problems)
    return Wanted(TemplateKind(kind), name, body)


def _check_body(kind: TemplateKind, body: str) -> None:
    if not body:
        raise InvalidInput({"body": "It is empty."})
    most = COMMENT_KEPT if kind is TemplateKind.COMMENT else BODY_KEPT
    if len(body) > most:
        raise InvalidInput({"body": f"It is {len(body):,} characters long; {most:,} fit."})
    check_variables(body)
    if kind is TemplateKind.TAGS:
        tags = split_tags(body)
        if not stored_tags(tags):
            raise InvalidInput({"body": "There is no tag in it."})
        if len(tags) > TAGS_KEPT:
            raise InvalidInput({"body": f"That is {len(tags)} tags; {TAGS_KEPT} fit."})


def laid_over(details: Details, layers: Sequence[Template], facts: Facts) -> Details:
    """*details* after each of *layers* in order: tags are added, descriptions come below what is there.

    Comments change nothing here. Raises `InvalidInput` when the description grows too long.
    """
    if len(layers) > LAYERS_MOST:
        raise InvalidInput({"templates": f"At most {LAYERS_MOST} templates at once."})
    for layer in layers:
        filled = fill(layer.body, replace(facts, seq=layer.used + 1))
        if layer.kind is TemplateKind.TAGS:
            tags = edit_tags(details.tags, split_tags(filled), "add")[:TAGS_KEPT]
            details = details.but(tags=tags)
        elif layer.kind is TemplateKind.DESCRIPTION:
            details = details.but(description=_below(details.description, filled))
    if len(details.description) > DESCRIPTION_KEPT:
        raise InvalidInput({"templates": f"The description would be longer than {DESCRIPTION_KEPT:,} characters."})
    return details


def comment_text(template: Template, facts: Facts) -> str:
    return fill(template.body, replace(facts, seq=template.used + 1)).strip()


def _below(written: str, added: str) -> str:
    """Not twice: a template that stands there already is left as it is."""
    added = added.strip()
    if not written or not added:
        return written or added
    return written if added in written else f"{written}\n\n{added}"


def in_order(templates: Iterable[Template], ids: Sequence[int]) -> tuple[Template, ...]:
    """Those of *ids*, in that order; unknown ones are left out."""
    known = {template.id: template for template in templates}
    return tuple(known[template_id] for template_id in dict.fromkeys(ids) if template_id in known)
