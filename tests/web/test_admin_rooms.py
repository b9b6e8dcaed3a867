"""Admin → Health, Log and Backups, as an administrator and as somebody else."""

import logging
import re
from datetime import timedelta
from pathlib import Path

import pytest

from core.app.server import TIMINGS
from data.backup import Secret, read_backup
from tests.support.app import AppHarness, Caller
from tests.support.waiting import eventually

logger = logging.getLogger("tests.admin_rooms")
ROOMS = [
    "/admin/health",
    "/admin/log",
    "/admin/backups",
    "/admin/backups-progress",
    "/admin/backups/daily-20261101-000000.backup",
]


@pytest.mark.parametrize("path", ROOMS)
async def test_the_rooms_are_not_there_for_others(app: AppHarness, mira: Caller, path: str) -> None:
    juno = await app.sign_in("juno")

    assert (await juno.get(path)).status == 404


async def test_others_change_nothing_there(app: AppHarness, mira: Caller) -> None:
    juno = await app.sign_in("juno")

    assert (await juno.post("/admin/backups")).status == 404
    assert (await juno.post("/admin/backups/daily-20261101-000000.backup/remove")).status == 404
    mira.headers["X-CSRF-Token"] = "wrong"
    assert (await mira.post("/admin/backups")).status == 403


async def test_health_says_what_is_wrong_and_shows_every_job(app: AppHarness, mira: Caller) -> None:
    page = (await mira.get("/admin/health")).text

    assert "This instance sends no mail." in page
    for name in TIMINGS:
        # In words, and the name of the metrics behind them.
        assert re.search(rf"<td>[A-Z][a-z ]+ <span class=\"small soft nowrap\">{name}</span></td>", page), name
    assert "not yet run" in page or "just now" in page


async def test_a_log_line_is_shown_with_its_request_and_without_secrets(app: AppHarness, mira: Caller) -> None:
    post = (await mira.post("/api/posts", json={"title": "Harbour"})).body
    logger.warning(
        "picture odd", extra={"post_id": int(post["id"]), "request_id": "abc-1", "key": "isk_secretsecret"}
    )
    logger.error("worse", extra={"post_id": 99999})

    page = (await mira.get("/admin/log")).text
    errors = (await mira.get("/admin/log?level=error")).text
    found = (await mira.get("/admin/log?q=abc-1+picture")).text

    assert "picture odd" in page
    assert "isk_secretsecret" not in page
    assert f'href="/posts/{post["id"]}"' in page
    assert 'href="/posts/99999"' not in page
    assert 'href="/admin/log?q=abc-1"' in page
    assert "worse" in errors
    assert "picture odd" not in errors
    assert "worse" not in found


async def test_a_backup_by_hand_is_made_downloaded_and_removed(app: AppHarness, mira: Caller, tmp_path: Path) -> None:
    asked = await mira.post("/admin/backups", data={"images": "on"}, follow=True)
    backups = app.app.operations.backups
    await eventually(lambda: backups.progress.name.startswith("manual-"))
    name = backups.progress.name

    page = (await mira.get("/admin/backups")).text
    answer = await mira.get(f"/admin/backups/{name}")

    assert asked.status == 200
    assert name in page
    assert "by hand" in page
    assert answer.headers["Content-Disposition"] == f'attachment; filename="isekai-{name}"'
    (tmp_path / "file").write_bytes(answer.content)
    (tmp_path / "there").mkdir()
    manifest = read_backup(tmp_path / "file", tmp_path / "there", secret=Secret(("a secret key of the tests",)))
    assert manifest.counts["user"] == 1
    await mira.post(f"/admin/backups/{name}/remove")
    assert (await mira.get(f"/admin/backups/{name}")).status == 404


async def test_the_circuit_closes_in_the_figures_as_time_passes(app: AppHarness, mira: Caller) -> None:
    async def gauge(until: timedelta) -> str:
        at = (app.app.clock.now() + until).timestamp()
        async with app.app.store.transaction() as tx:
            await tx.instance.put("service_circuit_open_until", at)
        text = (await mira.get("/metrics")).text
        return next(line for line in text.splitlines() if line.startswith("isekai_circuit_open "))

    assert await gauge(timedelta(minutes=5)) == "isekai_circuit_open 1.0"
    assert await gauge(timedelta(seconds=-5)) == "isekai_circuit_open 0.0"


METRICS = (
    'isekai_posts{status="draft"}', 'isekai_publish_total{outcome="published"}',
    "isekai_publish_lateness_seconds_bucket", "isekai_deviantart_requests_total{",
    "isekai_deviantart_request_seconds_bucket", "isekai_circuit_open 0.0",
    "isekai_event_loop_lag_seconds_count", "isekai_http_request_seconds_bucket", "isekai_discord_connected 0.0",
    'isekai_job_last_success_timestamp_seconds{job="recovery"}', 'isekai_token_days_left{account="mira"}',
)  # fmt: skip


async def test_every_figure_that_is_promised_is_there(app: AppHarness, mira: Caller) -> None:
    await app.app.jobs.run_now("recovery")

    text = (await mira.get("/metrics")).text

    assert [name for name in METRICS if name not in text] == []


def test_a_job_says_when_it_runs_next(tmp_path: Path) -> None:
    from core.metrics import NoMetrics
    from core.supervision import Jobs
    from tests.support.clock import NOON, FakeClock

    async def nothing() -> None: ...

    jobs = Jobs(FakeClock(), NoMetrics())
    jobs.add("cleanup", nothing, every=timedelta(hours=1))

    assert jobs.statuses["cleanup"].next_run == NOON + timedelta(hours=1)
