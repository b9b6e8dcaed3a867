"""The calls about programs themselves in the route table."""

from core.scopes import Scope
from web.api import plans, program_instance, program_requests, webhooks
from web.api.endpoint import Endpoint
from web.api.settings_files import SETTINGS_FILE_ENDPOINTS

_W = "/api/webhooks"
_ONE = f"{_W}/{{id}}"
_K = "/api/keys/{id}"
R, W, A = Scope.READ, Scope.WRITE, Scope.ADMIN

PROGRAM_ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint("GET", _W, webhooks.every, R, "Your webhooks", "Webhooks"),
    Endpoint("POST", _W, webhooks.create, W, "Make a webhook; its secret is shown once", "NewWebhookMade", 201,
             body=program_requests.NewWebhook, errors=(422,)),
    Endpoint("GET", _ONE, webhooks.one, R, "A webhook", "Webhook", errors=(404,)),
    Endpoint("PATCH", _ONE, webhooks.change, W, "Change a webhook, switch it on or off", "Webhook",
             body=program_requests.ChangeWebhook, errors=(404, 422)),
    Endpoint("DELETE", _ONE, webhooks.remove, W, "Remove a webhook and its log", "", 204, errors=(404,)),
    Endpoint("POST", f"{_ONE}/secret", webhooks.rotate_secret, W, "A new secret; the old one signs for a day more",
             "NewWebhookMade", errors=(404,)),
    Endpoint("POST", f"{_ONE}/test", webhooks.try_out, W, "Send a test message", "Delivery", 202, errors=(404, 409)),
    Endpoint("GET", f"{_ONE}/deliveries", webhooks.deliveries, R, "What was sent, newest first", "Deliveries",
             errors=(404, 422), query=("cursor",)),
    Endpoint("POST", f"{_ONE}/deliveries/{{delivery_id}}/replay", webhooks.replay, W, "Send it once more",
             "Delivery", 202, errors=(404, 409)),
    Endpoint("PATCH", _K, plans.restrict_key, A, "From where a key may be used, and how often", "Key",
             body=program_requests.RestrictKey, errors=(404, 409, 422)),
    Endpoint("POST", f"{_K}/rotate", plans.rotate_key, A, "A new key in place of this one, with an overlap",
             "NewKey", 201, body=program_requests.RotateKey, errors=(404, 409, 422)),
    Endpoint("POST", f"{_K}/keep", plans.accept_exposure, A,
             "It was found inside a picture, and stays all the same", "Key", errors=(404, 409)),
    Endpoint("GET", f"{_K}/calls", plans.calls, A, "The last calls of a key: what came, how it was read", "Calls",
             errors=(404,)),
    Endpoint("POST", "/api/import", plans.bring_in, W, "A plan as CSV or JSON; a dry run unless told otherwise",
             "ImportReport", body=program_requests.ImportPlan, form=True,
             parts=("plan", "files"), errors=(422,)),
    Endpoint("GET", "/api/export", plans.export, R, "Everything of yours as a zip", "",
             gives="application/zip"),
    *SETTINGS_FILE_ENDPOINTS,
    Endpoint("GET", "/api/instance/programs", program_instance.show, A, "What administrators decide about programs",
             "ProgramInstanceNow"),
    Endpoint("PUT", "/api/instance/programs", program_instance.change, A, "Decide it", "ProgramInstanceNow",
             body=program_requests.ProgramInstance, errors=(404, 422)),
)  # fmt: skip
