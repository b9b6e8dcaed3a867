"""Whether what should stay flat stays flat: the growth of a figure over a long run, fitted robustly. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median

# What imports, caches and allocators take once at the beginning is no leak.
WARM_UP = 0.25


@dataclass(frozen=True, slots=True)
class Sample:
    """Figures by name at one moment of the run, in whatever unit the run counts: days, minutes."""

    at: float
    figures: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Bound:
    """How much a figure may grow between the end of the warm-up and the end of the run, fitted."""

    name: str
    most: float


@dataclass(frozen=True, slots=True)
class Verdict:
    bound: Bound
    first: float
    last: float
    slope: float  # for one unit of time
    growth: float

    @property
    def is_flat(self) -> bool:
        return self.growth <= self.bound.most


def slope(points: Sequence[tuple[float, float]]) -> float:
    """The median of all slopes between two points (Theil and Sen): a spike now and then does not move it."""
    slopes = [(y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in combinations(points, 2) if x2 != x1]
    return median(slopes) if slopes else 0.0


def judged(samples: Sequence[Sample], bound: Bound) -> Verdict:
    """Of the samples after the warm-up; a figure that a sample lacks counts as nothing."""
    settled = samples[max(1, int(len(samples) * WARM_UP)) :]
    points = [(sample.at, sample.figures.get(bound.name, 0.0)) for sample in settled]
    steep = slope(points)
    lasted = points[-1][0] - points[0][0]
    return Verdict(bound, points[0][1], points[-1][1], steep, steep * lasted)


def told(verdicts: Sequence[Verdict], unit: str) -> bool:
    """Print a line for each and the sentence; whether everything stayed flat."""
    for verdict in verdicts:
        print(
            f"  {'flat' if verdict.is_flat else 'GROWS':<6}{verdict.bound.name:<28} {verdict.first:>12,.1f} →"
            f" {verdict.last:>12,.1f}  {verdict.slope:>+10.3f} a {unit}, {verdict.growth:>+9.1f} fitted"
            f" (at most {verdict.bound.most:g})"
        )
    growing = [verdict.bound.name for verdict in verdicts if not verdict.is_flat]
    print(f"LEAKING: {', '.join(growing)}" if growing else "nothing leaks: every figure is flat after the warm-up")
    return not growing
