"""What a file beside a picture says about it. Pure."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from core.errors import InvalidInput
from core.posts.beside import Beside
from core.posts.fields import DETAIL_NAMES
from core.programs.plan_rows import RawRow, read_plan
from core.written_json import read_json

SIDECARS = (".json", ".txt")
SIDECAR_MOST = 256 * 1024  # bytes
_TAG = re.compile(r"(?:^|\s)#([\w-]{1,100})")


def is_sidecar(name: str) -> bool:
    return name.lower().endswith(SIDECARS)


def find_beside(picture: str, names: Iterable[str]) -> str | None:
    """The one of *names* that describes *picture*: `fox.json`, `fox.png.json`, `fox.txt` or `fox.png.txt`."""
    there = {name.casefold(): name for name in names}
    stem = picture.rpartition(".")[0] or picture
    wanted = ((start + end).casefold() for end in SIDECARS for start in (stem, picture))
    return next((there[name] for name in wanted if name in there), None)


def read_beside(name: str, text: str) -> Beside:
    """What the file *name* says about its picture. Raises `InvalidInput` with a sentence under `sidecar`."""
    row = read_sidecar(name, text)
    if row.error:
        raise InvalidInput({"sidecar": row.error})
    values = row.values
    return Beside(
        fields={n: value for n, value in values.items() if n in DETAIL_NAMES and value not in ("", None)},
        notes=str(values.get("notes") or ""),
        wish=str(values.get("at") or values.get("local") or "") or None,
        metadata=_unknown(text, row) if row.ignored else None,
    )


def _unknown(text: str, row: RawRow) -> dict[str, Any]:
    """Prompt, seed and the like: kept with what the picture itself says about its making."""
    document = read_json(text.lstrip("\ufeff"))
    return {name: value for name, value in document.items() if str(name)[:60] in row.ignored}


def read_sidecar(name: str, text: str) -> RawRow:
    """`.json` is one row of a plan; `.txt` is a title, a description below it, and `#words` as tags.

    Raises `InvalidInput` with a sentence.
    """
    if name.lower().endswith(".json"):
        return _json(text)
    return RawRow(1, _text(text))


def _json(text: str) -> RawRow:
    try:
        document = read_json(text.lstrip("\ufeff"))
    except ValueError:
        raise InvalidInput({"sidecar": "The file beside the picture is not JSON."}) from None
    if not isinstance(document, dict):
        raise InvalidInput({"sidecar": "The file beside the picture must hold one JSON object."})
    return next(read_plan(json.dumps([document])))


def _text(text: str) -> Mapping[str, Any]:
    title, _, rest = text.lstrip("\ufeff").strip().partition("\n")
    tags = _TAG.findall(text)
    values: dict[str, Any] = {}
    if title := " ".join(_TAG.sub(" ", title).split()):
        values["title"] = title
    if description := _TAG.sub("", rest).strip():
        values["description"] = description
    if tags:
        values["tags"] = tags
    return values
