"""What is seen of the weights alone: how far they have come, and projections of them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchmark.training.observing.landscape import Vector

_SEED = 20_171
"""Of the projections: the same for every training, so that those of two trainings can be compared."""


def distance(weights: Vector, initial: Vector) -> float:
    """Return the Euclidean distance from where the training began."""
    return float(np.linalg.norm(weights - initial))


def projections(count: int, dimensions: int) -> NDArray[np.float64]:
    """Return directions whose components are standard normal, shape (count, dimensions), always the same ones.

    Divided by nothing: of a vector of length r, a projection on one of them has mean 0 and variance r². So the mean
    over projections of the squared difference between two weight vectors' estimates their squared distance, with a
    relative standard error of sqrt(2 / count). A direction is the same whatever `count` is.

    Source: Johnson, Lindenstrauss, "Extensions of Lipschitz mappings into a Hilbert space", 1984,
    doi 10.1090/conm/026/737400.
    """
    rows: list[Any] = [np.random.default_rng((_SEED, row)).standard_normal(dimensions) for row in range(count)]
    return np.reshape(rows, (count, dimensions))
