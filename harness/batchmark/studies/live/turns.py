"""What the turns of two live sides give each compared time: an effect a restart, and the sides' own values."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from batchmark.analysis.cost_curve import fit_turns
from batchmark.analysis.restarts import neighbouring_log_ratios, restart_effects, restart_errors
from batchmark.comparison import Metric
from batchmark.loops import COMPILED, COMPILED_GRAPH, COMPILED_XLA
from batchmark.records import Cell, CellRecord
from batchmark.studies.sweep.run import Sweep

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Restart:
    """What two sides measured in the same turns, each in one process."""

    baseline: Sweep
    candidate: Sweep

    def side(self, name: str) -> Sweep:
        """Return what the side called ``baseline`` or ``candidate`` measured."""
        return {"baseline": self.baseline, "candidate": self.candidate}[name]

    def pair(self, cell: Cell) -> tuple[CellRecord, CellRecord] | None:
        """Return the records of a cell that both sides can be compared by, or None."""
        found = [_record(side, cell) for side in (self.baseline, self.candidate)]
        return (found[0], found[1]) if found[0] and found[1] else None


def chosen_compilation(restarts: Sequence[Restart]) -> str | None:
    """Return what ran the loop ``compiled`` in the first restart, so that the others run the same; None: no restart."""
    for restart in restarts:
        for record in (*restart.baseline.records, *restart.candidate.records):
            if record.cell.loop == COMPILED and record.is_comparable:
                return COMPILED_XLA if record.compilation == "xla" else COMPILED_GRAPH
    return None


@dataclass(frozen=True)
class Quantity:
    """One time that is compared, over restarts."""

    workload: str
    metric: Metric
    batch_size: int | None
    loop: str
    effects: Vector
    """Shape (restarts,): logarithms of candidate over baseline; NaN where a restart has none."""
    errors: Vector
    """Shape (restarts,): standard errors of them, from what is within a restart; NaN where that tells none."""
    baseline: float
    """The median over restarts, in seconds; NaN where there is none."""
    candidate: float
    rounds: int
    """Of each side, where they differ the fewer."""
    warnings: tuple[str, ...] = ()


def quantities(restarts: Sequence[Restart], cells: Sequence[Cell]) -> tuple[Quantity, ...]:
    """Return every time of `cells`, all of one workload, and of the curves through them, by loop.

    A curve leans on all cells of its loop, so restarts that lack one have none.
    """
    found = [each for cell in cells for each in _of_cell(restarts, cell)]
    for loop in dict.fromkeys(cell.loop for cell in cells):
        found += _of_curve(restarts, [cell for cell in cells if cell.loop == loop])
    return tuple(found)


def _of_cell(restarts: Sequence[Restart], cell: Cell) -> Iterable[Quantity]:
    pairs = [pair for restart in restarts if (pair := restart.pair(cell))]
    ratios = [neighbouring_log_ratios(b.seconds_per_visit, c.seconds_per_visit) for b, c in pairs]
    epochs = [(baseline.seconds_per_epoch, candidate.seconds_per_epoch) for baseline, candidate in pairs]
    first = [(baseline.first_epoch_seconds, candidate.first_epoch_seconds) for baseline, candidate in pairs]
    rounds = min(
        sum(len(baseline.rounds) for baseline, _ in pairs), sum(len(candidate.rounds) for _, candidate in pairs)
    )
    yield Quantity(
        cell.workload,
        Metric.SECONDS_PER_EPOCH,
        cell.batch_size,
        cell.loop,
        restart_effects(ratios),
        restart_errors(ratios),
        *_medians(epochs),
        rounds,
    )
    logs = np.array([math.log(candidate / baseline) for baseline, candidate in first], np.float64)
    yield Quantity(
        cell.workload,
        Metric.FIRST_EPOCH_SECONDS,
        cell.batch_size,
        cell.loop,
        logs,
        np.full_like(logs, math.nan),
        *_medians(first),
        len(first),
    )


def _of_curve(restarts: Sequence[Restart], cells: Sequence[Cell]) -> Iterable[Quantity]:
    fitted: list[tuple[Vector, Vector]] = []
    rounds = 0
    for restart in restarts:
        pairs = [restart.pair(cell) for cell in cells]
        whole = [pair for pair in pairs if pair]
        fits = [fit_turns(side) for side in zip(*whole, strict=True)] if len(whole) == len(pairs) else []
        if len(fits) == 2 and fits[0] and fits[1]:  # noqa: PLR2004  a side each
            fitted.append((fits[0].parameters, fits[1].parameters))
            rounds += min(sum(len(record.rounds) for record in side) for side in zip(*whole, strict=True))
    # Judged or not, it is told that there is none: a quantity that is left out would pass.
    missing = () if fitted else ("a cost curve takes three batch sizes of different steps that both sides can run",)
    for column, metric in enumerate((Metric.OVERHEAD_PER_STEP, Metric.COST_PER_EXAMPLE)):
        sides = [(baseline[:, column], candidate[:, column]) for baseline, candidate in fitted]
        ratios = [[_logs_of_ratios(baseline, candidate)] for baseline, candidate in sides]
        yield Quantity(
            cells[0].workload,
            metric,
            None,
            cells[0].loop,
            restart_effects(ratios),
            restart_errors(ratios),
            *_medians([(float(np.median(baseline)), float(np.median(candidate))) for baseline, candidate in sides]),
            rounds,
            missing,
        )


def _logs_of_ratios(baseline: Vector, candidate: Vector) -> Vector:
    """Return the logarithm of each turn's ratio; NaN where a parameter is 0 or a side lacks the turn."""
    turns = min(len(baseline), len(candidate))
    ours, theirs = candidate[:turns], baseline[:turns]
    known = (ours > 0) & (theirs > 0)
    return np.log(np.where(known, ours, math.nan) / np.where(known, theirs, math.nan))


def _record(side: Sweep, cell: Cell) -> CellRecord | None:
    return next((record for record in side.records if record.cell == cell and record.is_comparable), None)


def _medians(pairs: Sequence[tuple[float, float]]) -> tuple[float, float]:
    if not pairs:
        return math.nan, math.nan
    baseline, candidate = np.median(np.array(pairs, np.float64), axis=0)
    return float(baseline), float(candidate)
