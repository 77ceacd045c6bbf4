"""A workload's training data as loops take it: arrays in memory, or a pipeline made for a batch size."""

from collections.abc import Callable
from typing import Any

import numpy as np

from batchmark.errors import WorkloadError
from batchmark.training.backend import the_backend
from batchmark.training.map_parts import Indices, length_of, map_parts, parts_of, take
from batchmark.workloads import Split


class InMemory:
    """Arrays of the same examples, and the same as a train step takes them, made once for all batch sizes."""

    def __init__(self, split: Split) -> None:
        """Take `split`.

        Raises WorkloadError: no example, or arrays of different lengths.
        """
        self.split = split
        named = {"x": split.x, "y": split.y, "sample_weight": split.sample_weight}
        lengths = {name: {length_of(name, part) for part in parts_of(data)} for name, data in named.items()}
        if split.x is None:
            length_of("x", None)
        if not any(lengths["x"]):
            message = "the data set is empty"
            raise WorkloadError(message)
        if len(set.union(*lengths.values())) != 1:
            told = ", ".join(
                f"{name} has {' and '.join(map(str, sorted(found)))}" for name, found in lengths.items() if found
            )
            message = f"the data have different lengths: {told} examples"
            raise WorkloadError(message)
        (self.examples,) = lengths["x"]
        self._as_fit_gives: Any = None

    def as_fit_gives(self) -> Any:
        """Return everything in one batch, in the backend's arrays, packed and shaped as ``train_step`` takes it."""
        if self._as_fit_gives is None:
            self._as_fit_gives = the_backend().arrays.as_fit_gives(self.split)
        return self._as_fit_gives

    def keras_arguments(self, batch_size: int) -> dict[str, Any]:
        """Return what ``fit`` and ``evaluate`` take."""
        return {
            "x": self.split.x,
            "y": self.split.y,
            "sample_weight": self.split.sample_weight,
            "batch_size": batch_size,
        }

    def at(self, indices: Indices) -> "InMemory":
        """Return the examples at `indices`, in that order, in the user's own kinds of arrays and tables."""

        def taken(data: Any) -> Any:
            return map_parts(lambda part: take(part, indices), data)

        return InMemory(Split(taken(self.split.x), taken(self.split.y), taken(self.split.sample_weight)))

    def repeated(self, examples: int) -> "InMemory":
        """Return `examples` examples: these again and again."""
        return self.at(np.arange(examples) % self.examples)


class Pipeline:
    """A data set of the backend's kind, as a ``tf.data.Dataset``, for each batch size; a pass over one is an epoch."""

    def __init__(self, make_dataset: Callable[[int], Any], *, examples: int) -> None:
        """Take the user's function and how many examples its datasets hold."""
        self._make_dataset = make_dataset
        self.examples = examples

    def keras_arguments(self, batch_size: int) -> dict[str, Any]:
        """Return what ``fit`` and ``evaluate`` take."""
        return {"x": self.dataset(batch_size)}

    def dataset(self, batch_size: int) -> Any:
        """Return a new dataset of batches of `batch_size` examples, the last one perhaps smaller."""
        return self._make_dataset(batch_size)


Examples = InMemory | Pipeline
