"""Switches that make the imitation misbehave on purpose, each for the next few calls or with a probability.

    sandbox.faults.on("stash/publish").loses_the_answer()
    sandbox.faults.on("stash/*").answers(503).times(3)
    sandbox.faults.on("oauth2/token/refresh_token").loses_the_answer().with_probability(0.1, seed=7)
    sandbox.faults.on("stash/submit").for_user("mira").answers_blank().always()

The pattern is matched against the API path below `/api/v1/oauth2/`, as it was called and with ids replaced by
their names (`deviation/{deviationid}`), and against `oauth2/token` and `oauth2/token/<grant type>`.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

import orjson

from data.sandbox.answers import (
    BLOCK_PAGE,
    Refusal,
    error_body,
    invalid_token,
    publish_error,
    server_error,
    too_many_requests,
)

JSON = "application/json"


@dataclass(eq=False)
class Fault:
    """One armed fault. The methods that say what happens and how often all return it, in any order.

    `what` is close (no answer), answer (this one instead), hang (wait, then go on) or slow (dribble the body).
    `acts` says whether the request takes effect first. `remaining` None: until disarmed.
    """

    pattern: str
    what: str = ""
    acts: bool = False
    remaining: int | None = 1
    probability: float = 1.0
    user: str | None = None
    status: int = 200
    body: bytes = b""
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    name: str = ""
    fired: int = 0
    _random: random.Random = field(default_factory=lambda: random.Random(0), repr=False)

    # How often, for whom

    def times(self, count: int) -> "Fault":
        self.remaining = count
        return self

    def always(self) -> "Fault":
        self.remaining = None
        return self

    def with_probability(self, probability: float, *, seed: int = 0) -> "Fault":
        """Each matching call is hit with this probability, until disarmed (or `times` hits, if said after)."""
        self.probability = probability
        self._random = random.Random(seed)
        self.remaining = None
        return self

    def for_user(self, username: str) -> "Fault":
        self.user = username.lower()
        return self

    def after_acting(self) -> "Fault":
        """The request takes effect, then this happens."""
        self.acts = True
        return self

    # What

    def loses_the_answer(self) -> "Fault":
        """Acts, then closes the connection without a word."""
        return self._set("lose_answer", "close", acts=True)

    def drops_the_request(self) -> "Fault":
        """Closes the connection and does nothing."""
        return self._set("drop", "close")

    def answers(self, status: int, *, retry_after: int | None = None) -> "Fault":
        """A server error (500, 502, 503 …) instead of acting; with `after_acting()` as well as acting."""
        refusal = server_error(status)
        self._says(refusal, name=f"status_{status}")
        if status in (502, 504):
            self.body, self.content_type = BLOCK_PAGE.replace("403", str(status)).encode(), "text/html"
        if retry_after is not None:
            self.headers["Retry-After"] = str(retry_after)
        return self

    def acts_then_answers(self, status: int) -> "Fault":
        """The half-published 500: it happened, and the answer denies it."""
        return self.answers(status).after_acting()

    def answers_blank(self) -> "Fault":
        """Acts, then HTTP 200 with nothing but spaces."""
        self._set("blank", "answer", acts=True)
        self.status, self.body = 200, b" " * 19
        return self

    def answers_200_with_an_error(self) -> "Fault":
        """Does nothing and says so inside an HTTP 200."""
        body = error_body("server_error", "The upload could not be processed.")
        self._set("error_in_200", "answer")
        self.status, self.body = 200, orjson.dumps(body)
        return self

    def answers_slowly(self, seconds: float) -> "Fault":
        """Acts and answers, the body spread over *seconds*."""
        self.seconds = seconds
        return self._set("slow", "slow", acts=True)

    def blocks_with_html(self) -> "Fault":
        """The edge's 403 page instead of an answer."""
        self._set("html_403", "answer")
        self.status, self.body, self.content_type = 403, BLOCK_PAGE.encode(), "text/html"
        return self

    def limits(self, *, retry_after: int | None = None, application: bool = False) -> "Fault":
        """429, with `Retry-After` only if given; `application` names the other of the two errors."""
        self._says(too_many_requests(application=application), name="rate_limit")
        if retry_after is not None:
            self.headers["Retry-After"] = str(retry_after)
        return self

    def refuses_with_code(self, code: int) -> "Fault":
        """400 `invalid_request` with this `error_code` of publish."""
        return self._says(publish_error(code), name=f"error_code_{code}")

    def says_invalid_token(self) -> "Fault":
        """401 although the token is valid."""
        return self._says(invalid_token(), name="invalid_token")

    def hangs(self, seconds: float) -> "Fault":
        """Waits *seconds* of the sandbox's clock before going on (acts first with `after_acting()`)."""
        self.seconds = seconds
        return self._set("hang", "hang")

    def replaces(self, status: int, body: Mapping[str, Any] | bytes) -> "Fault":
        """Any answer at all, instead of acting."""
        self._set("replace", "answer")
        self.status, self.body = status, body if isinstance(body, bytes) else orjson.dumps(body)
        return self

    def _says(self, refusal: Refusal, *, name: str) -> "Fault":
        self._set(name, "answer")
        self.status, self.body = refusal.status, orjson.dumps(dict(refusal.body))
        return self

    def _set(self, name: str, what: str, *, acts: bool = False) -> "Fault":
        self.name, self.what, self.acts = name, what, acts
        return self

    # Matching

    def strikes(self, names: tuple[str, ...], username: str | None) -> bool:
        """Whether this fault hits the call known under *names*; a hit is used up."""
        if not self.what or self.remaining == 0:
            return False
        if self.user is not None and self.user != (username or "").lower():
            return False
        if not any(fnmatchcase(name, self.pattern) for name in names):
            return False
        if self.probability < 1 and self._random.random() >= self.probability:
            return False
        self.fired += 1
        if self.remaining is not None:
            self.remaining -= 1
        return True

    def facts(self) -> dict[str, Any]:
        return {
            "on": self.pattern,
            "do": self.name,
            "after_acting": self.acts,
            "remaining": self.remaining,
            "probability": self.probability,
            "user": self.user,
            "fired": self.fired,
        }


