"""Taking secrets out of text and facts before they are written anywhere.

Written for log lines, which may carry a URL, a header, an answer's body or an exception of any library. Patterns
find what looks like a secret; `Redactor` also knows the secrets of this instance by value.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from datetime import date
from enum import Enum

REDACTED = "[redacted]"
# Longer text is cut: no log line needs it, and matching stays fast whatever arrives.
LONGEST = 20_000

_NAMES = (
    "key|token|code|sig|signature|secret|password|passwd|csrf_token|code_verifier|access_token|refresh_token|"
    "id_token|client_secret|api_key|apikey|x-api-key|x-csrf-token|session|secret_access_key|"
    "x-amz-signature|x-amz-credential|x-amz-security-token"
)
# Not `code`: as a fact it is an error's code, while in a URL it is what a sign-in is exchanged for.
_SECRET_NAME = re.compile(
    rf"(?!code$)(?:{_NAMES}|authorization|proxy-authorization|cookie|set-cookie)s?", re.IGNORECASE
)

# What is kept of a match says what stood there; the order matters only for overlapping ones.
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\bisk_[\w-]+"), f"isk_{REDACTED}"),
    (re.compile(r"(?i)\b((?:authorization|cookie)['\"]?\s*[:=,]\s*)[^\r\n]+"), rf"\1{REDACTED}"),
    (re.compile(r"(?i)\b(bearer)\s+[\w.~+/=-]{8,}"), rf"\1 {REDACTED}"),
    (re.compile(r"\b(Basic)\s+[\w+/=-]{16,}"), rf"\1 {REDACTED}"),
    (re.compile(r"(?i)(/api/(?:v\d+/)?webhooks/\d+/)[\w-]+"), rf"\1{REDACTED}"),
    (re.compile(r"(/(?:hook|link)/)(?!\{\w+\})[^/?#\s'\"]+"), rf"\1{REDACTED}"),
    # name=value of a query or a form, "name": "value" of JSON, 'name': 'value' of Python
    (re.compile(rf"(?i)(?<![\w-])({_NAMES})=[^&\s'\"<>]+"), rf"\1={REDACTED}"),
    (re.compile(rf"(?i)(['\"])({_NAMES})\1(\s*[:,]\s*)(['\"]).*?\4"), rf"\1\2\1\3\4{REDACTED}\4"),
    (re.compile(r"(?i)\b([a-z][a-z0-9+.-]{1,20}://)[^/\s@'\"]+@"), rf"\1{REDACTED}@"),
    # a Discord bot token, wherever it stands
    (re.compile(r"\b[MNO][\w-]{22,27}\.[\w-]{6,7}\.[\w-]{27,}"), REDACTED),
)


class Redactor:
    """Replaces secrets by a mark. `secrets` are values to be found wherever they stand."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        # Short ones would match by chance; the longest first, because one may contain another.
        known = sorted({secret for secret in secrets if len(secret) >= 8}, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, known))) if known else None
        self._longest = max(map(len, known), default=0)

    def text(self, text: str) -> str:
        if len(text) > LONGEST:
            # Not through the middle of a secret: what would be left of it is known to nobody here.
            at = next((found.start() for found in self._found_in(text) if found.end() > LONGEST), LONGEST)
            at = min(at, LONGEST)
            text = f"{text[:at]}… ({len(text) - at} more)"
        # What cannot be encoded (half a surrogate pair out of broken input) must not break the line.
        text = text.encode("utf-8", "backslashreplace").decode()
        if self._known is not None:
            text = self._known.sub(REDACTED, text)
        for pattern, replacement in _PATTERNS:
            text = pattern.sub(replacement, text)
        return text

    def _found_in(self, text: str) -> Iterator[re.Match[str]]:
        return iter(()) if self._known is None else self._known.finditer(text, 0, LONGEST + self._longest)

    def fact(self, name: str, value: object) -> object:
        """`value` as plain JSON data without secrets; all of it is one when its name says so."""
        if value is not None and not isinstance(value, bool) and _SECRET_NAME.fullmatch(name):
            return REDACTED
        match value:
            case Enum():
                return self.fact(name, value.value)
            case None | bool() | int() | float():
                return value
            case bytes() | bytearray() | memoryview():
                return f"<{len(value)} bytes>"
            case str():
                return self.text(value)
            case date():
                return value.isoformat()
            case Mapping():
                return {str(key): self.fact(str(key), item) for key, item in value.items()}
            case Sequence() | Set():
                return [self.fact("", item) for item in value]
            case _:
                return self.text(str(value))
