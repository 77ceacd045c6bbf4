"""Data in memory: as PyTorch's tensors, in whatever order, and back."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from batchmark.training.data_order import Permutation
from batchmark.training.examples import InMemory
from batchmark.training.keras_versions import keras
from batchmark.training.map_parts import Indices
from batchmark.training.ordered_batches import OrderedBatches
from batchmark.training.torch.recorder import TorchRecorder
from batchmark.workloads import Split


class TorchArrays:
    """Arrays as PyTorch has them."""

    def as_fit_gives(self, split: Split) -> Any:
        """Return all examples in one batch, packed and shaped as ``fit`` hands them to ``train_step``."""
        return TorchRecorder().given(split)

    def take(self, part: Any, indices: Indices) -> Any | None:
        """Return the examples of a tensor `part` at `indices`; None where it is none."""
        return part[torch.as_tensor(np.asarray(indices, np.int64))] if isinstance(part, torch.Tensor) else None

    def in_order(self, train: InMemory, batch_size: int, order: Callable[[], Permutation]) -> Any | None:
        """Return a data set of `train`'s batches in the order that `order` gives."""
        return OrderedBatches(train, batch_size, order)

    def plain(self, inputs: Any) -> list[NDArray[Any]]:
        """Return inputs, or a data set's first batch, as arrays."""
        if isinstance(inputs, (keras.utils.PyDataset, torch.utils.data.DataLoader)):
            inputs = next(iter(inputs))
        return [np.asarray(keras.ops.convert_to_numpy(part)) for part in keras.tree.flatten(inputs)]
