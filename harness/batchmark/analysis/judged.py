"""An effect that was measured, held against a tolerance: a compared cell."""

import math

from batchmark.analysis.lost_restarts import with_lost
from batchmark.analysis.tails import MORE_EPOCHS, MOST_UNSEEN
from batchmark.analysis.verdict import judge_difference, judge_location, judge_ratio, restarts_needed
from batchmark.comparison import ComparedCell, LostRestarts, Tail, Verdict
from batchmark.metrics.metric import Metric
from batchmark.records import Estimate


def another_tolerance(metric: str) -> str:
    """Return what settles an inconclusive memory of a live comparison: a fixed number of processes measure it."""
    return f"another tolerance on {metric} (restarts don't measure memory again)"


def what_settles(
    effect: Estimate,
    tolerance: float,
    *,
    tail: Tail | None = None,
    lost: LostRestarts | None = None,
    level: float | None = None,
    times: float = 1.0,
) -> str | None:
    """Return what would settle a live ratio that is inconclusive, in words, or None where that isn't known.

    `level` is that of the look which is to settle it; without one the interval's own. `times` as many restarts as tell
    something have to be begun.
    """
    if lost and lost.are_more:
        return "an end to what the candidate fails of in some restarts, or more of them, if that is chance (--restarts)"
    if tail and judge_location(effect, tolerance=tolerance) is not Verdict.INCONCLUSIVE:
        return MORE_EPOCHS
    needed = restarts_needed(effect, tolerance=tolerance, level=level)
    if needed is None:
        return None
    count = math.ceil(times * needed)
    return f"about {count:,} restarts (--restarts {count})"


def judge(
    metric: Metric,
    effect: Estimate,
    tolerance: float | None,
    tail: Tail | None = None,
    lost: LostRestarts | None = None,
) -> Verdict:
    """Return the verdict on a metric's `effect`; inconclusive without a `tolerance`: it counts for nothing then."""
    if tolerance is None:
        return Verdict.INCONCLUSIVE
    return with_lost(_of_measured(metric, effect, tolerance, tail), lost)


def _of_measured(metric: Metric, effect: Estimate, tolerance: float, tail: Tail | None) -> Verdict:
    if metric.is_difference:
        return judge_difference(effect, margin=tolerance, more_is_better=metric.more_is_better)
    if tail is None:
        return judge_ratio(effect, tolerance=tolerance, more_is_better=metric.more_is_better)
    verdict = judge_location(effect, tolerance=tolerance, more_is_better=metric.more_is_better)
    mean = Estimate(tail.mean, *tail.mean_interval, tail.level, effect.n)
    of_means = judge_ratio(mean, tolerance=tolerance, more_is_better=metric.more_is_better)
    return _with_tail(verdict, of_means, tail)


def _with_tail(verdict: Verdict, of_means: Verdict, tail: Tail) -> Verdict:
    """Return what the location's verdict and the mean's come to.

    A mean that is wholly worse is a regression whatever the location is, and a better one improves what is at least
    unchanged. What is faster but for a tail of its own is inconclusive, and "unchanged" has to rule out that many
    epochs of one side are slow.
    """
    is_ruled_out = max(map(abs, tail.slow_interval)) <= MOST_UNSEEN
    is_harmless = not tail.is_found or of_means is Verdict.UNCHANGED
    match verdict, of_means:
        case (Verdict.REGRESSED, _) | (_, Verdict.REGRESSED):
            found = Verdict.REGRESSED
        case (Verdict.IMPROVED | Verdict.UNCHANGED, Verdict.IMPROVED):
            found = Verdict.IMPROVED
        case (Verdict.IMPROVED, _) if tail.slow_interval[0] <= 0:
            found = Verdict.IMPROVED
        case (Verdict.UNCHANGED, _) if is_ruled_out and is_harmless:
            found = Verdict.UNCHANGED
        case _:
            found = Verdict.INCONCLUSIVE
    return found


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
    lost: LostRestarts | None = None,
) -> ComparedCell:
    """Return an effect with its verdict; `sides` are baseline and candidate, NaN where not measured.

    `needed` is kept where the verdict is inconclusive; `over` and `chance_of_alike`, NaN where it isn't known, are of
    what is pooled over batch sizes.
    """
    verdict = judge(metric, effect, tolerance, tail, lost)
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
        lost=lost,
        chance_of_alike=chance_of_alike if math.isfinite(chance_of_alike) else None,
    )
