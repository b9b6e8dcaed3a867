"""Everything that can be done on a page can be done over the API: each form beside its call, or why there is none."""

from core.app.site import web_application
from tests.support.app import AppHarness
from web.api.routes import ENDPOINTS

# By the page's route: the call that does the same. Several verbs of one route name several calls.
CALLS = {
    "/admin/backups": "POST /api/instance/backups",
    "/admin/backups/{name}/remove": "DELETE /api/instance/backups/{name}",
    "/admin/instance": "PATCH /api/instance/settings",
    "/admin/instance/reset": "PATCH /api/instance/settings",
    "/admin/invites": "POST /api/invites",
    "/admin/invites/{invite_id}/revoke": "DELETE /api/invites/{id}",
    "/admin/people/{user_id}/disable": "POST /api/people/{id}/disable",
    "/admin/people/{user_id}/enable": "POST /api/people/{id}/enable",
    "/admin/people/{user_id}/keys/{key_id}/revoke": "DELETE /api/people/{id}/keys/{key_id}",
    "/admin/people/{user_id}/remove": "POST /api/people/{id}/remove",
    "/admin/people/{user_id}/role": "PATCH /api/people/{id}",
    "/admin/programs": "PUT /api/instance/programs",
    "/automations/new": "POST /api/automations",
    "/automations/order": "PUT /api/automations/order",
    "/automations/{id}": "PATCH /api/automations/{id}",
    "/automations/{id}/order": "PUT /api/automations/{id}/drafts",
    "/automations/{id}/{verb}": "POST /api/automations/{id}/enable, POST /api/automations/{id}/pause,"
    " POST /api/automations/{id}/run, POST /api/automations/{id}/duplicate, DELETE /api/automations/{id}",
    "/calendar/{post_id}/move": "POST /api/posts/{id}/schedule",
    "/changes/{bulk_id}/edit": "POST /api/posts/batch, POST /api/posts/batch/preview",
    "/changes/{bulk_id}/stop": "POST /api/changes/{id}/stop",
    "/changes/{bulk_id}/undo": "POST /api/changes/{id}/undo",
    "/exclusives/bulk": "POST /api/posts/{id}/offer, POST /api/sale-queue/{id}/skip",
    "/exclusives/helper": "GET /api/sale-queue/next",
    "/exclusives/presets": "POST /api/price-presets",
    "/exclusives/presets/{id}": "PUT /api/price-presets/{id}",
    "/exclusives/presets/{id}/{verb}": "DELETE /api/price-presets/{id}, POST /api/price-presets/{id}/restore,"
    " POST /api/price-presets/{id}/default",
    "/exclusives/{id}/{verb}": "POST /api/sale-queue/{id}/complete, POST /api/sale-queue/{id}/fail,"
    " POST /api/sale-queue/{id}/heartbeat, POST /api/sale-queue/{id}/skip, POST /api/sale-queue/{id}/queue,"
    " POST /api/sale-queue/{id}/release",
    "/folders/{account_id}": "POST /api/accounts/{id}/folders",
    "/folders/{account_id}/order": "PUT /api/accounts/{id}/folders/order",
    "/folders/{account_id}/refresh": "GET /api/accounts/{id}/folders",
    "/folders/{account_id}/{folder_id}": "PATCH /api/accounts/{id}/folders/{folder_id}",
    "/folders/{account_id}/{folder_id}/works": "POST /api/accounts/{id}/folders/{folder_id}/works",
    "/folders/{account_id}/{folder_id}/works/order": "PUT /api/accounts/{id}/folders/{folder_id}/works/order",
    "/folders/{account_id}/{folder_id}/{verb}": "DELETE /api/accounts/{id}/folders/{folder_id},"
    " PUT /api/accounts/{id}/folders/order",
    "/import": "POST /api/import",
    "/inspiration/lists": "POST /api/keep-lists",
    "/inspiration/lists/{id}/{verb}": "PATCH /api/keep-lists/{id}, DELETE /api/keep-lists/{id},"
    " DELETE /api/keep-lists/{id}/works/{work_id}",
    "/inspiration/works/{name}/keep": "POST /api/keep-lists/{id}/works",
    "/instance/release": "POST /api/instance/release",
    "/keys": "POST /api/keys",
    "/keys/{key_id}/keep": "POST /api/keys/{id}/keep",
    "/keys/{key_id}/limits": "PATCH /api/keys/{id}",
    "/keys/{key_id}/revoke": "DELETE /api/keys/{id}",
    "/keys/{key_id}/rotate": "POST /api/keys/{id}/rotate",
    "/keys/{key_id}/templates": "PUT /api/keys/{id}/templates",
    "/pause": "POST /api/pause",
    "/plans/undo": "POST /api/plans/undo/{id}",
    "/posts/bulk": "POST /api/posts/batch, POST /api/posts/batch/matching",
    "/posts/{post_id}/approve": "POST /api/posts/{id}/approve",
    "/posts/{post_id}/discard": "DELETE /api/posts/{id}",
    "/posts/{post_id}/edit": "PATCH /api/posts/{id}",
    "/posts/{post_id}/take-back": "POST /api/posts/{id}/take-back",
    "/posts/{post_id}/files": "POST /api/posts/{id}/files",
    "/posts/{post_id}/files/all": "POST /api/posts/{id}/files/order",
    "/posts/{post_id}/files/order": "POST /api/posts/{id}/files/order",
    "/posts/{post_id}/files/{file_id}/{verb}": "POST /api/posts/{id}/files/order,"
    " DELETE /api/posts/{id}/files/{file_id}, POST /api/posts/{id}/files/{file_id}/restore",
    "/posts/{post_id}/hold": "POST /api/posts/{id}/hold",
    "/posts/{post_id}/mark-as-ai": "PATCH /api/posts/{id}",
    "/posts/{post_id}/link": "POST /api/posts/{id}/link",
    "/posts/{post_id}/more/after": "POST /api/posts/{id}/offer, POST /api/posts/{id}/comment",
    "/posts/{post_id}/more/templates": "POST /api/posts/{id}/templates",
    "/posts/{post_id}/publish": "POST /api/posts/{id}/publish",
    "/posts/{post_id}/reject": "POST /api/posts/{id}/reject",
    "/posts/{post_id}/resolve": "POST /api/posts/{id}/resolve",
    "/posts/{post_id}/restore": "POST /api/posts/{id}/restore",
    "/posts/{post_id}/schedule": "POST /api/posts/{id}/schedule",
    "/posts/{post_id}/send-back": "POST /api/posts/{id}/send_back",
    "/posts/{post_id}/series": "PUT /api/series/{id}",
    "/posts/{post_id}/unhold": "POST /api/posts/{id}/unhold",
    "/posts/{post_id}/unlink": "DELETE /api/posts/{id}/link",
    "/posts/{post_id}/unschedule": "POST /api/posts/{id}/unschedule",
    "/published/figures/{post_id}/ask": "POST /api/posts/{id}/figures",
    "/queue": "POST /api/queue",
    "/queue/swap": "POST /api/queue/swap",
    "/queue/{id}/remove": "DELETE /api/queue/{id}",
    "/resume": "POST /api/resume",
    "/review/pick": "POST /api/posts/batch",
    "/review/pick/undo": "POST /api/changes/{id}/undo, POST /api/posts/{id}/send_back",
    "/review/{post_id}/beside/{twin_id}": "POST /api/posts/{id}/reject, PUT /api/posts/{id}/twins/{twin_id}",
    "/review/{post_id}/beside/{twin_id}/undo": "DELETE /api/posts/{id}/twins/{twin_id}, POST /api/posts/{id}/restore",
    "/series": "POST /api/series",
    "/series/{id}": "PUT /api/series/{id}",
    "/series/{id}/add": "PUT /api/series/{id}",
    "/series/{id}/order": "PUT /api/series/{id}",
    "/series/{id}/remove": "DELETE /api/series/{id}",
    "/series/{id}/restore": "POST /api/series/{id}/restore",
    "/settings": "PATCH /api/me",
    "/settings/accounts/{account_id}/color": "PATCH /api/accounts/{id}",
    "/settings/accounts/{account_id}/disconnect": "POST /api/accounts/{id}/disconnect",
    "/settings/accounts/{account_id}/leave": "DELETE /api/accounts/{id}/people/{user_id}",
    "/settings/accounts/{account_id}/people": "POST /api/accounts/{id}/people",
    "/settings/accounts/{account_id}/people/links/{link_id}/remove": "DELETE"
    " /api/accounts/{id}/people/links/{link_id}",
    "/settings/accounts/{account_id}/people/{user_id}": "PATCH /api/accounts/{id}/people/{user_id}",
    "/settings/accounts/{account_id}/people/{user_id}/remove": "DELETE /api/accounts/{id}/people/{user_id}",
    "/settings/data/delete": "POST /api/me/remove",
    "/settings/data/import": "POST /api/import/settings",
    "/settings/discord/channels/{id}/templates": "PUT /api/drop-channels/{id}/templates",
    "/settings/discord/{id}/unlink": "DELETE /api/discord/{id}",
    "/settings/mail": "PATCH /api/me",
    "/settings/mail/test": "POST /api/settings/notices/test",
    "/settings/notices": "PATCH /api/settings/notices",
    "/settings/posts": "PATCH /api/settings/posts",
    "/settings/sessions/end": "DELETE /api/sessions",
    "/settings/sessions/{key}/end": "DELETE /api/sessions/{id}",
    "/settings/zone": "PATCH /api/me",
    "/slots/holidays": "POST /api/holidays",
    "/slots/holidays/{id}/remove": "DELETE /api/holidays/{id}",
    "/slots/{account_id}": "PUT /api/accounts/{id}/slots",
    "/slots/{account_id}/pacing": "PATCH /api/accounts/{id}/pacing",
    "/slots/{account_id}/shuffle": "POST /api/queue/shuffle",
    "/spread": "POST /api/spread, POST /api/spread/preview",
    "/templates": "POST /api/templates",
    "/templates/{id}": "PATCH /api/templates/{id}",
    "/templates/{id}/{verb}": "DELETE /api/templates/{id}, POST /api/templates/{id}/restore",
    "/upload": "POST /api/posts",
    "/webhooks": "POST /api/webhooks",
    "/webhooks/{webhook_id}/deliveries/{delivery_id}/replay": "POST"
    " /api/webhooks/{id}/deliveries/{delivery_id}/replay",
    "/webhooks/{webhook_id}/{verb}": "POST /api/webhooks/{id}/test, PATCH /api/webhooks/{id},"
    " POST /api/webhooks/{id}/secret, DELETE /api/webhooks/{id}",
}
ONLY_BROWSERS = {
    "/auth/logout": "ends the browser's own session",
    "/link/{code}": "shows that whoever is signed in here is the one in Discord",
    "/share/{token}": "shows who takes the share",
    "/posts/{post_id}/insert": "counts a template that a script put into the form",
    "/posts/{post_id}/stored": "a look at what is typed and not saved",
    "/steps/away": "what Home shows",
    "/steps/back": "what Home shows",
}


async def test_what_can_be_done_on_a_page_can_be_done_by_a_program(app: AppHarness) -> None:
    routes = web_application(app.app).router.routes()
    forms = {route.resource.canonical for route in routes if route.resource and route.method == "POST"}
    forms = {path for path in forms if not path.startswith(("/api/", "/hook/"))}

    assert forms == {*CALLS, *ONLY_BROWSERS}


def test_every_call_that_is_named_exists() -> None:
    known = {f"{endpoint.method} {endpoint.path}" for endpoint in ENDPOINTS}

    named = {call.strip() for calls in CALLS.values() for call in calls.split(",")}

    assert named <= known
