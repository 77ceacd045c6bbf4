"""Whether two sides are the same for practical purposes: paired differences judged against a margin.

"No significant difference" is never taken for "the same": that is a verdict of its own, with its own evidence.

Source: Schuirmann 1987, doi 10.1007/BF01068419 (two one-sided tests, as an interval at level 1 - 2 alpha).
Deviation: alpha is divided by the number of looks at the growing data and by the family of comparisons
read together (Bonferroni), so that looking again with more seeds costs nothing of the promise.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from batchmark.analysis.intervals import mean_interval
from batchmark.analysis.verdict import judge_difference
from batchmark.comparison import Verdict as Judged
from batchmark.records import Estimate


class Verdict(StrEnum):
    """What the interval says about the margin."""

    EQUIVALENT = "equivalent"
    """The whole interval lies inside the margin."""
    DIFFERENT = "different"
    """The whole interval lies outside the margin, or the candidate diverged."""
    STRADDLES = "straddles"
    """The interval crosses the margin, and a later look can still settle it."""
    INCONCLUSIVE = "inconclusive"
    """The interval crosses the margin at the last look, or the reference diverged."""


@dataclass(frozen=True)
class EquivalenceDesign:
    """What counts as the same, fixed before the first look.

    Raises ValueError: a margin that is not above 0, looks that don't ascend from 2 or more seeds, a family
    below 1, an alpha outside 0 to 0.5.
    """

    margin: float
    """The difference that would matter, in the quality's own unit; above 0."""
    looks: tuple[int, ...]
    """The number of seeds at each look, ascending."""
    family: int
    """How many comparisons are read together."""
    alpha: float = 0.05
    """The largest probability of a wrong EQUIVALENT anywhere in the family, at any look.

    Of a wrong DIFFERENT too, on each side of the margin: so of either up to twice that, where the spread of
    the differences makes the margin look like a point.
    """

    def __post_init__(self) -> None:
        """Refuse a design that promises nothing."""
        ascending = all(a < b for a, b in zip(self.looks, self.looks[1:], strict=False))
        if not (0 < self.margin < math.inf and self.looks and self.looks[0] > 1 and ascending):
            message = f"margin {self.margin}, looks {self.looks}: expected a margin above 0 and ascending looks from 2"
            raise ValueError(message)
        if self.family < 1 or not 0 < self.alpha < 0.5:  # noqa: PLR2004  above, the interval would have no level
            message = f"family {self.family}, alpha {self.alpha}: expected a family from 1 and an alpha in 0 to 0.5"
            raise ValueError(message)

    @property
    def level(self) -> float:
        """The level of each interval."""
        return 1 - 2 * self.alpha / (self.family * len(self.looks))


@dataclass(frozen=True)
class Equivalence:
    """The verdict on one comparison at one look."""

    verdict: Verdict
    estimate: Estimate
    """The mean difference, candidate minus reference, over the seeds where both are finite."""
    dropped_seeds: int
    """Seeds without a finite difference."""
    reason: str = ""
    """Why the verdict is not the interval's own, or empty."""


def judge(
    differences: Sequence[float],
    design: EquivalenceDesign,
    look_index: int,
    *,
    reference: Sequence[float] | None = None,
) -> Equivalence:
    """Judge candidate minus reference, one difference per seed, at look number `look_index` from 0.

    A diverged seed is evidence, not a gap: a difference that is not finite makes the verdict DIFFERENT if the
    candidate diverged, and INCONCLUSIVE if (also) the reference did. Which it was is told from `reference`, the
    reference's quality by seed; without it the verdict is INCONCLUSIVE. Differences without any spread have an
    interval without width. A difference of exactly the margin counts as one that matters.

    Raises ValueError: no such look, or `reference` has another length.
    """
    if not 0 <= look_index < len(design.looks):
        message = f"look {look_index}; the design has looks 0 to {len(design.looks) - 1}"
        raise ValueError(message)
    finite = [difference for difference in differences if math.isfinite(difference)]
    dropped = len(differences) - len(finite)
    estimate = mean_interval(finite, level=design.level)
    if dropped:
        verdict, reason = _verdict_on_divergence(differences, reference)
        return Equivalence(verdict, estimate, dropped, reason)
    is_last = look_index == len(design.looks) - 1
    return Equivalence(_verdict(estimate, design.margin, is_last=is_last), estimate, dropped)


def _verdict(estimate: Estimate, margin: float, *, is_last: bool) -> Verdict:
    match judge_difference(estimate, margin=margin):
        case Judged.UNCHANGED:
            return Verdict.EQUIVALENT
        case Judged.INCONCLUSIVE:
            return Verdict.INCONCLUSIVE if is_last else Verdict.STRADDLES
        case _:
            return Verdict.DIFFERENT


def _verdict_on_divergence(differences: Sequence[float], reference: Sequence[float] | None) -> tuple[Verdict, str]:
    lost = [not math.isfinite(difference) for difference in differences]
    of = f"of {len(differences)} seeds"
    if reference is None:
        return Verdict.INCONCLUSIVE, f"{sum(lost)} {of} have no finite difference"
    theirs = sum(not math.isfinite(quality) for quality in reference)
    if len(reference) != len(differences):
        message = f"{len(reference)} reference seeds for {len(differences)} differences; expected one each"
        raise ValueError(message)
    if theirs:
        return Verdict.INCONCLUSIVE, f"the reference diverged at {theirs} {of}: there is nothing to compare with"
    return Verdict.DIFFERENT, f"the candidate diverged at {sum(lost)} {of}, the reference at none"
