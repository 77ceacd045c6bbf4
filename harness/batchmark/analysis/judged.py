"""An effect that was measured, held against a tolerance: a compared cell."""

import math

from batchmark.analysis.verdict import judge_ratio
from batchmark.comparison import ComparedCell, Verdict
from batchmark.metrics.metric import Metric
from batchmark.records import Estimate


def another_tolerance(metric: str) -> str:
    """Return what settles an inconclusive memory of a live comparison: a fixed number of processes measure it."""
    return f"another tolerance on {metric} (restarts don't measure memory again)"


def judged_ratio(
    *,
    workload: str,
    metric: Metric,
    batch_size: int | None,
    loop: str | None,
    sides: tuple[float, float],
    ratio: Estimate,
    tolerance: float | None,
    rounds: int,
    restarts: int,
    noise_floor: float | None = None,
    needed: str | None = None,
    warnings: tuple[str, ...] = (),
) -> ComparedCell:
    """Return candidate over baseline with its verdict; `sides` are baseline and candidate, NaN where not measured.

    `needed` is kept where the verdict is inconclusive.
    """
    verdict = (
        Verdict.INCONCLUSIVE
        if tolerance is None
        else judge_ratio(ratio, tolerance=tolerance, more_is_better=metric.more_is_better)
    )
    baseline, candidate = (value if math.isfinite(value) else None for value in sides)
    return ComparedCell(
        workload=workload,
        metric=metric.name,
        batch_size=batch_size,
        loop=loop,
        baseline=baseline,
        candidate=candidate,
        effect=ratio.value if math.isfinite(ratio.value) else None,
        interval=(ratio.low, ratio.high),
        level=ratio.level,
        tolerance=tolerance,
        verdict=verdict,
        rounds=rounds,
        restarts=restarts,
        noise_floor=noise_floor,
        needed=needed if verdict is Verdict.INCONCLUSIVE else None,
        warnings=warnings,
    )
