from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest

from core.settings import Settings, SettingsError, load_settings, variable_names


def problems_of(environ: dict[str, str], dotenv: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load_settings(environ, dotenv or {})
    return caught.value.problems


def settings(**environ: str) -> Settings:
    return load_settings(environ, {})


def test_with_nothing_set_it_runs_on_this_machine_against_the_sandbox() -> None:
    found = settings()

    assert (found.web.host, found.web.port) == ("127.0.0.1", 8080)
    assert (found.home, found.database) == (Path("var"), Path("var/isekai.db"))
    assert found.deviantart is found.discord is found.s3 is found.mail is None
    assert found.publishing.timeout == timedelta(seconds=60)
    assert found.publishing.settle == timedelta(seconds=120)
    assert found.publishing.base_delay == timedelta(seconds=3)
    assert found.limits.max_file_bytes == 50 * 1024 * 1024
    assert (found.logs.level, found.logs.format) == ("info", None)
    assert found.warnings == ()


def test_the_environment_wins_over_the_file() -> None:
    found = load_settings({"ISEKAI_PORT": "9000"}, {"ISEKAI_PORT": "1", "ISEKAI_HOST": "::1"})

    assert found.web.port == 9000
    assert found.web.host == "::1"


def test_an_empty_variable_counts_as_unset_and_still_wins() -> None:
    found = load_settings({"DISCORD_TOKEN": " "}, {"DISCORD_TOKEN": "secret", "ISEKAI_PORT": ""})

    assert found.discord is None
    assert found.web.port == 8080


def test_all_problems_are_reported_together_by_name() -> None:
    problems = problems_of(
        {
            "ISEKAI_PORT": "eighty",
            "OPEN_SIGNUP": "maybe",
            "LOG_LEVEL": "loud",
            "MAX_PIXELS": "-1",
            "ISEKAI_TRUSTED_PROXIES": "everyone",
            "DEVIANTART_CLIENT_ID": "1",
        }
    )

    named = {problem.split()[0] for problem in problems}
    assert named == {
        "ISEKAI_PORT",
        "OPEN_SIGNUP",
        "LOG_LEVEL",
        "MAX_PIXELS",
        "ISEKAI_TRUSTED_PROXIES",
        "DEVIANTART_CLIENT_SECRET",
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ISEKAI_NO_DOTENV", "on"),
        ("ISEKAI_PORT", "65536"),
        ("ISEKAI_PORT", "80.5"),
        ("ISEKAI_PORT", "nan"),
        ("ISEKAI_HOST", "http://localhost"),
        ("ISEKAI_PUBLIC_URL", "isekai.example.org"),
        ("ISEKAI_PUBLIC_URL", "https://example.org/isekai"),
        ("ISEKAI_PUBLIC_URL", "ftp://example.org"),
        ("ISEKAI_PUBLIC_URL", "https://example.org:port"),
        ("CORS_ORIGINS", "https://good.example.org, bad"),
        ("ISEKAI_DATABASE_URL", "postgresql://localhost/isekai"),
        ("ISEKAI_DATABASE_URL", "sqlite:///:memory:"),
        ("ISEKAI_DATABASE_URL", "sqlite://"),
        ("ISEKAI_SECRET_KEY", "short"),
        ("DEVIANTART_CLIENT_SECRET", "alone"),
        ("DEVIANTART_BASE_URL", "www.deviantart.com"),
        ("DISCORD_GUILD_ID", "my server"),
        ("S3_ENDPOINT", "https://s3.example.org"),
        ("S3_FORCE_PATH_STYLE", "sure"),
        ("S3_BUCKET_NAME", "alone"),
        ("SMTP_URL", "smtp://mail.example.org"),
        ("EMAIL_FROM", "isekai@example.org"),
        ("PUBLISHER_CONCURRENCY", "0"),
        ("PUBLISHER_MAX_ATTEMPTS", "many"),
        ("PUBLISH_SETTLE_SECONDS", "60"),
        ("PUBLISH_TIMEOUT_SECONDS", "120"),
        ("RATE_LIMITER_JITTER_PERCENT", "101"),
        ("RATE_LIMITER_MAX_DELAY_MS", "2999"),
        ("DRAIN_SECONDS", "inf"),
        ("LOG_FORMAT", "xml"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused(name: str, value: str) -> None:
    assert any(name in problem for problem in problems_of({name: value}))


@pytest.mark.parametrize(
    ("word", "meaning"), [("true", True), ("1", True), ("YES", True), ("False", False), ("0", False), ("no", False)]
)
def test_booleans_are_words_of_a_short_list(word: str, meaning: bool) -> None:
    assert settings(OPEN_SIGNUP=word).limits.open_signup is meaning


def test_a_mistyped_name_of_ours_is_an_error_in_the_file_and_says_which_was_meant() -> None:
    (problem,) = problems_of({}, {"ISEKAI_PUBLIC_URI": "https://example.org"})

    assert problem.startswith("ISEKAI_PUBLIC_URI ")
    assert "ISEKAI_PUBLIC_URL?" in problem


def test_a_mistyped_name_of_ours_is_a_warning_in_the_environment() -> None:
    found = settings(ISEKAI_THING="1")

    assert len(found.warnings) == 1
    assert found.warnings[0].startswith("ISEKAI_THING ")


def test_names_that_are_not_ours_are_nobodys_business() -> None:
    assert load_settings({"PATH": "/bin"}, {"COMPOSE_PROJECT_NAME": "art"}).warnings == ()


def test_the_public_address_is_made_from_the_one_that_was_bound() -> None:
    assert settings(ISEKAI_PORT="0").web.public_url_at(40123) == "http://127.0.0.1:40123"
    assert settings(ISEKAI_HOST="::1").web.public_url_at(80) == "http://[::1]:80"
    assert settings(ISEKAI_PUBLIC_URL="https://art.example.org/").web.public_url_at(80) == "https://art.example.org"


def test_listening_everywhere_without_a_public_address_is_warned_about() -> None:
    found = settings(ISEKAI_HOST="0.0.0.0")

    assert found.web.public_url_at(8080) == "http://127.0.0.1:8080"
    assert any("ISEKAI_PUBLIC_URL" in warning for warning in found.warnings)


def test_lists_are_split_at_commas() -> None:
    found = settings(
        ISEKAI_TRUSTED_PROXIES="127.0.0.1, 10.0.0.0/8,::1", CORS_ORIGINS="https://a.example.org/, http://b:3000,"
    )

    assert found.web.trusted_proxies == (ip_network("127.0.0.1"), ip_network("10.0.0.0/8"), ip_network("::1"))
    assert found.web.cors_origins == ("https://a.example.org", "http://b:3000")


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///art.db", "art.db"),
        ("sqlite:////srv/art.db", "/srv/art.db"),
        ("sqlite:///$ISEKAI_HOME/art.db", "/srv/isekai/art.db"),
        ("sqlite:///${ISEKAI_HOME}/art.db", "/srv/isekai/art.db"),
    ],
)
def test_the_database_is_a_file_of_ones_choice(url: str, path: str) -> None:
    assert settings(ISEKAI_HOME="/srv/isekai", ISEKAI_DATABASE_URL=url).database == Path(path)


def test_keys_rotate_by_standing_in_a_list() -> None:
    found = settings(ISEKAI_SECRET_KEY="new-key-of-16-letters, old-key-of-16-letters")

    assert found.secret_keys == ("new-key-of-16-letters", "old-key-of-16-letters")


def test_a_key_and_a_file_of_keys_exclude_each_other() -> None:
    problems = problems_of({"ISEKAI_SECRET_KEY": "k" * 32, "ISEKAI_SECRET_KEY_FILE": "/run/secrets/key"})

    assert "ISEKAI_SECRET_KEY_FILE" in problems[0]


def test_a_store_needs_all_of_its_settings() -> None:
    problems = problems_of({"S3_ENDPOINT": "https://s3.example.org", "S3_BUCKET_NAME": "art"})

    assert [problem.split()[0] for problem in problems] == ["S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY"]


def test_an_option_of_a_store_that_is_not_set_up_is_not_ignored() -> None:
    assert any(problem.startswith("S3_ENDPOINT ") for problem in problems_of({"S3_REGION": "auto"}))


def test_a_complete_store_is_read() -> None:
    found = settings(
        S3_ENDPOINT="https://s3.example.org/",
        S3_ACCESS_KEY_ID="id",
        S3_SECRET_ACCESS_KEY="hidden",
        S3_BUCKET_NAME="art",
        S3_PATH_PREFIX="/mira",
        S3_FORCE_PATH_STYLE="yes",
    ).s3

    assert found is not None
    assert (found.endpoint, found.path_prefix, found.force_path_style) == ("https://s3.example.org", "mira/", True)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example.org", ("mail.example.org", 25, None, None, False, False)),
        ("smtp://u%40x:p%3As@mail.example.org?starttls=1", ("mail.example.org", 587, "u@x", "p:s", False, True)),
        ("smtps://u:p@mail.example.org", ("mail.example.org", 465, "u", "p", True, False)),
        ("smtp://127.0.0.1:1025", ("127.0.0.1", 1025, None, None, False, False)),
    ],
)
def test_a_mail_server_is_read_from_its_address(url: str, expected: tuple[object, ...]) -> None:
    mail = settings(SMTP_URL=url, EMAIL_FROM="Isekai <isekai@example.org>").mail

    assert mail is not None
    assert (mail.host, mail.port, mail.username, mail.password, mail.tls, mail.starttls) == expected


