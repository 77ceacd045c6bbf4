"""Whether two batch sizes train to the same quality, within the margin of their workload.

A claim that all sizes are equal is confirmed only if each comparison is: then each may take all of the error (an
intersection-union test). It is refuted by one that differs: then all share the error.

Source: Berger 1982, doi 10.1080/00401706.1982.10487790 (intersection-union); Schuirmann 1987, doi 10.1007/BF01068419
(two one-sided tests); `batchmark.analysis.stuck_seeds` for seeds that may be stuck unseen.
"""

import math
from dataclasses import dataclass

from batchmark.analysis.equivalence import EquivalenceDesign, Verdict
from batchmark.analysis.equivalence import judge as judge_equivalence
from batchmark.analysis.stuck_seeds import seeds_to_show
from batchmark.records import Estimate
from batchmark.studies.claims.claim import Answer
from batchmark.studies.claims.trained import fresh_quality
from batchmark.trainings import Followed
from batchmark.workloads.quality import quality_of
from batchmark.workloads.workload import Description


@dataclass(frozen=True)
class Equal:
    """One comparison."""

    answer: Answer
    """CONFIRMED: equal within the margin. REFUTED: they differ by more."""
    difference: Estimate
    """Mean of candidate minus reference, a diverged seed counted as stuck; the interval is the one that settled it."""
    seeds_needed: int | None
    """If it isn't settled: about how many would show that they are equal; None: no number would, or not known."""
    unseen: str
    """How many seeds may be stuck unseen, and what that could cost; in words."""


def judge_equal(candidate: Followed, reference: Followed, workload: Description, *, family: int) -> Equal:
    """Judge two arms of the same seeds, as one of `family` comparisons that a claim needs together."""
    ours, theirs = fresh_quality(candidate), fresh_quality(reference)
    sides = theirs.tolist(), ours.tolist()
    cost, margin = quality_of(workload).cost(*sides), workload.quality_margin
    looks = (max(2, ours.size),)
    alone, together = (EquivalenceDesign(margin, looks, each, cost=cost) for each in (1, family))
    same = judge_equivalence((ours - theirs).tolist(), alone, 0, sides=sides)
    apart = judge_equivalence((ours - theirs).tolist(), together, 0, sides=sides)
    costs = f"cost {same.unseen_share * cost:.2g}" if math.isfinite(cost) else "what that costs isn't known"
    unseen = f"up to {100 * same.unseen_share:.2g} % of seeds may be stuck unseen, and {costs}"
    if apart.verdict is Verdict.DIFFERENT:
        return Equal(Answer.REFUTED, apart.estimate, None, unseen)
    if same.verdict is Verdict.EQUIVALENT:
        return Equal(Answer.CONFIRMED, same.estimate, None, unseen)
    needed = seeds_to_show(same.estimate, margin=margin, cost=cost, error=alone.error_at(0))
    return Equal(Answer.INCONCLUSIVE, apart.estimate, needed, unseen)
