"""The order in which an epoch visits the training examples, drawn on the host."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Permutation = NDArray[np.int32]


class DataOrder(Protocol):
    """Where a loop gets each epoch's order from."""

    def next_epoch(self) -> Permutation:
        """Return the indices of all training examples, shape (examples,), in the order of the next epoch."""


class Shuffled:
    """A new permutation each epoch. The same seed gives the same orders, whatever the batch size."""

    def __init__(self, examples: int, seed: int) -> None:
        """Start the sequence of permutations that belongs to `seed`."""
        self._indices = np.arange(examples, dtype=np.int32)
        self._generator = np.random.default_rng(seed)

    def next_epoch(self) -> Permutation:
        """Return the next permutation."""
        return self._generator.permutation(self._indices)


class InOrder:
    """Every epoch in the data's own order: what ``fit(shuffle=False)`` does."""

    def __init__(self, examples: int) -> None:
        """Cover `examples` training examples."""
        self._indices = np.arange(examples, dtype=np.int32)

    def next_epoch(self) -> Permutation:
        """Return 0, 1, 2 and so on."""
        return self._indices
