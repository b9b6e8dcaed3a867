"""What people and programs write: times, plans, notes, messages, settings, addresses."""

import json
from datetime import UTC, datetime, timedelta
from html import unescape
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import orjson
from hypothesis import strategies as st
from icalendar import Calendar
from yarl import URL

from bot.drop_words import metadata_for, read_message, read_metadata
from core.errors import InvalidInput, UserError
from core.planning.natural_times import LANGUAGES, parse_when, suggest
from core.planning.wall_clock import HORIZON
from core.posts.beside import over
from core.posts.description import description_html, is_html
from core.posts.fields import Details, apply_changes, stored_tags, stored_title
from core.posts.scrub import scrubbed
from core.programs.feed import FeedEvent
from core.programs.importing import _Ground, check_row
from core.programs.plan_rows import OWN_NAMES, read_plan
from core.programs.sidecar import read_beside
from core.settings import SettingsError, load_settings, variable_names
from core.webhooks.addresses import is_public, read_url
from tests.support.clock import NOON
from web.feed import render
from web.hooks.words import from_webhook, is_webhook, understand
from web.pages.flash import is_local, unpack

NOW = NOON
ODD = st.sampled_from(
    ["\x00", "\u202e", "\u2028", "\r\n", "\u0130", "ﬃ", "²", "٣", "‮", "é" * 40, "<script>", "{{7*7}}",
     "=1+1", "@everyone", "[[", "-0", "1e400", "NaN", "../", "%00", "\\u0000", "a" * 600]
)  # fmt: skip


def words() -> st.SearchStrategy[str]:
    return st.lists(st.text(max_size=20) | ODD, max_size=5).map("".join)


def _made_of(*pieces: str, most: int = 8) -> st.SearchStrategy[str]:
    """Familiar words in an order that nobody expects, with noise between."""
    return st.lists(st.sampled_from(pieces) | st.text(max_size=4) | ODD, max_size=most).map("".join)


# --- times

_TIME_WORDS = (
    "fri", "friday", "freitag", "viernes", "vendredi", "金曜日", "tomorrow", "morgen", "明日", " ", ":", "18:00",
    "9",
    "9am", "12pm", "00:00", "24:00", "25:61", "in ", "3h", "99999 days", "weeks", "3時間後", "24 dec", "29 feb",
    "31.",
    "2027-02-29", "9999-12-31", "0001-01-01", "12/24", "next", " slot", "a week from ", "午後", "半", "uhr", "h", ".",
    ",",
    "now", "tonight", "yesterday", "last ", "days ago", "1970", "-", "+14:00", "Z", "T", "utc", "half past ", "noon",
)  # fmt: skip


def times() -> st.SearchStrategy[Any]:
    zones = st.sampled_from(
        ["UTC", "Europe/Paris", "America/New_York", "Pacific/Apia", "Africa/Casablanca", "Mars/X", ""]
    )
    return st.tuples(_made_of(*_TIME_WORDS), zones, st.sampled_from((*LANGUAGES, "xx", "")))


def check_when(given: Any) -> None:
    """An instant ahead, or a sentence."""
    text, zone, locale = given
    try:
        when = parse_when(text, now=NOW, time_zone=zone, locale=locale)
    except InvalidInput as refusal:
        assert all(refusal.fields.values())
    else:
        if when.planned is not None:
            assert NOW - timedelta(minutes=2) <= when.planned.due_at <= NOW + HORIZON
    if zone:
        try:
            suggest(text, NOW, zone, locale=locale)
        except InvalidInput as refusal:
            assert list(refusal.fields) == ["time_zone"]


# --- plans and what lies beside pictures

_SAID = st.sampled_from(["2026-12-24T18:00", "1", "\ud800", "a\udfffb"])
_LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | words() | _SAID


def json_values() -> st.SearchStrategy[Any]:
    names = (
        st.sampled_from((*OWN_NAMES, "isMature", "galleryIds", "scheduleAt", "metadata", "content", "embeds", "key"))
        | words()
    )
    inner = st.recursive(
        _LEAVES, lambda more: st.lists(more, max_size=4) | st.dictionaries(names, more, max_size=5), max_leaves=15
    )
    return st.dictionaries(names, inner, max_size=8)


def _as_json(value: Any) -> str:
    return json.dumps(value)


DEEP = st.sampled_from(
    ["[" * 100_000, '{"a":' * 100_000, '{"tags":' + "[" * 20_000, "[[]]", '[{"a":' + "[" * 995 + "]" * 995 + "}]"]
)


def plans() -> st.SearchStrategy[str]:
    row = json_values()
    cells = _made_of(
        *OWN_NAMES, ",", ";", "\t", "\n", "\r\n", '"', '""', "2026-12-24T18:00", "a.png|b.png", "draft", most=20
    )
    return st.one_of(
        st.lists(row, max_size=4).map(_as_json),
        st.fixed_dictionaries({"posts": st.lists(row, max_size=3), "drafts": row}).map(_as_json),
        st.lists(row, max_size=4).map(lambda rows: "\n".join(map(_as_json, rows))),
        cells.map(lambda text: "title,at,tags\n" + text),
        cells,
        DEEP,
    )


def check_plan(text: str) -> None:
    """Rows with sentences, or one sentence for all; and what is taken can be kept."""
    ground = _Ground((), frozenset({"a.png"}), "Europe/Paris", NOW)
    try:
        rows = tuple(read_plan(text))
    except InvalidInput as refusal:
        assert all(refusal.fields.values())
        return
    for raw in rows:
        row = check_row(raw, ground)
        if not row.errors:
            _can_be_kept(apply_changes(Details(), row.fields))
            row.title.encode()


