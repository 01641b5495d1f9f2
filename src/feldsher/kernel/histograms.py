"""Durations in buckets of fixed bounds: what can be added up across processes, and still says percentiles."""

from bisect import bisect_left
from collections.abc import Sequence

BOUNDS_MS = (10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000)
"""Upper bounds in milliseconds, each included; one more bucket takes what is longer."""
BUCKETS = len(BOUNDS_MS) + 1


def bucket_of(milliseconds: float) -> int:
    """Return the place of the bucket that a duration falls into."""
    return bisect_left(BOUNDS_MS, milliseconds)


def percentile(buckets: Sequence[int], share: float) -> float | None:
    """Return below how many milliseconds that share (0 to 1) of the durations lies; None for no durations.

    Within a bucket durations are taken for evenly spread. Of what is longer than the last bound, only that
    bound is known.
    """
    rank = share * sum(buckets)
    if not sum(buckets):
        return None
    below = 0
    for place, count in enumerate(buckets):
        if count and below + count >= rank:
            least = BOUNDS_MS[place - 1] if place else 0
            most = BOUNDS_MS[min(place, len(BOUNDS_MS) - 1)]
            return least + (most - least) * max(rank - below, 0) / count
        below += count
    return float(BOUNDS_MS[-1])
