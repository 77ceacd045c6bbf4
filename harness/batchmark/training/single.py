"""The training of one seed, whatever runs it, and what it gives."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from batchmark.errors import WorkloadError
from batchmark.training.evaluation import quality_in
from batchmark.workloads.quality import Quality

Progress = Callable[[float], None]
"""Called with the share done, 0 to 1."""


@dataclass(frozen=True)
class Curves:
    """Loss and quality of one seed."""

    training: NDArray[np.float32]
    """Running means over each epoch, shape (epochs, 2)."""
    validation: NDArray[np.float32]
    """After each epoch, shape (epochs, 2)."""
    fresh: NDArray[np.float32]
    """After the training, shape (2,)."""


class Single(Protocol):
    """Trains one seed after the other."""

    def train(self, seed: int, weights: Sequence[NDArray[np.float32]], epochs: int, progress: Progress) -> Curves:
        """Train from `weights` in the order that belongs to `seed`, for so many epochs."""


def means_of(logs: Mapping[str, Any], quality: Quality) -> NDArray[np.float32]:
    """Return loss and quality of an epoch's logs, shape (2,); NaN where it doesn't log them."""
    loss = float(np.mean(logs.get("loss", next(iter(logs.values()), np.nan))))
    try:
        found = quality_in(logs, quality)
    except WorkloadError:
        # A train step of one's own may log less than evaluate returns.
        found = quality.sign * loss if quality.log == "loss" else np.nan
    return np.array([loss, found], np.float32)
