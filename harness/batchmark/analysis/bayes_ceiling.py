"""What no classifier of Gaussian blobs can do better than: the accuracy and cross-entropy of Bayes' rule.

Source: Devroye, Györfi, Lugosi 1996, A Probabilistic Theory of Pattern Recognition, doi 10.1007/978-1-4612-0711-5,
chapter 2. The integral is by a midpoint rule on a grid, whose error falls faster than any power for smooth densities;
the edges between classes leave it at about the square of the step.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

_REACH = 8.0
"""Standard deviations beyond the outermost centers."""
_STEP = 0.01
"""Of the grid, in standard deviations."""
_ROWS = 200


def bayes_ceiling(
    centers: Sequence[Sequence[float]] | NDArray[np.float64], standard_deviation: float
) -> tuple[float, float]:
    """Return the accuracy and the cross-entropy, in nats, of Bayes' rule for equally likely blobs in two dimensions.

    `centers`: shape (classes, 2); each blob is an isotropic Gaussian.

    Raises ValueError: centers of another shape, or a standard deviation that isn't above 0.
    """
    places = np.asarray(centers, np.float64)
    if places.ndim != 2 or places.shape[1] != 2 or not standard_deviation > 0:  # noqa: PLR2004  dimensions
        message = (
            f"centers of shape {places.shape}, standard deviation {standard_deviation}: expected (classes, 2), above 0"
        )
        raise ValueError(message)
    # In units of a standard deviation.
    places = places / standard_deviation
    axes = [
        np.arange(low - _REACH, high + _REACH, _STEP) for low, high in zip(places.min(0), places.max(0), strict=True)
    ]
    right = lost = 0.0
    for begin in range(0, axes[0].size, _ROWS):
        x, y = np.meshgrid(axes[0][begin : begin + _ROWS], axes[1], indexing="ij")
        joint = -0.5 * ((x[None] - places[:, 0, None, None]) ** 2 + (y[None] - places[:, 1, None, None]) ** 2)
        joint -= np.log(2 * np.pi * len(places))
        right += float(np.exp(joint.max(axis=0)).sum())
        lost += float((np.exp(joint) * (logsumexp(joint, axis=0)[None] - joint)).sum())
    return right * _STEP**2, lost * _STEP**2


def ceiling_on(
    centers: Sequence[Sequence[float]] | NDArray[np.float64],
    standard_deviation: float,
    points: NDArray[np.float64],
    labels: NDArray[np.int64],
) -> tuple[float, float]:
    """Return the accuracy and the cross-entropy, in nats, of Bayes' rule on given points with their labels.

    `points`: shape (n, 2); `labels`: shape (n,), indices of `centers`.
    """
    places = np.asarray(centers, np.float64)
    joint = -0.5 * ((points[:, None] - places[None]) ** 2).sum(axis=2) / standard_deviation**2
    log_posterior = joint - logsumexp(joint, axis=1, keepdims=True)
    rows = np.arange(len(points))
    return float((joint.argmax(axis=1) == labels).mean()), float(-log_posterior[rows, labels].mean())
