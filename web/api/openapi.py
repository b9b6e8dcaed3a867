"""The OpenAPI 3.1 document, read off the route table and the request schemas, so that it cannot drift."""

from typing import Any

from core import __version__
from core.operations.problems import LEVELS
from core.posts.post import PostStatus
from core.publishing.publication import FailureKind, PublicationState, Step
from core.scopes import Scope
from web.api import answers_schema
from web.api.endpoint import Endpoint
from web.api.examples import VALUES, with_examples
from web.api.groups import GROUPS, group_of
from web.api.instance_settings import schemas as instance_schemas
from web.api.meanings import with_meanings
from web.api.params import SORTS
from web.api.people import schemas as people_schemas
from web.api.planning_json import QUERY as PLANNING_QUERY
from web.api.planning_json import schemas as planning_schemas
from web.api.program_instance import schemas as program_instance_schemas
from web.api.program_json import schemas as program_schemas
from web.api.room_json import QUERY as ROOM_QUERY
from web.api.room_json import schemas as room_schemas
from web.api.routes import ENDPOINTS
from web.api.settings_files import QUERY as SETTINGS_FILE_QUERY
from web.api.settings_files import schemas as settings_file_schemas
from web.api.sharing import schemas as sharing_schemas
from web.api.upkeep import schemas as upkeep_schemas
from web.api.you import schemas as you_schemas
from web.requests import built
from web.uploads import IDEMPOTENCY_KEPT
from web.versions import API_VERSION, VERSION_HEADER

JSON = "application/json"
ABOUT = (
    f"Version {API_VERSION} of the API. Additions keep the number; clients ignore what they do not know. What would"
    f" break a client gets the next number, spoken to those who send `{VERSION_HEADER}` with it; everybody else is"
    " answered as before for a year at least, with `Deprecation` and `Sunset` on the answers that will change."
)
PROBLEMS = {
    400: "MALFORMED: the request cannot be read",
    401: "UNAUTHENTICATED: sign in, or send a key that is good",
    403: "FORBIDDEN, CSRF or SCOPE_MISSING",
    404: "NOT_FOUND: also for what belongs to somebody else",
    409: "STALE, WRONG_STATE or IN_FLIGHT",
    410: "EXPIRED: it worked once, or for a while, and does no more",
    413: "TOO_LARGE",
    415: "UNSUPPORTED_TYPE",
    422: "INVALID with `details.fields`, TOO_MANY_PIXELS, UNREADABLE_IMAGE, NOT_READY with `details.missing`",
    429: "RATE_LIMITED, with Retry-After",
    502: "UPSTREAM: DeviantArt could not be asked",
    503: "DRAINING, UNAVAILABLE or UPSTREAM, with Retry-After",
}
_QUERY: dict[str, dict[str, Any]] = {
    "status": {"type": "string", "enum": [str(status) for status in PostStatus]},
    "q": {"type": "string", "maxLength": 200, "description": "Words of title, tags, prompt or model"},
    "tag": {"type": "string", "maxLength": 200},
    "account_id": {"type": "string"},
    "level": {"type": "string", "enum": list(LEVELS), "description": "These and worse"},
    "file_id": {"type": "string", "description": "which picture, where several have such a link"},
    "log.q": {"type": "string", "description": "Words, each of which stands somewhere in the line"},
    "typed.q": {"type": "string", "description": "What is typed so far; the rest of something long is passed over"},
    "posts.sort": {"type": "string", "enum": list(SORTS), "description": "newest, but due for what is scheduled"},
    "batch": {"type": "string", "description": "Those that arrived in one call"},
    "held": {"type": "boolean"},
    "ready": {"type": "boolean"},
    "is_mature": {"type": "boolean"},
    "is_ai_generated": {"type": "boolean"},
    **PLANNING_QUERY,
    **ROOM_QUERY,
    **SETTINGS_FILE_QUERY,
    "limit": {"type": "integer", "minimum": 1, "maximum": 100, "default": 20},
    "cursor": {"type": "string", "description": "`next_cursor` of the page before"},
}


