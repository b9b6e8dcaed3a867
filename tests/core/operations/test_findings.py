"""From facts to sentences."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.letters import OutboxState
from core.operations.clearing import Cleared
from core.operations.facts import AccountFact, BackupFact, ClockReading, DiskRoom, Facts, JobFact, Kept
from core.operations.findings import (
    GIBIBYTE,
    MEBIBYTE,
    Finding,
    Severity,
    concerning,
    findings,
    is_well,
    low_below,
    size,
    span,
)
from core.publishing.publisher import PublisherState
from tests.support.clock import NOON

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
MIRA = AccountFact(
    username="mira",
    account_id=7,
    user_id=1,
    needs_reconnect=False,
    is_paused=False,
    is_disabled=False,
    ends_at=NOON + 80 * DAY,
    is_renewed=True,
    circuit_until=None,
    waiting_since=None,
)
KEPT = Kept(accounts=(MIRA,), first_user_at=NOON - 30 * DAY, admins_with_mail=1)
WELL = Facts(
    now=NOON,
    started_at=NOON - DAY,
    kept=KEPT,
    publisher=PublisherState(is_running=True, last_sweep=NOON - 10 * timedelta(seconds=1), in_flight=0, trouble=None),
    disk=DiskRoom(free=20 * GIBIBYTE, total=40 * GIBIBYTE),
    jobs=(JobFact("cleanup", HOUR, NOON - HOUR, None, NOON + MINUTE),),
    lag_ms=2.0,
    clock=ClockReading(timedelta(seconds=1), NOON),
    backup=BackupFact(NOON - 20 * HOUR),
    mail=OutboxState(),
    discord="connected",
)


def the(facts: Facts) -> Finding:
    """The one finding."""
    (finding,) = findings(facts)
    return finding


def with_account(**facts: object) -> Facts:
    return replace(WELL, kept=replace(KEPT, accounts=(replace(MIRA, **facts),)))  # type: ignore[arg-type]


def test_nothing_is_said_when_all_is_well() -> None:
    assert findings(WELL) == ()
    assert is_well(findings(WELL))


STATE = WELL.publisher
assert STATE is not None
BROKEN = {
    "database": (replace(WELL, database_problem="disk is full"), "cannot be written: disk is full", "disk"),
    "storage": (replace(WELL, storage_problem="The bucket is gone."), "Pictures cannot be kept", "bucket"),
    "publisher": (replace(WELL, publisher=replace(STATE, is_running=False)), "not running", "Restart"),
    "disk": (replace(WELL, disk=DiskRoom(100 * MEBIBYTE, 10 * GIBIBYTE)), "100 MB of 10.0 GB", "Make room"),
    "clock": (replace(WELL, clock=ClockReading(90 * MINUTE, NOON)), "1 hour behind", "timedatectl"),
    "backup": (replace(WELL, backup=BackupFact(NOON - 3 * DAY)), "3 days old", "Make one now"),
    "errors": (replace(WELL, errors_last_hour=25), "25 errors", "log"),
    "account:7": (with_account(needs_reconnect=True), "mira lost its connection", "connects it again"),
}
QUIET = {
    "token:7": (with_account(ends_at=NOON + 3 * DAY, is_renewed=False), "ends in 3 days", "Settings"),
    "circuit": (replace(WELL, kept=replace(KEPT, circuit_until=NOON + 5 * MINUTE)), "in 5 minutes", "RATE_LIMITER"),
    "circuit:7": (with_account(circuit_until=NOON + 2 * MINUTE), "tries again in 2 minutes", "twice"),
    "late": (with_account(waiting_since=NOON - HOUR), "waited for 1 hour", "history"),
    "restored": (replace(WELL, kept=replace(KEPT, restored=True)), "restored from a backup", "release"),
    "paused": (with_account(is_paused=True), "paused for mira", "/resume"),
    "job:cleanup": (
        replace(WELL, jobs=(JobFact("cleanup", HOUR, NOON - 5 * HOUR, None, None),)),
        "overdue: it last ended 5 hours ago",
        "Restart",
    ),
    "lag": (replace(WELL, lag_ms=400.0), "400 ms", "too much to do"),
    "mail": (
        replace(
            WELL, mail=OutboxState(waiting=2, failing=2, failing_since=NOON - HOUR, problem="could not be reached")
        ),
        "2 letters could not be sent for 1 hour",
        "could not be reached",
    ),
    "discord": (replace(WELL, discord="refused"), "refuses the bot", "DISCORD_TOKEN"),
}


@pytest.mark.parametrize("key", BROKEN)
def test_what_breaks_is_said_with_what_to_do_and_told_to_administrators(key: str) -> None:
    facts, sentence, advice = BROKEN[key]

    finding = the(facts)

    assert finding.key == key
    assert sentence in finding.sentence
    assert advice in finding.advice
    assert finding.alerts
    assert finding.severity in {Severity.BAD, Severity.WARN}


@pytest.mark.parametrize("key", QUIET)
def test_what_can_wait_is_said_without_an_alert(key: str) -> None:
    facts, sentence, advice = QUIET[key]

    finding = the(facts)

    assert finding.key == key
    assert sentence in finding.sentence
    assert advice in finding.advice
    assert not finding.alerts


def test_the_worst_is_said_first() -> None:
    facts = replace(WELL, errors_last_hour=50, database_problem="is locked", mail=None, discord="off")

    assert [finding.key for finding in findings(facts)] == ["database", "errors", "mail", "ears"]


def test_a_note_alone_leaves_the_instance_well() -> None:
    assert is_well(findings(with_account(is_paused=True)))
    assert not is_well(findings(with_account(needs_reconnect=True)))


def test_silence_just_after_the_start_means_nothing() -> None:
    young = replace(
        WELL,
        started_at=NOON - MINUTE,
        publisher=PublisherState(is_running=True, last_sweep=None, in_flight=0, trouble=None),
        jobs=(JobFact("cleanup", HOUR, None, None, None),),
        discord="connecting",
    )

    assert findings(young) == ()
    assert the(replace(young, started_at=NOON - 10 * MINUTE, discord="off")).key == "publisher"


def test_work_that_something_holds_back_is_not_late() -> None:
    since = NOON - HOUR
    for facts in (
        with_account(waiting_since=since, is_paused=True),
        with_account(waiting_since=since, needs_reconnect=True),
        with_account(waiting_since=since, is_disabled=True),
        with_account(waiting_since=since, circuit_until=NOON + MINUTE),
    ):
        assert "late" not in {finding.key for finding in findings(facts)}


def test_a_renewing_token_and_an_account_nobody_uses_are_no_trouble() -> None:
    assert findings(with_account(ends_at=NOON + DAY)) == ()
    assert findings(with_account(needs_reconnect=True, is_disabled=True)) == ()


def test_who_lost_the_account_is_not_told_twice() -> None:
    assert the(with_account(needs_reconnect=True)).told_already == MIRA.user_id


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 seconds"),
        (1, "1 second"),
        (90, "1 minute"),
        (7200, "2 hours"),
        (90_000, "25 hours"),
        (172_800, "2 days"),
    ],
)
def test_lengths_are_said_as_people_say_them(seconds: int, said: str) -> None:
    assert span(timedelta(seconds=seconds)) == said


def test_how_little_room_is_little_depends_on_the_disk() -> None:
    assert low_below(2 * GIBIBYTE) == 500 * MEBIBYTE
    assert low_below(4000 * GIBIBYTE) == 5 * GIBIBYTE
    assert size(3 * GIBIBYTE) == "3.0 GB"


def test_members_are_told_what_holds_everybody_back_and_nothing_of_others() -> None:
    facts = replace(with_account(needs_reconnect=True), database_problem="is locked", mail=None)
    found = findings(facts)

    assert [finding.key for finding in concerning(found, is_admin=True)] == ["database", "account:7"]
    (told,) = concerning(found, is_admin=False)
    assert (told.key, told.advice) == ("database", "Ask the administrator of this instance.")


def test_a_backup_that_keeps_pictures_from_being_cleared_away_is_named() -> None:
    stopped = Cleared(at=0, problem="the backup “old.backup” cannot be opened")

    said = the(replace(WELL, kept=replace(KEPT, cleared=stopped)))

    assert (said.key, said.severity) == ("clearing", Severity.NOTE)
    assert "old.backup" in said.sentence
    assert findings(replace(WELL, kept=replace(KEPT, cleared=replace(stopped, waits=True)))) == ()
