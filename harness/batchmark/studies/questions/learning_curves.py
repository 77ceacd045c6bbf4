"""Learning curves over seeds: the median along trainings, and its interval, at each batch size."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from batchmark.analysis.intervals import median_interval
from batchmark.studies.claims.claim import Line

MOST_LOOKS = 60
"""Of a curve, on a logarithmic axis: what lies between hardly shows, and would be stored."""


def learning_curve(name: str, epochs: Sequence[float], values: NDArray[np.float64], *, level: float) -> Line:
    """Return the median of `values`, shape (seeds, looks), by epochs.

    Looks at which half of the seeds have diverged are left out: NaN, or infinite. An end of an interval that is
    infinite, and one of too few seeds, is NaN.
    """
    number = values.shape[1]
    looks = np.unique(np.geomspace(1, number, MOST_LOOKS).round().astype(int)) - 1 if number else ()
    found = [(float(epochs[look]), median_interval(values[:, look], level=level)) for look in looks]
    known = [(at, each) for at, each in found if math.isfinite(each.value)]
    return Line(
        name,
        tuple(at for at, _ in known),
        tuple(each.value for _, each in known),
        tuple(_finite(each.low) for _, each in known),
        tuple(_finite(each.high) for _, each in known),
    )


def _finite(end: float | None) -> float:
    return end if end is not None and math.isfinite(end) else math.nan
