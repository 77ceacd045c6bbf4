"""What is compared of two stored sweeps: each metric of each cell, and each loop's cost curve."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from batchmark.analysis.cost_curve import fit_turns
from batchmark.analysis.judged import judged
from batchmark.analysis.quantity import Quantity
from batchmark.analysis.stored_noise import BetweenRuns
from batchmark.analysis.stored_ratio import single_ratio, stored_ratio
from batchmark.comparison import ComparedCell, Policy
from batchmark.metrics import table
from batchmark.metrics.metric import Metric, Scope
from batchmark.metrics.reading import OfCostCurve
from batchmark.records import CellRecord, Estimate, Status

Pair = tuple[CellRecord, CellRecord]
"""Baseline and candidate of the same cell."""

LIVE = "a live comparison (batchmark upgrade)"
"""What settles two stored runs: more of their rounds would not."""
_NONE = BetweenRuns(0.0)


@dataclass(frozen=True, kw_only=True)
class OfTwoRuns(Quantity):
    """What is compared of two runs."""

    baseline: tuple[float, ...]
    """By turn, or the one value a run has; empty where nothing was measured."""
    candidate: tuple[float, ...]
    by_turn: bool


def quantities(pairs: Sequence[Pair]) -> tuple[OfTwoRuns, ...]:
    """Return what `pairs` have to compare: each metric that a cell has, then each that a loop's curve has.

    A cell that the baseline trained and the candidate could not has no value on that side; one that the baseline
    could not train has nothing to compare.
    """
    groups: dict[tuple[str, str], list[Pair]] = {}
    for baseline, candidate in pairs:
        if baseline.is_comparable:
            groups.setdefault((baseline.cell.workload, baseline.cell.way), []).append((baseline, candidate))
    return tuple(each for group in groups.values() for each in (*_by_cell(group), *_curves(group)))


def is_told(quantity: OfTwoRuns, policy: Policy) -> bool:
    """Whether it was measured, or is missed: what a side lacks and nobody judges is not spoken of."""
    is_whole = bool(quantity.baseline and quantity.candidate)
    return is_whole or not quantity.metric.is_optional or is_counted(quantity, policy)


def is_counted(quantity: OfTwoRuns, policy: Policy) -> bool:
    """Whether `policy` has a tolerance for it."""
    return policy.tolerance(quantity.metric.name, quantity.workload) is not None


def cells_of(
    found: Iterable[OfTwoRuns], policy: Policy, between_runs: Mapping[str, BetweenRuns], level: float
) -> tuple[ComparedCell, ...]:
    """Return each quantity compared and judged, its interval at `level`."""
    return tuple(_judged(each, policy, between_runs.get(each.metric.name, _NONE), level) for each in found)


def _judged(quantity: OfTwoRuns, policy: Policy, between_runs: BetweenRuns, level: float) -> ComparedCell:
    tolerance = policy.tolerance(quantity.metric.name, quantity.workload)
    effect = _effect(quantity, between_runs, level)
    return judged(
        workload=quantity.workload,
        metric=quantity.metric,
        batch_size=quantity.batch_size,
        loop=quantity.loop,
        sides=(_value(quantity.metric, quantity.baseline), _value(quantity.metric, quantity.candidate)),
        effect=effect or Estimate(math.nan, None, None, level, 0),
        tolerance=tolerance,
        rounds=quantity.rounds,
        restarts=1,
        noise_floor=effect.high / effect.value - 1 if effect and effect.high is not None else None,
        needed=LIVE if effect and tolerance is not None else None,
        warnings=(*quantity.warnings, *_without_interval(quantity, effect, tolerance)),
    )


def _value(metric: Metric, turns: tuple[float, ...]) -> float:
    return metric.summary(turns) if turns else math.nan


def _without_interval(quantity: OfTwoRuns, effect: Estimate | None, tolerance: float | None) -> tuple[str, ...]:
    if tolerance is None or effect is None or effect.low is not None or not quantity.metric.is_difference:
        return ()
    return (f"two stored runs give no interval of {quantity.metric.label}: judge it by {LIVE}",)


def _effect(quantity: OfTwoRuns, between_runs: BetweenRuns, level: float) -> Estimate | None:
    if not (quantity.baseline and quantity.candidate):
        return None
    if quantity.metric.is_difference:
        # What two runs of the same thing differ by is known of ratios alone: without it there is no interval.
        baseline, candidate = map(quantity.metric.summary, (quantity.baseline, quantity.candidate))
        return Estimate(candidate - baseline, None, None, level, 1)
    if not all(value > 0 for value in (*quantity.baseline, *quantity.candidate)):
        baseline, candidate = map(quantity.metric.summary, (quantity.baseline, quantity.candidate))
        return Estimate(candidate / baseline if baseline > 0 else math.nan, None, None, level, 1)
    if quantity.by_turn:
        return stored_ratio(quantity.candidate, quantity.baseline, between_runs=between_runs, level=level)
    return single_ratio(quantity.candidate[0], quantity.baseline[0], between_runs=between_runs, level=level)


def _by_cell(pairs: Sequence[Pair]) -> Iterable[OfTwoRuns]:
    metrics = [metric for metric in table.METRICS if metric.scope is Scope.CELL]
    return (found for pair in pairs for metric in metrics if (found := _of_pair(pair, metric)))


def _of_pair(pair: Pair, metric: Metric) -> OfTwoRuns | None:
    """Return one metric of one cell; None of what has one value a run, and that neither side measured.

    What one side measured and the other did not, or not in the same way, is missing evidence: never a pass.
    """
    cell = pair[0].cell
    if metric.is_by_round:
        baseline, candidate = (metric.by_turn(record) if record.is_comparable else () for record in pair)
        zeros = () if metric.is_difference else _zeros(baseline, candidate)
        # What is whole repeats no warning of the epochs it was measured in.
        own = () if metric.is_optional and baseline and candidate else _warnings(*pair)
        rounds, warnings = min(len(record.rounds) for record in pair), (*own, *zeros)
    elif pair[1].is_comparable and all(alike := metric.alike(pair[:1], pair[1:])):
        (baseline, candidate), rounds, warnings = alike, 1, ()
    elif pair[1].is_comparable and (missing := _not_alike(metric, pair)):
        baseline, candidate, rounds, warnings = (), (), 1, (missing,)
    else:
        return None
    return OfTwoRuns(
        workload=cell.workload,
        loop=cell.way,
        metric=metric,
        batch_size=cell.batch_size,
        baseline=baseline,
        candidate=candidate,
        by_turn=metric.is_by_round,
        rounds=rounds,
        warnings=warnings,
    )


def _not_alike(metric: Metric, pair: Pair) -> str:
    """Say what is missing of a metric that a side measured; nothing where neither did."""
    measured = [
        name for name, record in zip(("baseline", "candidate"), pair, strict=True) if any(metric.alternatives(record))
    ]
    if len(measured) == 1:
        return f"{metric.label} was measured in the {measured[0]} alone"
    return f"{metric.label} was not measured in the same way on both sides" if measured else ""


def _zeros(baseline: Sequence[float], candidate: Sequence[float]) -> tuple[str, ...]:
    """Warn where some turns have no logarithm: what is left without them is another quantity."""
    zeros, turns = sum(value <= 0 for value in (*baseline, *candidate)), len(baseline) + len(candidate)
    return (f"{zeros} of {turns} turns show it as 0, so that the ratio has no interval",) if zeros else ()


def _warnings(baseline: CellRecord, candidate: CellRecord) -> tuple[str, ...]:
    found = [
        f"{name}: {warning}"
        for name, record in (("baseline", baseline), ("candidate", candidate))
        for warning in record.warnings
    ]
    if not candidate.is_comparable:
        ended = "was not measured" if candidate.status is Status.INTERRUPTED else str(candidate.status)
        found.append(f"the candidate {ended}, and the baseline has rounds")
    elif baseline.compilation != candidate.compilation:
        found.append(f"run by {baseline.compilation} in the baseline and by {candidate.compilation} in the candidate")
    return tuple(found)


def _curves(pairs: Sequence[Pair]) -> Iterable[OfTwoRuns]:
    """Return the curve's parameters, fitted on both sides to the cells that both have."""
    trained = [pair for pair in pairs if pair[1].is_comparable]
    fits = [fit for side in (0, 1) if (fit := fit_turns([pair[side] for pair in trained]))]
    if len(fits) < 2:  # noqa: PLR2004  a side each
        return
    rounds = min(len(record.rounds) for pair in trained for record in pair)
    for metric in table.METRICS:
        if not isinstance(metric.reading, OfCostCurve):
            continue
        parameter = metric.reading.parameter
        baseline, candidate = (tuple(fit.parameters[:, parameter].tolist()) for fit in fits)
        cell = trained[0][0].cell
        yield OfTwoRuns(
            workload=cell.workload,
            loop=cell.way,
            metric=metric,
            batch_size=None,
            baseline=baseline,
            candidate=candidate,
            by_turn=True,
            rounds=rounds,
            warnings=_zeros(baseline, candidate),
        )
