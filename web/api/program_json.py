"""Webhooks, calls, imports as JSON, and the same shapes for OpenAPI."""

from typing import Any

import orjson

from core.programs.calls import Call
from core.programs.importing import Report, Row
from core.webhooks.envelope import Kind
from core.webhooks.webhook import Delivery, DeliveryState, Webhook
from web.api.answers_schema import ID, NUMBER, TEXT, TIME, YES, listed, maybe, page_of, ref, thing, words
from web.api.times import instant_json


def webhook_json(webhook: Webhook) -> dict[str, Any]:
    return {
        "id": str(webhook.id),
        "name": webhook.name,
        "url": webhook.url,
        "events": list(webhook.kinds),
        "enabled": webhook.is_enabled,
        "disabled_reason": webhook.disabled_why,
        "failing_since": instant_json(webhook.failing_since),
        "created_at": instant_json(webhook.created_at),
    }


def delivery_json(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": str(delivery.id),
        "message_id": delivery.message_id,
        "event": delivery.kind,
        "post_id": str(delivery.post_id) if delivery.post_id is not None else None,
        "state": delivery.state,
        "attempts": delivery.attempts,
        "next_at": instant_json(delivery.next_at),
        "tried_at": instant_json(delivery.tried_at),
        "status": delivery.status,
        "error": delivery.error,
        "answer": delivery.answer,
        "took_ms": delivery.took_ms,
        "body": delivery.body,
        "created_at": instant_json(delivery.created_at),
    }


def call_json(call: Call) -> dict[str, Any]:
    return {
        "at": instant_json(call.at),
        "method": call.method,
        "path": call.path,
        "address": call.address,
        "agent": call.agent,
        "came": call.came,
        "read_as": dict(call.read_as),
        "status": call.status,
        "answer": call.answer,
        "took_ms": call.took_ms,
    }


def report_bytes(report: Report) -> bytes:
    """Row by row: tens of thousands of them as objects, or as bytes of their own, would be many times as large."""
    body = bytearray(orjson.dumps({"done": report.is_done, "errors": report.error_count, "rows": []})[:-2])
    for number, row in enumerate(report.rows):
        body += b"," if number else b""
        body += orjson.dumps(_row_json(row))
    body += b"]}"
    return bytes(body)


def _row_json(row: Row) -> dict[str, Any]:
    return {
        "line": row.line,
        "title": row.title,
        "action": row.will,
        "due_at": instant_json(row.planned.due_at) if row.planned else None,
        "files": list(row.files),
        "errors": dict(row.errors),
        "warnings": list(row.warnings),
        "skipped": row.skipped or None,
        "post_id": str(row.done_post_id or row.post_id) if row.done_post_id or row.post_id else None,
    }


_FREE: dict[str, Any] = {"type": "object", "additionalProperties": True}


def schemas() -> dict[str, Any]:
    webhook = thing(
        id=ID, name=TEXT, url=TEXT, events=listed(words([str(kind) for kind in Kind])), enabled=YES,
        disabled_reason=maybe(TEXT), failing_since=maybe(TIME), created_at=TIME,
    )  # fmt: skip
    states = [str(state) for state in DeliveryState]
    return {
        "Webhook": webhook,
        "NewWebhookMade": {"allOf": [ref("Webhook"), thing(secret={**TEXT, "description": "shown this once"})]},
        "Webhooks": page_of("Webhook"),
        "Delivery": thing(
            id=ID, message_id=TEXT, event=TEXT, post_id=maybe(ID), state=words(states), attempts=NUMBER,
            next_at=maybe(TIME), tried_at=maybe(TIME), status=maybe(NUMBER), error=maybe(TEXT), answer=maybe(TEXT),
            took_ms=maybe(NUMBER), body=TEXT, created_at=TIME,
        ),
        "Deliveries": page_of("Delivery"),
        "Calls": thing(
            items=listed(
                thing(
                    at=TIME, method=TEXT, path=TEXT, address=TEXT, agent=TEXT, came=TEXT, read_as=_FREE,
                    status=NUMBER, answer=TEXT, took_ms=NUMBER,
                )
            )
        ),
        "ImportReport": thing(
            done=YES,
            errors=NUMBER,
            rows=listed(
                thing(
                    line=NUMBER, title=TEXT, action=words(["create", "change", "skip", "refuse"]), due_at=maybe(TIME),
                    files=listed(TEXT), errors={"type": "object", "additionalProperties": TEXT},
                    warnings=listed(TEXT), skipped=maybe(TEXT), post_id=maybe(ID),
                )
            ),
        ),
    }  # fmt: skip
