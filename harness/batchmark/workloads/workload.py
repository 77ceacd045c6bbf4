"""What a workload is: a model, its data, its quality metric and the tolerance on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

# Every pytest run in an environment with Batchmark imports this module through the plugin: it is kept light.
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Split:
    """Inputs and targets of the same examples; the first axis counts examples."""

    x: NDArray[np.float32]
    y: NDArray[np.float32]

    def __len__(self) -> int:
        """Return the number of examples."""
        return len(self.x)


@dataclass(frozen=True)
class Data:
    """A workload's data, in memory."""

    train: Split
    validation: Split
    """The workload's own, finite test set: what its source reports on."""
    fresh: Split
    """A large test set from the same distribution, so that the finite one's noise doesn't drown an effect."""


@dataclass(frozen=True)
class Workload:
    """What is trained, and what counts as trained well."""

    name: str
    version: int
    """Raised whenever a change here makes older measurements incomparable."""
    description: str
    examples: int
    """Training examples."""
    epochs: int
    """Epochs of a training whose quality is judged."""
    reference_batch_size: int
    quality_metric: str
    """The name of a metric in `batchmark.training.quality`; higher is better."""
    quality_margin: float
    """The difference in quality that would matter, in the metric's own unit."""
    learning_rate: float
    default_batch_sizes: str
    """What a sweep measures, in the grammar of `batchmark.batch_sizes`."""
    quality_batch_sizes: str
    """Those whose quality is to equal the reference batch size's, in the same grammar."""
    load_data: Callable[[], Data]
    build_model: Callable[[float], Any]
    """Takes a learning rate, returns a compiled Keras model; draws its weights from Keras' global seed."""
    learning_rate_exceptions: Mapping[int, float] = field(default_factory=dict)
    """Learning rates by batch size, where the workload's source departs from the one above."""

    def learning_rate_for(self, batch_size: int, *, same: bool = False) -> float:
        """Return the learning rate at `batch_size`; `same` ignores the exceptions."""
        return self.learning_rate if same else self.learning_rate_exceptions.get(batch_size, self.learning_rate)
