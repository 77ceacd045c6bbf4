"""One worker with its open trainings, replaced by a new one when it dies."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from batchmark.backends import TENSORFLOW
from batchmark.errors import BatchmarkError, MissingPackageError, WorkerDiedError, WorkerSilentError
from batchmark.loops import COMPILED, FIT, LOOPS_OF, compilations_of
from batchmark.measurement.bench import Bench, Measured
from batchmark.measurement.connection import Worker
from batchmark.measurement.plan import Place, Plan
from batchmark.measurement.protocol import requests
from batchmark.measurement.protocol.request import Answer, Request
from batchmark.progress import Progress
from batchmark.proofs import Proof
from batchmark.records import Cell, CellRecord, Status

Proofs = dict[tuple[str, str], Proof]
"""By workload and loop: what was proven in one environment."""

# A loop whose cells keep ending their worker is not tried at every batch size.
_MOST_DEATHS = 2
_WAITING_UNSEEN = "how much of an epoch waits for data could not be seen"
# What takes so many times as long as it did, and at least so long, hangs.
_PATIENCE = 50
_LEAST_PATIENCE_SECONDS = 120.0
# What compiles, and has the plan's limit for it.
_WITH_FIRST_EPOCHS = (requests.TryLoop, requests.Open, requests.Prove)


class Sitting:
    """The cells of one side, while they are measured.

    A cell that can't be built, that diverges, that ends its worker or takes longer than the plan's limit for its first
    epochs drops out; what is left goes on, where it has to be in a new worker.
    """

    def __init__(
        self,
        worker: Worker,
        cells: Sequence[Cell],
        plan: Plan,
        *,
        start_worker: Callable[[], Worker],
        progress: Progress,
        name: str = "",
        backend: str = TENSORFLOW,
        proofs: Proofs | None = None,
        show: Callable[[CellRecord], None] = lambda _: None,
    ) -> None:
        """Take a worker that has nothing open; `name` tells the side from others, in what `progress` is told.

        Of `cells` it measures those whose loop `backend` has: what runs Keras in the worker.

        `proofs` holds what was proven in this environment before, and what is from now on. `show` is shown what there
        is of a cell whenever there is more, between requests.
        """
        self.benches = {cell: Bench(cell, plan.seed) for cell in cells if cell.loop in LOOPS_OF[backend]}
        self.stopped: str | None = None
        """Why it ended before the plan did: its worker can't be started any more."""
        self._worker = worker
        self._start_worker = start_worker
        self._plan = plan
        self._progress = progress
        self._name = f"{name}, " if name else ""
        self.compilations = compilations_of(backend) or (COMPILED,)
        """What ``compiled`` may be here."""
        self._deaths: Counter[str] = Counter()
        self._proofs: Proofs = {} if proofs is None else proofs
        self._show = show

    def close(self) -> None:
        """End the worker."""
        self._worker.close()

    def measured(self, *, stopped: str | None, interrupted: bool) -> Measured:
        """Return what there is; `stopped` says why the whole measurement ended early."""
        why = self.stopped or stopped
        return Measured(tuple(bench.record(why) for bench in self.benches.values()), why, interrupted)

    def epoch_seconds(self) -> dict[Cell, float]:
        """Return about what an epoch takes of each cell that is live."""
        return {cell: bench.epoch_seconds for cell, bench in self._live()}

    def try_compilations(self) -> dict[str, float]:
        """Return the seconds of an epoch by each compilation that the loop ``compiled`` can have here."""
        seconds: dict[str, float] = {}
        if not self.benches:
            return seconds
        workload = next(iter(self.benches)).workload
        if len(self.compilations) == 1:
            # There is nothing to choose, and what can't run is told where it is tried.
            return dict.fromkeys(self.compilations, math.nan)
        of = len(self.compilations)
        for done, loop in enumerate(self.compilations):
            self._progress(phase="trial", done=done, of=of, detail=f"{self._name}{workload} by {loop}")
            trial = requests.TryLoop(workload, loop, self._plan.seed)
            try:
                proof = self._proof_of(workload, loop)
                if proof.is_refused:
                    self._warn_undecided(f"{loop} is refused, it does other work than fit: {proof.reason}")
                    continue
                limit = self._plan.first_epoch_limit_seconds
                seconds[loop] = self._worker.ask(trial, timeout_seconds=limit)
            except MissingPackageError:
                raise
            except WorkerDiedError as error:
                self._warn_undecided(f"{loop} can't run {workload}: {self._why(error, trial)}")
                self._replace_worker()
            except BatchmarkError as error:
                self._warn_undecided(f"{loop} can't run {workload}: {error}")
        return seconds

    def prove(self) -> None:
        """Hold every loop but ``fit`` against it, on the workload's own model, before anything is opened.

        Cells whose loop does other work, or can't run the model at all, drop out; the others go on.
        """
        for loop in dict.fromkeys(bench.loop for bench in self.benches.values() if bench.loop != FIT):
            own = [bench for bench in self.benches.values() if bench.loop == loop and bench.ended is None]
            if not own or self.stopped:
                continue
            try:
                proof = self._proof_of(own[0].cell.workload, loop)
            except MissingPackageError:
                raise
            except WorkerDiedError as error:
                self._fail_all(own, self._why(error, requests.Prove(own[0].cell.workload, loop)))
                self._replace_worker()
            except BatchmarkError as error:
                self._fail_all(own, str(error))
            else:
                for bench in own:
                    bench.take_proof(proof)
            for bench in own:
                self._show_so_far(bench)

    def _proof_of(self, workload: str, loop: str) -> Proof:
        if (workload, loop) not in self._proofs:
            self._progress(phase="proof", done=0, of=1, detail=f"{self._name}{workload}: {loop} beside fit")
            limit = self._plan.first_epoch_limit_seconds
            proof = self._worker.ask(requests.Prove(workload, loop), timeout_seconds=limit)
            self._proofs[workload, loop] = proof
        return self._proofs[workload, loop]

    def choose(self, loop: str, trial: Mapping[str, float]) -> None:
        """Run the loop ``compiled`` by `loop`, which a trial chose."""
        for bench in self._undecided():
            bench.choose(loop, trial)

    def open(self, cell: Cell) -> None:
        """Build, compile and warm up one cell."""
        bench = self.benches.get(cell)
        if bench is None or self.stopped or bench.ended is not None:
            return
        if self._deaths[cell.loop] >= _MOST_DEATHS:
            bench.give_up(f"not tried: {_MOST_DEATHS} other batch sizes of this loop were given up")
        else:
            self._open(bench)
        self._show_so_far(bench)

    def begin(self, cell: Cell) -> None:
        """Begin a call for a cell's visits of one place, where it is still live."""
        self._tell(requests.Begin(cell))

    def end(self, cell: Cell) -> None:
        """End the call for a cell's visits of one place, where it is still live."""
        self._tell(requests.End(cell))

    def visit(self, place: Place, *, turn: int, index: int) -> None:
        """Measure what a place in turn number `turn` is for, where that is still live."""
        bench = self.benches.get(place.cell)
        if bench is None or not self._is_live(bench):
            return
        visit = self._plan.visit(place, bench.epoch_seconds)
        limit = _patience((visit.warm_up + visit.rounds) * bench.epoch_seconds)
        rounds = requests.GoOn if self._plan.alternate else requests.RunBurst
        burst = self._ask(bench, rounds(visit.cell, visit.warm_up, visit.rounds), timeout_seconds=limit)
        if burst is not None:
            bench.add(turn, index, burst)
        self._show_so_far(bench)

    def watch_waiting(self) -> None:
        """See how much of an epoch waits for its input pipeline: a pass of its own, after all rounds.

        What was measured stays, whatever happens here; one that ends the worker ends the pass.
        """
        live = list(self._live())
        for done, (cell, bench) in enumerate(live):
            try:
                share = self._worker.ask(requests.WatchWaiting(cell))
            except WorkerDiedError as error:
                for _, unseen in live[done:]:
                    unseen.warnings.append(f"{_WAITING_UNSEEN}: {error}")
                return
            except BatchmarkError as error:
                bench.warnings.append(f"{_WAITING_UNSEEN}: {error}")
                continue
            if share is None:
                # There is no pipeline, so there is none for the others either.
                return
            self._progress(phase="input", done=done, of=len(live), detail=f"{self._name}{cell}")
            bench.waiting_share = share
            self._show_so_far(bench)

    def _fail_all(self, benches: Iterable[Bench], reason: str) -> None:
        for bench in benches:
            bench.fail(reason)

    def _tell(self, request: requests.Begin | requests.End) -> None:
        bench = self.benches.get(request.cell)
        if bench is not None and self._is_live(bench):
            self._ask(bench, request, timeout_seconds=_patience(bench.epoch_seconds))

    def _is_live(self, bench: Bench) -> bool:
        return bench.is_live and not self.stopped

    def _live(self) -> Iterable[tuple[Cell, Bench]]:
        return ((cell, bench) for cell, bench in self.benches.items() if self._is_live(bench))

    def _undecided(self) -> list[Bench]:
        return [bench for bench in self.benches.values() if bench.cell.loop == COMPILED]

    def _warn_undecided(self, warning: str) -> None:
        for bench in self._undecided():
            bench.warnings.append(warning)

    def _open(self, bench: Bench) -> None:
        opened = self._ask(bench, self._opening(bench), timeout_seconds=self._open_seconds)
        if opened is not None:
            bench.accept(opened)

    def _opening(self, bench: Bench) -> requests.Open:
        return requests.Open(bench.cell, bench.loop, self._plan.seed, self._plan.same_learning_rate)

    @property
    def _open_seconds(self) -> float:
        return self._plan.first_epoch_limit_seconds

    def _ask(self, bench: Bench, request: Request[Answer], *, timeout_seconds: float) -> Answer | None:
        """Return the answer, or None after `bench` has failed for want of one."""
        try:
            return self._worker.ask(request, timeout_seconds=timeout_seconds)
        except MissingPackageError:
            raise
        except WorkerDiedError as error:
            bench.fail(self._why(error, request))
            self._deaths[bench.cell.loop] += 1
            self._replace_worker()
            for each in self.benches.values():
                self._show_so_far(each)
        except BatchmarkError as error:
            bench.fail(str(error))
        return None

    def _show_so_far(self, bench: Bench) -> None:
        record = bench.record(None)
        # If nothing more comes, it was interrupted.
        self._show(record if bench.ended else replace(record, status=Status.INTERRUPTED))

    def _why(self, error: WorkerDiedError, request: Request[Any]) -> str:
        if isinstance(error, WorkerSilentError) and isinstance(request, _WITH_FIRST_EPOCHS):
            hint = f"; {self._plan.waits_longer}" if self._plan.waits_longer else ""
            return f"compilation and first epochs took longer than {self._plan.first_epoch_limit_seconds:g} s{hint}"
        return str(error)

    def _replace_worker(self) -> None:
        """Open what is live once more, in a new worker; one that can't be started ends the sitting.

        A cell that ends this worker too drops out, and the next one begins with all that is left, so a cell is open
        once whatever happens. A loop whose cells ended so many workers here as it may in all is opened no more.
        """
        deaths: Counter[str] = Counter()
        while True:
            self._worker.close()
            try:
                self._worker = self._start_worker()
            except BatchmarkError as error:
                self.stopped = str(error)
                return
            doomed = self._open_again(deaths)
            if doomed is None:
                return
            deaths[doomed.cell.loop] += 1
            self._deaths[doomed.cell.loop] += 1

    def _open_again(self, deaths: Mapping[str, int]) -> Bench | None:
        """Open what is live once more; return the one that ended the worker, after it has failed."""
        live = list(self._live())
        for done, (cell, bench) in enumerate(live):
            self._progress(phase="starting again", done=done, of=len(live), detail=f"{self._name}{cell}")
            if deaths.get(cell.loop, 0) >= _MOST_DEATHS:
                bench.give_up(f"not opened again: {_MOST_DEATHS} others of this loop ended their worker there")
                continue
            opening = self._opening(bench)
            try:
                opened = self._worker.ask(opening, timeout_seconds=self._open_seconds)
            except MissingPackageError:
                raise
            except WorkerDiedError as error:
                bench.fail(self._why(error, opening))
                return bench
            except BatchmarkError as error:
                bench.fail(str(error))
            else:
                bench.accept_again(opened)
        return None


def _patience(expected_seconds: float) -> float:
    return max(_LEAST_PATIENCE_SECONDS, _PATIENCE * expected_seconds)
