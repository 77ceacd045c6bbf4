"""What the turns of two live sides give each metric: an effect a restart, and the sides' own values."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from batchmark.analysis.pooled import chance_of_alike, pooled
from batchmark.analysis.restarts import neighbouring_log_ratios, restart_effects, restart_errors
from batchmark.analysis.tails import Tails, pooled_tails, tails
from batchmark.metrics import table
from batchmark.metrics.metric import Metric, Scope
from batchmark.records import Cell, CellRecord
from batchmark.studies.live.curves import curve_quantities
from batchmark.studies.live.restarts import OverRestarts, Pair, Restart, Vector, left_out, logs_of_ratios, medians


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
        found += curve_quantities(restarts, own, metrics)
    return tuple(found)


def _is_of(quantity: OverRestarts, metric: Metric, loop: str) -> bool:
    return (quantity.metric, quantity.loop) == (metric, loop)


def _pooled(of_cells: Sequence[OverRestarts]) -> OverRestarts | None:
    """Return what one metric has of all batch sizes of a loop together; None where there is nothing to pool."""
    counts = [int(np.isfinite(each.effects).sum()) for each in of_cells]
    # One that hardly ever ran would leave hardly any restart that has them all.
    is_in_it = [count > 0 and 2 * count >= max(counts) for count in counts]
    known = [each for each, is_known in zip(of_cells, is_in_it, strict=True) if is_known]
    if len(known) < 2 or not known[0].metric.is_pooled:  # noqa: PLR2004  one has nothing to be pooled with
        return None
    effects = np.stack([each.effects for each in known], axis=1)
    means, errors = pooled(effects, np.stack([each.errors for each in known], axis=1))
    without = [str(each.batch_size) for each, is_known in zip(of_cells, is_in_it, strict=True) if not is_known]
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
        warnings=(f"batch size {', '.join(without)} is not in it: a side did not run it, or seldom",)
        if without
        else (),
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
    baseline, candidate = medians(values)
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
    return (*told, *left_out(value for _, rounds in records for turn in rounds for value in turn))


def _at(numbers: Sequence[int], values: Vector, length: int) -> Vector:
    """Return `values` at these places of `length`, NaN elsewhere."""
    placed = np.full(length, math.nan)
    placed[list(numbers)] = values
    return placed


def _effects(metric: Metric, pairs: Sequence[Pair], values: NDArray[np.float64]) -> tuple[Vector, Vector]:
    """Return each restart's effect and its error; `values` has a row a restart, the one side beside the other."""
    unknown = np.full(len(pairs), math.nan)
    if metric.is_difference:
        return values[:, 1] - values[:, 0], unknown
    if not metric.is_by_round:
        return logs_of_ratios(values[:, 0], values[:, 1]), unknown
    visits = [[record.by_visit(metric.rounds(record)) for record in pair] for pair in pairs]
    ratios = [neighbouring_log_ratios(baseline, candidate) for baseline, candidate in visits]
    return restart_effects(ratios), restart_errors(ratios)


def _known(metric: Metric, record: CellRecord) -> float:
    value = metric.value(record)
    return math.nan if value is None else value
