"""Sends one form to Isekai, again when that is safe, and turns every answer into a sentence."""

import http.client
import json
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .form import Form
from .target import IsekaiError, Target

TIMEOUT_SECONDS = 60
ATTEMPTS = 4
LONGEST_WAIT_SECONDS = 60
ANSWER_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    retry_after: float | None = None
    location: str = ""


def upload(
    target: Target,
    form: Form,
    *,
    idempotency_key: str,
    sent: Callable[[int], None],
    check_stopped: Callable[[], None],
    sleep: Callable[[float], None] = time.sleep,
) -> dict[str, Any]:
    """Isekai's answer. *sent* hears how many bytes have left; *check_stopped* raises when the person pressed stop.

    The idempotency key makes a repeated call the same call, so a lost answer is asked for again.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            answer = _post(target, form, idempotency_key, sent, check_stopped)
        except ssl.SSLError as error:
            raise IsekaiError(f"No secure connection to {target.host}: {error.reason or error}.") from None
        except (OSError, http.client.HTTPException) as error:
            if attempt == ATTEMPTS:
                raise IsekaiError(_unreachable(target, error)) from None
            wait = float(2 ** (attempt - 1))
        else:
            if answer.status not in (429, 502, 503, 504) or attempt == ATTEMPTS:
                return _read(answer)
            wait = answer.retry_after if answer.retry_after is not None else float(2 ** (attempt - 1))
            if wait > LONGEST_WAIT_SECONDS:
                return _read(answer)
        _wait(wait, check_stopped, sleep)
    raise AssertionError("unreachable")


def _post(
    target: Target, form: Form, idempotency_key: str, sent: Callable[[int], None], check_stopped: Callable[[], None]
) -> Answer:
    kind = http.client.HTTPSConnection if target.scheme == "https" else http.client.HTTPConnection
    connection = kind(target.host, target.port, timeout=TIMEOUT_SECONDS)
    try:
        connection.putrequest("POST", target.path)
        for name, value in {
            "Authorization": f"Bearer {target.key}",
            "Content-Type": form.content_type,
            "Content-Length": str(form.length),
            "Idempotency-Key": idempotency_key,
            "User-Agent": "isekai-comfyui/1.0",
            "Accept": "application/json",
        }.items():
            connection.putheader(name, value)
        connection.endheaders()
        _send(connection, form, sent, check_stopped)
        response = connection.getresponse()
        return _answer(response)
    finally:
        connection.close()


def _send(
    connection: http.client.HTTPConnection,
    form: Form,
    sent: Callable[[int], None],
    check_stopped: Callable[[], None],
) -> None:
    done = 0
    try:
        for piece in form.pieces():
            check_stopped()
            connection.send(piece)
            done += len(piece)
            sent(done)
    except (BrokenPipeError, ConnectionResetError):
        return  # refused while sending: the answer that says why may still be there to read


def _answer(response: http.client.HTTPResponse) -> Answer:
    raw = response.read(ANSWER_BYTES)
    try:
        body = json.loads(raw)
    except ValueError:
        body = None
    seconds = response.getheader("Retry-After", "")
    return Answer(
        response.status,
        body,
        float(seconds) if seconds.isdigit() else None,
        response.getheader("Location", ""),
    )


def _read(answer: Answer) -> dict[str, Any]:
    if 200 <= answer.status < 300 and isinstance(answer.body, dict):
        return answer.body
    if 300 <= answer.status < 400:
        raise IsekaiError(f"Isekai has another address: {answer.location[:200]}. Put that into the node.")
    said = answer.body.get("error") if isinstance(answer.body, dict) else None
    if not said:
        raise IsekaiError(
            f"What answers at this address is not Isekai (status {answer.status}). Check the address and its port."
        )
    hint = _HINTS.get(answer.status, "")
    fields = (
        (answer.body.get("details") or {}).get("fields") if isinstance(answer.body.get("details"), dict) else None
    )
    more = " ".join(f"{name}: {sentence}" for name, sentence in fields.items()) if isinstance(fields, dict) else ""
    raise IsekaiError(" ".join(part for part in (f"Isekai says: {said}", more, hint) if part))


_HINTS = {
    401: "Make a new key in Isekai under “API keys” and put it where this machine keeps it.",
    403: "The key needs the scope “upload”.",
    413: "Send fewer or smaller pictures at once, or raise MAX_FILE_MB in Isekai.",
}


def _unreachable(target: Target, error: Exception) -> str:
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return (
        f"Isekai does not answer at {target.scheme}://{target.host}:{target.port} ({reason}). "
        "Is it running, and can this machine reach it?"
    )


def _wait(seconds: float, check_stopped: Callable[[], None], sleep: Callable[[float], None]) -> None:
    """In short steps, so that stopping the workflow stops the waiting."""
    left = seconds
    while left > 0:
        check_stopped()
        step = min(left, 0.25)
        sleep(step)
        left -= step
