"""What `isekai doctor` finds, in words, and the status it ends with."""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from core.app.doctor import doctor
from core.settings import Settings, load_settings
from tests.support.app import running_app
from tests.support.discord import LoopbackDiscord
from tests.support.mailbox import a_mailbox
from tests.support.waiting import eventually

CHECKS = ["configuration", "address", "secrets", "process", "database", "storage", "clock", "tokens", "discord"]
CHECKS += ["mail", "disk", "backup", "errors"]


def settings_at(home: Path, **more: str) -> Settings:
    return load_settings({"ISEKAI_HOME": str(home), **more}, {})


class Said:
    """The lines, by name: their mark and what they say."""

    def __init__(self, text: str) -> None:
        self.names: list[str] = []
        self.lines: Mapping[str, tuple[str, str]] = {}
        for line in text.splitlines():
            mark, name, said = line[:4].strip(), *line[6:].split(maxsplit=1)
            self.names.append(name)
            self.lines = {**self.lines, name: (mark, said)}

    def __getitem__(self, name: str) -> tuple[str, str]:
        return self.lines[name]


async def examined(settings: Settings, capsys: pytest.CaptureFixture[str]) -> tuple[int, Said]:
    capsys.readouterr()
    status = await doctor(settings)
    return status, Said(capsys.readouterr().out)


async def test_a_new_home_is_well_and_every_part_is_looked_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, said = await examined(settings_at(tmp_path), capsys)

    assert status == 0
    assert said.names == CHECKS
    assert said["process"] == ("ok", "no instance runs on this home")
    assert said["database"] == ("ok", "intact and writable")
    assert said["mail"][0] == "look"
    assert "FAIL" not in {mark for mark, _ in said.lines.values()}


async def test_beside_a_running_instance_it_says_how_that_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with running_app(tmp_path) as harness:
        port, asking = str(urlsplit(harness.url).port), harness.stranger()

        async def is_ready() -> bool:
            return (await asking.get("/ready")).status == 200

        await eventually(is_ready)
        status, said = await examined(settings_at(tmp_path, ISEKAI_PORT=port), capsys)
        _, elsewhere = await examined(settings_at(tmp_path, ISEKAI_PORT="1"), capsys)

    assert status == 0
    assert said["process"][0] == "ok"
    assert "it runs and is ready" in said["process"][1]
    assert elsewhere["process"][0] == "FAIL"
    assert "does not answer at http://127.0.0.1:1" in elsewhere["process"][1]


async def test_a_newer_database_and_an_older_one_are_told_apart_and_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = settings_at(tmp_path)
    await examined(settings, capsys)

    _change(
        settings.database, "DELETE FROM schema_migration WHERE number = (SELECT max(number) FROM schema_migration)"
    )
    older, older_said = await examined(settings, capsys)
    _change(settings.database, "INSERT INTO schema_migration VALUES (9999, 'later', 0)")
    newer, newer_said = await examined(settings, capsys)

    settings.database.write_bytes(b"no database at all" * 100)
    spoilt, spoilt_said = await examined(settings, capsys)

    assert (spoilt, spoilt_said["database"][0]) == (1, "FAIL")
    assert (older, older_said["database"][0]) == (0, "look")
    assert "1 changes of this version wait" in older_said["database"][1]
    assert (newer, newer_said["database"][0]) == (1, "FAIL")
    assert "newer version" in newer_said["database"][1]


async def test_what_others_could_read_and_errors_that_were_written_down_are_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = settings_at(tmp_path, ISEKAI_PUBLIC_URL="https://isekai.example")
    await examined(settings, capsys)
    (tmp_path / "secret.key").write_text("x")
    (tmp_path / "secret.key").chmod(0o644)
    line = {"at": 4_000_000_000, "level": "error", "logger": "x", "message": "m", "facts": {}, "trouble": ""}
    (tmp_path / "problems.log").write_text((json.dumps(line) + "\n") * 20)

    status, said = await examined(settings, capsys)

    assert status == 1
    assert said["secrets"][0] == "FAIL"
    assert "chmod 600" in said["secrets"][1]
    assert said["errors"] == ("look", said["errors"][1])
    assert said["errors"][1].startswith("20 errors were logged")
    assert "ISEKAI_TRUSTED_PROXIES" in said["address"][1]


async def test_discord_and_mail_are_asked_whether_they_take_us(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    discord = LoopbackDiscord()
    await discord.start()
    with a_mailbox() as mailbox:
        settings = settings_at(
            tmp_path,
            DISCORD_TOKEN=discord.token,
            DISCORD_API_BASE=discord.base,
            SMTP_URL=f"smtp://127.0.0.1:{mailbox.port}",
            EMAIL_FROM="isekai@example.org",
        )
        status, said = await examined(settings, capsys)
        assert settings.discord is not None
        wrong = replace(settings, discord=replace(settings.discord, token="nobody's"))
        refused, refused_said = await examined(wrong, capsys)
        letters = list(mailbox.letters)
    await discord.close()
    _, gone = await examined(settings, capsys)

    assert status == 0, said.lines
    assert "the token is" in said["discord"][1]
    assert said["mail"] == ("ok", "127.0.0.1 takes our mail")
    assert letters == []
    assert (refused, refused_said["discord"][0]) == (1, "FAIL")
    assert "refuses DISCORD_TOKEN" in refused_said["discord"][1]
    assert gone["discord"][0] == "look"
    assert gone["mail"][0] == "FAIL"
    assert discord.token not in str(said.lines)


def _change(database: Path, sql: str) -> None:
    connection = sqlite3.connect(database)
    with connection:
        connection.execute(sql)
    connection.close()


async def test_a_key_that_does_not_open_the_tokens_is_said_before_they_are_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with running_app(tmp_path) as app:
        await app.sign_in("mira")
    other = "the key of another instance"
    settings = settings_at(tmp_path, ISEKAI_SECRET_KEY=other)

    status, said = await examined(settings, capsys)
    async with running_app(tmp_path, ISEKAI_SECRET_KEY=other) as app:
        line = app.app.problems.lines()[-1]

    assert (status, said["tokens"][0]) == (1, "FAIL")
    assert "does not open those of mira" in said["tokens"][1]
    assert line.message == "the secret key does not open stored tokens"
    assert line.facts == {"accounts": '["mira"]'}
