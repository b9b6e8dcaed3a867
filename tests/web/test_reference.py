"""The API's reference: made of the description, whole, small, and with lines that a shell can run."""

import json
import re
import shlex

import pytest

from tests.support.app import AppHarness, Caller
from web.answers import STATUS
from web.api.groups import GROUPS
from web.api.openapi import document
from web.api.reference import rooms
from web.api.routes import ENDPOINTS
from web.api.schema_words import kind_of
from web.pages.reference import CODES

URL = "https://isekai.example.org"
SMALL = 60_000  # bytes, compressed


async def test_every_call_has_its_place_on_a_page_that_is_small(app: AppHarness, mira: Caller) -> None:
    shown, sizes = "", []
    for group in GROUPS:
        answer = await mira.get(f"/reference/{group.slug}")
        assert answer.status == 200
        assert not re.search(r'(?:src|href)="(?:https?:)?//', answer.text.partition("<main")[2])
        shown += answer.text
        sizes.append(int(answer.headers["Content-Length"]))

    ids = [one["operationId"] for methods in document()["paths"].values() for one in methods.values()]
    assert [one for one in ids if f'<section class="call" id="{one}"' not in shown] == []
    assert max(sizes) < SMALL


async def test_the_first_page_finds_calls_by_their_words(app: AppHarness, mira: Caller) -> None:
    whole = (await mira.get("/reference")).text
    found = (await mira.get("/reference?q=sale+HEARTBEAT")).text
    nothing = (await mira.get("/reference?q=nothinglikethis")).text

    assert f"{app.url}/api/me" in whole
    assert "sales_heartbeat" in found
    assert "verbs_schedule" not in found
    assert "0 calls have “nothinglikethis”" in nothing
    assert (await mira.get("/reference/nothing")).status == 404


async def test_the_pages_about_programs_lead_there(app: AppHarness, mira: Caller) -> None:
    assert 'href="/reference"' in (await mira.get("/keys")).text
    assert 'href="/reference"' in (await mira.get("/connect")).text


def test_every_line_for_a_shell_says_address_key_and_a_body_that_can_be_read() -> None:
    for call in (call for room in rooms(URL) for call in room.calls):
        for line in call.curls:
            words = shlex.split(line)
            assert any(word.startswith(URL) for word in words), line
            assert ("Authorization: Bearer YOUR_KEY" in words) == bool(call.scope and call.path != "/hook/{key}")
            if "-d" in words:
                json.loads(words[words.index("-d") + 1])


def test_each_call_says_its_scope_and_its_errors() -> None:
    calls = {(call.method, call.path): call for room in rooms(URL) for call in room.calls}

    for endpoint in ENDPOINTS:
        call = calls[endpoint.method, endpoint.path]
        assert call.scope == endpoint.scope
        told = {one.status for one in (*call.good, *call.problems)} | set(call.also)
        assert {str(endpoint.status), *map(str, endpoint.errors)} <= told


def test_every_code_that_is_answered_is_explained_with_its_status() -> None:
    explained = {code.name: code.status for code in CODES}

    assert {name: status for name, status in STATUS.items() if explained.get(name) != status} == {"UPSTREAM": 503}
    assert explained["UPSTREAM"] == 502


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": ["string", "null"], "format": "date-time"}, "time or null"),
        ({"type": "array", "items": {"$ref": "#/components/schemas/Post"}}, "list of Post"),
        ({"anyOf": [{"type": "null"}, {"type": "integer", "minimum": 1}]}, "whole number or null, at least 1"),
        ({"enum": ["add", "remove"], "default": "add"}, "add | remove, else add"),
        ({"type": "integer", "minimum": 1, "maximum": 1000, "default": 20}, "whole number, 1 to 1,000, else 20"),
        ({}, "anything"),
    ],
)
def test_a_schema_is_told_in_words(schema: dict[str, object], words: str) -> None:
    assert kind_of(schema) == words
