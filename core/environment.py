"""Reading typed values out of environment variables, and keeping every problem found on the way.

An `Environment` never raises: a value that cannot be read is reported in `problems` by the name of its variable and
replaced by the default, so that reading goes on and a person sees everything that is wrong at once. A variable that
is empty counts as unset, because that is how people leave a line of `.env` they do not need.
"""

import ipaddress
import math
from collections.abc import Callable, Mapping
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network
from urllib.parse import urlsplit

BOOLEANS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}

PREFIX = "ISEKAI_"


class Environment:
    """Variables of the process laid over those of a `.env` file."""

    def __init__(self, environ: Mapping[str, str], dotenv: Mapping[str, str]) -> None:
        self._environ = environ
        self._dotenv = dotenv
        self._values = {**dotenv, **environ}
        self.names: list[str] = []
        self.problems: list[str] = []
        self.warnings: list[str] = []

    def problem(self, name: str, what: str) -> None:
        self.problems.append(f"{name} {what}")

    def text(self, name: str) -> str | None:
        if name not in self.names:
            self.names.append(name)
        return self._values.get(name, "").strip() or None

    def flag(self, name: str, *, default: bool) -> bool:
        word = self.text(name)
        if word is None:
            return default
        if word.lower() not in BOOLEANS:
            self.problem(name, f"must be true, false, 1, 0, yes or no, not “{word}”.")
        return BOOLEANS.get(word.lower(), default)

    def integer(self, name: str, default: int, *, low: int, high: int) -> int:
        found = self.number(name, default, low=low, high=high)
        if found != int(found):
            self.problem(name, f"must be a whole number, not “{self.text(name)}”.")
        return int(found)

    def number(self, name: str, default: float, *, low: float, high: float) -> float:
        word = self.text(name)
        if word is None:
            return default
        try:
            found = float(word)
        except ValueError:
            found = math.nan
        if not low <= found <= high:  # also true for nan
            self.problem(name, f"must be a number from {low} to {high}, not “{word}”.")
            return default
        return found

    def seconds(self, name: str, default: float, *, low: float, high: float) -> timedelta:
        return timedelta(seconds=self.number(name, default, low=low, high=high))

    def milliseconds(self, name: str, default: float, *, low: float, high: float) -> timedelta:
        return timedelta(milliseconds=self.number(name, default, low=low, high=high))

    def choice(self, name: str, choices: tuple[str, ...]) -> str | None:
        """One of the lower-case words in `choices`, in any case; None when unset."""
        word = self.text(name)
        if word is None or word.lower() in choices:
            return word and word.lower()
        self.problem(name, f"must be one of {', '.join(choices)}, not “{word}”.")
        return None

    def url(self, name: str) -> str | None:
        """An http or https address without query and fragment, and without a slash at its end."""
        return self._checked(name, url_problem)

    def origin(self, name: str) -> str | None:
        """An http or https address that has no path either."""
        return self._checked(name, origin_problem)

    def origins(self, name: str) -> tuple[str, ...]:
        """A comma-separated list of origins; `*` stands for any."""
        origins = tuple(word.rstrip("/") for word in self.words(name))
        for origin in origins:
            if origin != "*" and (what := origin_problem(origin)):
                self.problem(name, f"{what}, not “{origin}”.")
        return origins

    def networks(self, name: str) -> tuple[IPv4Network | IPv6Network, ...]:
        """A comma-separated list of addresses and networks, such as 10.0.0.0/8."""
        networks = []
        for word in self.words(name):
            try:
                networks.append(ipaddress.ip_network(word, strict=False))
            except ValueError:
                self.problem(name, f"must list addresses such as 127.0.0.1 or 10.0.0.0/8, not “{word}”.")
        return tuple(networks)

    def words(self, name: str) -> tuple[str, ...]:
        return tuple(word.strip() for word in (self.text(name) or "").split(",") if word.strip())

    def all_or_none(self, *names: str, options: tuple[str, ...] = ()) -> bool:
        """Are all of `names` set? Some of them, or only their `options`, is a problem that names what is missing."""
        present = [name for name in (*names, *options) if self.text(name) is not None]
        missing = [name for name in names if name not in present]
        if present:
            for name in missing:
                self.problem(name, f"is missing, although {' and '.join(present)} is set.")
        return not missing

    def report_unknown(self) -> None:
        """Call after everything was read: what starts like ours and was never asked for is a slip of the pen.

        In `.env` it is a problem. In the environment it is a warning, for that may be shared with other programs.
        """
        for name in sorted(self._unknown(self._dotenv)):
            self.problem(name, f"in .env is not a setting{self._did_you_mean(name)}")
        for name in sorted(self._unknown(self._environ)):
            self.warnings.append(f"{name} in the environment is not a setting{self._did_you_mean(name)}")

    def _unknown(self, given: Mapping[str, str]) -> set[str]:
        return {name for name in given if name.startswith(PREFIX)} - set(self.names)

    def _did_you_mean(self, name: str) -> str:
        import difflib  # only when somebody mistyped

        close = difflib.get_close_matches(name, self.names, n=1)
        return f"; did you mean {close[0]}?" if close else "."

    def _checked(self, name: str, find_problem: Callable[[str], str | None]) -> str | None:
        word = self.text(name)
        if word is None:
            return None
        if what := find_problem(word):
            # An address with a user in it may hold a password, which is not repeated.
            self.problem(name, f"{what}." if "@" in word else f"{what}, not “{word}”.")
            return None
        return word.rstrip("/")


def url_problem(word: str) -> str | None:
    """Why `word` is not an address that can be called, as the end of a sentence; None when it is one."""
    try:
        parts = urlsplit(word)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or " " in word:
        return "must be an address such as https://example.org"
    if parts.query or parts.fragment or parts.username is not None:
        return "must be an address without a user, a query and a fragment"
    return None


def origin_problem(word: str) -> str | None:
    if what := url_problem(word):
        return what
    return None if urlsplit(word).path in ("", "/") else "must be an address without a path"
