"""The paper's Table 1 beside ours, as text."""

from batchmark.records import Estimate
from batchmark.report.environment import render_environment
from batchmark.report.proof import say_proof
from batchmark.report.tables import WIDTH, Column, render_table
from batchmark.report.units import learning_rate
from batchmark.report.wrapping import wrapped
from batchmark.studies.ruler.paper import EPOCHS
from batchmark.studies.ruler.table1 import Table1, Table1Row

_MISSING = "not measured"
_LOSS_COLUMNS = (
    Column("\nmethod", "left"),
    Column("\nbatch"),
    Column("\nrate"),
    Column("val_loss\npaper"),
    Column("\nours [95 %]"),
)
_ACCURACY_COLUMNS = (
    Column("\nbatch"),
    Column("val_accuracy\npaper"),
    Column("\nours [95 %]"),
    Column("fresh accuracy\nours [95 %]"),
)
_TIME_COLUMNS = (
    Column("\n\nbatch"),
    Column("paper,\ns in\nall", rank=1),
    Column("ms /\nepoch,\npaper"),
    Column("\n\nours, fit [95 %]"),
    Column("\nratio,\npaper"),
    Column("\n\nours [95 %]"),
)


def render_table1(table: Table1, *, width: int = WIDTH) -> str:
    """Return the table with both sides' columns, where it was measured, and how to read it."""
    trainings = next(row.quality.trainings for row in table.rows if row.quality)
    epochs, seeds = len(trainings.validation_loss[0]), len(trainings.seeds)
    rates = (
        "0.01 at every batch size" if table.same_learning_rate else "as in the paper's notebook, 0.001 at batch size 1"
    )
    top = [
        render_environment(table.facts),
        f"{seeds} seeds a batch size, {epochs} epochs; learning rate {rates}",
        f"trainings {table.training_seconds:.1f} s (compilation included), epoch timings {table.timing_seconds:.1f} s",
        f"together {table.training_seconds + table.timing_seconds:.1f} s after TensorFlow's import",
    ]
    tables = [
        render_table(columns, [printed(row) for row in table.rows], width=width)
        for columns, printed in ((_LOSS_COLUMNS, _loss), (_ACCURACY_COLUMNS, _accuracy), (_TIME_COLUMNS, _time))
    ]
    how_to_read = (
        "Paper: one run a row; its seconds per epoch are its 200-epoch total over 200, with validation, tracing and "
        "printing in it, on its own machine. Ours: mean over seeds with Student's interval; fresh accuracy on 50,000 "
        "new examples of the same blobs; seconds are the median steady-state training epoch of fit, cells "
        f"interleaved, {_turns(table)} turns of one process; ratio: to full batch, paired turn by turn."
    )
    diverged = [
        f"Batch size {row.paper.batch_size}: {row.quality.diverged_seeds} of {seeds} seeds diverged, left out."
        for row in table.rows
        if row.quality and row.quality.diverged_seeds
    ]
    stopped = [f"Not finished: {table.stopped}."] if table.stopped else []
    notes = [how_to_read, *diverged, *_how(table), *stopped]
    return "\n\n".join([wrapped(top, width), *tables, wrapped(notes, width)])


def _how(table: Table1) -> list[str]:
    """Return how the seeds were trained, and what was proven of that."""
    trained = [row.quality.trainings for row in table.rows if row.quality]
    told = [f"{each.method}." if each.proof is None else say_proof(f"{each.method}:", each.proof) for each in trained]
    return [f"Trainings, {line}" for line in dict.fromkeys(told)]


def _loss(row: Table1Row) -> list[str]:
    ours = row.quality
    return [
        row.paper.method,
        str(row.paper.batch_size),
        learning_rate(ours.trainings.learning_rate) if ours else "-",
        f"{row.paper.validation_loss:.4f}",
        _estimate(ours.validation_loss, 4) if ours else _MISSING,
    ]


def _accuracy(row: Table1Row) -> list[str]:
    ours = row.quality
    return [
        str(row.paper.batch_size),
        f"{row.paper.validation_accuracy:.3f}",
        _estimate(ours.validation_accuracy, 4) if ours else _MISSING,
        _estimate(ours.fresh_accuracy, 4) if ours else _MISSING,
    ]


def _time(row: Table1Row) -> list[str]:
    return [
        str(row.paper.batch_size),
        f"{row.paper.seconds:.2f}",
        f"{1e3 * row.paper.seconds / EPOCHS:.1f}",
        _milliseconds(row),
        f"{row.paper.percent_of_full_batch / 100:.2f}",
        _MISSING if row.ratio_to_full_batch is None else _estimate(row.ratio_to_full_batch, 2),
    ]


def _estimate(estimate: Estimate, digits: int) -> str:
    if estimate.low is None or estimate.high is None:
        return f"{estimate.value:.{digits}f}"
    return f"{estimate.value:.{digits}f} [{estimate.low:.{digits}f}, {estimate.high:.{digits}f}]"


def _milliseconds(row: Table1Row) -> str:
    epoch = row.seconds_per_epoch
    if epoch is None:
        return _MISSING
    scaled = Estimate(
        value=1e3 * epoch.value,
        low=None if epoch.low is None else 1e3 * epoch.low,
        high=None if epoch.high is None else 1e3 * epoch.high,
        level=epoch.level,
        n=epoch.n,
    )
    return _estimate(scaled, 1)


def _turns(table: Table1) -> int:
    return max(row.turns for row in table.rows)
