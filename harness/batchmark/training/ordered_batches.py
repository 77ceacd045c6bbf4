"""Batches in an order that is asked for whenever one is made: what ``fit`` takes where a backend has no other way."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from batchmark.training.data_order import Permutation
from batchmark.training.examples import InMemory
from batchmark.training.keras_versions import keras
from batchmark.training.py_datasets import OfBatches


class OrderedBatches(OfBatches):
    """A data set of `train`'s batches."""

    def __init__(self, train: InMemory, batch_size: int, order: Callable[[], Permutation]) -> None:
        """Take examples and what gives their current order."""
        super().__init__(())
        self._batch_size = batch_size
        self._order = order
        self._examples = train.examples
        self._parts = keras.tree.map_structure(
            lambda part: np.asarray(keras.ops.convert_to_numpy(part)), train.as_fit_gives()
        )

    def __len__(self) -> int:
        """Return the number of steps an epoch."""
        return math.ceil(self._examples / self._batch_size)

    def __getitem__(self, index: int) -> Any:
        """Return a batch in the current order."""
        own = self._order()[index * self._batch_size : (index + 1) * self._batch_size]
        return keras.tree.map_structure(lambda part: part[own], self._parts)
