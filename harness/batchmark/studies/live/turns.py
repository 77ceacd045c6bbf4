"""What the turns of two live sides give each metric: an effect a restart, and the sides' own values."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from batchmark.analysis.cost_curve import fit_turns
from batchmark.analysis.pooled import chance_of_alike, pooled
from batchmark.analysis.quantity import Quantity
from batchmark.analysis.restarts import neighbouring_log_ratios, restart_effects, restart_errors
from batchmark.analysis.tails import Tails, pooled_tails, tails
from batchmark.loops import COMPILED, COMPILED_GRAPH, COMPILED_XLA
from batchmark.metrics import table
from batchmark.metrics.metric import Metric, Scope
from batchmark.metrics.reading import OfCostCurve, Parameter
from batchmark.records import Cell, CellRecord
from batchmark.studies.sweep.run import Sweep

Vector = NDArray[np.float64]
Pair = tuple[CellRecord, CellRecord]
"""Baseline and candidate of one cell."""


@dataclass(frozen=True)
class Restart:
    """What two sides measured in the same turns, each in one process."""

    baseline: Sweep
    candidate: Sweep

    def side(self, name: str) -> Sweep:
        """Return what the side called ``baseline`` or ``candidate`` measured."""
        return {"baseline": self.baseline, "candidate": self.candidate}[name]

    def pair(self, cell: Cell) -> Pair | None:
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


@dataclass(frozen=True, kw_only=True)
class OverRestarts(Quantity):
    """What is compared over restarts."""

    effects: Vector
    """Shape (restarts,): logarithms of candidate over baseline, or differences; NaN where a restart has none."""
    errors: Vector
    """Shape (restarts,): standard errors of them, from what is within a restart; NaN where that tells none."""
    baseline: float
    """The median over restarts, in the metric's unit; NaN where there is none, as over several batch sizes."""
    candidate: float
    tails: Tails | None = None
    """None of what isn't a ratio of visits."""
    over: tuple[int, ...] = ()
    """The batch sizes that it is pooled over; empty: it is of one cell, or of a curve."""
    chance_of_alike: float = math.nan
    """As `analysis.pooled.chance_of_alike` has it of those; NaN where it is over none, or that isn't known."""


def quantities(restarts: Sequence[Restart], cells: Sequence[Cell]) -> tuple[OverRestarts, ...]:
    """Return what turns give of `cells`, all of one workload: each metric of a cell, then what is of all of a loop.

    That is each metric pooled over batch sizes, and the curve. It leans on all cells of its loop, so restarts that lack
    one have none.
    """
    metrics = [metric for metric in table.METRICS if metric.is_in_turns]
    found = [_of_cell(restarts, cell, metric) for cell in cells for metric in metrics if metric.scope is Scope.CELL]
    for loop in dict.fromkeys(cell.loop for cell in cells):
        own = [cell for cell in cells if cell.loop == loop]
        found += [each for metric in metrics if (each := _pooled([q for q in found if _is_of(q, metric, loop)]))]
        fits = _fits(restarts, own)
        found += [
            _of_curve(own[0], metric, metric.reading.parameter, *fits)
            for metric in metrics
            if isinstance(metric.reading, OfCostCurve)
        ]
    return tuple(found)


def _is_of(quantity: OverRestarts, metric: Metric, loop: str) -> bool:
    return (quantity.metric, quantity.loop) == (metric, loop)


def _pooled(of_cells: Sequence[OverRestarts]) -> OverRestarts | None:
    """Return what one metric has of all batch sizes of a loop together; None where there is nothing to pool."""
    has_any = [bool(np.isfinite(each.effects).any()) for each in of_cells]
    known = [each for each, any_there in zip(of_cells, has_any, strict=True) if any_there]
    if len(known) < 2 or not known[0].metric.is_pooled:  # noqa: PLR2004  one has nothing to be pooled with
        return None
    effects = np.stack([each.effects for each in known], axis=1)
    means, errors = pooled(effects, np.stack([each.errors for each in known], axis=1))
    without = [str(each.batch_size) for each, any_there in zip(of_cells, has_any, strict=True) if not any_there]
    return OverRestarts(
        workload=known[0].workload,
        metric=known[0].metric,
        batch_size=None,
        loop=known[0].loop,
        effects=means,
        errors=errors,
        tails=pooled_tails([each.tails for each in known if each.tails]),
        baseline=math.nan,
        candidate=math.nan,
        rounds=min(each.rounds for each in known),
        over=tuple(each.batch_size for each in known if each.batch_size),
        chance_of_alike=chance_of_alike(effects),
        warnings=(f"batch size {', '.join(without)} is not in it: a side did not run it",) if without else (),
    )


def _of_cell(restarts: Sequence[Restart], cell: Cell, metric: Metric) -> OverRestarts:
    numbered = [(number, pair) for number, restart in enumerate(restarts) if (pair := restart.pair(cell))]
    if metric.is_by_round:
        numbered = [(number, pair) for number, pair in numbered if all(map(metric.rounds, pair))]
    pairs = [pair for _, pair in numbered]
    epochs = min(sum(len(pair[side].rounds) for pair in pairs) for side in (0, 1))
    values = [(_known(metric, baseline), _known(metric, candidate)) for baseline, candidate in pairs]
    there = [number for number, _ in numbered]
    found = _effects(metric, pairs, np.array(values, np.float64).reshape(-1, 2))
    effects, errors = (_at(there, each, len(restarts)) for each in found)
    baseline, candidate = _medians(values)
    return OverRestarts(
        workload=cell.workload,
        metric=metric,
        batch_size=cell.batch_size,
        loop=cell.loop,
        effects=effects,
        errors=errors,
        baseline=baseline,
        candidate=candidate,
        rounds=epochs if metric.is_by_round else len(pairs),
        tails=_tails(metric, pairs, there, len(restarts)) if metric.is_pooled else None,
        warnings=_cautions(metric, pairs) if metric.is_pooled else (),
    )


