"""A model's variables: made by building its step, read and written."""

from collections.abc import Iterable
from typing import Any

import torch

from batchmark.training.examples import Examples, InMemory
from batchmark.training.keras_state import KerasVariables
from batchmark.training.keras_versions import keras
from batchmark.training.state import TracedStep
from batchmark.training.torch.randomness import GENERATOR


class TorchVariables(KerasVariables):
    """What holds what a model learns."""

    def trace(self, model: Any, data: Examples, batch_size: int) -> TracedStep:
        """Build the model, its optimizer and its metrics for batches of `data`; nothing is trained.

        PyTorch traces nothing, so what a step logs isn't known, and that it draws only by the generators it has.
        """
        # Private, as Keras has no other way to make all of them without a step.
        model._symbolic_build(data_batch=_first_batch(data, batch_size))  # noqa: SLF001
        draws = any(GENERATOR in str(variable.path) for variable in model.variables)
        return TracedStep({}, (), frozenset({GENERATOR} if draws else ()))

    def are_finite(self, variables: Iterable[Any]) -> bool:
        """Whether every number in `variables` is finite, asked of the device that holds them."""
        floats = [each.value for each in variables if each.value.is_floating_point()]
        return not floats or bool(torch.stack([torch.isfinite(value).all() for value in floats]).all())


def _first_batch(data: Examples, batch_size: int) -> Any:
    if not isinstance(data, InMemory):
        return next(iter(data.dataset(batch_size)))
    return keras.tree.map_structure(lambda part: part[:batch_size], data.as_fit_gives())
