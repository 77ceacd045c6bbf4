"""Everything that a training changes where Keras 3 has all variables itself, as on JAX and PyTorch.

They are the model's, its optimizer's and its metrics': one at module level can't be found.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchmark.training.examples import Examples
from batchmark.training.keras_versions import keras, optimizer_variables
from batchmark.training.state import Entry, Kind, TracedStep, Values


class KerasState:
    """The variables of a model, its optimizer and its metrics. Two models of one workload have theirs in one order."""

    def __init__(self, model: Any) -> None:
        """Find them; they exist."""
        groups: tuple[tuple[Kind, Iterable[Any]], ...] = (
            (Kind.METRIC, model.metrics_variables),
            (Kind.OPTIMIZER, optimizer_variables(model.optimizer)),
            (Kind.WEIGHT, model.variables),
        )
        found: dict[int, Entry] = {}
        for kind, variables in groups:
            for variable in variables:
                found.setdefault(id(variable), Entry(variable, str(variable.path), kind, is_shared=False))
        self.entries = tuple(found.values())
        self._model = model

    def read(self) -> Values:
        """Return every variable's value."""
        return tuple(value_of(entry.variable) for entry in self.entries)

    def trainable(self) -> Values:
        """Return the values of what the model trains."""
        return tuple(map(value_of, self._model.trainable_variables))

    def restore(self, values: Sequence[NDArray[Any]]) -> None:
        """Put `values` back, as `read` gave them."""
        for entry, value in zip(self.entries, values, strict=True):
            entry.variable.assign(value)


class KerasVariables:
    """A model's variables, where Keras 3 has all of them itself; a backend's own says how they come to exist."""

    def trace(self, model: Any, data: Examples, batch_size: int) -> TracedStep:
        """Make every variable that training on batches of `data` needs."""
        raise NotImplementedError

    def state(self, model: Any, data: Examples, batch_size: int) -> KerasState:
        """Return every variable that training on batches of `data`, or an evaluation, changes."""
        self.trace(model, data, batch_size)
        return KerasState(model)

    def weights(self, model: Any) -> tuple[NDArray[Any], ...]:
        """Return the model's own variables, what isn't trained among them."""
        return tuple(map(value_of, model.variables))

    def trained(self, model: Any) -> tuple[str | None, ...]:
        """Return, for each of what `weights` gives, the path of the variable if it is trained; None if it is not."""
        trained = set(map(id, model.trainable_variables))
        return tuple(str(each.path) if id(each) in trained else None for each in model.variables)

    def set_weights(self, model: Any, weights: Iterable[NDArray[Any]]) -> None:
        """Put them back, as `weights` gave them."""
        for variable, value in zip(model.variables, weights, strict=True):
            variable.assign(value)

    def value(self, variable: Any) -> NDArray[Any]:
        """Return what one of Keras' variables holds."""
        return value_of(variable)


def value_of(variable: Any) -> NDArray[Any]:
    """Return what a variable holds, as an array of its own: training may reuse the memory."""
    return np.array(keras.ops.convert_to_numpy(variable.value))
