"""From a loop's name to a loop that trains."""

from dataclasses import dataclass, field
from statistics import median
from typing import Any, Protocol

from batchmark.loops import COMPILED, COMPILED_GRAPH, COMPILED_XLA, FIT, check_loop
from batchmark.training.boundary import EpochBoundaries
from batchmark.training.compiled_loop import CompiledLoop
from batchmark.training.data_order import Shuffled
from batchmark.training.fit_loop import FitLoop
from batchmark.training.models import seeded_model
from batchmark.workloads import Data, Workload

_TRIAL_EPOCHS = 6


class Loop(Protocol):
    """One continuing training."""

    model: Any
    compilation: str

    def run(self, epochs: int) -> EpochBoundaries:
        """Train `epochs` more epochs and return their boundaries."""


@dataclass(frozen=True)
class CompilationTrial:
    """Which compilation a workload's ``compiled`` loop uses, and the trial that chose it."""

    chosen: str
    """The loop's full name."""
    seconds_per_epoch: dict[str, float]
    """The trial's result for each compilation that could run."""
    warnings: tuple[str, ...] = field(default=())


def open_loop(name: str, workload: Workload, data: Data, *, batch_size: int, learning_rate: float, seed: int) -> Loop:
    """Return a new training of `workload` by the loop called `name`, which is not ``compiled`` (see the trial).

    Raises UnknownNameError: no such loop.
    """
    model = seeded_model(workload, learning_rate=learning_rate, seed=seed)
    if check_loop(name) == FIT:
        return FitLoop(model, data.train, batch_size=batch_size)
    order = Shuffled(len(data.train), seed)
    return CompiledLoop(model, data.train, batch_size=batch_size, order=order, xla=name == COMPILED_XLA)


def try_compilations(workload: Workload, data: Data, *, seed: int) -> CompilationTrial:
    """Train a few epochs at the reference batch size with each compilation and choose the faster.

    XLA is many times faster than a graph for small dense networks on a CPU and many times slower for
    convolutions, so it is measured, not assumed. A compilation that fails is left out, with a warning.
    """
    seconds: dict[str, float] = {}
    warnings: list[str] = []
    for name in (COMPILED_GRAPH, COMPILED_XLA):
        try:
            loop = open_loop(
                name,
                workload,
                data,
                batch_size=workload.reference_batch_size,
                learning_rate=workload.learning_rate_for(workload.reference_batch_size),
                seed=seed,
            )
            loop.run(1)
            rounds = loop.run(_TRIAL_EPOCHS).rounds()
        except Exception as error:  # noqa: BLE001  a model may fail to compile in any way it likes
            warnings.append(f"{name} can't run {workload.name}: {_first_line(error)}")
        else:
            if rounds:
                seconds[name] = median(rounds)
            else:
                warnings.append(f"{name} diverged on {workload.name} in the trial")
    chosen = min(seconds, key=seconds.__getitem__, default=COMPILED_GRAPH)
    return CompilationTrial(chosen, seconds, tuple(warnings))


def needs_trial(name: str) -> bool:
    """Whether the loop called `name` is chosen by a trial."""
    return name == COMPILED


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else 'no message'}"
