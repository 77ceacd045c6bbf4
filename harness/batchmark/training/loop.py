"""What a loop is, whatever runs its epochs."""

from collections.abc import Sequence
from typing import Any, Protocol

from numpy.typing import NDArray

from batchmark.training.boundary import EpochBoundaries, Logs
from batchmark.training.data_order import DataOrder, Permutation
from batchmark.training.examples import Examples


class Loop(Protocol):
    """One continuing training."""

    model: Any
    compilation: str
    """What runs an epoch, in words for a report."""
    xla: bool
    """Whether XLA compiles the steps."""

    def run(self, epochs: int) -> EpochBoundaries:
        """Train `epochs` more epochs and return their boundaries."""

    def begin(self) -> None:
        """Begin a call within which `go_on` trains: its set-up is done, and an epoch that is not counted."""

    def go_on(self, epochs: int) -> EpochBoundaries:
        """Train `epochs` more epochs within the call that was begun, and return their boundaries.

        The first of them, too, is an epoch and no call's set-up: `EpochBoundaries.rounds` with no warm-up.
        """

    def end(self) -> None:
        """End the call that was begun."""


class RestartableLoop(Loop, Protocol):
    """A loop without ``fit``, which trains one seed after the other without compiling again for each."""

    def run_epoch(self) -> Logs:
        """Train one more epoch and return what ``fit`` would log at its end."""

    def train_on(self, order: Permutation, batch_size: int) -> Logs:
        """Train on the examples at `order`, of arrays in memory, in batches of any size, as part of a training.

        Returns what ``fit`` would log of them.
        """

    def restart(self, weights: Sequence[NDArray[Any]], order: DataOrder) -> None:
        """Begin a new training from `weights`, without compiling again; all else that training changes is as new.

        `weights`: as `batchmark.training.models.initial_weights` gives them.
        """


class MakeFitLoop(Protocol):
    """Makes a loop that trains by ``fit``."""

    def __call__(self, model: Any, data: Examples, *, batch_size: int, shuffle: bool) -> Loop:
        """Return the loop around a new `model`; it draws its own orders, or none without `shuffle`."""


class MakeCompiledLoop(Protocol):
    """Makes a compiled loop."""

    def __call__(self, model: Any, data: Examples, *, batch_size: int, order: DataOrder) -> RestartableLoop:
        """Return the loop around a new `model`; a pipeline has its own `order`."""
