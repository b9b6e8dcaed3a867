"""The shapes of DeviantArt's answers, good and bad (fact sheet, sections 1 and 2)."""

from collections.abc import Mapping
from typing import Any

import orjson
from aiohttp import web

COMPRESS_FROM_BYTES = 2048

BLOCK_PAGE = """<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN" "http://www.w3.org/TR/html4/loose.dtd">
<html><head><title>ERROR: The request could not be satisfied</title></head><body><h1>403 ERROR</h1>
<h2>The request could not be satisfied.</h2><hr>Request blocked.
<p>(This is an imitation; nothing here is the real DeviantArt.)</p></body></html>"""


class Refusal(Exception):
    """An error answer on its way to the caller."""

    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        super().__init__(body.get("error"))
        self.status = status
        self.body = body

    def response(self) -> web.Response:
        return answer(self.body, status=self.status)


def plain_answer(body: Any, *, status: int = 200) -> web.Response:
    """For people with curl: nothing but JSON."""
    return web.Response(body=orjson.dumps(body), status=status, content_type="application/json")


def answer(body: Any, *, status: int = 200) -> web.Response:
    """As the API answers; it is only asked by clients that said they understand gzip (`guard.py`)."""
    response = plain_answer(body, status=status)
    if response.body is not None and len(response.body) > COMPRESS_FROM_BYTES:  # type: ignore[arg-type]
        response.enable_compression(web.ContentCoding.gzip)
    return response


def blocked() -> web.Response:
    """What the edge sends instead of JSON when it dislikes a caller."""
    return web.Response(text=BLOCK_PAGE, status=403, content_type="text/html")


def error_body(
    error: str,
    description: str,
    *,
    code: int | None = None,
    details: Mapping[str, str] | None = None,
    **extra: Any,
) -> dict[str, Any]:
    body: dict[str, Any] = {"error": error, "error_description": description, **extra}
    if details:
        body["error_details"] = dict(details)
    if code is not None:
        body["error_code"] = code
    body["status"] = "error"
    return body


def invalid_request(description: str, *, code: int | None = None, status: int = 400) -> Refusal:
    return Refusal(status, error_body("invalid_request", description, code=code))


def invalid_fields(details: Mapping[str, str]) -> Refusal:
    return Refusal(400, error_body("invalid_request", "Request field validation failed.", details=details))


def invalid_token() -> Refusal:
    return Refusal(
        401,
        error_body(
            "invalid_token",
            "Expired oAuth2 user token. The client should request a new one with an access code or a refresh token.",
        ),
    )


def no_token() -> Refusal:
    return Refusal(401, error_body("invalid_request", "Must provide an access_token to access this resource."))


def insufficient_scope(needed: str) -> Refusal:
    return Refusal(
        403,
        error_body(
            "insufficient_scope",
            "The requested resource requires a higher scope than the user has allowed the client to access, "
            "client needs to re-authorize.",
            scope=needed,
        ),
    )


def server_error(status: int = 500) -> Refusal:
    if status == 503:
        return Refusal(503, error_body("server_error", "Down for maintenance."))
    return Refusal(status, error_body("server_error", "Internal Server Error."))


def too_many_requests(*, application: bool = False) -> Refusal:
    if application:
        return Refusal(429, error_body("application_api_threshold", "Client request limit reached."))
    return Refusal(429, error_body("user_api_threshold", "User request limit reached."))


def no_such_endpoint() -> Refusal:
    return invalid_request("Api endpoint not found.", status=404)


PUBLISH_ERRORS = {
    0: "You must agree to the submission policy.",
    1: "You must agree to the terms of service.",
    2: "Category not found.",
    3: "Category is invalid.",
    4: "License options are invalid.",
    5: "Display resolution is invalid.",
    6: "Publication failed.",
    7: "Deviation not found.",
    8: "A preview image is required.",
    9: "Deviation already published.",
}


def publish_error(code: int) -> Refusal:
    return invalid_request(PUBLISH_ERRORS[code], code=code)
