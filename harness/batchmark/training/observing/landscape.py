"""A model's loss as a function of the weights that it trains."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchmark.training.backend import the_backend
from batchmark.training.evaluation import EVALUATED_AT_ONCE
from batchmark.training.examples import InMemory
from batchmark.training.map_parts import Indices
from batchmark.training.observing.layers import Layer, layers_of

Vector = NDArray[np.float64]
"""What is trained, flat, in the order of the model's weights."""


class Landscape:
    """The loss of `batchmark.training.own_loss`, and its gradient, on batches of training examples."""

    def __init__(self, model: Any, data: InMemory) -> None:
        """Take a built model, whose own weights are overwritten, and the training examples."""
        self.examples = data.examples
        self._model = model
        self._data = data
        paths = the_backend().variables.trained(model)
        self._is_trained = [path is not None for path in paths]
        own = the_backend().variables.weights(model)
        shapes = [weight.shape for weight, path in zip(own, paths, strict=True) if path is not None]
        self.layers: tuple[Layer, ...] = layers_of([path for path in paths if path is not None], shapes)
        self._weights: Sequence[NDArray[Any]] = own

    def trained(self, weights: Sequence[NDArray[Any]]) -> Vector:
        """Return what is trained of `weights`, flat."""
        kept = (np.ravel(weight) for weight, is_trained in self._pairs(weights) if is_trained)
        return np.concatenate([np.zeros(0), *kept]).astype(np.float64)

    def stand_at(self, weights: Sequence[NDArray[Any]]) -> None:
        """Give the model all of its weights."""
        self._weights = weights
        the_backend().variables.set_weights(self._model, weights)

    def move_to(self, vector: Vector) -> None:
        """Give the model other values of what it trains; what it doesn't train stays."""
        moved, begin = [], 0
        for weight, is_trained in self._pairs(self._weights):
            if is_trained:
                values = vector[begin : begin + weight.size].reshape(weight.shape)
                moved.append(values.astype(weight.dtype))
                begin += weight.size
            else:
                moved.append(weight)
        the_backend().variables.set_weights(self._model, moved)

    def loss_and_gradient(self, indices: Indices) -> tuple[float, Vector]:
        """Return both on a batch, where the model stands."""
        loss, gradient = self._of_batch(indices)
        return loss, gradient.astype(np.float64)

    def training_loss(self) -> float:
        """Return the loss on all training examples, where the model stands: the mean over them."""
        begins = range(0, self.examples, EVALUATED_AT_ONCE)
        batches = [np.arange(begin, min(begin + EVALUATED_AT_ONCE, self.examples)) for begin in begins]
        return float(sum(len(batch) * self._of_batch(batch)[0] for batch in batches)) / self.examples

    @cached_property
    def _of_batch(self) -> Any:
        return the_backend().gradients(self._model, self._data)

    def _pairs(self, weights: Sequence[NDArray[Any]]) -> list[tuple[NDArray[Any], bool]]:
        return list(zip(weights, self._is_trained, strict=True))
