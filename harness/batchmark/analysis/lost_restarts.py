"""A candidate that fails in some restarts: what is measured of the others says nothing about that."""

from scipy.special import bdtr

from batchmark.comparison import LostRestarts, Verdict

FAILS_MORE_OFTEN = 0.001
"""A candidate fails more often where so many more lost restarts have a smaller probability than this.

So strict because it is no part of what the intervals of a comparison share: it can add that much to the probability of
a false alarm, where restarts fail at all.
"""


def chance_of_losing(lost: LostRestarts) -> float:
    """Return the probability that the candidate loses so many of these restarts or more, were both as likely to fail.

    Source: McNemar 1947, doi 10.1007/BF02295996, by the binomial distribution. Deviation: one-sided, as nothing is made
    of a baseline that fails more often.
    """
    return float(bdtr(lost.baseline, lost.baseline + lost.candidate, 0.5))


def with_lost(verdict: Verdict, lost: LostRestarts | None) -> Verdict:
    """Return what `verdict`, on the restarts that both sides measured, comes to with those that they lost.

    Where the candidate lost more, it regressed if that is beyond chance, and else it is inconclusive what it would have
    been without.
    """
    if lost is None or not lost.are_more:
        return verdict
    if chance_of_losing(lost) < FAILS_MORE_OFTEN:
        return Verdict.REGRESSED
    return verdict if verdict is Verdict.REGRESSED else Verdict.INCONCLUSIVE
