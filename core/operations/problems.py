"""The last lines of the log that tell of a problem, as administrators look at them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

KEPT = 1000
LEVELS = ("warning", "error", "critical")


@dataclass(frozen=True, slots=True)
class ProblemLine:
    """One line, already without secrets. `facts`: what was written beside the message; `trouble`: a traceback."""

    at: datetime
    level: str  # one of LEVELS
    logger: str
    message: str
    facts: Mapping[str, object] = field(default_factory=dict)
    trouble: str = ""


class ProblemLog(Protocol):
    def lines(self) -> Sequence[ProblemLine]:
        """Newest first, `KEPT` at most."""
        ...


class NoProblemLog:
    """For commands: they tell the person at the terminal."""

    def lines(self) -> Sequence[ProblemLine]:
        return ()


def matching(lines: Sequence[ProblemLine], *, level: str = "", text: str = "") -> list[ProblemLine]:
    """Those of *level* or worse that have every word of *text* somewhere."""
    least = LEVELS.index(level) if level in LEVELS else 0
    words = text.casefold().split()
    return [
        line for line in lines if LEVELS.index(line.level) >= least and all(word in _said(line) for word in words)
    ]


def _said(line: ProblemLine) -> str:
    facts = " ".join(f"{name}={value}" for name, value in line.facts.items())
    return f"{line.level} {line.logger} {line.message} {facts} {line.trouble}".casefold()


def errors_since(lines: Sequence[ProblemLine], since: datetime) -> int:
    return sum(line.level != "warning" and line.at >= since for line in lines)
