"""What administrators look after, by program: how the instance is, and its backups."""

from typing import Any

from aiohttp import hdrs, web

from core.errors import InvalidInput
from core.operations.backups import BackupFile, BackupKind, Progress
from core.operations.facts import JobFact
from core.operations.findings import Finding, Severity, findings, is_overdue, is_well
from core.operations.problems import LEVELS, ProblemLine, matching
from core.users import Identity
from web.answers import json_answer
from web.api.answers_schema import NUMBER, TEXT, TIME, YES, listed, maybe, page_of, ref, thing, words
from web.api.params import TEXT_MOST, read_limit, read_offset
from web.api.people_requests import NewBackup
from web.api.times import instant_json
from web.auth import actor_of, administrators_only
from web.bodies import read_model
from web.keys import OPERATIONS


async def health(request: web.Request, identity: Identity) -> web.Response:
    administrators_only(identity)
    facts = await request.app[OPERATIONS].check_up.facts()
    found = findings(facts)
    return json_answer(
        {
            "well": is_well(found),
            "findings": [_finding_json(finding) for finding in found],
            "jobs": [_job_json(job) | {"overdue": is_overdue(job, facts)} for job in facts.jobs],
        }
    )


async def log(request: web.Request, identity: Identity) -> web.Response:
    """Newest first, of the last thousand; the cursor is how many came before."""
    administrators_only(identity)
    level, text = request.query.get("level", ""), request.query.get("q", "")[:TEXT_MOST]
    if level and level not in LEVELS:
        raise InvalidInput({"level": f"One of: {', '.join(LEVELS)}."})
    start, limit = read_offset(request), read_limit(request)
    found = matching(request.app[OPERATIONS].problems.lines(), level=level, text=text)
    following = str(start + limit) if len(found) > start + limit else None
    items = [_line_json(line) for line in found[start : start + limit]]
    return json_answer({"items": items, "next_cursor": following, "total": len(found)})


async def backups(request: web.Request, identity: Identity) -> web.Response:
    administrators_only(identity)
    shelf = request.app[OPERATIONS].backups
    items = [_backup_json(file) for file in await shelf.files()]
    return json_answer({"items": items, "progress": _progress_json(shelf.progress)})


async def make_backup(request: web.Request, identity: Identity) -> web.Response:
    administrators_only(identity)
    wanted = await read_model(request, NewBackup)
    await request.app[OPERATIONS].backups.ask(images=wanted.pictures, by=actor_of(identity))
    return json_answer(_progress_json(request.app[OPERATIONS].backups.progress), status=202)


async def backup(request: web.Request, identity: Identity) -> web.StreamResponse:
    administrators_only(identity)
    name = request.match_info["name"]
    path = await request.app[OPERATIONS].backups.hand_out(name, by=actor_of(identity))
    headers = {
        hdrs.CONTENT_DISPOSITION: f'attachment; filename="isekai-{name}"',
        hdrs.CONTENT_TYPE: "application/octet-stream",
        hdrs.CACHE_CONTROL: "private, no-store",
    }
    return web.FileResponse(path, headers=headers)


async def remove_backup(request: web.Request, identity: Identity) -> web.Response:
    administrators_only(identity)
    await request.app[OPERATIONS].backups.remove(request.match_info["name"], by=actor_of(identity))
    return web.Response(status=204)


def _finding_json(finding: Finding) -> dict[str, Any]:
    return {
        "key": finding.key,
        "severity": finding.severity,
        "text": finding.sentence,
        "advice": finding.advice,
    }


def _line_json(line: ProblemLine) -> dict[str, Any]:
    return {
        "at": instant_json(line.at),
        "level": line.level,
        "logger": line.logger,
        "message": line.message,
        "facts": {name: str(value) for name, value in line.facts.items()},
        "trouble": line.trouble or None,
    }


def _job_json(job: JobFact) -> dict[str, Any]:
    return {
        "name": job.name,
        "last_success_at": instant_json(job.last_success),
        "last_error": job.last_error,
        "next_at": instant_json(job.next_run),
    }


def _backup_json(file: BackupFile) -> dict[str, Any]:
    return {
        "name": file.name,
        "kind": file.kind,
        "made_at": instant_json(file.made_at),
        "bytes": file.size,
        "encrypted": file.is_encrypted,
    }


def _progress_json(progress: Progress) -> dict[str, Any]:
    return {
        "running": progress.is_running,
        "pictures_done": progress.done,
        "pictures": progress.total,
        "problem": progress.problem or None,
        "name": progress.name or None,
    }


def schemas() -> dict[str, Any]:
    finding = thing(key=TEXT, severity=words(list(map(str, Severity))), text=TEXT, advice=TEXT)
    job = thing(name=TEXT, last_success_at=maybe(TIME), last_error=maybe(TEXT), next_at=maybe(TIME), overdue=YES)
    kinds = list(map(str, BackupKind))
    return {
        "InstanceHealth": thing(well=YES, findings=listed(finding), jobs=listed(job)),
        "LogLine": thing(
            at=TIME,
            level=words(list(LEVELS)),
            logger=TEXT,
            message=TEXT,
            facts={"type": "object", "additionalProperties": TEXT},
            trouble=maybe(TEXT),
        ),
        "Log": page_of("LogLine"),
        "Backup": thing(name=TEXT, kind=words(kinds), made_at=TIME, bytes=NUMBER, encrypted=YES),
        "BackupProgress": thing(
            running=YES, pictures_done=NUMBER, pictures=NUMBER, problem=maybe(TEXT), name=maybe(TEXT)
        ),
        "Backups": thing(items=listed(ref("Backup")), progress=ref("BackupProgress")),
    }
