"""Where the next page of a list begins, as text that a caller carries back without looking into it."""

import base64
import json
from collections.abc import Sequence

from core.errors import InvalidInput
from core.written_json import read_json

Place = Sequence[int | str]
_LARGEST = 2**63 - 1


def packed(place: Place) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def unpacked(cursor: str, *kinds: type[int] | type[str]) -> tuple[int | str, ...]:
    """The values of a cursor that `packed` made of values of these *kinds*. Raises `InvalidInput` for any other."""
    try:
        place = read_json(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode())
    except ValueError:
        place = None
    if not isinstance(place, list) or [type(value) for value in place] != list(kinds):
        raise InvalidInput({"cursor": "This is not a cursor that a list gave out. Start again without it."})
    if any(isinstance(value, int) and abs(value) > _LARGEST for value in place):
        raise InvalidInput({"cursor": "This is not a cursor that a list gave out. Start again without it."})
    return tuple(place)
