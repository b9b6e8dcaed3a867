"""A plan of posts as text, into rows: CSV, JSON, JSON lines, and the earlier system's export. Pure.

A row keeps the number of its line (CSV, JSON lines) or its place in the list (JSON), counted as people count.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.errors import InvalidInput
from core.posts.fields import DETAIL_NAMES
from core.written_json import read_json

ROWS_MOST = 50_000
CELL_MOST = 70_000
_WORDS = re.compile(r"[^a-z0-9]")

OWN_NAMES = (*DETAIL_NAMES, "notes", "account", "status", "at", "local", "time_zone", "jitter_seconds", "files", "id")
# What others call our fields, folded to letters and digits. The camelCase names are the earlier system's.
_ALIASES = {
    "scheduledat": "at", "scheduleat": "at", "publishat": "at", "actualpublishat": "at", "dueat": "at",
    "duelocal": "local", "timezone": "time_zone", "jitter": "jitter_seconds",
    "file": "files", "filename": "files", "originalfilename": "files", "image": "files", "images": "files",
    "galleryids": "galleries", "gallery": "galleries", "folders": "galleries", "mature": "is_mature",
    "ai": "is_ai_generated", "isai": "is_ai_generated", "matureclassifications": "mature_classification",
    "caption": "description", "postid": "id", "accountid": "account", "username": "account",
    "keywords": "tags", "stash": "stash_only",
}  # fmt: skip
_NAMES = {_WORDS.sub("", name): name for name in OWN_NAMES} | _ALIASES
# Facts of an export that say nothing about what should happen: left out without a word.
_QUIET = {
    "createdat", "updatedat", "publishedat", "deviationid", "deviationurl", "url", "userid", "version", "ready",
    "missing", "failure", "held", "stashitemid", "stashid", "executionlock", "errormessage", "retrycount",
    "uploadmode", "categorypath", "history", "source", "batch", "publications", "generation",
}  # fmt: skip
_CONTAINERS = ("posts", "items", "drafts", "scheduled", "deviations", "rows", "data")


@dataclass(frozen=True, slots=True)
class RawRow:
    """`values` by our field names; `ignored` are names that mean nothing here."""

    line: int
    values: Mapping[str, Any]
    ignored: tuple[str, ...] = ()
    error: str = ""
    files: tuple[str, ...] = field(default=())


def read_plan(text: str) -> Iterator[RawRow]:
    """Every row of a plan, the form told by its first character, one by one: a long plan is large.

    Raises `InvalidInput` when it is no plan, at the latest behind its last row.
    """
    stripped = text.lstrip("\ufeff \t\r\n")
    if not stripped:
        raise InvalidInput({"plan": "The plan is empty."})
    if stripped[0] == "[":
        rows = _from_json(stripped)
    elif stripped[0] == "{":
        rows = _from_json(stripped) if _is_one_document(stripped) else _from_lines(stripped)
    else:
        rows = _from_csv(text.lstrip("\ufeff"))
    number = 0
    for number, row in enumerate(rows, 1):
        if number > ROWS_MOST:
            raise InvalidInput({"plan": f"A plan has at most {ROWS_MOST:,} rows; split it."})
        yield row
    if not number:
        raise InvalidInput({"plan": "There is no row in it."})


def _is_one_document(text: str) -> bool:
    """JSON lines begin with an object as well, but that one ends with its line."""
    first, _, rest = text.partition("\n")
    if not rest.strip():
        return True
    try:
        read_json(first)
    except ValueError:
        return True
    return False


def _from_json(text: str) -> Iterator[RawRow]:
    try:
        document = read_json(text)
    except ValueError as error:
        raise InvalidInput({"plan": f"This is not JSON: {error}."}) from None
    return (_row(number, given) for number, given in enumerate(_listed(document), start=1))


def _listed(document: Any) -> list[Any]:
    if isinstance(document, list):
        return document
    lists = [document[name] for name in _CONTAINERS if isinstance(document.get(name), list)]
    if lists:
        return [row for rows in lists for row in rows]
    return [document]


def _from_lines(text: str) -> Iterator[RawRow]:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            yield _row(number, read_json(line))
        except ValueError:
            yield RawRow(number, {}, error="This line is not JSON.")


def _from_csv(text: str) -> Iterator[RawRow]:
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        names = [name.strip() for name in next(reader)]
        if not any(_folded(name) in _NAMES for name in names):
            known = ", ".join(OWN_NAMES[:3])
            raise InvalidInput({"plan": f"The first line must name the columns, such as {known}, at, files."})
        before = reader.line_num
        for cells in reader:
            number, before = before + 1, reader.line_num
            if any(cell.strip() for cell in cells):
                yield _csv_row(number, names, cells)
    except (csv.Error, StopIteration) as error:
        raise InvalidInput({"plan": f"Line {reader.line_num} cannot be read as CSV: {error}."}) from None


def _csv_row(line: int, names: list[str], cells: list[str]) -> RawRow:
    if len(cells) > len(names):
        return RawRow(
            line, {}, error=f"There are {len(cells)} cells but {len(names)} columns; quote cells with commas."
        )
    # An empty cell says nothing; it does not empty the field.
    return _row(line, {name: cell for name, cell in zip(names, cells, strict=False) if cell.strip()})


def _row(line: int, given: Any) -> RawRow:
    if not isinstance(given, dict):
        return RawRow(line, {}, error="This row is not an object.")
    values: dict[str, Any] = {}
    ignored: list[str] = []
    for name, value in given.items():
        folded = _folded(str(name))
        known = _NAMES.get(folded)
        if isinstance(value, str) and len(value) > CELL_MOST:
            return RawRow(line, {}, error=f"“{str(name)[:40]}” is too long.")
        if known is None:
            if folded not in _QUIET and value not in (None, "", [], {}):
                ignored.append(str(name)[:60])
        elif known == "at" and values.get("at") not in (None, ""):
            continue
        elif value is not None:
            values[known] = value
    files = _files(values.pop("files", None))
    return RawRow(line, values, tuple(ignored), files=files)


def _files(given: Any) -> tuple[str, ...]:
    """Names of files, from a cell (`a.png | b.png`), a list, or the objects of an export."""
    if isinstance(given, str):
        names = re.split(r"[|\n]", given)
    elif isinstance(given, list):
        names = [_file_name(one) for one in given]
    else:
        return ()
    return tuple(name.strip() for name in names if name.strip())


def _file_name(given: Any) -> str:
    if isinstance(given, dict):
        return next((str(given[n]) for n in ("path", "filename", "originalFilename", "name") if given.get(n)), "")
    return str(given)


def _folded(name: str) -> str:
    return _WORDS.sub("", name.strip().lower())
