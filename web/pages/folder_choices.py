"""Choosing folders by name, as `macros/folders.html` shows it: some are offered, the rest is found on the server."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from aiohttp import web
from multidict import MultiDict, MultiDictProxy

from core.account import Account
from core.errors import InvalidInput, NotFound
from core.library.folder_order import NAME_MOST
from core.library.folder_search import FolderOffer, FolderPath, FolderSearch, the_one_named
from web.keys import ROOMS
from web.pages.forms import Form
from web.pages.visit import Visit, visit

WORDS_MOST = 2 * NAME_MOST + 3  # “Characters / Dragons”
AT_THE_TOP = "At the top"
_FIELD = re.compile(r"[a-z][a-z_-]{0,39}")


@dataclass(frozen=True, slots=True)
class FolderChoice:
    """`name` says where it is: “Characters / Dragons”, after the account's name where there are several."""

    id: str
    name: str
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a picker is for. `accounts`: whose folders. `tops_only`: one in which another one goes, or none."""

    field: str
    accounts: tuple[Account, ...]
    is_single: bool = False
    tops_only: bool = False
    but: str = ""

    @property
    def account_ids(self) -> tuple[int, ...]:
        return tuple(account.id for account in self.accounts)

    def search(self, words: str = "", chosen: Sequence[str] = ()) -> FolderSearch:
        return FolderSearch(self.account_ids, words[:WORDS_MOST], self.tops_only, self.but, tuple(chosen))


@dataclass(frozen=True, slots=True)
class Offer:
    """The list below the field: those used lately, the others, and a sentence about the rest."""

    field: str
    is_single: bool
    recent: tuple[FolderChoice, ...]
    others: tuple[FolderChoice, ...]
    said: str


@dataclass(frozen=True, slots=True)
class FolderPicker:
    """`words`: typed, and naming no folder or several. `typed`: the chosen ids, where no gallery was read yet."""

    field: str
    label: str
    url: str
    chosen: tuple[FolderChoice, ...]
    offer: Offer
    words: str = ""
    is_single: bool = False
    is_unread: bool = False
    typed: str = ""
    folders_url: str = "/folders"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Named:
    """A form in which names of folders became their ids. By field: `words` that name no folder or several, and the
    `errors` that say so."""

    form: Form
    words: Mapping[str, str]
    errors: Mapping[str, str]


def add_routes(app: web.Application) -> None:
    app.router.add_get("/folders/choices", choices, name="folder-choices")


async def choices(request: web.Request) -> web.Response:
    """The list below the field anew, for what was typed in it."""
    here, asked = await visit(request), request.query
    name = asked.get("field", "galleries")
    if not _FIELD.fullmatch(name):
        raise NotFound
    is_one = asked.get("one") == "1"
    wanted = Wanted(name, _asked_of(here), is_one, asked.get("tops") == "1", asked.get("but", "")[:64].upper())
    words = asked.get(f"find-{name}", "")
    found = await request.app[ROOMS].folder_reads.offer(wanted.search(words))
    return here.fragment("_folder_offer.html", offer=_offer(wanted, found, words))


def _asked_of(here: Visit) -> tuple[Account, ...]:
    """The account that the address names, which they must see; else every one that they work on."""
    if not here.request.query.get("account_id"):
        return here.overview.editable
    if here.account_id is None:
        raise NotFound
    return tuple(account for account in here.overview.visible if account.id == here.account_id)


def account_of(here: Visit, account_id: int) -> tuple[Account, ...]:
    return tuple(account for account in here.overview.visible if account.id == account_id)


async def folder_picker(
    here: Visit, wanted: Wanted, chosen: Sequence[str], *, label: str = "Folders", words: str = ""
) -> FolderPicker:
    chosen = tuple(one for one in chosen if one)
    found = await here.request.app[ROOMS].folder_reads.offer(wanted.search(words, chosen))
    return picker_of(wanted, found, chosen, label=label, words=words)


def picker_of(
    wanted: Wanted, found: FolderOffer, chosen: Sequence[str], *, label: str = "Folders", words: str = ""
) -> FolderPicker:
    """*found* tells of more than is chosen here where several fields ask at once."""
    names = _names(wanted, found.chosen)
    unread = len(wanted.accounts) - len(found.read)
    asked = {"field": wanted.field}
    asked |= {"account_id": str(wanted.accounts[0].id)} if len(wanted.accounts) == 1 else {}
    asked |= {"one": "1"} if wanted.is_single else {}
    asked |= {"tops": "1"} if wanted.tops_only else {}
    asked |= {"but": wanted.but} if wanted.but else {}
    picked = tuple(FolderChoice(one, names.get(one) or unknown_name(one)) for one in chosen)
    return FolderPicker(
        field=wanted.field,
        label=label,
        url=f"/folders/choices?{urlencode(asked)}",
        chosen=picked or ((FolderChoice("", AT_THE_TOP),) if wanted.tops_only else ()),
        offer=_offer(wanted, found, words, frozenset(chosen or ("",))),
        words=words,
        is_single=wanted.is_single,
        is_unread=not found.read and not wanted.is_single,
        typed=", ".join(chosen),
        folders_url=f"/folders?account_id={asked['account_id']}" if "account_id" in asked else "/folders",
        note=_note(unread) if unread and found.read else "",
    )


async def folder_names(here: Visit, accounts: Sequence[Account], ids: Iterable[str]) -> dict[str, str]:
    """For people: what is not known any more goes by the beginning of its id."""
    wanted = Wanted("", tuple(accounts))
    asked = list(dict.fromkeys(ids))
    known = await here.request.app[ROOMS].folder_reads.named(wanted.account_ids, asked) if asked else ()
    return {one: unknown_name(one) for one in asked} | _names(wanted, known)


async def named_folders(here: Visit, form: Form, *every: Wanted) -> Named:
    """With the folders whose names were typed. Scripts send no such names: they search while one types."""
    fields = MultiDict(form.fields)
    words: dict[str, str] = {}
    errors: dict[str, str] = {}
    for wanted in every:
        name, typed = wanted.field, form.text(f"find-{wanted.field}").strip()
        if not typed:
            continue
        try:
            found = await _the_one(here, wanted, typed)
        except InvalidInput as error:
            words[name] = typed
            errors |= error.fields
            continue
        if wanted.is_single:
            fields[name] = found
        else:
            fields.add(name, found)
    return Named(Form(MultiDictProxy(fields)), words, errors)


async def _the_one(here: Visit, wanted: Wanted, words: str) -> str:
    """Its id. Raises `InvalidInput` where the words name no folder, or several."""
    if wanted.tops_only and words.casefold() == AT_THE_TOP.casefold():
        return ""
    found = await here.request.app[ROOMS].folder_reads.offer(wanted.search(words))
    if (one := the_one_named(found, words)) is not None:
        return one.folder_id
    said = f"No folder has “{words[:WORDS_MOST]}” in its name."
    if found.total:
        said = f"{found.total:,} folders have “{words[:WORDS_MOST]}” in their name. Choose the one you mean."
    raise InvalidInput({wanted.field: said})


def _offer(wanted: Wanted, found: FolderOffer, words: str, chosen: frozenset[str] = frozenset()) -> Offer:
    names = _names(wanted, found.found)
    has_top = wanted.tops_only and not words.strip()
    top = [FolderChoice("", AT_THE_TOP, "" in chosen)] if has_top else []
    recent, others = [
        [
            FolderChoice(one.folder_id, names[one.folder_id], one.folder_id in chosen)
            for one in found.found
            if one.is_recent is lately
        ]
        for lately in (True, False)
    ]
    more = found.total - len(found.found)
    said = f"and {more:,} more: type a part of the name" if more else ""
    if not found.total:
        said = "No folder has that in its name." if words.strip() else "There is no folder yet."
    return Offer(wanted.field, wanted.is_single, tuple(recent), (*top, *others), said)


def _names(wanted: Wanted, paths: Iterable[FolderPath]) -> dict[str, str]:
    whose = {one.id: f"{one.username}: " if len(wanted.accounts) > 1 else "" for one in wanted.accounts}
    return {one.folder_id: f"{whose[one.account_id]}{one.path}" for one in paths}


def _note(unread: int) -> str:
    whose = "one account" if unread == 1 else f"{unread} accounts"
    return f"The folders of {whose} are not read yet: that happens when they are looked at."


def unknown_name(folder_id: str) -> str:
    return f"Folder {folder_id[:8]}…" if len(folder_id) > 8 else f"Folder {folder_id}"
