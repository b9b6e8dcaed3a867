"""Keys, tokens and addresses that open something, in whatever they may stand in."""

import json
import string
from dataclasses import dataclass

from hypothesis import assume
from hypothesis import strategies as st

from core.posts.scrub import Scrubber, scrubbed
from data.redaction import Redactor

LETTERS = string.ascii_letters + string.digits
OURS = "the signing secret of this instance, known by its value"


@dataclass(frozen=True, slots=True)
class Hidden:
    """`secret` stands inside `text`; `mark` is the part of it that opens something."""

    text: str
    mark: str


def _body(least: int, most: int) -> st.SearchStrategy[str]:
    return st.text(LETTERS, min_size=least, max_size=most)


# Each as (what stands before it, the part that must go): every form that the product promises to know.
FORMS = st.one_of(
    _body(40, 40).map(lambda body: ("", f"isk_{body}")),
    _body(60, 68).map(lambda body: ("https://discord.com/api/webhooks/123456789/", body)),
    _body(24, 24).map(lambda body: ("Authorization: Bearer ", body)),
)
SCRUBBED_ONLY = st.one_of(
    _body(24, 24).map(lambda body: ("https://hooks.slack.com/services/", body)),
    _body(40, 40).map(lambda body: ("https://isekai.example/hook/", f"isk_{body}")),
    _body(20, 20).map(lambda body: (" ", f"sk-{body}")),
    _body(34, 34).map(lambda body: (" ", f"hf_{body}")),
    _body(36, 36).map(lambda body: (" ", f"ghp_{body}")),
    _body(35, 35).map(lambda body: (" ", f"AIza{body}")),
    _body(20, 20).map(lambda body: (" api_key=", body)),
    _body(12, 12).map(lambda body: ("https://mira:", body + "@")),
    st.tuples(_body(10, 20), _body(20, 40), _body(20, 40)).map(lambda p: (" ", f"eyJ{p[0]}.eyJ{p[1]}.{p[2]}")),
)
# Never letters or digits at the ends: what runs into a key cannot be told from it.
AROUND = st.text(max_size=30).map(lambda text: f"{text} ") | st.sampled_from(
    ["", "a b " * 6_000, "x" * 23_990 + "|", "|" * 23_980, "y/" * 11_990, '{"', "\n", "https://", "bearer ", "'"]
)


@st.composite
def hidden(draw: st.DrawFn) -> Hidden:
    before, mark = draw(FORMS | SCRUBBED_ONLY)
    around, behind = draw(AROUND), draw(AROUND)
    opens = mark.rstrip("@")
    assume(opens not in around and opens not in behind)
    return Hidden(f"{around}{before}{mark} {behind}", opens)


def check_scrubbed(given: Hidden) -> None:
    """As a text, inside JSON, and deep in what a program says."""
    as_json = json.dumps({"inputs": [{"text": given.text}]})
    cleaned = Scrubber().scrub({"parameters": given.text, "prompt": as_json})
    assert given.mark not in cleaned["parameters"]
    assert given.mark not in cleaned["prompt"]
    assert given.mark not in json.dumps(scrubbed({"notes": [given.text]}))


def check_redacted(given: Hidden) -> None:
    """What a line of the log may hold: our keys, webhooks, headers, and the secrets of the instance by value."""
    redactor = Redactor([OURS, given.mark])
    for text in (given.text, f"{given.text}{OURS}", repr(given.text), json.dumps({"body": given.text})):
        said = redactor.text(text)
        assert given.mark[:-4] not in said
        assert OURS[:-4] not in said
    assert given.mark not in str(redactor.fact("api_key", given.mark))
    assert given.mark not in str(redactor.fact("said", {"token": given.mark, "more": [given.text]}))
