"""What the address of a list asks for: words, filters and order; for its page and for “all that match” alike."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode

from core.ports import PostQuery
from web.pages.list_kinds import Kind

QUERY_KEPT = 200

SORTS = {
    "newest": "Newest first",
    "oldest": "Oldest first",
    "changed": "Last changed first",
    "title": "By title",
    "due": "Next first",
    "latest": "Furthest away first",
    "published": "Last published first",
    "discarded": "Last thrown away first",
}
# By name: what it is called, and the words for yes and no.
FLAGS = {
    "ready": ("Ready", "Ready to publish", "Something is missing"),
    "held": ("Hold", "On hold", "Not on hold"),
    "is_mature": ("Mature", "Mature", "Not mature"),
    "is_ai": ("AI", "Made with AI", "Not made with AI"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """`flags` holds what is wanted; a name that is not there narrows nothing. `sort` is one of the kind's."""

    kind: Kind
    q: str = ""
    tag: str = ""
    account_id: int | None = None
    sort: str = ""
    flags: Mapping[str, bool] = field(default_factory=dict)

    @property
    def is_narrowed(self) -> bool:
        """By more than an account, which the whole dashboard may be narrowed to."""
        return bool(self.q or self.tag or self.flags)

    @property
    def parameters(self) -> dict[str, str]:
        """As they stand in an address; what is not asked for is left out."""
        given = {"q": self.q, "tag": self.tag, "account_id": str(self.account_id or "")}
        given |= {name: "yes" if wanted else "no" for name, wanted in self.flags.items()}
        given["sort"] = self.sort if self.sort != self.kind.sorts[0] else ""
        return {name: value for name, value in given.items() if value}

    @property
    def match(self) -> str:
        return urlencode(self.parameters)

    def url(self, **more: str) -> str:
        """The list with these parameters beside its own; an empty one takes its own away."""
        given = {name: value for name, value in (self.parameters | more).items() if value}
        return f"{self.kind.path}?{urlencode(given)}" if given else self.kind.path

    def query(self, user_id: int, *, limit: int = 20, cursor: str | None = None) -> PostQuery:
        return PostQuery(
            user_id=user_id,
            statuses=self.kind.statuses,
            text=self.q,
            tag=self.tag,
            account_id=self.account_id,
            is_mature=self.flags.get("is_mature"),
            is_ai=self.flags.get("is_ai"),
            held=self.flags.get("held"),
            ready=self.flags.get("ready"),
            sort=self.sort or self.kind.sorts[0],
            limit=limit,
            cursor=cursor,
        )


def asked_of(kind: Kind, given: Mapping[str, str], account_ids: Collection[int]) -> Asked:
    """What is unknown, or another list's, asks for nothing."""
    account = given.get("account_id", "")
    flags = {name: given[name] == "yes" for name in kind.flags if given.get(name) in {"yes", "no"}}
    return Asked(
        kind=kind,
        q=given.get("q", "").strip()[:QUERY_KEPT],
        tag=given.get("tag", "").strip().lstrip("#")[:QUERY_KEPT],
        account_id=next((one for one in account_ids if str(one) == account), None),
        sort=given.get("sort", "") if given.get("sort") in kind.sorts else kind.sorts[0],
        flags=flags,
    )


def asked_in(kind: Kind, match: str, account_ids: Collection[int]) -> Asked:
    """The same out of `Asked.match`, which came back from a form."""
    return asked_of(kind, dict(parse_qsl(match[:2000])), account_ids)


@dataclass(frozen=True, slots=True)
class Chip:
    """Something that narrows the list, and the address without it."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Choice:
    name: str
    label: str
    value: str
    options: tuple[tuple[str, str], ...]


def chips(asked: Asked) -> tuple[Chip, ...]:
    found = [Chip(f"“{asked.q}”", asked.url(q=""))] if asked.q else []
    found += [Chip(f"#{asked.tag}", asked.url(tag=""))] if asked.tag else []
    for name, wanted in asked.flags.items():
        found.append(Chip(FLAGS[name][1 if wanted else 2], asked.url(**{name: ""})))
    return tuple(found)


def choices(asked: Asked) -> tuple[Choice, ...]:
    """The flags as fields of a form."""
    return tuple(
        Choice(
            name,
            FLAGS[name][0],
            ("yes" if asked.flags[name] else "no") if name in asked.flags else "",
            (("", "All"), ("yes", FLAGS[name][1]), ("no", FLAGS[name][2])),
        )
        for name in asked.kind.flags
    )


def sorts(asked: Asked) -> tuple[tuple[str, str], ...]:
    return tuple((key, SORTS[key]) for key in asked.kind.sorts)
