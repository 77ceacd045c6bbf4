"""What a backend gives that trains many seeds at once: the weights of all in one array, with a leading seed axis."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from batchmark.training.data_order import DataOrder
from batchmark.training.examples import InMemory
from batchmark.workloads import Split
from batchmark.workloads.quality import Quality

EpochMeans = NDArray[np.float32]
"""Shape (2, seeds): loss and quality, each a mean per example."""


class NotStackableError(Exception):
    """Tracing found what can't be seen on the model beforehand."""


class StackedTraining(Protocol):
    """Trainings of one workload at one batch size that differ only in their seed."""

    def run_epoch(self) -> EpochMeans:
        """Train every seed one epoch and return the running means of that epoch."""

    def train_on(self, orders: NDArray[np.int32], batch_size: int, *, as_small: bool = False) -> EpochMeans:
        """Train every seed on the examples at `orders`, shape (seeds, examples), and return their running means.

        `as_small`: as small batches are trained, where that is otherwise, whatever their size: so that it is proven.
        """

    def set_learning_rate(self, rate: float) -> None:
        """Go on at another learning rate."""

    def restart(self, weights: Sequence[Sequence[NDArray[np.float32]]]) -> None:
        """Begin other trainings, as many, from these weights, without compiling again; the learning rate stays."""

    def steps_done(self) -> int:
        """Return how many updates the optimizer has counted."""

    def validate(self) -> EpochMeans:
        """Evaluate every seed on the workload's own test set."""

    def evaluate_fresh(self) -> EpochMeans:
        """Evaluate every seed on the large fresh test set."""

    def all_weights(self) -> Sequence[NDArray[np.float32]]:
        """Return the weights, each of all seeds: the first axis is the seed."""

    def weights(self, seed_index: int) -> Sequence[NDArray[np.float32]]:
        """Return one seed's weights."""

    def optimizer_state(self, seed_index: int) -> Sequence[NDArray[Any]]:
        """Return one seed's optimizer state; what all seeds have in common, as the count of steps, as it is."""


class MakeStackedTraining(Protocol):
    """Stacks trainings."""

    def __call__(
        self,
        model: Any,
        quality: Quality,
        train: InMemory,
        evaluation: Any,
        *,
        batch_size: int,
        weights: Sequence[Sequence[NDArray[np.float32]]],
        orders: Sequence[DataOrder],
    ) -> StackedTraining:
        """Return the training of a seed from each of `weights`, in its order; `evaluation` is what was made for it.

        `model` is a template, whose metrics exist: its own weights are not used.

        Raises NotStackableError, here or at the first epoch.
        """


@dataclass(frozen=True)
class Stacking:
    """How a backend trains many seeds at once."""

    why_not: Callable[[Any, Split], str | None]
    """Takes a model and its data, and returns why its seeds can't be trained at once, or None.

    A short cut: what it doesn't know of, the proof finds."""
    evaluation: Callable[[Any, Quality, Split, Split], Any]
    """Takes a template, what counts as quality and the two test sets, the workload's own first, and returns what
    evaluates stacked weights on them, compiled once for every batch size."""
    training: MakeStackedTraining
