"""The laboratory: obtains the parts of experiments, each once, two trainings side by side, and keeps them."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from batchmark.backends import SHARING
from batchmark.errors import BatchmarkError, StoredFileError, WorkerDiedError, interruption, why_stopped
from batchmark.loops import expand
from batchmark.measurement.connection import Worker
from batchmark.measurement.environment import host_facts
from batchmark.measurement.hardware import machine_facts
from batchmark.measurement.machine_memory import MachineMemory, machine_memory
from batchmark.measurement.plan import Plan
from batchmark.measurement.protocol import requests
from batchmark.progress import Progress
from batchmark.records import Cell, Status
from batchmark.studies.laboratory.fitting import find_fits, still_holds
from batchmark.studies.laboratory.jobs import Jobs, cost_of
from batchmark.studies.laboratory.kept import Shelf
from batchmark.studies.laboratory.parts import Arm, Chosen, Fits, Fitting, Part, Timed, Timing, Tuned
from batchmark.studies.laboratory.results import Obtained, Results
from batchmark.studies.sweep.descriptions import Descriptions
from batchmark.studies.sweep.run import run_sweep
from batchmark.trainings import Followed
from batchmark.workloads.keras_backend import asked_backends

_SIDE_BY_SIDE = 2
_SECONDS_OF_TIMING = 600.0
_NO_TIME = "the budget was spent before it"
_SILENCE_SECONDS = 3_600.0
_MOST_DEATHS = 3
_SHORT_OF_MEMORY = 0.2
_ARMS_OF_A_WORKER = 8
"""So many at least before it makes room: starting another takes as long as some of them."""
_MEASURED = {Status.COMPLETE, Status.DIVERGED, Status.REFUSED}

StartWorker = Callable[[], Worker]


class Laboratory:
    """Obtains parts. A context manager: its workers live while it lasts."""

    def __init__(
        self,
        folder: Path,
        *,
        progress: Progress,
        workers: int | None = None,
        start_worker: StartWorker | None = None,
        descriptions: Descriptions | None = None,
        memory: Callable[[], MachineMemory] = machine_memory,
    ) -> None:
        """Keep parts in `folder`; nothing is started yet.

        `workers`: how many trainings go on at once; None: two on a CPU with more than one core, else one.
        """
        self._folder = folder
        self._progress = progress
        self._wanted = workers
        # On a GPU, what times epochs and what tries a user's model out have to find memory too.
        self._start_worker = start_worker or partial(Worker, timeout_seconds=_SILENCE_SECONDS, environment=SHARING)
        self._descriptions = descriptions or Descriptions(progress=progress)
        self._descriptions.on(asked_backends(()), shares=True)
        self._memory = memory
        self._closed = ExitStack()
        self._workers: list[Worker] = []
        self._facts: dict[str, object] = {}
        self._shelf: Shelf | None = None

    def __enter__(self) -> Self:
        """Return itself."""
        self._closed.enter_context(self._descriptions)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End the workers."""
        self._closed.close()

    @property
    def facts(self) -> dict[str, object]:
        """Where it obtains: versions, device, threads, cores, load."""
        self._begin()
        return self._facts

    def obtain(self, parts: Sequence[Part], *, budget_seconds: float | None = None) -> Results:
        """Obtain `parts`, or what a budget leaves time for: what fits and epoch times first, then trainings.

        Kept ones are there at once. An arm whose worker dies is missing, and another worker goes on. Ctrl-C, a third
        death and a full disk end it: what was finished is returned, and kept; the others are missing, and
        `Results.stopped` says why.
        """
        asked = list(dict.fromkeys(parts))
        obtaining = _Obtaining(self._progress, budget_seconds)
        try:
            self._begin()
            for fitting in (part for part in asked if isinstance(part, Fitting)):
                self._fit(fitting, obtaining)
            for timing in (part for part in asked if isinstance(part, Timing)):
                self._time(timing, obtaining)
            self._train([part for part in asked if isinstance(part, Arm)], asked, obtaining)
        except (KeyboardInterrupt, WorkerDiedError, StoredFileError) as error:
            obtaining.stopped = why_stopped(error)
        return obtaining.results(asked)

    def _begin(self) -> None:
        """Start the first worker, which says where it is."""
        if self._shelf is not None:
            return
        self._progress(phase="start", done=0, of=1, detail="importing what trains")
        first = self._closed.enter_context(self._start_worker())
        self._facts = {**first.ask(requests.Facts()), **host_facts(), **machine_facts()}
        self._shelf = Shelf(self._folder, self._facts)
        self._workers = [first]

    def _time(self, timing: Timing, obtaining: "_Obtaining") -> None:
        assert self._shelf is not None  # noqa: S101  begun
        self._measure(timing, self._shelf.timing(timing), partial(self._timed, timing), obtaining)

    def _fit(self, fitting: Fitting, obtaining: "_Obtaining") -> None:
        assert self._shelf is not None  # noqa: S101  begun
        kept = self._shelf.fitting(fitting)
        if kept is not None and not still_holds(kept, fitting, self._memory()):
            kept = None
        self._measure(fitting, kept, partial(self._fitted, fitting), obtaining)

    def _measure(
        self,
        part: Timing | Fitting,
        kept: Timed | Fits | None,
        measure: Callable[[], Timed | Fits],
        obtaining: "_Obtaining",
    ) -> None:
        """Obtain what is measured with nothing else running."""
        assert self._shelf is not None  # noqa: S101  begun
        if kept is None:
            if obtaining.is_late:
                obtaining.missing[part] = _NO_TIME
                return
            try:
                kept = measure()
            except WorkerDiedError:
                raise
            except BatchmarkError as error:
                obtaining.missing[part] = str(error)
                return
            self._shelf.keep(part, kept)
        obtaining.obtained[part] = kept

    def _fitted(self, fitting: Fitting) -> Fits:
        return find_fits(
            fitting,
            self._descriptions.of(fitting.workload),
            backend=str(self._facts["keras_backend"]),
            progress=self._progress,
        )

    def _timed(self, timing: Timing) -> Timed:
        """Measure epochs with nothing else running; raise KeyboardInterrupt where that was stopped."""
        described = {name: self._descriptions.of(name) for name, _ in timing.places}
        backends = (str(self._facts["keras_backend"]), *timing.backends)
        cells = [
            Cell(name, min(size, described[name].examples), loop, backend)
            for backend in backends
            for loop in (timing.loops if backend == backends[0] else expand(timing.loops, backend))
            for name, size in timing.places
        ]
        plan = Plan(
            turns=timing.turns,
            minimum_turns=min(timing.turns, Plan.minimum_turns),
            budget_seconds=_SECONDS_OF_TIMING,
            same_learning_rate=True,
        )
        sweep = run_sweep(
            list(dict.fromkeys(cells)),
            plan,
            described,
            progress=self._progress,
            memory=timing.memory,
            together=True,
        )
        if sweep.interrupted:
            raise interruption(sweep.stopped)
        if sweep.stopped or not {record.status for record in sweep.records} <= _MEASURED:
            failed = next((record for record in sweep.records if record.status not in _MEASURED), None)
            why = "; ".join(failed.warnings) if failed else ""
            message = sweep.stopped or (f"{failed.cell}: {failed.status}: {why}" if failed else "not measured")
            raise BatchmarkError(message)
        return Timed(sweep.records, sweep.facts)

    def _train(self, arms: Sequence[Arm], asked: Sequence[Part], obtaining: "_Obtaining") -> None:
        """Train `arms` and the grids of tuned ones, and then those at the rates that were found."""
        tuned = [part for part in asked if isinstance(part, Tuned)]
        grids = {part: [part.tried(factor) for factor in part.factors] for part in tuned}
        self._train_all([*arms, *(arm for grid in grids.values() for arm in grid)], obtaining)
        chosen = {}
        for part, grid in grids.items():
            missing = next((obtaining.missing[arm] for arm in grid if arm in obtaining.missing), None)
            if missing is not None:
                obtaining.missing[part] = missing
            elif all(arm in obtaining.obtained for arm in grid):
                chosen[part] = _best(part, [_trained(obtaining, arm) for arm in grid])
        self._train_all([part.at(part.factors[index]) for part, (index, _) in chosen.items()], obtaining)
        for part, (index, losses) in chosen.items():
            arm = part.at(part.factors[index])
            if arm in obtaining.obtained:
                is_at_edge = index in {0, len(part.factors) - 1}
                obtaining.obtained[part] = Chosen(_trained(obtaining, arm), part.factors[index], is_at_edge, losses)
            else:
                obtaining.missing[part] = obtaining.missing.get(arm, _NO_TIME)

    def _train_all(self, arms: Sequence[Arm], obtaining: "_Obtaining") -> None:
        costs = {}
        for arm in self._not_kept(arms, obtaining):
            try:
                costs[arm] = cost_of(arm, self._descriptions.of(arm.workload).examples)
            except BatchmarkError as error:
                obtaining.missing[arm] = str(error)
        if not costs:
            return
        while len(self._workers) < min(self._side_by_side, len(costs)):
            self._workers.append(self._closed.enter_context(self._start_worker()))
        obtaining.begin(costs)
        jobs = Jobs(list(costs))

        with ThreadPoolExecutor(len(self._workers)) as pool:
            futures: list[Future[None]] = []
            try:
                futures += [pool.submit(self._work, place, jobs, obtaining) for place in range(len(self._workers))]
                for future in wait(futures, return_when=FIRST_EXCEPTION).done:
                    future.result()
            except BaseException:
                # The other threads wait for their workers: without them they end at once.
                jobs.give_up()
                for worker in self._workers:
                    worker.kill()
                raise

    def _work(self, place: int, jobs: Jobs, obtaining: "_Obtaining") -> None:
        """Train arms one after the other in the worker at `place`."""
        last: Arm | None = None
        trained = 0
        while not obtaining.is_late and (arm := jobs.taken_after(last)) is not None:
            if trained >= _ARMS_OF_A_WORKER and self._is_short_of_memory():
                # What it compiled for other batch sizes can't be let go of otherwise.
                self._workers[place].close()
                self._replace(place)
                trained = 0
            trained += 1
            try:
                self._train_one(self._workers[place], arm, obtaining)
            except WorkerDiedError as error:
                if jobs.is_given_up or obtaining.has_died_too_often():
                    raise
                # Of this arm, it may be: others are trained by another worker.
                obtaining.lose(arm, str(error))
                self._replace(place)
                trained = 0
            last = arm

    def _replace(self, place: int) -> None:
        """Start another worker in place of one that has ended."""
        self._workers[place] = self._closed.enter_context(self._start_worker())

    def _is_short_of_memory(self) -> bool:
        memory = self._memory()
        return memory.available < _SHORT_OF_MEMORY * memory.total

    def _not_kept(self, arms: Sequence[Arm], obtaining: "_Obtaining") -> list[Arm]:
        """Return those of `arms` that are to be trained; the others are obtained."""
        assert self._shelf is not None  # noqa: S101  begun
        for arm in dict.fromkeys(arms):
            kept = None if arm in obtaining.obtained else self._shelf.arm(arm)
            if kept is not None:
                obtaining.obtained[arm] = kept
                obtaining.kept += 1
        return [arm for arm in dict.fromkeys(arms) if arm not in obtaining.obtained]

    @property
    def _side_by_side(self) -> int:
        if self._wanted is not None:
            return self._wanted
        # A second process on the same accelerator would find its memory taken.
        is_alone = self._facts.get("device") != "CPU" or self._facts.get("cores") == 1
        return 1 if is_alone else _SIDE_BY_SIDE

    def _train_one(self, worker: Worker, arm: Arm, obtaining: "_Obtaining") -> None:
        assert self._shelf is not None  # noqa: S101  begun
        try:
            found = worker.ask(requests.Follow(arm.asked), progress=partial(obtaining.tell, arm))
        except WorkerDiedError:
            raise
        except BatchmarkError as error:
            obtaining.lose(arm, str(error))
        else:
            obtaining.obtained[arm] = found
            self._shelf.keep(arm, found)
            obtaining.tell(arm, 1.0)


