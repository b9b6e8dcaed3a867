"""What an answer of DeviantArt means for the caller: a JSON object, or one of the errors of `core/errors.py`.

Pure, and never by `error_description`: texts may change, types and codes do not (fact sheet, section 2).
"""

import json
from collections.abc import Mapping
from enum import Enum, auto
from typing import Any

from core.errors import (
    AccessTokenRefused,
    Busy,
    ExternalError,
    NotSent,
    OutcomeUnknown,
    RefusalCode,
    Refused,
)
from data.deviantart.transport import SERVICE, Answer

Json = Mapping[str, Any]
_REASON_MOST = 300


class Deed(Enum):
    """What was asked for decides what silence or nonsense means."""

    READ = auto()  # nothing can have happened
    WRITE = auto()  # it may have happened; repeating is the caller's decision
    SUBMIT = auto()  # as WRITE, with the item codes of Sta.sh
    PUBLISH = auto()  # it may have happened, and must never happen twice


_REFUSALS = {
    0: (RefusalCode.POLICY, "DeviantArt asks you to accept its submission policy on its site first."),
    1: (RefusalCode.POLICY, "DeviantArt asks you to accept its terms of service on its site first."),
    2: (RefusalCode.BAD_FIELD, "DeviantArt does not know this category."),
    3: (RefusalCode.BAD_FIELD, "DeviantArt does not accept this category."),
    4: (RefusalCode.BAD_FIELD, "DeviantArt does not accept this licence."),
    5: (RefusalCode.BAD_FIELD, "DeviantArt does not accept this display resolution."),
    7: (RefusalCode.ITEM_UNKNOWN, "DeviantArt no longer has the uploaded file in Sta.sh."),
    8: (RefusalCode.PREVIEW_REQUIRED, "DeviantArt wants a preview image for this kind of file."),
    9: (RefusalCode.ALREADY_PUBLISHED, "DeviantArt says that this was published already."),
}
_BUSY_TYPES = {"user_api_threshold", "application_api_threshold"}


def no_answer(deed: Deed) -> ExternalError:
    """A request that may have arrived and was never answered."""
    if deed is Deed.READ:
        return NotSent(SERVICE, "no answer came")
    return OutcomeUnknown(SERVICE, "no answer came, so it may or may not have happened")


def read(answer: Answer, deed: Deed) -> Json:
    """The JSON object of a good answer. Raises what any other answer means."""
    body = parse(answer.body)
    good = 200 <= answer.status < 300
    if body is None:
        raise _unreadable(answer, deed)
    if good and "error" not in body and body.get("status") != "error":
        return body
    raise meaning(answer, body, deed)


def parse(body: bytes) -> Json | None:
    """The object in *body*, which may begin with spaces or be nothing but spaces; None if there is none."""
    try:
        parsed = json.loads(body.strip())
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict) else None


def meaning(answer: Answer, body: Json, deed: Deed) -> ExternalError:
    """What an error object means; its type comes before its status."""
    kind = str(body.get("error", ""))
    if answer.status == 429 or kind in _BUSY_TYPES:
        return Busy(SERVICE, "it asks us to slow down", retry_after=answer.retry_after)
    if kind == "invalid_token":
        return AccessTokenRefused(SERVICE, "it does not accept the access token")
    if kind == "insufficient_scope":
        return Refused(SERVICE, _scope_sentence(body), code=RefusalCode.SCOPE)
    if answer.status == 401 and kind != "invalid_client":
        return AccessTokenRefused(SERVICE, "it does not accept the access token")
    if answer.status >= 500 or kind in ("server_error", ""):
        return _server_error(answer, deed)
    if deed in (Deed.PUBLISH, Deed.SUBMIT) and "error_code" in body:
        return _by_code(body, deed)
    if body.get("error_details"):
        return Refused(SERVICE, _details_sentence(body), code=RefusalCode.BAD_FIELD)
    return Refused(SERVICE, f"DeviantArt refused it: {_said(body)}")


def _by_code(body: Json, deed: Deed) -> ExternalError:
    code = body.get("error_code")
    if code == 6 and deed is Deed.PUBLISH:
        return OutcomeUnknown(SERVICE, "it says that publishing failed, which is not certain")
    known = _REFUSALS.get(code) if isinstance(code, int) else None
    if known is None:
        return Refused(SERVICE, f"DeviantArt refused it: {_said(body)}")
    return Refused(SERVICE, known[1], code=known[0])


def _server_error(answer: Answer, deed: Deed) -> ExternalError:
    if deed is Deed.PUBLISH:
        return OutcomeUnknown(SERVICE, f"it answered with an error of its own ({answer.status})")
    if answer.status == 503 or deed is Deed.READ:
        return Busy(SERVICE, f"it has trouble of its own ({answer.status})", retry_after=answer.retry_after)
    return OutcomeUnknown(SERVICE, f"it answered with an error of its own ({answer.status})")


def _unreadable(answer: Answer, deed: Deed) -> ExternalError:
    """No JSON: a page of the edge, a blank body, a proxy's remark."""
    if answer.status == 429:
        return Busy(SERVICE, "it asks us to slow down", retry_after=answer.retry_after)
    if deed is Deed.PUBLISH:
        return OutcomeUnknown(SERVICE, f"its answer could not be read ({answer.status})")
    if answer.status == 403:
        return Busy(SERVICE, "it blocks our address for now", retry_after=answer.retry_after, blocked=True)
    if answer.status >= 500:
        return _server_error(answer, deed)
    if deed is Deed.READ:
        return NotSent(SERVICE, f"its answer could not be read ({answer.status})")
    if answer.status == 413:
        return Refused(SERVICE, "DeviantArt finds this file too large.", code=RefusalCode.BAD_FIELD)
    return OutcomeUnknown(SERVICE, f"its answer could not be read ({answer.status})")


def _scope_sentence(body: Json) -> str:
    needed = body.get("scope")
    wanted = f" It needs: {needed[:100]}." if isinstance(needed, str) and needed else ""
    return f"The connection to DeviantArt does not allow this; connect the account again.{wanted}"


def _details_sentence(body: Json) -> str:
    details = body["error_details"]
    if not isinstance(details, Mapping):
        return f"DeviantArt refused it: {_said(body)}"
    said = "; ".join(f"{name}: {_plain(text)}" for name, text in details.items())
    return f"DeviantArt does not accept a field: {said}"[:_REASON_MOST]


def _said(body: Json) -> str:
    return _plain(body.get("error_description") or body.get("error"))[:_REASON_MOST]


def _plain(text: object) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())
