"""What the soak calls a leak, and what it does not."""

import pytest

from benchmarks.trend import Bound, Sample, judged, slope, told


def samples(*values: float) -> list[Sample]:
    return [Sample(at, {"files": value}) for at, value in enumerate(values)]


def test_steady_growth_is_a_leak_and_the_sentence_names_it(capsys: pytest.CaptureFixture[str]) -> None:
    verdict = judged(samples(*range(20, 40)), Bound("files", 4))

    assert not told([verdict], "day")
    assert verdict.slope == 1
    assert "LEAKING: files" in capsys.readouterr().out


def test_what_is_taken_once_at_the_start_is_no_leak() -> None:
    assert judged(samples(5, 30, 60, *[61] * 9), Bound("files", 4)).growth == 0


@pytest.mark.parametrize("spike_at", [0, 6, 11])
def test_a_spike_anywhere_is_no_leak(spike_at: int) -> None:
    values = [20.0] * 12
    values[spike_at] = 500

    assert judged(samples(*values), Bound("files", 4)).is_flat


def test_a_figure_that_appears_late_counts_as_nothing_before() -> None:
    late = [Sample(at, {"rows": at * 10.0} if at > 3 else {}) for at in range(12)]

    assert judged(late, Bound("rows", 8)).growth > 60


def test_one_sample_has_no_slope() -> None:
    assert slope([(1.0, 5.0)]) == 0.0
