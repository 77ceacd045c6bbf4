"""What two runs of the same thing differ by, as several stored runs of it tell."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

# Of what is measured: few runs whose noise has heavy tails (Student's t of 3) show too little of it, and t by itself
# then gives 9 % of false alarms where 5 % are promised.
_FOR_HEAVY_TAILS = 1.3
_FEWEST = 2


@dataclass(frozen=True)
class BetweenRuns:
    """What two runs of the same thing are taken to differ by."""

    spread: float
    """Standard deviation of the logarithm of their ratio."""
    runs: int | None = None
    """How many runs it was measured by; None: it is assumed, or was given by hand, and taken for known."""

    def reach(self, level: float) -> float:
        """Return half the width of an interval at `level` that is made of it alone, a logarithm.

        Known, it is normal. Measured by k runs, it is Student's t with k - 1 degrees of freedom, times 1.3, which holds
        where the noise has heavy tails.

        Source: Student 1908, doi 10.2307/2331554. Deviation: the factor, by simulation (tests/analysis).
        """
        if self.runs is None:
            return float(ndtri((1 + level) / 2)) * self.spread
        return _FOR_HEAVY_TAILS * float(stdtrit(self.runs - 1, (1 + level) / 2)) * self.spread


def spread_between_runs(logarithms: NDArray[np.float64]) -> float:
    """Return the standard deviation of the logarithm of two runs' ratio, from shape (runs, cells).

    Variances over runs are averaged over cells. That tells no more than one cell would of what a run's cells have in
    common, so the degrees of freedom are one less than the runs, however many cells there are. NaN below two runs.
    """
    if len(logarithms) < _FEWEST:
        return math.nan
    return math.sqrt(2 * float(np.mean(np.var(logarithms, axis=0, ddof=1))))
