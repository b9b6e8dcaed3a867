"""Examples for the OpenAPI document: bodies of requests written out, answers made from their schemas.

A value goes by the name of its field, so that the same post is told everywhere; what has no entry here goes by its
type.
"""

from copy import deepcopy
from typing import Any, Final

from web.versions import VERSION_HEADER

REQUESTS: Final[dict[str, Any]] = {
    "Versioned": {"version": 3},
    "RemovePerson": {"name": "juno"},
    "ShareAccount": {"role": "reviewer"},
    "CreatePost": {
        "title": "Dawn over the bay",
        "tags": ["sea", "light"],
        "is_ai_generated": True,
        "status": "draft",
    },
    "BeginUpload": {"name": "dawn.png", "bytes": 2097152, "mime": "image/png"},
    "EditPost": {"version": 3, "title": "Dusk over the bay", "tags": "fog", "tags_mode": "add"},
    "Reject": {"reason": "The hands are wrong."},
    "Schedule": {"local": "2027-01-08T18:00", "time_zone": "Europe/Paris", "jitter_seconds": 300},
    "Batch": {"ids": ["41", "42"], "action": "edit", "fields": {"tags": ["sea"]}, "tags_mode": "add"},
    "BatchMatching": {
        "match": {"status": "draft", "tag": "sea", "ready": True},
        "action": "edit",
        "fields": {"tags": ["ocean"]},
        "tags_mode": "add",
    },
    "ResolveDoubt": {"outcome": "online", "url": "https://www.deviantart.com/mira/art/Dawn-over-the-bay-1000000041"},
    "ArrangeFiles": {"order": ["7", "6"], "chosen": ["7"]},
    "CreateKey": {"name": "ComfyUI at home", "scopes": ["upload"], "expires_at": "2027-11-23T00:00:00Z"},
    "ChangePerson": {"role": "admin"},
    "NewBackup": {"pictures": True},
    "NameList": {"name": "Harbours at night"},
    "KeepWork": {"work": "5C1B2D3E-0A4F-4B6C-8D7E-9F0A1B2C3D4E"},
    "ChangeMe": {"time_zone": "Europe/Paris", "theme": "dark"},
    "ChangeHabits": {"add_watermark": True, "display_resolution": 1920},
    "ChangeNotices": {"notices": {"published": {"mail": False, "dm": True}}},
    "WhatPauses": {"account_id": "1"},
    "ChangeAccount": {"color": "#4f9a5b"},
    "CreateAutomation": {
        "name": "Evenings",
        "time_zone": "Europe/Paris",
        "rules": [{"kind": "fixed_time", "time": "18:00", "days": ["mon", "wed", "fri"]}],
        "order": "fifo",
        "pool": {"tags": ["landscape"]},
        "enabled": False,
    },
    "ChangeAutomation": {"name": "Weekday evenings", "version": 2},
    "PreviewAutomation": {
        "days": 14,
        "rules": [{"kind": "daily_quota", "per_day": 2, "start": "09:00", "end": "21:00"}],
    },
    "RunAutomation": {"override_pacing": False},
    "Ids": {"ids": ["2", "1"]},
    "SetSlots": {"slots": [{"weekday": "mon", "time": "18:00"}, {"days": ["sat", "sun"], "time": "11:00"}]},
    "SetPacing": {"min_gap_minutes": 120, "max_per_day": 4, "quiet_start": "23:00", "quiet_end": "07:00"},
    "AddToQueue": {"ids": ["41", "42"]},
    "SwapInQueue": {"id": "41", "other": "42"},
    "ShuffleQueue": {"account_id": "1"},
    "AddHoliday": {"first": "2026-12-24", "last": "2027-01-02", "mode": "shift", "name": "Winter"},
    "SpreadGiven": {"ids": ["41", "42"], "first": "2027-01-04", "weeks": 3, "start": "18:00", "end": "22:00"},
    "SaveSeries": {"name": "The bay at all hours", "ids": ["41", "42"], "gap_hours": 24},
    "LeaseToken": {"lease_token": "b1946ac92492d2347c6235b4d2611184"},
    "FailSale": {
        "lease_token": "b1946ac92492d2347c6235b4d2611184",
        "error_message": "The price field was not there.",
    },
    "NewPreset": {"name": "Small prints", "currency": "USD", "lowest": "49", "highest": "79.50"},
    "OfferPost": {"price_preset_id": "1"},
    "CommentPost": {"template_id": "3"},
    "NewTemplate": {"kind": "description", "name": "Signature", "body": "{title}, made in {date}."},
    "ChangeTemplate": {"name": "Signature", "body": "{title}. Thank you for looking.", "version": 1},
    "TryTemplates": {"templates": ["3"], "post_id": "41"},
    "ApplyTemplates": {"templates": ["3"]},
    "DoorTemplates": {"templates": ["3"]},
    "NewFolder": {"name": "Seascapes", "description": "Water in all weathers"},
    "ChangeFolder": {"name": "Seascapes, old"},
    "FolderOrder": {"parent_id": None, "folders": ["E9E1…", "4F1C…"]},
    "WorkOrder": {"works": ["B2C3…", "A1B2…"], "offset": 0},
    "FolderWorks": {"action": "move", "works": ["A1B2…"], "to": "E9E1…"},
    "NewWebhook": {"url": "https://example.org/isekai", "events": ["post.published", "post.failed"], "name": "Site"},
    "ChangeWebhook": {"enabled": True},
    "RotateKey": {"overlap_hours": 24},
    "RestrictKey": {"addresses": ["192.0.2.7", "10.0.0.0/8"], "calls_per_minute": 120},
    "ImportPlan": {"plan": "title,tags,at\nDawn,sea,2027-01-08T18:00:00Z\n", "dry_run": True},
    "SettingsFile": {
        "format": 2,
        "time_zone": "Europe/Paris",
        "templates": [{"kind": "tags", "name": "Sea", "body": "sea, light"}],
        "accounts": [{"name": "mira", "slots": [{"weekday": 0, "time": "18:00"}], "pacing": {"max_per_day": 4}}],
        "automations": [
            {
                "name": "Evenings",
                "account": "mira",
                "rules": [{"kind": "fixed_time", "time": "18:00"}],
                "order": "fifo",
            }
        ],
        "webhooks": [{"name": "Site", "url": "https://example.org/isekai", "events": ["post.published"]}],
    },
    "ProgramInstance": {
        "allow_private_webhooks": False,
        "watched_folder": {"path": "/srv/art/drop", "to_draft": False, "account_id": "1"},
    },
    "NewInvite": {"role": "member", "note": "For Juno", "expires_at": "2027-01-15T00:00:00Z"},
    "ChangeInstance": {"name": "Harbour studio", "open_signup": False, "max_users": 20, "trash_days": 30},
    "JsonUpload": {"image": "data:image/png;base64,iVBORw0KGgo…", "title": "Dawn over the bay", "tags": "sea, light"},
}