@pytest.mark.parametrize(
    "url",
    [
        "mail.example.org",
        "http://u:hunter2@mail.example.org",
        "smtp://u:hunter2@mail.example.org?tls=1",
        "smtp://u:hunter2@mail.example.org?starttls=maybe",
        "smtps://u:hunter2@mail.example.org?starttls=1",
        "smtp://u:hunter2@mail.example.org:port",
    ],
)
def test_a_mail_address_that_cannot_be_used_is_refused_without_repeating_it(url: str) -> None:
    (problem,) = problems_of({"SMTP_URL": url, "EMAIL_FROM": "isekai@example.org"})

    assert problem.startswith("SMTP_URL ")
    assert "hunter2" not in problem


def test_an_address_with_a_password_is_refused_without_repeating_it() -> None:
    (problem,) = problems_of({"ISEKAI_PUBLIC_URL": "https://u:hunter2@example.org"})

    assert "hunter2" not in problem


def test_seconds_may_have_a_fraction() -> None:
    found = settings(PUBLISH_TIMEOUT_SECONDS="0.5", PUBLISH_SETTLE_SECONDS="1", RATE_LIMITER_BASE_DELAY_MS="0")

    assert found.publishing.timeout == timedelta(milliseconds=500)
    assert found.publishing.base_delay == timedelta()


