"""What the worker can be asked to do. Lives in the worker process, beside TensorFlow."""

import cProfile
import gc
import random
from collections.abc import Callable, Sequence
from functools import cache, partial
from itertools import pairwise
from pathlib import Path

from batchmark.counters import Counters
from batchmark.errors import TrainingError
from batchmark.loops import FIT
from batchmark.measurement.memory import limit_host_bytes, peak_host_bytes
from batchmark.measurement.protocol import requests
from batchmark.measurement.protocol.answers import HARNESSED, LEGS, Burst, CallsPerEpoch, Opened, OverheadTurn, Probed
from batchmark.measurement.protocol.request import Answering
from batchmark.profiles import Profile
from batchmark.proofs import Proof
from batchmark.records import Cell
from batchmark.training.along import AlongCourses
from batchmark.training.beside_fit import BesideFit
from batchmark.training.boundary import EpochBoundaries, seconds_per_mark
from batchmark.training.counting.profiled import profile_epochs
from batchmark.training.counting.work import count_work
from batchmark.training.examples import Pipeline
from batchmark.training.facts import framework_facts
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
from batchmark.training.settings import with_settings
from batchmark.training.trying_out import try_out
from batchmark.training.waiting import waiting_share
from batchmark.trainings import Followed, Trainings, Way
from batchmark.workloads import Description

Progress = Callable[[float], None]

# Epochs shorter than this are warmed up by more than one.
_SHORT_EPOCH_SECONDS = 0.2
_WARM_UP_ROUNDS = 2
_PROFILED_EPOCHS = 20
_MOST_ALONG = 4


