"""Data in memory: as JAX's arrays, in whatever order, and back."""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from batchmark.training.data_order import Permutation
from batchmark.training.examples import InMemory
from batchmark.training.jax.recorder import JaxRecorder
from batchmark.training.keras_versions import keras
from batchmark.training.map_parts import Indices
from batchmark.training.ordered_batches import OrderedBatches
from batchmark.workloads import Split


class JaxArrays:
    """Arrays as JAX has them."""

    def as_fit_gives(self, split: Split) -> Any:
        """Return all examples in one batch, packed and shaped as ``fit`` hands them to ``train_step``."""
        # Once for all cells, on the device that trains.
        return jax.tree.map(jax.numpy.asarray, JaxRecorder().given(split))

    def take(self, part: Any, indices: Indices) -> Any | None:
        """Return the examples of an array of JAX's at `indices`; None where it is none."""
        return part[np.asarray(indices)] if isinstance(part, jax.Array) else None

    def in_order(self, train: InMemory, batch_size: int, order: Callable[[], Permutation]) -> Any | None:
        """Return a data set of `train`'s batches in the order that `order` gives; None if sparse."""
        parts = keras.tree.flatten(train.as_fit_gives())
        return None if any(map(is_sparse, parts)) else OrderedBatches(train, batch_size, order)

    def plain(self, inputs: Any) -> list[NDArray[Any]]:
        """Return inputs, or a data set's first batch, as arrays, sparse ones left out."""
        if isinstance(inputs, keras.utils.PyDataset):
            inputs = inputs[0]
        return [np.asarray(part) for part in keras.tree.flatten(inputs) if not is_sparse(part)]


def is_sparse(part: Any) -> bool:
    """Whether a part of the data is sparse, SciPy's or JAX's."""
    return hasattr(part, "tocsr") or type(part).__module__.startswith("jax.experimental.sparse")
