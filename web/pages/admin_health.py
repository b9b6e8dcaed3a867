"""Admin → Health: what is wrong, in words, and what to do; then figures and jobs."""

from dataclasses import dataclass
from datetime import UTC, datetime

from aiohttp import web

from core.operations.alerts import Incident
from core.operations.clearing import Cleared
from core.operations.facts import Facts, JobFact
from core.operations.findings import Finding, Severity, findings, is_overdue, is_well, size, span
from web.keys import OPERATIONS, SITE
from web.pages.admin import admin_visit
from web.pages.moments import Moment
from web.pages.visit import Visit


@dataclass(frozen=True, slots=True)
class FindingView:
    tone: str
    word: str
    sentence: str
    advice: str
    link: str
    link_text: str


@dataclass(frozen=True, slots=True)
class JobView:
    name: str
    work: str
    last: Moment | None
    next: Moment | None
    state: str
    is_well: bool


@dataclass(frozen=True, slots=True)
class IncidentView:
    sentence: str
    began: Moment
    over: Moment | None


@dataclass(frozen=True, slots=True)
class HealthPage:
    is_well: bool
    findings: tuple[FindingView, ...]
    figures: tuple[tuple[str, str], ...]
    jobs: tuple[JobView, ...]
    incidents: tuple[IncidentView, ...]


_TONES = {
    Severity.BAD: ("bad", "Broken"),
    Severity.WARN: ("needs", "Needs you"),
    Severity.NOTE: ("", "Worth knowing"),
}
# What each job does, for people; its name stands behind, for the log and the metrics.
_WORK = {
    "past_due": "Publishing what is due",
    "leases": "Taking back what nobody finished",
    "automations": "Automations",
    "recovery": "Settling interrupted posts",
    "cleanup": "Clearing up",
    "token_care": "Keeping accounts connected",
    "backup": "The daily backup",
}


def add_routes(app: web.Application) -> None:
    app.router.add_get("/admin/health", show, name="admin-health")


async def show(request: web.Request) -> web.Response:
    here = await admin_visit(request)
    operations = request.app[OPERATIONS]
    facts = await operations.check_up.facts()
    found = findings(facts)
    page = HealthPage(
        is_well(found),
        tuple(_finding(finding) for finding in found),
        figures(facts, request.app[SITE].version),
        tuple(_job(here, job, facts) for job in facts.jobs),
        tuple(_incident(here, incident) for incident in await operations.alerts.recent()),
    )
    return here.show("admin_health.html", "admin", page)


def figures(facts: Facts, version: str) -> tuple[tuple[str, str], ...]:
    """Names and values that are known here."""
    said = [("Version", version), ("Running for", span(facts.now - facts.started_at))]
    if facts.usage.memory is not None:
        said.append(("Memory", size(facts.usage.memory)))
    if facts.usage.database is not None:
        said.append(("Database", size(facts.usage.database)))
    if facts.disk is not None:
        said.append(("Disk", f"{size(facts.disk.free)} of {size(facts.disk.total)} free"))
    if facts.lag_ms is not None:
        said.append(("Reacts within", f"{facts.lag_ms:.0f} ms"))
    if facts.clock is not None and facts.clock.heard_at is not None:
        said.append(("Clock", f"within {span(abs(facts.clock.offset))} of DeviantArt’s"))
    if facts.backup is not None:
        newest = facts.backup.newest
        said.append(("Last backup", f"{span(facts.now - newest)} ago" if newest else "none yet"))
    cleared = facts.kept.cleared if facts.kept is not None else None
    if cleared is not None:
        said.append(("Pictures cleared away", _cleared(cleared, facts)))
    said.append(("Mail", "off" if facts.mail is None else f"{facts.mail.waiting} waiting"))
    said.append(("Discord", facts.discord or "off"))
    said.append(("Errors", f"{facts.errors_last_hour} in the last hour"))
    return tuple(said)


def _cleared(cleared: Cleared, facts: Facts) -> str:
    ago = f"{span(facts.now - datetime.fromtimestamp(cleared.at, UTC))} ago"
    said = f"{cleared.removed} ({size(cleared.bytes)}), {ago}"
    if cleared.for_backups:
        said += f"; {cleared.for_backups} kept for backups"
    return f"{said}; not all: {cleared.problem}" if cleared.problem else said


def _finding(finding: Finding) -> FindingView:
    tone, word = _TONES[finding.severity]
    return FindingView(tone, word, finding.sentence, finding.advice, finding.link, finding.link_text)


def _job(here: Visit, job: JobFact, facts: Facts) -> JobView:
    overdue = is_overdue(job, facts)
    state = f"failed: {job.last_error}" if job.last_error else "overdue" if overdue else "well"
    if state == "well" and job.last_success is None:
        state = "not yet run"
    return JobView(
        job.name,
        _WORK.get(job.name, job.name),
        here.reader.moment(job.last_success) if job.last_success else None,
        here.reader.moment(job.next_run) if job.next_run else None,
        state,
        job.last_error is None and not overdue,
    )


def _incident(here: Visit, incident: Incident) -> IncidentView:
    over = here.reader.moment(incident.over_at) if incident.over_at else None
    return IncidentView(incident.sentence, here.reader.moment(incident.began_at), over)