class Session(Answering):
    """The trainings that are open in this process; a method for each request."""

    def __init__(self, progress: Progress = lambda _: None) -> None:
        """Start with nothing open; `progress` is told the share that is done of what takes long."""
        self._progress = progress
        self._loops: dict[Cell, Loop] = {}
        self._asked: dict[Cell, requests.Open] = {}
        self._many_seeds: dict[str, ManySeeds] = {}
        self._along: dict[tuple[str, tuple[tuple[str, float], ...]], AlongCourses] = {}
        self._beside: dict[str, BesideFit] = {}
        self._proofs: dict[requests.Prove, Proof] = {}

    @requests.Facts.answered_by
    def facts(self, _request: requests.Facts) -> dict[str, object]:
        """Return what TensorFlow knows of its environment."""
        return framework_facts()

    @requests.Describe.answered_by
    def describe(self, request: requests.Describe) -> Description:
        """Load a workload's data, try its model out for a few steps, and return what there is to know of it.

        Raises WorkloadError: it can't be used; the message has the user's own line.
        """
        try_out(self._beside_fit(request.workload))
        return _loaded(request.workload).description

    @requests.Prove.answered_by
    def prove(self, request: requests.Prove) -> Proof:
        """Hold a loop against ``fit`` on the workload's own model, once.

        Raises WorkloadError: ``fit`` itself can't train it. And whatever a model that can't be compiled raises.
        """
        if request not in self._proofs:
            self._proofs[request] = prove(request.loop, self._beside_fit(request.workload))
        return self._proofs[request]

    def _beside_fit(self, workload: str) -> BesideFit:
        if workload not in self._beside:
            self._beside[workload] = BesideFit(_loaded(workload))
        return self._beside[workload]

    @requests.TryLoop.answered_by
    def try_loop(self, request: requests.TryLoop) -> float:
        """Return the seconds of an epoch at the reference batch size, roughly."""
        return try_loop(request.loop, _loaded(request.workload), seed=request.seed)

    @requests.Open.answered_by
    def open(self, request: requests.Open) -> Opened:
        """Build the cell's training, run its first epoch and warm it up."""
        cell = request.cell
        loaded = _loaded(cell.workload)
        if isinstance(loaded.train, Pipeline):
            require_batch_size(loaded.train, cell.batch_size)
        opened = _new_training(request)
        learning_rate = current_learning_rate(opened.model)
        first = opened.run(1)
        warm = opened.run(2)
        rounds = warm.rounds()
        if rounds and rounds[0] < _SHORT_EPOCH_SECONDS:
            rounds += opened.run(_WARM_UP_ROUNDS).rounds()
        self._loops[cell] = opened
        self._asked[cell] = request
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

    @requests.RunBurst.answered_by
    def burst(self, request: requests.RunBurst) -> Burst:
        """Train epochs of an open cell that are thrown away, at least 1, and then rounds."""
        loop = self._loops[request.cell]
        return _burst(loop, loop.run(request.warm_up + request.rounds), request.warm_up)

    @requests.Begin.answered_by
    def begin(self, request: requests.Begin) -> None:
        """Begin a call of an open cell's loop, for bursts that go on within it."""
        self._loops[request.cell].begin()

    @requests.GoOn.answered_by
    def go_on(self, request: requests.GoOn) -> Burst:
        """Train as `burst` does, within the call that was begun."""
        loop = self._loops[request.cell]
        return _burst(loop, loop.go_on(request.warm_up + request.rounds), request.warm_up)

    @requests.End.answered_by
    def end(self, request: requests.End) -> None:
        """End the call that was begun."""
        self._loops[request.cell].end()

    @requests.WatchWaiting.answered_by
    def waiting(self, request: requests.WatchWaiting) -> float | None:
        """Return the share of an open cell's epoch that waits for its next batch; None without a pipeline."""
        cell = request.cell
        train = _loaded(cell.workload).train
        if not isinstance(train, Pipeline):
            return None
        loop = self._loops[cell]
        return waiting_share(loop.model, train, batch_size=cell.batch_size, xla=loop.xla)

    @requests.CountWork.answered_by
    def count_work(self, request: requests.CountWork) -> Counters:
        """Count what an epoch of an open cell does."""
        cell = request.cell
        data = _loaded(cell.workload).train
        return count_work(self._loops[cell], data, cell.batch_size, anew=partial(_new_training, self._asked[cell]))

    @requests.ProfileEpochs.answered_by
    def profile_epochs(self, request: requests.ProfileEpochs) -> Profile:
        """Take epochs of an open cell apart."""
        cell = request.cell
        steps = -(-_loaded(cell.workload).train.examples // cell.batch_size)
        anew = partial(_new_training, self._asked[cell])
        return profile_epochs(self._loops[cell], steps_per_epoch=steps, anew=anew)

    @requests.PeakHostBytes.answered_by
    def peak_host_bytes(self, _request: requests.PeakHostBytes) -> int:
        """Return the most memory this process has had until now."""
        return peak_host_bytes()

    @requests.Probe.answered_by
    def probe(self, request: requests.Probe) -> Probed:
        """Train and evaluate one cell in small, within its memory limit."""
        if request.memory_limit is not None:
            limit_host_bytes(request.memory_limit)
        cell = request.cell
        finite = train_and_evaluate(
            _loaded(cell.workload), loop=cell.loop, batch_size=cell.batch_size, seed=request.seed
        )
        return Probed(peak_host_bytes(), peak_device_bytes(), diverged=not finite)

    @requests.Train.answered_by
    def train(self, request: requests.Train) -> Trainings:
        """Train many seeds and return how they went."""
        many = self._many(request.workload)
        if request.handed_over is not None:
            many.take_weights(Path(request.handed_over))
        return many.train(
            batch_size=request.batch_size,
            learning_rate=request.learning_rate,
            seeds=request.seeds,
            epochs=request.epochs,
            progress=self._progress,
            way=request.way,
        )

    @requests.FindWay.answered_by
    def find_way(self, request: requests.FindWay) -> Way:
        """Return how seeds of a workload are trained."""
        return self._many(request.workload).way()

    @requests.Follow.answered_by
    def follow(self, request: requests.Follow) -> Followed:
        """Train many seeds along a course and return how they went."""
        asked = request.asked
        key = (asked.workload, tuple(sorted(asked.settings.items())))
        if key not in self._along:
            beside = self._beside_fit(asked.workload)
            if asked.settings:
                beside = BesideFit(with_settings(_loaded(asked.workload), asked.settings))
            while len(self._along) >= _MOST_ALONG:
                # Programs and weights of arms long past.
                self._along.pop(next(iter(self._along)))
            self._along[key] = AlongCourses(beside)
        return self._along[key].follow(asked, self._progress)

    @requests.HandOver.answered_by
    def hand_over(self, request: requests.HandOver) -> None:
        """Write the initial weights of seeds into a file."""
        self._many(request.workload).hand_over(request.seeds, Path(request.path))

    def _many(self, workload: str) -> ManySeeds:
        if workload not in self._many_seeds:
            self._many_seeds[workload] = ManySeeds(
                self._beside_fit(workload), lambda loop: self.prove(requests.Prove(workload, loop))
            )
        return self._many_seeds[workload]

    @requests.BoundaryCost.answered_by
    def boundary_cost(self, _request: requests.BoundaryCost) -> float:
        """Return the harness's own work per round, in seconds."""
        return seconds_per_mark()

    @requests.CountCalls.answered_by
    def calls_per_epoch(self, request: requests.CountCalls) -> CallsPerEpoch:
        """Count the function calls of an epoch without and with the harness."""
        loop = self._overhead_loop(request.workload, request.batch_size)
        return CallsPerEpoch(bare=_calls_per_epoch(loop.run_bare), harnessed=_calls_per_epoch(loop.run))

    @requests.TakeOverheadTurn.answered_by
    def overhead_turn(self, request: requests.TakeOverheadTurn) -> OverheadTurn:
        """Measure one turn, all of its epochs alike but for the harness, in an order drawn from the seed.

        Raises TrainingError: ``fit`` is the model's own, and its epochs can't be told apart from outside.
        """
        loop = self._overhead_loop(request.workload, request.batch_size)
        draw = random.Random(request.seed)  # noqa: S311  an order, not a secret
        legs = [leg for _ in range(request.epochs) for leg in draw.sample(LEGS, len(LEGS))]
        # The first epoch is thrown away, and the last one only ends the one before it.
        is_harnessed = [False, *(leg == HARNESSED for leg in legs), False]
        alternated = loop.run_alternating(is_harnessed)
        _require_epochs(alternated.begins, len(is_harnessed))
        took = [end - begin for begin, end in pairwise(alternated.begins)]
        return OverheadTurn(tuple(legs), tuple(took[1:]), _told_over_took(is_harnessed, took, alternated.boundaries))

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


def _new_training(asked: requests.Open) -> Loop:
    """Return the training that a cell is opened with; nothing is trained yet."""
    loaded, cell = _loaded(asked.cell.workload), asked.cell
    rate = loaded.workload.learning_rate_for(cell.batch_size, same=asked.same_learning_rate)
    return open_loop(asked.loop, loaded, batch_size=cell.batch_size, learning_rate=rate, seed=asked.seed)


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


def _require_epochs(begins: Sequence[float], epochs: int) -> None:
    if len(begins) != epochs:
        message = (
            f"fit reset the model's metrics {len(begins)} times in {epochs} epochs; expected once an epoch, as Keras' "
            "own fit does; measure a workload whose model has no fit of its own"
        )
        raise TrainingError(message)


def _told_over_took(
    is_harnessed: Sequence[bool], took: Sequence[float], boundaries: EpochBoundaries
) -> tuple[float, ...]:
    """Return what the harness tells of an epoch over what it took, of harnessed epochs that follow another one."""
    epochs = [epoch for epoch, harnessed in enumerate(is_harnessed) if harnessed]
    return tuple(
        told / took[epoch]
        for (before, epoch), told in zip(pairwise(epochs), boundaries.rounds(), strict=False)
        if epoch == before + 1
    )
