"""The sweep: which batch size, on this hardware?"""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial

from batchmark.errors import BatchmarkError, WorkerDiedError, why_stopped
from batchmark.files.journal.writing import Journal
from batchmark.measurement.bench import Bench, Measured
from batchmark.measurement.environment import host_facts
from batchmark.measurement.plan import Plan
from batchmark.metrics.table import SHORTEST_VISIT
from batchmark.progress import Progress
from batchmark.records import Cell, CellRecord, Status
from batchmark.studies.sweep.memory import with_memory
from batchmark.studies.sweep.on_backends import StartWorker, Told, backend_worker, measure_those_there, start_all
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
    together: bool = False,
    needs_gpu: bool = False,
    worker_for: StartWorker = lambda _, backend: backend_worker(backend),
    journal: Journal | None = None,
) -> Sweep:
    """Measure `cells`, one of the `workloads` after the other, each in a worker of its own.

    Cells of one workload are interleaved; of two they are not compared, unless all are measured `together`, interleaved
    in one worker. `memory` measures that of each cell
    too, in as many fresh processes; one that `needs_gpu` measures nothing without. What there is stands in the
    `journal`, whatever is raised.

    Raises MissingPackageError: a package is not installed. WorkerDiedError: the first worker can't be started, or died
    before it could say what it is. BatchmarkError: no GPU where one is needed.
    """
    journal = journal or Journal()
    for cell in cells:
        journal.show(replace(Bench(cell, plan.seed).record(None), status=Status.INTERRUPTED))
    host = host_facts()
    facts: dict[str, object] = {}
    told = Told(progress, needs_gpu)
    parts: list[Measured] = []
    for own in [list(cells)] if together else _by_workload(cells):
        if parts and parts[-1].interrupted:
            parts.append(_unmeasured(own, plan, parts[-1]))
            continue
        try:
            workers = start_all(own, worker_for)
        except WorkerDiedError as error:
            if not parts:
                raise
            # What was measured of the others is kept.
            parts.append(_unmeasured(own, plan, Measured((), str(error))))
            continue
        with ExitStack() as closed:
            for worker in workers.values():
                closed.enter_context(worker)
            if told.ask(workers):
                facts = {**told.facts, **host}
                journal.know(facts)
            found = measure_those_there(
                workers,
                own,
                _plan_of(workloads[own[0].workload], plan, facts),
                told,
                worker_for=worker_for,
                progress=progress,
                before_turn=journal.end_turn,
                show=partial(_show, journal, workloads),
            )
        parts += found
        for record in (record for part in found for record in part.records):
            _show(journal, workloads, record)
    by_cell = {record.cell: record for part in parts for record in part.records}
    records = [_of_workload(workloads[cell.workload], by_cell[cell]) for cell in _in_order(cells)]
    stopped = next((part.stopped for part in parts if part.stopped), None)
    interrupted = any(part.interrupted for part in parts)
    if memory and not interrupted:
        records, ended = _memory(records, facts, plan, progress, journal)
        stopped, interrupted = (ended, True) if ended else (stopped, interrupted)
    return Sweep(tuple(records), facts, stopped, interrupted)


def _memory(
    records: Sequence[CellRecord], facts: Mapping[str, object], plan: Plan, progress: Progress, journal: Journal
) -> tuple[list[CellRecord], str | None]:
    """Return `records` with their memory, and why that ended early, or None."""
    at_once = 1 if facts.get("device") == "GPU" else None
    try:
        found = with_memory(
            records,
            seed=plan.seed,
            progress=progress,
            start_worker=backend_worker,
            at_once=at_once,
            show=journal.show,
        )
    except KeyboardInterrupt as error:
        shown = {record.cell: record for record in journal.records}
        return [shown[record.cell] for record in records], f"{why_stopped(error)} while memory was measured"
    return list(found), None


def _by_workload(cells: Sequence[Cell]) -> list[list[Cell]]:
    names = dict.fromkeys(cell.workload for cell in cells)
    return [[cell for cell in cells if cell.workload == name] for name in names]


def _in_order(cells: Sequence[Cell]) -> list[Cell]:
    """Return `cells` as they were measured: one workload after the other."""
    names = list(dict.fromkeys(cell.workload for cell in cells))
    return sorted(cells, key=lambda cell: names.index(cell.workload))


def _plan_of(workload: Description, plan: Plan, facts: Mapping[str, object]) -> Plan:
    """Return the plan with what is left to the workload, and to the meters of what trains it."""
    return replace(
        plan,
        budget_seconds=plan.budget_seconds or workload.budget_seconds,
        shortest_visit_seconds=float(str(facts.get(SHORTEST_VISIT, 0.0))),
        waits_longer=plan.waits_longer or WAITS_LONGER,
    )


def _of_workload(workload: Description, record: CellRecord) -> CellRecord:
    return replace(record, tokens_per_example=workload.tokens_per_example)


def _show(journal: Journal, workloads: Mapping[str, Description], record: CellRecord) -> None:
    journal.show(_of_workload(workloads[record.cell.workload], record))


def _unmeasured(cells: Sequence[Cell], plan: Plan, like: Measured) -> Measured:
    """Return records without rounds of what was not begun, for the reason that `like` was not finished."""
    records = tuple(Bench(cell, plan.seed).record(like.stopped) for cell in cells)
    return Measured(records, like.stopped, like.interrupted)
