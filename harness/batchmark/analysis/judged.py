"""An effect that was measured, held against a tolerance: a compared cell."""

import math

from batchmark.analysis.verdict import judge_difference, judge_ratio
from batchmark.comparison import ComparedCell, Verdict
from batchmark.metrics.metric import Metric
from batchmark.records import Estimate


def another_tolerance(metric: str) -> str:
    """Return what settles an inconclusive memory of a live comparison: a fixed number of processes measure it."""
    return f"another tolerance on {metric} (restarts don't measure memory again)"


def judge(metric: Metric, effect: Estimate, tolerance: float | None) -> Verdict:
    """Return the verdict on a metric's `effect`; inconclusive without a `tolerance`: it counts for nothing then."""
    if tolerance is None:
        return Verdict.INCONCLUSIVE
    if metric.is_difference:
        return judge_difference(effect, margin=tolerance, more_is_better=metric.more_is_better)
    return judge_ratio(effect, tolerance=tolerance, more_is_better=metric.more_is_better)


def judged(
    *,
    workload: str,
    metric: Metric,
    batch_size: int | None,
    loop: str | None,
    sides: tuple[float, float],
    effect: Estimate,
    tolerance: float | None,
    rounds: int,
    restarts: int,
    noise_floor: float | None = None,
    needed: str | None = None,
    warnings: tuple[str, ...] = (),
) -> ComparedCell:
    """Return an effect with its verdict; `sides` are baseline and candidate, NaN where not measured.

    `needed` is kept where the verdict is inconclusive.
    """
    verdict = judge(metric, effect, tolerance)
    baseline, candidate = (value if math.isfinite(value) else None for value in sides)
    return ComparedCell(
        workload=workload,
        metric=metric.name,
        batch_size=batch_size,
        loop=loop,
        baseline=baseline,
        candidate=candidate,
        effect=effect.value if math.isfinite(effect.value) else None,
        interval=(effect.low, effect.high),
        level=effect.level,
        tolerance=tolerance,
        verdict=verdict,
        rounds=rounds,
        restarts=restarts,
        noise_floor=noise_floor,
        needed=needed if verdict is Verdict.INCONCLUSIVE else None,
        warnings=warnings,
    )
