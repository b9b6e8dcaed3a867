"""Templates that an automation lays over what it takes, inside the transaction that takes it."""

from dataclasses import replace
from datetime import datetime

from core.errors import InvalidInput
from core.library.template import Template, TemplateKind, laid_over
from core.library.templates import facts_of
from core.planning.automation import COMMENT_TEMPLATE, DESCRIPTION_TEMPLATE, Automation, Default, Mode
from core.planning.ports import PlanningTransaction
from core.posts.fields import Details
from core.posts.post import Post

KINDS = {DESCRIPTION_TEMPLATE: TemplateKind.DESCRIPTION, COMMENT_TEMPLATE: TemplateKind.COMMENT}


async def check_templates(tx: PlanningTransaction, automation: Automation) -> None:
    """Raises `InvalidInput` for a template that is not the owner's, or of another kind."""
    for default in automation.defaults:
        if default.field in KINDS and await _find(tx, automation, default) is None:
            raise InvalidInput({"defaults": f"Choose one of your {KINDS[default.field]} templates."})


async def describe_by_template(
    tx: PlanningTransaction, automation: Automation, post: Post, details: Details, moment: datetime
) -> Details:
    """*details* with the description its template gives; as they are when the template is gone by now.

    *moment* is the wall clock at which the post goes out, for the template's variables.
    """
    default = automation.template_default(DESCRIPTION_TEMPLATE)
    if default is None or (default.mode is Mode.IF_UNSET and details.description):
        return details
    template = await _find(tx, automation, default)
    if template is None:
        return details
    arrived = await tx.rooms.templates.arrived(post.id)
    facts = facts_of(details, await tx.accounts.get(post.account_id), arrived, moment)
    try:
        described = laid_over(details, [template], facts)
    except InvalidInput:  # longer than DeviantArt takes: the artist's own words go out alone
        return details
    await tx.rooms.templates.count_use([template.id], post_id=post.id)
    return described


async def wish_for_comment(tx: PlanningTransaction, automation: Automation, post_id: int) -> None:
    default = automation.template_default(COMMENT_TEMPLATE)
    if default is None:
        return
    wish = await tx.rooms.wishes.get(post_id)
    if default.mode is Mode.IF_UNSET and wish.comment_template_id is not None:
        return
    template = await _find(tx, automation, default)
    if template is not None:
        await tx.rooms.wishes.save(post_id, replace(wish, comment_template_id=template.id))


async def _find(tx: PlanningTransaction, automation: Automation, default: Default) -> Template | None:
    template = await tx.rooms.templates.find(automation.user_id, default.value)
    return template if template is not None and template.kind is KINDS[default.field] else None
