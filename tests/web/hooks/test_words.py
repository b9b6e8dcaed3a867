"""What programs say, in our words."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInput
from core.posts.names import shown_name, title_from_name
from tests.support.clock import NOON
from web.hooks.shapes import pictures_in
from web.hooks.words import caption_fields, understand, webhook_fields


def said(**fields: Any) -> Any:
    return understand(fields, time_zone="Europe/Paris", now=NOON)


def test_both_spellings_mean_the_same() -> None:
    assert said(isMature="yes", galleryIds="A").fields == said(is_mature="yes", gallery_ids="A").fields


def test_a_wall_clock_wish_is_in_the_artists_zone() -> None:
    assert said(scheduleAt="2026-12-24T18:00").wish == "2026-12-24T18:00"


def test_what_is_unknown_becomes_a_note_without_secrets() -> None:
    notes = said(seed=7, endpoint="https://discord.com/api/webhooks/123/" + "a" * 60).notes

    assert "seed: 7" in notes
    assert "aaaaaaaa" not in notes


def test_the_first_line_is_the_title_and_words_with_a_hash_are_tags() -> None:
    assert caption_fields("A title #sea\nfirst\nsecond #night") == {
        "title": "A title",
        "description": "first\nsecond",
        "tags": ["sea", "night"],
    }


def test_an_embed_speaks_where_there_is_no_content() -> None:
    assert webhook_fields({"embeds": [{"title": "Done", "description": "in 3 s"}]}) == {
        "title": "Done",
        "description": "in 3 s",
    }


@pytest.mark.parametrize(
    ("given_name", "shown", "title"),
    [
        ("../../etc/passwd.png", "passwd.png", "passwd"),
        ("C:\\art\\Silent_Sea-02.JPG", "Silent_Sea-02.JPG", "Silent Sea 02"),
        ("\u202egnp.exe", "gnp.exe", "gnp"),
        ("", "picture", "picture"),
        (None, "picture", "picture"),
        ("ComfyUI_00012_.png", "ComfyUI_00012_.png", "ComfyUI 00012"),
    ],
)
def test_names_are_for_showing_only(given_name: str | None, shown: str, title: str) -> None:
    assert shown_name(given_name) == shown
    assert title_from_name(shown) == title


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
names = st.sampled_from(["image", "images", "data", "file", "base64", "title", "content"]) | st.text(max_size=8)


@given(st.dictionaries(names, json_values, max_size=6))
def test_whatever_json_is_sent_is_understood_or_refused_by_name(body: dict[str, Any]) -> None:
    try:
        _, rest = pictures_in(body)
    except InvalidInput as refused:
        assert refused.fields
        return
    understand(rest, time_zone="UTC", now=NOON)
