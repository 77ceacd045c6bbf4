"""What an effect and its interval say against the change that would matter."""

import math

from batchmark.comparison import Verdict
from batchmark.records import Estimate

# An effect as large as the tolerance is never settled.
_MOST_PASSES = 1000


def judge_ratio(ratio: Estimate, *, tolerance: float) -> Verdict:
    """Return the verdict on `ratio`; a `tolerance` of 0.02 makes 1.02 and 1 / 1.02 the bounds."""
    bounds = (1 / (1 + tolerance), 1 + tolerance)
    if ratio.lies_within(*bounds):
        return Verdict.UNCHANGED
    if ratio.lies_beyond(*bounds):
        return Verdict.REGRESSED if ratio.value > 1 else Verdict.IMPROVED
    return Verdict.INCONCLUSIVE


def passes_needed(ratio: Estimate, *, tolerance: float) -> int | None:
    """Return about how many passes would settle `ratio`, or None where that can't be told or is over 1,000.

    The half-width, as a logarithm, goes with 1 / sqrt(passes); it has to become smaller than the distance to the
    nearer bound.
    """
    if ratio.low is None or ratio.high is None or not ratio.n or ratio.low <= 0:
        return None
    half_width = (math.log(ratio.high) - math.log(ratio.low)) / 2
    distance = abs(abs(math.log(ratio.value)) - math.log1p(tolerance))
    if half_width > distance * math.sqrt(_MOST_PASSES / ratio.n):
        return None
    return max(ratio.n + 1, math.ceil(ratio.n * (half_width / distance) ** 2))
