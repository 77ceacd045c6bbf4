"""What an effect and its interval say against the change that would matter."""

import math

from scipy.special import stdtrit

from batchmark.comparison import Verdict
from batchmark.records import Estimate

# An effect as large as the tolerance is never settled.
_MOST_PASSES = 1000
_MOST_RESTARTS = 1000


def judge_ratio(ratio: Estimate, *, tolerance: float, more_is_better: bool = False) -> Verdict:
    """Return the verdict on `ratio`; a `tolerance` of 0.02 makes 1.02 and 1 / 1.02 the bounds.

    A location by itself is never unchanged: `judged.judge` takes what it doesn't see beside it.
    """
    verdict = judge_location(ratio, tolerance=tolerance, more_is_better=more_is_better)
    return Verdict.INCONCLUSIVE if ratio.is_location and verdict is Verdict.UNCHANGED else verdict


def judge_location(ratio: Estimate, *, tolerance: float, more_is_better: bool = False) -> Verdict:
    """Return what `judge_ratio` does, of what most ratios show: whoever asks looks after those that lie far off."""
    bounds = (1 / (1 + tolerance), 1 + tolerance)
    if ratio.lies_within(*bounds):
        return Verdict.UNCHANGED
    if ratio.lies_beyond(*bounds):
        return Verdict.IMPROVED if (ratio.value > 1) is more_is_better else Verdict.REGRESSED
    return Verdict.INCONCLUSIVE


def judge_difference(difference: Estimate, *, margin: float, more_is_better: bool = True) -> Verdict:
    """Return the verdict on a `difference`; the bounds are ±`margin`.

    A difference of exactly the margin is one that matters, where it is known without any spread too. A ratio at its
    tolerance is unchanged: nothing else would be by a tolerance of 0, which suits what is counted.
    """
    # Nothing matters less than no difference at all.
    at_the_margin = {-margin, margin} & {difference.low, difference.high} if margin else set()
    if difference.lies_within(-margin, margin) and not at_the_margin:
        return Verdict.UNCHANGED
    if difference.lies_beyond(-margin, margin):
        return Verdict.IMPROVED if (difference.value > 0) is more_is_better else Verdict.REGRESSED
    return Verdict.INCONCLUSIVE


def passes_needed(ratio: Estimate, *, tolerance: float) -> int | None:
    """Return about how many passes would settle `ratio`, or None where that can't be told or is over 1,000.

    The half-width, as a logarithm, goes with 1 / sqrt(passes); it has to become smaller than the distance to the
    nearer bound.
    """
    if ratio.low is None or ratio.high is None or not ratio.n or ratio.low <= 0:
        return None
    half_width = (math.log(ratio.high) - math.log(ratio.low)) / 2
    return _needed(ratio.n, half_width, abs(abs(math.log(ratio.value)) - math.log1p(tolerance)))


def seeds_needed(difference: Estimate, *, margin: float) -> int | None:
    """Return about how many seeds would settle `difference`, or None, as `passes_needed` does for a ratio."""
    if difference.low is None or difference.high is None or not difference.n:
        return None
    half_width = (difference.high - difference.low) / 2
    return _needed(difference.n, half_width, abs(abs(difference.value) - margin))


def _needed(n: int, half_width: float, distance: float) -> int | None:
    if half_width > distance * math.sqrt(_MOST_PASSES / n):
        return None
    return max(n + 1, math.ceil(n * (half_width / distance) ** 2)) if distance else None


def restarts_needed(ratio: Estimate, *, tolerance: float, level: float | None = None) -> int | None:
    """Return about how many restarts in all would settle `ratio`, or None where that can't be told or is over 1,000.

    `ratio` is over restarts, with Student's t interval (`restarts.ratio_over_restarts`); `level` is that of the look
    which is to settle it, without one the interval's own. The half-width goes with t / sqrt(restarts), and t falls with
    restarts too: so it takes fewer than `passes_needed` would say. As the value itself will move, about half of the
    comparisons are settled by then.
    """
    if ratio.low is None or ratio.high is None or ratio.low <= 0 or ratio.n <= 1:
        return None
    spread = (math.log(ratio.high) - math.log(ratio.low)) / 2 / _reach(ratio.n, ratio.level)
    distance = _distance(ratio, tolerance)
    asked = ratio.level if level is None else level
    if spread * _reach(_MOST_RESTARTS, asked) >= distance:
        return None
    too_few, enough = ratio.n, _MOST_RESTARTS
    while enough - too_few > 1:
        middle = (too_few + enough) // 2
        if spread * _reach(middle, asked) < distance:
            enough = middle
        else:
            too_few = middle
    return enough


def _reach(restarts: int, level: float) -> float:
    """Return half the width of Student's t interval, in standard deviations of a restart."""
    return float(stdtrit(restarts - 1, (1 + level) / 2)) / math.sqrt(restarts)


def _distance(ratio: Estimate, tolerance: float) -> float:
    """Return how far, as a logarithm, the value is from the nearer bound."""
    return abs(abs(math.log(ratio.value)) - math.log1p(tolerance))
