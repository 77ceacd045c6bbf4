"""The gradient noise scale: about the batch size up to which larger batches save as many steps as they are larger.

Source: McCandlish et al. 2018, arXiv 1812.06162, section 2.2 and appendix A.1: B_simple = trΣ / |G|², from the squared
lengths of gradients at two batch sizes, averaged before they are divided; Fieller 1954, doi
10.1111/j.2517-6161.1954.tb00159.x, for the interval of such a ratio of means.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from batchmark.records import Estimate

Values = Sequence[float] | NDArray[np.float64]


def gradient_squared(
    small_squared: Values, large_squared: Values, *, small: int, large: int, examples: int | None = None
) -> NDArray[np.float64]:
    """Return estimates of |G|², the squared length of the whole gradient; unbiased, and so at times below 0.

    `examples`: of the set that batches are drawn from without replacement, whose whole gradient is meant: weights that
    were trained on it make it another than that of the distribution behind. Squared lengths are then smaller by trΣ
    over that number at both sizes, which is added again. None: independent examples.
    """
    _check(small, large)
    ours, theirs = np.asarray(large_squared), np.asarray(small_squared)
    found: NDArray[np.float64] = (large * ours - small * theirs) / (large - small)
    if examples is not None:
        found = found + trace(small_squared, large_squared, small=small, large=large) / examples
    return found


def trace(small_squared: Values, large_squared: Values, *, small: int, large: int) -> NDArray[np.float64]:
    """Return estimates of trΣ, the variance of one example's gradient summed over weights; at times below 0."""
    _check(small, large)
    found: NDArray[np.float64] = (np.asarray(small_squared) - np.asarray(large_squared)) / (1 / small - 1 / large)
    return found


def noise_scale(
    small_squared: Values,
    large_squared: Values,
    *,
    small: int,
    large: int,
    examples: int | None = None,
    level: float = 0.95,
) -> Estimate:
    """Return B_simple in examples, from the mean squared lengths of each seed's gradients at two batch sizes.

    `examples`: as `gradient_squared` has it. NaN leaves a seed out. No interval with fewer than 3 seeds, or where |G|²
    isn't told from 0: then the scale may be of any size. An interval's lower end is 0 at least.

    Raises ValueError: sizes that don't ascend from 1.
    """
    traces = trace(small_squared, large_squared, small=small, large=large)
    gradients = gradient_squared(small_squared, large_squared, small=small, large=large, examples=examples)
    known = np.isfinite(traces) & np.isfinite(gradients)
    traces, gradients = traces[known], gradients[known]
    n = int(known.sum())
    if n == 0 or gradients.mean() <= 0:
        return Estimate(math.nan, None, None, level, n)
    value = float(traces.mean() / gradients.mean())
    ends = _fieller(traces, gradients, level) if n > 2 else None  # noqa: PLR2004  two have hardly a spread
    if ends is None:
        return Estimate(value, None, None, level, n)
    return Estimate(value, max(0.0, ends[0]), ends[1], level, n)


def _fieller(above: NDArray[np.float64], below: NDArray[np.float64], level: float) -> tuple[float, float] | None:
    """Return the interval of the ratio of two paired means; None where the lower one isn't told from 0."""
    n = above.size
    reach = float(stdtrit(n - 1, (1 + level) / 2)) ** 2
    (of_above, both), (_, of_below) = np.cov(above, below) / n
    # The ratios r for which mean(above) - r mean(below) isn't told from 0.
    a = below.mean() ** 2 - reach * of_below
    b = above.mean() * below.mean() - reach * both
    c = above.mean() ** 2 - reach * of_above
    inside = b * b - a * c
    if a <= 0 or inside < 0:
        return None
    root = math.sqrt(inside)
    return float((b - root) / a), float((b + root) / a)


def _check(small: int, large: int) -> None:
    if not 1 <= small < large:
        message = f"batch sizes {small} and {large}; expected them to ascend from 1"
        raise ValueError(message)
