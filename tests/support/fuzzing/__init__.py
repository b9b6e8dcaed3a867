"""What is thrown at everything that reads what strangers wrote, and what must hold whatever comes.

A target is a way of making inputs and a check of one. The test suite tries some of each, the same every time
(`tests/test_fuzz.py`); `python -m benchmarks.fuzz` goes on for as long as it is told.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

from tests.support.fuzzing import answers, bodies, folders, growth, pictures, secrets, settings_files, texts

SHOWN = 600  # characters of an input that fails


@dataclass(frozen=True, slots=True)
class Target:
    """`examples`: how many the test suite tries. What is dear has fewer."""

    made: SearchStrategy[Any]
    check: Callable[[Any], None]
    examples: int = 40


TARGETS = {
    "pictures that were damaged": Target(pictures.broken_pictures(), pictures.check_everything_done, 60),
    "noise behind a familiar beginning": Target(pictures.noise(), pictures.check_everything_done, 60),
    "damaged pictures that pass the check": Target(pictures.broken_pictures(), pictures.check_what_passed, 40),
    "metadata in sound pictures": Target(pictures.pictures_with_texts(), pictures.check_stripped, 25),
    "a graph of a generator": Target(pictures.graphs(), pictures.check_interpreted, 40),
    "uploads in every shape": Target(bodies.uploads(), bodies.check_upload, 60),
    "bodies of the API": Target(bodies.json_bodies(), bodies.check_object, 60),
    "what is said beside an upload": Target(texts.json_values(), texts.check_said, 40),
    "settings files": Target(settings_files.files(), settings_files.check_file, 25),
    "natural times": Target(texts.times(), texts.check_when, 60),
    "plans": Target(texts.plans(), texts.check_plan, 60),
    "side-cars": Target(texts.sidecars(), texts.check_sidecar, 40),
    "messages in Discord": Target(texts.messages(), texts.check_message, 40),
    "descriptions": Target(texts.rich(), texts.check_description, 40),
    "the environment": Target(texts.environments(), texts.check_environment, 30),
    "addresses of webhooks": Target(texts.addresses(), texts.check_address, 80),
    "messages over a redirect": Target(texts.cookies(), texts.check_flash, 40),
    "feeds for calendars": Target(texts.words(), texts.check_feed, 30),
    "names in the watched folder": Target(folders.names(), folders.check_folder, 30),
    "answers of DeviantArt": Target(answers.answers(), answers.check_answer, 80),
    "secrets in what came with a picture": Target(secrets.hidden(), secrets.check_scrubbed, 80),
    "secrets in lines of the log": Target(secrets.hidden(), secrets.check_redacted, 60),
    "texts twice as long": Target(growth.repeated(), growth.check_growth, 8),
}


@dataclass(frozen=True, slots=True, repr=False)
class Made:
    """Shown short: what fails may be a hundred kilobytes."""

    value: Any

    def __repr__(self) -> str:
        said = repr(self.value)
        return said if len(said) < SHOWN else f"{said[:SHOWN]}… ({len(said)} characters)"


def attempt(target: Target, *, examples: int, number: int) -> None:
    """Try *examples* inputs; the same *number* makes the same ones. What fails is raised, as small as it gets."""
    seed(number)(_trial(target, examples))()


def as_bytes(target: Target) -> Callable[[bytes], object]:
    """The same trial for a fuzzer that deals in bytes: each decides what is made."""
    fuzz: Callable[[bytes], object] = _trial(target, 1).hypothesis.fuzz_one_input  # type: ignore[attr-defined]
    return fuzz


def _trial(target: Target, examples: int) -> Callable[[], None]:
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(made=target.made.map(Made))
    def try_one(made: Made) -> None:
        target.check(made.value)

    return try_one