def document() -> dict[str, Any]:
    """The whole document; building it is cheap and rare."""
    schemas: dict[str, Any] = answers_schema.schemas(
        statuses=[str(status) for status in PostStatus],
        states=[str(state) for state in PublicationState],
        steps=[str(step) for step in Step],
        kinds=[str(kind) for kind in FailureKind],
        scopes=[str(scope) for scope in Scope],
    )
    schemas |= planning_schemas()
    schemas |= room_schemas()
    schemas |= program_schemas() | program_instance_schemas() | settings_file_schemas()
    schemas |= people_schemas() | sharing_schemas()
    schemas |= instance_schemas() | you_schemas() | upkeep_schemas()
    paths: dict[str, Any] = {}
    for endpoint in ENDPOINTS:
        _collect_body(endpoint, schemas)
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint)
    paths |= _uploads() | _health() | _feed()
    described = {
        "openapi": "3.1.0",
        "info": {
            "title": "Isekai",
            "version": f"{API_VERSION} ({__version__})",
            "summary": "Review, schedule and publish pictures to DeviantArt, each exactly once.",
            "description": ABOUT,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": group.slug, "x-displayName": group.name, "description": group.text} for group in GROUPS],
        "security": [{"bearer": []}, {"header": []}, {"browser": []}],
        "paths": paths,
        "components": {"schemas": with_meanings(schemas), "securitySchemes": _security(), "responses": _problems()},
    }
    return with_examples(described)


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": _operation_id(endpoint),
        "summary": endpoint.summary,
        "description": f"Needs the scope `{endpoint.scope}`.",
        "x-scope": str(endpoint.scope),
        # Roles of schemes that are no OAuth: OpenAPI 3.1, 4.8.30.
        "security": [{"bearer": [str(endpoint.scope)]}, {"header": [str(endpoint.scope)]}, {"browser": []}],
        "tags": [group_of(endpoint.path).slug],
        "responses": _responses(endpoint),
    }
    if parameters := _parameters(endpoint):
        operation["parameters"] = parameters
    if body := _body(endpoint):
        operation["requestBody"] = body
    return operation


def _operation_id(endpoint: Endpoint) -> str:
    module = endpoint.handler.__module__.rsplit(".", 1)[-1]
    return f"{module}_{endpoint.handler.__name__}"


def _responses(endpoint: Endpoint) -> dict[str, Any]:
    good: dict[str, Any] = {"description": endpoint.summary}
    if endpoint.answers:
        good["content"] = {JSON: {"schema": _ref(endpoint.answers)}}
    elif endpoint.gives:
        good["content"] = {endpoint.gives: {"schema": {"type": "string", "contentMediaType": endpoint.gives}}}
    # 400 also tells whoever asks for a version that is not spoken here.
    common = {400, 401, 403, 429, 503} | ({415, 413} if endpoint.method not in {"GET", "DELETE"} else set())
    again = {"200": {**good, "description": "It came before: what was made then"}} if endpoint.idempotent else {}
    problems = sorted(common | set(endpoint.errors))
    if endpoint.tagged:
        again["304"] = {"description": "As it was when you got this `ETag`"}
    return again | {str(endpoint.status): good} | {str(status): _problem_ref(status) for status in problems}


def _parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    names = [part[1:-1] for part in endpoint.path.split("/") if part.startswith("{")]
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names
    ]
    found += [_asked(name, is_required=True) for name in endpoint.asks]
    found += [_asked(name) for name in endpoint.query]
    if endpoint.tagged:
        found.append(_UNLESS)
    if endpoint.idempotent:
        found.append(_AGAIN)
    if endpoint.body is not None and "version" in built(endpoint.body).model_fields:
        described = "The version that was seen, in quotes; instead of `version` in the body"
        found.append({"name": "If-Match", "in": "header", "description": described, "schema": {"type": "string"}})
    return found


_AGAIN = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Sent again within a day, the answer is that of the first time",
    "schema": {"type": "string", "maxLength": IDEMPOTENCY_KEPT},
}


_UNLESS = {
    "name": "If-None-Match",
    "in": "header",
    "description": "The `ETag` you have: 304 while nothing changed",
    "schema": {"type": "string"},
}


def _asked(name: str, *, is_required: bool = False) -> dict[str, Any]:
    found: dict[str, Any] = {"name": name.rpartition(".")[2], "in": "query", "schema": _QUERY[name]}
    if is_required:
        found |= {"required": True, "example": VALUES[name]}
    return found


def _body(endpoint: Endpoint) -> dict[str, Any] | None:
    content: dict[str, Any] = {}
    if endpoint.body is not None:
        content[JSON] = {"schema": _ref(endpoint.body.__name__)}
    if endpoint.form:
        parts = {name: {"type": "string"} if name == "plan" else _BINARY_LIST for name in endpoint.parts}
        form = {"type": "object", "properties": parts, "additionalProperties": True}
        content["multipart/form-data"] = {"schema": form}
    if endpoint.raw:
        content[endpoint.raw] = {"schema": {"type": "string", "contentMediaType": endpoint.raw}}
    if not content:
        return None
    required = endpoint.body is not None and any(f.is_required() for f in built(endpoint.body).model_fields.values())
    return {"required": required or (endpoint.body is None and bool(content)), "content": content}


