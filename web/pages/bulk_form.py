"""Every field of many posts as a form: what is left empty is left as it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.bulk.change import Action, Change, Lists, Texts
from core.posts.fields import FLAG_NAMES
from web.pages.forms import Form
from web.pages.post_form import LABELS as POST_LABELS
from web.pages.post_form import split_commas

LABELS = POST_LABELS | {"account": "Account"}
EMPTY = "empty"  # take away what stands there
UNSET = "unset"
LEAVE = ("", "Leave as it is")
# How a text is used, the likeliest first.
HOWS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "title": (("replace", "Replace with"), (EMPTY, "Empty it")),
    "description": (
        ("replace", "Replace with"),
        ("below", "Add below"),
        ("above", "Add above"),
        (EMPTY, "Empty it"),
    ),
    "tags": (("add", "Add"), ("remove", "Remove"), ("replace", "Replace all with"), (EMPTY, "Remove all")),
    "galleries": (("add", "Add"), ("remove", "Remove"), ("replace", "Replace all with"), (EMPTY, "Remove all")),
    "notes": (("replace", "Replace with"), (EMPTY, "Empty them")),
}
CHOICES = ("mature_level", "license", "display_resolution")
FLAGS = (LEAVE, ("true", "Yes"), ("false", "No"), (UNSET, "Not set"))
_SAID = {"true": True, "false": False, UNSET: None}


@dataclass(frozen=True, slots=True)
class Typed:
    """The form as it was sent: the texts, and those of which there are several."""

    values: Mapping[str, str] = field(default_factory=dict)
    many: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """To be sent once more just as it was."""
        single = tuple((name, value) for name, value in self.values.items() if value)
        return (*single, *((name, value) for name, values in self.many.items() for value in values))


_MANY = ("template", "mature_classification", "galleries")
_SINGLE = (
    *(name for name in HOWS if name != "galleries"),
    *(f"{name}_how" for name in HOWS),
    *CHOICES,
    *FLAG_NAMES,
    "mature_classification_how",
    "account_id",
    "only_unset",
    "fills_in",
)


UNTOUCHED = Typed(dict.fromkeys(_SINGLE, ""), dict.fromkeys(_MANY, ()))


def typed_in(form: Form) -> Typed:
    values = {name: form.text(name).replace("\r\n", "\n") for name in _SINGLE}
    many = {name: tuple(value for value in form.every(name) if value.strip()) for name in _MANY}
    return Typed(values, many | {"galleries": tuple(split_commas(", ".join(many["galleries"])))})


def change_of(typed: Typed, form: Form) -> Change:
    """Raises `InvalidInput` for what is no number; `core.bulk.change.check` knows the rest."""
    said = typed.values
    return Change(
        Action.EDIT,
        _texts(typed) | _choices(typed) | _flags(typed),
        tags_mode=_mode(said["tags_how"]),
        galleries_mode=_mode(said["galleries_how"]),
        description_mode=Texts(said["description_how"]) if said["description_how"] in set(Texts) else Texts.REPLACE,
        fills_in=bool(said["fills_in"]),
        only_unset=bool(said["only_unset"]),
        templates=form.ids("template"),
        account_id=form.number("account_id"),
    )


def _mode(how: str) -> Lists:
    """“Remove all” replaces them with none."""
    return Lists(how) if how in set(Lists) else Lists.REPLACE if how == EMPTY else Lists.ADD


def _texts(typed: Typed) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in HOWS:
        is_list = name in {"tags", "galleries"}
        text = ", ".join(typed.many["galleries"]) if name == "galleries" else typed.values[name].strip()
        if typed.values[f"{name}_how"] == EMPTY:
            found[name] = [] if is_list else ""
        elif text:
            found[name] = split_commas(text) if is_list else text
    return found


def _choices(typed: Typed) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in CHOICES:
        if typed.values[name]:
            found[name] = None if typed.values[name] == UNSET else typed.values[name]
    how = typed.values["mature_classification_how"]
    if how == EMPTY:
        found["mature_classification"] = []
    elif typed.many["mature_classification"]:
        found["mature_classification"] = list(typed.many["mature_classification"])
    return found


def _flags(typed: Typed) -> dict[str, Any]:
    return {name: _SAID[typed.values[name]] for name in FLAG_NAMES if typed.values[name] in _SAID}
