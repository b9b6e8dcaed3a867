"""The dashboard: server-rendered pages that work without scripts and follow the event log with them."""

from aiohttp import web

from web.assets import Assets, add_static_route
from web.keys import ERROR_PAGE
from web.pages import (
    admin,
    admin_audit,
    admin_backups,
    admin_health,
    admin_instance,
    admin_invites,
    admin_log,
    admin_people,
    automation_order,
    automations,
    bulk,
    bulk_edit,
    calendar,
    changes,
    connect,
    entry,
    exclusives,
    figures,
    first_steps,
    folders,
    home,
    inspiration,
    instance,
    keys,
    lists,
    plans,
    post,
    post_changes,
    post_files,
    post_rooms,
    post_stored,
    post_times,
    reference,
    review,
    review_beside,
    review_pick,
    series,
    settings,
    sharing,
    slots,
    template_room,
    upload,
    verbs,
    webhooks,
)
from web.pages.templates import Templates
from web.pages.visit import TEMPLATES


def add_page_routes(app: web.Application) -> None:
    """Every page, their static files, and how errors look."""
    assets = Assets()
    app[TEMPLATES] = Templates(assets)
    app[ERROR_PAGE] = entry.error_page
    add_static_route(app, assets)
    for room in (
        home,
        first_steps,
        entry,
        lists,
        review,
        review_beside,
        review_pick,
        calendar,
        post,
        post_changes,
        post_files,
        verbs,
        bulk,
        bulk_edit,
        changes,
        upload,
        keys,
        settings,
        sharing,
        automation_order,
        automations,
        series,
        slots,
        template_room,
        folders,
        exclusives,
        inspiration,
        instance,
        figures,
        post_rooms,
        post_stored,
        post_times,
        connect,
        reference,
        webhooks,
        plans,
        admin,
        admin_people,
        admin_health,
        admin_instance,
        admin_log,
        admin_backups,
        admin_invites,
        admin_audit,
    ):
        room.add_routes(app)