def _tails(metric: Metric, pairs: Sequence[Pair], there: Sequence[int], length: int) -> Tails:
    found = tails(
        (baseline.rounds_by_visit(metric.rounds(baseline)), candidate.rounds_by_visit(metric.rounds(candidate)))
        for baseline, candidate in pairs
    )
    return Tails(_at(there, found.means, length), _at(there, found.excesses, length), found.epochs)


def _cautions(metric: Metric, pairs: Sequence[Pair]) -> tuple[str, ...]:
    """Warn where a ratio is made without something that was measured."""
    records = [(each, metric.rounds(each)) for pair in pairs for each in pair]
    turns = [turn for record, rounds in records for turn in record.rounds_by_visit(rounds)]
    mixed = sum(not turn for turn in turns)
    told = (f"{mixed} of {len(turns)} turns are left out: which round is of which visit isn't known",) if mixed else ()
    return (*told, *_left_out(value for _, rounds in records for turn in rounds for value in turn))


def _at(numbers: Sequence[int], values: Vector, length: int) -> Vector:
    """Return `values` at these places of `length`, NaN elsewhere."""
    placed = np.full(length, math.nan)
    placed[list(numbers)] = values
    return placed


def _left_out(values: Iterable[float]) -> tuple[str, ...]:
    """Warn where a ratio is made without what has no logarithm."""
    shown = list(values)
    zeros = sum(value <= 0 for value in shown)
    return (f"{zeros} of {len(shown)} measurements show it as 0, and the ratio is made without them",) if zeros else ()


def _effects(metric: Metric, pairs: Sequence[Pair], values: NDArray[np.float64]) -> tuple[Vector, Vector]:
    """Return each restart's effect and its error; `values` has a row a restart, the one side beside the other."""
    unknown = np.full(len(pairs), math.nan)
    if metric.is_difference:
        return values[:, 1] - values[:, 0], unknown
    if not metric.is_by_round:
        return _logs_of_ratios(values[:, 0], values[:, 1]), unknown
    visits = [[record.by_visit(metric.rounds(record)) for record in pair] for pair in pairs]
    ratios = [neighbouring_log_ratios(baseline, candidate) for baseline, candidate in visits]
    return restart_effects(ratios), restart_errors(ratios)


def _known(metric: Metric, record: CellRecord) -> float:
    value = metric.value(record)
    return math.nan if value is None else value


def _fits(restarts: Sequence[Restart], cells: Sequence[Cell]) -> tuple[list[tuple[Vector, Vector]], int]:
    """Return each restart's curves through all `cells`, of both sides, and how many rounds a side they are made of."""
    fitted: list[tuple[Vector, Vector]] = []
    rounds = 0
    for restart in restarts:
        pairs = [restart.pair(cell) for cell in cells]
        whole = [pair for pair in pairs if pair]
        can_be_fitted = len(whole) == len(pairs) and all(
            map(_takes_time, (record for pair in whole for record in pair))
        )
        fits = [fit_turns(side) for side in zip(*whole, strict=True)] if can_be_fitted else []
        if len(fits) == 2 and fits[0] and fits[1]:  # noqa: PLR2004  a side each
            fitted.append((fits[0].parameters, fits[1].parameters))
            rounds += min(sum(len(record.rounds) for record in side) for side in zip(*whole, strict=True))
    return fitted, rounds


def _takes_time(record: CellRecord) -> bool:
    """Whether every turn took some, as a curve of relative errors needs."""
    return all(seconds > 0 for seconds in record.seconds_per_turn)


def _of_curve(
    cell: Cell, metric: Metric, parameter: Parameter, fitted: Sequence[tuple[Vector, Vector]], rounds: int
) -> OverRestarts:
    # Judged or not, it is told that there is none: a quantity that is left out would pass.
    missing = () if fitted else ("a cost curve takes three batch sizes of different steps that both sides can run",)
    sides = [(baseline[:, parameter], candidate[:, parameter]) for baseline, candidate in fitted]
    ratios = [[_logs_of_ratios(baseline, candidate)] for baseline, candidate in sides]
    baseline, candidate = _medians(
        [(float(np.median(baseline)), float(np.median(candidate))) for baseline, candidate in sides]
    )
    return OverRestarts(
        workload=cell.workload,
        metric=metric,
        batch_size=None,
        loop=cell.loop,
        effects=restart_effects(ratios),
        errors=restart_errors(ratios),
        baseline=baseline,
        candidate=candidate,
        rounds=rounds,
        warnings=missing or _left_out(value for pair in sides for side in pair for value in side),
    )


def _logs_of_ratios(baseline: Vector, candidate: Vector) -> Vector:
    """Return the logarithm of each turn's ratio; NaN where one is 0 or unknown, or a side lacks the turn."""
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
