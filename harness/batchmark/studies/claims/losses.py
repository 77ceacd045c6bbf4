"""Losses of the blobs at the end of trainings and along them, by seed, and what difference in them matters."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from batchmark.analysis.intervals import median_interval
from batchmark.analysis.paired import worst_if_diverged
from batchmark.studies.claims.claim import Line
from batchmark.trainings import Followed

MATTERS = 0.004
"""In nats: 1 % of the 0.40 that Bayes' rule loses on these blobs. By less no training is better than another."""
SAME = 0.01
"""In nats: curves that are less apart are the same. On 500 test examples a loss has a standard error of 0.027."""


def fresh_loss(followed: Followed) -> NDArray[np.float64]:
    """Return the loss at the end on fresh examples by seed; infinite for a training that diverged."""
    found = np.array(followed.fresh_loss, float)
    return worst_if_diverged(np.where(np.isfinite(found), found, np.nan), higher_is_better=False)


def validation_loss(followed: Followed) -> NDArray[np.float64]:
    """Return the validation loss, shape (seeds, looks); infinite from where a training diverged."""
    found = np.array(followed.validation_loss, float)
    return worst_if_diverged(np.where(np.isfinite(found), found, np.nan), higher_is_better=False)


def diverged(trainings: Sequence[Followed]) -> int:
    """Return how many trainings ended without a finite loss."""
    return sum(int(np.isinf(fresh_loss(each)).sum()) for each in trainings)


def median_line(name: str, places: Sequence[float], values: Sequence[NDArray[np.float64]]) -> Line:
    """Return the median over seeds at each place, with its interval; places without both, finite, are left out."""
    points = []
    for place, by_seed in zip(places, values, strict=True):
        found = median_interval(by_seed)
        ends = [end for end in (found.value, found.low, found.high) if end is not None and math.isfinite(end)]
        if len(ends) == len(("value", "low", "high")):
            points.append((float(place), *ends))
    x, y, low, high = zip(*points, strict=True) if points else ((), (), (), ())
    return Line(name, x, y, low, high)


def curve_of(name: str, followed: Followed, looks: Sequence[int] | None = None) -> Line:
    """Return the validation loss along trainings, by epochs' examples, at all looks or at these."""
    losses = validation_loss(followed)
    at = range(losses.shape[1]) if looks is None else looks
    return median_line(name, [followed.examples[look] for look in at], [losses[:, look] for look in at])
