"""One session with one release: a workload's whole sweep, interleaved, in a worker of the release's environment."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from batchmark.batch_sizes import parse_batch_sizes
from batchmark.errors import BatchmarkError
from batchmark.measurement.connection import Worker
from batchmark.measurement.plan import Plan
from batchmark.measurement.reference import KINDS, reference_seconds
from batchmark.progress import Progress
from batchmark.records import Cell, CellRecord
from batchmark.studies.memory import with_memory
from batchmark.studies.quality import train_in
from batchmark.studies.sweep import run_sweep
from batchmark.workloads import Description

StartWorker = Callable[[], Worker]


@dataclass(frozen=True)
class Tracked:
    """What of a workload is tracked across releases. The same for all of them: a change starts a new history."""

    workload: str
    batch_sizes: str
    """In the grammar of `batchmark.batch_sizes`."""
    loops: tuple[str, ...] = ("fit", "compiled")
    turns: int = 7
    """In a session: as many samples as asv's own test needs on either side to be ever significant."""
    seconds_per_cell: float = 0.08
    """What a turn spends on a cell: less than in a sweep, because what differs is sessions and not turns."""
    seeds: int = 5
    """Trainings in a session, at the reference batch size, for the quality after the workload's epochs."""
    first_epoch_limit_seconds: float = 60.0
    version: int = 1
    """Raised whenever a change makes older samples incomparable: asv then begins the series anew."""

    def sizes(self, description: Description) -> tuple[int, ...]:
        """Return the batch sizes, ascending."""
        return parse_batch_sizes(self.batch_sizes, examples=description.examples)

    def memory_sizes(self, description: Description) -> tuple[int, ...]:
        """Return the batch sizes whose memory is measured: a process each takes long, so the largest alone."""
        return self.sizes(description)[-1:]


@dataclass(frozen=True)
class ReleaseSession:
    """What one session measured, whole or in part."""

    number: int = 1
    """From 1: the pass over all releases that it belongs to."""
    records: tuple[CellRecord, ...] = ()
    reference_seconds: dict[str, tuple[float, ...]] = field(default_factory=dict)
    """The machine's own speed by kind, one value before each turn."""
    quality_losses: dict[int, tuple[float, ...]] = field(default_factory=dict)
    """1 - quality after the workload's epochs, by batch size, one value a seed."""
    facts: dict[str, object] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    """Why something is missing: what could not be measured, in a line each."""

    def of_loop(self, loop: str) -> tuple[CellRecord, ...]:
        """Return the records of one loop that hold rounds and can be compared."""
        return tuple(record for record in self.records if record.cell.loop == loop and record.is_comparable)


def run_release_session(
    tracked: Tracked,
    description: Description,
    *,
    number: int,
    progress: Progress,
    start_worker: StartWorker,
    measure_reference: Callable[[], dict[str, float]] = reference_seconds,
) -> ReleaseSession:
    """Measure what is `tracked` of a workload with the release whose worker `start_worker` starts.

    `number`, from 1, counts a release's sessions: each has its own order and seeds of its own; memory is measured in
    the first. What fails is named under `problems`, and the rest goes on.
    """
    reference: dict[str, list[float]] = {kind: [] for kind in KINDS}

    def before_turn() -> None:
        for kind, seconds in measure_reference().items():
            reference[kind].append(seconds)

    plan = Plan(
        turns=tracked.turns,
        minimum_turns=tracked.turns,
        seed=number,
        first_epoch_limit_seconds=tracked.first_epoch_limit_seconds,
        seconds_per_cell=tracked.seconds_per_cell,
    )
    cells = [
        Cell(tracked.workload, size, loop) for loop in tracked.loops for size in reversed(tracked.sizes(description))
    ]
    sweep = run_sweep(
        cells,
        plan,
        {tracked.workload: description},
        progress=progress,
        worker_for=lambda _: start_worker(),
        before_turn=before_turn,
    )
    if sweep.interrupted:
        raise KeyboardInterrupt
    problems = _problems(sweep.records)
    losses: dict[int, tuple[float, ...]] = {}
    try:
        losses = _quality_losses(tracked, description, number, progress, start_worker)
    except BatchmarkError as error:
        problems.append(f"quality: {error}")
    records = sweep.records
    if number == 1:
        records = _with_memory(records, tracked.memory_sizes(description), progress, start_worker)
    return ReleaseSession(
        number=number,
        records=records,
        reference_seconds={kind: tuple(seconds) for kind, seconds in reference.items()},
        quality_losses=losses,
        facts=sweep.facts,
        problems=tuple(problems),
    )


def _problems(records: Sequence[CellRecord]) -> list[str]:
    """Return why cells have no rounds: a line for each reason."""
    cells_by_reason: dict[str, list[str]] = {}
    for record in records:
        if not record.is_comparable:
            cells_by_reason.setdefault(record.warnings[-1], []).append(str(record.cell))
    return [
        f"{cells[0]}{f' and {len(cells) - 1} more cells' if len(cells) > 1 else ''}: {reason}"
        for reason, cells in cells_by_reason.items()
    ]


def _quality_losses(
    tracked: Tracked, description: Description, number: int, progress: Progress, start_worker: StartWorker
) -> dict[int, tuple[float, ...]]:
    if not description.quality_metric or not tracked.seeds:
        return {}
    seeds = range((number - 1) * tracked.seeds, number * tracked.seeds)
    size = description.reference_batch_size
    with start_worker() as worker:
        trainings = train_in(worker, same_learning_rate=False, progress=progress)(description, size, seeds)
    return {size: tuple(1 - quality for quality in trainings.fresh_quality)}


def _with_memory(
    records: Sequence[CellRecord], sizes: Sequence[int], progress: Progress, start_worker: StartWorker
) -> tuple[CellRecord, ...]:
    chosen = [record for record in records if record.cell.batch_size in sizes]
    measured = {
        record.cell: record for record in with_memory(chosen, seed=0, progress=progress, start_worker=start_worker)
    }
    return tuple(measured.get(record.cell, record) for record in records)
