"""What all batch sizes of a loop have in common: the cost curve through them, restart by restart, on both sides."""

from collections.abc import Iterable, Sequence

import numpy as np

from batchmark.analysis.cost_curve import fit_turns
from batchmark.analysis.restarts import restart_effects, restart_errors
from batchmark.metrics.metric import Metric
from batchmark.metrics.reading import OfCostCurve, Parameter
from batchmark.records import Cell, CellRecord
from batchmark.studies.live.restarts import OverRestarts, Restart, Vector, left_out, logs_of_ratios, medians


def curve_quantities(
    restarts: Sequence[Restart], cells: Sequence[Cell], metrics: Iterable[Metric]
) -> tuple[OverRestarts, ...]:
    """Return what `metrics` read off the curves through `cells`, all those of one workload and loop.

    It leans on all of them, so restarts that lack one have none.
    """
    fits = _fits(restarts, cells)
    return tuple(
        _of_curve(cells[0], metric, metric.reading.parameter, *fits)
        for metric in metrics
        if isinstance(metric.reading, OfCostCurve)
    )


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
    ratios = [[logs_of_ratios(baseline, candidate)] for baseline, candidate in sides]
    baseline, candidate = medians(
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
        warnings=missing or left_out(value for pair in sides for side in pair for value in side),
    )
