"""What the container image promises, read off its Dockerfile. `tools/replay_image.py` builds and starts it."""

import re
import subprocess
from pathlib import Path

import pytest

from core.settings import variable_names
from tools.dockerfile import NotUnderstood, Stage, command_of, read_dockerfile, sent

ROOT = Path(__file__).resolve().parent.parent
MEBIBYTE = 1024 * 1024
# What a checkout of somebody who uses it may hold beside the code.
PRIVATE = (
    *(".env", ".env.local", "var/secret.key", "var/isekai.db", "before.backup", "isekai.db", ".git/config"),
    *("data/__pycache__/vault.cpython-311.pyc", "tests/conftest.py", "docs/security.md", "node_modules/x/y.js"),
    *(".venv/bin/python", "benchmarks/life.py", "web/static/vendor/htmx.min.js", "requirements-dev.txt"),
)


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def stages() -> list[Stage]:
    return read_dockerfile(read("Dockerfile"))


@pytest.fixture(scope="module")
def image(stages: list[Stage]) -> Stage:
    return stages[-1]


@pytest.fixture(scope="module")
def context() -> list[str]:
    """What a build of a fresh checkout is sent."""
    known = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    names = [name for name in known.stdout.split("\0") if name and (ROOT / name).is_file()]
    return sent(ROOT, read(".dockerignore"), names or None)


def text(stage: Stage, name: str) -> str:
    step = stage.last(name)
    assert step is not None, name
    return step.text


def test_the_image_runs_as_nobody_special_and_cannot_write_its_own_code(image: Stage) -> None:
    names = [step.name for step in image.steps]

    assert text(image, "USER") == "isekai"
    assert "--uid 10001" in text(image, "RUN")
    assert "nologin" in text(image, "RUN")
    # Everything is copied before the user changes, and keeps root as its owner.
    assert max(at for at, name in enumerate(names) if name in ("RUN", "COPY")) < names.index("USER")
    assert not any("chown" in step.options for step in image.steps)


def test_the_image_needs_one_place_to_write(image: Stage) -> None:
    environment = image.environment()

    assert text(image, "VOLUME") == environment["ISEKAI_HOME"] == "/var/lib/isekai"
    assert environment["PYTHONDONTWRITEBYTECODE"] == "1"


def test_the_image_is_stopped_and_watched_as_the_server_expects(image: Stage) -> None:
    start, health = (command_of(step) for name in ("CMD", "HEALTHCHECK") if (step := image.last(name)))

    assert text(image, "STOPSIGNAL") == "SIGTERM"
    # Without `exec` the shell would be process 1 and keep the signal to itself.
    assert "exec isekai serve" in start[-1]
    assert health[0] == "python"
    compile(health[-1], "healthcheck", "exec")
    assert "/health" in health[-1]
    assert text(image, "EXPOSE") == image.environment()["ISEKAI_PORT"]


def test_the_image_sets_only_settings_that_exist_and_no_secret(stages: list[Stage]) -> None:
    own = {name for stage in stages for name in stage.environment() if name.startswith("ISEKAI_")}

    assert own <= set(variable_names())
    assert not re.search(r"(?i)secret|token|passw|_key", read("Dockerfile"))


def test_only_locked_packages_get_into_the_image(stages: list[Stage]) -> None:
    runs = " ".join(step.text for stage in stages for step in stage.steps if step.name == "RUN")
    installs = re.findall(r"pip install [^&]+", runs)

    assert installs
    assert all("--require-hashes" in found or "--no-deps --no-index" in found for found in installs)
    assert not re.search(r"curl|wget|apt-get|https?://", runs)


def test_what_only_builds_stays_behind(stages: list[Stage], image: Stage) -> None:
    runs = " ".join(step.text for step in stages[0].steps if step.name == "RUN")
    copied = [step.arguments for step in image.steps if step.name == "COPY"]

    assert copied == [["/venv", "/venv"], ["/app", "/app"]]
    assert "pip uninstall --yes --quiet setuptools pip" in runs
    assert re.search(r"rm -rf build tools .*package-lock.json", runs)


def test_every_file_that_is_copied_is_sent_to_the_build(stages: list[Stage], context: list[str]) -> None:
    for step in stages[0].steps:
        if step.name == "COPY":
            for source in step.arguments[:-1]:
                assert source in (*context, "."), source
    for package in ("bot", "core", "data", "web"):
        assert f"{package}/__init__.py" in context


@pytest.mark.parametrize("name", PRIVATE)
def test_nothing_private_or_needless_is_sent_to_the_build(name: str) -> None:
    assert sent(ROOT, read(".dockerignore"), [name]) == []


def test_what_is_sent_to_the_build_is_small(context: list[str]) -> None:
    weight = sum((ROOT / name).stat().st_size for name in context)

    assert weight < 12 * MEBIBYTE


def test_an_instruction_nobody_knows_is_an_error_and_continuations_are_joined() -> None:
    stages = read_dockerfile("# one\nFROM x AS a\nRUN one \\\n# between\n && two\nFROM a\nCOPY --from=a /b /c\n")

    assert [(stage.name, stage.base) for stage in stages] == [("a", "x"), ("1", "a")]
    assert stages[0].steps[0].text == "one && two"
    assert stages[1].steps[0].options == {"from": "a"}
    assert stages[1].steps[0].arguments == ["/b", "/c"]
    with pytest.raises(NotUnderstood):
        read_dockerfile("FROM x\nADD http://example.org/y /y\n")
    with pytest.raises(NotUnderstood):
        read_dockerfile("FROM x\nRUN <<END\nEND\n")
