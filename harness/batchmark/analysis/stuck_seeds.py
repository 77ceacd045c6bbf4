"""Seeds that get stuck or diverge: what none among so many says of all, and what those unseen could cost.

Of n seeds of which none is stuck, as many as 1 - error^(1 / n) of all may be: at 5 % and 80 seeds 3.7 %. The mean of a
side may then be off by that share times what a stuck seed costs, whatever the interval over the seen ones says.

Why that is enough: seeds are stuck at some share p. If p is above the bound, so many seeds hide it with at most the
probability `error`. If it isn't, the mean lies at most the bound times the cost beyond that of seeds that train, which
the interval misses with at most that probability. One p is true, so the two are not added up.

Source: Clopper and Pearson 1934, doi 10.1093/biomet/26.4.404 (none of n: the "rule of three", Hanley and Lippman-Hand
1983, doi 10.1001/jama.1983.03330370053031); McNemar 1947, doi 10.1007/BF02295996 (pairs of which one fails), exactly.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from scipy.special import bdtrc

from batchmark.records import Estimate

_MOST_SEEDS = 100_000


@dataclass(frozen=True)
class Diverged:
    """Which seeds have no finite quality, by position, and on which side."""

    seeds: int
    """All that were trained."""
    lost: int
    """Those without a finite difference."""
    candidate: frozenset[int] = frozenset()
    reference: frozenset[int] = frozenset()
    is_known: bool = True
    """Whether it is known on which side they did."""

    @property
    def alone(self) -> tuple[int, int]:
        """How many seeds diverged at the candidate alone, and at the reference alone."""
        return len(self.candidate - self.reference), len(self.reference - self.candidate)

    @property
    def told(self) -> str:
        """The counts, in words."""
        if not self.is_known:
            return f"{self.lost} of {self.seeds} seeds have no finite difference"
        return (
            f"of {self.seeds} seeds the candidate diverged at {len(self.candidate)} and the reference at "
            f"{len(self.reference)}"
        )


def diverged_seeds(
    differences: Sequence[float], sides: tuple[Sequence[float], Sequence[float]] | None = None
) -> Diverged:
    """Return which seeds diverged; on which side is told from `sides`, the reference's and the candidate's quality.

    Raises ValueError: a side has another length.
    """
    lost = sum(not math.isfinite(difference) for difference in differences)
    if sides is None:
        return Diverged(len(differences), lost, is_known=False)
    if any(len(side) != len(differences) for side in sides):
        seeds = f"{len(sides[0])} reference seeds and {len(sides[1])} of the candidate"
        message = f"{seeds} for {len(differences)} differences; expected one each"
        raise ValueError(message)
    reference, candidate = (
        frozenset(index for index, quality in enumerate(side) if not math.isfinite(quality)) for side in sides
    )
    return Diverged(len(differences), lost, candidate, reference)


def diverges_more_often(diverged: Diverged, error: float) -> bool:
    """Whether one side diverged at more seeds than chance allows, with at most the probability `error` a side."""
    more, fewer = max(diverged.alone), min(diverged.alone)
    # Of seeds that diverge on one side alone, half would on either: at least `more` of them did on this one.
    return more > fewer and float(bdtrc(more - 1, more + fewer, 0.5)) <= error


def counted_as_stuck(differences: Sequence[float], diverged: Diverged, cost: float) -> list[float]:
    """Return the differences, a seed that diverged on one side counted as stuck there.

    Left out are seeds that diverged on both, which say nothing of either, and all that diverged where it isn't known
    on which side they did, or what they cost.
    """
    lost: dict[int, float] = {}
    if diverged.is_known and math.isfinite(cost):
        lost = {
            **dict.fromkeys(diverged.candidate - diverged.reference, -cost),
            **dict.fromkeys(diverged.reference - diverged.candidate, cost),
        }
    counted = [lost.get(index, difference) for index, difference in enumerate(differences)]
    return [difference for difference in counted if math.isfinite(difference)]


def unseen_share(seeds: int, error: float) -> float:
    """Return what share of all seeds may be stuck where none of `seeds` is, but for the probability `error`."""
    return 1.0 if seeds < 1 else -math.expm1(math.log(error) / seeds)


def widened(estimate: Estimate, by: float) -> Estimate:
    """Return `estimate` with an interval that reaches further by so much on both sides; by infinity, without one."""
    if estimate.low is None or estimate.high is None or not math.isfinite(by):
        return replace(estimate, low=None, high=None)
    return replace(estimate, low=estimate.low - by, high=estimate.high + by)


def seeds_to_show(estimate: Estimate, *, margin: float, cost: float, error: float) -> int | None:
    """Return about how many seeds it takes to call such a difference equivalent, or None where no number would.

    The interval's half-width goes with 1 / sqrt(seeds), and the unseen share with about 1 / seeds; the difference
    itself will move.
    """
    if estimate.low is None or estimate.high is None or not math.isfinite(cost):
        return None
    half, left = (estimate.high - estimate.low) / 2, margin - abs(estimate.value)
    seeds = max(estimate.n, 2)
    while unseen_share(seeds, error) * cost + half * math.sqrt(estimate.n / seeds) >= left:
        seeds += 1 + seeds // 50
        if seeds > _MOST_SEEDS:
            return None
    return seeds
