"""What the worker can be asked to do. Lives in the worker process, beside TensorFlow."""

import cProfile
import gc
import random
from collections.abc import Callable
from functools import cache

from batchmark.loops import FIT
from batchmark.measurement.protocol import Burst, CallsPerEpoch, Opened, OverheadTurn
from batchmark.records import Cell
from batchmark.training.boundary import seconds_per_mark
from batchmark.training.devices import framework_facts
from batchmark.training.fit_loop import FitLoop
from batchmark.training.many_seeds import ManySeeds
from batchmark.training.models import seeded_model
from batchmark.training.open_loop import CompilationTrial, Loop, needs_trial, open_loop, try_compilations
from batchmark.trainings import Trainings
from batchmark.workloads import Data, Workload, find_workload

Progress = Callable[[float], None]

_WARM_UP_ROUNDS = 2
_PROFILED_EPOCHS = 20


class Session:
    """The trainings that are open in this process."""

    def __init__(self) -> None:
        """Start with nothing open."""
        self._loops: dict[Cell, Loop] = {}
        self._trials: dict[tuple[str, int], CompilationTrial] = {}
        self._many_seeds: dict[str, ManySeeds] = {}

    def facts(self) -> dict[str, object]:
        """Return what TensorFlow knows of its environment."""
        return framework_facts()

    def open(self, *, cell: Cell, seed: int, same_learning_rate: bool) -> Opened:
        """Build the cell's training, run its first epoch and warm it up."""
        workload, data = _loaded(cell.workload)
        learning_rate = workload.learning_rate_for(cell.batch_size, same=same_learning_rate)
        trial = self._trial(workload, data, seed) if needs_trial(cell.loop) else CompilationTrial(cell.loop, {})
        loop = open_loop(
            trial.chosen, workload, data, batch_size=cell.batch_size, learning_rate=learning_rate, seed=seed
        )
        first = loop.run(1)
        warm = loop.run(1 + _WARM_UP_ROUNDS)
        self._loops[cell] = loop
        rounds = warm.rounds()
        # The models of the other cells are the harness's, not the user's: keep the collector off them.
        gc.freeze()
        return Opened(
            workload_version=workload.version,
            examples=len(data.train),
            compilation=loop.compilation,
            first_epoch_seconds=first.seconds_since_start,
            warm_epoch_seconds=min(rounds, default=0.0),
            learning_rate=learning_rate,
            diverged=first.diverged or warm.diverged,
            compilation_trial=trial.seconds_per_epoch,
            warnings=trial.warnings,
        )

    def burst(self, *, cell: Cell, warm_up: int, rounds: int) -> Burst:
        """Train `warm_up` epochs of an open cell that are thrown away, at least 1, and then `rounds` rounds."""
        boundaries = self._loops[cell].run(warm_up + rounds)
        return Burst(boundaries.rounds(warm_up=warm_up), boundaries.diverged)

    def train(
        self, *, workload: str, batch_size: int, learning_rate: float, seeds: list[int], epochs: int, progress: Progress
    ) -> Trainings:
        """Train many seeds and return how they went."""
        if workload not in self._many_seeds:
            self._many_seeds[workload] = ManySeeds(*_loaded(workload))
        return self._many_seeds[workload].train(
            batch_size=batch_size, learning_rate=learning_rate, seeds=seeds, epochs=epochs, progress=progress
        )

    def boundary_cost(self) -> float:
        """Return the harness's own work per round, in seconds."""
        return seconds_per_mark()

    def calls_per_epoch(self, *, workload: str, batch_size: int) -> CallsPerEpoch:
        """Count the function calls of an epoch without and with the harness."""
        loop = self._overhead_loop(workload, batch_size)
        return CallsPerEpoch(bare=_calls_per_epoch(loop.run_bare), harnessed=_calls_per_epoch(loop.run))

    def overhead_turn(self, *, workload: str, batch_size: int, short: int, long: int, seed: int) -> OverheadTurn:
        """Measure one turn: a harnessed burst, a long bare ``fit`` and a short one, in an order drawn from `seed`.

        The slope between the bare calls, in seconds per epoch, is free of a call's own set-up.
        """
        loop = self._overhead_loop(workload, batch_size)
        legs: dict[str, Callable[[], float]] = {
            "harnessed": lambda: _mean(loop.run(1 + long - short).rounds()),
            "long": lambda: loop.run_bare(long),
            "short": lambda: loop.run_bare(short),
        }
        order = list(legs)
        random.Random(seed).shuffle(order)  # noqa: S311  an order, not a secret
        seconds = {name: legs[name]() for name in order}
        return OverheadTurn(seconds["harnessed"], (seconds["long"] - seconds["short"]) / (long - short))

    def _overhead_loop(self, workload: str, batch_size: int) -> FitLoop:
        cell = Cell(workload, batch_size, FIT)
        loop = self._loops.get(cell)
        if not isinstance(loop, FitLoop):
            found, data = _loaded(workload)
            model = seeded_model(found, learning_rate=found.learning_rate_for(batch_size), seed=0)
            self._loops[cell] = loop = FitLoop(model, data.train, batch_size=batch_size)
            loop.run_bare(2)
        return loop

    def _trial(self, workload: Workload, data: Data, seed: int) -> CompilationTrial:
        key = (workload.name, workload.version)
        if key not in self._trials:
            self._trials[key] = try_compilations(workload, data, seed=seed)
        return self._trials[key]


@cache
def _loaded(name: str) -> tuple[Workload, Data]:
    workload = find_workload(name)
    return workload, workload.load_data()


def _calls_per_epoch(run: Callable[[int], object]) -> float:
    """Return the slope between a long and a short call of `run`, which takes a number of epochs."""
    calls = []
    for epochs in (1, 1 + _PROFILED_EPOCHS):
        profile = cProfile.Profile()
        profile.runcall(run, epochs)
        calls.append(sum(entry.callcount for entry in profile.getstats()))
    return (calls[1] - calls[0]) / _PROFILED_EPOCHS


def _mean(values: tuple[float, ...]) -> float:
    return sum(values) / len(values)
