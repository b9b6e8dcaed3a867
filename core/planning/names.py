"""Names that people give: one line, without what no screen shows; pure."""

import re

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def one_line(text: str) -> str:
    return " ".join(_CONTROL.sub(" ", text).split())
