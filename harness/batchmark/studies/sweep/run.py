"""The sweep: which batch size, on this hardware?"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from batchmark.errors import BatchmarkError, WorkerDiedError, why_stopped
from batchmark.files.journal.writing import Journal
from batchmark.measurement.bench import Bench, Measured
from batchmark.measurement.connection import Worker
from batchmark.measurement.environment import host_facts
from batchmark.measurement.plan import Plan
from batchmark.measurement.protocol import requests
from batchmark.measurement.runner import measure
from batchmark.progress import Progress
from batchmark.records import Cell, CellRecord, Status
from batchmark.studies.sweep.memory import with_memory
from batchmark.workloads import Description

WAITS_LONGER = "--first-epoch-limit SECONDS waits longer"
"""Said of a cell that was given up, unless the plan has other words for it."""


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
    cells: Sequence[Cell],
    plan: Plan,
    workloads: Mapping[str, Description],
    *,
    progress: Progress,
    memory: bool = False,
    worker_for: Callable[[str], Worker] = lambda _: Worker(),
    journal: Journal | None = None,
) -> Sweep:
    """Measure `cells`, one of the `workloads` after the other, each in a worker of its own.

    Cells of one workload are interleaved; of two they are not compared. `memory` measures that of each cell
    too, in as many fresh processes. What there is stands in the `journal`, whatever is raised.

    Raises MissingPackageError: a package is not installed. WorkerDiedError: the first worker can't be started, or died
    before it could say what it is.
    """
    journal = journal or Journal()
    for cell in cells:
        journal.show(replace(Bench(cell, plan.seed).record(None), status=Status.INTERRUPTED))
    host = host_facts()
    facts: dict[str, object] = {}
    parts: list[Measured] = []
    for name in dict.fromkeys(cell.workload for cell in cells):
        own = [cell for cell in cells if cell.workload == name]
        if parts and parts[-1].interrupted:
            parts.append(_unmeasured(own, plan, parts[-1]))
            continue
        try:
            worker = worker_for(name)
        except WorkerDiedError as error:
            if not parts:
                raise
            # What was measured of the others is kept.
            parts.append(_unmeasured(own, plan, Measured((), str(error))))
            continue
        with worker:
            progress(phase="start", done=0, of=1, detail="importing TensorFlow")
            if not facts:
                facts = {**worker.ask(requests.Facts()), **host}
                journal.know(facts)
            budget = plan.budget_seconds or workloads[name].budget_seconds
            parts.append(
                measure(
                    worker,
                    own,
                    replace(plan, budget_seconds=budget, waits_longer=plan.waits_longer or WAITS_LONGER),
                    start_worker=partial(worker_for, name),
                    progress=progress,
                    before_turn=journal.end_turn,
                    show=partial(_show, journal, workloads[name]),
                )
            )
        for record in parts[-1].records:
            _show(journal, workloads[name], record)
    records = [_of_workload(workloads[record.cell.workload], record) for part in parts for record in part.records]
    stopped = next((part.stopped for part in parts if part.stopped), None)
    interrupted = any(part.interrupted for part in parts)
    if memory and not interrupted:
        at_once = 1 if facts.get("device") == "GPU" else None
        try:
            records = list(with_memory(records, seed=plan.seed, progress=progress, at_once=at_once, show=journal.show))
        except KeyboardInterrupt as error:
            stopped, interrupted = f"{why_stopped(error)} while memory was measured", True
            shown = {record.cell: record for record in journal.records}
            records = [shown[record.cell] for record in records]
    return Sweep(tuple(records), facts, stopped, interrupted)


def _of_workload(workload: Description, record: CellRecord) -> CellRecord:
    return replace(record, tokens_per_example=workload.tokens_per_example)


def _show(journal: Journal, workload: Description, record: CellRecord) -> None:
    journal.show(_of_workload(workload, record))


def _unmeasured(cells: Sequence[Cell], plan: Plan, like: Measured) -> Measured:
    """Return records without rounds of what was not begun, for the reason that `like` was not finished."""
    records = tuple(Bench(cell, plan.seed).record(like.stopped) for cell in cells)
    return Measured(records, like.stopped, like.interrupted)
