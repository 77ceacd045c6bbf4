"""A workload's training data as loops take it: arrays in memory, or a pipeline made for a batch size."""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from batchmark.errors import WorkloadError
from batchmark.training.keras_versions import keras
from batchmark.workloads import Split


class InMemory:
    """Arrays of the same examples, and the same as tensors, which are made once for all batch sizes."""

    def __init__(self, split: Split) -> None:
        """Take `split`.

        Raises WorkloadError: no example, or arrays of different lengths.
        """
        self.split = split
        parts = {"x": split.x, "y": split.y, "sample_weight": split.sample_weight}
        lengths = {
            name: {_length(name, array) for array in tf.nest.flatten(part)}
            for name, part in parts.items()
            if part is not None or name == "x"
        }
        if not any(lengths["x"]):
            message = "the data set is empty"
            raise WorkloadError(message)
        if len(set.union(*lengths.values())) != 1:
            told = ", ".join(f"{name} has {' and '.join(map(str, sorted(found)))}" for name, found in lengths.items())
            message = f"the data have different lengths: {told} examples"
            raise WorkloadError(message)
        self.examples = len(split)
        self._tensors: Any = None

    def tensors(self) -> Any:
        """Return everything as tensors, packed as Keras hands it to ``train_step``."""
        if self._tensors is None:
            x, y, weight = (_tensors(part) for part in (self.split.x, self.split.y, self.split.sample_weight))
            if weight is not None and not tf.nest.is_nested(weight) and tf.nest.is_nested(y):
                # What fit does: one weight for an example, whichever output.
                weight = tf.nest.map_structure(lambda _: weight, y)
            self._tensors = keras.utils.pack_x_y_sample_weight(x, y, weight)
        return self._tensors

    def batch(self, indices: Any) -> Any:
        """Return the examples at `indices`, shape (batch,), as ``train_step`` takes them."""
        return tf.nest.map_structure(lambda tensor: tf.gather(tensor, indices), self.tensors())

    def first(self, examples: int) -> Any:
        """Return the first `examples` examples, or as many as there are, as ``train_step`` takes them."""
        return tf.nest.map_structure(lambda tensor: tensor[:examples], self.tensors())

    def keras_arguments(self, batch_size: int) -> dict[str, Any]:
        """Return what ``fit`` and ``evaluate`` take."""
        return {
            "x": self.split.x,
            "y": self.split.y,
            "sample_weight": self.split.sample_weight,
            "batch_size": batch_size,
        }

    def repeated(self, examples: int) -> "InMemory":
        """Return `examples` examples: these again and again."""
        indices = np.arange(examples) % self.examples

        def again(part: Any) -> Any:
            return None if part is None else tf.nest.map_structure(lambda array: np.asarray(array)[indices], part)

        return InMemory(Split(again(self.split.x), again(self.split.y), again(self.split.sample_weight)))


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


Examples = InMemory | Pipeline


def first_batch(data: Examples, batch_size: int) -> Any:
    """Return a batch as ``train_step`` takes it."""
    if isinstance(data, InMemory):
        return data.first(batch_size)
    return next(iter(data.dataset(batch_size)))


def batch_length(batch: Any) -> int:
    """Return the number of examples in a batch."""
    return int(tf.nest.flatten(batch)[0].shape[0])


def _length(name: str, array: Any) -> int:
    try:
        return len(array)
    except TypeError as error:
        message = f"{name} is a {type(array).__name__}; expected an array whose first axis counts examples"
        raise WorkloadError(message) from error


def _tensors(part: Any) -> Any:
    return None if part is None else tf.nest.map_structure(_tensor, part)


def _tensor(array: Any) -> Any:
    """Return a tensor of the type that ``fit`` makes of `array`: every float becomes Keras' own."""
    tensor = tf.convert_to_tensor(array)
    return tf.cast(tensor, keras.backend.floatx()) if tensor.dtype.is_floating else tensor
