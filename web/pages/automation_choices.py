"""What the form of an automation offers: price presets, folders of each account, templates by name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.library.template import Template, TemplateKind
from core.planning.automation import COMMENT_TEMPLATE, DESCRIPTION_TEMPLATE
from web.keys import ROOMS
from web.pages.automation_form import AutomationForm
from web.pages.folder_choices import FolderPicker, folder_picker
from web.pages.paging import offered, unchosen
from web.pages.visit import Visit


@dataclass(frozen=True, slots=True)
class Pick:
    """A picker of folders: the name of its field, and what stands above it."""

    name: str
    label: str
    picker: FolderPicker


async def presets(here: Visit, chosen: str) -> tuple[tuple[str, str], ...]:
    """What may be chosen: the person's presets, and an archived one only while it is chosen."""
    found = await here.request.app[ROOMS].sale_reads.presets(here.user.id, archived=True)
    live = (one for one in found if one.archived_at is None or str(one.id) == chosen)
    return ("", "No"), *((str(one.id), f"{one.name}: {one.words}") for one in live)


async def pickers(here: Visit, form: AutomationForm) -> dict[str, tuple[Pick, ...]]:
    """By the name of the field: the folders of the account it takes drafts of, or of each."""
    wanted = form.values.get("account_id", "")
    accounts = [account for account in here.overview.editable if not wanted or str(account.id) == wanted]
    plain = {account.id: await folder_picker(here, account.id, ()) for account in accounts}
    known = {number: {choice.id for choice in picker.choices or ()} for number, picker in plain.items()}
    in_pool = [one for one in form.values.get("pool_galleries", "").split(", ") if one]
    by_default = next((row.chosen for row in form.defaults if row.name == "galleries"), ())
    found = {}
    for name, chosen in (("pool_galleries", in_pool), ("default-galleries", by_default)):
        strange = [one for one in chosen if not any(one in ids for ids in known.values())]
        picks = []
        for place, account in enumerate(accounts):
            own = [one for one in chosen if one in known[account.id]] + (strange if place == 0 else [])
            picker = await folder_picker(here, account.id, own) if own else plain[account.id]
            picks.append(
                Pick(
                    f"{name}-{account.id}",
                    "Folders" if len(accounts) == 1 else f"Folders of {account.username}",
                    picker,
                )
            )
        found[name] = tuple(picks)
    return found


async def templates(here: Visit, form: AutomationForm) -> dict[str, tuple[tuple[str, str], ...]]:
    """Choices by the name of the field. What is chosen and gone by now can still be seen, and left."""
    found = await here.request.app[ROOMS].library.templates(here.user.id)
    plain = [one for one in found if one.kind is not TemplateKind.COMMENT]
    chosen = {row.name: row.value for row in form.defaults} | {"pool": form.values.get("pool_template", "")}
    in_pool = offered(plain, {chosen["pool"]}, by=lambda one: one.name)
    offers = {
        "pool": (unchosen("Any", plain), *((one.name, one.name) for one in in_pool)),
        DESCRIPTION_TEMPLATE: _offers(found, TemplateKind.DESCRIPTION, chosen),
        COMMENT_TEMPLATE: _offers(found, TemplateKind.COMMENT, chosen),
    }
    return {name: _with(options, chosen.get(name, "")) for name, options in offers.items()}


def _offers(found: Sequence[Template], kind: TemplateKind, chosen: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    of_kind = [one for one in found if one.kind is kind]
    shown = offered(of_kind, set(chosen.values()), by=lambda one: str(one.id))
    return unchosen("Leave as it is", of_kind), *((str(one.id), one.name) for one in shown)


def _with(options: tuple[tuple[str, str], ...], chosen: str) -> tuple[tuple[str, str], ...]:
    if chosen in dict(options):
        return options
    return (*options, (chosen, f"{chosen} (removed)" if not chosen.isdecimal() else "A template that was removed"))
