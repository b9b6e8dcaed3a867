"""What a file beside a picture says about it. Pure."""

import json
import re
from collections.abc import Mapping
from typing import Any

from core.errors import InvalidInput
from core.programs.plan_rows import RawRow, read_plan

_TAG = re.compile(r"(?:^|\s)#([\w-]{1,100})")


def read_sidecar(name: str, text: str) -> RawRow:
    """`.json` is one row of a plan; `.txt` is a title, a description below it, and `#words` as tags.

    Raises `InvalidInput` with a sentence.
    """
    if name.lower().endswith(".json"):
        return _json(text)
    return RawRow(1, _text(text))


def _json(text: str) -> RawRow:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidInput({"sidecar": "The file beside the picture is not JSON."}) from None
    if not isinstance(document, dict):
        raise InvalidInput({"sidecar": "The file beside the picture must hold one JSON object."})
    return read_plan(json.dumps([document]))[0]


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
