"""From a loop's name to a loop that trains."""

from statistics import median
from typing import Any, Protocol

from batchmark.errors import TrainingError
from batchmark.loops import COMPILED_XLA, FIT, FIT_JIT_COMPILE, FIT_STEPS_PER_EXECUTION, STEPS_PER_EXECUTION
from batchmark.training.boundary import EpochBoundaries
from batchmark.training.compiled_loop import CompiledLoop
from batchmark.training.data_order import Shuffled
from batchmark.training.examples import Examples
from batchmark.training.fit_loop import FitLoop
from batchmark.training.keras_versions import set_jit_compile, set_steps_per_execution
from batchmark.training.loading import Loaded
from batchmark.training.models import seeded_model

# A trial tells 10 % from 50 %: it needs no more rounds, and no more seconds, than this.
_TRIAL_ROUNDS = 6
_TRIAL_SECONDS = 1.0


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


def open_loop(
    name: str,
    loaded: Loaded,
    *,
    batch_size: int,
    learning_rate: float | None,
    seed: int,
    train: Examples | None = None,
) -> Loop:
    """Return a new training by the loop called `name`, which is not ``compiled``: that one is chosen by trials.

    `train` replaces the workload's training data.
    """
    data = train or loaded.train
    model = seeded_model(loaded.workload, learning_rate=learning_rate, seed=seed)
    if name == FIT:
        return FitLoop(model, data, batch_size=batch_size)
    if name == FIT_JIT_COMPILE:
        set_jit_compile(model)
        return FitLoop(model, data, batch_size=batch_size, compilation="fit, each step by xla", xla=True)
    if name == FIT_STEPS_PER_EXECUTION:
        steps = min(STEPS_PER_EXECUTION, -(-data.examples // batch_size))
        set_steps_per_execution(model, steps)
        return FitLoop(model, data, batch_size=batch_size, compilation="fit, up to 32 steps an execution")
    order = Shuffled(data.examples, seed)
    return CompiledLoop(model, data, batch_size=batch_size, order=order, xla=name == COMPILED_XLA)


def try_loop(name: str, loaded: Loaded, *, seed: int) -> float:
    """Train a few epochs at the reference batch size by the loop called `name` and return the seconds of one.

    Raises TrainingError: it diverged. And whatever a model that can't be compiled raises.
    """
    size = loaded.description.reference_batch_size
    rate = loaded.workload.learning_rate_for(size)
    loop = open_loop(name, loaded, batch_size=size, learning_rate=rate, seed=seed)
    loop.run(1)
    rounds = loop.run(2).rounds()
    if rounds and rounds[0] < _TRIAL_SECONDS / _TRIAL_ROUNDS:
        rounds += loop.run(1 + _TRIAL_ROUNDS).rounds()
    if not rounds:
        message = f"the loss stopped being finite at learning rate {rate}"
        raise TrainingError(message)
    return median(rounds)
