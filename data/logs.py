"""Logging to standard output, one event a line: JSON for machines, or a line for a person at a terminal.

Code says `logger.info("post published", extra={"post_id": 41})`: a constant message and facts beside it. A filter
on the handler adds what the request or job at hand is known by (`core/log_trail.py`), and takes secrets out of all of
it, tracebacks too, whichever library logged them.
"""

import json
import logging
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TextIO

from aiohttp.http_exceptions import HttpProcessingError

from core.log_trail import trail
from data.redaction import Redactor

# What every record has; anything else on a record came in by `extra`.
_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}
_OURS = ("at", "level", "logger", "message", "exception")

# Libraries that say every step they take. Requests are logged by our own middleware, without keys in URLs.
_QUIET = (
    "aiohttp.access",
    "aiobotocore",
    "aiosqlite",
    "apscheduler",
    "asyncio",
    "boto3",
    "botocore",
    "PIL",
    "urllib3",
)


def configure_logging(
    *, level: str, format: str | None, secrets: Iterable[str] = (), stream: TextIO | None = None
) -> None:
    """Replace whatever was set up before.

    `format` is "console", "json", or None: console when `stream` (standard output) is a terminal. `secrets` are
    values that must never be written, beside everything that looks like one.
    """
    stream = stream or sys.stdout
    console = format == "console" or (format is None and stream.isatty())
    handler = logging.StreamHandler(stream)
    handler.setFormatter(ConsoleFormatter() if console else JsonFormatter())
    handler.addFilter(RedactingFilter(Redactor(secrets)))

    logging.captureWarnings(True)
    logging.root.handlers[:] = [handler]
    logging.root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("discord").setLevel(max(logging.INFO, logging.root.level))
    logging.getLogger("aiohttp.server").addFilter(_STRANGERS)


class StrangersFilter(logging.Filter):
    """Requests that are no HTTP come from whoever finds the port: aiohttp calls them errors, but they are not ours,
    and administrators are told when errors pile up."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if not isinstance(error, HttpProcessingError):
            return True
        record.msg, record.args, record.exc_info = "request that is no HTTP", (), None
        record.levelno, record.levelname = logging.INFO, "INFO"
        record.reason = type(error).__name__
        return record.levelno >= logging.root.level


_STRANGERS = StrangersFilter()  # one and the same: set up twice it is still there once


class RedactingFilter(logging.Filter):
    """Rewrites each record: message with its arguments, facts, trail and traceback, all without secrets."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor

    def filter(self, record: logging.LogRecord) -> bool:
        for name, value in trail().items():
            # What the line says itself is nearer the matter.
            if not hasattr(record, name):
                setattr(record, name, value)
        record.msg, record.args = self._redactor.text(_message(record)), ()
        for name, value in facts(record).items():
            setattr(record, name, self._redactor.fact(name, value))
        if record.exc_info and not record.exc_text:
            record.exc_text = _traceback.formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = self._redactor.text(record.exc_text)
        if record.stack_info:
            record.stack_info = self._redactor.text(record.stack_info)
        return True


class JsonFormatter(logging.Formatter):
    """`{"at", "level", "logger", "message", "exception"?, …facts}` on one line; `at` is RFC 3339 in UTC."""

    def format(self, record: logging.LogRecord) -> str:
        event: dict[str, object] = {
            "at": _at(record).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message(record),
        }
        for name, value in facts(record).items():
            event[f"extra_{name}" if name in _OURS else name] = value
        if trouble := trouble_of(record):
            event["exception"] = trouble
        return json.dumps(event, ensure_ascii=False, default=str)


class ConsoleFormatter(logging.Formatter):
    """`21:04:05 INFO    core.publishing.publisher  post published  post_id=41`, and tracebacks below, indented."""

    def format(self, record: logging.LogRecord) -> str:
        words = [f"{_at(record):%H:%M:%S}", f"{record.levelname:<7}", record.name, f" {_one_line(_message(record))}"]
        if said := " ".join(f"{name}={_one_line(value)}" for name, value in facts(record).items()):
            words.append(f" {said}")
        trouble = trouble_of(record)
        below = "\n    " + trouble.replace("\n", "\n    ") if trouble else ""
        return " ".join(words) + below


def facts(record: logging.LogRecord) -> Mapping[str, object]:
    """What was given as `extra`."""
    return {name: value for name, value in vars(record).items() if name not in _OWN}


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError):
        # A library's message and arguments that do not fit are worth a line all the same.
        return f"{record.msg} {record.args}"


def _at(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, UTC)


def trouble_of(record: logging.LogRecord) -> str:
    text = record.exc_text or (_traceback.formatException(record.exc_info) if record.exc_info else "")
    return "\n".join(part for part in (text, record.stack_info) if part)


def _one_line(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    # Control characters could forge a line or drive the terminal.
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


_traceback = logging.Formatter()
