"""A workload's training data as loops take it: arrays in memory, or a pipeline made for a batch size."""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from batchmark.errors import WorkloadError
from batchmark.training.as_fit_gives import as_fit_gives
from batchmark.training.map_parts import Indices, length_of, map_parts, parts_of, take
from batchmark.training.traced_step import spec_of
from batchmark.workloads import Split


class InMemory:
    """Arrays of the same examples, and the same as tensors, which are made once for all batch sizes."""

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
        self._tensors: Any = None

    def tensors(self) -> Any:
        """Return everything as tensors, packed and shaped as ``fit`` hands it to ``train_step``."""
        if self._tensors is None:
            self._tensors = as_fit_gives(self.split)
        return self._tensors

    def spec(self, batch_size: int) -> Any:
        """Return what describes batches as ``train_step`` takes them, of any number of examples."""
        del batch_size
        return spec_of(self.tensors())

    def batch(self, indices: Any) -> Any:
        """Return the examples at `indices`, shape (batch,), as ``train_step`` takes them."""
        return tf.nest.map_structure(lambda tensor: tf.gather(tensor, indices), self.tensors())

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
    """A ``tf.data.Dataset`` for each batch size; each pass over one is an epoch."""

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

    def spec(self, batch_size: int) -> Any:
        """Return what the dataset says of its batches, which may differ in more than the number of examples."""
        return self.dataset(batch_size).element_spec


Examples = InMemory | Pipeline


def batch_length(batch: Any) -> int:
    """Return the number of examples in a batch."""
    first = tf.nest.flatten(batch)[0]
    return int(first.shape[0] if first.shape[0] is not None else first.nrows())
