"""The last problem lines of the log, in memory for the page and in a small file for after a restart."""

import contextlib
import copy
import json
import logging
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from core.operations.problems import KEPT, LEVELS, ProblemLine
from data.logs import RedactingFilter, facts, trouble_of

TROUBLE_KEPT = 8000
MESSAGE_KEPT = 2000
FACT_KEPT = 500


class ProblemLog(logging.Handler):
    """A handler for the root logger, and what `core.operations.problems.ProblemLog` shows.

    The file grows to twice what is kept and is then written anew, so a flood of problems costs no disk. A full disk
    loses lines of the file alone.
    """

    def __init__(self, file: Path, redacting: RedactingFilter, *, kept: int = KEPT) -> None:
        super().__init__(logging.WARNING)
        self._path = file
        self._redacting = redacting
        self._kept = kept
        self._lines: deque[ProblemLine] = deque(maxlen=kept)
        self._written = 0
        self._file: IO[str] | None = None

    def open(self) -> None:
        """Take up what an earlier process left, and begin to listen."""
        self.read()
        self._rewrite()
        logging.root.addHandler(self)

    def read(self) -> None:
        """Only take up what lies in the file: for a command beside the process that writes it."""
        for text in _texts(self._path):
            if (line := _read(text)) is not None:
                self._lines.append(line)

    def close(self) -> None:
        logging.root.removeHandler(self)
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
            self._file = None
        super().close()

    def lines(self) -> Sequence[ProblemLine]:
        # A copy under the lock: other threads log too.
        with self.lock or contextlib.nullcontext():
            return tuple(reversed(self._lines))

    def emit(self, record: logging.LogRecord) -> None:
        # The record is other handlers' as well: secrets are taken out of a copy.
        record = copy.copy(record)
        self._redacting.filter(record)
        line = ProblemLine(
            at=datetime.fromtimestamp(record.created, UTC),
            level=_level(record.levelno),
            logger=record.name,
            message=record.getMessage()[:MESSAGE_KEPT],
            facts={name: _short(value) for name, value in facts(record).items()},
            trouble=trouble_of(record)[-TROUBLE_KEPT:],
        )
        self._lines.append(line)
        with contextlib.suppress(OSError, ValueError):
            self._write(line)

    def _write(self, line: ProblemLine) -> None:
        if self._file is None:
            return
        if self._written >= 2 * self._kept:
            self._rewrite()
            return
        self._file.write(_packed(line))
        self._file.flush()
        self._written += 1

    def _rewrite(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            fresh = self._path.with_name(self._path.name + ".new")
            fresh.write_text("".join(map(_packed, self._lines)), encoding="utf-8")
            fresh.chmod(0o600)
            fresh.replace(self._path)
            self._file = self._path.open("a", encoding="utf-8")
            self._written = len(self._lines)


def _level(number: int) -> str:
    if number >= logging.CRITICAL:
        return "critical"
    return "error" if number >= logging.ERROR else "warning"


def _short(value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= FACT_KEPT else f"{text[:FACT_KEPT]}…"


def _packed(line: ProblemLine) -> str:
    packed: dict[str, Any] = {
        "at": line.at.timestamp(),
        "level": line.level,
        "logger": line.logger,
        "message": line.message,
        "facts": dict(line.facts),
        "trouble": line.trouble,
    }
    return json.dumps(packed, ensure_ascii=False, default=str) + "\n"


def _texts(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def _read(text: str) -> ProblemLine | None:
    """None for a line that was cut off, or that is not ours."""
    try:
        said = json.loads(text)
        if said["level"] not in LEVELS or not isinstance(said["facts"], dict):
            return None
        at = datetime.fromtimestamp(float(said["at"]), UTC)
        return ProblemLine(
            at, said["level"], str(said["logger"]), str(said["message"]), said["facts"], str(said["trouble"])
        )
    except (ValueError, KeyError, TypeError, OverflowError):
        return None