VALUES: Final[dict[str, Any]] = {
    "id": "41", "post_id": "41", "account_id": "1", "key_id": "5", "automation_id": "2", "file_id": "6",
    "deviationId": "41", "message_id": "msg_907", "undo_id": "12", "lease_token": "b1946ac92492d2347c6235b4d2611184",
    "status": "scheduled", "version": 3, "title": "Dawn over the bay", "description": "", "tags": ["sea", "light"],
    "galleries": [], "mature_level": None, "mature_classification": [], "license": None, "display_resolution": 0,
    "due_local": "2027-01-08T18:00", "local": "2027-01-08T18:00", "time_zone": "Europe/Paris", "jitter_seconds": 0,
    "deviation_id": None, "deviation_url": None, "failure": None, "missing": [], "ready": True, "adjusted": False,
    "published_at": None, "held": False, "notes": "", "is_mature": False, "is_ai_generated": True, "no_ai": None,
    "name": "Evenings", "mime": "image/png", "bytes": 1_482_113, "width": 1216, "height": 832,
    "sha256": "b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c", "chosen": True, "publication": None,
    "url": "https://isekai.example.org/posts/41", "next_cursor": None, "total": 1, "username": "mira", "user": None,
    "color": "#3b82c4", "prefix": "isk_Q8wLkz", "scopes": ["upload"], "key": "isk_Q8wLkz…", "addresses": [],
    "calls_per_minute": None, "replaced_by": None, "revoked_at": None, "exposed_at": None, "expires_at": None,
    "secret": "whsec_…", "event": "post.published", "kind": "post.scheduled", "text": "Approved.",
    "error": "That is not possible now.", "code": "WRONG_STATE", "details": {"status": "published"}, "actor": "mira",
    "currency": "USD", "price": 4900, "price_text": "49", "lowest": 4900, "highest": None, "weekday": 0,
    "time": "18:00", "month": "2026-11", "tag": "sea", "message": "One picture waits in Review.", "success": True,
    "api_version": "1", "csrf_token": None, "done": True, "errors": {}, "line": 2, "trouble": None, "attempts": 1,
    "answer": "", "body": '{"type":"post.published"}', "took_ms": 84, "method": "POST", "path": "/api/comfyui/upload",
    "address": "192.0.2.7", "agent": "python-requests/2.32", "came": "image/png, 1,482,113 bytes",
    "uptime_seconds": 3600, "event_loop_lag_ms": 0.4, "parent_id": None, "size": 12, "role": "member",
    "client_id": "desk",
}  # fmt: skip
WHEN: Final = "2026-12-24T17:00:00Z"

