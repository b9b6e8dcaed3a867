"""What a checkout promises before any of its code runs: locks, import rules, settings, ignore files."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from core.__main__ import read_dotenv, read_settings
from core.settings import load_settings, variable_names

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ["requirements.txt", "requirements-dev.txt", "requirements-node.txt"]
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_requirement_has_one_version_and_hashes(lock: str) -> None:
    entries = re.split(r"\n(?=\S)", read(lock))
    requirements = [entry for entry in entries if not entry.startswith("#")]

    assert requirements
    for entry in requirements:
        assert PINNED.match(entry), entry
        assert "--hash=sha256:" in entry, entry


@pytest.mark.parametrize("lock", LOCKS)
def test_requirements_name_no_index(lock: str) -> None:
    text = read(lock)

    assert not re.search(r"https?://|file://|index-url|find-links|trusted-host", text)


def test_what_runs_is_what_was_tested() -> None:
    tested = dict(PINNED.findall(read("requirements-dev.txt")))

    for name, version in PINNED.findall(read("requirements.txt")):
        assert tested[name] == version


@pytest.mark.parametrize("name", ["requirements.in", "requirements-dev.in", "requirements-node.in"])
def test_every_wanted_requirement_is_pinned_and_locked(name: str) -> None:
    locked = {found.lower().replace(".", "-") for found, _ in PINNED.findall(read(name.replace(".in", ".txt")))}

    for line in read(name).splitlines():
        if not line or line.startswith(("#", "-r")):
            continue
        wanted = re.match(r"([A-Za-z0-9._-]+)(\[\w+\])?==\S+", line)
        assert wanted, line
        assert wanted[1].lower().replace(".", "-") in locked


def test_front_end_packages_are_locked_without_download_addresses() -> None:
    packages = json.loads(read("package-lock.json"))["packages"]
    wanted = json.loads(read("package.json"))

    assert "omit-lockfile-registry-resolved=true" in read(".npmrc")
    for path, package in packages.items():
        assert "resolved" not in package
        assert path == "" or package["integrity"].startswith("sha512-")
    for name, version in {**wanted["dependencies"], **wanted["devDependencies"]}.items():
        assert packages[f"node_modules/{name}"]["version"] == version


def test_every_setting_is_described_and_nothing_else() -> None:
    described = re.findall(r"^#([A-Z0-9_]+)=", read(".env.example"), re.MULTILINE)

    assert sorted(described) == sorted(variable_names())


def test_the_described_defaults_are_the_real_ones() -> None:
    example = dict(re.findall(r"^#([A-Z0-9_]+)=(.*)$", read(".env.example"), re.MULTILINE))
    example.pop("ISEKAI_PUBLIC_URL")  # made from host and port when unset

    assert load_settings({}, example) == load_settings({}, {})


def test_the_import_rules_hold() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-logo", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_no_ignore_pattern_hides_code() -> None:
    for line in read(".gitignore").splitlines():
        assert not line or line.startswith(("#", "/")) or line in ("__pycache__/", "*.pyc"), line
    kept = read(".dockerignore").splitlines()
    assert {"!bot", "!core", "!data", "!web"} <= set(kept)


def test_the_image_does_not_run_as_root_and_keeps_its_state_outside_the_code() -> None:
    last_stage = read("Dockerfile").rsplit("\nFROM ", 1)[1]

    assert "\nUSER isekai" in last_stage
    assert "VOLUME /var/lib/isekai" in last_stage
    assert "ISEKAI_HOME=/var/lib/isekai" in last_stage
    assert "HEALTHCHECK" in last_stage
    assert "STOPSIGNAL SIGTERM" in last_stage


def test_the_sprite_has_every_icon_that_pages_use_and_no_other() -> None:
    templates = [path.read_text(encoding="utf-8") for path in (ROOT / "web").rglob("*.html")]
    code = [path.read_text(encoding="utf-8") for path in (ROOT / "web").rglob("*.py")]
    used = {name for text in templates for name in re.findall(r"""\bicon\(["']([a-z0-9-]+)["']""", text)}
    used |= {name for text in code for name in re.findall(r"""\bicon=["']([a-z0-9-]+)["']""", text)}
    vendor = read("tools/vendor.py")
    built = set(vendor.partition('ICONS = """')[2].partition('"""')[0].split())

    assert used
    assert used <= built
    anywhere = "".join(templates + code)
    assert not [name for name in built if not re.search(rf"""["']{name}["']""", anywhere)]


@pytest.mark.parametrize(
    ("arguments", "environ", "status", "says"),
    [
        (["--version"], {}, 0, "isekai, version"),
        (["--help"], {}, 0, "serve"),
        (["serve"], {"ISEKAI_PORT": "x", "OPEN_SIGNUP": "maybe"}, 2, "OPEN_SIGNUP"),
        (["key", "create", "--user", "mira"], {}, 2, "--name"),
        (["serve"], {"ISEKAI_HOME": "/dev/null/home"}, 2, "ISEKAI_HOME (/dev/null/home) cannot be used: Not a dir"),
        (["backup", "/dev/null/x"], {}, 1, "There is no instance"),
    ],
)
def test_the_command_line_answers(
    arguments: list[str], environ: dict[str, str], status: int, says: str, tmp_path: Path
) -> None:
    done = run_isekai(arguments, environ, tmp_path)

    assert done.returncode == status
    assert says in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_a_mistyped_setting_in_the_file_stops_the_start_unless_the_file_is_ignored(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("ISEKAI_PROT=8081\n", encoding="utf-8")
    wrong = {"ISEKAI_PORT": "x"}

    assert "ISEKAI_PROT" in run_isekai(["serve"], wrong, tmp_path).stderr
    assert "ISEKAI_PROT" not in run_isekai(["serve"], {**wrong, "ISEKAI_NO_DOTENV": "1"}, tmp_path).stderr


def test_what_cannot_be_read_of_the_file_is_said_beside_all_other_problems(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ISEKAI_NO_DOTENV", raising=False)
    (tmp_path / ".env").write_text("LOG_LEVEL=loud\nwhat is this\nISEKAI_PORT\nSMTP_URL=ftp://x\n", encoding="utf-8")

    values, problems = read_dotenv({})

    assert values == {"LOG_LEVEL": "loud", "SMTP_URL": "ftp://x"}
    assert [problem[:15] for problem in problems] == ["Line 2 of .env ", "Line 3 of .env "]
    with pytest.raises(SystemExit, match="2"):
        read_settings()
    said = capsys.readouterr().err
    for words in ("Line 2", "Line 3", "LOG_LEVEL", "SMTP_URL must look like", "EMAIL_FROM is missing"):
        assert words in said
    (tmp_path / ".env").write_bytes(b"\xff\xfe")
    assert read_dotenv({}) == ({}, [".env is no text in UTF-8."])


def run_isekai(arguments: list[str], environ: dict[str, str], home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "core", *arguments],
        cwd=home,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", **environ},
        capture_output=True,
        text=True,
        timeout=60,
    )
