"""Everything that a training changes: the ``tf.Variable``s found, read, and put back."""

import weakref
from collections.abc import Iterable, Sequence
from typing import Any

import tensorflow as tf
from numpy.typing import NDArray

from batchmark.training.keras_versions import optimizer_variables
from batchmark.training.state import Entry, Kind, TracedStep, Values


class Kept:
    """Variables, and what they held at some time."""

    def __init__(self, variables: Iterable[Any]) -> None:
        """Keep what `variables` hold now."""
        self._values: dict[int, tuple[Any, NDArray[Any]]] = {}
        self.add(variables)

    def add(self, variables: Iterable[Any]) -> None:
        """Keep what those of `variables` hold now that aren't kept already."""
        for variable in variables:
            self._values.setdefault(id(variable.handle), (variable, variable.numpy()))

    def restore(self) -> None:
        """Let them hold it again."""
        for variable, value in self._values.values():
            variable.assign(value)


class TrainingState:
    """The variables of a model, its optimizer and its metrics, and every other one that its step reads or writes.

    Two models of one workload have theirs in the same order.
    """

    def __init__(self, model: Any, traced: TracedStep) -> None:
        """Find them; `traced` has the model's steps, so that all of them exist. Nothing of this model has trained yet.

        A variable that several models use, as one at module level, is given what it held before anything trained.
        """
        metrics = [variable for metric in model.metrics for variable in metric.variables]
        groups: tuple[tuple[Kind, bool, Iterable[Any]], ...] = (
            (Kind.METRIC, False, metrics),
            (Kind.OPTIMIZER, False, optimizer_variables(model.optimizer)),
            (Kind.WEIGHT, False, model.variables),
            (Kind.WEIGHT, True, traced.variables),
        )
        found: dict[int, Entry] = {}
        for kind, is_shared, variables in groups:
            for each in variables:
                variable = plain(each)
                if not hasattr(variable, "handle"):
                    # Keras 2 has vocabularies among its variables, which no training changes.
                    continue
                key = id(variable.handle)
                if key not in found:
                    found[key] = Entry(variable, str(getattr(each, "path", each.name)), kind, is_shared)
        self.entries = tuple(found.values())
        self._model = model
        _reset_shared(self.entries)

    def read(self) -> Values:
        """Return every variable's value."""
        return tuple(entry.variable.numpy() for entry in self.entries)

    def trainable(self) -> Values:
        """Return the values of what the model trains."""
        trainable = {id(plain(variable).handle) for variable in self._model.trainable_variables}
        return tuple(entry.variable.numpy() for entry in self.entries if id(entry.variable.handle) in trainable)

    def beside_weights(self, model: Any) -> list[Any]:
        """Return everything but the `model`'s own variables: those of its optimizer, its metrics, what it shares."""
        own = {id(variable.handle) for variable in variables_of(model)}
        return [entry.variable for entry in self.entries if id(entry.variable.handle) not in own]

    def restore(self, values: Sequence[NDArray[Any]]) -> None:
        """Put `values` back, as `read` gave them."""
        for entry, value in zip(self.entries, values, strict=True):
            entry.variable.assign(value)


# By handle: the variables that no model owns, and what they held when they were first seen, before any training.
_SHARED: dict[int, tuple[weakref.ref[Any], NDArray[Any]]] = {}


def _reset_shared(entries: Iterable[Entry]) -> None:
    """Give a variable that a model before this one used, as one at module level, its value from before all training."""
    for entry in entries:
        if not entry.is_shared:
            continue
        known = _SHARED.get(id(entry.variable.handle))
        variable = known[0]() if known else None
        if known and variable is not None and variable is entry.variable:
            variable.assign(known[1])
        else:
            _SHARED[id(entry.variable.handle)] = (weakref.ref(entry.variable), entry.variable.numpy())


def plain(variable: Any) -> Any:
    """Return the ``tf.Variable`` in a variable of Keras 3's, which is one of its own around it."""
    return variable if isinstance(variable, tf.Variable) else getattr(variable, "value", variable)


def variables_of(model: Any) -> list[Any]:
    """Return the model's own ``tf.Variable``s; Keras 2 has vocabularies beside them, which no training changes."""
    return [variable for variable in map(plain, model.variables) if hasattr(variable, "handle")]
