"""The files that put an instance on a machine agree with the image, the settings and each other."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from core.settings import load_settings, variable_names
from tools.dockerfile import Stage, command_of, read_dockerfile
from tools.sbom import document
from tools.tenants import main as tenants

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "docs" / "deploy"
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
MEBIBYTE = 1024 * 1024


def read(path: str | Path) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def service() -> dict[str, Any]:
    service: dict[str, Any] = yaml.safe_load(read("compose.yaml"))["services"]["isekai"]
    return service


@pytest.fixture(scope="module")
def image() -> Stage:
    return read_dockerfile(read("Dockerfile"))[-1]


def seconds(text: str) -> float:
    return sum(float(n) * {"s": 1, "m": 60}[unit] for n, unit in re.findall(r"(\d+)([sm])", text))


def test_compose_keeps_the_state_where_the_image_has_it(service: dict[str, Any], image: Stage) -> None:
    volume = image.last("VOLUME")

    assert volume is not None
    assert service["volumes"] == [f"isekai:{volume.text}"]
    assert "isekai" in yaml.safe_load(read("compose.yaml"))["volumes"]
    assert service["environment"]["ISEKAI_HOME"] == volume.text
    assert service["ports"] == [f"127.0.0.1:8080:{service['environment']['ISEKAI_PORT']}"]


def test_compose_asks_for_health_as_the_image_does(service: dict[str, Any], image: Stage) -> None:
    health = image.last("HEALTHCHECK")

    assert health is not None
    assert service["healthcheck"]["test"] == ["CMD", *command_of(health)]
    assert service["healthcheck"]["interval"] == health.options["interval"]
    assert service["healthcheck"]["start_period"] == health.options["start-period"]


def test_compose_takes_away_what_is_not_needed(service: dict[str, Any]) -> None:
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert {"mem_limit", "cpus", "pids_limit"} <= set(service)
    assert service["logging"]["options"]["max-size"]


def test_compose_leaves_room_for_pictures_on_their_way_and_time_to_drain(service: dict[str, Any]) -> None:
    settings = load_settings({}, {})
    (temporary,) = service["tmpfs"]
    size = re.search(r"size=(\d+)m", temporary)

    assert temporary.split(":")[0] == str(Path("/") / "tmp")
    assert size is not None
    assert int(size[1]) * MEBIBYTE >= settings.publishing.concurrency * settings.limits.max_file_bytes
    assert seconds(service["stop_grace_period"]) > settings.drain.total_seconds()


def test_compose_sets_only_settings_that_exist(service: dict[str, Any]) -> None:
    own = {name: str(value) for name, value in service["environment"].items()}
    own["ISEKAI_PUBLIC_URL"] = re.sub(r"\$\{ISEKAI_PUBLIC_URL:-(.*)\}", r"\1", own["ISEKAI_PUBLIC_URL"])

    assert set(own) <= set(variable_names())
    assert load_settings(own, {}).web.port == 8080


def test_the_unit_and_the_template_differ_in_nothing_but_whose_it_is() -> None:
    one, several = (read(DEPLOY / name).split("[Unit]")[1] for name in ("isekai.service", "isekai@.service"))

    assert several.replace(" of %i", "").replace("-%i", "").replace("/%i.env", "/isekai.env") == one


def test_the_unit_runs_what_there_is_and_does_not_restart_what_cannot_start() -> None:
    unit = dict(re.findall(r"^(\w+)=(.*)$", read(DEPLOY / "isekai.service"), re.MULTILINE))

    assert unit["ExecStart"].endswith("-m core serve")
    assert unit["RestartPreventExitStatus"] == "2"
    assert float(unit["TimeoutStopSec"]) > load_settings({}, {}).drain.total_seconds()
    assert unit["ProtectSystem"] == "strict"
    assert unit["NoNewPrivileges"] == "yes"
    assert set(re.findall(r"Environment=([A-Z_]+)=", read(DEPLOY / "isekai.service"))) <= set(variable_names())


def test_the_proxies_let_events_and_large_uploads_through() -> None:
    nginx, caddy = read(DEPLOY / "nginx.conf"), read(DEPLOY / "Caddyfile")

    assert "proxy_buffering off" in nginx
    assert "flush_interval -1" in caddy
    # Overwritten, not added to: what a visitor claims never arrives.
    assert "X-Forwarded-For $remote_addr;" in nginx
    for said in (re.search(r"client_max_body_size (\d+)m", nginx), re.search(r"max_size (\d+)MB", caddy)):
        assert said is not None
        assert int(said[1]) * MEBIBYTE > 10 * load_settings({}, {}).limits.max_file_bytes


def test_tenants_in_containers_share_nothing(service: dict[str, Any]) -> None:
    compose = yaml.safe_load(read(DEPLOY / "tenants.compose.yaml"))
    each = compose["services"]

    for name, tenant in each.items():
        assert tenant["volumes"] == [f"{name}:{service['environment']['ISEKAI_HOME']}"]
        assert name in compose["volumes"]
        assert tenant["profiles"] == [name, "all"]
        assert set(tenant["environment"]) <= set(variable_names())
        for kept in ("read_only", "cap_drop", "security_opt", "tmpfs", "stop_grace_period", "pids_limit"):
            assert tenant[kept] == service[kept]
    assert len({tenant["environment"]["ISEKAI_PUBLIC_URL"] for tenant in each.values()}) == len(each)
    assert len({tenant["ports"][0] for tenant in each.values()}) == len(each) > 1


def test_a_tenant_gets_a_port_and_settings_of_its_own_that_nobody_else_reads(tmp_path: Path) -> None:
    at = ["--settings", str(tmp_path / "isekai")]
    added = [tenants([*at, "add", name, "--url", f"https://{name}.example.org", "--no-user"]) for name in "ab"]
    files = sorted((tmp_path / "isekai").iterdir())

    assert added == [0, 0]
    assert [load_settings({}, dict(read_pairs(file))).web.port for file in files] == [8081, 8082]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert load_settings({}, dict(read_pairs(files[0]))).web.public_url == "https://a.example.org"
    assert "#S3_PATH_PREFIX=b" in files[1].read_text()


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("a", "https://new.example.org"),
        ("new", "https://a.example.org/"),
        ("New", "https://new.example.org"),
        ("../new", "https://new.example.org"),
        ("new", "https://new.example.org/below"),
        ("new", "new.example.org"),
    ],
)
def test_a_tenant_that_cannot_be_is_refused_and_nothing_changes(
    name: str, url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    at = ["--settings", str(tmp_path / "isekai")]
    tenants([*at, "add", "a", "--url", "https://a.example.org", "--no-user"])

    assert tenants([*at, "add", name, "--url", url, "--no-user"]) == 1
    assert [file.name for file in (tmp_path / "isekai").iterdir()] == ["a.env"]
    assert capsys.readouterr().err


def test_tenants_are_listed_with_how_they_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mira.env").write_text("ISEKAI_PORT=1\nISEKAI_PUBLIC_URL=https://mira.example.org\n")

    tenants(["--settings", str(tmp_path), "list"])

    assert re.fullmatch(r"mira +1  https://mira.example.org +does not answer\n", capsys.readouterr().out)


def read_pairs(file: Path) -> list[tuple[str, str]]:
    return re.findall(r"^([A-Z0-9_]+)=(.*)$", file.read_text(), re.MULTILINE)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_may_read_only_and_names_each_action_by_its_version(path: Path) -> None:
    workflow = yaml.safe_load(read(path))
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]

    assert workflow["permissions"] == {"contents": "read"}
    assert all(job["timeout-minutes"] for job in workflow["jobs"].values())
    for step in steps:
        if "uses" in step:
            assert re.fullmatch(r"actions/[a-z-]+@v\d+", step["uses"]), step
        if step.get("uses", "").startswith("actions/checkout"):
            assert step["with"]["persist-credentials"] is False
        # What somebody else may have written (a branch's name, a title) reaches a shell only as a variable.
        assert "${{" not in step.get("run", ""), step
        # `bash -e` goes on after a line that begins with “!”, whatever it answers: it would ask for nothing.
        assert not re.search(r"^\s*! ", step.get("run", ""), re.MULTILINE), step


def test_the_workflows_run_what_the_makefile_has() -> None:
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))
    asked = {name for path in WORKFLOWS for name in re.findall(r"\bmake ([a-z-]+)", read(path))}

    assert {"check", "test", "test-browser", "sbom"} <= asked <= targets


def test_the_bill_of_materials_is_valid_whole_and_always_the_same() -> None:
    text = document(ROOT)
    packages = json.loads(read("package-lock.json"))["packages"]
    shown = {part["purl"] for part in json.loads(text)["components"]}

    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    assert document(ROOT) == text
    locked = re.findall(r"^([A-Za-z0-9._-]+)==([^\s;]+)", read("requirements.txt"), re.MULTILINE)
    served = [path for path, package in packages.items() if path and not package.get("dev")]
    assert len(shown) == len(locked) + len(served)
    assert {f"pkg:pypi/{re.sub('[._-]+', '-', name.lower())}@{version}" for name, version in locked} <= shown
    assert f"pkg:npm/htmx.org@{packages['node_modules/htmx.org']['version']}" in shown
