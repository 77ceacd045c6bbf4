"""What the worker can be asked to do. Lives in the worker process, beside TensorFlow."""

import cProfile
import gc
import random
from collections.abc import Callable
from functools import cache

from batchmark.loops import FIT
from batchmark.measurement.memory import limit_host_bytes, peak_host_bytes
from batchmark.measurement.protocol import Burst, CallsPerEpoch, Opened, OverheadTurn, Probed
from batchmark.proofs import Proof
from batchmark.records import Cell
from batchmark.training.beside_fit import BesideFit
from batchmark.training.boundary import EpochBoundaries, seconds_per_mark
from batchmark.training.devices import framework_facts
from batchmark.training.examples import Pipeline
from batchmark.training.finite_weights import weights_are_finite
from batchmark.training.fit_loop import FitLoop
from batchmark.training.loading import Loaded, load
from batchmark.training.loop import Loop
from batchmark.training.many_seeds import ManySeeds
from batchmark.training.models import current_learning_rate, seeded_model
from batchmark.training.open_loop import open_loop, try_loop
from batchmark.training.passes import require_batch_size
from batchmark.training.probe import peak_device_bytes, train_and_evaluate
from batchmark.training.proof import prove
from batchmark.training.trying_out import try_out
from batchmark.training.waiting import waiting_share
from batchmark.trainings import Trainings
from batchmark.workloads import Description

Progress = Callable[[float], None]

# Epochs shorter than this are warmed up by more than one.
_SHORT_EPOCH_SECONDS = 0.2
_WARM_UP_ROUNDS = 2
_PROFILED_EPOCHS = 20


class Session:
    """The trainings that are open in this process."""

    def __init__(self) -> None:
        """Start with nothing open."""
        self._loops: dict[Cell, Loop] = {}
        self._many_seeds: dict[str, ManySeeds] = {}
        self._beside: dict[str, BesideFit] = {}
        self._proofs: dict[tuple[str, str], Proof] = {}

    def facts(self) -> dict[str, object]:
        """Return what TensorFlow knows of its environment."""
        return framework_facts()

    def describe(self, *, workload: str) -> Description:
        """Load a workload's data, try its model out for a few steps, and return what there is to know of it.

        Raises WorkloadError: it can't be used; the message has the user's own line.
        """
        try_out(self._beside_fit(workload))
        return _loaded(workload).description

    def prove(self, *, workload: str, loop: str) -> Proof:
        """Hold a loop against ``fit`` on the workload's own model, once.

        Raises WorkloadError: ``fit`` itself can't train it. And whatever a model that can't be compiled raises.
        """
        if (workload, loop) not in self._proofs:
            self._proofs[workload, loop] = prove(loop, self._beside_fit(workload))
        return self._proofs[workload, loop]

    def _beside_fit(self, workload: str) -> BesideFit:
        if workload not in self._beside:
            self._beside[workload] = BesideFit(_loaded(workload))
        return self._beside[workload]

    def try_loop(self, *, workload: str, loop: str, seed: int) -> float:
        """Return the seconds of an epoch at the reference batch size, roughly."""
        return try_loop(loop, _loaded(workload), seed=seed)

    def open(self, *, cell: Cell, loop: str, seed: int, same_learning_rate: bool) -> Opened:
        """Build the cell's training, run its first epoch and warm it up.

        `loop` runs it: the cell's own, or the one that was chosen for it.
        """
        loaded = _loaded(cell.workload)
        if isinstance(loaded.train, Pipeline):
            require_batch_size(loaded.train, cell.batch_size)
        rate = loaded.workload.learning_rate_for(cell.batch_size, same=same_learning_rate)
        opened = open_loop(loop, loaded, batch_size=cell.batch_size, learning_rate=rate, seed=seed)
        learning_rate = current_learning_rate(opened.model)
        first = opened.run(1)
        warm = opened.run(2)
        rounds = warm.rounds()
        if rounds and rounds[0] < _SHORT_EPOCH_SECONDS:
            rounds += opened.run(_WARM_UP_ROUNDS).rounds()
        self._loops[cell] = opened
        # The models of the other cells are the harness's, not the user's: keep the collector off them.
        gc.freeze()
        return Opened(
            workload_version=loaded.workload.version,
            examples=loaded.train.examples,
            compilation=opened.compilation,
            first_epoch_seconds=first.seconds_since_start,
            warm_epoch_seconds=min(rounds, default=0.0),
            learning_rate=learning_rate,
            diverged=first.diverged or warm.diverged or not weights_are_finite(opened.model),
        )

    def burst(self, *, cell: Cell, warm_up: int, rounds: int) -> Burst:
        """Train `warm_up` epochs of an open cell that are thrown away, at least 1, and then `rounds` rounds."""
        loop = self._loops[cell]
        return _burst(loop, loop.run(warm_up + rounds), warm_up)

    def begin(self, *, cell: Cell) -> None:
        """Begin a call of an open cell's loop, for bursts that go on within it."""
        self._loops[cell].begin()

    def go_on(self, *, cell: Cell, warm_up: int, rounds: int) -> Burst:
        """Train as `burst` does, within the call that was begun; `warm_up` may be 0."""
        loop = self._loops[cell]
        return _burst(loop, loop.go_on(warm_up + rounds), warm_up)

    def end(self, *, cell: Cell) -> None:
        """End the call that was begun."""
        self._loops[cell].end()

    def waiting(self, *, cell: Cell) -> float | None:
        """Return the share of an open cell's epoch that waits for its next batch; None without a pipeline."""
        train = _loaded(cell.workload).train
        if not isinstance(train, Pipeline):
            return None
        loop = self._loops[cell]
        return waiting_share(loop.model, train, batch_size=cell.batch_size, xla=loop.xla)

    def peak_host_bytes(self) -> int:
        """Return the most memory this process has had until now: at first, what importing TensorFlow takes."""
        return peak_host_bytes()

    def probe(self, *, cell: Cell, seed: int, memory_limit: int | None = None) -> Probed:
        """Train and evaluate one cell in small; `memory_limit`, in bytes, is this process's from here on."""
        if memory_limit is not None:
            limit_host_bytes(memory_limit)
        finite = train_and_evaluate(_loaded(cell.workload), loop=cell.loop, batch_size=cell.batch_size, seed=seed)
        return Probed(peak_host_bytes(), peak_device_bytes(), diverged=not finite)

    def train(
        self,
        *,
        workload: str,
        batch_size: int,
        learning_rate: float | None,
        seeds: list[int],
        epochs: int,
        progress: Progress,
    ) -> Trainings:
        """Train many seeds and return how they went."""
        if workload not in self._many_seeds:
            self._many_seeds[workload] = ManySeeds(
                self._beside_fit(workload), lambda loop: self.prove(workload=workload, loop=loop)
            )
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
            loaded = _loaded(workload)
            rate = loaded.workload.learning_rate_for(batch_size)
            model = seeded_model(loaded.workload, learning_rate=rate, seed=0)
            self._loops[cell] = loop = FitLoop(model, loaded.train, batch_size=batch_size)
            loop.run_bare(2)
        return loop


def _burst(loop: Loop, boundaries: EpochBoundaries, warm_up: int) -> Burst:
    if not boundaries.diverged and not weights_are_finite(loop.model):
        # In which epoch it happened isn't known.
        return Burst((), diverged=True)
    return Burst(
        boundaries.rounds(warm_up=warm_up), boundaries.diverged, instruments=boundaries.instruments(warm_up=warm_up)
    )


@cache
def _loaded(name: str) -> Loaded:
    return load(name)


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