_BINARY_LIST = {"type": "array", "items": {"type": "string", "contentMediaType": "application/octet-stream"}}


def _collect_body(endpoint: Endpoint, schemas: dict[str, Any]) -> None:
    if endpoint.body is None or endpoint.body.__name__ in schemas:
        return
    schema = built(endpoint.body).model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(schema.pop("$defs", {}))
    schemas[endpoint.body.__name__] = schema


def _uploads() -> dict[str, Any]:
    body = {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {"type": "object", "properties": {"image": _BINARY_LIST}, "additionalProperties": True}
            },
            "image/*": {"schema": {}},
            "video/*": {"schema": {}},
            JSON: {"schema": _ref("JsonUpload")},
        },
    }
    responses = {
        "200": _good("These came before: the same posts", "Uploaded"),
        "201": _good("Posts in review", "Uploaded"),
        "202": _good("There was no picture in it", "NothingUploaded"),
        "204": {"description": "As 200 and 201, where `?respond=204` asks for no body"},
    } | {str(status): _problem_ref(status) for status in (400, 401, 403, 404, 409, 413, 415, 422, 429, 503)}
    respond = {"name": "respond", "in": "query", "schema": {"type": "string", "enum": ["204", "list"]}}

    def operation(operation_id: str, summary: str, parameters: list[dict[str, Any]]) -> dict[str, Any]:
        return {
            "operationId": operation_id,
            "summary": summary,
            "description": "Needs the scope `upload`. Any file field name, one or many.",
            "x-scope": "upload",
            "tags": ["uploads"],
            "parameters": [*parameters, respond, _AGAIN],
            "requestBody": body,
            "responses": responses,
        }

    key = {"name": "key", "in": "path", "required": True, "schema": {"type": "string"}, "example": "YOUR_KEY"}
    return {
        "/api/comfyui/upload": {"post": operation("upload", "Send pictures to review", [])},
        "/hook/{key}": {
            "post": operation("hook", "Send pictures, with the key in the address", [key]) | {"security": []}
        },
    }


def _health() -> dict[str, Any]:
    def operation(operation_id: str, summary: str, responses: dict[str, Any]) -> dict[str, Any]:
        about = {"operationId": operation_id, "summary": summary, "tags": ["instance"], "security": []}
        return {"get": about | {"responses": responses}}

    text = {"description": "Prometheus text", "content": {"text/plain": {"schema": {"type": "string"}}}}
    return {
        "/health": operation("health", "Whether the process serves", {"200": _good("It does", "Health")}),
        "/ready": operation(
            "ready",
            "Whether it is fit for work",
            {"200": _good("It is", "Ready"), "503": _good("It is not", "Ready")},
        ),
        "/metrics": operation("metrics", "Figures", {"200": text}),
        "/api/openapi.json": operation(
            "openapi",
            "This document",
            {"200": {"description": "It", "content": {JSON: {"schema": {"type": "object"}}}}},
        ),
    }


def _feed() -> dict[str, Any]:
    key = {
        "name": "key",
        "in": "query",
        "schema": {"type": "string"},
        "description": "A key with the scope `calendar`",
    }
    good = {"description": "iCalendar", "content": {"text/calendar": {"schema": {"type": "string"}}}}
    problems = {str(status): _problem_ref(status) for status in (401, 403, 429, 503)}
    responses = {"200": good, "304": {"description": "As it was"}} | problems
    about = {
        "operationId": "calendar",
        "summary": "The plan for a calendar program",
        "tags": ["planning"],
        "x-scope": "calendar",
    }
    return {"/calendar.ics": {"get": about | {"parameters": [key], "responses": responses}}}


def _security() -> dict[str, Any]:
    return {
        "bearer": {"type": "http", "scheme": "bearer", "description": "An API key: isk_…"},
        "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        "browser": {
            "type": "apiKey",
            "in": "cookie",
            "name": "isekai_session",
            "description": "A signed-in browser; writes carry the token of /api/me in X-CSRF-Token",
        },
    }


def _problems() -> dict[str, Any]:
    return {
        f"Problem{status}": {"description": text, "content": {JSON: {"schema": _ref("Problem")}}}
        for status, text in PROBLEMS.items()
    }


def _good(description: str, schema: str) -> dict[str, Any]:
    return {"description": description, "content": {JSON: {"schema": _ref(schema)}}}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _problem_ref(status: int) -> dict[str, str]:
    return {"$ref": f"#/components/responses/Problem{status}"}