_UNPLANNED: Final[dict[str, Any]] = {"due_at": None, "due_local": None, "time_zone": None}
# By the call: what of its answer is not as everywhere else.
AFTER: Final[dict[str, dict[str, Any]]] = {
    "posts_create": {"status": "draft", **_UNPLANNED, "files": [], "ready": False, "missing": ["Add a picture."]},
    "verbs_approve": {"status": "draft", **_UNPLANNED},
    "verbs_send_back": {"status": "review", **_UNPLANNED},
    "verbs_reject": {"status": "discarded", **_UNPLANNED},
    "posts_discard": {"status": "discarded", **_UNPLANNED},
    "verbs_unschedule": {"status": "draft", **_UNPLANNED},
    "verbs_restore": {"status": "draft", **_UNPLANNED},
    "verbs_hold": {"held": True},
    "doubts_resolve": {
        "status": "published",
        "deviation_url": "https://www.deviantart.com/mira/art/Dawn-over-the-bay-1000000041",
        "published_at": WHEN,
    },
    "doubts_link": {
        "status": "published",
        "deviation_url": "https://www.deviantart.com/mira/art/Dawn-over-the-bay-1000000041",
        "published_at": WHEN,
    },
    "doubts_unlink": {"status": "draft", **_UNPLANNED},
    "upload": {"status": "review", "items": [{"id": "41", "status": "review", "url": VALUES["url"]}]},
    "hook": {"status": "review", "items": [{"id": "41", "status": "review", "url": VALUES["url"]}]},
    "batch_matching": {"action": "edit", "state": "running", "total": 312, "counts": {"done": 50, "waiting": 262}},
    "you_paused": {"paused_at": None},
    "you_resume": {"paused_at": None, "paused_accounts": []},
    "you_disconnect": {"status": "reconnect"},
}

PROBLEMS: Final[dict[int, dict[str, Any]]] = {
    400: {"error": "This is not JSON.", "code": "MALFORMED"},
    401: {"error": "Sign in, or send an API key.", "code": "UNAUTHENTICATED"},
    403: {"error": "This key lacks the scope “write”.", "code": "SCOPE_MISSING", "details": {"scope": "write"}},
    404: {"error": "There is nothing here.", "code": "NOT_FOUND"},
    409: {"error": "Somebody changed it meanwhile. Look at it again.", "code": "STALE", "details": {"version": 4}},
    410: {"error": "This works no more.", "code": "EXPIRED"},
    413: {"error": "That is more than 50 MB.", "code": "TOO_LARGE"},
    415: {"error": "Send JSON, with Content-Type: application/json.", "code": "UNSUPPORTED_TYPE"},
    422: {
        "error": "“title” is too long.",
        "code": "INVALID",
        "details": {"fields": {"title": "“title” is too long."}},
    },
    429: {"error": "This key may call 600 times a minute. Try again in 12 s.", "code": "RATE_LIMITED"},
    502: {"error": "DeviantArt could not be asked at present. Try again later.", "code": "UPSTREAM"},
    503: {"error": "Isekai is restarting. Try again in a few seconds.", "code": "DRAINING"},
}


