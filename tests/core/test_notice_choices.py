"""One table of notices by channel, and what earlier versions kept of it."""

import json
import sqlite3
from pathlib import Path

import pytest

from core.errors import InvalidInput
from core.notice_choices import SETTING, Channel, Notice, changed, channels_of

MIGRATION = Path(__file__).parents[2] / "data" / "migrations" / "0054_notice_choices.sql"
BOTH = frozenset({Channel.MAIL, Channel.DM})


def test_what_needs_somebody_is_told_by_default_and_odd_settings_change_nothing() -> None:
    for odd in ({}, {SETTING: "x"}, {SETTING: {"failed": []}}):
        assert channels_of(odd, Notice.FAILED) == BOTH
        assert channels_of(odd, Notice.REVIEW) == frozenset()


def test_a_change_leaves_every_other_switch_as_it_is() -> None:
    settings = {SETTING: changed({}, {"failed": {"mail": False}})}

    settings = {SETTING: changed(settings, {"review": {"channel": True}})}

    assert channels_of(settings, Notice.FAILED) == {Channel.DM}
    assert channels_of(settings, Notice.REVIEW) == {Channel.CHANNEL}
    assert channels_of(settings, Notice.PAUSED) == BOTH


def test_an_unknown_notice_is_refused() -> None:
    with pytest.raises(InvalidInput):
        changed({}, {"weather": {"mail": True}})


@pytest.mark.parametrize(
    ("kept", "failed", "published", "key_found"),
    [
        ({"mail": {"failed": False, "published": True}}, {Channel.DM}, BOTH, BOTH),
        ({"discord_notices": {"published": "channel", "programs": "none"}}, BOTH, {Channel.CHANNEL}, {Channel.MAIL}),
        ({"mail": {}, "discord_notices": {"failed": "none"}}, {Channel.MAIL}, {Channel.DM}, BOTH),
    ],
)
def test_what_mail_and_the_bot_kept_apart_becomes_one_table(
    kept: dict[str, object], failed: set[Channel], published: set[Channel], key_found: set[Channel]
) -> None:
    connection = sqlite3.connect(":memory:")
    connection.executescript("CREATE TABLE user (settings TEXT); CREATE TABLE file (id INTEGER);")
    connection.execute("INSERT INTO user VALUES (?)", (json.dumps(kept | {"other": 1}),))

    connection.executescript(MIGRATION.read_text())

    settings = json.loads(connection.execute("SELECT settings FROM user").fetchone()[0])
    connection.close()
    assert set(settings) == {"other", SETTING}
    assert channels_of(settings, Notice.FAILED) == failed
    assert channels_of(settings, Notice.PUBLISHED) == published
    assert channels_of(settings, Notice.KEY_FOUND) == key_found
