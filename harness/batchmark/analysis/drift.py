"""Does correcting for the machine's own speed help? Only then it is done.

A correction subtracts a reference's logarithm from a session's. It helps where it leaves less noise than there was;
where the reference follows something else than what slows the training, it adds noise.

Source: for the comparison of two correlated variances, Pitman 1939, doi 10.1093/biomet/31.1-2.9, and Morgan 1939,
doi 10.1093/biomet/31.1-2.13: they are equal where sum and difference are uncorrelated.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr

Matrix = NDArray[np.float64]

# Fewer sessions than this can't show it.
_FEWEST = 6


@dataclass(frozen=True)
class Drift:
    """What a reference says of a set of sessions."""

    kind: str
    standard_deviation: float
    """Of a session's noise, as a logarithm, without a correction."""
    corrected: float
    """The same with this reference's correction."""
    reference: float
    """Of the reference itself."""
    p_value: float
    """Of a correction that doesn't help leaving as little noise as this one did."""


def compare_corrections(residuals: Matrix, references: Mapping[str, Matrix]) -> tuple[Drift, ...]:
    """Return for each reference what its correction would do.

    `residuals` and each of `references`, shape (treatments, passes), hold what is left of a session's logarithm after
    treatment and pass, NaN where there was none.
    """
    return tuple(_drift(kind, residuals, reference) for kind, reference in references.items())


def chosen_correction(drifts: tuple[Drift, ...], *, level: float = 0.95) -> Drift | None:
    """Return the one that is shown to help most, or None: each has to stand a test, for as many as there are."""
    helpful = [drift for drift in drifts if drift.p_value < (1 - level) / len(drifts)]
    return min(helpful, key=lambda drift: drift.corrected, default=None)


def _drift(kind: str, residuals: Matrix, reference: Matrix) -> Drift:
    both = np.isfinite(residuals) & np.isfinite(reference)
    noise, follows = residuals[both], reference[both]
    left = noise - follows
    deviations = (_deviation(noise), _deviation(left), _deviation(follows))
    return Drift(kind, *deviations, p_value=_p_value(noise, left))


def _p_value(before: Matrix, after: Matrix) -> float:
    n = before.size
    total, gain = before + after, before - after
    if n < _FEWEST or np.ptp(total) == 0 or np.ptp(gain) == 0:
        return 1.0
    r = float(np.corrcoef(total, gain)[0, 1])
    if abs(r) >= 1:
        return 0.0 if r > 0 else 1.0
    t = r * math.sqrt((n - 2) / (1 - r * r))
    return 1 - float(stdtr(n - 2, t))


def _deviation(values: Matrix) -> float:
    return float(np.std(values, ddof=1)) if values.size > 1 else math.nan
