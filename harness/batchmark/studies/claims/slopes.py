"""Whether quality rises with the batch size by as much as would matter."""

from batchmark.analysis.rules import above
from batchmark.records import Estimate
from batchmark.studies.claims.claim import Answer


def rises(per_doubling: Estimate, matters: float) -> Answer:
    """Return CONFIRMED where the whole interval lies above 0, and REFUTED where it lies below.

    REFUTED too where it lies within ±`matters`, on whichever side of 0: a slope that is known to be so small is none.
    """
    if per_doubling.lies_within(-matters, matters):
        return Answer.REFUTED
    return Answer(above(per_doubling, 0.0).value)
