"""A model's variables: made by building its step, read and written."""

from collections.abc import Iterable
from typing import Any

import torch
from numpy.typing import NDArray

from batchmark.training.examples import Examples, InMemory
from batchmark.training.keras_state import KerasState, set_weights, value_of, weights_of
from batchmark.training.keras_versions import keras
from batchmark.training.state import TracedStep
from batchmark.training.torch.randomness import GENERATOR


class TorchVariables:
    """What holds what a model learns."""

    def trace(self, model: Any, data: Examples, batch_size: int) -> TracedStep:
        """Build the model, its optimizer and its metrics for batches of `data`; nothing is trained.

        PyTorch traces nothing, so what a step logs isn't known, and that it draws only by the generators it has.
        """
        # Private, as Keras has no other way to make all of them without a step.
        model._symbolic_build(data_batch=_first_batch(data, batch_size))  # noqa: SLF001
        draws = any(GENERATOR in str(variable.path) for variable in model.variables)
        return TracedStep({}, (), frozenset({GENERATOR} if draws else ()))

    def state(self, model: Any, data: Examples, batch_size: int) -> KerasState:
        """Return every variable that training on batches of `data`, or an evaluation, changes."""
        self.trace(model, data, batch_size)
        return KerasState(model)

    def weights(self, model: Any) -> tuple[NDArray[Any], ...]:
        """Return the model's own variables, what isn't trained among them."""
        return weights_of(model)

    def set_weights(self, model: Any, weights: Iterable[NDArray[Any]]) -> None:
        """Put them back, as `weights` gave them."""
        set_weights(model, weights)

    def value(self, variable: Any) -> NDArray[Any]:
        """Return what one of Keras' variables holds."""
        return value_of(variable)

    def are_finite(self, variables: Iterable[Any]) -> bool:
        """Whether every number in `variables` is finite, asked of the device that holds them."""
        floats = [each.value for each in variables if each.value.is_floating_point()]
        return not floats or bool(torch.stack([torch.isfinite(value).all() for value in floats]).all())


def _first_batch(data: Examples, batch_size: int) -> Any:
    if not isinstance(data, InMemory):
        return next(iter(data.dataset(batch_size)))
    return keras.tree.map_structure(lambda part: part[:batch_size], data.as_fit_gives())
