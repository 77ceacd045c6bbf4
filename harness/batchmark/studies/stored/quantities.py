"""What is compared of two stored sweeps: each metric of each cell, and each loop's cost curve."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from batchmark.analysis.cost_curve import fit_turns
from batchmark.analysis.stored_ratio import single_ratio, stored_ratio
from batchmark.analysis.verdict import judge_ratio
from batchmark.comparison import ComparedCell, Metric, Policy, Verdict
from batchmark.records import CellRecord, Estimate, Status

Pair = tuple[CellRecord, CellRecord]
"""Baseline and candidate of the same cell."""

LIVE = "a live comparison (batchmark upgrade)"
"""What settles two stored runs: more of their rounds would not."""


@dataclass(frozen=True)
class Quantity:
    """One metric of one cell, or of a workload and loop, on both sides."""

    workload: str
    loop: str
    metric: Metric
    batch_size: int | None
    baseline: tuple[float, ...]
    """By turn, or the one value a run has; empty where nothing was measured. Above 0."""
    candidate: tuple[float, ...]
    by_turn: bool
    rounds: int
    """Of the side with fewer."""
    warnings: tuple[str, ...] = ()


def quantities(pairs: Sequence[Pair]) -> tuple[Quantity, ...]:
    """Return what `pairs` have to compare: epochs, first epochs and peak memory by cell, then each loop's curve.

    A cell that the baseline trained and the candidate could not has no value on that side; one that the baseline
    could not train has nothing to compare.
    """
    groups: dict[tuple[str, str], list[Pair]] = {}
    for baseline, candidate in pairs:
        if baseline.is_comparable:
            groups.setdefault((baseline.cell.workload, baseline.cell.loop), []).append((baseline, candidate))
    return tuple(each for group in groups.values() for each in (*_by_cell(group), *_curves(group)))


def is_counted(quantity: Quantity, policy: Policy) -> bool:
    """Whether `policy` has a tolerance for it."""
    return policy.tolerance(quantity.metric, quantity.workload) is not None


def cells_of(
    found: Iterable[Quantity], policy: Policy, between_runs: Mapping[Metric, float], level: float
) -> tuple[ComparedCell, ...]:
    """Return each quantity compared and judged, its interval at `level`."""
    return tuple(_judged(each, policy, between_runs[each.metric], level) for each in found)


def _judged(quantity: Quantity, policy: Policy, between_runs: float, level: float) -> ComparedCell:
    tolerance = policy.tolerance(quantity.metric, quantity.workload)
    ratio = _ratio(quantity, between_runs, level)
    verdict = Verdict.INCONCLUSIVE if ratio is None or tolerance is None else judge_ratio(ratio, tolerance=tolerance)
    return ComparedCell(
        workload=quantity.workload,
        metric=quantity.metric,
        batch_size=quantity.batch_size,
        loop=quantity.loop,
        baseline=median(quantity.baseline) if quantity.baseline else None,
        candidate=median(quantity.candidate) if quantity.candidate else None,
        effect=ratio.value if ratio else None,
        interval=(ratio.low, ratio.high) if ratio else (None, None),
        level=level,
        tolerance=tolerance,
        verdict=verdict,
        rounds=quantity.rounds,
        restarts=1,
        noise_floor=ratio.high / ratio.value - 1 if ratio and ratio.high is not None else None,
        needed=LIVE if ratio and tolerance is not None and verdict is Verdict.INCONCLUSIVE else None,
        warnings=quantity.warnings,
    )


def _ratio(quantity: Quantity, between_runs: float, level: float) -> Estimate | None:
    if not (quantity.baseline and quantity.candidate):
        return None
    if quantity.by_turn:
        return stored_ratio(quantity.candidate, quantity.baseline, between_runs=between_runs, level=level)
    return single_ratio(quantity.candidate[0], quantity.baseline[0], between_runs=between_runs, level=level)


def _by_cell(pairs: Sequence[Pair]) -> Iterable[Quantity]:
    for pair in pairs:
        trained = pair[1].is_comparable
        yield _of_cell(
            pair,
            Metric.SECONDS_PER_EPOCH,
            *(record.seconds_per_turn if record.is_comparable else () for record in pair),
            by_turn=True,
            warnings=_warnings(*pair),
        )
        if trained and all(math.isfinite(record.first_epoch_seconds) for record in pair):
            yield _of_cell(pair, Metric.FIRST_EPOCH_SECONDS, *((record.first_epoch_seconds,) for record in pair))
        if trained and (peaks := _peaks(*pair)):
            yield _of_cell(pair, Metric.PEAK_BYTES, *((float(peak),) for peak in peaks))


def _of_cell(
    pair: Pair,
    metric: Metric,
    baseline: tuple[float, ...],
    candidate: tuple[float, ...],
    *,
    by_turn: bool = False,
    warnings: tuple[str, ...] = (),
) -> Quantity:
    cell = pair[0].cell
    return Quantity(
        workload=cell.workload,
        loop=cell.loop,
        metric=metric,
        batch_size=cell.batch_size,
        baseline=baseline,
        candidate=candidate,
        by_turn=by_turn,
        rounds=min(len(record.rounds) for record in pair) if by_turn else 1,
        warnings=warnings,
    )


def _peaks(baseline: CellRecord, candidate: CellRecord) -> tuple[int, int] | None:
    """Return both peaks on the GPU, or else on the host; None where either side wasn't measured."""
    for ours, theirs in (
        (baseline.peak_device_bytes, candidate.peak_device_bytes),
        (baseline.peak_host_bytes, candidate.peak_host_bytes),
    ):
        if ours and theirs:
            return ours, theirs
    return None


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


def _curves(pairs: Sequence[Pair]) -> Iterable[Quantity]:
    """Return the curve's parameters, fitted on both sides to the cells that both have."""
    trained = [pair for pair in pairs if pair[1].is_comparable]
    fits = [fit_turns([pair[side] for pair in trained]) for side in (0, 1)]
    if fits[0] is None or fits[1] is None:
        return
    rounds = min(len(record.rounds) for pair in trained for record in pair)
    for column, metric in enumerate((Metric.OVERHEAD_PER_STEP, Metric.COST_PER_EXAMPLE)):
        baseline, candidate = (fit.parameters[:, column] for fit in (fits[0], fits[1]))
        # A parameter of 0 has no logarithm; turns that show it as 0 are left out, and said to be.
        zeros = sum(int(np.count_nonzero(side <= 0)) for side in (baseline, candidate))
        warnings = (f"{zeros} turns of both sides show it as 0 and are left out",) if zeros else ()
        cell = trained[0][0].cell
        yield Quantity(
            workload=cell.workload,
            loop=cell.loop,
            metric=metric,
            batch_size=None,
            baseline=tuple(baseline[baseline > 0].tolist()),
            candidate=tuple(candidate[candidate > 0].tolist()),
            by_turn=True,
            rounds=rounds,
            warnings=warnings,
        )
