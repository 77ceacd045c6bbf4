"""One training along the stretches of a course: by a compiled loop, or by a call of ``fit`` for each stretch."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchmark.training.evaluation import Evaluate
from batchmark.training.examples import InMemory
from batchmark.training.keras_versions import optimizer_variables
from batchmark.training.single import means_of
from batchmark.training.stacking import EpochMeans
from batchmark.workloads.quality import Quality

TrainOn = Callable[[NDArray[np.int32], int], Mapping[str, float]]
"""Trains on the examples in an order, by batches of a size, and returns what is logged."""


class ByStretches:
    """A model that is trained on: the optimizer's state goes on from stretch to stretch."""

    def __init__(self, model: Any, quality: Quality, evaluations: tuple[Evaluate, Evaluate], train_on: TrainOn) -> None:
        """Take a compiled model, whose weights are those that it begins with, what evaluates it, and what trains it."""
        self.model = model
        self._quality = quality
        self._validation, self._fresh = evaluations
        self._train_on = train_on

    def train_on(self, orders: NDArray[np.int32], batch_size: int) -> EpochMeans:
        """Train on the examples at `orders`, shape (1, examples), in that order; return running means, shape (2, 1)."""
        return means_of(self._train_on(orders[0], batch_size), self._quality)[:, None]

    def set_learning_rate(self, rate: float) -> None:
        """Go on at another learning rate."""
        self.model.optimizer.learning_rate = rate

    def validate(self) -> EpochMeans:
        """Evaluate on the workload's own test set, shape (2, 1)."""
        return self._validation()[:, None]

    def evaluate_fresh(self) -> EpochMeans:
        """Evaluate on the large fresh test set, shape (2, 1)."""
        return self._fresh()[:, None]

    def steps_done(self) -> int:
        """Return how many batches the optimizer has counted."""
        iterations = getattr(self.model.optimizer, "iterations", None)
        if iterations is None:
            iterations = optimizer_variables(self.model.optimizer)[0]
        return int(np.asarray(iterations))


def by_calls_of_fit(model: Any, train: InMemory) -> TrainOn:
    """Return what calls `model`'s ``fit`` for each stretch: what serves every model."""

    def train_on(order: NDArray[np.int32], batch_size: int) -> Mapping[str, float]:
        part = train.at(order)
        history = model.fit(**part.keras_arguments(batch_size), shuffle=False, epochs=1, verbose=0)
        return {name: values[-1] for name, values in history.history.items()}

    return train_on
