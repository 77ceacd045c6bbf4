"""Batches of training examples for gradients: drawn without replacement, pass after pass over the training set."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Batch:
    """Indices of training examples, each of them once."""

    indices: NDArray[np.int64]
    pass_number: int
    """Batches of one pass have no example in common."""


class Draws:
    """Cuts batches of whatever size from one random order of all examples, and from another when it is used up.

    Each batch is any subset of its size, as likely as another. What is left of an order and too small is left out.
    """

    def __init__(self, examples: int, generator: np.random.Generator) -> None:
        """Draw from `examples` training examples."""
        self.examples = examples
        self._generator = generator
        self._left: NDArray[np.int64] = np.zeros(0, np.int64)
        self._pass = -1

    def next(self, size: int) -> Batch:
        """Return a batch of `size` examples, at most all of them."""
        if size > len(self._left):
            self._left = self._generator.permutation(self.examples)
            self._pass += 1
        batch, self._left = self._left[:size], self._left[size:]
        return Batch(batch, self._pass)
