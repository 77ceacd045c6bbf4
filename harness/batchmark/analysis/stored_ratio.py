"""The ratio of two runs that were not measured together: what a run shows of its noise, and what it can't show.

The turns of a run share its process and its hour, so their scatter says nothing of the next run's. What two runs of
the same thing differ by has to be known from elsewhere, as the standard deviation of the logarithm of their ratio: it
enters each interval in quadrature with Welch's half-width, as `batchmark.analysis.stored_noise` has it.

Note: for an error that is Student's t plus a normal one that is an approximation; tests/studies/test_stored_promise.py
holds it against simulated runs.
"""

import math
from collections.abc import Sequence

import numpy as np

from batchmark.analysis.intervals import as_ratio, difference_interval
from batchmark.analysis.stored_noise import BetweenRuns
from batchmark.records import Estimate


def stored_ratio(
    candidate: Sequence[float], baseline: Sequence[float], *, between_runs: BetweenRuns, level: float
) -> Estimate:
    """Return the ratio of two runs' geometric means over turns, with its interval.

    Values are above 0, of any unit; `between_runs` is described above. Fewer than two turns on
    either side, or turns without any spread, give no interval.

    Raises ValueError: `level` is not between 0 and 1.
    """
    within = difference_interval(np.log(candidate), np.log(baseline), level=level)
    if within.low is None or within.high is None:
        return Estimate(math.exp(within.value), None, None, level, within.n)
    return _ratio(within.value, math.hypot((within.high - within.low) / 2, between_runs.reach(level)), level, within.n)


def single_ratio(candidate: float, baseline: float, *, between_runs: BetweenRuns, level: float) -> Estimate:
    """Return the ratio of what a run has one value of, with an interval that is made of `between_runs` alone.

    Values are above 0.
    """
    return _ratio(math.log(candidate / baseline), between_runs.reach(level), level, 1)


def _ratio(logarithm: float, reach: float, level: float, n: int) -> Estimate:
    return as_ratio(Estimate(logarithm, logarithm - reach, logarithm + reach, level, n))
