"""How the gradient noise scale follows the loss along trainings.

Source: McCandlish et al. 2018, arXiv 1812.06162, appendix A.1 (squared lengths are averaged before they are divided);
Tukey 1958 and Miller 1974, doi 10.1093/biomet/61.1.1 (the jackknife: what leaving each seed out makes of the whole).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from batchmark.analysis.intervals import mean_interval
from batchmark.records import Estimate

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Noise:
    """What was seen along trainings, shape (seeds, looks); NaN: not looked at, or diverged."""

    small: int
    large: int
    small_squared: Values
    large_squared: Values
    """Mean squared lengths of the gradients of batches of the two sizes."""
    loss: Values
    examples: int
    """Of the training set, which batches are drawn from without replacement."""

    def scale(self, seeds: Sequence[int] | NDArray[np.int64]) -> Values:
        """Return trΣ/|G|² by look, over these seeds; NaN where either isn't above 0."""
        small, large = self.small_squared[seeds].mean(axis=0), self.large_squared[seeds].mean(axis=0)
        gradient = (self.large * large - self.small * small) / (self.large - self.small)
        trace = (small - large) / (1 / self.small - 1 / self.large)
        # See `batchmark.analysis.noise_scale.gradient_squared`.
        gradient = gradient + trace / self.examples
        with np.errstate(divide="ignore", invalid="ignore"):
            found: Values = np.where((gradient > 0) & (trace > 0), trace / gradient, np.nan)
        return found

    def slope(self, seeds: Sequence[int] | NDArray[np.int64]) -> float:
        """Return the least-squares slope over looks of the logarithm of the scale on that of the mean loss."""
        with np.errstate(invalid="ignore", divide="ignore"):
            x, y = np.log(self.loss[seeds].mean(axis=0)), np.log(self.scale(seeds))
        x = x - x.mean()
        return float(x @ y / (x @ x))


def jackknifed(statistic: Callable[[NDArray[np.int64]], float], seeds: int, *, level: float) -> Estimate:
    """Return `statistic` of all seeds, given as their indices, with Student's t interval over pseudo-values.

    No interval where the statistic isn't finite without one of the seeds: it hangs on that one.
    """
    every = np.arange(seeds)
    whole = statistic(every)
    without = np.array([statistic(np.delete(every, each)) for each in every])
    if seeds < 2 or not np.isfinite([whole, *without]).all():  # noqa: PLR2004  one has no spread
        return Estimate(whole, None, None, level, seeds)
    found = mean_interval(seeds * whole - (seeds - 1) * without, level=level)
    return Estimate(whole, found.low, found.high, level, seeds)
