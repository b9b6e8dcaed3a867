"""Reads a Dockerfile and a .dockerignore, as far as ours use them, for the replay and for tests.

No heredocs, no build arguments, no `--mount`: what is not understood is an error, never skipped.
"""

import json
import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

KNOWN = frozenset(
    ("FROM", "RUN", "COPY", "ENV", "WORKDIR", "USER", "VOLUME", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "CMD", "LABEL")
)


class NotUnderstood(ValueError):
    """An instruction that this reader, and so the replay, knows nothing of."""


@dataclass(frozen=True, slots=True)
class Step:
    """One instruction. `text` is what stands after its name, continuation lines joined."""

    name: str
    text: str
    line: int

    @property
    def options(self) -> dict[str, str]:
        """`--from=build` and its like, before the arguments."""
        return dict(re.findall(r"(?:^|(?<=\s))--([a-z-]+)=(\S+)", self.text.split(" CMD ")[0]))

    @property
    def arguments(self) -> list[str]:
        """Words, or the elements of a JSON list; without options."""
        rest = re.sub(r"^(?:--[a-z-]+=\S+\s+)*", "", self.text)
        if rest.startswith("["):
            return [str(word) for word in json.loads(rest)]
        return shlex.split(rest)


@dataclass(slots=True)
class Stage:
    name: str
    base: str
    steps: list[Step] = field(default_factory=list)

    def last(self, name: str) -> Step | None:
        """The one that counts, where a later one replaces an earlier."""
        return next((step for step in reversed(self.steps) if step.name == name), None)

    def environment(self) -> dict[str, str]:
        """All `ENV` together, with `$NAME` of what was set before left as it stands."""
        return {key: value for step in self.steps if step.name == "ENV" for key, value in pairs(step)}


def read_dockerfile(text: str) -> list[Stage]:
    """Its stages in order. Raises `NotUnderstood`."""
    stages: list[Stage] = []
    for step in _steps(text):
        if step.name not in KNOWN or "<<" in step.text:
            raise NotUnderstood(f"line {step.line}: {step.name} {step.text}")
        if step.name == "FROM":
            words = step.text.split()
            stages.append(Stage(words[2] if len(words) == 3 else str(len(stages)), words[0]))
        elif not stages:
            raise NotUnderstood(f"line {step.line}: {step.name} before FROM")
        else:
            stages[-1].steps.append(step)
    return stages


def pairs(step: Step) -> Iterator[tuple[str, str]]:
    for word in step.arguments:
        name, _, value = word.partition("=")
        yield name, value


def command_of(step: Step) -> list[str]:
    """What `CMD`, `ENTRYPOINT` or a health check runs: a JSON list as it is, words by the shell."""
    text = step.text.split("CMD", 1)[1].strip() if step.name == "HEALTHCHECK" else step.text
    return [str(word) for word in json.loads(text)] if text.startswith("[") else ["/bin/sh", "-c", text]


def _steps(text: str) -> Iterator[Step]:
    joined, began = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        # A comment may stand between the lines of one instruction.
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        began = began or number
        joined += line.strip()
        if joined.endswith("\\"):
            joined = joined[:-1]
            continue
        name, _, rest = joined.partition(" ")
        yield Step(name.upper(), rest.strip(), began)
        joined, began = "", 0


def sent(root: Path, ignore: str, names: Iterable[str] | None = None) -> list[str]:
    """The files that a build is sent, by path below *root*; *names* instead of looking, for tests."""
    rules = [line.strip() for line in ignore.splitlines() if line.strip() and not line.startswith("#")]
    if names is None:
        names = (str(PurePosixPath(path.relative_to(root))) for path in _files(root))
    return sorted(name for name in names if not is_ignored(name, rules))


def is_ignored(name: str, rules: Iterable[str]) -> bool:
    """The last rule that matches the path, or a directory above it, decides."""
    path = PurePosixPath(name)
    lineage = [str(path), *(str(parent) for parent in path.parents if str(parent) != ".")]
    ignored = False
    for rule in rules:
        pattern = rule.removeprefix("!").strip("/")
        if any(_matches(part, pattern) for part in lineage):
            ignored = not rule.startswith("!")
    return ignored


def _matches(name: str, pattern: str) -> bool:
    parts, wanted = name.split("/"), pattern.split("/")
    if wanted[0] == "**":
        return any(_alike(parts[at:], wanted[1:]) for at in range(len(parts)))
    return _alike(parts, wanted)


def _alike(parts: list[str], wanted: list[str]) -> bool:
    return len(parts) == len(wanted) and all(map(fnmatchcase, parts, wanted))


def _files(root: Path) -> Iterator[Path]:
    # What is large and never sent is not walked.
    for entry in sorted(root.iterdir()):
        if entry.name in {".git", ".venv", "node_modules", "var"}:
            continue
        if entry.is_dir() and not entry.is_symlink():
            yield from (path for path in entry.rglob("*") if path.is_file())
        elif entry.is_file():
            yield entry
