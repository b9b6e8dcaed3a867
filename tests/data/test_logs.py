import io
import json
import logging
from collections.abc import Callable, Iterator

import pytest
from aiohttp.http_exceptions import BadStatusLine

from data.logs import configure_logging
from data.redaction import LONGEST, REDACTED, Redactor

logger = logging.getLogger("tests.logs")
Lines = Callable[[], list[dict[str, object]]]


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    logging.captureWarnings(False)
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


@pytest.fixture
def lines() -> Lines:
    """What was logged since, as JSON."""
    stream = io.StringIO()
    configure_logging(level="info", format="json", secrets=["hunter2-hunter2"], stream=stream)
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_is_one_line_with_its_facts_beside_the_message(lines: Lines) -> None:
    logger.info("post published", extra={"post_id": 41, "lease_token": 7, "reason": "two\nlines"})

    (line,) = lines()
    assert line["message"] == "post published"
    assert (line["level"], line["logger"]) == ("info", "tests.logs")
    assert (line["post_id"], line["lease_token"], line["reason"]) == (41, 7, "two\nlines")
    assert str(line["at"]).endswith("Z")


def test_a_fact_never_hides_what_every_line_has(lines: Lines) -> None:
    logger.info("uploaded", extra={"level": "easy", "at": "noon"})

    (line,) = lines()
    assert (line["level"], line["extra_level"], line["extra_at"]) == ("info", "easy", "noon")


def test_events_below_the_level_are_not_written(lines: Lines) -> None:
    logger.debug("too much")

    assert lines() == []


SECRETS = [
    "isk_Abc123-def_456",
    "Authorization: Bearer abcdef123456",
    "Authorization: Basic dXNlcjpzZWNyZXRzZWNyZXQ=",
    "GET /api/posts?key=s3cr3t-value&limit=1",
    "GET /calendar.ics?key=s3cr3t-value",
    "https://example.org/oauth2/token?grant_type=x&refresh_token=s3cr3t-value",
    "/auth/deviantart/callback?code=s3cr3t-value&state=1",
    "https://images.example.org/a.png?token=s3cr3t-value",
    "https://bucket.example.org/a?X-Amz-Signature=s3cr3t-value",
    "https://discord.com/api/webhooks/123456/s3cr3t-value",
    "https://discord.com/api/v10/webhooks/123456/s3cr3t-value?wait=1",
    "POST /hook/s3cr3t-value HTTP/1.1",
    "GET /link/s3cr3t-value",
    '{"access_token": "s3cr3t-value", "expires_in": 3600}',
    "{'refresh_token': 's3cr3t-value'}",
    "[('Cookie', 'session=s3cr3t-value')]",
    "Set-Cookie: isekai=s3cr3t-value; HttpOnly",
    "smtp://someone:s3cr3t-value@mail.example.org:587",
    "using hunter2-hunter2 as the secret",
    f"M{'a1' * 12}.{'b' * 6}.{'c' * 30}",
]


@pytest.mark.parametrize("text", SECRETS)
@pytest.mark.parametrize("where", ["message", "argument", "fact", "nested fact", "exception", "stack"])
def test_a_secret_is_redacted_wherever_it_stands(lines: Lines, text: str, where: str) -> None:
    match where:
        case "message":
            logger.warning(text.replace("%", "%%"))
        case "argument":
            logger.warning("answered %s", text)
        case "fact":
            logger.warning("answered", extra={"url": text})
        case "nested fact":
            logger.warning("answered", extra={"headers": {"one": [text]}})
        case "exception":
            try:
                raise ValueError(text)
            except ValueError:
                logger.exception("failed")
        case _:
            record = logging.LogRecord("x", logging.INFO, "", 0, "m", (), None, sinfo=text)
            logger.handle(record)

    (line,) = lines()
    written = json.dumps(line)
    assert REDACTED in written
    for secret in ("s3cr3t", "Abc123", "abcdef123456", "dXNlcjpz", "hunter2", "a1a1a1"):
        assert secret not in written


def test_a_fact_named_like_a_secret_is_redacted_whole(lines: Lines) -> None:
    logger.info("called", extra={"headers": {"X-API-Key": "abc", "Accept": "image/png"}, "password": 1234})

    (line,) = lines()
    assert line["headers"] == {"X-API-Key": REDACTED, "Accept": "image/png"}
    assert line["password"] == REDACTED


@pytest.mark.parametrize(
    "text",
    [
        "the bot connected again",
        "answered with error_code=6 and status_code=503",
        "Basic settings were read",
        "https://www.deviantart.com/mira/art/Night-train-1042",
        "lease_token=7",
    ],
)
def test_ordinary_words_are_left_alone(text: str) -> None:
    assert Redactor().text(text) == text


def test_a_traceback_stays_with_its_event(lines: Lines) -> None:
    try:
        raise OSError("disk full")
    except OSError:
        logger.exception("image not stored", extra={"post_id": 1})

    (line,) = lines()
    assert "OSError: disk full" in str(line["exception"])
    assert line["post_id"] == 1


def test_a_message_that_does_not_fit_its_arguments_is_still_written(lines: Lines) -> None:
    logger.info("%d posts of %d", "three")

    assert "three" in str(lines()[0]["message"])


def test_values_that_json_does_not_know_are_written_as_text(lines: Lines) -> None:
    logger.info("stored", extra={"content": b"\x89PNG", "error": OSError("no key=abc"), "odd": "\ud800"})

    (line,) = lines()
    assert line["content"] == "<4 bytes>"
    assert line["error"] == f"no key={REDACTED}"
    assert line["odd"] == "\\ud800"


def test_a_long_value_is_not_cut_through_a_secret() -> None:
    secret = "the secret of this instance, forty letters"

    for before in range(LONGEST - len(secret), LONGEST + 1, 5):
        said = Redactor([secret]).text("x" * before + secret + "y" * 100)
        assert secret[:8] not in said


def test_a_very_long_value_is_cut(lines: Lines) -> None:
    logger.info("answered", extra={"body": "x" * 1_000_000})

    assert len(str(lines()[0]["body"])) < 25_000


def test_what_strangers_send_that_is_no_http_is_not_our_error(lines: Lines) -> None:
    for error in (BadStatusLine("POST /hook/x HTTP/9.9"), ValueError("ours")):
        try:
            raise error
        except (BadStatusLine, ValueError) as raised:
            logging.getLogger("aiohttp.server").error("Error handling request from %s", "192.0.2.7", exc_info=raised)

    stranger, ours = lines()
    assert (stranger["level"], stranger["reason"], "exception" in stranger) == ("info", "BadStatusLine", False)
    assert (ours["level"], "ours" in str(ours["exception"])) == ("error", True)


def test_libraries_that_say_every_step_are_kept_quiet(lines: Lines) -> None:
    logging.getLogger("aiohttp.access").info("GET /hook/abc")
    logging.getLogger("apscheduler.executors").info("Running job")

    assert lines() == []


def test_a_terminal_gets_one_plain_line_that_cannot_be_forged() -> None:
    stream = io.StringIO()
    configure_logging(level="info", format="console", stream=stream)

    logger.info("picture arrived", extra={"title": "Night\ntrain\x1b[2J", "bytes": 12})

    assert stream.getvalue().count("\n") == 1
    assert "INFO    tests.logs  picture arrived  title=Night\\ntrain\\x1b[2J bytes=12\n" in stream.getvalue()


def test_without_a_terminal_the_format_is_json() -> None:
    stream = io.StringIO()
    configure_logging(level="info", format=None, stream=stream)

    logger.info("hello")

    assert json.loads(stream.getvalue())["message"] == "hello"
