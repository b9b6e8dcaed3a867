"""A little of everything that `benchmarks/fuzz.py` does for hours, the same each time."""

import pytest

from tests.support.fuzzing import TARGETS, attempt


@pytest.mark.filterwarnings("ignore:::PIL")
@pytest.mark.parametrize("name", TARGETS)
def test_whatever_comes_is_read_or_refused_by_name(name: str) -> None:
    target = TARGETS[name]

    attempt(target, examples=target.examples, number=1)
