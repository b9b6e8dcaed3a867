"""From facts to sentences: what is wrong with the instance, and what to do about it. Pure.

One list for every place that says it: the health page, `/status` in Discord, `isekai doctor`, and the alerts.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from core.letters import OutboxState
from core.operations.facts import AccountFact, Facts, JobFact, waiting

MEBIBYTE = 1024 * 1024
GIBIBYTE = 1024 * MEBIBYTE
# Below this the publisher has no room to work and pictures are refused (`data/images/local.py`).
DISK_NONE = 200 * MEBIBYTE
DISK_LOW_LEAST, DISK_LOW_MOST, DISK_LOW_SHARE = 500 * MEBIBYTE, 5 * GIBIBYTE, 0.05
SWEEP_OVERDUE = timedelta(minutes=3)
LATE = timedelta(minutes=15)
SKEW_MOST = timedelta(seconds=30)
TOKEN_SOON = timedelta(days=14)
BACKUP_OVERDUE = timedelta(days=2)
LAG_BAD_MS, LAG_WARN_MS = 1000.0, 250.0
ERRORS_MANY = 20  # in an hour
MAIL_SLOW = timedelta(minutes=15)
SETTLING = timedelta(minutes=5)  # after a start, before silence means anything
NAMED_MOST = 5


class Severity(StrEnum):
    BAD = "bad"  # nothing is published, or pictures may be lost
    WARN = "warn"  # it needs somebody soon
    NOTE = "note"  # worth knowing


@dataclass(frozen=True, slots=True)
class Finding:
    """`key` names what it is about, whoever it concerns: `account:7`.

    `alerts`: administrators are told, but for `told_already`, the person who hears of it otherwise.
    """

    key: str
    severity: Severity
    sentence: str
    advice: str = ""
    link_text: str = ""
    link: str = ""  # a path of ours
    alerts: bool = False
    told_already: int | None = None


def findings(facts: Facts) -> tuple[Finding, ...]:
    """What is not as it should be, the worst first; empty when all is well."""
    found = [finding for look in _LOOKS for finding in look(facts)]
    order = list(Severity)
    return tuple(sorted(found, key=lambda finding: order.index(finding.severity)))


def is_well(found: tuple[Finding, ...]) -> bool:
    return all(finding.severity is Severity.NOTE for finding in found)


# What holds everybody's works back. The rest is the administrators' business, and names other people's accounts.
_EVERYBODYS = frozenset({"database", "storage", "publisher", "restored", "circuit"})
_ASK = "Ask the administrator of this instance."


def concerning(found: Sequence[Finding], *, is_admin: bool) -> tuple[Finding, ...]:
    """What needs somebody, as one person is told it."""
    urgent = (finding for finding in found if finding.severity is not Severity.NOTE)
    if is_admin:
        return tuple(urgent)
    return tuple(
        Finding(finding.key, finding.severity, finding.sentence, _ASK)
        for finding in urgent
        if finding.key in _EVERYBODYS
    )


def span(length: timedelta) -> str:
    """40 seconds, 5 minutes, 3 hours, 2 days: as people say it."""
    seconds = max(0, round(length.total_seconds()))
    for unit, size in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        if seconds >= size * (2 if unit == "day" else 1):
            return _counted(seconds // size, unit)
    return _counted(seconds, "second")


def size(count: int) -> str:
    """850 MB, 3.2 GB."""
    return f"{count / GIBIBYTE:.1f} GB" if count >= GIBIBYTE else f"{count / MEBIBYTE:.0f} MB"


def _counted(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def _names(names: list[str]) -> str:
    shown = names[:NAMED_MOST]
    if len(names) > NAMED_MOST:
        return f"{', '.join(shown)} and {len(names) - NAMED_MOST} more"
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _database(facts: Facts) -> Iterator[Finding]:
    if facts.database_problem is not None:
        yield Finding(
            "database",
            Severity.BAD,
            f"The database cannot be written: {facts.database_problem}.",
            "Nothing is published or changed until it can. Look whether the disk is full, or another program holds"
            " the file.",
            alerts=True,
        )


def _storage(facts: Facts) -> Iterator[Finding]:
    if facts.storage_problem is not None:
        yield Finding(
            "storage",
            Severity.BAD,
            f"Pictures cannot be kept: {facts.storage_problem.rstrip('.')}.",
            "Uploads are refused until they can. On a disk: make room. In a bucket: check S3_ENDPOINT and its keys"
            " with “isekai doctor”.",
            alerts=True,
        )


def _disk(facts: Facts) -> Iterator[Finding]:
    room = facts.disk
    if room is None or room.free >= low_below(room.total):
        return
    yield Finding(
        "disk",
        Severity.BAD if room.free < DISK_NONE else Severity.WARN,
        f"The disk is nearly full: {size(room.free)} of {size(room.total)} are left.",
        "Make room, or keep fewer backups and originals. When nothing is left, nothing can be published.",
        "What is kept",
        "/admin/instance",
        alerts=True,
    )


def low_below(total: int) -> float:
    """Bytes: a twentieth of the disk, but at least half a gigabyte and at most five."""
    return min(max(DISK_LOW_LEAST, total * DISK_LOW_SHARE), DISK_LOW_MOST)


def _publisher(facts: Facts) -> Iterator[Finding]:
    state = facts.publisher
    if state is None:
        return
    if state.trouble is not None:
        sentence = f"The publisher waits, because it cannot write: {state.trouble}."
        advice = "It goes on by itself as soon as it can. Look at the disk first."
    elif not state.is_running:
        sentence, advice = "The publisher is not running: nothing is published.", _RESTART
    elif state.last_sweep is None or facts.now - state.last_sweep > SWEEP_OVERDUE:
        since = state.last_sweep or facts.started_at
        if facts.now - since <= SWEEP_OVERDUE:
            return
        sentence = f"The publisher has stopped: it has not looked for work for {span(facts.now - since)}."
        advice = _RESTART
    else:
        return
    yield Finding("publisher", Severity.BAD, sentence, advice, "Look at the log", "/admin/log", alerts=True)


_RESTART = "Restart Isekai: that is safe at any time. If it stops again, the log says why."


def _waiting(facts: Facts) -> Iterator[Finding]:
    """What holds publications back although the publisher works."""
    kept = facts.kept
    if kept is None:
        return
    if kept.restored:
        yield Finding(
            "restored",
            Severity.WARN,
            "Publishing waits, because the instance was restored from a backup.",
            "Look through what Isekai found in the galleries, then release it.",
            "Look and release",
            "/admin/backups",
        )
    blocked = kept.circuit_until is not None and kept.circuit_until > facts.now
    if blocked and kept.circuit_until is not None:
        yield Finding(
            "circuit",
            Severity.WARN,
            f"DeviantArt does not let us in at present. Isekai asks again in {span(kept.circuit_until - facts.now)}.",
            "It is down, or it blocks this address. If that comes back every day, ask less: raise"
            " RATE_LIMITER_BASE_DELAY_MS.",
        )
    yield from (_circuit(account, facts.now) for account in kept.accounts if _is_open(account, facts.now))
    since = waiting(kept.accounts, now=facts.now)
    if since is not None and facts.now - since > LATE and not kept.restored and not blocked:
        yield Finding(
            "late",
            Severity.WARN,
            f"A work that could go out has waited for {span(facts.now - since)}.",
            "Its history says why. If nothing moves, look at the publisher and the log.",
            "What is scheduled",
            "/scheduled",
        )
    paused = [account.username for account in kept.accounts if account.is_paused and not account.is_disabled]
    if paused:
        yield Finding(
            "paused",
            Severity.NOTE,
            f"Publishing is paused for {_names(paused)}.",
            "Whoever paused it resumes it with the button of the header, or /resume in Discord.",
        )


def _is_open(account: AccountFact, now: datetime) -> bool:
    return account.circuit_until is not None and account.circuit_until > now


def _circuit(account: AccountFact, now: datetime) -> Finding:
    wait = span(account.circuit_until - now) if account.circuit_until else ""
    return Finding(
        f"circuit:{account.account_id}",
        Severity.WARN,
        f"DeviantArt did not answer for {account.username} several times. Isekai tries again in {wait}.",
        "Nothing is lost and nothing goes out twice. Look whether DeviantArt and your line are up.",
    )


def _accounts(facts: Facts) -> Iterator[Finding]:
    for account in facts.kept.accounts if facts.kept is not None else ():
        if account.is_disabled:
            continue
        if account.needs_reconnect:
            yield Finding(
                f"account:{account.account_id}",
                Severity.WARN,
                f"{account.username} lost its connection to DeviantArt; its posts wait.",
                "Its artist connects it again in Settings.",
                "Open Settings",
                "/settings/accounts",
                alerts=True,
                told_already=account.user_id,
            )
        elif account.ends_at is not None and account.ends_at - facts.now <= TOKEN_SOON and not account.is_renewed:
            yield Finding(
                f"token:{account.account_id}",
                Severity.WARN,
                f"The connection of {account.username} ends in {span(account.ends_at - facts.now)},"
                " and renewing it does not work.",
                "Its artist connects it again in Settings.",
                "Open Settings",
                "/settings/accounts",
            )


def _clock(facts: Facts) -> Iterator[Finding]:
    reading = facts.clock
    if reading is None or reading.heard_at is None or abs(reading.offset) <= SKEW_MOST:
        return
    which = "behind" if reading.offset > timedelta(0) else "ahead of"
    yield Finding(
        "clock",
        Severity.WARN,
        f"This machine’s clock is {span(abs(reading.offset))} {which} DeviantArt’s: works go out at the wrong time.",
        "Switch time synchronisation on: “timedatectl set-ntp true” on most systems.",
        alerts=True,
    )


def _jobs(facts: Facts) -> Iterator[Finding]:
    for job in facts.jobs:
        if job.last_error is not None:
            yield Finding(
                f"job:{job.name}",
                Severity.WARN,
                f"The job “{job.name}” failed: {job.last_error.rstrip('.')}.",
                "It is tried again at its next run; the log has the details.",
                "Look at the log",
                "/admin/log",
            )
        elif is_overdue(job, facts):
            last = f"{span(facts.now - job.last_success)} ago" if job.last_success else "never since the start"
            yield Finding(
                f"job:{job.name}",
                Severity.WARN,
                f"The job “{job.name}” is overdue: it last ended {last}.",
                _RESTART,
                "Look at the log",
                "/admin/log",
            )


def is_overdue(job: JobFact, facts: Facts) -> bool:
    """Twice its interval and a few minutes without a success."""
    if job.every is None:
        return False
    return facts.now - (job.last_success or facts.started_at) > job.every * 2 + SETTLING


def _lag(facts: Facts) -> Iterator[Finding]:
    if facts.lag_ms is None or facts.lag_ms < LAG_WARN_MS:
        return
    yield Finding(
        "lag",
        Severity.BAD if facts.lag_ms >= LAG_BAD_MS else Severity.WARN,
        f"Isekai is slow to react: something it wanted to do at once began {facts.lag_ms:.0f} ms late.",
        "The machine has too much to do, or its disk is very slow: works may go out late. If it lasts, look at what"
        " else runs there.",
    )


def _backup(facts: Facts) -> Iterator[Finding]:
    if facts.backup is None or not facts.backup.is_expected or facts.kept is None:
        return
    since = facts.backup.newest or facts.kept.first_user_at
    if since is None or facts.now - since <= BACKUP_OVERDUE:
        return
    what = f"The last backup is {span(facts.now - since)} old." if facts.backup.newest else "There is no backup yet."
    yield Finding(
        "backup",
        Severity.WARN,
        what,
        "One is made every day by itself. Make one now; if that fails, it says why.",
        "Backups",
        "/admin/backups",
        alerts=True,
    )


def _clearing(facts: Facts) -> Iterator[Finding]:
    cleared = facts.kept.cleared if facts.kept is not None else None
    if cleared is not None and cleared.problem and not cleared.waits:
        yield Finding(
            "clearing",
            Severity.NOTE,
            f"Pictures that nothing needs are not removed: {cleared.problem.rstrip('.')}.",
            "Remove that backup if you no longer want it, or put back the key that it was sealed with.",
            "Backups",
            "/admin/backups",
        )


def _mail(facts: Facts) -> Iterator[Finding]:
    if not facts.mail_is_known:
        return
    if facts.mail is None:
        yield Finding(
            "mail",
            Severity.NOTE,
            "This instance sends no mail.",
            "Set SMTP_URL and EMAIL_FROM to be told when something needs you.",
        )
        return
    said = _mail_trouble(facts.mail, facts.now)
    if said:
        reason = f" The last reason: {facts.mail.problem}." if facts.mail.problem else ""
        yield Finding(
            "mail",
            Severity.WARN,
            said,
            f"Check SMTP_URL with the test letter in Settings.{reason}",
            "Send a test",
            "/settings/notices",
        )


def _mail_trouble(mail: OutboxState, now: datetime) -> str:
    if mail.failing_since is not None and now - mail.failing_since > MAIL_SLOW:
        return f"{_counted(mail.failing, 'letter')} could not be sent for {span(now - mail.failing_since)}."
    return f"{_counted(mail.given_up, 'letter')} of the last day could not be sent at all." if mail.given_up else ""


def _discord(facts: Facts) -> Iterator[Finding]:
    if facts.discord == "refused":
        yield Finding(
            "discord",
            Severity.WARN,
            "Discord refuses the bot’s token.",
            "Make a new one in Discord’s developer portal and set DISCORD_TOKEN. Publishing goes on meanwhile.",
        )
    elif facts.discord in ("away", "connecting", "not connected") and facts.now - facts.started_at > SETTLING:
        yield Finding(
            "discord",
            Severity.WARN,
            "Discord cannot be reached.",
            "Isekai goes on trying, and publishing goes on meanwhile. What was dropped is picked up afterwards.",
        )


def _errors(facts: Facts) -> Iterator[Finding]:
    if facts.errors_last_hour >= ERRORS_MANY:
        yield Finding(
            "errors",
            Severity.WARN,
            f"{facts.errors_last_hour} errors were logged in the last hour.",
            "The log says which. If you cannot make sense of them, report them with the lines around.",
            "Look at the log",
            "/admin/log?level=error",
            alerts=True,
        )


def _ears(facts: Facts) -> Iterator[Finding]:
    """An alert that nobody hears is none."""
    kept = facts.kept
    if kept is None or kept.first_user_at is None or not facts.mail_is_known:
        return
    hears = (facts.mail is not None and kept.admins_with_mail) or (facts.discord != "off" and kept.admins_on_discord)
    if not hears:
        yield Finding(
            "ears",
            Severity.NOTE,
            "No administrator would be told if something broke.",
            "Enter a mail address in Settings, or link Discord with /link.",
            "Open Settings",
            "/settings/notices",
        )


_LOOKS = (
    _database, _storage, _publisher, _disk, _waiting, _accounts, _clock, _backup, _clearing, _errors, _jobs, _lag,
    _mail, _discord, _ears,
)  # fmt: skip
