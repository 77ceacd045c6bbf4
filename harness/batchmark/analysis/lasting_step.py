"""A series of runs in the order of time: how much they usually differ, and where their level changed for good.

A step is told only where it stands out from what the same series does without one; else nothing is said.

Note: asv's own step detection (asv.step_detect) is made for a reader who looks at each graph: it fits as many steps as
pay for themselves, and promises nothing on series without any. Here a false one is to be rare (tests/analysis).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FEWEST_RUNS = 5
"""On either side of a step: fewer could be one bad night."""
_WINDOW = 30
"""Runs on either side that a level is told by."""
_NEAR = 3
"""Places on either side of where a step stands out most, of which one is it."""
_SURE = 6.0
"""Standard errors that a step has to be: the largest of a series without one stays below."""
_NORMAL = 1.4826
"""A standard deviation over a median absolute deviation, where noise is normal."""
_MEDIAN = math.sqrt(math.pi / 2)
"""The standard error of a median over that of a mean, where noise is normal."""
_MOST_CORRELATED = 0.95


@dataclass(frozen=True)
class LastingStep:
    """Where a series changed its level."""

    at: int
    """The first value of the new level."""
    change: float
    """The new level minus the old one."""


def robust_spread(values: Sequence[float]) -> float:
    """Return the standard deviation about the median as the median absolute deviation tells it; NaN of nothing."""
    if not len(values):
        return math.nan
    own = np.asarray(values, float)
    return _NORMAL * float(np.median(np.abs(own - np.median(own))))


def largest_step(values: Sequence[float]) -> LastingStep | None:
    """Return the largest lasting step of `values`, in the order of time; None where none stands out.

    For each place the medians of up to 30 values before and after are held against their standard error, by the spread
    about them and by how neighbours go together; where values follow each other closely, a few are as good as one. The
    change has to be larger than what single values differ by, too.
    """
    own = np.asarray(values, float)
    best: LastingStep | None = None
    most = _SURE
    for at in range(FEWEST_RUNS, len(own) - FEWEST_RUNS + 1):
        before, after = own[max(0, at - _WINDOW) : at], own[at : at + _WINDOW]
        change = float(np.median(after) - np.median(before))
        rest = np.concatenate([before - np.median(before), after - np.median(after)])
        spread = max(_NORMAL * float(np.median(np.abs(rest))), float(np.mean(np.abs(rest))))
        error = spread * _MEDIAN * math.sqrt(1 / len(before) + 1 / len(after)) * _longer(rest)
        if abs(change) > most * error and abs(change) > spread:
            most = abs(change) / error if error else math.inf
            best = LastingStep(at, change)
    return best and LastingStep(_place(own, best.at), best.change)


def _place(own: NDArray[np.float64], about: int) -> int:
    """Return where a step near `about` is: where two levels leave the least of the values around it."""

    def left(at: int) -> float:
        sides = (own[max(0, about - _WINDOW) : at], own[at : about + _WINDOW])
        return sum(float(np.abs(side - np.median(side)).sum()) for side in sides)

    places = range(max(FEWEST_RUNS, about - _NEAR), min(len(own) - FEWEST_RUNS, about + _NEAR) + 1)
    return min(places, key=left)


def _longer(rest: NDArray[np.float64]) -> float:
    """Return how much larger an error is of values that go together with their neighbours.

    Source: Bayley and Hammersley 1946, doi 10.2307/2983560, of a first-order autoregression.
    """
    squares = float(rest @ rest)
    together = float(rest[:-1] @ rest[1:]) / squares if squares else 0.0
    correlation = min(max(together, 0.0), _MOST_CORRELATED)
    return math.sqrt((1 + correlation) / (1 - correlation))
