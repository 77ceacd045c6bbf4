"""The interleaved measurement of a grid: opens every cell, then takes turns until the plan is over."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Protocol, TypeVar

from batchmark.errors import BatchmarkError, MissingPackageError, WorkerDiedError, WorkerSilentError, why_stopped
from batchmark.loops import COMPILED, COMPILED_GRAPH, COMPILED_XLA
from batchmark.measurement.bench import Bench, Measured
from batchmark.measurement.plan import Plan
from batchmark.measurement.protocol import Burst, Opened
from batchmark.progress import Progress
from batchmark.records import Cell

Result = TypeVar("Result")
Clock = Callable[[], float]

# A loop whose cells keep ending their worker is not tried at every batch size.
_MOST_DEATHS = 2


class Requests(Protocol):
    """What the runner needs of a worker; `batchmark.measurement.connection.Worker` has it."""

    def request(
        self,
        method: str,
        result_type: type[Result],
        params: Mapping[str, object] | None = None,
        *,
        timeout_seconds: float | None = None,
    ) -> Result:
        """Ask for `method` and return its answer as `result_type`."""

    def close(self) -> None:
        """End the worker."""


def measure(
    worker: Requests,
    cells: Sequence[Cell],
    plan: Plan,
    *,
    start_worker: Callable[[], Requests],
    progress: Progress,
    clock: Clock = time.monotonic,
    before_turn: Callable[[], None] = lambda: None,
) -> Measured:
    """Measure `cells`, all of one workload, by `plan`, in `worker`.

    A cell that can't be built, that diverges, that ends its worker or takes longer than the plan's limit for its
    first epochs drops out, and the others go on, where it has to be in a new worker. Ctrl-C ends the measurement;
    what was measured until then is returned. The worker is closed. `before_turn` is called before each turn.

    Raises MissingPackageError: the worker lacks a package that the workload needs.
    """
    sitting = _Sitting(worker, cells, plan, start_worker=start_worker, progress=progress)
    stopped: str | None = None
    interrupted = False
    try:
        sitting.try_compilations()
        sitting.open_all()
        sitting.take_turns(clock, before_turn)
        sitting.watch_waiting()
    except (KeyboardInterrupt, WorkerDiedError) as error:
        stopped, interrupted = why_stopped(error), isinstance(error, KeyboardInterrupt)
    finally:
        sitting.close()
    return Measured(tuple(bench.record(stopped) for bench in sitting.benches.values()), stopped, interrupted)


class _Sitting:
    """One worker with its open trainings, replaced by a new one when it dies."""

    def __init__(
        self,
        worker: Requests,
        cells: Sequence[Cell],
        plan: Plan,
        *,
        start_worker: Callable[[], Requests],
        progress: Progress,
    ) -> None:
        self.benches = {cell: Bench(cell, plan.seed) for cell in cells}
        self._worker = worker
        self._start_worker = start_worker
        self._plan = plan
        self._progress = progress
        self._deaths: dict[str, int] = {}

    def close(self) -> None:
        self._worker.close()

    def try_compilations(self) -> None:
        """Choose what runs the loop ``compiled``: the faster of graph and XLA, measured, not assumed.

        XLA is many times faster than a graph for small dense networks on a CPU and many times slower for
        convolutions.
        """
        undecided = [bench for bench in self.benches.values() if bench.cell.loop == COMPILED]
        if not undecided:
            return
        workload = undecided[0].cell.workload
        seconds: dict[str, float] = {}
        warnings: list[str] = []
        for done, loop in enumerate((COMPILED_GRAPH, COMPILED_XLA)):
            self._progress(phase="trial", done=done, of=2, detail=f"{workload} by {loop}")
            params = {"workload": workload, "loop": loop, "seed": self._plan.seed}
            try:
                limit = self._plan.first_epoch_limit_seconds
                seconds[loop] = self._worker.request("try_loop", float, params, timeout_seconds=limit)
            except MissingPackageError:
                raise
            except WorkerDiedError as error:
                warnings.append(f"{loop} can't run {workload}: {self._why(error, 'try_loop')}")
                self._replace_worker()
            except BatchmarkError as error:
                warnings.append(f"{loop} can't run {workload}: {error}")
        chosen = min(seconds, key=seconds.__getitem__, default=COMPILED_GRAPH)
        for bench in undecided:
            bench.choose(chosen, seconds, warnings)

    def open_all(self) -> None:
        order = self._plan.opening_order(list(self.benches))
        for done, cell in enumerate(order):
            self._progress(phase="first epochs", done=done, of=len(order), detail=str(cell))
            bench = self.benches[cell]
            if self._deaths.get(cell.loop, 0) >= _MOST_DEATHS:
                bench.fail(f"not tried: {_MOST_DEATHS} other batch sizes of this loop were given up")
            else:
                self._open(bench, bench.accept)
        self._progress(phase="first epochs", done=len(order), of=len(order), detail="")

    def take_turns(self, clock: Clock, before_turn: Callable[[], None]) -> None:
        start = clock()
        turn = 0
        while not self._plan.is_over(turns_done=turn, seconds_spent=clock() - start):
            epochs = {cell: bench.epoch_seconds for cell, bench in self.benches.items() if bench.is_live}
            if not epochs:
                return
            before_turn()
            visits = self._plan.visits(epochs, turn)
            for index, visit in enumerate(visits):
                bench = self.benches[visit.cell]
                if not bench.is_live:
                    continue
                done, of = turn * len(visits) + index, self._plan.turns * len(visits)
                detail = f"turn {turn + 1} of {self._plan.turns}, {visit.cell}"
                self._progress(phase="turns", done=done, of=of, detail=detail)
                burst = self._ask(bench, "burst", Burst, asdict(visit))
                if burst is not None:
                    bench.add(turn, index, burst)
            turn += 1
        self._progress(phase="turns", done=turn, of=turn, detail="")

    def watch_waiting(self) -> None:
        """See how much of an epoch waits for its input pipeline: a pass of its own, after all rounds."""
        live = [bench for bench in self.benches.values() if bench.is_live]
        for done, bench in enumerate(live):
            share = self._ask(bench, "waiting", float | None, {"cell": asdict(bench.cell)})  # type: ignore[arg-type]
            if share is None:
                # There is no pipeline, so there is none for the others either.
                return
            self._progress(phase="input", done=done, of=len(live), detail=str(bench.cell))
            bench.waiting_share = share

    def _open(self, bench: Bench, accept: Callable[[Opened], None]) -> None:
        params = {
            "cell": asdict(bench.cell),
            "loop": bench.loop,
            "seed": self._plan.seed,
            "same_learning_rate": self._plan.same_learning_rate,
        }
        opened = self._ask(bench, "open", Opened, params, timeout_seconds=self._plan.first_epoch_limit_seconds)
        if opened is not None:
            accept(opened)

    def _ask(
        self,
        bench: Bench,
        method: str,
        result_type: type[Result],
        params: Mapping[str, object],
        *,
        timeout_seconds: float | None = None,
    ) -> Result | None:
        """Return the answer, or None after `bench` has failed for want of one."""
        try:
            return self._worker.request(method, result_type, params, timeout_seconds=timeout_seconds)
        except MissingPackageError:
            raise
        except WorkerDiedError as error:
            bench.fail(self._why(error, method))
            self._deaths[bench.cell.loop] = self._deaths.get(bench.cell.loop, 0) + 1
            self._replace_worker()
        except BatchmarkError as error:
            bench.fail(str(error))
        return None

    def _why(self, error: WorkerDiedError, method: str) -> str:
        if isinstance(error, WorkerSilentError) and method in ("try_loop", "open"):
            limit = self._plan.first_epoch_limit_seconds
            return (
                f"compilation and first epochs took longer than {limit:g} s; --first-epoch-limit SECONDS waits longer"
            )
        return str(error)

    def _replace_worker(self) -> None:
        """Open what is live once more, in a new worker. A worker that can't be started ends the measurement."""
        self._worker.close()
        self._worker = self._start_worker()
        live = [bench for bench in self.benches.values() if bench.is_live]
        for done, bench in enumerate(live):
            self._progress(phase="starting again", done=done, of=len(live), detail=str(bench.cell))
            if bench.is_live:
                self._open(bench, bench.accept_again)
