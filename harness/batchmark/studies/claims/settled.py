"""Which interval settles one of several conditions that a claim needs together.

A claim that is confirmed only if each of its conditions is may be wrong only where one of them is: each may take all of
the error (an intersection-union test). It is refuted by one: then all share the error.

Source: Berger 1982, doi 10.1080/00401706.1982.10487790 (intersection-union); Dunn 1961,
doi 10.1080/01621459.1961.10482090 (sharing).
"""

from collections.abc import Callable

from batchmark.analysis.rules import level_for
from batchmark.records import Estimate
from batchmark.studies.claims.claim import Answer

ALONE = level_for(1)


def settled(
    at_level: Callable[[float], Estimate], rule: Callable[[Estimate], Answer], *, family: int
) -> tuple[Estimate, Answer]:
    """Return what a rule makes of an estimate, as one of `family`, with the interval that settled it.

    `at_level` takes an interval's level. Not settled: with the wider one.
    """
    shared = at_level(level_for(family))
    if rule(shared) is Answer.REFUTED:
        return shared, Answer.REFUTED
    alone = at_level(ALONE)
    if rule(alone) is Answer.CONFIRMED:
        return alone, Answer.CONFIRMED
    return shared, Answer.INCONCLUSIVE
