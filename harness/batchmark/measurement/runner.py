"""The interleaved measurement of a grid: opens every cell, then takes turns until the plan is over."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Protocol, TypeVar

from batchmark.errors import TrainingError, WorkerDiedError, why_stopped
from batchmark.measurement.plan import Plan
from batchmark.measurement.protocol import Burst, Opened
from batchmark.progress import Progress
from batchmark.records import Cell, CellRecord, Status

Result = TypeVar("Result")
Clock = Callable[[], float]


class Requests(Protocol):
    """What the runner needs of a worker; `batchmark.measurement.connection.Worker` has it."""

    def request(self, method: str, result_type: type[Result], params: Mapping[str, object] | None = None) -> Result:
        """Ask for `method` and return its answer as `result_type`."""


@dataclass(frozen=True)
class Measured:
    """What a sweep measured, whole or in part."""

    records: tuple[CellRecord, ...]
    """In the order the cells were asked for, one each."""
    stopped: str | None = None
    """Why measuring ended before the plan did, or None."""
    interrupted: bool = False
    """Whether it was the user who ended it."""


def measure(
    worker: Requests,
    cells: Sequence[Cell],
    plan: Plan,
    *,
    progress: Progress,
    clock: Clock = time.monotonic,
) -> Measured:
    """Measure `cells` by `plan`.

    A cell that can't be built or that diverges drops out and the others go on. Ctrl-C and a worker that
    dies end the measurement; what was measured until then is returned. The cell at which a worker died has failed.

    Raises MissingPackageError: the worker has no TensorFlow.
    """
    benches = {cell: _Bench(cell, plan.seed) for cell in cells}
    stopped: str | None = None
    interrupted = False
    try:
        _open_all(worker, benches, plan, progress)
        _take_turns(worker, benches, plan, progress, clock)
    except (KeyboardInterrupt, WorkerDiedError) as error:
        stopped, interrupted = why_stopped(error), isinstance(error, KeyboardInterrupt)
    return Measured(tuple(benches[cell].record(stopped) for cell in cells), stopped, interrupted)


@dataclass
class _Bench:
    """One cell while it is measured."""

    cell: Cell
    seed: int
    opened: Opened | None = None
    turns: dict[int, tuple[float, ...]] = field(default_factory=dict)
    places: dict[int, tuple[int, ...]] = field(default_factory=dict)
    ended: Status | None = None
    warnings: list[str] = field(default_factory=list)

    @property
    def is_live(self) -> bool:
        return self.opened is not None and self.ended is None

    @property
    def epoch_seconds(self) -> float:
        return self.opened.warm_epoch_seconds if self.opened else math.nan

    def accept(self, opened: Opened) -> None:
        self.opened = opened
        self.warnings.extend(opened.warnings)
        if opened.diverged:
            self._diverge()

    def add(self, turn: int, place: int, burst: Burst) -> None:
        if burst.seconds_per_round:
            self.turns[turn] = (*self.turns.get(turn, ()), *burst.seconds_per_round)
            self.places[turn] = (*self.places.get(turn, ()), place)
        if burst.diverged:
            self._diverge()

    def fail(self, reason: str) -> None:
        self.ended = Status.FAILED
        self.warnings.append(reason)

    def _diverge(self) -> None:
        self.ended = Status.DIVERGED
        rate = self.opened.learning_rate if self.opened else math.nan
        self.warnings.append(f"the loss stopped being finite at learning rate {rate:g}; try a smaller one")

    def record(self, stopped: str | None) -> CellRecord:
        opened = self.opened
        unfinished = stopped is not None and self.ended is None
        return CellRecord(
            cell=self.cell,
            workload_version=opened.workload_version if opened else 0,
            compilation=opened.compilation if opened else "",
            examples=opened.examples if opened else 0,
            steps_per_epoch=-(-opened.examples // self.cell.batch_size) if opened else 0,
            first_epoch_seconds=opened.first_epoch_seconds if opened else math.nan,
            seconds_per_round=tuple(self.turns.values()),
            places=tuple(self.places.values()),
            learning_rate=opened.learning_rate if opened else math.nan,
            seed=self.seed,
            status=self.ended or (Status.INTERRUPTED if unfinished else Status.COMPLETE),
            warnings=(*self.warnings, *([stopped] if unfinished and stopped else [])),
            compilation_trial=opened.compilation_trial if opened else {},
        )


def _open_all(worker: Requests, benches: Mapping[Cell, _Bench], plan: Plan, progress: Progress) -> None:
    order = plan.opening_order(list(benches))
    for done, cell in enumerate(order):
        progress(phase="first epochs", done=done, of=len(order), detail=str(cell))
        params = {"cell": asdict(cell), "seed": plan.seed, "same_learning_rate": plan.same_learning_rate}
        try:
            benches[cell].accept(worker.request("open", Opened, params))
        except TrainingError as error:
            benches[cell].fail(str(error))
        except WorkerDiedError as error:
            benches[cell].fail(str(error))
            raise
    progress(phase="first epochs", done=len(order), of=len(order), detail="")


def _take_turns(worker: Requests, benches: Mapping[Cell, _Bench], plan: Plan, progress: Progress, clock: Clock) -> None:
    start = clock()
    turn = 0
    while not plan.is_over(turns_done=turn, seconds_spent=clock() - start):
        epochs = {cell: bench.epoch_seconds for cell, bench in benches.items() if bench.is_live}
        if not epochs:
            return
        visits = plan.visits(epochs, turn)
        for index, visit in enumerate(visits):
            bench = benches[visit.cell]
            if not bench.is_live:
                continue
            done, of = turn * len(visits) + index, plan.turns * len(visits)
            progress(phase="turns", done=done, of=of, detail=f"turn {turn + 1} of {plan.turns}, {visit.cell}")
            try:
                bench.add(turn, index, worker.request("burst", Burst, asdict(visit)))
            except TrainingError as error:
                bench.fail(str(error))
            except WorkerDiedError as error:
                bench.fail(str(error))
                raise
        turn += 1
    progress(phase="turns", done=turn, of=turn, detail="")