class Faults:
    """All armed faults; the first that matches a call wins."""

    def __init__(self) -> None:
        self.armed: list[Fault] = []

    def on(self, pattern: str) -> Fault:
        """Arm a fault for *pattern*; say on the result what happens. Once, unless told otherwise."""
        fault = Fault(pattern.strip("/").removeprefix("api/v1/oauth2/"))
        self.armed.append(fault)
        return fault

    def clear(self) -> None:
        self.armed.clear()

    def next_for(self, names: tuple[str, ...], username: str | None) -> Fault | None:
        for fault in self.armed:
            if fault.strikes(names, username):
                if fault.remaining == 0:
                    self.armed.remove(fault)
                return fault
        return None

    def arm(self, order: Mapping[str, Any]) -> Fault:
        """The same from JSON: `{"on": …, "do": …, "times"?, "probability"?, "seed"?, "user"?, …}`.

        Raises `ValueError` with a sentence when the order cannot be understood; nothing is armed then.
        """
        fault = Fault(str(order.get("on", "*")).strip("/").removeprefix("api/v1/oauth2/"))
        _apply(fault, order)
        if "probability" in order:
            fault.with_probability(float(order["probability"]), seed=int(order.get("seed", 0)))
        if "times" in order:
            fault.remaining = None if order["times"] is None else int(order["times"])
        if order.get("user"):
            fault.for_user(str(order["user"]))
        if "after_acting" in order:
            fault.acts = bool(order["after_acting"])
        self.armed.append(fault)
        return fault


def _apply(fault: Fault, order: Mapping[str, Any]) -> None:
    retry_after = int(order["retry_after"]) if order.get("retry_after") is not None else None
    match str(order.get("do", "")):
        case "lose_answer" | "lose_answer_after_acting":
            fault.loses_the_answer()
        case "drop" | "drop_before_acting":
            fault.drops_the_request()
        case "status":
            fault.answers(int(order.get("status", 500)), retry_after=retry_after)
        case "half_published":
            fault.acts_then_answers(500)
        case "blank":
            fault.answers_blank()
        case "error_in_200":
            fault.answers_200_with_an_error()
        case "slow":
            fault.answers_slowly(float(order.get("seconds", 5)))
        case "html_403":
            fault.blocks_with_html()
        case "rate_limit":
            fault.limits(retry_after=retry_after, application=bool(order.get("application", False)))
        case "error_code":
            code = int(order.get("code", 6))
            if not 0 <= code <= 9:
                raise ValueError("code must be between 0 and 9")
            fault.refuses_with_code(code)
        case "hang":
            fault.hangs(float(order.get("seconds", 30)))
        case "invalid_token":
            fault.says_invalid_token()
        case unknown:
            raise ValueError(f"unknown fault {unknown!r}; one of {', '.join(FAULT_NAMES)}")


FAULT_NAMES = (
    "lose_answer", "drop", "status", "half_published", "blank", "error_in_200", "slow", "html_403", "rate_limit",
    "error_code", "hang", "invalid_token",
)  # fmt: skip
