"""Whether two sides are the same for practical purposes: paired differences judged against a margin.

"No significant difference" is never taken for "the same": that is a verdict of its own, with its own evidence. Nor are
seeds that all trained taken for a proof that every seed trains: see `batchmark.analysis.stuck_seeds`.

Source: Schuirmann 1987, doi 10.1007/BF01068419 (two one-sided tests, as an interval at level 1 - 2 alpha).
Deviation: alpha is divided by the number of looks at the growing data and by the family of comparisons
read together (Bonferroni), so that looking again with more seeds costs nothing of the promise. EQUIVALENT is for the
last look alone, which has nearly all of alpha: too few seeds have shown nothing.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from batchmark.analysis.intervals import mean_interval
from batchmark.analysis.stuck_seeds import (
    Diverged,
    counted_as_stuck,
    diverged_seeds,
    diverges_more_often,
    unseen_share,
    widened,
)
from batchmark.analysis.verdict import judge_difference
from batchmark.comparison import Verdict as Judged
from batchmark.records import Estimate

_OF_EARLIER_LOOKS = 0.1
"""Of alpha, what all looks before the last have together."""


class Verdict(StrEnum):
    """What the interval says about the margin."""

    EQUIVALENT = "equivalent"
    """The whole interval lies inside the margin at the last look, and would if seeds were stuck unseen."""
    DIFFERENT = "different"
    """The whole interval lies outside the margin, or one side diverged more often than chance allows."""
    STRADDLES = "straddles"
    """Not settled, and a later look can still settle it."""
    INCONCLUSIVE = "inconclusive"
    """Not settled at the last look."""


@dataclass(frozen=True)
class EquivalenceDesign:
    """What counts as the same, fixed before the first look.

    Raises ValueError: a margin that is not above 0, looks that don't ascend from 2 or more seeds, a family
    below 1, an alpha outside 0 to 0.5, a cost that is not above 0.
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
    cost: float = 1.0
    """The most that one seed costs which gets stuck, in the quality's own unit; 1 is all that an accuracy can lose.

    Infinite: not known, and then nothing is ever EQUIVALENT.
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
        if not self.cost > 0:
            message = f"cost {self.cost}: expected what a stuck seed costs, above 0"
            raise ValueError(message)

    @property
    def level(self) -> float:
        """The level of the interval at the last look."""
        return self.level_at(len(self.looks) - 1)

    def level_at(self, look: int) -> float:
        """Return the level of the interval at this look, from 0."""
        return 1 - 2 * self.error_at(look)

    def error_at(self, look: int) -> float:
        """Return what of alpha one side of the interval has at this look."""
        earlier = len(self.looks) - 1
        if not earlier:
            return self.alpha / self.family
        share = 1 - _OF_EARLIER_LOOKS if look == earlier else _OF_EARLIER_LOOKS / earlier
        return share * self.alpha / self.family


@dataclass(frozen=True)
class Equivalence:
    """The verdict on one comparison at one look."""

    verdict: Verdict
    estimate: Estimate
    """The mean difference, candidate minus reference; a diverged seed counts as a stuck one."""
    dropped_seeds: int
    """Seeds without a finite difference."""
    unseen_share: float
    """Up to so many of all seeds may be stuck though none of these was, at the level of one side of the interval."""
    cost: float
    """What one of them can cost, at most; infinite where that isn't known."""
    reason: str = ""
    """Why the verdict is not the interval's own, or empty."""


def judge(
    differences: Sequence[float],
    design: EquivalenceDesign,
    look_index: int,
    *,
    sides: tuple[Sequence[float], Sequence[float]] | None = None,
) -> Equivalence:
    """Judge candidate minus reference, one difference per seed, at look number `look_index` from 0.

    A diverged seed ends nothing, and is no gap: seeds are drawn on to the last look. There the counts of seeds that
    diverged on one side alone are held against each other: too many more on one side than chance allows are DIFFERENT;
    otherwise each counts as a stuck one on its side. On which side it was is told from `sides`, the reference's and the
    candidate's quality by seed; without them the verdict is INCONCLUSIVE. Differences without any spread have an
    interval without width. A difference of exactly the margin counts as one that matters.

    Raises ValueError: no such look, or a side has another length.
    """
    if not 0 <= look_index < len(design.looks):
        message = f"look {look_index}; the design has looks 0 to {len(design.looks) - 1}"
        raise ValueError(message)
    is_last = look_index == len(design.looks) - 1
    error = design.error_at(look_index)
    diverged = diverged_seeds(differences, sides)
    # One that is seen to cost more than was thought possible says what is.
    cost = max([design.cost, *(float(abs(each)) for each in differences if math.isfinite(each))])
    counted = counted_as_stuck(differences, diverged, cost)
    estimate = mean_interval(counted, level=1 - 2 * error)
    share = unseen_share(len(counted), error)
    verdict, reason = _verdict(estimate, design.margin, share * cost, is_last=is_last), ""
    if diverged.lost:
        verdict, reason = _with_diverged(verdict, diverged, error, is_last=is_last), diverged.told
    return Equivalence(verdict, estimate, diverged.lost, share, cost, reason)


def _with_diverged(verdict: Verdict, diverged: Diverged, error: float, *, is_last: bool) -> Verdict:
    if not is_last:
        return Verdict.STRADDLES
    if not diverged.is_known:
        return Verdict.INCONCLUSIVE
    return Verdict.DIFFERENT if diverges_more_often(diverged, error) else verdict


def _verdict(estimate: Estimate, margin: float, unseen: float, *, is_last: bool) -> Verdict:
    if judge_difference(estimate, margin=margin) in (Judged.IMPROVED, Judged.REGRESSED):
        return Verdict.DIFFERENT
    if not is_last:
        return Verdict.STRADDLES
    is_within = judge_difference(widened(estimate, unseen), margin=margin) is Judged.UNCHANGED
    return Verdict.EQUIVALENT if is_within else Verdict.INCONCLUSIVE
