"""The backends of a sweep: a worker for each, what each says of itself, and their cells measured in turns."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from batchmark.backends import PROPER_NAMES, SHARING, TENSORFLOW
from batchmark.errors import BatchmarkError, IncomparableError
from batchmark.measurement.bench import Bench, Measured
from batchmark.measurement.connection import Worker
from batchmark.measurement.hardware import gpu_facts, require_gpu
from batchmark.measurement.plan import Plan
from batchmark.measurement.protocol import requests
from batchmark.measurement.runner import measure, measure_backends
from batchmark.progress import Progress
from batchmark.records import Cell, CellRecord
from batchmark.workloads.keras_backend import VARIABLE

StartWorker = Callable[[str, str], Worker]
"""Starts a worker for a workload and a backend."""
BY_BACKEND = "backends"
"""Where the facts of each backend stand, where there are several."""


def backend_worker(backend: str, *, shares: bool = False) -> Worker:
    """Return a worker in which Keras trains with `backend`; one that `shares` a GPU takes no more than it needs."""
    return Worker(environment={VARIABLE: backend, **(SHARING if shares else {})})


def start_all(cells: Sequence[Cell], worker_for: StartWorker) -> dict[str, Worker]:
    """Return a worker for each backend of `cells`, all of one workload."""
    workers: dict[str, Worker] = {}
    try:
        for backend in dict.fromkeys(cell.backend for cell in cells):
            workers[backend] = worker_for(cells[0].workload, backend)
    except BaseException:
        for worker in workers.values():
            worker.close()
        raise
    return workers


@dataclass
class Told:
    """What the backends say of where they run, each asked once."""

    progress: Progress
    needs_gpu: bool
    by_backend: dict[str, dict[str, object]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    """Why the others say nothing: they aren't installed, say."""

    def ask(self, workers: Mapping[str, Worker]) -> bool:
        """Ask those of `workers` that have not been asked yet; return whether there is something new.

        Raises BatchmarkError: none says anything, or one trains on no GPU where it has to. IncomparableError: they
        train on different devices.
        """
        errors: list[BatchmarkError] = []
        new = [backend for backend in workers if backend not in {*self.by_backend, *self.failed}]
        for done, backend in enumerate(new):
            self.progress(phase="start", done=done, of=len(new), detail=f"importing {PROPER_NAMES[backend]}")
            try:
                self.by_backend[backend] = workers[backend].ask(requests.Facts())
            except BatchmarkError as error:
                errors.append(error)
                self.failed[backend] = str(error)
                continue
            if self.needs_gpu:
                require_gpu(self.by_backend[backend], PROPER_NAMES[backend])
        if not self.by_backend:
            raise errors[0]
        _require_one_device(self.by_backend)
        return bool(new)

    @property
    def facts(self) -> dict[str, object]:
        """What the first backend says; of several, what each says beside it."""
        first = next(iter(self.by_backend.values()))
        told = first if len(self.by_backend) == 1 else {**first, BY_BACKEND: dict(self.by_backend)}
        return {**told, **gpu_facts(first)}


def _require_one_device(told: Mapping[str, Mapping[str, object]]) -> None:
    """Refuse backends that train on different kinds of device: a ratio of theirs would say nothing of them.

    Raises IncomparableError.
    """
    if len({facts.get("device") for facts in told.values()}) > 1:
        where = ", ".join(f"{PROPER_NAMES[backend]} on {facts.get('device')}" for backend, facts in told.items())
        message = f"the backends train on different devices ({where}): install builds for the same one"
        raise IncomparableError(message)


def measure_those_there(
    workers: dict[str, Worker],
    cells: Sequence[Cell],
    plan: Plan,
    told: Told,
    *,
    worker_for: StartWorker,
    progress: Progress,
    before_turn: Callable[[], None],
    show: Callable[[CellRecord], None],
) -> list[Measured]:
    """Return what the backends measured of `cells`, all of one workload, and why some of them measured nothing.

    The worker of a backend that could say nothing of itself is closed, and dropped.
    """
    for backend in [backend for backend in workers if backend in told.failed]:
        workers.pop(backend).close()
    found = _failed([cell for cell in cells if cell.backend not in workers], told.failed, plan)
    if there := [cell for cell in cells if cell.backend in workers]:
        measured = _measured(
            workers, there, plan, worker_for=worker_for, progress=progress, before_turn=before_turn, show=show
        )
        found.append(measured)
    return found


def _measured(
    workers: Mapping[str, Worker],
    cells: Sequence[Cell],
    plan: Plan,
    *,
    worker_for: StartWorker,
    progress: Progress,
    before_turn: Callable[[], None],
    show: Callable[[CellRecord], None],
) -> Measured:
    """Return what each backend measured of its cells, in the order of `cells`."""
    workload = cells[0].workload
    if len(workers) == 1:
        ((backend, worker),) = workers.items()
        return measure(
            worker,
            cells,
            plan,
            start_worker=partial(worker_for, workload, backend),
            progress=progress,
            before_turn=before_turn,
            show=show,
        )
    # Alike on each backend, so that a place of a turn is filled by all of them.
    found = measure_backends(
        workers,
        {
            backend: [replace(cell, backend=TENSORFLOW) for cell in cells if cell.backend == backend]
            for backend in workers
        },
        plan,
        start_worker=partial(worker_for, workload),
        progress=progress,
        before_turn=before_turn,
        show=lambda backend, record: show(_on(backend, record)),
    )
    by_cell = {
        record.cell: record
        for backend, measured in found.items()
        for record in (_on(backend, each) for each in measured.records)
    }
    return Measured(
        tuple(by_cell[cell] for cell in cells),
        next((each.stopped for each in found.values() if each.stopped), None),
        any(each.interrupted for each in found.values()),
    )


def _failed(cells: Sequence[Cell], reasons: Mapping[str, str], plan: Plan) -> list[Measured]:
    """Return records without rounds of what a backend can't run, by what it said; nothing where there is none."""
    records = []
    for cell in cells:
        bench = Bench(cell, plan.seed)
        bench.fail(reasons[cell.backend])
        records.append(bench.record(None))
    return [Measured(tuple(records), None)] if records else []


def _on(backend: str, record: CellRecord) -> CellRecord:
    return replace(record, cell=replace(record.cell, backend=backend))