def example_of(schema: dict[str, Any], schemas: dict[str, Any], name: str = "", depth: int = 0) -> Any:
    """A value that fits *schema*; *name* is the field it stands in."""
    if "$ref" in schema:
        target = schema["$ref"].rpartition("/")[2]
        if target in REQUESTS and depth == 0:
            return deepcopy(REQUESTS[target])
        return example_of(schemas[target], schemas, name, depth)
    if "allOf" in schema:
        merged: dict[str, Any] = {}
        for part in schema["allOf"]:
            merged |= example_of(part, schemas, name, depth)
        return merged
    known = VALUES.get(name)
    if name in VALUES and _fits(known, schema):
        return deepcopy(known)
    if "examples" in schema:
        return schema["examples"][0]
    for choice in ("oneOf", "anyOf"):
        if choice in schema:
            return example_of(schema[choice][0], schemas, name, depth)
    if "enum" in schema:
        return schema["enum"][0]
    return _by_type(schema, schemas, name, depth)


def _by_type(schema: dict[str, Any], schemas: dict[str, Any], name: str, depth: int) -> Any:
    match _kinds(schema)[0]:
        case "object":
            return {
                field: example_of(of, schemas, field, depth + 1) for field, of in schema.get("properties", {}).items()
            }
        case "array":
            return [example_of(schema.get("items", {}), schemas, "", depth + 1)] if depth < 5 else []
        case "integer":
            return max(1, int(schema.get("minimum", 1)))
        case "number":
            return 1.5
        case "boolean":
            return True
        case "string":
            return (
                WHEN
                if schema.get("format") == "date-time"
                else "2026-12-24"
                if schema.get("format") == "date"
                else "…"
            )
    return None


def _kinds(schema: dict[str, Any]) -> list[str]:
    kinds = schema.get("type", "null")
    return [kinds] if isinstance(kinds, str) else list(kinds)


def _fits(value: Any, schema: dict[str, Any]) -> bool:
    kinds = _kinds(schema)
    if any(part in schema for part in ("oneOf", "anyOf")):
        kinds = [kind for part in schema.get("oneOf", schema.get("anyOf", [])) for kind in _kinds(part)]
    if value is not None and "enum" in schema and value not in schema["enum"]:
        return False
    if schema.get("format") in {"date-time", "date"} and value is not None:
        return False
    words = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array", dict: "object"}
    kind = "null" if value is None else words[type(value)]
    return kind in kinds or (kind == "integer" and "number" in kinds)


def with_examples(document: dict[str, Any]) -> dict[str, Any]:
    """*document* with an example at every body of JSON, and the headers that stand on every answer."""
    schemas = document["components"]["schemas"]
    for status, problem in PROBLEMS.items():
        response = document["components"]["responses"].get(f"Problem{status}")
        if response is not None:
            response["content"]["application/json"]["example"] = problem
            response["headers"] = _headers("Retry-After") if status in {429, 503} else {}
    document["components"]["headers"] = HEADERS
    for path, methods in document["paths"].items():
        for operation in methods.values():
            _exemplify(operation, schemas, is_ours=path.startswith(("/api", "/hook")))
    return document


def _exemplify(operation: dict[str, Any], schemas: dict[str, Any], *, is_ours: bool) -> None:
    for kind, media in operation.get("requestBody", {}).get("content", {}).items():
        if kind == "application/json" and "example" not in media:
            media["example"] = example_of(media["schema"], schemas)
    for response in operation["responses"].values():
        media = response.get("content", {}).get("application/json")
        if media is not None and "example" not in media:
            made = example_of(media["schema"], schemas, depth=1)
            different = AFTER.get(operation["operationId"], {}) if isinstance(made, dict) else {}
            media["example"] = made | {name: value for name, value in different.items() if name in made}
        if is_ours and "$ref" not in response:
            response.setdefault("headers", {}).update(_headers(VERSION_HEADER, *RATE_HEADERS))


RATE_HEADERS = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
HEADERS: Final[dict[str, Any]] = {
    VERSION_HEADER: {"description": "The version of the API that answered", "schema": {"type": "string"}},
    "RateLimit-Limit": {"description": "Calls a minute, on answers to keys", "schema": {"type": "integer"}},
    "RateLimit-Remaining": {"description": "What is left of them", "schema": {"type": "integer"}},
    "RateLimit-Reset": {"description": "Seconds until they start over", "schema": {"type": "integer"}},
    "Retry-After": {"description": "Seconds to wait", "schema": {"type": "integer"}},
}


def _headers(*names: str) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}