class _Obtaining:
    """One call of `Laboratory.obtain`: what there is so far."""

    def __init__(self, progress: Progress, budget_seconds: float | None) -> None:
        self._progress = progress
        self._until = None if budget_seconds is None else time.monotonic() + budget_seconds
        self._costs: dict[Arm, float] = {}
        self._shares: dict[Arm, float] = {}
        self._lock = threading.Lock()
        self.obtained: dict[Part, Obtained] = {}
        self.missing: dict[Part, str] = {}
        self.stopped: str | None = None
        self.kept = 0
        """Arms that were there before."""
        self._deaths = 0

    @property
    def is_late(self) -> bool:
        """Whether the budget is spent: what has begun is finished, and nothing more is begun."""
        return self._until is not None and time.monotonic() >= self._until

    def begin(self, costs: dict[Arm, float]) -> None:
        self._costs, self._shares = costs, dict.fromkeys(costs, 0.0)

    def lose(self, arm: Arm, why: str) -> None:
        """Go on without an arm."""
        self.missing[arm] = why
        self.tell(arm, 1.0)

    def has_died_too_often(self) -> bool:
        """Count a worker's death, and return whether it was one too many."""
        with self._lock:
            self._deaths += 1
            return self._deaths >= _MOST_DEATHS

    def tell(self, arm: Arm, share: float) -> None:
        with self._lock:
            self._shares[arm] = share
            done = sum(self._shares[each] * cost for each, cost in self._costs.items()) / sum(self._costs.values())
            finished = sum(each >= 1 for each in self._shares.values())
            sizes = ", ".join(str(phase.batch_size) for phase in arm.course.phases[:3])
            before = f", {self.kept} kept from before" if self.kept else ""
            parts = f"{finished} of {len(self._shares)} parts done{before}"
            detail = f"{arm.workload} at {sizes}, {arm.seeds} seeds ({parts})"
            self._progress(phase="training", done=done, of=1, detail=detail)

    def results(self, asked: Sequence[Part]) -> Results:
        missing = {
            part: self.missing.get(part, self.stopped or _NO_TIME) for part in asked if part not in self.obtained
        }
        return Results({part: self.obtained[part] for part in asked if part in self.obtained}, missing, self.stopped)


def _trained(obtaining: _Obtaining, arm: Arm) -> Followed:
    found = obtaining.obtained[arm]
    assert isinstance(found, Followed)  # noqa: S101  an arm's
    return found


def _best(part: Tuned, grid: Sequence[Followed]) -> tuple[int, tuple[float, ...]]:
    """Return the index of the best factor, and what it was chosen by; a diverged seed is the worst there is.

    Of equals the first, which is the smallest rate; the median of an even number of seeds is the worse of the middle
    two.
    """
    sign = -1.0 if part.by == "fresh_quality" else 1.0
    losses = []
    for followed in grid:
        values = sign * np.asarray(getattr(followed, part.by))
        ordered = np.sort(np.where(np.isfinite(values), values, np.inf))
        losses.append(float(ordered[len(ordered) // 2]))
    return int(np.argmin(losses)), tuple(sign * loss for loss in losses)