def _can_be_kept(details: Details) -> None:
    for text in (details.title, details.description, *details.tags):
        text.encode()
    stored_title(details.title)
    stored_tags(details.tags)


def sidecars() -> st.SearchStrategy[Any]:
    return st.tuples(st.sampled_from(["a.json", "a.txt"]), json_values().map(_as_json) | words() | DEEP)


def check_sidecar(given: Any) -> None:
    try:
        beside = read_beside(*given)
        _can_be_kept(apply_changes(Details(), over({"tags": ["sea"]}, beside)))
    except UserError as refusal:
        assert refusal.sentence


# --- what is said beside an upload, in Discord, over a redirect


def check_said(given: Any) -> None:
    """Whatever a program adds is understood, kept as a note, or refused where it is applied."""
    try:
        given = orjson.loads(orjson.dumps(given))
    except TypeError:
        return  # no JSON that gets here
    body = from_webhook(given) if is_webhook(given) else given
    said = understand(body, time_zone="Europe/Paris", now=NOW)
    said.notes.encode()
    scrubbed(said.metadata)
    try:
        apply_changes(Details(), said.fields)
    except InvalidInput as refusal:
        assert all(refusal.fields.values())


def messages() -> st.SearchStrategy[Any]:
    text = _made_of("||", "#sea", "<@123>", "<:cat:1>", "\n", "**", "`", "@everyone", "<#9>", "<t:1:R>", most=12)
    return st.tuples(text, st.lists(st.tuples(words(), json_values().map(_as_json) | words() | DEEP), max_size=2))


def check_message(given: Any) -> None:
    content, files = given
    fields = read_message(content).fields(is_mature=False)
    beside = read_metadata([(name, text.encode("utf-8", "replace")) for name, text in files])
    try:
        _can_be_kept(apply_changes(Details(), fields | dict(metadata_for("a.png", beside))))
    except InvalidInput as refusal:
        assert all(refusal.fields.values())


def rich() -> st.SearchStrategy[str]:
    return _made_of(
        "<b>", "</b>", "<script>", "<a href=", "javascript:", '"', ">", "<", "&lt;", "\n", "<br>", "<!--", most=12
    )


def check_description(text: str) -> None:
    """Text without tags stays text: what DeviantArt would read as a tag is ours."""
    html = description_html(text)
    if not is_html(text):
        assert unescape(html.replace("<br />\n", "\n")) == text
        assert "<" not in html.replace("<br />", "")


def cookies() -> st.SearchStrategy[str]:
    return words() | st.binary(max_size=200).map(lambda data: data.hex()) | json_values().map(_flash)


def _flash(value: Any) -> str:
    import base64

    said = {"t": "Done", "b": False, "u": ["/posts/1", "Undo", value], "l": [value.get("title", "//evil"), "There"]}
    return base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")


def check_flash(value: str) -> None:
    """Nothing that a browser sends leads elsewhere."""
    flash = unpack(value)
    if flash is not None and flash.link is not None:
        assert is_local(flash.link.url)
        assert URL("https://isekai.example").join(URL(flash.link.url)).host == "isekai.example"


# --- settings, addresses, calendars


def environments() -> st.SearchStrategy[Any]:
    values = words() | st.sampled_from(
        ["0", "-1", "1e9", "nan", "inf", "true", "10.0.0.0/8", "https://[::1", "s3://", "x" * 9_999]
    )
    return st.dictionaries(st.sampled_from(variable_names()) | st.just("ISEKAI_TYPO"), values, max_size=6)


def check_environment(given: Any) -> None:
    """Everything that is wrong is said together, in sentences."""
    try:
        load_settings(given, {})
    except SettingsError as refusal:
        assert str(refusal)


def addresses() -> st.SearchStrategy[str]:
    return _made_of(
        "http://", "https://", "HTTPS:", "//", "localhost", "127.0.0.1", "127.1", "0x7f000001", "2130706433", "[::1]",
        "[::ffff:127.0.0.1]", "[64:ff9b::a00:1]", "10.0.0.1", "example.org", "@", ":", ":80", ":99999", "/", "\\",
        "#", "?",
        ".", "。", "%31", "user", "１２７.0.0.1", "ⓛocalhost", ".local", most=6,
    )  # fmt: skip


def check_address(text: str) -> None:
    """What is taken means the same host to the library that calls it, and is none that is known to be inside."""
    try:
        url = read_url(text, private_allowed=False)
    except InvalidInput as refusal:
        assert refusal.fields["url"]
        return
    try:
        called = URL(url).host
    except ValueError:
        return
    assert called
    assert called.casefold() not in {"localhost"}
    assert is_public(called) or not _is_address(called)
    assert urlsplit(url).scheme in {"http", "https"}


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def check_feed(text: str) -> None:
    """One event in, one event out, whatever its title says."""
    plain = text.encode("utf-8", "replace").decode()
    event = FeedEvent(
        "post-1@isekai", NOW, NOW, datetime(2026, 1, 1, tzinfo=UTC), 3, plain, plain, "https://x/posts/1", False
    )
    feed = render([event, event], plain)
    (first, second) = Calendar.from_ical(feed).walk("VEVENT")
    assert first["uid"] == second["uid"] == "post-1@isekai"
    assert set(first) <= {"UID", "DTSTAMP", "LAST-MODIFIED", "DTSTART", "DTEND", "SUMMARY", "DESCRIPTION", "URL",
                          "SEQUENCE", "STATUS", "TRANSP"}  # fmt: skip
    assert all(len(line) <= 75 for line in feed.split(b"\r\n"))
