"""The paper's Table 1, over many seeds and with steady-state times."""

import math
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass

from batchmark.analysis.intervals import mean_interval, median_interval
from batchmark.analysis.speedup import speedup
from batchmark.errors import WorkerDiedError, why_stopped
from batchmark.loops import FIT
from batchmark.measurement.bench import Measured
from batchmark.measurement.connection import Worker
from batchmark.measurement.environment import host_facts
from batchmark.measurement.plan import Plan
from batchmark.measurement.protocol import requests
from batchmark.measurement.runner import measure
from batchmark.progress import Progress
from batchmark.records import Cell, CellRecord, Estimate
from batchmark.studies.quality.side_by_side import train_side_by_side
from batchmark.studies.ruler.paper import TABLE_1, PaperRow
from batchmark.trainings import Trainings
from batchmark.workloads import find_workload

WORKLOAD = "blobs"
FULL_BATCH = TABLE_1[0].batch_size
TIMING_PLAN = Plan(turns=6, minimum_turns=6, budget_seconds=90.0)


@dataclass(frozen=True)
class Table1Quality:
    """What one batch size's trainings came to."""

    trainings: Trainings
    validation_loss: Estimate
    """Mean over seeds that ended with a finite loss."""
    validation_accuracy: Estimate
    fresh_loss: Estimate
    fresh_accuracy: Estimate
    diverged_seeds: int


@dataclass(frozen=True)
class Table1Row:
    """One batch size: the paper's row, and of ours what was finished."""

    paper: PaperRow
    quality: Table1Quality | None
    """None where the trainings weren't finished."""
    turns: int
    """How often the steady-state epochs by ``fit`` were timed."""
    seconds_per_epoch: Estimate | None
    """Their median over turns; None without a turn."""
    ratio_to_full_batch: Estimate | None
    """Seconds per epoch over full batch's, paired turn by turn; None where either wasn't measured."""


@dataclass(frozen=True)
class Table1:
    """The whole table and how it came about."""

    rows: tuple[Table1Row, ...]
    """The paper's, whatever was finished of ours; at least one has our quality."""
    facts: dict[str, object]
    same_learning_rate: bool
    training_seconds: float
    """Wall time of all trainings, compilation included, TensorFlow's import not."""
    timing_seconds: float
    """Wall time of the epoch timings."""
    stopped: str | None
    """Why the table isn't whole, or None."""


def run_table1(
    *, seeds: int, same_learning_rate: bool, progress: Progress, start_worker: Callable[[], Worker] = Worker
) -> Table1:
    """Train the paper's ten sizes over `seeds` seeds, then time their ``fit`` epochs, interleaved.

    Ctrl-C and a worker that dies end the study; the batch sizes that were finished until then are returned.

    Raises MissingPackageError: no TensorFlow. TrainingError: a size can't be trained. KeyboardInterrupt,
    WorkerDiedError: before any size was trained.
    """
    host = host_facts()
    sizes = [row.batch_size for row in TABLE_1]
    finished: dict[int, Trainings] = {}
    measured = Measured(records=())
    with ExitStack() as stack:
        progress(phase="start", done=0, of=1, detail="importing TensorFlow")
        timer = stack.enter_context(start_worker())
        facts = {**timer.ask(requests.Facts()), **host}
        start = time.monotonic()
        try:
            with ExitStack() as further:
                workers = [timer]
                # A second process on the same accelerator would find its memory taken.
                if facts["device"] == "CPU" and facts["cores"] != 1:
                    workers.append(further.enter_context(start_worker()))
                    workers[-1].ask(requests.Facts())
                start = time.monotonic()
                train_side_by_side(
                    workers,
                    find_workload(WORKLOAD),
                    sizes,
                    seeds=range(seeds),
                    same_learning_rate=same_learning_rate,
                    progress=progress,
                    finished=finished,
                )
        except (KeyboardInterrupt, WorkerDiedError) as error:
            if not finished:
                raise
            stopped: str | None = why_stopped(error)
            trained = timed = time.monotonic()
        else:
            trained = time.monotonic()
            cells = [Cell(WORKLOAD, size, FIT) for size in sizes]
            measured = measure(timer, cells, TIMING_PLAN, start_worker=start_worker, progress=progress)
            timed = time.monotonic()
            stopped = measured.stopped
    return Table1(
        rows=_rows(finished, measured),
        facts=facts,
        same_learning_rate=same_learning_rate,
        training_seconds=trained - start,
        timing_seconds=timed - trained,
        stopped=stopped,
    )


def _rows(finished: Mapping[int, Trainings], measured: Measured) -> tuple[Table1Row, ...]:
    timed = {record.cell.batch_size: record for record in measured.records if record.turns}
    full = timed.get(FULL_BATCH)
    return tuple(_row(paper, finished.get(paper.batch_size), timed.get(paper.batch_size), full) for paper in TABLE_1)


def _row(paper: PaperRow, ours: Trainings | None, record: CellRecord | None, full: CellRecord | None) -> Table1Row:
    return Table1Row(
        paper=paper,
        quality=_quality(ours) if ours else None,
        turns=record.turns if record else 0,
        seconds_per_epoch=median_interval(record.seconds_per_turn) if record else None,
        ratio_to_full_batch=speedup(record, full) if record and full else None,
    )


def _quality(ours: Trainings) -> Table1Quality:
    finite = [index for index, loss in enumerate(ours.final_validation_loss) if math.isfinite(loss)]

    def estimate(values: tuple[float, ...]) -> Estimate:
        return mean_interval([values[index] for index in finite])

    return Table1Quality(
        trainings=ours,
        validation_loss=estimate(ours.final_validation_loss),
        validation_accuracy=estimate(ours.final_validation_quality),
        fresh_loss=estimate(ours.fresh_loss),
        fresh_accuracy=estimate(ours.fresh_quality),
        diverged_seeds=len(ours.seeds) - len(finite),
    )
