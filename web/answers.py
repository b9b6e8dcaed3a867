"""JSON answers, and the one place that turns errors into them."""

import math
from collections.abc import Mapping
from typing import Any

import orjson
from aiohttp import hdrs, web

from core.errors import (
    AppError,
    AuthorizationLost,
    Busy,
    ExternalError,
    LimitReached,
    NotAllowed,
    StorageUnavailable,
    UserError,
)

STATUS = {
    "MALFORMED": 400,
    "UNAUTHENTICATED": 401,
    "FORBIDDEN": 403,
    "CSRF": 403,
    "SCOPE_MISSING": 403,
    "NOT_FOUND": 404,
    "STALE": 409,
    "WRONG_STATE": 409,
    "IN_FLIGHT": 409,
    "EXPIRED": 410,
    "TOO_LARGE": 413,
    "UNSUPPORTED_TYPE": 415,
    "INVALID": 422,
    "TOO_MANY_PIXELS": 422,
    "UNREADABLE_IMAGE": 422,
    "NOT_READY": 422,
    "RATE_LIMITED": 429,
    "UPSTREAM": 503,
    "DRAINING": 503,
}
DRAINING_RETRY_SECONDS = 5
STORAGE_RETRY_SECONDS = 10


class CsrfMismatch(NotAllowed):
    """A browser's write without the token of its session."""

    code = "CSRF"

    def __init__(self) -> None:
        super().__init__("The request lacks this session's CSRF token. Load the page again and repeat what you did.")


class Draining(UserError):
    """The process is about to end and takes on nothing new."""

    code = "DRAINING"

    def __init__(self) -> None:
        super().__init__("Isekai is restarting. Try again in a few seconds.")


class Problem:
    """An error as an answer: status, code, a sentence for people, facts for programs."""

    __slots__ = ("code", "details", "headers", "sentence", "status")

    def __init__(
        self,
        status: int,
        code: str,
        sentence: str,
        details: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status = status
        self.code = code
        self.sentence = sentence
        self.details = details
        self.headers = dict(headers or {})

    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {"error": self.sentence, "code": self.code}
        if self.details:
            body["details"] = dict(self.details)
        return body


def problem_of(error: AppError) -> Problem:
    """What an error of ours says outside. Errors of services never carry their secrets."""
    match error:
        case LimitReached():
            return Problem(429, error.code, error.sentence, headers=_retry(error.retry_after.total_seconds()))
        case Draining():
            return Problem(503, error.code, error.sentence, headers=_retry(DRAINING_RETRY_SECONDS))
        case UserError():
            return Problem(STATUS.get(error.code, 422), error.code, error.sentence, error.details)
        case AuthorizationLost():
            return Problem(409, "WRONG_STATE", "DeviantArt no longer accepts this connection. Connect it again.")
        case Busy() if error.retry_after is not None:
            return Problem(
                503,
                "UPSTREAM",
                "DeviantArt is busy. Try again later.",
                headers=_retry(error.retry_after.total_seconds()),
            )
        case ExternalError():
            return Problem(502, "UPSTREAM", "DeviantArt could not be asked at present. Try again later.")
        case StorageUnavailable():
            return Problem(
                503,
                "UNAVAILABLE",
                "Isekai cannot write to its storage right now. Try again later.",
                headers=_retry(STORAGE_RETRY_SECONDS),
            )
    return Problem(500, "INTERNAL", "Something went wrong here. It was written to the log.")


_HTTP_SENTENCES = {
    400: ("MALFORMED", "This request cannot be read."),
    404: ("NOT_FOUND", "There is nothing here."),
    405: ("METHOD_NOT_ALLOWED", "This address does not take that method."),
    413: ("TOO_LARGE", "This is more than one request may carry. Nothing of it was taken."),
}


def problem_of_http(error: web.HTTPException) -> Problem:
    code, sentence = _HTTP_SENTENCES.get(error.status, ("MALFORMED", error.reason))
    allow = error.headers.get(hdrs.ALLOW)
    return Problem(error.status, code, sentence, headers={str(hdrs.ALLOW): allow} if allow else None)


def json_answer(data: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.Response(
        body=orjson.dumps(data), status=status, headers=headers, content_type="application/json", charset="utf-8"
    )


def problem_answer(problem: Problem) -> web.Response:
    headers = dict(problem.headers)
    if problem.status == 401:
        headers[hdrs.WWW_AUTHENTICATE] = 'Bearer realm="isekai"'
    return json_answer(problem.body(), status=problem.status, headers=headers)


def _retry(seconds: float) -> dict[str, str]:
    return {hdrs.RETRY_AFTER: str(max(1, math.ceil(seconds)))}
