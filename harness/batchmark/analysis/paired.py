"""Effects over paired seeds: the same initial weights and orders on both sides, so that differences are by seed.

Values are arrays by seed; NaN is a training that diverged, which is the worst there is and keeps that rank: it is never
left out. Medians and their intervals are of order statistics, so an infinite value is one among others, and an interval
may reach to infinity.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from batchmark.analysis.intervals import median_interval
from batchmark.records import Estimate

Values = Sequence[float] | NDArray[np.float64]

_CANCELS = 1e-9


def worst_if_diverged(values: Values, *, higher_is_better: bool) -> NDArray[np.float64]:
    """Return `values` with what diverged as the worst: minus infinity, or plus infinity where lower is better."""
    given = np.asarray(values, np.float64)
    return np.where(np.isnan(given), -np.inf if higher_is_better else np.inf, given)


def difference(candidate: Values, reference: Values, *, level: float = 0.95) -> Estimate:
    """Return the median over seeds of candidate minus reference.

    A seed that diverged on both sides, infinity minus infinity, tells nothing of their difference: it is left out, and
    `n` counts the rest.

    Raises ValueError: the sides have different lengths.
    """
    ours, theirs = _paired(candidate, reference)
    with np.errstate(invalid="ignore"):
        return median_interval(ours - theirs, level=level)


def ratio(candidate: Values, reference: Values, *, level: float = 0.95) -> Estimate:
    """Return the median over seeds of candidate over reference, of values that are not below 0.

    An infinite value on one side gives a ratio of infinity or 0, which keeps its rank; of both, or of two zeros,
    nothing is known: the seed is left out, and `n` counts the rest.

    Raises ValueError: the sides have different lengths, or a value is below 0.
    """
    ours, theirs = _paired(candidate, reference)
    if np.any(ours < 0) or np.any(theirs < 0):
        message = f"values down to {min(np.nanmin(ours), np.nanmin(theirs))}; expected none below 0"
        raise ValueError(message)
    with np.errstate(invalid="ignore", divide="ignore"):
        logs = median_interval(np.log(ours) - np.log(theirs), level=level)
    # Not by `as_ratio`: an end at infinity is one.
    low, high = (None if end is None else _exp(end) for end in (logs.low, logs.high))
    return Estimate(_exp(logs.value), low, high, logs.level, logs.n)


def per_doubling(
    batch_sizes: Sequence[int],
    values_by_size: Sequence[Values],
    *,
    level: float = 0.95,
    higher_is_better: bool = True,
) -> Estimate:
    """Return the median over seeds of the least-squares slope of a value over log2 of the batch size.

    A training that diverged, NaN, counts as one that is worse than all others: a seed's slope is then what it comes to
    as that value goes to minus infinity, or to plus infinity where lower is better. So one that diverged at the larger
    sizes has an infinite slope, downward where higher is better. Where sizes on both sides of the middle cancel, as
    where all diverged, its slope isn't known: the seed is left out, and `n` counts the rest.

    Raises ValueError: fewer than two different sizes, or lengths that differ.
    """
    at = np.log2(np.asarray(batch_sizes, np.float64))
    values = np.array([worst_if_diverged(each, higher_is_better=higher_is_better) for each in values_by_size])
    if values.shape[0] != at.size or len(set(batch_sizes)) < 2:  # noqa: PLR2004  a line
        message = f"batch sizes {batch_sizes}, values of {values.shape[0]}: expected two or more, and values of each"
        raise ValueError(message)
    return median_interval([_slope(at - at.mean(), by_size) for by_size in values.T], level=level)


def _slope(centered: NDArray[np.float64], values: NDArray[np.float64]) -> float:
    infinite = np.isinf(values)
    if not infinite.any():
        return float(centered @ values / (centered**2).sum())
    lean = float(centered[infinite] @ np.sign(values[infinite]))
    return math.copysign(math.inf, lean) if abs(lean) > _CANCELS else math.nan


def _paired(candidate: Values, reference: Values) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    ours, theirs = np.asarray(candidate, np.float64), np.asarray(reference, np.float64)
    if ours.shape != theirs.shape:
        message = f"{ours.shape} values against {theirs.shape}; expected as many, paired by seed"
        raise ValueError(message)
    return ours, theirs


def _exp(value: float) -> float:
    try:
        return math.exp(value)
    except OverflowError:
        return math.inf
