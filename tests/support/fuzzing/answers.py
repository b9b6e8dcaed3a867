"""What DeviantArt, or whatever stands in its place, might answer."""

import asyncio
import json
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from core.errors import ExternalError
from core.inspiration.looks import Look, Sight
from data.deviantart import parse
from data.deviantart.browse import page_of
from data.deviantart.errors import Deed, read
from data.deviantart.oauth import OAuthClient
from data.deviantart.transport import Answer, Fields

_NAMES = st.sampled_from(
    ["error", "error_code", "error_description", "error_details", "status", "results", "has_more", "next_offset",
    "cursor",
     "next_cursor", "deviationid", "title", "url", "published_time", "thumbs", "src", "preview", "content", "author",
     "username", "userid", "usericon", "stats", "favourites", "comments", "width", "height", "folderid", "parent",
     "name",
     "size", "subfolders", "metadata", "submission", "creation_time", "submitted_with", "app", "tags", "tag_name",
     "access_token", "refresh_token", "expires_in", "scope", "itemid", "is_deleted", "canonical_name",
     "example_deviations"]
)  # fmt: skip
_LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
    | st.sampled_from(["error", "success", "invalid_grant", "invalid_token", "server_error", "1764547200", "9" * 30,
                       "2026-11-30T09:00:00-0800", "javascript:alert(1)", "\ud800", 10**30, -(10**30), 2**63, 1e300])
)  # fmt: skip


def bodies() -> st.SearchStrategy[Any]:
    return st.recursive(
        _LEAVES, lambda more: st.lists(more, max_size=4) | st.dictionaries(_NAMES, more, max_size=6), max_leaves=25
    )


def answers() -> st.SearchStrategy[Answer]:
    text = st.dictionaries(_NAMES, bodies(), max_size=6).map(lambda body: json.dumps(body).encode())
    broken = st.sampled_from(
        [b"", b"  ", b"<html>", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 100_000,
        b'{"expires_in":1e999,"access_token":"a"}',
         b'{"results":[{"subfolders":' * 300, b"1" * 5_000]
    )  # fmt: skip
    return st.builds(
        Answer,
        st.sampled_from([200, 201, 204, 301, 400, 401, 403, 404, 413, 429, 500, 503, 599]),
        st.sampled_from(["application/json", "text/html", ""]),
        text | broken | st.binary(max_size=40),
        st.none() | st.just(timedelta(seconds=30)),
    )


class _Says:
    """A transport that has one answer."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    async def send(self, method: str, path: str, *, fields: Fields, timeout: timedelta) -> Answer:
        return self._answer

    def url(self, path: str) -> str:
        return path


def check_answer(answer: Answer) -> None:
    """A value or one of our errors, for each thing that may be asked."""
    for deed in Deed:
        try:
            body = read(answer, deed)
        except ExternalError as error:
            assert str(error)
            continue
        _read_all(body)
    oauth = OAuthClient(_Says(answer), client_id="1", client_secret="x")  # type: ignore[arg-type]  # only `send` is used
    for asked in (oauth.refresh("r"), oauth.app_token(), oauth.revoke("r")):
        try:
            asyncio.run(asked)
        except ExternalError as error:
            assert str(error)


def _read_all(body: Any) -> None:
    parse.artist(body)
    parse.page(body, offset=0)
    parse.deviation(body)
    parse.submission(body)
    list(parse.folders(parse.objects(body.get("results"))))
    for sight in Sight:
        page_of(Look(sight, "name"), body)
