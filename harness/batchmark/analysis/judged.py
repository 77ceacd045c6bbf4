"""An effect that was measured, held against a tolerance: a compared cell."""

import math

from batchmark.analysis.tails import MOST_UNSEEN
from batchmark.analysis.verdict import judge_difference, judge_ratio
from batchmark.comparison import ComparedCell, Tail, Verdict
from batchmark.metrics.metric import Metric
from batchmark.records import Estimate


def another_tolerance(metric: str) -> str:
    """Return what settles an inconclusive memory of a live comparison: a fixed number of processes measure it."""
    return f"another tolerance on {metric} (restarts don't measure memory again)"


def judge(metric: Metric, effect: Estimate, tolerance: float | None, tail: Tail | None = None) -> Verdict:
    """Return the verdict on a metric's `effect`; inconclusive without a `tolerance`: it counts for nothing then.

    With a `tail` the mean has to agree: beyond the tolerance it is the verdict, where the location is none, and
    "unchanged" has to rule out that many epochs of one side are slow.
    """
    if tolerance is None:
        return Verdict.INCONCLUSIVE
    if metric.is_difference:
        return judge_difference(effect, margin=tolerance, more_is_better=metric.more_is_better)
    verdict = judge_ratio(effect, tolerance=tolerance, more_is_better=metric.more_is_better)
    if tail is None or verdict not in (Verdict.UNCHANGED, Verdict.INCONCLUSIVE):
        return verdict
    mean = Estimate(tail.mean, *tail.mean_interval, tail.level, effect.n)
    of_means = judge_ratio(mean, tolerance=tolerance, more_is_better=metric.more_is_better)
    if of_means in (Verdict.REGRESSED, Verdict.IMPROVED):
        return of_means
    is_ruled_out = not tail.is_found or of_means is Verdict.UNCHANGED
    return verdict if is_ruled_out and tail.unseen <= MOST_UNSEEN else Verdict.INCONCLUSIVE


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
    over: tuple[int, ...] = (),
    chance_of_alike: float = math.nan,
    tail: Tail | None = None,
) -> ComparedCell:
    """Return an effect with its verdict; `sides` are baseline and candidate, NaN where not measured.

    `needed` is kept where the verdict is inconclusive; `over` and `chance_of_alike`, NaN where it isn't known, are of
    what is pooled over batch sizes.
    """
    verdict = judge(metric, effect, tolerance, tail)
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
        over=over,
        tail=tail,
        chance_of_alike=chance_of_alike if math.isfinite(chance_of_alike) else None,
    )
