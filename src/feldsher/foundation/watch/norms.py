"""Robust statistics in plain Python: a median and its deviation are not moved by a few wild days."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import exp, lgamma, log, log1p, sqrt
from statistics import median

SPREADS = 5.0
"""How many deviations above the median are beyond habit."""
MEDIANS = 3.0
_SIGMA = 1.4826
"""Makes a MAD comparable with a standard deviation where values are normal."""


@dataclass(frozen=True, slots=True)
class Norm:
    """A median and the median absolute deviation from it."""

    median: float = 0.0
    mad: float = 0.0

    @property
    def limit(self) -> float:
        """Return the largest value that is still habit: three times the median is, however even the days."""
        return max(self.median + SPREADS * _SIGMA * self.mad, MEDIANS * self.median)


NOTHING = Norm()
"""The norm of no values."""


def norm(values: Sequence[float]) -> Norm:
    if not values:
        return NOTHING
    middle = median(values)
    return Norm(middle, median(abs(value - middle) for value in values))


def unevenness(gaps: Sequence[float], *, of: int) -> Iterator[float]:
    """Yield the coefficient of variation of each run of `of` gaps: 0 for a machine, about 1 for a person."""
    sums = [0.0, *accumulate(gaps)]
    squares = [0.0, *accumulate(gap * gap for gap in gaps)]
    for last in range(of, len(gaps) + 1):
        mean = (sums[last] - sums[last - of]) / of
        variance = (squares[last] - squares[last - of]) / of - mean * mean
        yield sqrt(max(0.0, variance)) / mean if mean > 0 else 0.0


def chance(hits: int, *, of: int, rate: float) -> float:
    """Return the probability of at least `hits` among `of` draws, each a hit at `rate` (0 < rate < 1)."""
    fewer = sum(
        exp(lgamma(of + 1) - lgamma(n + 1) - lgamma(of - n + 1) + n * log(rate) + (of - n) * log1p(-rate))
        for n in range(min(hits, of + 1))
    )
    return max(0.0, 1 - fewer)
