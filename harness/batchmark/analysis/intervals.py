"""Intervals for a median and for a mean, and what a family of them needs.

Source: for the median, the sign test inverted (Thompson 1936, doi 10.1214/aoms/1177732502); for several
intervals at once, Bonferroni (Dunn 1961, doi 10.1080/01621459.1961.10482090).
"""

import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, entr, stdtrit

from batchmark.records import Estimate

# A millionth to a million: with one degree of freedom, intervals reach further than a float can hold.
_LARGEST_LOGARITHM = math.log(1e6)

Values = Sequence[float] | NDArray[np.float64]


def median_interval(values: Values, *, level: float = 0.95) -> Estimate:
    """Return the median of `values` with the distribution-free interval of order statistics.

    The interval is the narrowest pair [k-th smallest, k-th largest] that covers the true median with
    a probability of at least `level`, whatever the distribution, as long as the values are independent.
    Below `units_needed(level)` values there is none. NaN stands for a missing unit: it is left out, and
    `n` counts the rest; with nothing left the value is NaN.

    Raises ValueError: `level` is not between 0 and 1.
    """
    _check_level(level)
    ordered = sorted(_present(values))
    n = len(ordered)
    if n == 0:
        return Estimate(math.nan, None, None, level, 0)
    value = ordered[n // 2] if n % 2 else ordered[n // 2 - 1] / 2 + ordered[n // 2] / 2
    rank = _rank(n, level)
    if rank == 0:
        return Estimate(value, None, None, level, n)
    return Estimate(value, ordered[rank - 1], ordered[n - rank], level, n)


def ratio_interval(log_ratios: Values, *, level: float = 0.95) -> Estimate:
    """Return the median of ratios that are given as natural logarithms, with its interval, as a ratio.

    NaN and too few values are treated as `median_interval` does.
    """
    return as_ratio(median_interval(log_ratios, level=level))


def as_ratio(logs: Estimate) -> Estimate:
    """Return an estimate that is given as a natural logarithm, as a ratio.

    An interval that reaches beyond a millionth or a million says nothing: there is none.
    """
    held = logs.low is not None and logs.high is not None and max(abs(logs.low), abs(logs.high)) < _LARGEST_LOGARITHM
    low, high = (math.exp(logs.low), math.exp(logs.high)) if held else (None, None)  # type: ignore[arg-type]  # held
    return Estimate(math.exp(logs.value), low, high, logs.level, logs.n)


def mean_interval(values: Values, *, level: float = 0.95) -> Estimate:
    """Return the mean of `values` with Student's t interval (standard deviation with n - 1).

    Fewer than two values, or an infinite one, give no interval. NaN stands for a missing unit: it is
    left out, and `n` counts the rest; with nothing left the value is NaN. Equal values give an interval
    without width.

    Raises ValueError: `level` is not between 0 and 1.
    """
    _check_level(level)
    present = list(_present(values))
    n = len(present)
    if n == 0:
        return Estimate(math.nan, None, None, level, 0)
    if not all(map(math.isfinite, present)):
        return Estimate(sum(present) / n, None, None, level, n)
    if n == 1:
        return Estimate(present[0], None, None, level, n)
    if min(present) == max(present):
        # Said apart: a computed mean of equal values can differ from them in the last digit.
        return Estimate(present[0], present[0], present[0], level, n)
    mean = math.fsum(present) / n
    standard_error = float(np.std(present, ddof=1)) / math.sqrt(n)
    reach = float(stdtrit(n - 1, (1 + level) / 2)) * standard_error
    return Estimate(mean, mean - reach, mean + reach, level, n)


def weighted_mean_interval(values: Values, weights: Values, *, level: float = 0.95) -> Estimate:
    """Return the weighted mean of `values` with an interval for weights that are about their precisions.

    The interval is Student's t over as many values as the weights are worth (`weighted_deviation`): equal weights make
    it that of `mean_interval`, and a value of hardly any weight is none. NaN among the values is left out, and `n`
    counts the rest, whatever their weights.

    Source: Hartung and Knapp 2001, doi 10.1002/sim.791 (the variance from what the values scatter by, not from what
    their weights say); Hill 1973, doi 10.2307/1934352 (the number of values, of order 1). Deviation: degrees of freedom
    are of the latter, which are fewer than theirs, as theirs promise too much where one value has hardly any weight.

    Note: tried (Σw)² / Σw² (Kish 1965) for the number of values; rejected because intervals of 95 % over 8 recorded
    restarts then miss the truth in 3 % and are 4 % wider.

    Raises ValueError: `level` is not between 0 and 1, or a weight of a value is not above 0.
    """
    _check_level(level)
    each = np.asarray(values, np.float64)
    present = np.isfinite(each)
    each, weight = each[present], np.asarray(weights, np.float64)[present]
    if not np.all(weight > 0):
        message = f"weights {weight}; expected them above 0"
        raise ValueError(message)
    if each.size < 2 or np.all(weight == weight[0]):  # noqa: PLR2004  two have a spread
        return mean_interval(each, level=level)
    mean, deviation, worth = weighted_deviation(each, weight)
    if not math.isfinite(deviation):
        return Estimate(mean, None, None, level, each.size)
    reach = float(stdtrit(worth - 1, (1 + level) / 2)) * deviation / math.sqrt(worth)
    return Estimate(mean, mean - reach, mean + reach, level, each.size)


def weighted_deviation(values: NDArray[np.float64], weights: NDArray[np.float64]) -> tuple[float, float, float]:
    """Return the weighted mean, the standard deviation, and as how many values the weights are worth.

    That is the exponential of the entropy of their shares: n where all are equal. Equal weights give the standard
    deviation with n - 1. At least two values, all finite, of weights above 0; where one has all the weight that a float
    can tell, the deviation is infinite.
    """
    share = weights / weights.sum()
    mean, worth = float(share @ values), math.exp(float(entr(share).sum()))
    square = float(share @ (values - mean) ** 2)
    return mean, math.sqrt(square / (1 - 1 / worth)) if worth > 1 else math.inf, worth


def difference_interval(candidate: Values, baseline: Values, *, level: float = 0.95) -> Estimate:
    """Return the candidate's mean minus the baseline's, of unpaired values, with Welch's interval.

    Fewer than two values on either side, or no spread at all, give no interval; `n` is the smaller side's.

    Source: Welch 1947, doi 10.1093/biomet/34.1-2.28, with Satterthwaite's degrees of freedom.

    Raises ValueError: `level` is not between 0 and 1.
    """
    _check_level(level)
    sides = [np.array(list(_present(values)), np.float64) for values in (candidate, baseline)]
    n = min(side.size for side in sides)
    if n == 0:
        return Estimate(math.nan, None, None, level, 0)
    difference = float(sides[0].mean() - sides[1].mean())
    if n == 1:
        return Estimate(difference, None, None, level, n)
    variances = [float(side.var(ddof=1)) / side.size for side in sides]
    total = sum(variances)
    if total == 0:
        return Estimate(difference, None, None, level, n)
    freedom = total**2 / sum(each**2 / (side.size - 1) for each, side in zip(variances, sides, strict=True))
    reach = float(stdtrit(freedom, (1 + level) / 2)) * math.sqrt(total)
    return Estimate(difference, difference - reach, difference + reach, level, n)


def units_needed(level: float) -> int:
    """Return the smallest number of values for which `median_interval` has an interval at `level`.

    Raises ValueError: `level` is not between 0 and 1.
    """
    _check_level(level)
    n = 1
    while _rank(n, level) == 0:
        n += 1
    return n


def simultaneous_level(level: float, family: int) -> float:
    """Return the level each of `family` intervals needs for all of them to hold together at `level`.

    Raises ValueError: `level` is not between 0 and 1, or `family` is below 1.
    """
    _check_level(level)
    if family < 1:
        message = f"a family of {family} intervals; expected at least 1"
        raise ValueError(message)
    return 1 - (1 - level) / family


def _rank(n: int, level: float) -> int:
    """Return the largest k whose [k-th smallest, k-th largest] of `n` covers the median at `level`, or 0."""
    ranks = np.arange(1, n // 2 + 1)
    # The true median lies below the k-th smallest if fewer than k of n fair coins fall on its side.
    coverage = 1 - 2 * bdtr(ranks - 1.0, n, 0.5)
    return int(np.count_nonzero(coverage >= level))


def _present(values: Iterable[float]) -> Iterable[float]:
    return (float(value) for value in values if not math.isnan(value))


def _check_level(level: float) -> None:
    if not 0 < level < 1:
        message = f"level {level} is not between 0 and 1"
        raise ValueError(message)
