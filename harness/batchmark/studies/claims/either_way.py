"""Medians over seeds of what has no worse side: a sharpness, a distance, a slope of either.

A training that diverged has the worst accuracy there is, but no sharpness and no distance. Called infinite, it would
confirm what is said of batch sizes that diverge. So it counts as lying on either side: it moves the interval's lower
end down and its upper end up, and can neither confirm nor refute.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from batchmark.analysis.intervals import median_interval
from batchmark.records import Estimate
from batchmark.studies.claims.claim import Line

Values = NDArray[np.float64]
"""One a seed; NaN: it diverged, or there is nothing to be told."""


def median_either_way(values: Values, *, level: float = 0.95) -> Estimate:
    """Return the median of the values that are there, with an interval that holds wherever the others lie.

    `n` counts all of them: those that are lost are in the interval.
    """
    is_lost = np.isnan(values)
    lowest = median_interval(np.where(is_lost, -np.inf, values), level=level)
    highest = median_interval(np.where(is_lost, np.inf, values), level=level)
    return Estimate(median_interval(values, level=level).value, lowest.low, highest.high, level, len(values))


def ratio_either_way(candidate: Values, reference: Values, *, level: float = 0.95) -> Estimate:
    """Return the median over seeds of candidate over reference, of values from 0."""
    # A ratio of nothing to nothing says nothing.
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(candidate) - np.log(reference)
    return as_factor(median_either_way(logs, level=level))


def as_factor(logs: Estimate) -> Estimate:
    """Return an estimate that is given as a natural logarithm, as a factor; its ends may be 0 or infinite."""
    with np.errstate(over="ignore"):
        low, high = (None if end is None else float(np.exp(end)) for end in (logs.low, logs.high))
        return Estimate(float(np.exp(logs.value)), low, high, logs.level, logs.n)


def slopes(places: Sequence[float], values: Sequence[Values]) -> Values:
    """Return by seed the least-squares slope of the values, one array a place; NaN where one of them is not finite."""
    x = np.asarray(places, float) - np.mean(places)
    with np.errstate(invalid="ignore"):
        found = x @ np.asarray(values, float) / (x @ x)
    return np.where(np.isfinite(found), found, np.nan)


def median_line(name: str, places: Sequence[float], values: Sequence[Values], *, is_logarithmic: bool = False) -> Line:
    """Return the median at each place, with its interval.

    Places that can't be drawn are left out: without a finite median or interval, or, on a logarithmic axis, one that
    is not above 0.
    """
    points = []
    for place, by_seed in zip(places, values, strict=True):
        found = median_either_way(by_seed)
        low, high = (math.nan if end is None else end for end in (found.low, found.high))
        if all(map(math.isfinite, (found.value, low, high))) and (low > 0 or not is_logarithmic):
            points.append((float(place), found.value, low, high))
    x, y, lows, highs = zip(*points, strict=True) if points else ((), (), (), ())
    return Line(name, x, y, lows, highs)
