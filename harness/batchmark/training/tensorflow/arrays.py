"""Data in memory: as tensors, in whatever order, and back."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from batchmark.training.data_order import Permutation
from batchmark.training.examples import InMemory
from batchmark.training.map_parts import Indices
from batchmark.training.tensorflow.batches import batch_at
from batchmark.training.tensorflow.recorder import TensorRecorder
from batchmark.workloads import Split


class TensorArrays:
    """Arrays as tensors."""

    def as_fit_gives(self, split: Split) -> Any:
        """Return all examples in one batch, as tensors packed and shaped as ``fit`` hands them to ``train_step``."""
        return TensorRecorder().given(split)

    def take(self, part: Any, indices: Indices) -> Any | None:
        """Return the examples of a tensor `part` at `indices`; None where it is no tensor."""
        if isinstance(part, tf.sparse.SparseTensor):
            rest = list(part.shape[1:])
            rows = [tf.sparse.slice(part, [int(i), *[0] * len(rest)], [1, *rest]) for i in indices]
            return tf.sparse.concat(0, rows)
        return tf.gather(part, np.asarray(indices)) if tf.is_tensor(part) else None

    def in_order(self, train: InMemory, batch_size: int, order: Callable[[], Permutation]) -> Any | None:
        """Return a dataset of `train`'s batches in the order that `order` gives when a pass begins; None if sparse."""
        if any(isinstance(part, tf.SparseTensor) for part in tf.nest.flatten(train.as_fit_gives())):
            return None

        def of_a_pass() -> Iterator[Permutation]:
            yield order()

        orders = tf.data.Dataset.from_generator(of_a_pass, output_signature=tf.TensorSpec((train.examples,), tf.int32))
        indices = orders.flat_map(tf.data.Dataset.from_tensor_slices).batch(batch_size)
        steps = -(-train.examples // batch_size)
        return indices.map(partial(batch_at, train)).apply(tf.data.experimental.assert_cardinality(steps))

    def plain(self, inputs: Any) -> list[NDArray[Any]]:
        """Return inputs, or a dataset's first batch, as arrays, sparse ones left out."""
        if isinstance(inputs, tf.data.Dataset):
            inputs = next(iter(inputs))
        return [np.asarray(part) for part in tf.nest.flatten(inputs) if not isinstance(part, tf.SparseTensor)]
