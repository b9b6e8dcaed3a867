"""What the pages, calls and commands of administrators use, in one hand."""

from dataclasses import dataclass

from core.operations.alerts import Alerts
from core.operations.backups import Backups
from core.operations.check_up import CheckUp
from core.operations.instance_settings import InstanceBook
from core.operations.problems import ProblemLog


@dataclass(frozen=True, slots=True)
class Operations:
    check_up: CheckUp
    alerts: Alerts
    backups: Backups
    problems: ProblemLog
    book: InstanceBook
