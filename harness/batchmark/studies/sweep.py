"""The sweep: which batch size, on this hardware?"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from batchmark.errors import BatchmarkError
from batchmark.measurement.connection import Worker
from batchmark.measurement.environment import host_facts
from batchmark.measurement.plan import Plan
from batchmark.measurement.runner import measure
from batchmark.progress import Progress
from batchmark.records import Cell, CellRecord


@dataclass(frozen=True)
class Sweep:
    """A measured grid and where it was measured."""

    records: tuple[CellRecord, ...]
    facts: dict[str, object]
    """Versions, device, threads, flags, cores, load, governor."""
    stopped: str | None = None
    """Why measuring ended before its plan did, or None."""
    interrupted: bool = False
    """Whether it was the user who ended it."""

    def record_of(self, cell: Cell) -> CellRecord:
        """Return the record of `cell`.

        Raises BatchmarkError: the sweep was not asked for it.
        """
        for record in self.records:
            if record.cell == cell:
                return record
        message = f"the sweep did not measure {cell}"
        raise BatchmarkError(message)


def run_sweep(
    cells: Sequence[Cell], plan: Plan, *, progress: Progress, start_worker: Callable[[], Worker] = Worker
) -> Sweep:
    """Measure `cells` in a fresh worker.

    Raises MissingPackageError: no TensorFlow. WorkerDiedError: the worker died before it could say what it is.
    """
    host = host_facts()
    with start_worker() as worker:
        progress(phase="start", done=0, of=1, detail="importing TensorFlow")
        facts = {**worker.request("facts", dict[str, object]), **host}
        measured = measure(worker, cells, plan, progress=progress)
    return Sweep(measured.records, facts, measured.stopped, measured.interrupted)
