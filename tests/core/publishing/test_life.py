"""No sequence of verbs, faults, crashes and clock moves publishes twice, or after it was taken back."""

import os

import pytest
from hypothesis import HealthCheck, settings

from tests.support.life_machine import LifeMachine

# A process that dies closes no files; nor does its imitation here.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")

# `benchmarks/life.py` asks for many more.
EXAMPLES = int(os.environ.get("ISEKAI_LIFE_EXAMPLES", "12"))

TestLife = LifeMachine.TestCase
TestLife.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=EXAMPLES <= 12,
    database=None,
)
