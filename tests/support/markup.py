"""A page as a browser reads it: which elements it has, and whether words that strangers wrote became any of them."""

import json
from html.parser import HTMLParser

# Ends whatever it may stand in, and begins an element with a handler.
MARK = "\"'--></script><xyzzy/onxyzzy=1>{{7*7}}"
_NEVER = {"xyzzy", "style", "base", "object", "embed", "iframe"}
_ADDRESSES = {"href", "src", "action", "formaction", "hx-get", "hx-post", "poster", "srcset"}
_SCHEMES = ("/", "#", "?", "http://", "https://", "mailto:", "data:image/")
_JSON = ("data-", "hx-headers", "hx-vals")


class _Reading(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.wrong: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _NEVER or (tag == "script" and not dict(attrs).get("src")):
            self.wrong.append(f"<{tag}>")
        for name, value in attrs:
            self._check(tag, name, value or "")

    def _check(self, tag: str, name: str, value: str) -> None:
        if name.startswith(("on", "hx-on")) or name in {"style", "srcdoc"}:
            self.wrong.append(f"<{tag} {name}>")
        if name in _ADDRESSES and value and not value.startswith(_SCHEMES):
            self.wrong.append(f"<{tag} {name}={value[:60]!r}>")
        if value[:1] in {"{", "["} and name.startswith(_JSON) and name != "data-copy":
            try:
                json.loads(value)
            except ValueError:
                self.wrong.append(f"<{tag} {name}>: no JSON")


def wrong_in(text: str) -> list[str]:
    """What no page of ours may hold: scripts and styles of its own, handlers, addresses that run, broken data."""
    return _Reading(text).wrong
