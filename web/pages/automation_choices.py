"""What the form of an automation offers: price presets, folders of each account, templates by name."""

from collections.abc import Mapping, Sequence

from core.library.template import Template, TemplateKind
from core.planning.automation import COMMENT_TEMPLATE, DESCRIPTION_TEMPLATE
from web.keys import ROOMS
from web.pages.automation_form import FOLDER_FIELDS, AutomationForm
from web.pages.folder_choices import FolderPicker, Wanted, folder_picker, picker_of
from web.pages.paging import offered, unchosen
from web.pages.visit import Visit


async def presets(here: Visit, chosen: str) -> tuple[tuple[str, str], ...]:
    """What may be chosen: the person's presets, and an archived one only while it is chosen."""
    found = await here.request.app[ROOMS].sale_reads.presets(here.user.id, archived=True)
    live = (one for one in found if one.archived_at is None or str(one.id) == chosen)
    return ("", "No"), *((str(one.id), f"{one.name}: {one.words}") for one in live)


def folders_for(here: Visit, field: str, account_id: str) -> Wanted:
    """Of the account that it takes drafts of, or of each."""
    accounts = here.overview.editable
    return Wanted(field, tuple(account for account in accounts if account_id in ("", str(account.id))))


async def pickers(here: Visit, form: AutomationForm, words: Mapping[str, str]) -> dict[str, FolderPicker]:
    """By the name of the field; *words* name no single folder."""
    wanted = [folders_for(here, field, form.values.get("account_id", "")) for field in FOLDER_FIELDS]
    every = [one for field in FOLDER_FIELDS for one in form.folders(field)]
    found = await here.request.app[ROOMS].folder_reads.offer(wanted[0].search(chosen=every))
    return {
        one.field: await folder_picker(here, one, form.folders(one.field), words=words[one.field])
        if one.field in words
        else picker_of(one, found, form.folders(one.field))
        for one in wanted
    }


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
