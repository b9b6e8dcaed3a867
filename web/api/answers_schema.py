"""The shapes of answers as JSON Schema, beside the functions that make them (`post_json.py`, `me.py`)."""

from typing import Any

TEXT: dict[str, Any] = {"type": "string"}
NUMBER: dict[str, Any] = {"type": "integer"}
EDIT: dict[str, Any] = {**NUMBER, "description": "by this number the edit is taken back, while it can be"}
YES: dict[str, Any] = {"type": "boolean"}
FLAG: dict[str, Any] = {"type": ["boolean", "null"], "description": "true, false, or null for unset"}
ID: dict[str, Any] = {"type": "string", "description": "opaque"}
ANY: dict[str, Any] = {}
TIME: dict[str, Any] = {"type": "string", "format": "date-time"}


def maybe(schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        return {"oneOf": [schema, {"type": "null"}]}
    return {**schema, "type": [schema["type"], "null"]}


def listed(schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": schema}


def words(choices: list[str]) -> dict[str, Any]:
    return {"type": "string", "enum": choices}


def ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def thing(optional: tuple[str, ...] = (), **properties: dict[str, Any]) -> dict[str, Any]:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required}


def page_of(name: str) -> dict[str, Any]:
    return thing(items=listed(ref(name)), next_cursor=maybe(TEXT), total=maybe(NUMBER))


def schemas(
    *, statuses: list[str], states: list[str], steps: list[str], kinds: list[str], scopes: list[str]
) -> dict[str, Any]:
    return {
        "Problem": thing(("details",), error=TEXT, code=TEXT, details={"type": "object"}),
        "Post": _post(statuses),
        "File": thing(
            id=ID,
            name=TEXT,
            mime=TEXT,
            bytes=NUMBER,
            width=NUMBER,
            height=NUMBER,
            sha256=TEXT,
            url={**TEXT, "description": "the file itself, for whoever may read; `/thumb` after it: small, as WebP"},
            chosen={**YES, "description": "goes out with the post"},
            publication=maybe(ref("Publication")),
        ),
        "FileDetail": {
            "allOf": [
                ref("File"),
                thing(
                    thumb_url=TEXT,
                    metadata={
                        "type": ["object", "null"],
                        "description": "prompt, model, seed and what else it holds; private",
                    },
                ),
            ]
        },
        "Publication": thing(state=words(states), deviation_id=maybe(TEXT), deviation_url=maybe(TEXT)),
        "Failure": thing(step=words(steps), kind=words(kinds), message=TEXT, retry_at=maybe(TIME)),
        "Posts": page_of("Post"),
        "Results": thing(results=listed(ref("Result")), undo_id=maybe(ID)),
        "BatchPreview": thing(
            changing=NUMBER,
            same=NUMBER,
            refused=NUMBER,
            by_field={"type": "object", "additionalProperties": NUMBER},
            items=listed(thing(post_id=ID, changes=listed(thing(field=TEXT, before=ANY, after=ANY)), sentence=TEXT)),
        ),
        "Twins": thing(items=listed(ref("Post"))),
        "Changes": thing(items=listed(ref("Change"))),
        "Change": thing(
            ("items",),
            id=ID,
            action=maybe(TEXT),
            state=words(["open", "running", "done", "undoing", "undone"]),
            total=NUMBER,
            counts={"type": "object", "additionalProperties": NUMBER},
            actor=TEXT,
            created_at=TIME,
            items=listed(thing(post_id=ID, outcome=TEXT, sentence=TEXT)),
        ),
        "Result": thing(("post", "error"), id=ID, ok=YES, post=ref("Post"), error=ref("Problem")),
        "History": thing(
            items=listed(
                thing(("actor", "edit_version"), at=TIME, kind=TEXT, text=TEXT, actor=TEXT, edit_version=EDIT)
            )
        ),
        "Doubts": thing(publications=listed(_doubt())),
        "Account": _account(),
        "Me": _me(),
        "Instance": thing(
            publishing_paused=YES,
            restored_at=maybe(TIME),
            backup_taken_at=maybe(TIME),
            unchecked_accounts=listed(TEXT),
        ),
        "Key": _key(scopes),
        "NewKey": {"allOf": [ref("Key"), thing(key={**TEXT, "description": "shown this once"})]},
        "Keys": page_of("Key"),
        "Upload": thing(
            id=TEXT,
            url={**TEXT, "description": "takes the file, once, with this method and these headers"},
            method=TEXT,
            headers={"type": "object", "additionalProperties": TEXT},
            expires_at=TIME,
        ),
        "Health": thing(
            status=TEXT, version=TEXT, uptime_seconds={"type": "number"}, event_loop_lag_ms={"type": "number"}
        ),
        "Ready": thing(status=TEXT, checks={"type": "object", "additionalProperties": TEXT}),
        **_uploads(),
    }


def _post(statuses: list[str]) -> dict[str, Any]:
    return thing(
        ("adjusted",),
        id=ID,
        account_id=ID,
        status=words(statuses),
        held=YES,
        version=NUMBER,
        title=TEXT,
        description=TEXT,
        tags=listed(TEXT),
        galleries=listed(TEXT),
        is_mature=FLAG,
        mature_level=maybe(TEXT),
        mature_classification=listed(TEXT),
        is_ai_generated=FLAG,
        no_ai=FLAG,
        allow_comments=FLAG,
        allow_free_download=FLAG,
        add_watermark=FLAG,
        display_resolution=maybe(NUMBER),
        license=maybe(TEXT),
        feature=FLAG,
        stash_only=FLAG,
        notes=TEXT,
        due_at=maybe(TIME),
        due_local=maybe(TEXT),
        time_zone=maybe(TEXT),
        jitter_seconds=NUMBER,
        published_at=maybe(TIME),
        deviation_id=maybe(TEXT),
        deviation_url=maybe(TEXT),
        files=listed(ref("File")),
        ready=YES,
        missing=listed(TEXT),
        failure=maybe(ref("Failure")),
        created_at=TIME,
        updated_at=TIME,
        adjusted={**YES, "description": "after `schedule`: a clock change had removed the wished time"},
    )


def _doubt() -> dict[str, Any]:
    candidate = thing(deviation_id=TEXT, url=TEXT, title=TEXT, published_at=maybe(TIME))
    return thing(id=ID, file_id=ID, title=TEXT, sent_at=TIME, candidates=listed(candidate))


def _account() -> dict[str, Any]:
    return thing(
        id=ID,
        username=TEXT,
        color=TEXT,
        status=words(["connected", "reconnect", "paused"]),
        token_expires_at=maybe(TIME),
        refresh_token_expires_at=maybe(TIME),
    )


def _me() -> dict[str, Any]:
    user = thing(
        id=ID,
        name=TEXT,
        role=words(["admin", "member"]),
        time_zone=TEXT,
        theme=words(["auto", "light", "dark"]),
        email=maybe(TEXT),
        paused_at=maybe(TIME),
    )
    shared = {"allOf": [ref("Account"), thing(role=words(["editor", "reviewer"]), owner=TEXT)]}
    return thing(user=user, accounts=listed(ref("Account")), shared=listed(shared), csrf_token=maybe(TEXT))


def _key(scopes: list[str]) -> dict[str, Any]:
    return thing(
        id=ID,
        name=TEXT,
        prefix=TEXT,
        scopes=listed(words(scopes)),
        created_at=TIME,
        expires_at=maybe(TIME),
        used_at=maybe(TIME),
        addresses={**listed(TEXT), "description": "networks that may use it; none: any"},
        calls_per_minute={**maybe(NUMBER), "description": "null: as the instance has it"},
        replaced_by=maybe(ID),
        revoked_at=maybe(TIME),
        exposed_at={**maybe(TIME), "description": "when it was found inside an uploaded picture"},
    )


def _uploads() -> dict[str, Any]:
    item = thing(id=ID, status=TEXT, url=TEXT)
    whole = thing(
        success=YES,
        id=ID,
        deviationId=ID,
        status=TEXT,
        message=TEXT,
        url=TEXT,
        data=thing(url=TEXT),
        items=listed(item),
    )
    picture = {"description": "base64, with or without a `data:` prefix"}
    return {
        "Uploaded": {"oneOf": [whole, listed(item)], "description": "`?respond=list` answers the bare items"},
        "NothingUploaded": thing(success=YES, items=listed(item), message=TEXT),
        "JsonUpload": {
            "type": "object",
            "description": "A picture under `image`, `images`, `data`, `file` or `base64`; other names become notes",
            "properties": {
                "image": {**TEXT, **picture},
                "images": listed({}),
                "title": TEXT,
                "description": TEXT,
                "tags": {"oneOf": [TEXT, listed(TEXT)]},
                "isMature": FLAG,
                "matureLevel": words(["moderate", "strict"]),
                "isAiGenerated": {**FLAG, "default": True},
                "scheduleAt": TEXT,
                "group": {**TEXT, "description": "`post`: all pictures in one post"},
            },
            "additionalProperties": True,
        },
    }