def test_discord_keeps_its_own_gateway_unless_told_otherwise() -> None:
    usual = settings(DISCORD_TOKEN="t", DISCORD_GUILD_ID="123").discord
    other = settings(DISCORD_TOKEN="t", DISCORD_API_BASE="http://127.0.0.1:9/api/v10/").discord

    assert usual is not None
    assert (usual.api_base, usual.api_base_is_set, usual.guild_id) == ("https://discord.com/api/v10", False, 123)
    assert other is not None
    assert (other.api_base, other.api_base_is_set) == ("http://127.0.0.1:9/api/v10", True)


def test_printing_settings_shows_no_secret() -> None:
    found = settings(
        ISEKAI_SECRET_KEY="hunter2-hunter2-hunter2",
        DEVIANTART_CLIENT_ID="1234",
        DEVIANTART_CLIENT_SECRET="hunter2",
        DISCORD_TOKEN="hunter2",
        S3_ENDPOINT="https://s3.example.org",
        S3_ACCESS_KEY_ID="id",
        S3_SECRET_ACCESS_KEY="hunter2",
        S3_BUCKET_NAME="art",
        SMTP_URL="smtp://u:hunter2@mail.example.org",
        EMAIL_FROM="isekai@example.org",
    )

    assert "1234" in repr(found)
    assert "hunter2" not in repr(found)
    assert len(found.secrets) == 5


def test_every_variable_has_one_name() -> None:
    names = variable_names()

    assert len(names) == len(set(names))
    assert "ISEKAI_HOME" in names
